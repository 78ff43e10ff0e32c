"""`gaussmix classify`: which class, how probable, and what is said of it."""

import csv
import io

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gaussmix import GaussianMixtureClassifier, datasets, load

QUICK = ("--components", "1", "--covariance", "tied", "--kind", "edda")
COLUMNS = ("--columns", "bill_length_mm,bill_depth_mm")


def rows_of(text: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, rows


def penguins() -> tuple[list[str], list[str]]:
    first, *lines = datasets.path("penguins").read_text().splitlines()
    assert first.startswith("species,")
    return first, lines


@pytest.fixture
def some_known(tmp_path):
    """Penguins, of which every fifth has no species."""
    first, lines = penguins()
    told = [line if i % 5 else "," + line.split(",", 1)[1] for i, line in enumerate(lines)]
    path = tmp_path / "some.csv"
    path.write_text("\n".join([first, *told]) + "\n")
    return path


def test_all_rows_are_answered_for(run, some_known) -> None:
    done = run("classify", some_known, "--target", "species", *COLUMNS, *QUICK)
    assert done.exit_code == 0, done.output
    header, rows = rows_of(done.stdout)
    assert header == ["label", "probability"]
    assert len(rows) == 344
    truth = [line.split(",")[0] for line in penguins()[1]]
    right = [row[0] == species for row, species in zip(rows, truth, strict=True)]
    assert np.mean(right[::5]) > 0.93
    assert all(1 / 3 <= float(row[1]) <= 1 for row in rows)
    assert "learnt 3 classes (edda): Adelie (121 rows), Chinstrap (55 rows)" in done.stderr
    assert "each of 1 component, covariance tied" in done.stderr
    assert "species of 275 rows, one in 10 at a time held out" in done.stderr
    assert run("classify", some_known, "--target", "species", *COLUMNS, *QUICK, "-q").stderr == ""


def test_the_answers_are_the_classifiers(run) -> None:
    _, lines = penguins()
    X = np.array(
        [[float("nan") if f == "NA" else float(f) for f in line.split(",")[2:4]] for line in lines]
    )
    y = [line.split(",")[0] for line in lines]
    expected = GaussianMixtureClassifier(1, covariance_types=["tied"], model="edda").fit(X, y)
    words = ("--target", "species", *COLUMNS, *QUICK, "--proba")
    header, rows = rows_of(run("classify", datasets.path("penguins"), *words).stdout)
    assert header == ["label", *(f"probability_{name}" for name in expected.classes_)]
    assert [row[0] for row in rows] == expected.predict(X).tolist()
    values = np.array([row[1:] for row in rows], dtype=float)
    np.testing.assert_array_equal(values, expected.predict_proba(X))


def test_rejection_and_priors(run, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    words = ("--target", "species", *COLUMNS, *QUICK, "--reject", "0.01", "--save", model)
    new = b"bill_length_mm,bill_depth_mm\n39,18\n90,5\n"
    done = run("classify", "-", "--train", datasets.path("penguins"), *words, stdin=new)
    assert [row[0] for row in rows_of(done.stdout)[1]] == ["Adelie", ""]
    assert "1 of 2 rows is unlike any class; its label is empty" in done.stderr
    again = run("classify", "-", "--model", model, stdin=new)
    assert again.stdout == done.stdout
    far = run("classify", "-", "--model", model, "--reject", "1e-300", stdin=new)
    assert rows_of(far.stdout)[1][1][0] == "Gentoo"
    equal = run(
        "classify",
        "-",
        "--model",
        model,
        "--priors",
        "equal",
        stdin=b"bill_length_mm,bill_depth_mm\n,\n",
    )
    assert float(rows_of(equal.stdout)[1][0][1]) == pytest.approx(1 / 3)
    named = "Adelie=0.1,Chinstrap=0.2,Gentoo=0.7"
    given = run(
        "classify",
        "-",
        "--model",
        model,
        "--priors",
        named,
        stdin=b"bill_length_mm,bill_depth_mm\n,\n",
    )
    assert rows_of(given.stdout)[1][0] == ["Gentoo", "0.7"]
    wrong = run("classify", "-", "--model", model, "--priors", "Adeli=1", stdin=new)
    assert wrong.exit_code == 1
    assert "Adeli" in wrong.stderr


def test_a_saved_model_is_compared_with_what_is_known(run, some_known, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    words = ("--target", "species", *COLUMNS, *QUICK)
    learnt = run("classify", some_known, *words, "--save", model)
    assert isinstance(load(model), GaussianMixtureClassifier)
    done = run("classify", some_known, "--model", model, "--target", "species")
    assert done.stdout == learnt.stdout
    assert f"species of 275 rows of {some_known} where it is known:" in done.stderr
    alone = run("classify", some_known, "--model", model)
    assert alone.stdout == learnt.stdout
    assert alone.stderr == ""


def test_rows_without_a_class_may_join(run, some_known) -> None:
    words = ("classify", some_known, "--target", "species", *COLUMNS, *QUICK)
    without, joined = run(*words), run(*words, "--semi-supervised")
    assert joined.exit_code == 0, joined.output
    assert joined.stdout != without.stdout
    assert "and 69 rows without a class; each of 1 component" in joined.stderr
    assert "species of 275 rows, one in 10" in joined.stderr


KINDS = {
    "text of digits": (["01", "02"], ["01", "02"]),
    "whole numbers": (["1", "2"], ["1", "2"]),
    "whole numbers of a table with gaps": (["1.0", "2.0"], ["1", "2"]),
    "minus one": (["-1", "1"], ["-1", "1"]),
    "booleans": (["true", "false"], ["true", "false"]),
    "dates": (["2020-01-01", "2020-01-02"], ["2020-01-01", "2020-01-02"]),
    "quoted": (['"a, b"', '"c"'], ["a, b", "c"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_classes_are_told_as_they_are_written(run, tmp_path, kind) -> None:
    written, told = KINDS[kind]
    x = np.random.default_rng(0).normal(size=40)
    lines = [f"{value + 9 * (i % 2)},{written[i % 2]}" for i, value in enumerate(x)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["x,kind", *lines, "0,", "9,NA"]) + "\n")
    done = run("classify", path, "--target", "kind", *QUICK)
    assert done.exit_code == 0, done.output
    labels = [row[0] for row in rows_of(done.stdout)[1]]
    assert labels == [told[i % 2] for i in range(40)] + told
    assert "held out: 0 told wrong" in done.stderr


def test_rare_classes_are_tested_as_far_as_they_can_be(run) -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    kinds = ["a", "b"] * 28 + ["c"] * 3 + ["d"]
    lines = [f"{u + 9 * ord(k)},{v},{k}" for (u, v), k in zip(x, kinds, strict=True)]
    text = "\n".join(["u,v,kind", *lines]) + "\n"
    done = run("classify", "-", "--target", "kind", "--kind", "edda", stdin=text.encode())
    assert done.exit_code == 0, done.output
    assert "kind of 59 rows, one in 10 at a time held out: 0 told wrong" in done.stderr
    assert "warning: Class 'd' has 1 row" in done.stderr


@pytest.mark.parametrize("classes", [[True, False], [3, 7], ["a", "b"]], ids=str)
def test_classes_of_parquet(run, tmp_path, classes) -> None:
    x = np.random.default_rng(0).normal(size=40) + 9.0 * (np.arange(40) % 2)
    y = [*([*classes] * 19), None, None]
    parquet.write_table(pa.table({"x": x, "kind": y}), tmp_path / "t.parquet")
    model = tmp_path / "m.gaussmix"
    words = ("--target", "kind", *QUICK, "--save", model)
    done = run("classify", tmp_path / "t.parquet", *words)
    assert [row[0] for row in rows_of(done.stdout)[1]] == [*map(str, classes)] * 20
    assert load(model).classes_.tolist() == sorted(classes)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "gaussmix classify DATA --target COLUMN"),
        (["--target", "y", "--reject", "1"], "0.0<x<1.0"),
        (["--target", "y", "--priors", "half"], "'half' is no list of probabilities of classes"),
        (["--target", "y", "--kind", "lda"], "'lda' is not one of"),
        (["--model", "m", "--train", "t"], "Give one of them"),
        (["--model", "m", "--semi-supervised"], "--semi-supervised is about what is learnt"),
        (["--model", "m", "--kind", "edda"], "--kind is about what is learnt"),
    ],
)
def test_wrong_usage(run, words, said) -> None:
    done = run("classify", datasets.path("old_faithful"), *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


CONTENTS = {
    "no such target": ("a,kind\n1,2\n2,3\n", "kinds", "Did you mean 'kind'?"),
    "empty target": ("a,kind\n1,\n2,\n", "kind", "'kind' is empty in every row of"),
    "one class": ("a,kind\n1,b\n2,b\n3,\n", "kind", "has 'b' in column 'kind'"),
    "numbers": ("a,kind\n1,0.5\n2,1\n3,2.5\n", "kind", "holds numbers such as 0.5 in line 2"),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_tables_that_cannot_be_used(run, tmp_path, case) -> None:
    content, target, said = CONTENTS[case]
    path = tmp_path / "t.csv"
    path.write_text(content)
    done = run("classify", path, "--target", target)
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    assert said in done.stderr


def test_models_that_do_not_fit(run, geyser_model, tmp_path) -> None:
    data = datasets.path("penguins")
    mixture = run("classify", data, "--model", geyser_model)
    assert (mixture.exit_code, "knows of no classes" in mixture.stderr) == (1, True)
    model = tmp_path / "m.gaussmix"
    run("classify", data, "--target", "species", *COLUMNS, *QUICK, "--save", model, "-q")
    other = run("classify", datasets.path("old_faithful"), "--model", model)
    assert "has no column 'bill_length_mm'" in other.stderr
    components = run("predict", model, data)
    assert f"`gaussmix classify DATA --model {model}`" in components.stderr
