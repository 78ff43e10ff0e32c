"""The observed information of every family, against differences of a plain log-likelihood."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.covariance import FAMILIES, family_named
from gaussmix.data import ArraySource, Details, survey
from gaussmix.datasets import load_old_faithful
from gaussmix.density import Components, Noise
from gaussmix.em import Problem, run
from gaussmix.execution import Team
from gaussmix.maximization import ConjugatePrior, Fixed
from gaussmix.selection.derivatives import log_likelihood_derivatives
from gaussmix.selection.information import (
    information_errors,
    local_coordinates,
    observed_information,
)
from gaussmix.selection.tangent import chart

_SPEC = importlib.util.spec_from_file_location(
    "direct_information", Path(__file__).with_name("direct_information.py")
)
direct = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(direct)

TEAM = Team()


def rows(n_features=2, gaps=False):
    rng = np.random.default_rng(5)
    grow = np.arange(1.0, n_features + 1.0)
    turn = 0.6 * rng.normal(size=(2, n_features, n_features))
    turn += np.eye(n_features) * [[[1.0]], [[1.6]]] * grow
    X = np.concatenate(
        [
            rng.normal(size=(90, n_features)) @ turn[0].T,
            rng.normal(size=(70, n_features)) @ turn[1].T + 2.5 * grow,
        ]
    )
    if gaps:
        X[rng.random(X.shape) < 0.1] = np.nan
    return X


def problem_of(X, code, weight=None, prior=None, **more):
    source = ArraySource(X, Details(weight))
    facts = survey(source, TEAM)
    if prior is not None:
        prior = prior.settled(facts.centre, np.cov(X.T))
    return Problem(source, facts, family_named(code), 2, 1e-4, prior=prior, **more)


def maximum(problem, **more):
    grow = 2.5 * np.arange(1.0, problem.n_features + 1.0)
    spread = np.diag(0.5 * problem.survey.variance)
    start = Components(
        np.array([0.5, 0.5]),
        np.array([0.0 * grow, grow]),
        problem.family.nearest(np.array([spread, spread])),
        **more,
    )
    return run(problem, start, TEAM, tol=1e-12, max_iter=5000).components


def by_differences(problem, components, X, weight=None):
    groups = direct.by_pattern(X, np.ones(len(X)) if weight is None else weight)
    penalty = problem.penalty.strength * np.diag(problem.penalty.variance)

    def objective(parameters):
        value = direct.log_likelihood(groups, parameters)
        value += direct.pull(parameters, 0.0, penalty, 0.0, 0.0)
        pseudo = problem.pseudo_rows
        for k in range(2) if pseudo is not None else ():
            one = tuple(of[k : k + 1] for of in parameters)
            scatter = problem.family.scatter.quadratic.name
            dense = {
                "PACKED": lambda s: np.array([[s[0], s[1]], [s[1], s[2]]]),
                "SQUARES": np.diag,
                "RADIAL": lambda s: 0.5 * s * np.eye(2),
            }[scatter](pseudo.scatter[k])
            value += direct.pull(one, pseudo.mass[k], dense, pseudo.shrinkage, pseudo.mean)
        return value

    own = components.covariances.dense()
    about = direct.Direct(problem.family.code, components.weights, components.means, np.array(own))
    return direct.standard_errors(about, objective)


def assert_same(found, expected):
    weights, means, covariances = expected
    np.testing.assert_allclose(found.weights, weights, rtol=3e-5)
    np.testing.assert_allclose(found.means, means, rtol=3e-5)
    unit = np.sqrt(np.einsum("kii,kjj->kij", covariances, covariances))
    unit[unit == 0.0] = 1.0
    assert np.abs((found.covariances - covariances) / unit).max() < 2e-4


@pytest.mark.parametrize("code", sorted(FAMILIES))
def test_standard_errors_are_those_of_a_direct_parametrisation(code):
    X = rows()
    problem = problem_of(X, code)
    components = maximum(problem)
    found = information_errors(problem, components, TEAM)
    assert_same(found, by_differences(problem, components, X))


@pytest.mark.parametrize("code", ["VVV", "VEI"])
def test_gaps_and_weights_change_nothing_in_the_formula(code):
    X = rows(gaps=True)
    weight = np.random.default_rng(0).integers(0, 4, len(X)).astype(float)
    problem = problem_of(X, code, weight)
    components = maximum(problem)
    found = information_errors(problem, components, TEAM)
    assert_same(found, by_differences(problem, components, X, weight))


@pytest.mark.parametrize("code", ["VVV", "EVI", "VII"])
def test_a_prior_adds_its_own_curvature(code):
    X = rows()
    problem = problem_of(X, code, prior=ConjugatePrior(shrinkage=3.0, dof=30.0))
    components = maximum(problem)
    found = information_errors(problem, components, TEAM)
    assert_same(found, by_differences(problem, components, X))


def test_three_columns_turn_in_three_planes():
    X = rows(3)
    problem = problem_of(X, "EEV")
    components = maximum(problem)
    found = information_errors(problem, components, TEAM)
    assert_same(found, by_differences(problem, components, X))


@pytest.mark.parametrize("code", sorted(FAMILIES))
@pytest.mark.parametrize("n_features", [2, 3, 4])
def test_a_family_moves_in_as_many_directions_as_it_has_parameters(code, n_features):
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(3, n_features, 2 * n_features))
    covariances = family_named(code).nearest(factors @ factors.swapaxes(1, 2))
    found = chart(family_named(code), covariances)
    size = family_named(code).n_parameters(3, n_features)
    assert found.directions.shape == (size, 3, n_features, n_features)
    slope = rng.normal(size=(3, n_features, n_features))
    bend = found.bend(slope + slope.swapaxes(1, 2))
    linear = code in {"VVV", "EEE", "VVI", "EEI", "VII", "EII"}
    assert (np.abs(bend).max() == 0.0) == linear


def test_the_tangent_space_alone_would_be_wrong_where_the_family_bends():
    problem = problem_of(rows(), "VEV")
    local = local_coordinates(problem, maximum(problem))
    found = log_likelihood_derivatives(problem, local.components, TEAM)
    _, information = observed_information(problem, local, TEAM)
    flat = -local.jacobian.T @ found.hessian @ local.jacobian
    last = slice(-local.covariance_moves.shape[-1], None)
    assert np.abs((information - flat)[last, last]).max() > 0.05 * np.abs(flat[last, last]).max()


def test_weight_two_is_the_row_twice():
    X = rows()
    weight = np.ones(len(X))
    weight[:40] = 2.0
    once = problem_of(X, "VVV", weight)
    twice = problem_of(np.concatenate([X, X[:40]]), "VVV")
    components = maximum(once)
    found = [information_errors(problem, components, TEAM) for problem in (once, twice)]
    np.testing.assert_allclose(found[0].covariances, found[1].covariances, rtol=1e-7)


def test_noise_is_one_more_proportion():
    rng = np.random.default_rng(2)
    X = np.concatenate([rng.normal(0.0, 1.0, (200, 1)), rng.uniform(-20.0, 20.0, (60, 1))])
    noise = Noise(0.0, X.min(axis=0), X.max(axis=0))
    problem = replace(problem_of(X, "VVV", noise=noise), n_components=1, reg_covar=0.0)
    start = Components(
        np.array([0.7]),
        np.zeros((1, 1)),
        problem.family.nearest(np.ones((1, 1, 1))),
        replace(noise, weight=0.3),
    )
    components = run(problem, start, TEAM, tol=1e-13, max_iter=5000).components

    def value(point):
        weight, mean, variance = point
        gaussian = np.exp(-0.5 * (X - mean) ** 2 / variance) / np.sqrt(2.0 * np.pi * variance)
        return np.log(weight * gaussian + (1.0 - weight) / np.ptp(X)).sum()

    centre = np.array([components.weights[0], components.means[0, 0], 1.0])
    centre[2] = components.covariances.dense()[0, 0, 0]
    covariance = np.linalg.inv(-direct.hessian(lambda t: value(centre + t), 3))
    found = information_errors(problem, components, TEAM)
    stacked = [found.weights[0], found.means[0, 0], found.covariances[0, 0, 0]]
    np.testing.assert_allclose(stacked, np.sqrt(np.diag(covariance)), rtol=1e-4)


def test_what_is_fixed_has_no_error():
    X = rows()
    means = np.array([[0.0, 0.0], [np.nan, np.nan]])
    problem = problem_of(X, "VVV", fixed=Fixed(means=means, equal_weights=True))
    components = maximum(problem)
    found = information_errors(problem, components, TEAM)
    assert (found.weights == 0.0).all()
    assert (found.means[0] == 0.0).all()
    assert (found.means[1] > 0.0).all()
    held = replace(
        problem,
        fixed=Fixed(covariances=components.covariances, has_covariance=np.array([True, True])),
    )
    assert (information_errors(held, maximum(held), TEAM).covariances == 0.0).all()


def test_fixing_in_part_is_refused():
    problem = problem_of(rows(), "VVV", fixed=Fixed(weights=np.array([0.4, np.nan])))
    with pytest.raises(ValueError, match="weights that are fixed in part"):
        information_errors(problem, maximum(problem), TEAM)
    free = problem_of(rows(), "VVV")
    components = maximum(free)
    fixed = Fixed(covariances=components.covariances, has_covariance=np.array([True, False]))
    with pytest.raises(ValueError, match="covariances that are fixed in part"):
        information_errors(replace(free, fixed=fixed), components, TEAM)


def test_components_that_coincide_leave_their_weights_open():
    problem = problem_of(rows(), "VVV")
    whole = replace(problem, n_components=1)
    start = Components(
        np.ones(1), problem.survey.centre[None], problem.family.nearest(np.eye(2)[None])
    )
    one = run(whole, start, TEAM, tol=1e-12, max_iter=100).components
    two = Components(
        np.array([0.3, 0.7]), one.means[[0, 0]], one.covariances.take(np.array([0, 0]))
    )
    with pytest.raises(ValueError, match=r"not positive definite.* covariances_\[0\]"):
        information_errors(problem, two, TEAM)
    held = Fixed(means=two.means, covariances=two.covariances, has_covariance=np.ones(2, bool))
    with pytest.raises(ValueError, match=r"leave open a combination of weights_\[0\]"):
        information_errors(replace(problem, fixed=held), two, TEAM)


def test_axes_that_cannot_be_told_apart_are_a_corner_of_the_family():
    family = family_named("EEV")
    with pytest.raises(ValueError, match="family EEV move in"):
        chart(family, family.nearest(np.array([np.eye(2), np.eye(2)])))


def test_no_maximum_has_no_information():
    problem = problem_of(rows(), "VVV")
    components = maximum(problem)
    moved = replace(components, means=components.means + 0.3)
    with pytest.raises(ValueError, match="standard errors away from where the likelihood"):
        information_errors(problem, moved, TEAM)


def test_factor_models_and_degenerate_fits_are_told_so():
    X = load_old_faithful().to_numpy()
    doubled = np.concatenate([X, np.full((20, 2), [9.0, 9.0])])
    gm = GaussianMixture.from_parameters(
        [0.5, 0.43, 0.07],
        [[4.3, 80.0], [2.0, 54.0], [9.0, 9.0]],
        [np.diag([0.2, 36.0]), np.diag([0.1, 34.0]), 1e-4 * np.eye(2)],
    )
    with pytest.raises(ValueError, match=r"degenerate fit measures reg_covar.*Component 2"):
        gm.standard_errors(doubled, method="information")
