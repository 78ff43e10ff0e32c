"""What the command says of input that cannot be used: one line, and the right status."""

from contextlib import nullcontext

import pytest

from gaussmix import datasets

GEYSER = ("--components", "2", "--covariance", "full")


def failure(done, status: int = 1) -> str:
    """The one line on standard error."""
    assert done.exit_code == status, done.output
    assert done.stdout == ""
    line, *others = done.stderr.splitlines()
    assert others == []
    assert line.startswith("error: ")
    return line


def usage(done) -> str:
    assert done.exit_code == 2, done.output
    return done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--components", "0"], "'0' is not a number of components"),
        (["--components", "K"], "'K' is not a number of components"),
        (["--components", "1:2:3"], "a range (1:9)"),
        (
            ["--components", "1,3:1"],
            "The range 3:1 is reversed. Give the smaller number first: 1:3",
        ),
        (["--covariance", "ful"], "Did you mean 'full'?"),
        (["--covariance", ","], "one or more shapes"),
        (["--criterion", "bicc"], "'bicc' is not one of"),
        (["--seed", "-1"], "--seed"),
        (["--tol", "-1"], "--tol"),
        (["--max-iter", "0"], "--max-iter"),
        (["--sede", "1"], "No such option"),
        (["--out", "no/such/folder/m"], "does not exist"),
        (["--out", "-"], "expected the path of a file"),
        (["--out", "."], "is a folder"),
        (["--plot", "p.bmp"], "ends in .png, .svg, .pdf"),
    ],
)
def test_wrong_usage(run, words, said) -> None:
    assert said in usage(run("fit", datasets.path("cyclists"), *words))


def test_usage_of_other_verbs(run, geyser_model) -> None:
    assert "No such command" in usage(run("fti"))
    assert "Missing argument" in usage(run("predict", geyser_model))
    assert "-n" in usage(run("sample", geyser_model, "-n", "0"))
    words = ("score", geyser_model, datasets.path("old_faithful"), "--per-row", "--json")
    assert "--per-row" in usage(run(*words))


