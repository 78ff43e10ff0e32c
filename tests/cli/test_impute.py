"""`gaussmix impute`: what is filled, what stays, and what is said of it."""

import csv
import gzip
import io

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gaussmix import GaussianMixtureImputer, datasets, load

GEYSER = datasets.load_old_faithful().to_numpy()
QUICK = ("--components", "1", "--covariance", "full")


def table_of(text: str, delimiter: str = ",") -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    return header, rows


@pytest.fixture
def gappy(tmp_path):
    """Eruptions with names, gaps of every spelling, and numbers written in odd ways."""
    lines = ['when,eruptions,waiting,"a, note"']
    for row, (eruptions, waiting) in enumerate(GEYSER):
        first = {3: "", 9: "NA", 20: " "}.get(row, f"{eruptions:.3f}")
        second = {7: "null", 9: ""}.get(row, f"{waiting:+.1e}")
        lines.append(f'day {row},{first},{second},"it said ""{row}"""')
    path = tmp_path / "gappy.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_only_gaps_are_filled(run, gappy) -> None:
    done = run("impute", gappy, *QUICK)
    assert done.exit_code == 0, done.output
    header, rows = table_of(done.stdout)
    before, given = table_of(gappy.read_text())
    assert header == before
    changed = {
        (i, j) for i, row in enumerate(rows) for j, field in enumerate(row) if field != given[i][j]
    }
    assert changed == {(3, 1), (9, 1), (20, 1), (7, 2), (9, 2)}
    assert "filled 5 fields in 4 of 272 rows by a mixture of 1 component" in done.stderr
    assert "1 of them has no value at all" in done.stderr
    assert "missing because they are high" in done.stderr
    assert "columns left out: 'when' (text" in done.stderr
    assert run("impute", gappy, *QUICK, "--quiet").stderr == ""


def test_what_is_filled_in_is_the_estimators(run, gappy) -> None:
    _, rows = table_of(run("impute", gappy, *QUICK, "--seed", "5").stdout)
    X = np.round(GEYSER, 3)
    X[[3, 9, 20], 0] = np.nan
    X[[7, 9], 1] = np.nan
    imputer = GaussianMixtureImputer([1], covariance_types=["full"], random_state=5).fit(X)
    filled = imputer.transform(X)
    for i, j in ((3, 0), (9, 0), (20, 0), (7, 1), (9, 1)):
        assert float(rows[i][j + 1]) == filled[i, j]


def test_intervals_stand_beside_gaps_alone(run, gappy) -> None:
    header, rows = table_of(run("impute", gappy, *QUICK, "--intervals", "0.8").stdout)
    ends = ["eruptions_lower", "eruptions_upper", "waiting_lower", "waiting_upper"]
    assert header[4:] == ends
    assert all(row[4:] == [""] * 4 for i, row in enumerate(rows) if i not in (3, 7, 9, 20))
    lower, upper = map(float, rows[3][4:6])
    assert lower < float(rows[3][1]) < upper
    assert rows[3][6:] == ["", ""]
    assert rows[7][4:6] == ["", ""]


def test_draws_are_tables_under_each_other(run, gappy) -> None:
    words = ("impute", gappy, *QUICK, "--draws", "3", "--seed", "2")
    done = run(*words)
    header, rows = table_of(done.stdout)
    assert header[0] == "draw"
    assert [row[0] for row in rows] == ["1"] * 272 + ["2"] * 272 + ["3"] * 272
    assert rows[0][1:] == rows[272][1:] == rows[544][1:]
    assert len({rows[3 + 272 * m][2] for m in range(3)}) == 3
    assert run(*words).stdout == done.stdout
    once = run("impute", gappy, *QUICK, "--strategy", "draw", "--seed", "2").stdout
    assert once != run("impute", gappy, *QUICK, "--seed", "2").stdout


