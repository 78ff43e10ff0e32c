"""`predict`, `score`, `sample` and `demo`."""

import csv
import io
import json

import numpy as np
import pytest

from gaussmix import Mixture, datasets, load, save
from gaussmix.cli import models


def rows_of(text: str) -> tuple[list[str], np.ndarray]:
    header, *rows = csv.reader(io.StringIO(text))
    return header, np.array(rows, dtype=float)


def test_labels_and_probabilities(run, geyser_model) -> None:
    done = run("predict", geyser_model, datasets.path("old_faithful"))
    header, values = rows_of(done.stdout)
    posterior = load(geyser_model).mixture_.posterior(datasets.load_old_faithful().to_numpy())
    assert header == ["label", "probability"]
    np.testing.assert_array_equal(values[:, 0], posterior.argmax(axis=1))
    np.testing.assert_array_equal(values[:, 1], posterior.max(axis=1))
    assert done.stderr == ""


def test_every_posterior(run, geyser_model, tmp_path) -> None:
    out = tmp_path / "p.csv"
    done = run("predict", geyser_model, datasets.path("old_faithful"), "--proba", "--out", out)
    header, values = rows_of(out.read_text())
    assert done.stdout == ""
    assert header == ["component_0", "component_1"]
    np.testing.assert_allclose(values.sum(axis=1), 1.0, rtol=1e-12)


def test_columns_are_found_by_name(run, geyser_model) -> None:
    swapped = b"note,waiting,eruptions\nx,80,4.2\ny,50,2\n"
    assert rows_of(run("predict", geyser_model, "-", stdin=swapped).stdout)[1][:, 0].tolist() == [
        0,
        1,
    ]
    renamed = b"w,e\n80,4.2\n50,2\n"
    done = run("predict", geyser_model, "-", "--columns", "e,w", stdin=renamed)
    assert rows_of(done.stdout)[1][:, 0].tolist() == [0, 1]


def test_a_model_without_names_takes_the_columns_in_order(run, tmp_path) -> None:
    model = tmp_path / "m.gaussmix"
    save(Mixture([0.5, 0.5], [[0.0], [9.0]], [[[1.0]], [[1.0]]]), model)
    assert rows_of(run("predict", model, "-", stdin=b"8.5\n0.1\n").stdout)[1][:, 0].tolist() == [
        1,
        0,
    ]
    assert run("sample", model, "-n", "2").stdout.startswith("column_1\n")
    wide = run("predict", model, "-", stdin=b"a,b\n1,2\n")
    assert wide.exit_code == 1
    assert "The model has 1 column, but 2 came from standard input: 'a', 'b'" in wide.stderr


def test_answers_in_parts_are_the_whole(run, geyser_model, monkeypatch) -> None:
    words = ("predict", geyser_model, datasets.path("old_faithful"))
    whole = run(*words).stdout
    monkeypatch.setattr(models, "_AT_ONCE", 17)
    assert run(*words).stdout == whole


def test_scores(run, geyser_model) -> None:
    data = datasets.path("old_faithful")
    expected = load(geyser_model).mixture_.log_pdf(datasets.load_old_faithful().to_numpy()).mean()
    answer = json.loads(run("score", geyser_model, data, "--json").stdout)
    assert answer["mean_log_density"] == pytest.approx(expected, rel=1e-12)
    assert answer["log_likelihood"] == pytest.approx(272 * expected, rel=1e-12)
    assert answer["n_rows"] == 272
    text = run("score", geyser_model, data).stdout
    assert text.startswith("mean_log_density  -4.15538")
    header, values = rows_of(run("score", geyser_model, data, "--per-row").stdout)
    assert header == ["log_density"]
    assert values.mean() == pytest.approx(expected, rel=1e-12)


def test_weights_of_a_score(run, geyser_model) -> None:
    data = b"eruptions,waiting,w\n4,80,3\n2,50,0\n1e200,0,0\n"
    answer = json.loads(
        run("score", geyser_model, "-", "--weight", "w", "--json", stdin=data).stdout
    )
    expected = load(geyser_model).mixture_.log_pdf([[4.0, 80.0]])[0]
    assert answer["mean_log_density"] == pytest.approx(expected, rel=1e-12)
    assert (answer["n_rows"], answer["weight_total"]) == (3, 3.0)


def test_a_density_of_zero_is_null(run, geyser_model) -> None:
    data = b"eruptions,waiting\n1e200,0\n"
    answer = json.loads(run("score", geyser_model, "-", "--json", stdin=data).stdout)
    assert answer["log_likelihood"] is None


def test_samples(run, geyser_model) -> None:
    words = ("sample", geyser_model, "-n", "500")
    first = run(*words, "--seed", "3").stdout
    header, values = rows_of(first)
    assert header == ["eruptions", "waiting"]
    assert values.shape == (500, 2)
    assert run(*words, "--seed", "3").stdout == first
    assert run(*words).stdout != run(*words).stdout


def test_demo(run, tmp_path) -> None:
    folder = tmp_path / "new" / "demo"
    done = run("demo", "--out", folder)
    assert done.exit_code == 0
    for said in ("Pearson", "1894", "1000", "29 bins", "0.567", "0.433", "2567.579", "Next:"):
        assert said in done.stdout
    assert sorted(file.name for file in folder.iterdir()) == [
        "crabs.png",
        "labels.csv",
        "model.gaussmix",
        "naples_crabs.csv",
    ]
    assert load(folder / "model.gaussmix").feature_names_in_.tolist() == ["upper"]
    again = run("predict", folder / "model.gaussmix", folder / "naples_crabs.csv")
    assert again.stdout == (folder / "labels.csv").read_text()


def test_demo_without_matplotlib(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("gaussmix.cli.naples.find_spec", lambda name: None)
    done = run("demo", "--out", tmp_path)
    assert done.exit_code == 0
    assert 'pip install "gaussmix[plot]"' in done.stdout
    assert not (tmp_path / "crabs.png").exists()
