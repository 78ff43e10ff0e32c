"""The M-step of variational Bayes: priors, what is believed of parameters, and what that costs."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma, multivariate_normal, wishart

from gaussmix.covariance import FAMILIES
from gaussmix.em.starts import responsibilities_of
from gaussmix.execution import Team
from gaussmix.maximization import PROPORTIONS, Posterior, VariationalPrior

CODES = {
    "full": "VVV",
    "tied": "EEE",
    "diag": "VVI",
    "spherical": "VII",
    "tied_diag": "EEI",
    "tied_spherical": "EII",
}
KINDS = tuple(CODES)
WEIGHTS = tuple(PROPORTIONS)
MATRIX = np.array([[3.0, 0.6, 0.2], [0.6, 2.0, -0.4], [0.2, -0.4, 1.0]])
MEAN = np.array([0.5, -1.0, 2.0])


@pytest.fixture(scope="module")
def plain():
    """The module of plain formulas."""
    path = Path(__file__).parents[1] / "oracle" / "plain_variational.py"
    spec = importlib.util.spec_from_file_location("plain_variational", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _scatter(kind, n_features=3):
    """S_0 as the kind has it."""
    matrix = MATRIX[:n_features, :n_features]
    if kind in ("full", "tied"):
        return matrix
    return np.diagonal(matrix).copy() if "diag" in kind else 1.7


def _prior(kind, weights="dirichlet_process", n_slots=5, n_features=3, concentration=0.7):
    family = FAMILIES[CODES[kind]]
    own, quadratic = _scatter(kind, n_features), family.scatter.quadratic
    if kind in ("full", "tied"):
        scatter = quadratic.of_matrices(own)
    elif "diag" in kind:
        scatter = quadratic.of_diagonals(own)
    else:
        scatter = np.array([n_features * own])
    proportions = PROPORTIONS[weights](concentration, np.zeros(n_slots))
    return VariationalPrior(family, proportions, MEAN[:n_features], 0.4, 4.3, scatter)


def _setting(make, kind, prior, seed=0, n_components=3):
    """Rows, weights, responsibilities by falling mass, and the statistics they make."""
    rng = np.random.default_rng([seed, n_components])
    X = make.rows(make.components("VVV", 3, len(prior.mean), seed=seed), 50, seed=seed)
    weight = rng.uniform(0.5, 2.0, 50)
    resp = rng.dirichlet(0.5 * np.arange(n_components, 0, -1), size=50)
    resp = resp[:, np.argsort(-(weight @ resp))]
    problem = make.problem(X, CODES[kind], n_components, weight=weight)
    problem = replace(problem, bayes=prior)
    statistics = problem.assigned(responsibilities_of(resp, n_components), Team())
    return X, weight, resp, statistics


def _value(posterior, X, weight, resp):
    """Sum of w r E log p(x, z | parameters), less the divergence from the prior."""
    total, matrices = 0.0, posterior.covariances.dense()
    for k, mean in enumerate(posterior.means):
        joint = posterior.log_weights[k] + multivariate_normal(mean, matrices[k]).logpdf(X)
        total += (weight * resp[:, k]) @ joint
    return total - posterior.divergence


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_bound_at_given_responsibilities_is_its_closed_form(make, plain, kind, weights):
    prior = _prior(kind, weights)
    X, weight, resp, statistics = _setting(make, kind, prior)
    posterior = prior.posterior(statistics)
    whole = np.hstack([resp, np.zeros((50, 2))])
    same = plain.prior_of(
        kind,
        weights,
        5,
        0.7,
        mean=MEAN,
        mean_precision=0.4,
        dof=4.3,
        scatter=_scatter(kind),
    )
    expected = plain.log_evidence(same, X, whole, weight)
    assert _value(posterior, X, weight, resp) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_no_other_belief_of_the_kind_is_better(make, kind, weights):
    prior = _prior(kind, weights)
    X, weight, resp, statistics = _setting(make, kind, prior)
    best = _value(prior.posterior(statistics), X, weight, resp)
    rng = np.random.default_rng(1)
    for size in (0.01, 0.3):
        other = (1.0 - size) * resp + size * rng.dirichlet(np.ones(3), size=50)
        problem = replace(make.problem(X, CODES[kind], 3, weight=weight), bayes=prior)
        moved = problem.assigned(responsibilities_of(other, 3), Team())
        assert _value(prior.posterior(moved), X, weight, resp) < best


@pytest.mark.parametrize("kind", KINDS)
def test_prior_densities_of_one_column_integrate_to_one(kind):
    prior = _prior(kind, n_features=1)
    s = 3.0 if "spherical" not in kind else 1.7

    def density(precision):
        power = (0.5 * prior.dof - 1.0) * np.log(precision)
        return np.exp(prior.log_normaliser + power - 0.5 * s * precision)

    assert quad(density, 0.0, np.inf, epsabs=1e-12)[0] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_prior_densities_of_three_columns_are_scipys(kind):
    prior = _prior(kind)
    scatter = _scatter(kind)
    if kind in ("full", "tied"):
        point = np.array([[1.2, 0.1, 0.0], [0.1, 0.8, 0.2], [0.0, 0.2, 2.0]])
        expected = wishart(prior.dof, np.linalg.inv(scatter)).logpdf(point)
        power = 0.5 * (prior.dof - 4.0) * np.linalg.slogdet(point)[1]
        found = power - 0.5 * np.trace(scatter @ point)
    elif "diag" in kind:
        point = np.array([1.2, 0.8, 2.0])
        expected = gamma(0.5 * prior.dof, scale=2.0 / scatter).logpdf(point).sum()
        found = (0.5 * prior.dof - 1.0) * np.log(point).sum() - 0.5 * scatter @ point
    else:
        shape, rate = 1.5 * prior.dof, 1.5 * scatter
        expected = gamma(shape, scale=1.0 / rate).logpdf(1.3)
        found = (shape - 1.0) * np.log(1.3) - rate * 1.3
    assert prior.log_normaliser + found == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_expected_log_determinants_are_those_of_draws(make, kind):
    prior = _prior(kind)
    posterior = prior.posterior(_setting(make, kind, prior)[3])
    rng = np.random.default_rng(2)
    dof, matrix = posterior.precision_dof[0], posterior.covariances.dense()[0]
    if kind in ("full", "tied"):
        draws = wishart(dof, np.linalg.inv(matrix) / dof).rvs(4000, random_state=rng)
        logs = np.linalg.slogdet(draws)[1]
    elif "diag" in kind:
        scale = 2.0 / (dof * np.diagonal(matrix))
        logs = np.log(gamma(0.5 * dof, scale=scale).rvs((4000, 3), random_state=rng)).sum(axis=1)
    else:
        scale = 2.0 / (3.0 * dof * matrix[0, 0])
        logs = 3.0 * np.log(gamma(1.5 * dof, scale=scale).rvs(4000, random_state=rng))
    expected = posterior.excess_log_det[0] - np.linalg.slogdet(matrix)[1]
    assert abs(logs.mean() - expected) < 5.0 * logs.std() / np.sqrt(4000)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_empty_slots_hold_the_prior(make, kind, weights):
    prior = _prior(kind, weights)
    posterior = prior.posterior(_setting(make, kind, prior)[3])
    slots = posterior.slots
    assert slots.n_components == 5
    np.testing.assert_array_equal(slots.means[3:], [MEAN, MEAN])
    np.testing.assert_array_equal(slots.means[:3], posterior.means)
    assert slots.weights.sum() == pytest.approx(1.0, rel=1e-14)
    assert (slots.log_weights[3:] < -1e200).all()
    matrices = slots.covariances.dense()
    np.testing.assert_array_equal(matrices[:3], posterior.covariances.dense())
    scatter = _scatter(kind)
    own = scatter if np.ndim(scatter) == 2 else np.eye(3) * scatter
    expected = matrices[0] if prior.is_shared else own / prior.dof
    np.testing.assert_allclose(matrices[3:], [expected, expected], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weights", WEIGHTS)
def test_a_component_without_rows_is_an_empty_slot(make, kind, weights):
    prior = _prior(kind, weights)
    X, weight, resp, statistics = _setting(make, kind, prior)
    problem = replace(make.problem(X, CODES[kind], 4, weight=weight), bayes=prior)
    padded = np.hstack([resp, np.zeros((50, 1))])
    more = problem.assigned(responsibilities_of(padded, 4), Team())
    held = replace(prior, keeps_order=True).posterior(more)
    left = prior.posterior(more)
    assert (held.n_components, left.n_components) == (4, 3)
    np.testing.assert_array_equal(held.means[3], MEAN)
    assert held.divergence == pytest.approx(left.divergence, abs=1e-10)
    np.testing.assert_allclose(held.log_weights[:3], left.log_weights, rtol=1e-13)
    np.testing.assert_allclose(held.means[:3], prior.posterior(statistics).means, rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_shared_precisions_count_all_rows_once(make, kind):
    prior = _prior(kind)
    posterior = prior.posterior(_setting(make, kind, prior)[3])
    total = posterior.mass.sum()
    expected = np.full(3, total) if kind.startswith("tied") else posterior.mass
    np.testing.assert_allclose(posterior.precision_dof, 4.3 + expected, rtol=1e-13)
    np.testing.assert_allclose(posterior.mean_precision, 0.4 + posterior.mass, rtol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_to_number_components_otherwise_changes_a_dirichlets_bound_by_nothing(make, kind):
    prior = _prior(kind, "dirichlet_distribution")
    posterior = prior.posterior(_setting(make, kind, prior)[3])
    order = np.array([2, 0, 1])
    other = posterior.take(order)
    assert isinstance(other, Posterior)
    assert other.divergence == pytest.approx(posterior.divergence, rel=1e-12)
    np.testing.assert_allclose(other.log_weights, posterior.log_weights[order], rtol=1e-13)
    np.testing.assert_array_equal(other.mass, posterior.mass[order])


def test_sticks_taken_in_another_order_are_other_sticks(make):
    prior = _prior("full")
    posterior = prior.posterior(_setting(make, "full", prior)[3])
    other = posterior.take(np.array([2, 0, 1]))
    expected = prior.proportions.given(posterior.mass[[2, 0, 1]]).mean[:3]
    np.testing.assert_allclose(other.weights, expected, rtol=1e-13)
    assert other.divergence > posterior.divergence


def _of_mass(make, kind, prior, masses):
    """Statistics of components of these masses."""
    statistics = _setting(make, kind, prior, n_components=len(masses))[3]
    factor = np.asarray(masses) / statistics.mass
    return replace(
        statistics,
        mass=statistics.mass * factor,
        shift=statistics.shift * factor[:, None],
        scatter=statistics.scatter * factor[:, None],
        weight=float(np.sum(masses)),
    )


def test_the_posterior_has_the_components_that_hold_rows_by_falling_mass(make):
    prior = _prior("full")
    statistics = _of_mass(make, "full", prior, [4.0, 0.0, 30.0, 11.0])
    np.testing.assert_array_equal(prior.order(statistics), [2, 3, 0])
    posterior = prior.posterior(statistics)
    np.testing.assert_allclose(posterior.mass, [30.0, 11.0, 4.0], rtol=1e-13)
    again = prior.posterior(statistics.take(np.array([2, 3, 0])))
    np.testing.assert_array_equal(posterior.means, again.means)


def test_components_with_labels_stay_as_they_are_numbered(make):
    prior = replace(_prior("full"), keeps_order=True)
    statistics = _of_mass(make, "full", prior, [4.0, 0.0, 30.0, 11.0])
    np.testing.assert_array_equal(prior.order(statistics), [0, 1, 2, 3])
    np.testing.assert_array_equal(prior.posterior(statistics).mass, statistics.mass)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("concentration", [1e-5, 0.3, 1.0, 3.0, 1e5])
@pytest.mark.parametrize(
    "masses", [(50.0, 30.0, 20.0), (20.0, 30.0, 50.0), (20.0, 0.0, 50.0), (30.0, 20.0, 0.0, 50.0)]
)
def test_no_order_that_components_are_given_is_less_likely(make, weights, concentration, masses):
    prior = _prior("full", weights, len(masses), concentration=concentration)
    statistics = _of_mass(make, "full", prior, masses)

    def worth(mass):
        proportions = prior.proportions.given(mass)
        return proportions.mass @ proportions.mean_log - proportions.divergence

    order = prior.order(statistics)
    assert statistics.mass[order].sum() == pytest.approx(sum(masses), rel=1e-12)
    assert worth(statistics.mass[order]) >= worth(statistics.mass) - 1e-9
