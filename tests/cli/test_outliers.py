"""`gaussmix outliers`: which rows, why, and what is said of them."""

import csv
import io

import numpy as np
import pytest

from gaussmix import GaussianMixtureOutlierDetector, datasets, load

GEYSER = datasets.load_old_faithful().to_numpy()
QUICK = ("--components", "2", "--covariance", "full")


def rows_of(text: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, rows


@pytest.fixture
def strays(tmp_path):
    """The eruptions, with two rows unlike them, one gap and a column of text."""
    rows = [f"{e},{w},x" for e, w in GEYSER]
    rows[10], rows[20], rows[30] = "4.3,50,x", "4.2,,x", "2,95,x"
    path = tmp_path / "strays.csv"
    path.write_text("eruptions,waiting,note\n" + "\n".join(rows) + "\n")
    return path


def test_a_line_for_each_row(run, strays) -> None:
    done = run("outliers", strays, *QUICK, "--seed", "3")
    assert done.exit_code == 0, done.output
    header, rows = rows_of(done.stdout)
    assert header == ["outlier", "log_density", "p_value"]
    X = GEYSER.copy()
    X[10], X[20], X[30] = (4.3, 50.0), (4.2, np.nan), (2.0, 95.0)
    detector = GaussianMixtureOutlierDetector([2], covariance_types=["full"], random_state=3)
    detector.fit(X)
    values = np.array(rows, dtype=float)
    np.testing.assert_array_equal(values[:, 0] == 1.0, detector.predict(X) == -1)
    np.testing.assert_array_equal(values[:, 1], detector.score_samples(X))
    np.testing.assert_array_equal(values[:, 2], detector.p_values(X))
    assert values[[10, 30], 0].tolist() == [1.0, 1.0]
    n_outliers = int(values[:, 0].sum())
    assert f"{n_outliers} of 272 rows (" in done.stderr
    assert "p_value below 0.01, under a mixture of 2 components, covariance full" in done.stderr
    assert "--only --explain" in done.stderr
    assert run("outliers", strays, *QUICK, "--quiet").stderr == ""


def test_outliers_alone_with_their_lines_and_reasons(run, strays) -> None:
    done = run("outliers", strays, *QUICK, "--only", "--explain")
    header, rows = rows_of(done.stdout)
    assert header[:4] == ["line", "outlier", "log_density", "p_value"]
    assert header[4:] == ["column", "value", "expected", "deviations"]
    told = {row[0]: row[4:] for row in rows}
    assert {row[1] for row in rows} == {"1"}
    assert told["12"][:2] == ["waiting", "50.0"]
    assert 75 < float(told["12"][2]) < 85
    assert float(told["12"][3]) < -3
    assert float(told["32"][3]) > 3
    assert "--only" not in done.stderr


def test_a_share_of_the_rows(run, strays) -> None:
    done = run("outliers", strays, *QUICK, "--contamination", "0.05")
    values = np.array(rows_of(done.stdout)[1], dtype=float)
    assert values[:, 0].sum() == 13
    assert "the least likely 0.05 of the rows learnt from" in done.stderr


def test_rows_to_learn_from_may_be_others(run, strays, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    new = b"waiting,eruptions\n80,4.3\n50,4.3\n,\n"
    words = ("--train", datasets.path("old_faithful"), *QUICK, "--save", model)
    done = run("outliers", "-", *words, stdin=new)
    assert [row[0] for row in rows_of(done.stdout)[1]] == ["0", "1", "0"]
    assert isinstance(load(model), GaussianMixtureOutlierDetector)
    assert run("outliers", "-", "--model", model, stdin=new).stdout == done.stdout
    strict = run("outliers", "-", "--model", model, "--p-value", "1e-30", stdin=new)
    assert [row[0] for row in rows_of(strict.stdout)[1]] == ["0", "0", "0"]


def test_a_mixture_of_fit_judges_too(run, geyser_model) -> None:
    new = b"eruptions,waiting\n4.3,80\n4.3,50\n"
    done = run("outliers", "-", "--model", geyser_model, stdin=new)
    values = np.array(rows_of(done.stdout)[1], dtype=float)
    assert values[:, 0].tolist() == [0.0, 1.0]
    expected = load(geyser_model).mixture_.log_pdf([[4.3, 80.0], [4.3, 50.0]])
    np.testing.assert_array_equal(values[:, 1], expected)


def test_student_t_components(run, strays, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    words = ("--components", "1", "--covariance", "full", "--component", "student_t")
    done = run("outliers", strays, *words, "--save", model)
    assert "1 Student t component, covariance full" in done.stderr
    again = run("outliers", strays, "--model", model)
    assert again.stdout == done.stdout


def test_lines_of_several_files(run, strays, tmp_path) -> None:
    other = tmp_path / "z.csv"
    other.write_text("note,waiting,eruptions\n\ny,80,4.3\ny,40,5.4\n")
    done = run("outliers", strays, other, *QUICK, "--only")
    header, rows = rows_of(done.stdout)
    assert header[:2] == ["file", "line"]
    assert [str(other), "4"] in [row[:2] for row in rows]


def test_no_outlier_at_all(run) -> None:
    words = (*QUICK, "--p-value", "1e-12", "--only", "--explain")
    done = run("outliers", datasets.path("old_faithful"), *words)
    assert rows_of(done.stdout)[1] == []
    assert "0 of 272 rows (0.0%) are outliers" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--p-value", "0"], "0.0<x<1.0"),
        (["--p-value", "1"], "0.0<x<1.0"),
        (["--contamination", "0.6"], "0.0<x<=0.5"),
        (["--contamination", "0.1", "--p-value", "0.1"], "Give one of them"),
        (["--component", "cauchy"], "'cauchy' is not one of"),
        (["--model", "m", "--train", "t.csv"], "Give one of them"),
        (["--model", "m", "--contamination", "0.1"], "--contamination is about what is learnt"),
        (["--model", "m", "--component", "student_t"], "--component is about what is learnt"),
    ],
)
def test_wrong_usage(run, words, said) -> None:
    done = run("outliers", datasets.path("old_faithful"), *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_models_and_files_that_cannot_be_used(run, tmp_path) -> None:
    data = datasets.path("old_faithful")
    model = tmp_path / "r.gaussmix"
    assert run("regress", data, "--target", "waiting", *QUICK, "--save", model).exit_code == 0
    done = run("outliers", data, "--model", model)
    assert done.exit_code == 1
    assert "holds a GaussianMixtureRegressor" in done.stderr
    assert "`gaussmix regress --model`" in done.stderr
    assert "does not exist" in run("outliers", data, "--model", tmp_path / "none").stderr
    assert "is not one" in run("outliers", data, "--model", data).stderr
    out = tmp_path / "out.csv"
    out.write_text("old")
    assert run("outliers", data, "--columns", "wating", "--out", out).exit_code == 1
    assert out.read_text() == "old"
