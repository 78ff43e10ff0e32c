"""The M-step: nothing in the family is better."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import softmax

from gaussmix.covariance import FAMILIES, PACKED
from gaussmix.density import Components
from gaussmix.em.starts import responsibilities_of
from gaussmix.errors import CollapsedComponent
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import packed_size
from gaussmix.maximization import Penalty, maximize

CODES = tuple(FAMILIES)
SIX = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")


def _expected(brute, components, X, mass_of, penalty):
    """Expected complete log-likelihood plus penalty, from the definition."""
    dense = components.covariances.dense()
    joint = brute.log_joint(components.weights, components.means, dense, X)
    traces = np.trace(np.linalg.inv(dense) @ np.diag(penalty.variance), axis1=1, axis2=2)
    return (mass_of * joint).sum() - 0.5 * penalty.strength * traces.sum()


def _setting(make, code, n_features, reg_covar, seed=0):
    rng = np.random.default_rng([seed, n_features])
    X = make.rows(make.components("VVV", 3, n_features, seed=seed), 80, seed=seed)
    weight = rng.uniform(0.5, 2.0, 80)
    resp = rng.dirichlet(np.full(3, 0.4), size=80)
    problem = make.problem(X, code, 3, weight=weight, reg_covar=reg_covar)
    statistics = problem.assigned(responsibilities_of(resp, 3), Team())
    return X, resp * weight[:, None], problem, statistics


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("n_features", [1, 2, 4])
@pytest.mark.parametrize("reg_covar", [0.0, 0.3])
def test_m_step_equals_brute_force(make, brute, tolerance, code, *, n_features, reg_covar):
    X, mass_of, problem, statistics = _setting(make, code, n_features, reg_covar)
    found = problem.maximize(statistics)
    pseudo = problem.penalty.strength * np.diag(problem.penalty.variance)
    weights, means, matrices = brute.m_step(code, X, mass_of, pseudo)
    near = {"rtol": tolerance.rounding, "atol": tolerance.rounding}
    np.testing.assert_allclose(found.weights, weights, **near)
    np.testing.assert_allclose(found.means, means, **near)
    np.testing.assert_allclose(found.covariances.dense(), matrices, **near)
    # The same statistics about another reference say the same.
    elsewhere = problem.maximize(statistics.rebase(statistics.reference + 1.0))
    np.testing.assert_allclose(elsewhere.means, means, **near)
    np.testing.assert_allclose(elsewhere.covariances.dense(), matrices, **near)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("reg_covar", [0.0, 0.3])
def test_m_step_beats_random_perturbations_within_the_family(make, brute, code, reg_covar):
    X, mass_of, problem, statistics = _setting(make, code, 3, reg_covar)
    best = problem.maximize(statistics)
    top = _expected(brute, best, X, mass_of, problem.penalty)
    rng = np.random.default_rng(1)
    dense = best.covariances.dense()
    for step in np.repeat([1e-3, 1e-2, 0.1], 15):
        noise = rng.normal(size=dense.shape)
        # Projecting a perturbed matrix on the family stays in it.
        matrices = dense + 0.2 * step * (noise @ dense + dense @ noise.swapaxes(1, 2))
        other = Components(
            softmax(np.log(best.weights) + step * rng.normal(size=3)),
            best.means + step * rng.normal(size=best.means.shape),
            FAMILIES[code].nearest(matrices),
        )
        assert _expected(brute, other, X, mass_of, problem.penalty) < top


def _matrices_of(code, parameters, n_components, n_features):
    """Every member of the six families, from free numbers."""
    n = n_components if code[0] == "V" else 1
    if code[2] != "I":
        size = packed_size(n_features)
        lower = np.zeros((n, n_features, n_features))
        lower[:, *np.tril_indices(n_features)] = parameters[: n * size].reshape(n, size)
        diagonal = np.arange(n_features)
        lower[:, diagonal, diagonal] = np.exp(lower[:, diagonal, diagonal])
        matrices = lower @ lower.swapaxes(1, 2)
    else:
        shape = (n, n_features) if code[1] != "I" else (n, 1)
        values = np.exp(parameters[: np.prod(shape)].reshape(shape))
        matrices = values[:, None] * np.eye(n_features)
    return np.broadcast_to(matrices, (n_components, n_features, n_features))


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("reg_covar", [0.0, 0.3])
def test_rule_finds_what_a_general_optimiser_finds(make, brute, code, reg_covar):
    X, mass_of, problem, statistics = _setting(make, code, 2, reg_covar, seed=2)
    best = problem.maximize(statistics)
    n_free = FAMILIES[code].n_parameters(3, 2)

    def loss(parameters):
        value = 0.0
        matrices = _matrices_of(code, parameters, 3, 2)
        for k, S in enumerate(matrices):
            away = X - best.means[k]
            inverse = np.linalg.inv(S)
            square = np.einsum("ni,ij,nj->n", away, inverse, away)
            value += 0.5 * mass_of[:, k] @ (square + np.linalg.slogdet(S)[1])
            penalty = np.diag(problem.penalty.variance)
            value += 0.5 * problem.penalty.strength * np.trace(inverse @ penalty)
        return value

    answer = minimize(loss, np.zeros(n_free), method="BFGS", options={"gtol": 1e-6})
    found = _matrices_of(code, answer.x, 3, 2)
    np.testing.assert_allclose(best.covariances.dense(), found, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("code", CODES)
def test_an_empty_component_gets_the_penaltys_covariance_and_no_weight(code):
    family = FAMILIES[code]
    statistics = SufficientStatistics.zeros(family.scatter, np.array([[1.0, 2.0], [5.0, 6.0]]))
    mass = np.array([10.0, 0.0])
    scatter = np.array([10.0, 0.0])[:, None] * family.scatter.quadratic.of_matrices(np.eye(2))
    statistics = SufficientStatistics(
        family.scatter,
        statistics.reference,
        mass,
        np.zeros((2, 2)),
        scatter.sum(axis=0) if family.scatter.pooled else scatter,
        -1.0,
        10.0,
    )
    found = maximize(statistics, family, Penalty(1e-3, np.ones(2)))
    np.testing.assert_array_equal(found.weights, [1.0, 0.0])
    np.testing.assert_array_equal(found.means[1], [5.0, 6.0])
    assert np.isfinite(found.covariances.dense()).all()
    assert np.isfinite(found.covariances.log_det).all()


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_a_singular_component_is_named_with_scikit_learns_sentence(code):
    family = FAMILIES[code]
    scatter = np.array([10.0, 0.0])[:, None] * family.scatter.quadratic.of_matrices(np.eye(2))
    statistics = SufficientStatistics(
        family.scatter,
        np.zeros((2, 2)),
        np.array([10.0, 3.0]),
        np.zeros((2, 2)),
        scatter,
        0.0,
        13.0,
    )
    with pytest.raises(CollapsedComponent) as caught:
        maximize(statistics, family, Penalty(0.0, np.ones(2)))
    assert caught.value.component == 1
    assert caught.value.mass == 3.0
    text = str(caught.value)
    assert text.startswith(
        "Fitting the mixture model failed because some components have ill-defined empirical "
        "covariance (for instance caused by singleton or collapsed samples). Try to decrease the "
        "number of components, increase reg_covar, or scale the input data."
    )
    assert "Component 1, which holds rows of total weight 3" in text


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 3])
def test_penalty_objective_equals_its_formula(make, tolerance, code, n_features):
    components = make.components(code, 3, n_features)
    variance = np.random.default_rng(0).uniform(0.1, 5.0, n_features)
    inverses = np.linalg.inv(components.covariances.dense())
    expected = -0.5 * 7.0 * sum(np.trace(P @ np.diag(variance)) for P in inverses)
    found = Penalty(7.0, variance).objective(components)
    np.testing.assert_allclose(found, expected, rtol=tolerance.rounding)
    assert Penalty(0.0, variance).objective(components) == 0.0


@pytest.mark.parametrize("code", CODES)
def test_penalty_scatter_is_that_of_pseudo_rows(tolerance, code):
    kind = FAMILIES[code].scatter
    variance = np.array([1.0, 4.0, 0.25])
    found = Penalty(5.0, variance).scatter(kind, 3)
    rows = 2.0**0.5 * np.concatenate([np.diag(variance**0.5), -np.diag(variance**0.5)])
    # Six rows of weight 5 / 4, which have the scatter 5 diag(variance).
    scatter = kind.quadratic.weighted(rows.T, np.full(6, 1.25))
    expected = scatter * (3 if kind.pooled else 1)
    np.testing.assert_allclose(found, expected, rtol=tolerance.ulps, atol=1e-15)


def test_packed_scatter_of_the_penalty_has_no_covariances():
    found = Penalty(2.0, np.array([1.0, 3.0])).scatter(FAMILIES["VVV"].scatter, 2)
    np.testing.assert_array_equal(found, PACKED.of_matrices(np.diag([2.0, 6.0])))
