"""Grouped data: intervals and counts."""

import json

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets, load
from gaussmix.data import IntervalData
from gaussmix.plotting import plot_mixture

BINS = ("--bins", "lower,upper", "--weight", "count")
TWO = ("--components", "2", "--covariance", "full")
OPEN = "lower,upper,n\n,1,3\n1,2,9\n2,3,12\n3,,2\n"


def test_the_crabs_as_bins(run, tmp_path) -> None:
    out, plot = tmp_path / "m.gaussmix", tmp_path / "p.png"
    data = datasets.path("naples_crabs")
    done = run("fit", data, *BINS, *TWO, "--out", out, "--plot", plot)
    assert done.exit_code == 0, done.output
    assert "29 bins from lower to upper; weights: count, 1000 in all" in done.stdout
    assert "mean value" in done.stdout
    assert f"predict {out} {data} --bins lower,upper" in done.stdout
    assert plot.read_bytes().startswith(b"\x89PNG")
    table = datasets.load_naples_crabs()
    bins = IntervalData(table["lower"], table["upper"], table["count"])
    model = load(out)
    start = {"means_init": model.means_, "weights_init": model.weights_}
    again = GaussianMixture(
        2, precisions_init=model.precisions_, tol=1e-11, max_iter=2000, **start
    ).fit(bins)
    assert model.log_likelihood_ == pytest.approx(again.log_likelihood_, abs=1e-6)


def test_labels_and_scores_of_bins(run, tmp_path) -> None:
    out, labels = tmp_path / "m.gaussmix", tmp_path / "l.csv"
    data = datasets.path("naples_crabs")
    fitted = json.loads(
        run("fit", data, *BINS, *TWO, "--out", out, "--labels", labels, "--json").stdout
    )
    done = run("predict", out, data, "--bins", "lower,upper")
    assert done.stdout == labels.read_text()
    score = json.loads(run("score", out, data, *BINS, "--json").stdout)
    assert score["log_likelihood"] == pytest.approx(fitted["log_likelihood"], rel=1e-9)
    assert (score["n_rows"], score["weight_total"]) == (29, 1000.0)
    table = datasets.load_naples_crabs()
    bins = IntervalData(table["lower"], table["upper"])
    per_row = run("score", out, data, "--bins", "lower,upper", "--per-row").stdout
    values = [float(line) for line in per_row.splitlines()[1:]]
    np.testing.assert_allclose(values, load(out).score_samples(bins), rtol=1e-12)


def test_a_search_of_bins(run) -> None:
    data = datasets.path("naples_crabs")
    done = run("fit", data, *BINS, "--components", "1:2", "--json")
    answer = json.loads(done.stdout)
    assert {c["covariance_type"] for c in answer["candidates"]} == {"full", "tied"}
    assert answer["n_components"] == 2
    last = run("fit", data, *BINS, "--components", "1:2").stdout.splitlines()[-1]
    assert "--bins lower,upper --weight count --components 2" in last


def test_open_ends(run, tmp_path) -> None:
    data, spelt = tmp_path / "open.csv", tmp_path / "spelt.csv"
    data.write_text(OPEN)
    spelt.write_text(OPEN.replace("\n,1", "\n-inf,1").replace("3,,", "3,inf,"))
    words = ("--bins", "lower,upper", "--weight", "n", "--components", "1", "--json")
    answer = json.loads(run("fit", data, *words).stdout)
    assert json.loads(run("fit", spelt, *words).stdout) == answer
    bins = IntervalData([-np.inf, 1, 2, 3], [1, 2, 3, np.inf], [3, 9, 12, 2])
    model = GaussianMixture(tol=1e-12, max_iter=2000).fit(bins)
    np.testing.assert_allclose(answer["means"], model.means_, rtol=1e-4)


def test_a_picture_leaves_open_bins_out() -> None:
    bins = IntervalData([-np.inf, 1, 2, 3], [1, 2, 3.5, np.inf], [3, 9, 12, 2])
    model = GaussianMixture().fit(bins)
    (axes,) = plot_mixture(model, bins).axes
    assert "2 open-ended bins (19.2% of the counts) not shown" in [
        text.get_text() for text in axes.texts
    ]
    bars = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in axes.patches]
    np.testing.assert_allclose(bars, [(1, 1, 9 / 26), (2, 1.5, 12 / 26 / 1.5)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("lower,upper\n1,2\n,\n", "Both ends of the bin in line 3 of"),
        ("lower,upper\n1,2\n3,2\n", "line 3 of"),
        ("lower,upper\n1,2\n3,2\n", "Exchange the two names"),
        ("lower,upper\n1,2\n2,2\n", "half a unit of its last digit"),
        ("lower,upper\n1,2\ninf,\n", "lower inf"),
        ("lower,uper\n1,2\n", "Did you mean 'uper'?"),
        ("lower,upper\n1,a\n", "column 'upper' holds text"),
    ],
)
def test_bins_that_are_none(run, tmp_path, content, said) -> None:
    data = tmp_path / "bins.csv"
    data.write_text(content)
    done = run("fit", data, "--bins", "lower,upper", "--components", "1")
    assert done.exit_code == 1
    assert said in done.stderr
    assert done.stdout == ""


def test_wrong_use_of_bins(run, geyser_model, tmp_path) -> None:
    data = datasets.path("naples_crabs")
    for words, said in (
        (("--bins", "lower"), "two columns with a comma between"),
        (("--bins", "lower,upper,count"), "two columns with a comma between"),
        (("--bins", "lower,upper", "--columns", "upper"), "--columns has nothing to add"),
    ):
        done = run("fit", data, *words)
        assert done.exit_code == 2
        assert said in done.stderr
    done = run("fit", data, "--bins", "lower,lower")
    assert "asked for twice" in done.stderr
    done = run("fit", data, data, "--bins", "lower,upper")
    assert "of one file, but 2 were named" in done.stderr
    done = run("predict", geyser_model, data, "--bins", "lower,upper")
    assert "The model has 2 columns, but --bins gives intervals of one" in done.stderr
