"""What the summary of a Bayesian fit says, and that it fits on a page."""

import numpy as np
import pandas as pd
import pytest

from gaussmix import BayesianGaussianMixture
from gaussmix.datasets import load_old_faithful
from gaussmix.summary import MixtureSummary, PosteriorSummary

FRAME = pd.DataFrame(load_old_faithful().to_numpy(), columns=["eruptions", "waiting"])


@pytest.fixture(scope="module")
def fitted():
    labels = (FRAME["eruptions"] < 3.0).to_numpy(dtype=int)
    model = BayesianGaussianMixture(30, init_params=labels, max_iter=1000, moves=False)
    return model.fit(FRAME)


def clusters(n_features, n_rows=240):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n_rows, n_features)) + 8.0 * rng.integers(3, size=(n_rows, 1))


def test_the_summary_tells_of_active_components_and_their_intervals(fitted):
    summary = fitted.summary()
    text = str(summary)
    assert isinstance(summary, PosteriorSummary)
    assert isinstance(summary, MixtureSummary)
    assert repr(summary) == text
    assert text.startswith(
        "Bayesian Gaussian mixture of 2 active components out of 30 in 2 dimensions, "
        "covariances full (ellipsoidal"
    )
    for word in ("95% interval", "eruptions", "waiting", "std", "(and 28 empty slots)"):
        assert word in text
    assert str(fitted.fit_report_) in text
    assert summary.facts == {"rows": 272, "lower_bound": fitted.lower_bound_, "n_active": 2}
    assert f"lower_bound {fitted.lower_bound_:.6g}" in text
    assert summary.n_empty == 28
    assert summary.level == 0.95


def test_the_table_of_active_components(fitted):
    components = pd.DataFrame(fitted.summary().components)
    assert list(components) == [
        "component",
        "weight",
        "weight lower",
        "weight upper",
        *(f"mean eruptions{end}" for end in ("", " lower", " upper")),
        "std eruptions",
        *(f"mean waiting{end}" for end in ("", " lower", " upper")),
        "std waiting",
    ]
    intervals = fitted.credible_intervals(0.95)
    np.testing.assert_array_equal(components["component"], [0, 1])
    np.testing.assert_array_equal(components["weight"], fitted.weights_[:2])
    np.testing.assert_array_equal(components["weight upper"], intervals.upper.weights[:2])
    np.testing.assert_array_equal(components["mean waiting"], fitted.means_[:2, 1])
    np.testing.assert_array_equal(components["mean waiting lower"], intervals.lower.means[:2, 1])
    std = np.sqrt(fitted.covariances_[:2, 1, 1])
    np.testing.assert_allclose(components["std waiting"], std)


def test_each_component_is_told_once_with_a_line_for_each_column(fitted):
    lines = str(fitted.summary()).split("\n\n")[2].splitlines()
    assert lines[0].split()[:2] == ["component", "weight"]
    assert [line.split()[0] for line in lines[1:]] == ["0", "waiting", "1", "waiting"]
    lower, upper = (getattr(fitted.credible_intervals(), end) for end in ("lower", "upper"))
    assert f"[{lower.weights[0]:.4g}, {upper.weights[0]:.4g}]" in lines[1]
    assert f"[{lower.means[1, 1]:.4g}, {upper.means[1, 1]:.4g}]" in lines[4]
    assert f"{fitted.means_[1, 1]:.6g}" in lines[4]


@pytest.mark.parametrize("n_features", [1, 2, 10])
def test_it_fits_on_a_page(n_features):
    model = BayesianGaussianMixture(
        30, covariance_type="diag", max_iter=500, moves=False, random_state=0
    )
    summary = model.fit(clusters(n_features)).summary()
    text = str(summary)
    assert max(map(len, text.splitlines()[1:])) <= 100
    assert len(text.splitlines()) <= 40
    assert ("4 more columns" in text) == (n_features == 10)
    assert f"{30 - model.n_active_} empty slots)" in text
    assert len(summary.components) == 4 + 4 * n_features


def test_without_empty_slots_none_are_told_of():
    model = BayesianGaussianMixture(1).fit(FRAME.to_numpy())
    text = str(model.summary())
    assert text.startswith("Bayesian Gaussian mixture of 1 active component out of 1 in")
    assert "empty" not in text
    assert model.summary().n_empty == 0


def test_intervals_print_as_a_table_of_the_active_components(fitted):
    found = fitted.credible_intervals(0.9)
    text = str(found)
    assert repr(found) == text
    assert text.startswith("Credible intervals of level 0.9\n\n")
    assert text.endswith("(and 28 empty slots; all are in table())")
    assert len(text.split("\n\n")[1].splitlines()) == 1 + 2 * 3
    table = pd.DataFrame(found.table())
    assert list(table) == ["component", "parameter", "estimate", "lower", "upper"]
    assert len(table) == 30 * 3
    row = table[(table["component"] == 1) & (table["parameter"] == "mean waiting")].iloc[0]
    assert row["estimate"] == fitted.means_[1, 1]
    assert row["lower"] == found.lower.means[1, 1]
    assert row["upper"] == found.upper.means[1, 1]


def test_of_many_parameters_the_first_are_printed():
    model = BayesianGaussianMixture(1, covariance_type="diag").fit(clusters(50))
    text = str(model.credible_intervals())
    assert text.endswith("(and 11 more rows; all are in table())")
    assert len(text.split("\n\n")[1].splitlines()) == 41