CONTENTS = {
    "broken line": ("x,y\n1,2\n3,4,5\n6,7\n", [], "Line 3 of"),
    "text named": ("x,y\n1,a\n2,b\n", ["--columns", "x,y"], "column 'y' holds text"),
    "no numbers": ("x,y\nb,a\nc,b\n", [], "at least one column of numbers"),
    "unknown column": ("speed,y\n1,2\n2,3\n", ["--columns", "sped"], "Did you mean 'speed'?"),
    "unknown weight": ("x,count\n1,2\n2,3\n", ["--weight", "counts"], "Did you mean 'count'?"),
    "negative weight": ("x,w\n1,2\n2,-3\n", ["--weight", "w"], "line 3 of"),
    "missing weight": ("x,w\n1,2\n2,\n", ["--weight", "w"], "line 3 of"),
    "zero weights": ("x,w\n1,0\n2,0\n", ["--weight", "w"], "All weights in column 'w'"),
    "weight twice": ("x,w\n1,2\n2,3\n", ["--columns", "x,w", "--weight", "w"], "asked for twice"),
    "column twice": ("x,w\n1,2\n2,3\n", ["--columns", "x,x"], "asked for twice"),
    "nothing observed": (
        "x,y,w\n1,2,0\n2,,1\n3,NA,1\n",
        ["--weight", "w"],
        "Every value of column 'y' is missing (NaN) in the rows that count",
    ),
    "nothing in a column asked for": (
        "x,y\n1,\n2,\n3,\n",
        ["--columns", "x,y"],
        "Every value of column 'y' is missing (NaN)",
    ),
    "infinity": ("x,y\n1,2\n2,inf\n3,4\n", [], "column 'y' in line 3"),
    "infinity beside a gap": ("x,y\n1,\n,-inf\n3,4\n", [], "column 'y' in line 3"),
    "no rows": ("x,y\n", [], "no rows under them"),
    "empty": ("", [], "it is empty"),
    "one row": ("x,y\n1,2\n", ["--components", "1"], "minimum of 2 is required"),
    "few rows": ("x\n1\n2\n4\n", ["--components", "5"], "largest possible is n_components = 3"),
    "other kind": ('{"x": [1, 2]}', [], "seems to be JSON"),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_tables_that_cannot_be_fitted(run, tmp_path, case) -> None:
    content, words, said = CONTENTS[case]
    data = tmp_path / "table.csv"
    data.write_text(content)
    out = tmp_path / "m.gaussmix"
    assert said in failure(run("fit", data, "--covariance", "diag", *words, "--out", out))
    assert not out.exists()


def test_a_file_that_is_not_there(run, tmp_path) -> None:
    (tmp_path / "geyser.csv").write_text("x\n1\n2\n")
    assert "Did you mean 'geyser.csv'?" in failure(run("fit", tmp_path / "gyser.csv"))
    assert "does not exist" in failure(run("predict", tmp_path / "m", tmp_path / "geyser.csv"))
    (tmp_path / "empty").mkdir()
    assert "holds none" in failure(run("fit", tmp_path / "empty"))


def test_a_file_that_may_not_be_read(run, tmp_path, monkeypatch) -> None:
    def refuse(path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert "Permission denied: '" in failure(run("fit", tmp_path / "x.csv"))


def test_models_that_are_none(run, geyser_model, tmp_path) -> None:
    data = datasets.path("old_faithful")
    whole = geyser_model.read_bytes()
    cut = tmp_path / "cut.gaussmix"
    cut.write_bytes(whole[: len(whole) // 2])
    assert "truncated or damaged" in failure(run("predict", cut, data))
    assert "not one" in failure(run("predict", data, data))
    assert "a saved model" in failure(run("predict", geyser_model, geyser_model))


def test_other_columns_than_the_models(run, geyser_model) -> None:
    done = run("predict", geyser_model, "-", stdin=b"eruption,waiting\n1,2\n")
    line = failure(done)
    assert "no column 'eruptions'" in line
    assert "Did you mean 'eruption'?" in line
    assert "--columns" in line
    assert "has no column" in failure(run("score", geyser_model, datasets.path("cyclists")))
    few = run("predict", geyser_model, datasets.path("old_faithful"), "--columns", "waiting")
    assert "The model has 2 columns, but 1 came" in failure(few)


def test_a_failing_predict_leaves_the_old_file(run, geyser_model, tmp_path) -> None:
    out = tmp_path / "p.csv"
    out.write_text("old")
    failure(run("predict", geyser_model, datasets.path("cyclists"), "--out", out))
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_no_matplotlib(run, tmp_path, monkeypatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("gaussmix.cli.fitting.import_module", missing)
    done = run("fit", datasets.path("old_faithful"), *GEYSER, "--plot", tmp_path / "p.png")
    assert 'pip install "gaussmix[plot]"' in failure(done)


def test_no_memory(run, monkeypatch) -> None:
    def full(*_words) -> None:
        raise MemoryError

    monkeypatch.setattr("gaussmix.cli.fitting.rows_to_fit", full)
    assert "Out of memory. Take fewer columns" in failure(run("fit", datasets.path("cyclists")))


def test_interrupted_before_there_is_a_result(run, monkeypatch) -> None:
    def stop(*_words) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gaussmix.cli.fitting.rows_to_fit", stop)
    assert "stopped by the user" in failure(run("fit", datasets.path("cyclists")), 130)


def test_interrupted_with_a_result(run, monkeypatch) -> None:
    def stop(_candidate) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(
        "gaussmix.estimators.search.shown_candidates", lambda _n, show: nullcontext(stop)
    )
    done = run(
        "fit", datasets.path("old_faithful"), "--components", "2", "--covariance", "full,tied"
    )
    assert done.exit_code == 130
    assert "Best by BIC" in done.stdout or "Fitted: 2 components" in done.stdout
    assert "stopped by the user after 1 of 2 candidates" in done.stderr
