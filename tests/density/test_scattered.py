"""Rows of rare gap patterns, worked on together, beside a kernel for each pattern."""

import numpy as np
import pytest

from gaussmix import GaussianMixture

TYPES = ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"]


def _rows(share):
    rng = np.random.default_rng(0)
    X = 3.0 * rng.integers(0, 2, (400, 1)) + rng.normal(size=(400, 6)) @ rng.normal(size=(6, 6))
    X[rng.random(X.shape) < share] = np.nan
    return X


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("noise", [False, True])
def test_both_ways_agree(monkeypatch, *, name, share, noise):
    X = _rows(share)
    found = []
    for common in (1, 10**9):
        monkeypatch.setattr("gaussmix.data.batch._COMMON", common)
        gm = GaussianMixture(2, covariance_type=name, noise_component=noise, tol=0.0, max_iter=8)
        gm.set_params(means_init=[[0.0] * 6, [3.0] * 6], reg_covar=1e-3).fit(X)
        assert np.diff(gm.lower_bounds_).min() >= -1e-12
        found.append((gm.means_, gm.covariances_, gm.score_samples(X), gm.predict_proba(X)))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-8)
