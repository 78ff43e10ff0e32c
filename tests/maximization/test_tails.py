"""Degrees of freedom from sums, and the scale that is divided out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import digamma, gammaln

from gaussmix.covariance import FAMILIES
from gaussmix.execution import Team
from gaussmix.maximization import (
    LEAST_DOF,
    MOST_DOF,
    NOTHING_FIXED,
    ConjugatePrior,
    bolder_dof,
    eased,
)
from gaussmix.maximization.tails import degrees_of_freedom_by, degrees_of_freedom_of


def test_the_root_is_found_from_the_least_to_the_most():
    dof = np.array([0.5, 0.7, 1.0, 3.0, 30.0, 300.0, 1000.0])
    excess = np.log(0.5 * dof) - digamma(0.5 * dof)
    np.testing.assert_allclose(degrees_of_freedom_of(excess), dof, rtol=1e-9)


def test_beyond_the_bounds_the_bounds_are_taken():
    excess = np.array([1e6, 1e-9, 0.0, -1e-12])
    expected = [LEAST_DOF, MOST_DOF, MOST_DOF, MOST_DOF]
    np.testing.assert_allclose(degrees_of_freedom_of(excess), expected, rtol=1e-12)


def _pass(make, code, *, reg_covar=1e-2, prior=None):
    """A problem, parameters, and the statistics of a pass with them."""
    rng = np.random.default_rng(3)
    X = rng.standard_t(2.0, size=(150, 2)) + 6.0 * rng.integers(0, 2, size=(150, 1))
    problem = replace(make.problem(X, code, 2, reg_covar=reg_covar), is_student=True)
    if prior is not None:
        covariance = np.cov(X.T)
        problem = replace(problem, prior=prior.settled(problem.survey.centre, covariance))
    start = replace(make.start(code, X, 2), dof=np.array([4.0, 20.0]))
    return problem, start, problem.statistics_at(start, Team())


def _hidden(problem, before, statistics, scale, dof):
    """What a scale of the hidden U's and degrees of freedom make of the objective, (K,).

    The Gaussians' own part is left out, which neither moves; not so penalty and prior, as the
    matrices are divided by the scale.
    """
    halves, mass, tails = 0.5 * dof, statistics.mass, statistics.tails
    value = mass * (halves * np.log(halves / scale) - gammaln(halves))
    value = value + halves * (tails.log_scale - tails.pull / scale)
    shrunk = replace(before.covariances, **_divided(before.covariances, scale))
    components = replace(before, covariances=shrunk)
    value = value + problem.penalty.of_each(components)
    if problem.pseudo_rows is not None:
        value = value + problem.pseudo_rows.of_each(components)
    return value


def _divided(covariances, scale):
    if hasattr(covariances, "chol"):
        chol = covariances.chol
        return {"chol": chol / np.sqrt(np.broadcast_to(scale, len(chol)))[:, None, None]}
    variance = covariances.variance
    return {"variance": variance / np.broadcast_to(scale, len(variance))[:, None]}


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "EEV"])
@pytest.mark.parametrize("prior", [None, ConjugatePrior()])
def test_the_scale_is_the_conditional_maximum(make, code, prior):
    problem, before, statistics = _pass(make, code, prior=prior)
    divided = eased(
        statistics,
        before,
        problem.family,
        problem.penalty,
        prior=problem.pseudo_rows,
        fixed=NOTHING_FIXED,
    )
    found = statistics.pull / divided.pull
    if problem.family.has_own_sizes:
        for k in range(2):
            best = _largest(lambda a, k=k: _hidden(problem, before, statistics, a, before.dof)[k])
            assert found[k] == pytest.approx(best, rel=1e-5)
    else:
        best = _largest(lambda a: _hidden(problem, before, statistics, a, before.dof).sum())
        np.testing.assert_allclose(found, best, rtol=1e-5)


def _largest(function):
    found = minimize_scalar(
        lambda t: -function(np.exp(t)),
        bounds=(-4.0, 4.0),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return np.exp(found.x)


def test_the_degrees_of_freedom_are_the_conditional_maximum_given_the_scale(make):
    problem, before, statistics = _pass(make, "VVV")
    divided = eased(
        statistics, before, problem.family, problem.penalty, prior=None, fixed=NOTHING_FIXED
    )
    dof = degrees_of_freedom_by(divided.mass, divided.tails)
    scale = statistics.pull / divided.pull
    at_best = _hidden(problem, before, statistics, scale, dof)
    for factor in (0.99, 1.01):
        assert (_hidden(problem, before, statistics, scale, factor * dof) < at_best).all()


def test_eased_statistics_keep_mass_and_means(make):
    problem, before, statistics = _pass(make, "VVV")
    divided = eased(
        statistics, before, problem.family, problem.penalty, prior=None, fixed=NOTHING_FIXED
    )
    np.testing.assert_array_equal(divided.mass, statistics.mass)
    np.testing.assert_allclose(divided.means, statistics.means, rtol=1e-12)


def test_fixed_covariances_are_not_divided(make):
    problem, before, statistics = _pass(make, "VVV")
    has = np.array([True, False])
    fixed = replace(NOTHING_FIXED, covariances=before.covariances, has_covariance=has)
    divided = eased(statistics, before, problem.family, problem.penalty, prior=None, fixed=fixed)
    scale = statistics.pull / divided.pull
    assert scale[0] == 1.0
    assert scale[1] != 1.0


def test_a_component_without_rows_keeps_its_degrees_of_freedom(make):
    _, before, statistics = _pass(make, "VVV")
    none = statistics.scale(0.0)
    dof = degrees_of_freedom_by(none.mass, none.tails)
    np.testing.assert_array_equal(dof, before.dof)
    assert bolder_dof(none, dof) is None


@pytest.mark.parametrize("start", [1.0, 4.0, 200.0])
def test_bold_steps_reach_the_top_that_is_left_when_all_else_stays(make, start):
    problem, before, _ = _pass(make, "VVV")
    before = replace(before, dof=np.full(2, start))

    def log_likelihood(log_dof):
        components = replace(before, dof=np.array([np.exp(log_dof), dof[1]]))
        return problem.statistics_at(components, Team()).log_likelihood

    for _ in range(30):
        statistics = problem.statistics_at(before, Team())
        bold = bolder_dof(statistics, before.dof)
        if bold is None:
            break
        before = replace(before, dof=bold)
    dof = before.dof
    best = minimize_scalar(lambda t: -log_likelihood(t), bounds=(-0.69, 6.9), method="bounded")
    assert log_likelihood(np.log(dof[0])) >= -best.fun - 1e-7


def test_sums_of_tails_add_scale_and_reorder(make):
    _, before, statistics = _pass(make, "VVV")
    twice = statistics + statistics
    double = statistics.scale(2.0)
    for name in ("pull", "log_scale", "bend"):
        one, other = getattr(twice.tails, name), getattr(double.tails, name)
        np.testing.assert_allclose(one, other, rtol=1e-14)
        turned = getattr(statistics.take(np.array([1, 0])).tails, name)
        np.testing.assert_array_equal(turned, getattr(statistics.tails, name)[::-1])
    np.testing.assert_array_equal(twice.tails.dof, before.dof)


def test_which_families_have_sizes_of_their_own():
    own = {code for code, family in FAMILIES.items() if family.has_own_sizes}
    assert own == {"VVV", "VEV", "VVE", "VEE", "VVI", "VEI", "VII"}
