"""Rows measured with a known error: extreme deconvolution against dense formulas."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gaussmix import GaussianMixture
from gaussmix.em import run
from gaussmix.execution import Team

SIX = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
SIDES = np.array([9.0, 12.0, 7.0])
BESIDE = {
    "nothing": {},
    "gaps": {"gaps": True},
    "weights": {"weights": True},
    "labels": {"labels": True},
    "all": {"gaps": True, "weights": True, "labels": True},
}

# Runs of a few iterations are not to converge.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("error", ["axes", "full"])
@pytest.mark.parametrize("beside", tuple(BESIDE))
@pytest.mark.parametrize("has_noise", [False, True])
def test_a_step_is_the_plain_one(hidden, draw, ask, *, code, error, beside, has_noise):
    theta = draw.theta(hidden, code, 2, 3, seed=1, sides=SIDES if has_noise else None)
    rows = draw.rows(hidden, theta, 30, seed=2, error=error, **BESIDE[beside])
    axes = error == "axes"
    found, statistics = ask.step(code, rows, theta, reg_covar=1e-3, axes=axes)
    ask.assert_same(found, hidden.step(code, rows, theta, reg_covar=1e-3))
    expected = hidden.log_likelihood(rows, theta)
    np.testing.assert_allclose(statistics.log_likelihood, expected, rtol=1e-11)


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("n_features", [1, 4])
def test_other_numbers_of_columns(hidden, draw, ask, code, n_features):
    theta = draw.theta(hidden, code, 3, n_features, seed=3)
    rows = draw.rows(hidden, theta, 25, seed=4, error="axes", **BESIDE["all"])
    for axes in (True, False):
        found, _ = ask.step(code, rows, theta, axes=axes)
        ask.assert_same(found, hidden.step(code, rows, theta))


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("error", ["axes", "full"])
def test_the_objective_never_falls(hidden, draw, ask, code, error):
    theta = draw.theta(hidden, code, 2, 3, seed=5)
    rows = draw.rows(hidden, theta, 40, seed=6, error=error, gaps=True, weights=True)
    problem = ask.problem(code, rows, theta, reg_covar=1e-3)
    fit = run(problem, ask.components(code, theta), Team(), tol=0.0, max_iter=30)
    assert np.diff(fit.objectives).min() >= -1e-12
    assert fit.objectives[-1] > fit.objectives[0] + 1e-3
    after = hidden.run(code, rows, theta, 6, reg_covar=1e-3)
    expected = hidden.objective(rows, after, 1e-3)
    np.testing.assert_allclose(fit.objectives[5], expected, rtol=1e-9)


def _simulated(n_rows, seed=0):
    """Measured rows, their errors' covariances, and the true means and covariances."""
    rng = np.random.default_rng(seed)
    means = np.array([[0.0, 0.0], [6.0, -3.0]])
    matrices = np.array([[[1.0, 0.6], [0.6, 0.8]], [[0.5, -0.2], [-0.2, 1.5]]])
    z = (rng.random(n_rows) < 0.4).astype(int)
    factor = rng.normal(size=(n_rows, 2, 2))
    error = factor @ factor.swapaxes(1, 2) * rng.uniform(0.1, 1.5, size=(n_rows, 1, 1))
    normal = rng.normal(size=(2, n_rows, 2, 1))
    X = means[z] + (np.linalg.cholesky(matrices)[z] @ normal[0])[..., 0]
    X = X + (np.linalg.cholesky(error) @ normal[1])[..., 0]
    return X, error, means, matrices


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("shape", ["variances", "covariances"])
def test_errors_of_zero_are_no_errors(name, shape):
    X, *_ = _simulated(150)
    X[::11, 1] = np.nan
    error = np.zeros(X.shape) if shape == "variances" else np.zeros((*X.shape, 2))
    settings = {"covariance_type": name, "max_iter": 20, "tol": 0.0, "random_state": 0}
    plain = GaussianMixture(2, **settings).fit(X)
    found = GaussianMixture(2, **settings).fit(X, X_covariance=error)
    np.testing.assert_allclose(found.weights_, plain.weights_, rtol=1e-9)
    np.testing.assert_allclose(found.means_, plain.means_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.covariances_, plain.covariances_, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.lower_bounds_, plain.lower_bounds_, rtol=1e-9)


def test_the_covariance_without_error_is_found_again():
    X, error, means, matrices = _simulated(5000)
    gm = GaussianMixture(2, tol=1e-7, max_iter=500, random_state=0, component_order=0)
    gm.fit(X, X_covariance=error)
    # About 3000 and 2000 rows: standard errors of means and variances are near 0.03 and 0.06.
    np.testing.assert_allclose(gm.means_, means, atol=0.12)
    np.testing.assert_allclose(gm.covariances_, matrices, atol=0.25)
    plain = GaussianMixture(2, random_state=0, component_order=0).fit(X)
    assert (np.diagonal(plain.covariances_ - matrices, axis1=1, axis2=2) > 0.5).all()


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("has_gaps", [False, True])
def test_answers_for_measured_rows_are_scipys(name, has_gaps):
    X, error, *_ = _simulated(60, seed=1)
    if has_gaps:
        X[::4, 0], X[1::5, 1], X[2] = np.nan, np.nan, np.nan
    gm = GaussianMixture(2, covariance_type=name, random_state=0, max_iter=5, tol=0.0)
    gm.fit(X, X_covariance=error)
    matrices = gm.mixture_.components.covariances.dense()
    joint = np.tile(np.log(gm.weights_), (len(X), 1))
    for n, x in enumerate(X):
        o = np.flatnonzero(~np.isnan(x))
        for k in range(2 if len(o) else 0):
            total = (matrices[k] + error[n])[np.ix_(o, o)]
            joint[n, k] += multivariate_normal(gm.means_[k][o], total).logpdf(x[o])
    expected = logsumexp(joint, axis=1)
    found = gm.score_samples(X, X_covariance=error)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        gm.predict_proba(X, X_covariance=error), np.exp(joint - expected[:, None]), atol=1e-10
    )
    np.testing.assert_array_equal(gm.predict(X, X_covariance=error), joint.argmax(axis=1))
    assert gm.lower_bound_ == pytest.approx(expected.mean(), rel=1e-10)
    assert np.abs(gm.score_samples(X) - expected).max() > 0.01


def test_a_huge_error_is_a_gap():
    X, error, *_ = _simulated(80, seed=2)
    gappy = X.copy()
    gappy[::3, 1] = np.nan
    huge = np.diagonal(error, axis1=1, axis2=2).copy()
    huge[::3, 1] = 1e14
    settings = {"means_init": [[0.0, 0.0], [6.0, -3.0]], "max_iter": 8, "tol": 0.0}
    settings |= {"weights_init": [0.5, 0.5], "precisions_init": [np.eye(2)] * 2, "reg_covar": 0.0}
    one = GaussianMixture(2, **settings).fit(gappy, X_covariance=huge)
    other = GaussianMixture(2, **settings).fit(X, X_covariance=huge)
    np.testing.assert_allclose(one.means_, other.means_, atol=1e-6)
    np.testing.assert_allclose(one.covariances_, other.covariances_, atol=1e-6)
