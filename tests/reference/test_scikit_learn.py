"""Against scikit-learn: from the same start, without a penalty, EM takes the same steps."""

import warnings

import numpy as np
import pytest
import sklearn.mixture
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from gaussmix import GaussianMixture
from gaussmix.datasets import load_old_faithful

TYPES = ("full", "tied", "diag", "spherical")
ROWS = {"faithful": load_old_faithful().to_numpy(), "iris": load_iris().data}


def start_of(rows, name):
    """Means at rows that lie apart, the covariance of all rows for each component."""
    means = rows[[0, len(rows) // 2, -1]]
    precision = np.linalg.inv(np.cov(rows.T, bias=True))
    precisions = {
        "full": np.stack([precision] * 3),
        "tied": precision,
        "diag": np.tile(1.0 / rows.var(axis=0), (3, 1)),
        "spherical": np.full(3, 1.0 / rows.var(axis=0).mean()),
    }[name]
    return {"weights_init": [0.3, 0.3, 0.4], "means_init": means, "precisions_init": precisions}


def iterate(kind, rows, name, **settings):
    gm = kind(3, covariance_type=name, reg_covar=0, tol=0, **start_of(rows, name), **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return gm.fit(rows)


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("name", TYPES)
def test_the_same_steps(rows, name):
    ours = iterate(GaussianMixture, rows, name, max_iter=25)
    theirs = iterate(sklearn.mixture.GaussianMixture, rows, name, max_iter=25)
    np.testing.assert_allclose(ours.weights_, theirs.weights_, atol=1e-7)
    np.testing.assert_allclose(ours.means_, theirs.means_, atol=1e-6)
    np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-5, atol=1e-7)
    # Their bounds are those of the parameters before each step.
    np.testing.assert_allclose(ours.lower_bounds_[:-1], theirs.lower_bounds_[1:], atol=1e-9)
    for ask in ("score_samples", "predict_proba"):
        np.testing.assert_allclose(
            getattr(ours, ask)(rows), getattr(theirs, ask)(rows), atol=1e-5, err_msg=ask
        )
    np.testing.assert_array_equal(ours.predict(rows), theirs.predict(rows))
    assert ours.score(rows) == pytest.approx(theirs.score(rows), abs=1e-8)
    assert ours.bic(rows) == pytest.approx(theirs.bic(rows), rel=1e-8)
    assert ours.aic(rows) == pytest.approx(theirs.aic(rows), rel=1e-8)
