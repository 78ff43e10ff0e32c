"""Many files, large files, and files that cannot be read: streams give what memory gives."""

import gzip
import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from gaussmix import GaussianMixture, datasets
from gaussmix.cli import options, stream_rows

FIT = ("--columns", "x,y", "--components", "2", "--covariance", "full,tied", "--json")
STREAMED = ("--memory", "1KB")


def table_of(seed: int, n_rows: int = 400, dtype: str = "float64") -> pa.Table:
    rng = np.random.default_rng(seed)
    X = np.where(rng.random((n_rows, 1)) < 0.4, 0.0, [[5.0, 3.0]]) + rng.normal(size=(n_rows, 2))
    X[rng.random(X.shape) < 0.01] = np.nan
    return pa.table(
        {
            "x": X[:, 0].astype(dtype),
            "y": X[:, 1].astype(dtype),
            "w": rng.integers(0, 3, n_rows).astype(float),
            "site": ["a"] * n_rows,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three Parquet files, with files beside them that are none of the data."""
    place = tmp_path_factory.mktemp("rows") / "data"
    place.mkdir()
    for number in range(3):
        pa.parquet.write_table(table_of(number), place / f"part-{number}.parquet")
    (place / "_SUCCESS").write_text("")
    return place


def answer_of(done):
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def failure(done) -> str:
    """The last line on standard error, which is the only one of its kind."""
    assert done.exit_code == 1, done.output
    assert done.stdout == ""
    *others, line = done.stderr.splitlines()
    assert not any(other.startswith("error") for other in others)
    assert line.startswith("error: ")
    return line


def test_folders_patterns_and_lists_are_the_same_rows(run, folder) -> None:
    by_folder = run("fit", folder, *FIT, "--weight", "w")
    answer = answer_of(by_folder)
    assert answer["n_rows"] == 1200
    assert answer["n_gappy"] > 0
    for data in ([f"{folder}/*.parquet"], sorted(folder.glob("*.parquet"))):
        assert answer_of(run("fit", *data, *FIT, "--weight", "w")) == answer
    text = run("fit", folder, *FIT[:-1]).stdout
    assert f"{folder}/part-0.parquet and 2 more: 1200 rows of x, y" in text


def test_streams_give_what_memory_gives(run, folder, tmp_path) -> None:
    words = ("--weight", "w")
    models = [tmp_path / name for name in ("memory.gaussmix", "stream.gaussmix")]
    labels = [tmp_path / name for name in ("memory.csv", "stream.csv")]
    plot = tmp_path / "p.png"
    files = (
        ("--out", m, "--labels", c, "--plot", plot) for m, c in zip(models, labels, strict=True)
    )
    memory = run("fit", folder, *FIT, *words, *next(files))
    stream = run("fit", folder, *FIT, *words, *next(files), *STREAMED)
    assert answer_of(memory) == answer_of(stream)
    assert labels[0].read_bytes() == labels[1].read_bytes()
    said = "streaming 1,200 rows from 3 files"
    assert f"note: {said}: they would take 28.8 KB, more than --memory 1KB\n" in stream.stderr
    assert "streaming" not in memory.stderr
    for verb in (("predict",), ("predict", "--proba"), ("score", "--weight", "w")):
        both = [run(verb[0], models[0], folder, *verb[1:], *more) for more in ((), STREAMED)]
        assert both[0].exit_code == 0
        assert both[0].stdout == both[1].stdout
        assert said in both[1].stderr
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_text_is_counted_before_it_is_read(run, tmp_path) -> None:
    plain, zipped = tmp_path / "t.csv", tmp_path / "t.csv.gz"
    pa.csv.write_csv(table_of(7), plain)
    with gzip.open(zipped, "wb") as file:
        file.write(plain.read_bytes())
    answer = answer_of(run("fit", plain, *FIT))
    for path in (plain, zipped):
        # More than the rows take, and less than so much text could hold.
        for memory, is_streamed in (("7KB", False), ("6KB", True)):
            done = run("fit", path, *FIT, "--memory", memory)
            assert ("streaming" in done.stderr) == is_streamed
            assert answer_of(done) == answer


def test_columns_left_out_of_many_files(run, folder) -> None:
    done = run("fit", folder, "--weight", "w", "--components", "1", "--covariance", "full")
    assert "note: columns left out: 'site' (text)" in done.stderr
    assert "1200 rows of x, y; weights: w" in done.stdout


def test_single_precision_is_the_same_everywhere(run, tmp_path) -> None:
    whole = table_of(3, dtype="float32")
    pa.parquet.write_table(whole, tmp_path / "t.parquet")
    answer = answer_of(run("fit", tmp_path / "t.parquet", *FIT))
    assert answer_of(run("fit", tmp_path / "t.parquet", *FIT, *STREAMED)) == answer


def test_a_column_with_a_comma_in_many_files(run, tmp_path) -> None:
    for number in range(2):
        renamed = table_of(number).rename_columns(["x,1", "y", "w", "site"])
        pa.parquet.write_table(renamed, tmp_path / f"{number}.parquet")
    words = ("--components", "1", "--covariance", "full", "--json")
    done = run("fit", tmp_path, "--columns", "y", "--columns", "x,1", *words)
    assert answer_of(done)["columns"] == ["y", "x,1"]


def test_a_large_picture_shows_some(run, folder, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("gaussmix.cli.pictures._MOST_ROWS", 100)
    plot = tmp_path / "p.png"
    done = run("fit", folder, *FIT, *STREAMED, "--weight", "w", "--plot", plot)
    assert "the picture shows 100 of 1,200 rows, drawn at random" in done.stderr
    assert plot.exists()


def test_files_that_cannot_be_used(run, folder, tmp_path) -> None:
    assert "No file matches the pattern" in failure(run("fit", f"{folder}/*.csv"))
    assert "does not exist" in failure(run("fit", folder, tmp_path / "none.parquet"))
    assert "together with files" in failure(run("fit", "-", folder))
    cut, other = tmp_path / "cut.parquet", tmp_path / "other.csv"
    cut.write_bytes((folder / "part-0.parquet").read_bytes()[:3000])
    line = failure(run("fit", folder, cut))
    assert "cut.parquet begins as a Parquet file but cannot be read" in line
    other.write_text("x,z\n1,2\n")
    assert "no column 'y' in" in failure(run("fit", folder, other, *FIT))
    assert "no column 'v' in" in failure(run("fit", folder, *FIT, "--weight", "v"))
    zero = tmp_path / "zero.csv"
    zero.write_text("x,y,w\n1,2,0\n2,3,0\n")
    assert "All weights in column 'w'" in failure(run("fit", zero, zero, *FIT, "--weight", "w"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes there")
def test_pipes_among_files(run, folder, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "can be read once only" in failure(run("fit", folder, tmp_path / "pipe"))


def test_other_columns_than_the_models_in_streams(run, geyser_model, folder) -> None:
    assert "no column 'eruptions'" in failure(run("predict", geyser_model, folder))
    few = run("predict", geyser_model, folder, "--columns", "x")
    assert "The model has 2 columns, but 1 came" in failure(few)


@pytest.mark.parametrize("verb", ["fit", "predict"])
def test_a_file_that_changes_between_passes(run, geyser_model, tmp_path, monkeypatch, verb) -> None:
    data, out = tmp_path / "t.csv", tmp_path / "out.csv"
    data.write_bytes(datasets.path("old_faithful").read_bytes())
    out.write_text("old")
    monkeypatch.setattr("gaussmix.cli.models._AT_ONCE", 50)

    def then_changed(stream, files, request, notes, found=stream_rows._rows):
        rows = found(stream, files, request, notes)
        data.write_bytes(datasets.path("old_faithful").read_bytes() + b"1,2\n")
        return rows

    monkeypatch.setattr(stream_rows, "_rows", then_changed)
    words = {
        "fit": ("fit", data, "--components", "2", "--covariance", "full", "--labels", out),
        "predict": ("predict", geyser_model, data, "--out", out),
    }
    line = failure(run(*words[verb], *STREAMED))
    assert "has changed since it was first read" in line
    assert out.read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.csv", "t.csv"]


def test_an_infinity_late_in_a_stream_leaves_the_old_file(run, geyser_model, tmp_path) -> None:
    data, out = tmp_path / "t.csv", tmp_path / "out.csv"
    data.write_text("eruptions,waiting\n" + "4,80\n" * 90_000 + "inf,80\n")
    out.write_text("old")
    line = failure(run("predict", geyser_model, data, "--out", out, "--memory", "1MB"))
    assert "line 90002 of" in line
    assert out.read_text() == "old"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.csv", "t.csv"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2GB", 2_000_000_000),
        ("1.5GiB", 3 * 2**29),
        ("500 mb", 500_000_000),
        ("64k", 64_000),
        ("12", 12),
        ("1tib", 2**40),
    ],
)
def test_sizes_of_memory(text, expected) -> None:
    assert options.Bytes().convert(text, None, None) == expected


@pytest.mark.parametrize("text", ["", "GB", "0", "-1GB", "2XB", "1e9", "1iB", "99999999TB"])
def test_sizes_that_are_none(run, folder, text) -> None:
    done = run("fit", folder, f"--memory={text}")
    assert done.exit_code == 2
    assert "is not a size of memory" in done.stderr


CHECKPOINT = ("--components", "2", "--covariance", "full", "--checkpoint")


def test_a_checkpoint_of_one_fit(run, folder, tmp_path) -> None:
    state = tmp_path / "state"
    done = run("fit", folder, "--columns", "x,y", *CHECKPOINT, state, "--json")
    answer = answer_of(done)
    assert not state.exists()
    rows = pa.concat_tables([table_of(number) for number in range(3)]).select(["x", "y"])
    model = GaussianMixture(2, tol=1e-6, max_iter=2000, init_params="auto", random_state=0)
    model.fit(rows)
    assert answer["log_likelihood"] == model.log_likelihood_
    assert answer["bic"] == pytest.approx(model.bic(rows), rel=1e-12)
    assert answer["icl"] == pytest.approx(model.icl(rows), rel=1e-12)
    assert (
        answer_of(run("fit", folder, "--columns", "x,y", *CHECKPOINT, state, "--json", *STREAMED))
        == answer
    )
    for words in ((), ("--components", "1:2", "--covariance", "full"), ("--components", "2")):
        done = run("fit", folder, *words, "--checkpoint", state)
        assert done.exit_code == 2
        assert "keeps the state of one fit" in done.stderr


class Impatient(GaussianMixture):
    """A fit that the user stops."""

    def fit(self, X, **beside):
        def stop(iteration) -> None:
            if iteration.number >= 3:
                raise KeyboardInterrupt

        self.callback = stop
        return super().fit(X, **beside)


@pytest.mark.parametrize("memory", [(), STREAMED])
def test_an_interrupted_fit_goes_on_from_its_checkpoint(
    run, folder, tmp_path, monkeypatch, memory
) -> None:
    state = tmp_path / "state"
    words = ("fit", folder, "--columns", "x,y", *CHECKPOINT, state, *memory)
    whole = run(*words, "--json")
    monkeypatch.setattr("gaussmix.cli.fitting.GaussianMixture", Impatient)
    stopped = run(*words)
    assert stopped.exit_code == 130
    assert state.exists()
    assert "go on from where it stopped" in stopped.stdout
    assert f"--checkpoint {state}" in stopped.stdout.splitlines()[-1]
    other = run("fit", datasets.path("old_faithful"), *CHECKPOINT, state)
    assert str(state) in failure(other)
    monkeypatch.undo()
    assert answer_of(run(*words, "--json")) == answer_of(whole)
    assert not state.exists()
