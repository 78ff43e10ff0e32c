"""Rows that belong to no cluster, and rows whose component is known."""

import json

import numpy as np
import pytest

from gaussmix import load
from gaussmix.plotting import plot_mixture

THREE = ("--components", "3", "--covariance", "full")


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """Three clusters, and one row in ten anywhere; a few labels are known."""
    rng = np.random.default_rng(5)
    component = rng.choice(3, 900, p=[0.5, 0.3, 0.2])
    X = np.array([[0.0, 0.0], [6.0, 6.0], [-5.0, 7.0]])[component] + rng.normal(size=(900, 2))
    stray = rng.random(900) < 0.1
    X[stray] = rng.uniform(-15, 15, size=(stray.sum(), 2))
    # The heaviest cluster is number 2 by its labels.
    label = np.where(stray | (rng.random(900) < 0.9), "", (2 - component).astype(str))
    path = tmp_path_factory.mktemp("noisy") / "noisy.csv"
    lines = [f"{x!r},{y!r},{k}" for (x, y), k in zip(X.tolist(), label, strict=True)]
    path.write_text("\n".join(["x,y,known", *lines]) + "\n")
    return path


def test_noise_in_report_and_labels(run, noisy, tmp_path) -> None:
    out, labels, plot = tmp_path / "m.gaussmix", tmp_path / "l.csv", tmp_path / "p.png"
    words = ("--columns", "x,y", *THREE, "--noise")
    done = run("fit", noisy, *words, "--out", out, "--labels", labels, "--plot", plot)
    assert done.exit_code == 0, done.output
    assert "with a noise component" in done.stdout
    model = load(out)
    noise = model.mixture_.components.noise
    assert 0.06 < noise.weight < 0.14
    assert f"Noise: weight {noise.weight:.6g}, uniform over the box" in done.stdout
    table = np.loadtxt(labels, delimiter=",", skiprows=1)
    assert 40 < (table[:, 0] == -1).sum() < 120
    X = np.loadtxt(noisy, delimiter=",", skiprows=1, usecols=(0, 1))
    posterior = model.mixture_.posterior(X)
    label = np.where(posterior.argmax(axis=1) == 3, -1, posterior.argmax(axis=1))
    np.testing.assert_array_equal(table[:, 0], label)
    np.testing.assert_array_equal(table[:, 1], posterior.max(axis=1))
    assert run("predict", out, noisy).stdout == labels.read_text()
    header, first, *_ = run("predict", out, noisy, "--proba").stdout.splitlines()
    assert header == "component_0,component_1,component_2,noise"
    assert sum(map(float, first.split(","))) == pytest.approx(1.0, abs=1e-12)
    assert plot.read_bytes().startswith(b"\x89PNG")
    last = run("fit", noisy, *words).stdout.splitlines()[-1]
    assert "--components 3 --covariance full --noise --out" in last


def test_noise_of_a_volume(run, noisy) -> None:
    words = ("--columns", "x,y", *THREE, "--noise-volume", "1000", "--json")
    answer = json.loads(run("fit", noisy, *words).stdout)
    assert 0.05 < answer["noise_weight"] < 0.2
    assert sum(answer["weights"]) + answer["noise_weight"] == pytest.approx(1.0)
    assert answer["n_parameters"] == 19
    text = run("fit", noisy, *words[:-1]).stdout
    assert "uniform over a volume of 1000" in text
    assert "--noise-volume 1000" in text.splitlines()[-1]
    assert run("fit", noisy, "--noise-volume", "0").exit_code == 2


def test_pictures_of_noise(run, noisy, tmp_path) -> None:
    out = tmp_path / "m.gaussmix"
    assert run("fit", noisy, "--columns", "x,y", *THREE, "--noise", "--out", out).exit_code == 0
    model = load(out)
    X = np.loadtxt(noisy, delimiter=",", skiprows=1, usecols=(0, 1))
    (axes,) = plot_mixture(model, X).axes
    entries = [text.get_text() for text in axes.get_legend().get_texts()]
    weight = model.mixture_.components.noise.weight
    assert entries[-1] == f"noise ({weight:.1%})"
    shown = {len(points.get_offsets()) for points in axes.collections}
    assert (model.mixture_.posterior(X).argmax(axis=1) == 3).sum() in shown
    (axes,) = plot_mixture(model, X, columns=[0]).axes
    y = axes.lines[-1].get_ydata()
    shares = sum(line.get_ydata() for line in axes.lines[:-1])
    np.testing.assert_allclose(shares, y, rtol=1e-10)


def test_known_labels_number_the_components(run, noisy, tmp_path) -> None:
    words = ("fit", noisy, *THREE, "--known-labels", "known", "--noise")
    answer = json.loads(run(*words, "--json").stdout)
    assert answer["columns"] == ["x", "y"]
    np.testing.assert_allclose(answer["means"], [[-5, 7], [6, 6], [0, 0]], atol=0.4)
    text = run(*words).stdout
    assert "known labels: known, of " in text
    assert "--known-labels known" in text.splitlines()[-1]
    streamed = run(*words, "--json", "--memory", "1KB")
    assert json.loads(streamed.stdout) == answer
    few = run("fit", noisy, "--components", "2", "--known-labels", "known")
    assert few.exit_code == 1
    assert "Start n_components at 3" in few.stderr


@pytest.mark.parametrize(
    ("column", "said"),
    [("1.5", "1.5"), ("-2", "-2"), ("a", "holds text")],
)
def test_labels_that_are_none(run, tmp_path, column, said) -> None:
    data = tmp_path / "t.csv"
    data.write_text(f"x,k\n1,0\n2,{column}\n3,1\n")
    done = run("fit", data, "--known-labels", "k", "--components", "2")
    assert done.exit_code == 1
    assert said in done.stderr
    assert "line 3" in done.stderr
    assert "asked for twice" in run("fit", data, "--known-labels", "k", "--weight", "k").stderr
