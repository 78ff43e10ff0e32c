"""Equal proportions: shares, counts, and fits that keep them."""

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.covariance import FAMILIES, Lineup
from gaussmix.datasets import load_old_faithful
from gaussmix.maximization import Fixed

X = load_old_faithful().to_numpy()
EQUAL = Fixed(equal_weights=True)


def test_the_shares_are_the_same_and_noise_has_its_own():
    weights, noise = EQUAL.impose_shares(np.array([1.0, 5.0, 2.0]), 2.0)
    assert noise == pytest.approx(0.2)
    np.testing.assert_allclose(weights, [0.8 / 3] * 3)


def test_mixtures_side_by_side_each_have_the_same_shares():
    weights, _ = EQUAL.impose_shares(
        np.array([1.0, 5.0, 2.0, 3.0, 3.0]), 0.0, Lineup(np.array([2, 3]))
    )
    np.testing.assert_allclose(weights, [0.5, 0.5, 1 / 3, 1 / 3, 1 / 3])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("code", tuple(FAMILIES))
@pytest.mark.parametrize("has_noise", [False, True])
def test_the_proportions_are_not_counted_but_that_of_noise_is(code, has_noise):
    options = {"covariance_type": code, "noise_component": has_noise, "random_state": 0}
    own, equal = (
        GaussianMixture(3, equal_proportions=flag, max_iter=10, **options).fit(X)
        for flag in (False, True)
    )
    assert own.n_parameters_ - equal.n_parameters_ == 2
    share = 1.0 - (equal.noise_weight_ if has_noise else 0.0)
    np.testing.assert_allclose(equal.weights_, [share / 3] * 3, rtol=1e-12)
    assert np.diff(equal.lower_bounds_).min() >= -1e-9


@pytest.mark.parametrize("init", ["kmeans", "k-means++", "random", "random_from_data", "auto"])
def test_every_start_has_equal_proportions(init):
    gm = GaussianMixture(3, equal_proportions=True, init_params=init, max_iter=0, random_state=0)
    np.testing.assert_allclose(gm.fit(X).weights_, [1 / 3] * 3, rtol=1e-12)


def test_a_start_of_means_has_equal_proportions():
    means = [[2.0, 50.0], [4.0, 75.0], [4.5, 85.0]]
    gm = GaussianMixture(3, equal_proportions=True, means_init=means, max_iter=0).fit(X)
    np.testing.assert_allclose(gm.weights_, [1 / 3] * 3, rtol=1e-12)


def test_equal_proportions_are_numbered_alike_from_any_start():
    fits = [
        GaussianMixture(2, equal_proportions=True, tol=1e-9, random_state=seed).fit(X)
        for seed in range(4)
    ]
    for gm in fits:
        np.testing.assert_allclose(gm.means_, fits[0].means_, rtol=1e-3)
        assert gm.means_[0, 0] < gm.means_[1, 0]


def test_a_stream_keeps_equal_proportions():
    gm = GaussianMixture(2, equal_proportions=True, random_state=0)
    for part in np.array_split(X, 4):
        gm.partial_fit(part)
    np.testing.assert_array_equal(gm.weights_, [0.5, 0.5])
    assert gm.n_parameters_ == 10


def test_fixed_means_and_equal_proportions_go_together():
    means = [[2.0, 55.0], [4.3, 80.0]]
    gm = GaussianMixture(2, equal_proportions=True, fixed="means", means_init=means).fit(X)
    np.testing.assert_array_equal(gm.means_, means)
    np.testing.assert_array_equal(gm.weights_, [0.5, 0.5])
    assert gm.n_parameters_ == 6


def test_fixed_means_are_not_pulled_by_a_prior():
    means = [[2.0, 55.0], [4.3, 80.0]]
    gm = GaussianMixture(
        2, fixed={"means": [True, False]}, means_init=means, prior="default", tol=0, max_iter=20
    )
    with pytest.warns(match="max_iter"):
        gm.fit(X)
    np.testing.assert_array_equal(gm.means_[0], means[0])
    assert np.diff(gm.lower_bounds_).min() >= -1e-9
