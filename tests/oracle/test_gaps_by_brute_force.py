"""Rows with gaps: densities and steps against dense formulas, and mpmath where they are hard."""

import mpmath
import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gaussmix import GaussianMixture
from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource
from gaussmix.density import Components, log_density
from gaussmix.em import run
from gaussmix.execution import Team, team

SIX = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
SIZES = [(1, 1), (1, 3), (2, 2), (3, 1), (3, 3), (4, 2)]

# Runs of a few iterations are not to converge.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(autouse=True, params=["by pattern", "row by row"])
def way(request, monkeypatch):
    """Both ways with gaps: a kernel for each pattern, and rows of rare patterns together."""
    common = {"by pattern": 1, "row by row": 10**9}[request.param]
    monkeypatch.setattr("gaussmix.data.batch._COMMON", common)
    return request.param


def _clusters(n_rows, seed=0, n_features=3):
    rng = np.random.default_rng(seed)
    centres = 4.0 * rng.normal(size=(3, n_features))
    mixing = rng.normal(size=(3, n_features, n_features))
    z = rng.integers(3, size=n_rows)
    X = centres[z] + np.einsum("nij,nj->ni", mixing[z], rng.normal(size=(n_rows, n_features)))
    X[rng.random(X.shape) < 0.25] = np.nan
    return X


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize(("n_features", "n_components"), SIZES)
def test_log_densities_are_those_of_scipys_marginals(
    hidden, draw, ask, *, code, n_features, n_components
):
    theta = draw.theta(hidden, code, n_components, n_features, seed=1)
    rows = draw.rows(hidden, theta, 15, seed=2, gaps=True)
    expected = []
    for x in rows.X:
        o = np.flatnonzero(~np.isnan(x))
        terms = np.log(theta.weights)
        if len(o):
            pairs = zip(theta.means, theta.matrices, strict=True)
            terms = terms + [
                multivariate_normal(m[o], S[np.ix_(o, o)]).logpdf(x[o]) for m, S in pairs
            ]
        expected.append(logsumexp(terms))
    found = log_density(ask.components(code, theta), ArraySource(rows.X), Team())
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)
    assert abs(found[0]) <= 1e-14


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize(("n_features", "n_components"), SIZES)
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("weights", [False, True])
def test_a_step_is_the_plain_one(
    hidden, draw, ask, *, code, n_features, n_components, exact, weights
):
    theta = draw.theta(hidden, code, n_components, n_features, seed=3)
    rows = draw.rows(hidden, theta, 24, seed=4, gaps=True, weights=weights)
    found, statistics = ask.step(code, rows, theta, exact=exact, reg_covar=1e-2)
    ask.assert_same(found, hidden.step(code, rows, theta, reg_covar=1e-2))
    expected = hidden.log_likelihood(rows, theta)
    np.testing.assert_allclose(statistics.log_likelihood, expected, rtol=1e-10)
    np.testing.assert_allclose(statistics.mass.sum(), rows.weight.sum(), rtol=1e-12)


@pytest.mark.parametrize("code", SIX)
def test_one_component_may_be_exact_and_the_other_fast(hidden, draw, ask, code):
    theta = draw.theta(hidden, code, 2, 3, seed=5)
    rows = draw.rows(hidden, theta, 24, seed=6, gaps=True, weights=True)
    found, _ = ask.step(code, rows, theta, exact=np.array([False, True]))
    ask.assert_same(found, hidden.step(code, rows, theta))


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("reg_covar", [1e-6, 1e-2])
def test_a_run_is_the_plain_one_and_never_falls(hidden, draw, ask, *, tolerance, code, reg_covar):
    theta = draw.theta(hidden, code, 2, 3, seed=7)
    rows = draw.rows(hidden, theta, 30, seed=8, gaps=True, weights=True)
    problem = ask.problem(code, rows, theta, reg_covar=reg_covar)
    fit = run(problem, ask.components(code, theta), Team(), tol=0.0, max_iter=50)
    assert np.diff(fit.objectives).min() >= -1e-12
    assert fit.objectives[-1] > fit.objectives[0] + 1e-3
    after = hidden.run(code, rows, theta, 8, reg_covar=reg_covar)
    expected = hidden.objective(rows, after, reg_covar)
    np.testing.assert_allclose(fit.objectives[7], expected, rtol=tolerance.certified)


