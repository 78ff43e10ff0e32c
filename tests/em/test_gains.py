"""What moves would do to the bound, against the plain formulas of it."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gaussmix.covariance import PACKED, RADIAL, family_named
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import posterior as posterior_of
from gaussmix.em import Problem
from gaussmix.em.beliefs import Beliefs, with_beliefs
from gaussmix.em.gains import Shares, merged, pair_gains, removal_gains
from gaussmix.execution import Team

KINDS = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
WEIGHTS = ("dirichlet_process", "dirichlet_distribution")
ALONE = Team()
N, D, J, SLOTS = 45, 2, 4, 6


@pytest.fixture(scope="module")
def plain():
    """The module of plain formulas."""
    path = Path(__file__).parents[1] / "oracle" / "plain_variational.py"
    spec = importlib.util.spec_from_file_location("plain_variational", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(n_components=J):
    """Rows, weights, and soft responsibilities whose masses fall."""
    rng = np.random.default_rng(4)
    label = rng.integers(n_components, size=N)
    X = 2.0 * rng.normal(size=(n_components, D))[label] + rng.normal(size=(N, D))
    weight = rng.integers(1, 4, size=N).astype(float)
    resp = 0.6 * np.eye(n_components)[label] + 0.4 * rng.dirichlet(np.ones(n_components), size=N)
    return X, weight, resp[:, np.argsort(-(weight @ resp))]


def problem_of(X, weight, kind, weights, concentration=0.4):
    source = ArraySource(X, Details(weight=weight))
    problem = Problem(source, survey(source, ALONE), family_named(kind), SLOTS, 1e-6)
    beliefs = Beliefs(
        weights, concentration, 0.3, np.linspace(-1.0, 2.0, D), D + 1.7, odd_scatter(problem)
    )
    return with_beliefs(problem, beliefs, ALONE)


def odd_scatter(problem):
    """Scatter of a prior that no row suggests, as the family has it."""
    factor = np.random.default_rng(5).normal(size=(D, D + 3))
    matrix = factor @ factor.T
    quadratic = problem.family.scatter.quadratic
    if quadratic is PACKED:
        return matrix
    return matrix[0, 0] if quadratic is RADIAL else np.diagonal(matrix).copy()


def plain_prior(plain, problem, kind, weights):
    return plain.prior_of(
        kind,
        weights,
        SLOTS,
        problem.bayes.proportions.concentration,
        mean=problem.bayes.mean,
        mean_precision=problem.bayes.mean_precision,
        dof=problem.bayes.dof,
        scatter=odd_scatter(problem),
    )


def statistics_of(problem, resp):
    """Those of responsibilities (N, J)."""
    own = replace(problem, n_components=resp.shape[1])
    return own.assigned(lambda block: np.ascontiguousarray(resp[block.rows].T), ALONE)


def in_slots(resp):
    """Responsibilities (N, J) with zeros for the slots that are empty."""
    return np.pad(resp, ((0, 0), (0, SLOTS - resp.shape[1])))


def bound_of(plain, prior, X, resp, weight):
    """The largest bound that there is with these responsibilities (N, J)."""
    entropy = -weight @ (resp * np.log(np.where(resp > 0.0, resp, 1.0))).sum(axis=1)
    return plain.log_evidence(prior, X, in_slots(resp), weight) + entropy


def joined(resp, j, k, *, by_mass, weight):
    """Responsibilities once j and k are one, in the order that the proportions have."""
    both = np.delete(resp, k, axis=1)
    both[:, j] += resp[:, k]
    return both[:, np.argsort(-(weight @ both), kind="stable")] if by_mass else both


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_merge_gains_what_adding_up_responsibilities_does(plain, kind, weights):
    X, weight, resp = rows()
    problem = problem_of(X, weight, kind, weights)
    prior, statistics = plain_prior(plain, problem, kind, weights), statistics_of(problem, resp)
    found = pair_gains(problem.maximize(statistics), statistics, Shares(resp, weight))
    assert sorted((j, k) for _, j, k in found) == [
        (j, k) for j in range(J) for k in range(j + 1, J)
    ]
    assert [gain for gain, _, _ in found] == sorted((gain for gain, _, _ in found), reverse=True)
    before = bound_of(plain, prior, X, resp, weight)
    by_mass = weights == "dirichlet_process"
    for gain, j, k in found:
        both = joined(resp, j, k, by_mass=by_mass, weight=weight)
        expected = bound_of(plain, prior, X, both, weight) - before
        assert gain == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_the_gain_of_a_merge_is_that_of_the_statistics_it_makes(weights):
    """The M-step after `merged` reaches the bound that `pair_gains` has promised."""
    X, weight, resp = rows()
    problem = problem_of(X, weight, "full", weights)
    statistics = statistics_of(problem, resp)
    posterior = problem.maximize(statistics)
    (gain, j, k), *_ = pair_gains(posterior, statistics, Shares(resp, weight))
    after = problem.maximize(merged(statistics, [(j, k)]))
    both = joined(resp, j, k, by_mass=problem.bayes.proportions.by_mass, weight=weight)

    def bound(own, components):
        entropy = -weight @ (own * np.log(own)).sum(axis=1)
        joint = np.column_stack(
            [
                log_normal(X, mean, matrix) + log_weight
                for mean, matrix, log_weight in zip(
                    components.means,
                    components.covariances.dense(),
                    components.log_weights,
                    strict=True,
                )
            ]
        )
        return weight @ (own * joint).sum(axis=1) + entropy - components.divergence

    assert bound(both, after) - bound(resp, posterior) == pytest.approx(gain, abs=1e-9)


def log_normal(X, mean, matrix):
    away = X - mean
    distance = np.einsum("ni,ni->n", away, np.linalg.solve(matrix, away.T).T)
    return -0.5 * (np.linalg.slogdet(2.0 * np.pi * matrix)[1] + distance)


@pytest.mark.parametrize("kind", KINDS)
def test_components_that_coincide_are_better_merged(kind):
    """More than any other pair, where the others are far apart."""
    X, weight, resp = rows(2)
    X += 20.0 * (resp[:, :1] > resp[:, 1:])
    halves = np.column_stack([0.5 * resp[:, 0], 0.5 * resp[:, 0], resp[:, 1]])
    halves = halves[:, np.argsort(-(weight @ halves), kind="stable")]
    problem = problem_of(X, weight, kind, "dirichlet_distribution")
    statistics = statistics_of(problem, halves)
    found = pair_gains(problem.maximize(statistics), statistics, Shares(halves, weight))
    (gain, j, k), *others = found
    np.testing.assert_array_equal(halves[:, j], halves[:, k])
    assert gain > 0.0
    assert all(gain > other for other, _, _ in others)


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_removal_gains_what_leaving_its_rows_to_the_others_does(plain, kind, weights):
    """The others' beliefs, and those of all proportions, stay; its own go back to the prior."""
    X, weight, resp = rows()
    problem = problem_of(X, weight, kind, weights)
    prior = plain_prior(plain, problem, kind, weights)
    posterior = problem.maximize(statistics_of(problem, resp))
    belief = plain.m_step(prior, plain.complete(X, in_slots(resp)), weight)
    # Rows are not given to slots that are empty.
    own = plain.e_step(belief, X).resp[:, :J]
    own /= own.sum(axis=1, keepdims=True)
    shares = Shares(posterior_of(posterior, problem.source, ALONE), weight)
    np.testing.assert_allclose(shares.posterior, own, atol=1e-10)
    before = plain.bound(prior, belief, plain.complete(X, in_slots(own)), weight)["all"]
    found = removal_gains(posterior, shares)
    for k in range(J):
        left = np.delete(own, k, axis=1)
        left = np.insert(left / left.sum(axis=1, keepdims=True), k, 0.0, axis=1)
        without = without_component(plain, prior, belief, k)
        after = plain.bound(prior, without, plain.complete(X, in_slots(left)), weight)["all"]
        assert found[k] == pytest.approx(after - before, rel=1e-9, abs=1e-8)