def test_a_saved_model_fills_other_tables(run, gappy, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    learnt = run("impute", gappy, *QUICK, "--save", model).stdout
    assert isinstance(load(model), GaussianMixtureImputer)
    assert run("impute", gappy, "--model", model).stdout == learnt
    done = run("impute", "-", "--model", model, stdin=b"waiting,eruptions\n80,\n,2\n")
    filled = table_of(done.stdout)[1]
    assert filled[0][0] == "80"
    assert 3.5 < float(filled[0][1]) < 4.5
    renamed = run("impute", "-", "--model", model, "--columns", "e,w", stdin=b"w,e\n80,\n")
    assert table_of(renamed.stdout)[1] == [filled[0]]
    mode = run(
        "impute", "-", "--model", model, "--strategy", "mode", stdin=b"waiting,eruptions\n,\n"
    )
    assert mode.exit_code == 0


def test_a_mixture_of_fit_fills_too(run, geyser_model) -> None:
    done = run("impute", "-", "--model", geyser_model, stdin=b"eruptions,waiting\n2,\n4.5,\n")
    values = [float(row[1]) for row in table_of(done.stdout)[1]]
    mixture = load(geyser_model).mixture_
    expected = mixture.condition({"eruptions": [2.0, 4.5]}).mean()[:, 0]
    np.testing.assert_array_equal(values, expected)


def test_rows_to_learn_from_may_be_others(run, gappy, tmp_path) -> None:
    few = b"eruptions,waiting\n4.5,\n"
    done = run("impute", "-", "--train", gappy, *QUICK, stdin=few)
    assert 78 < float(table_of(done.stdout)[1][0][1]) < 86


def test_a_table_keeps_its_delimiter_and_decimal_comma(run, gappy, tmp_path) -> None:
    path = tmp_path / "europe.csv.gz"
    lines = [f"{e:.1f};{w:.1f};x".replace(".", ",") for e, w in GEYSER]
    lines[5] = ";55,0;x"
    path.write_bytes(gzip.compress(("eruptions;waiting;note\n" + "\n".join(lines)).encode()))
    done = run("impute", path, *QUICK, "--intervals", "0.9")
    header, rows = table_of(done.stdout, ";")
    assert header[:3] == ["eruptions", "waiting", "note"]
    assert rows[0][:3] == lines[0].split(";")
    assert 1.5 < float(rows[5][0].replace(",", ".")) < 2.5
    assert "." not in done.stdout


def test_a_table_without_names_gets_them(run) -> None:
    text = "".join(f"{e},{w}\n" for e, w in GEYSER) + "4.5,\n"
    header, rows = table_of(run("impute", "-", *QUICK, stdin=text.encode()).stdout)
    assert header == ["column_1", "column_2"]
    assert len(rows) == 273


def test_parquet_and_several_files(run, tmp_path) -> None:
    waiting = GEYSER[:, 1].astype(int).tolist()
    waiting[4] = None
    columns = {"eruptions": GEYSER[:, 0], "waiting": waiting, "note": ["x"] * 271 + [None]}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("note,waiting,eruptions\ny,,4.5\n")
    out = tmp_path / "out.csv"
    done = run("impute", tmp_path / "a.parquet", tmp_path / "b.csv", *QUICK, "--out", out)
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    header, rows = table_of(out.read_text())
    assert header == ["eruptions", "waiting", "note"]
    assert rows[0] == ["3.6", "79", "x"]
    assert rows[271][2] == ""
    assert 80 < float(rows[4][1]) < 90
    assert rows[272][0] == "4.5"
    assert 78 < float(rows[272][1]) < 86


def test_a_full_table_comes_back_as_it_is(run) -> None:
    path = datasets.path("old_faithful")
    done = run("impute", path, *QUICK)
    assert done.stdout == path.read_text()
    assert "no field of the columns of numbers is empty" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--strategy", "median"], "'median' is not one of"),
        (["--strategy", "mean", "--draws", "3"], "--strategy is mean"),
        (["--draws", "0"], "--draws"),
        (["--intervals", "1"], "0.0<x<1.0"),
        (["--intervals", "0"], "0.0<x<1.0"),
        (["--train", "x.csv", "--model", "m"], "Give one of them"),
        (["--model", "m", "--save", "n"], "--save is about what is learnt"),
        (["--model", "m", "--components", "3"], "--components is about what is learnt"),
    ],
)
def test_wrong_usage(run, words, said) -> None:
    done = run("impute", datasets.path("old_faithful"), *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_input_that_cannot_be_used(run, gappy, tmp_path, geyser_model) -> None:
    def refused(*words: object, stdin: bytes | None = None) -> str:
        done = run("impute", *words, stdin=stdin)
        assert done.exit_code == 1, done.output
        assert done.stdout == ""
        return done.stderr

    said = refused("-", "--train", gappy, *QUICK, stdin=b"eruptions,wait\n4,\n")
    assert "has the column 'waiting', but standard input has not. Did you mean 'wait'?" in said
    said = refused("-", "--model", geyser_model, stdin=b"eruptions\n4\n")
    assert "has no column 'waiting'" in said
    assert "Did you mean 'waiting'?" in refused(gappy, "--columns", "eruptions,wating")
    assert "column 'when' holds text" in refused(gappy, "--columns", "eruptions,when")
    assert "asked for twice" in refused(gappy, "--columns", "eruptions,eruptions")
    both = run("impute", "-", "--train", "-", stdin=b"a\n1\n")
    assert (both.exit_code, "read once only" in both.stderr) == (2, True)