@pytest.mark.parametrize("code", SIX)
def test_the_order_of_rows_changes_rounding_only(hidden, draw, ask, code):
    theta = draw.theta(hidden, code, 2, 3, seed=9)
    rows = draw.rows(hidden, theta, 30, seed=10, gaps=True, weights=True)
    order = np.random.default_rng(0).permutation(30)
    mixed = hidden.Rows(rows.X[order], rows.weight[order])
    _, one = ask.step(code, rows, theta)
    _, other = ask.step(code, mixed, theta)
    np.testing.assert_allclose(one.mass, other.mass, rtol=1e-12)
    np.testing.assert_allclose(one.means, other.means, rtol=1e-11, atol=1e-12)
    other = other.rebase(one.reference)
    np.testing.assert_allclose(one.scatter, other.scatter, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("name", TYPES)
def test_a_row_without_a_value_and_without_weight_is_not_there(name):
    X = np.nan_to_num(_clusters(90, seed=1), nan=0.5)
    settings = {"covariance_type": name, "random_state": 0, "max_iter": 12, "tol": 0.0}
    one = GaussianMixture(3, **settings).fit(X, sample_weight=np.ones(90))
    more = np.concatenate([X[:40], np.full((1, 3), np.nan), X[40:]])
    weight = np.ones(91)
    weight[40] = 0.0
    other = GaussianMixture(3, **settings).fit(more, sample_weight=weight)
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(one.covariances_, other.covariances_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, rtol=1e-12)
    np.testing.assert_array_equal(one.predict(X), np.delete(other.predict(more), 40))


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_the_score_of_a_fit_is_its_lower_bound(name, weighted):
    X = _clusters(80, seed=2)
    X[3] = np.nan
    weight = np.random.default_rng(3).uniform(0.0, 2.0, 80) if weighted else None
    gm = GaussianMixture(3, covariance_type=name, random_state=0, reg_covar=1e-3, max_iter=30)
    gm.fit(X, sample_weight=weight)
    assert gm.score(X, sample_weight=weight) == pytest.approx(gm.lower_bound_, abs=1e-10)
    log_densities = gm.score_samples(X)
    assert np.average(log_densities, weights=weight) == pytest.approx(gm.lower_bound_, abs=1e-10)
    assert log_densities[3] == pytest.approx(0.0, abs=1e-14)
    np.testing.assert_allclose(gm.predict_proba(X)[3], gm.weights_, rtol=1e-13)


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("exact", [False, True])
def test_float32_rows_are_those_numbers_in_float64(hidden, draw, ask, code, exact):
    theta = draw.theta(hidden, code, 2, 3, seed=11)
    rows = draw.rows(hidden, theta, 24, seed=12, gaps=True, weights=True)
    rows = hidden.Rows(rows.X.astype(np.float32).astype(np.float64), rows.weight)
    found, _ = ask.step(code, rows, theta, exact=exact, dtype=np.float32)
    ask.assert_same(found, hidden.step(code, rows, theta))


@pytest.mark.parametrize("name", TYPES)
def test_any_number_of_threads_gives_the_same_bits(name):
    X = _clusters(2500, seed=4)
    weight = np.random.default_rng(5).uniform(0.0, 2.0, len(X))
    settings = {"covariance_type": name, "random_state": 0, "max_iter": 3, "tol": 0.0}
    one = GaussianMixture(3, n_jobs=1, **settings).fit(X, sample_weight=weight)
    for n_jobs in (2, 3):
        other = GaussianMixture(3, n_jobs=n_jobs, **settings).fit(X, sample_weight=weight)
        np.testing.assert_array_equal(one.means_, other.means_)
        np.testing.assert_array_equal(one.covariances_, other.covariances_)
        np.testing.assert_array_equal(one.score_samples(X), other.score_samples(X))
        assert one.lower_bounds_ == other.lower_bounds_


@pytest.mark.parametrize("n_features", [150, 152])
def test_gaps_where_features_no_longer_fit(hidden, n_features):
    """With 151 columns the full family has no fast kernel, but rows with gaps have fewer."""
    rng = np.random.default_rng(n_features)
    X = rng.normal(size=(12, n_features))
    X[0, :3], X[1, 1], X[2] = np.nan, np.nan, np.nan
    factor = rng.normal(size=(n_features, n_features))
    matrix = factor @ factor.T / n_features + np.eye(n_features)
    found = Components(np.ones(1), np.zeros((1, n_features)), FAMILIES["VVV"].nearest(matrix[None]))
    with team(1) as threads:
        densities = log_density(found, ArraySource(X), threads)
    theta = hidden.Theta(np.ones(1), np.zeros((1, n_features)), matrix[None])
    expected = hidden.log_joint(hidden.Rows(X), theta)[:, 0]
    np.testing.assert_allclose(densities, expected, rtol=1e-10, atol=1e-10)
    gm = GaussianMixture(1, reg_covar=1.0, max_iter=2, tol=0.0)
    with pytest.warns(UserWarning, match="rows"):
        gm.fit(X)
    assert gm.score(X) == pytest.approx(gm.lower_bound_, rel=1e-10)


def _hard(offset, seed=13):
    """Two narrow tilted ellipsoids (condition 1e8) far from the origin, rows with gaps."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(2, 3, 3)))[0]
    chol = np.linalg.cholesky((basis * [1.0, 1e-4, 1e-8]) @ basis.swapaxes(1, 2))
    means = offset + np.array([[0.0, 0.0, 0.0], [0.5, -0.25, 0.75]])
    z = np.arange(14) % 2
    X = means[z] + np.einsum("nij,nj->ni", chol[z], rng.normal(size=(14, 3)))
    X[[0, 3, 5, 8], [0, 1, 2, 0]] = np.nan
    X[6, :2], X[9, 1:], X[11] = np.nan, np.nan, np.nan
    return X, means, chol


def _in_high_precision(X, means, chol, weights):
    """Log-likelihood, and (mass, mean, matrix) of each component after one step, by mpmath."""
    resp, told = [], []
    total = mpmath.mpf(0)
    for x in X:
        o = [j for j in range(3) if not np.isnan(x[j])]
        row, joint = [], []
        for mean, factor, weight in zip(means, chol, weights, strict=True):
            L = mpmath.matrix(factor.tolist())
            S, m = L * L.T, mpmath.matrix(mean.tolist())
            C, log_p = S.copy(), mpmath.log(mpmath.mpf(weight))
            if o:
                T = mpmath.matrix([[S[i, j] for j in o] for i in o])
                away = mpmath.matrix([mpmath.mpf(x[i]) - m[i] for i in o])
                cross = mpmath.matrix([[S[i, j] for j in o] for i in range(3)])
                gain = cross * mpmath.inverse(T)
                log_p -= (mpmath.log(mpmath.det(T)) + len(o) * mpmath.log(2 * mpmath.pi)) / 2
                log_p -= (away.T * mpmath.inverse(T) * away)[0] / 2
                m, C = m + gain * away, S - gain * cross.T
            row.append((m, C))
            joint.append(log_p)
        log_p = mpmath.log(sum(mpmath.exp(j) for j in joint))
        total += log_p
        resp.append([mpmath.exp(j - log_p) for j in joint])
        told.append(row)
    found = []
    for k in range(len(means)):
        mass = sum(r[k] for r in resp)
        parts = list(zip([r[k] for r in resp], [t[k] for t in told], strict=True))
        mean = sum((r * m for r, (m, _) in parts), mpmath.zeros(3, 1)) / mass
        spread = (r * ((m - mean) * (m - mean).T + C) for r, (m, C) in parts)
        found.append((mass, mean, sum(spread, mpmath.zeros(3, 3)) / mass))
    return total, found


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_a_step_of_narrow_components_far_away_is_right_to_high_precision(hidden, ask, offset):
    X, means, chol = _hard(offset)
    weights = np.array([0.4, 0.6])
    theta = hidden.Theta(weights, means, chol @ chol.swapaxes(1, 2))
    problem = ask.problem("VVV", hidden.Rows(X), theta)
    covariances = type(problem.family.nearest(theta.matrices))(chol, 2)
    kernel = problem.kernel(Components(weights, means, covariances))
    exact = problem.needs_exact(kernel)
    assert exact.all()
    statistics = problem.expect(kernel, exact, set(), Team())
    found = problem.maximize(statistics)
    with mpmath.workdps(60):
        total, expected = _in_high_precision(X, means, chol, weights)
        assert abs(statistics.log_likelihood - total) <= 1e-7
        for k, (mass, mean, matrix) in enumerate(expected):
            assert abs(statistics.mass[k] - mass) <= 1e-7
            off = [float(mpmath.mpf(found.means[k, i]) - mean[i]) for i in range(3)]
            # The mean is a float64 number: it is right to half an ulp at the offset at best.
            assert np.abs(off).max() <= 1e-9 + np.spacing(offset)
            exactly = np.array(matrix.tolist(), dtype=object)
            off = (found.covariances.matrix(k) - exactly).astype(float)
            assert np.abs(off).max() <= 1e-9 + np.spacing(offset)