def without_component(plain, prior, belief, k):
    """Beliefs where those of component k's own mean and precision are the prior's."""
    means, mean_precisions = belief.means.copy(), belief.mean_precisions.copy()
    means[k], mean_precisions[k] = prior.mean, prior.mean_precision
    precisions = list(belief.precisions)
    if not prior.is_shared:
        precisions[k] = prior.precision
    return plain.Belief(belief.weights, means, mean_precisions, precisions)


def test_rows_that_are_certain_make_a_removal_hopeless_and_no_infinity():
    X, weight, _ = rows()
    problem = problem_of(X, weight, "full", "dirichlet_process")
    sure = np.eye(2)[(np.arange(N) > 20).astype(int)]
    sure = sure[:, np.argsort(-(weight @ sure))]
    posterior = problem.maximize(statistics_of(problem, sure))
    gains = removal_gains(posterior, Shares(sure, weight))
    assert np.isfinite(gains).all()
    assert gains.max() < -1e3


@pytest.mark.parametrize("pairs", [[(0, 2)], [(1, 3)], [(0, 3), (1, 2)], [(2, 3), (0, 1)]])
@pytest.mark.parametrize("exact", ["none", "some", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_merged_statistics_are_those_of_summed_responsibilities(kind, exact, pairs):
    X, weight, resp = rows()
    problem = problem_of(X, weight, kind, "dirichlet_distribution")
    posterior = problem.maximize(statistics_of(problem, resp))
    few = np.arange(J) % 3 == 0
    mask = {"none": few & False, "some": few, "all": few | True}[exact]
    if exact == "some" and problem.family.scatter.pooled:
        # Shared quadratics are left out of all kernels or of none.
        pytest.skip("components with one covariance take one kernel")
    statistics = problem.expect(problem.kernel(posterior), mask, set(), ALONE)
    own = posterior_of(posterior, problem.source, ALONE)
    for j, k in pairs:
        own[:, j] += own[:, k]
    kept = np.delete(np.arange(J), [k for _, k in pairs])
    found = merged(statistics, pairs)
    expected = statistics_of(problem, own[:, kept]).rebase(found.reference)
    np.testing.assert_allclose(found.mass, expected.mass, rtol=1e-9)
    np.testing.assert_allclose(found.shift, expected.shift, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.scatter, expected.scatter, rtol=1e-8, atol=1e-8)
    assert found.weight == statistics.weight
    # Those that are merged are about their own mean, so that no digit is lost.
    for j, _ in pairs:
        place = list(kept).index(j)
        np.testing.assert_allclose(found.reference[place], found.means[place], atol=1e-9)


def test_a_merge_of_components_without_rows_is_one_without_rows():
    X, weight, resp = rows(3)
    problem = problem_of(X, weight, "full", "dirichlet_distribution")
    whole = np.pad(resp, ((0, 0), (0, 2)))
    statistics = statistics_of(problem, whole)
    found = merged(statistics, [(3, 4)])
    assert found.mass[3] == 0.0
    np.testing.assert_array_equal(found.scatter[3], 0.0)
    np.testing.assert_allclose(found.mass[:3], weight @ resp)


def test_rows_far_from_the_centre_lose_no_digit_by_a_merge(plain):
    """Narrow components far away: their statistics are about points of their own."""
    X, weight, resp = rows()
    X = 1e-3 * X + np.array([50.0, -80.0])
    X[:5] *= -1.0
    problem = problem_of(X, weight, "full", "dirichlet_distribution")
    prior = plain_prior(plain, problem, "full", "dirichlet_distribution")
    statistics = statistics_of(problem, resp)
    found = pair_gains(problem.maximize(statistics), statistics, Shares(resp, weight))
    before = bound_of(plain, prior, X, resp, weight)
    for gain, j, k in found:
        both = joined(resp, j, k, by_mass=False, weight=weight)
        expected = bound_of(plain, prior, X, both, weight) - before
        assert gain == pytest.approx(expected, abs=1e-6)
