"""Laws that probabilities of any mixture keep."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.density import Noise

CODES = ("VVV", "EEE", "VVI", "VII", "EVE")


def _mixture(make, code, n_features, seed=0):
    """Three components and noise."""
    components = make.components(code, 3, n_features, seed)
    centre = components.means.mean(axis=0)
    noise = Noise(0.1, centre - 3.0, centre + 4.0)
    parts = replace(components, weights=0.9 * components.weights, noise=noise)
    return Mixture.from_components(parts, code)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 3, 5])
def test_a_probability_rises_with_every_column(make, code, n_features):
    mixture = _mixture(make, code, n_features)
    x = mixture.sample(1, random_state=0)[0][0]
    rng = np.random.default_rng(1)
    path = x + np.cumsum(rng.exponential(size=(12, n_features)), axis=0) - 4.0
    p = mixture.cdf(path)
    assert (np.diff(p) >= -3e-5 * (n_features > 3)).all()
    assert ((p >= 0.0) & (p <= 1.0)).all()
    ends = np.array([np.full(n_features, -np.inf), np.full(n_features, np.inf)])
    np.testing.assert_allclose(mixture.cdf(ends), [0.0, 1.0], atol=1e-14)


@pytest.mark.parametrize("code", CODES)
def test_columns_without_an_end_are_left_out(make, code):
    mixture = _mixture(make, code, 5)
    X = mixture.sample(6, random_state=0)[0]
    for columns in ([0], [3, 1], [0, 2, 4]):
        endless = np.full(X.shape, np.inf)
        endless[:, columns] = X[:, columns]
        expected = mixture.marginal(columns).cdf(X[:, columns])
        np.testing.assert_allclose(mixture.cdf(endless), expected, atol=1e-9)


@pytest.mark.parametrize("n_features", [1, 2, 4])
def test_what_is_below_and_what_is_above_are_all(make, n_features):
    mixture = _mixture(make, "VVV", n_features)
    cut = float(mixture.mean()[0])
    below = mixture.interval_probability(None, {0: cut})
    above = mixture.interval_probability({0: cut}, None)
    assert below + above == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("code", CODES)
def test_boxes_side_by_side_add_up(make, code):
    mixture = _mixture(make, code, 3)
    low, high = mixture.mean() - 2.0, mixture.mean() + 1.0
    cuts = np.linspace(low[1], high[1], 6)
    lower, upper = np.tile(low, (5, 1)), np.tile(high, (5, 1))
    lower[:, 1], upper[:, 1] = cuts[:-1], cuts[1:]
    parts = mixture.interval_probability(lower, upper)
    assert parts.sum() == pytest.approx(mixture.interval_probability(low, high), abs=1e-9)


@pytest.mark.parametrize("n_features", [2, 3, 4])
def test_moving_and_stretching_changes_no_probability(make, n_features):
    components = make.components("VVV", 3, n_features, 2)
    plain = Mixture.from_components(components, "VVV")
    scale = np.geomspace(1e-3, 1e4, n_features)
    moved = Mixture(
        components.weights,
        components.means * scale + 7.0,
        components.covariances.dense() * np.outer(scale, scale),
    )
    X = plain.sample(5, random_state=0)[0]
    np.testing.assert_allclose(moved.cdf(X * scale + 7.0), plain.cdf(X), rtol=1e-6)


@pytest.mark.parametrize("n_features", [2, 5])
def test_the_order_of_columns_does_not_matter(make, n_features):
    mixture = _mixture(make, "VVV", n_features)
    order = np.random.default_rng(0).permutation(n_features)
    X = mixture.sample(5, random_state=0)[0]
    p, error = mixture.cdf(X, return_error=True)
    q, error_of_q = mixture.marginal(order).cdf(X[:, order], return_error=True)
    assert (np.abs(p - q) <= 6.0 * (error + error_of_q)).all()


@pytest.mark.parametrize("code", CODES)
def test_shares_of_rows_in_a_box_come_near_its_probability(make, code):
    mixture = _mixture(make, code, 4)
    low, high = mixture.mean() - 2.5, mixture.mean() + 3.0
    p = mixture.interval_probability(low, high)
    X = mixture.sample(100_000, random_state=0)[0]
    share = ((X - low > 0.0) & (X - high < 0.0)).all(axis=1).mean()
    assert abs(share - p) < 5.0 * np.sqrt(p * (1.0 - p) / len(X))


@pytest.mark.parametrize("code", CODES)
def test_quantiles_and_probabilities_undo_each_other(make, code):
    mixture = _mixture(make, code, 1, seed=3)
    q = np.linspace(0.001, 0.999, 57)
    np.testing.assert_allclose(mixture.cdf(mixture.quantile(q)), q, rtol=1e-12)
    x = mixture.sample(50, random_state=0)[0]
    np.testing.assert_allclose(mixture.quantile(mixture.cdf(x)), x[:, 0], rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("code", CODES)
def test_a_higher_mass_has_a_lower_level_and_a_wider_region(make, code):
    mixture = _mixture(make, code, 1, seed=3)
    masses = np.linspace(0.05, 0.95, 10)
    regions = [mixture.highest_density_region(mass) for mass in masses]
    assert (np.diff([region.level for region in regions]) < 0.0).all()
    x = np.linspace(-8.0, 8.0, 501)
    held = [region.contains(x) for region in regions]
    for inner, outer in pairwise(held):
        assert (outer | ~inner).all()
