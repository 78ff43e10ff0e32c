"""`gaussmix sample --like` and `--given`."""

import csv
import io

import numpy as np
import pytest

from gaussmix import Mixture, datasets, load, save


def rows_of(text: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, rows


def test_rows_like_those_of_a_table(run, geyser_model) -> None:
    table = datasets.path("old_faithful")
    words = ("sample", geyser_model, "-n", "300", "--seed", "4")
    done = run(*words, "--like", table)
    assert done.exit_code == 0, done.output
    header, rows = rows_of(done.stdout)
    assert header == ["eruptions", "waiting"]
    X, of_table = np.array(rows, dtype=float), datasets.load_old_faithful().to_numpy()
    assert len(X) == 300
    assert (of_table.min(axis=0) <= X.min(axis=0)).all()
    assert (of_table.max(axis=0) >= X.max(axis=0)).all()
    assert all("." not in row[1] for row in rows)
    assert all(len(row[0].partition(".")[2]) <= 3 for row in rows)
    assert not {*map(tuple, X.tolist())} & {*map(tuple, of_table.tolist())}
    assert "300 rows like those of" in done.stderr
    assert "none is one of its rows" in done.stderr
    assert run(*words, "--like", table).stdout == done.stdout
    assert run(*words, "--like", table, "--quiet").stderr == ""


def test_columns_that_the_model_has_not_are_left_out_and_told(run, geyser_model, tmp_path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("note,waiting,eruptions\nx,50,2.2\ny,81,4.5\nz,,4.1\nx,90,4.7\n")
    done = run("sample", geyser_model, "-n", "40", "--like", path, "--gaps", "--seed", "1")
    header, rows = rows_of(done.stdout)
    assert header == ["waiting", "eruptions"]
    assert any(row[0] == "" for row in rows)
    assert all(row[1] != "" for row in rows)
    assert "does not have 'note'" in done.stderr


def test_known_values(run, geyser_model) -> None:
    words = ("sample", geyser_model, "-n", "50", "--seed", "1", "--given", "waiting=55")
    header, rows = rows_of(run(*words).stdout)
    assert header == ["eruptions", "waiting"]
    assert {row[1] for row in rows} == {"55.0"}
    expected, _ = load(geyser_model).mixture_.condition({"waiting": 55.0}).sample(50, 1)
    assert [float(row[0]) for row in rows] == expected[:, 0].tolist()
    like = rows_of(run(*words, "--like", datasets.path("old_faithful")).stdout)[1]
    assert {row[1] for row in like} == {"55"}
    assert max(float(row[0]) for row in like) < 4.0


def test_columns_without_names(run, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    save(Mixture([1.0], [[0.0, 5.0]], [np.eye(2)]), model)
    header, rows = rows_of(run("sample", model, "-n", "3", "--given", "column_2=1").stdout)
    assert header == ["column_1", "column_2"]
    assert {row[1] for row in rows} == {"1.0"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--given", "waiting"], "'waiting' is no known value"),
        (["--given", "waiting=much"], "'waiting=much' is no known value"),
        (["--given", "waiting=inf"], "'waiting=inf' is no known value"),
        (["--gaps"], "leave --gaps out"),
    ],
)
def test_wrong_usage(run, geyser_model, words, said) -> None:
    done = run("sample", geyser_model, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--given", "wating=3"], "Did you mean 'waiting'?"),
        (["--given", "waiting=3", "--given", "waiting=4"], "'waiting' is given twice"),
        (["--given", "waiting=3", "--given", "eruptions=4"], "Every column is given"),
        (["--like", datasets.path("cyclists")], "has no 'eruptions'"),
        (["--like", "nowhere.csv"], "does not exist"),
    ],
)
def test_what_cannot_be_drawn(run, geyser_model, words, said) -> None:
    done = run("sample", geyser_model, *words)
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    assert said in done.stderr
