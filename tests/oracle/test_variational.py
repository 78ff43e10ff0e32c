"""Variational Bayes against plain formulas, exact evidence, enumeration and Monte Carlo."""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import beta, dirichlet, gamma, norm, wishart

from gaussmix import BayesianGaussianMixture
from gaussmix.data import ArraySource
from gaussmix.datasets import load_old_faithful
from gaussmix.density import log_density
from gaussmix.execution import Team

KINDS = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
WEIGHTS = ("dirichlet_process", "dirichlet_distribution")
FAITHFUL = load_old_faithful().to_numpy()

# Runs of a few iterations are not to converge.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def plain():
    """The module of plain formulas."""
    path = Path(__file__).with_name("plain_variational.py")
    spec = importlib.util.spec_from_file_location("plain_variational", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rows(n_rows, n_features=2, n_components=3, seed=0, *, gaps=0.0):
    """Rows of groups of falling size that touch, and soft responsibilities that tell them."""
    rng = np.random.default_rng([seed, n_rows, n_features, n_components])
    share = np.cumsum(0.5 ** np.arange(n_components))
    z = np.searchsorted(share / share[-1], (np.arange(n_rows) + 0.5) / n_rows)
    centres = 4.0 * np.arange(n_components)[:, None] * rng.choice([-1.0, 1.0], size=n_features)
    mixing = 0.5 * rng.normal(size=(n_components, n_features, n_features)) + np.eye(n_features)
    X = centres[z] + np.einsum("nij,nj->ni", mixing[z], rng.normal(size=(n_rows, n_features)))
    X[rng.random(X.shape) < gaps] = np.nan
    resp = 0.7 * np.eye(n_components)[z] + 0.3 * rng.dirichlet(np.ones(n_components), size=n_rows)
    return X, resp


def _odd(kind, n_features=2):
    """Scatter of a prior that no row suggests."""
    factor = np.random.default_rng(5).normal(size=(n_features, n_features + 3))
    matrix = factor @ factor.T
    if kind in ("full", "tied"):
        return matrix
    return np.diagonal(matrix).copy() if "diag" in kind else float(matrix[0, 0])


def _options(kind, n_features=2):
    """Arguments that say of everything what it is before rows are known."""
    return {
        "mean_prior": np.linspace(-1.0, 2.0, n_features),
        "mean_precision_prior": 0.3,
        "degrees_of_freedom_prior": n_features + 1.7,
        "covariance_prior": _odd(kind, n_features),
    }


def _mixture(kind, weights, n_components, **settings):
    return BayesianGaussianMixture(
        n_components,
        covariance_type=kind,
        weight_concentration_prior_type=weights,
        tol=0.0,
        moves=False,
        **settings,
    )


def _prior(plain, fitted):
    """The prior of a fit, from what it says of it."""
    return plain.prior_of(
        fitted.covariance_type,
        fitted.weight_concentration_prior_type,
        fitted.n_components,
        fitted.weight_concentration_prior_,
        mean=fitted.mean_prior_,
        mean_precision=fitted.mean_precision_prior_,
        dof=fitted.degrees_of_freedom_prior_,
        scatter=fitted.covariance_prior_,
    )


def _belief(plain, fitted, prior):
    """What a fit says is believed."""
    n, kind, dof = fitted.n_components, fitted.covariance_type, fitted.degrees_of_freedom_
    concentration = fitted.weight_concentration_
    if isinstance(prior.weights, plain.Sticks):
        weights = plain.Sticks(concentration[0][:-1], concentration[1][:-1])
    else:
        weights = plain.DirichletWeights(concentration)
    dofs = np.broadcast_to(dof, n)
    covariances = _covariances(fitted)
    scatters = [dof_ * covariance for dof_, covariance in zip(dofs, covariances, strict=True)]
    if kind in ("full", "tied"):
        precisions = [plain.Wishart(*of) for of in zip(dofs, scatters, strict=True)]
    elif "diag" in kind:
        precisions = [plain.ColumnGammas(*of) for of in zip(dofs, scatters, strict=True)]
    else:
        n_features = fitted.n_features_in_
        precisions = [plain.OneGamma(*of, n_features) for of in zip(dofs, scatters, strict=True)]
    return plain.Belief(weights, fitted.means_, fitted.mean_precision_, precisions)


def _covariances(fitted):
    """Those of a fit's components, each as its kind has it."""
    found, kind = fitted.covariances_, fitted.covariance_type
    if kind == "tied":
        return [found] * fitted.n_components
    if kind == "tied_diag":
        return [np.diagonal(matrix) for matrix in found]
    return [matrix[0, 0] for matrix in found] if kind == "tied_spherical" else found


def _assert_same(plain, fitted, expected, rtol):
    """That a fit believes what the plain formulas make one believe."""
    prior = _prior(plain, fitted)
    found = _belief(plain, fitted, prior)
    unit = np.abs(expected.means).max(axis=0)
    np.testing.assert_allclose(found.means / unit, expected.means / unit, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(found.mean_precisions, expected.mean_precisions, rtol=rtol)
    for name in vars(expected.weights):
        pair = getattr(found.weights, name), getattr(expected.weights, name)
        np.testing.assert_allclose(*pair, rtol=rtol)
    for one, other in zip(found.precisions, expected.precisions, strict=True):
        assert one.dof == pytest.approx(other.dof, rel=rtol)
        np.testing.assert_allclose(one.scatter, other.scatter, rtol=rtol)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("prior", "weighted"), [("default", False), ("given", True)])
def test_a_run_is_the_plain_one(plain, *, kind, weights, prior, weighted):
    X, resp = _rows(30)
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 30) if weighted else np.ones(30)
    options = _options(kind) | {"weight_concentration_prior": 0.7} if prior == "given" else {}
    fitted = _mixture(kind, weights, 3, init_params=resp, max_iter=4, **options)
    fitted.fit(X, sample_weight=weight if weighted else None)
    prior = _prior(plain, fitted)
    start = plain.by_mass(plain.complete(X, resp), weight)
    start = plain.m_step(prior, start, weight)
    belief, hidden, bounds = plain.run(prior, X, weight, start, 4)
    _assert_same(plain, fitted, belief, 1e-9)
    np.testing.assert_allclose(fitted.lower_bounds_, bounds / weight.sum(), rtol=1e-9)
    assert fitted.lower_bound_ == fitted.lower_bounds_[-1]
    np.testing.assert_allclose(fitted.predict_proba(X), hidden.resp, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_with_gaps_a_run_goes_on_as_the_plain_one(plain, *, kind, weights):
    X, resp = _rows(30, 3, gaps=0.3)
    X[4] = np.nan
    weight = np.random.default_rng(1).uniform(0.5, 2.0, 30)
    options = _options(kind, 3) | {"weight_concentration_prior": 0.7, "init_params": resp}
    early, late = (
        _mixture(kind, weights, 3, max_iter=n, **options).fit(X, sample_weight=weight)
        for n in (1, 4)
    )
    prior = _prior(plain, early)
    belief, hidden, bounds = plain.run(prior, X, weight, _belief(plain, early, prior), 3)
    _assert_same(plain, late, belief, 1e-8)
    np.testing.assert_allclose(late.lower_bounds_[1:], bounds / weight.sum(), rtol=1e-9)
    np.testing.assert_allclose(late.predict_proba(X), hidden.resp, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_default_priors_are_the_rows_mean_and_covariance(kind):
    X, resp = _rows(30)
    fitted = _mixture(kind, "dirichlet_process", 3, init_params=resp, reg_covar=0.0, max_iter=1)
    fitted.fit(X)
    rows = np.cov(X.T)
    expected = {"full": rows, "tied": rows, "diag": np.diag(rows), "tied_diag": np.diag(rows)}
    expected = expected.get(kind, np.diag(rows).mean())
    np.testing.assert_allclose(fitted.covariance_prior_, expected, rtol=1e-12)
    np.testing.assert_allclose(fitted.mean_prior_, X.mean(axis=0), rtol=1e-12)
    assert fitted.degrees_of_freedom_prior_ == 2.0
    assert fitted.mean_precision_prior_ == 1.0
    assert fitted.weight_concentration_prior_ == pytest.approx(1.0 / 3.0, rel=1e-15)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("prior", ["default", "given"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_features", [1, 3])
def test_of_one_component_the_bound_is_the_evidence(
    plain, *, kind, weights, prior, weighted, n_features
):
    X, _ = _rows(25, n_features)
    weight = np.random.default_rng(1).uniform(0.0, 2.0, 25) if weighted else np.ones(25)
    options = _options(kind, n_features) if prior == "given" else {}
    fitted = _mixture(kind, weights, 1, max_iter=2, **options).fit(X, sample_weight=weight)
    expected = plain.log_evidence(_prior(plain, fitted), X, np.ones((25, 1)), weight)
    assert fitted.lower_bound_ * weight.sum() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_of_many_slots_with_all_rows_in_one_the_bound_is_the_evidence_of_that(plain, kind, weights):
    X, _ = _rows(25, 3)
    settings = {"init_params": np.zeros(25, dtype=int), "weight_concentration_prior": 0.8}
    fitted = _mixture(kind, weights, 7, max_iter=2, **settings).fit(X)
    everything = np.eye(7)[np.zeros(25, dtype=int)]
    expected = plain.log_evidence(_prior(plain, fitted), X, everything)
    assert 25 * fitted.lower_bound_ == pytest.approx(expected, rel=1e-10)


def _draw_precisions(q, n, rng):
    """Draws (n, D, D) of a precision, and their log densities under any prior of its kind."""
    name = type(q).__name__
    if name == "Wishart":
        n_features = len(q.scatter)
        scale = np.linalg.inv(q.scatter)
        draws = wishart(q.dof, scale).rvs(n, random_state=rng).reshape(n, n_features, n_features)
        moved = np.moveaxis(draws, 0, -1)
        return draws, lambda p: wishart(p.dof, np.linalg.inv(p.scatter)).logpdf(moved)
    if name == "ColumnGammas":
        own = gamma(0.5 * q.dof, scale=2.0 / q.scatter)
        draws = own.rvs((n, len(q.scatter)), random_state=rng)
        matrices = draws[:, :, None] * np.eye(len(q.scatter))
        return (
            matrices,
            lambda p: gamma(0.5 * p.dof, scale=2.0 / p.scatter).logpdf(draws).sum(axis=1),
        )
    draws = gamma(q.shape, scale=1.0 / q.rate).rvs(n, random_state=rng)
    matrices = draws[:, None, None] * np.eye(q.n_features)
    return matrices, lambda p: gamma(p.shape, scale=1.0 / p.rate).logpdf(draws)


def _draw_weights(q, n, rng):
    """Draws (n, K) of the proportions, and their log densities under any prior of the kind."""
    if hasattr(q, "concentration"):
        draws = rng.dirichlet(q.concentration, size=n)
        return draws, lambda p: dirichlet(p.concentration).logpdf(draws.T)
    sticks = beta(q.first, q.second).rvs((n, len(q.first)), random_state=rng)
    left = np.cumprod(1.0 - sticks, axis=1)
    ones = np.ones((n, 1))
    draws = np.hstack([sticks, ones]) * np.hstack([ones, left])
    return draws, lambda p: beta(p.first, p.second).logpdf(sticks).sum(axis=1)


def _log_normal(x, mean, precision):
    """Log densities (n,) of points x, means (n, D) and precisions (n, D, D)."""
    factor = np.linalg.cholesky(precision)
    white = np.einsum("nij,ni->nj", factor, x - mean)
    return (norm.logpdf(white) + np.log(np.einsum("nii->ni", factor))).sum(axis=1)


def _differences(prior, belief, resp, X, rng):
    """log p(X, z, parameters) - log q(z, parameters) at draws of q."""
    n = 1000
    pi, log_prior = _draw_weights(belief.weights, n, rng)
    total = log_prior(prior.weights) - log_prior(belief.weights)
    components, shared = [], None
    for m, b, q in zip(belief.means, belief.mean_precisions, belief.precisions, strict=True):
        if shared is None or not prior.is_shared:
            shared, log_prior = _draw_precisions(q, n, rng)
            total += log_prior(prior.precision) - log_prior(q)
        white = rng.normal(size=(n, len(m)))
        mean = (
            m + np.linalg.solve(np.sqrt(b) * _transposed_factor(shared), white[..., None])[..., 0]
        )
        total += _log_normal(mean, prior.mean, prior.mean_precision * shared)
        total -= _log_normal(mean, m, b * shared)
        components.append((mean, shared))
    for x, r in zip(X, resp, strict=True):
        z = rng.choice(len(r), size=n, p=r)
        mean, precision = (np.stack(of)[z, np.arange(n)] for of in zip(*components, strict=True))
        total += np.log(pi[np.arange(n), z]) + _log_normal(x, mean, precision) - np.log(r[z])
    return total


def _transposed_factor(matrices):
    return np.linalg.cholesky(matrices).swapaxes(-1, -2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize(("n_components", "n_features"), [(2, 1), (3, 2)])
def test_the_bound_is_the_mean_of_log_p_less_log_q(
    plain, *, kind, weights, n_components, n_features
):
    X, resp = _rows(20, n_features, n_components)
    options = _options(kind, n_features) | {"weight_concentration_prior": 1.6}
    fitted = _mixture(kind, weights, n_components, init_params=resp, max_iter=3, **options).fit(X)
    prior = _prior(plain, fitted)
    belief = _belief(plain, fitted, prior)
    rng = np.random.default_rng([7, n_components])
    draws = _differences(prior, belief, fitted.predict_proba(X), X, rng)
    error = draws.std() / np.sqrt(len(draws))
    assert error < 0.2
    assert abs(draws.mean() - 20 * fitted.lower_bound_) < 5.0 * error


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("apart", [0.5, 30.0])
def test_the_bound_is_below_the_evidence_of_all_assignments(plain, *, kind, weights, apart):
    rng = np.random.default_rng(3)
    truth = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    X = rng.normal(size=(8, 1)) + apart * truth[:, None]
    options = {
        "mean_prior": [0.5 * apart],
        "mean_precision_prior": 1e-2,
        "degrees_of_freedom_prior": 4.0,
        "covariance_prior": np.full({"full": (1, 1), "tied": (1, 1)}.get(kind, (1,)), 4.0)
        if "spherical" not in kind
        else 4.0,
        "weight_concentration_prior": 1.0,
    }
    start = 0.8 * np.eye(2)[truth] + 0.1
    fitted = _mixture(kind, weights, 2, init_params=start, max_iter=100, **options).fit(X)
    prior = _prior(plain, fitted)
    every = [
        plain.log_evidence(prior, X, np.eye(2)[list(groups)])
        for groups in itertools.product(range(2), repeat=8)
    ]
    gap = logsumexp(every) - 8 * fitted.lower_bound_
    assert gap > 0.0
    if apart > 10.0:
        # Both numberings of the groups are as likely, and the bound knows of one.
        assert np.log(2.0) <= gap < np.log(2.0) + 0.35


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("gaps", [0.0, 0.25])
def test_weights_are_repeated_rows_and_rows_without_weight_are_not_there(*, kind, weights, gaps):
    X, resp = _rows(40, 3, gaps=gaps)
    counts = np.random.default_rng(2).integers(0, 4, size=40)
    settings = _options(kind, 3) | {"max_iter": 5, "weight_concentration_prior": 0.5}
    one = _mixture(kind, weights, 3, init_params=resp, **settings)
    one.fit(X, sample_weight=counts.astype(float))
    each = np.repeat(np.arange(40), counts)
    other = _mixture(kind, weights, 3, init_params=resp[each], **settings).fit(X[each])
    for name in ("means_", "covariances_", "weights_", "mean_precision_", "lower_bounds_"):
        expected = np.asarray(getattr(other, name))
        scale = np.abs(expected).max()
        found = np.asarray(getattr(one, name))
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8 * scale)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("gaps", [False, True])
def test_the_bound_never_falls_while_components_are_dropped(*, kind, weights, gaps):
    X = FAITHFUL
    if gaps:
        X = np.where(np.random.default_rng(0).random(X.shape) < 0.15, np.nan, X)[:150]
    settings = {"init_params": "random_from_data", "max_iter": 40}
    n_left = []
    for seed in range(1 if gaps else 2):
        fitted = _mixture(kind, weights, 20, random_state=seed, **settings).fit(X)
        assert np.diff(fitted.lower_bounds_).min() >= -1e-9
        n_left.append(len(fitted.posterior_.mass))
    assert min(n_left) < 20


@pytest.mark.parametrize("concentration", [1e-5, 0.05, 1.0, 20.0, 1e5])
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("n_components", [2, 6])
def test_whatever_the_concentration_the_bound_never_falls(concentration, weights, n_components):
    settings = {"weight_concentration_prior": concentration, "init_params": "random"}
    for seed in range(2):
        fitted = _mixture("full", weights, n_components, random_state=seed, max_iter=60, **settings)
        fitted.fit(FAITHFUL)
        assert np.diff(fitted.lower_bounds_).min() >= -1e-9
        # What is published is what has that bound.
        log_densities = log_density(fitted.posterior_, ArraySource(FAITHFUL), Team())
        bound = fitted.posterior_.bound(log_densities.sum())
        assert bound / len(FAITHFUL) == pytest.approx(fitted.lower_bound_, abs=1e-8)


def test_other_units_change_the_bound_by_the_logarithm_of_their_size():
    X, resp = _rows(40)
    unit = np.array([1e-4, 300.0])
    for kind in ("full", "tied", "diag", "tied_diag"):
        one, other = (
            _mixture(kind, "dirichlet_process", 3, init_params=resp, max_iter=5).fit(rows)
            for rows in (X, 1e3 + unit * X)
        )
        expected = np.array(one.lower_bounds_) - np.log(unit).sum()
        np.testing.assert_allclose(other.lower_bounds_, expected, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_far_from_zero_the_bound_is_the_same(kind):
    X, resp = _rows(40)
    # Numbers that are still exact so far away.
    X = np.round(X * 2.0**20) / 2.0**20
    one, other = (
        _mixture(kind, "dirichlet_process", 3, init_params=resp, max_iter=5).fit(rows)
        for rows in (X, X + 1e8)
    )
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, atol=2e-8)
