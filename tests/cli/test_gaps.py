"""Missing values: what is fitted, predicted, scored and drawn, and what is said of it."""

import json

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets, load
from gaussmix.plotting import plot_mixture

FIT = ("--components", "2", "--covariance", "full")
COLUMNS = "bill_length_mm,bill_depth_mm,flipper_length_mm"


@pytest.fixture
def gappy(tmp_path):
    """A table of two columns with gaps of every kind of spelling, and the same as an array."""
    rows = datasets.load_old_faithful().to_numpy().copy()
    rows[3, 0] = rows[7, 1] = rows[11, 1] = np.nan
    rows[9] = np.nan
    spellings = iter(["", "NA", "null", "NaN", ""])
    lines = [
        ",".join(next(spellings) if np.isnan(value) else repr(float(value)) for value in row)
        for row in rows
    ]
    path = tmp_path / "gappy.csv"
    path.write_text("\n".join(["eruptions,waiting", *lines]) + "\n")
    return path, rows


def test_penguins_as_they_come(run, tmp_path) -> None:
    out, labels, plot = tmp_path / "m.gaussmix", tmp_path / "l.csv", tmp_path / "p.png"
    files = ("--out", out, "--labels", labels, "--plot", plot)
    done = run("fit", datasets.path("penguins"), "--columns", COLUMNS, *FIT, *files)
    assert done.exit_code == 0, done.output
    assert "2 rows had missing values" in done.stdout
    said = "2 of 344 rows have gaps; what is there counts. 2 of them have no value at all"
    assert said in done.stderr
    assert "leaves out 2 rows with gaps in bill_depth_mm or flipper_length_mm" in done.stderr
    assert len(labels.read_text().splitlines()) == 345
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert run("fit", datasets.path("penguins"), "--columns", COLUMNS, *FIT, "-q").stderr == ""


def test_json_counts_them(run, gappy) -> None:
    path, rows = gappy
    answer = json.loads(run("fit", path, *FIT, "--json").stdout)
    assert (answer["n_rows"], answer["n_gappy"], answer["n_empty"]) == (272, 4, 1)
    expected = GaussianMixture(
        2, means_init=answer["means"], tol=1e-11, max_iter=2000, random_state=0
    ).fit(rows)
    assert answer["log_likelihood"] == pytest.approx(expected.log_likelihood_, abs=1e-5)


def test_a_row_without_a_value_has_the_weights(run, gappy, tmp_path) -> None:
    path, _ = gappy
    out = tmp_path / "m.gaussmix"
    assert run("fit", path, *FIT, "--out", out).exit_code == 0
    weights = load(out).mixture_.weights
    done = run("predict", out, "-", "--proba", stdin=b"eruptions,waiting\n,\nNA,NA\n")
    assert done.exit_code == 0, done.output
    for line in done.stdout.splitlines()[1:]:
        np.testing.assert_allclose([float(p) for p in line.split(",")], weights, rtol=1e-14)
    assert "2 of them have no value at all: their probabilities are the weights" in done.stderr
    done = run("score", out, "-", stdin=b"eruptions,waiting\n4,NA\n,\n")
    assert "1 of them has no value at all: their log density is 0" in done.stderr
    alone = load(out).mixture_.marginal("eruptions").log_pdf([[4.0]])[0]
    assert f"log_likelihood    {alone:.10g}" in done.stdout
    assert run("score", out, path, "--quiet").stderr == ""


def test_a_picture_leaves_rows_with_gaps_out(gappy) -> None:
    _, rows = gappy
    model = GaussianMixture(2, random_state=0).fit(rows)
    (axes,) = plot_mixture(model, rows).axes
    assert sum(len(points.get_offsets()) for points in axes.collections) == 268
    assert "4 rows with gaps not shown" in [text.get_text() for text in axes.texts]
    (axes,) = plot_mixture(model, rows, columns=[0]).axes
    assert "2 rows with gaps not shown" in [text.get_text() for text in axes.texts]
    nothing = np.full((3, 2), np.nan)
    (axes,) = plot_mixture(model, nothing).axes
    assert "3 rows with gaps not shown" in [text.get_text() for text in axes.texts]
