"""Rows and components so far from the common centre that differences to it say little."""

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture


def test_narrow_components_far_apart_are_evaluated_at_their_own_means():
    mixture = Mixture([0.5, 0.5], [[0.0], [1e10]], [[[1e-20]], [[1e-20]]])
    x = np.array([0.0, 1e-10, 3e-10])
    expected = np.log(0.5) - 0.5 * (x * 1e10) ** 2 + np.log(1e10) - 0.5 * np.log(2.0 * np.pi)
    np.testing.assert_allclose(mixture.log_pdf(x), expected, rtol=1e-12)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_wild_values_do_not_blur_the_rest(covariance_type):
    rng = np.random.default_rng(0)
    bulk, wild = rng.normal(size=(990, 2)), 1e18 * (1.0 + 0.1 * rng.normal(size=(10, 2)))
    gm = GaussianMixture(
        2,
        covariance_type=covariance_type,
        reg_covar=0.0,
        init_params=np.repeat([0, 1], [990, 10]),
    ).fit(np.concatenate([bulk, wild]))
    np.testing.assert_allclose(gm.means_[0], bulk.mean(axis=0), rtol=1e-9)
    fitted = gm.mixture_.components.covariances.variances[0]
    assert fitted.mean() == pytest.approx(bulk.var(axis=0).mean(), rel=1e-9)


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical", "tied_diag"])
@pytest.mark.parametrize("offset", [1e6, 1e8])
def test_means_given_far_from_the_rows_find_them(covariance_type, offset):
    X = np.random.default_rng(1).normal(offset, 1.0, (500, 2))
    identity = {"full": np.eye(2)[None], "tied": np.eye(2), "diag": np.ones((1, 2))}
    identity |= {"spherical": np.ones(1), "tied_diag": np.eye(2)[None]}
    gm = GaussianMixture(
        covariance_type=covariance_type,
        weights_init=[1.0],
        means_init=np.zeros((1, 2)),
        precisions_init=identity[covariance_type],
        tol=1e-9,
    ).fit(X)
    np.testing.assert_allclose(gm.means_[0], X.mean(axis=0), rtol=1e-14)
    fitted = np.diagonal(gm.mixture_.covariance())
    assert fitted.mean() == pytest.approx(X.var(axis=0).mean(), rel=1e-5)
