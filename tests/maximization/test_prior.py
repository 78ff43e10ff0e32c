"""The M-step with a conjugate prior: the mode of the posterior, for every family."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import invwishart, multivariate_normal

from gaussmix import ConjugatePrior
from gaussmix.covariance import FAMILIES, PACKED, RADIAL, SQUARES, Lineup, ScatterKind
from gaussmix.density import Components
from gaussmix.em.prior import with_prior
from gaussmix.em.starts import responsibilities_of
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization import Penalty, maximize

CODES = tuple(FAMILIES)
SCALE = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 0.5]])
GIVEN = ConjugatePrior(mean=[1.0, -1.0, 0.5], shrinkage=3.0, dof=7.0, scale=SCALE)
PRIORS = {"default": ConjugatePrior(), "given": GIVEN, "flat means": ConjugatePrior(shrinkage=0.0)}


def _setting(make, code, prior, *, reg_covar=0.0, n_features=3):
    """Rows, mass of each component in each, the problem and the statistics."""
    rng = np.random.default_rng([4, n_features])
    X = make.rows(make.components("VVV", 3, n_features, seed=4), 60, seed=4)
    weight = rng.uniform(0.5, 2.0, 60)
    resp = rng.dirichlet(np.full(3, 0.4), size=60)
    problem = make.problem(X, code, 3, weight=weight, reg_covar=reg_covar)
    problem = with_prior(problem, prior, Team())
    statistics = problem.assigned(responsibilities_of(resp, 3), Team())
    return X, resp * weight[:, None], problem, statistics


def _scatter(mass_of, X, means):
    away = X[:, None] - means
    return np.einsum("nk,nki,nkj->kij", mass_of, away, away)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", PRIORS)
def test_m_step_beats_random_perturbations_within_the_family(make, brute, code, kind):
    X, mass_of, problem, statistics = _setting(make, code, PRIORS[kind], reg_covar=0.1)

    def value(components):
        dense = components.covariances.dense()
        joint = brute.log_joint(components.weights, components.means, dense, X)
        extra = problem.objective(components, 0.0) * problem.survey.weight
        return (mass_of * joint).sum() + extra

    best = problem.maximize(statistics)
    best = problem.maximize(statistics, best)
    top, dense = value(best), best.covariances.dense()
    rng = np.random.default_rng(1)
    for step in np.repeat([1e-2, 0.1], 10):
        noise = rng.normal(size=dense.shape)
        matrices = dense + 0.2 * step * (noise @ dense + dense @ noise.swapaxes(1, 2))
        other = Components(
            softmax(np.log(best.weights) + step * rng.normal(size=3)),
            best.means + step * rng.normal(size=best.means.shape),
            FAMILIES[code].nearest(matrices),
        )
        assert value(other) < top


@pytest.mark.parametrize("code", ["EII", "VII", "EEI", "VVI", "EEE", "VVV"])
@pytest.mark.parametrize("n_features", [1, 3])
def test_m_step_is_that_of_fraley_and_raftery(make, tolerance, code, n_features):
    X, mass_of, problem, statistics = _setting(
        make, code, ConjugatePrior(shrinkage=2.0), n_features=n_features
    )
    # Table 3 of their paper of 2007, in its order of terms.
    k, d, dof = 3, n_features, n_features + 2.0
    mass, centre = mass_of.sum(axis=0), problem.survey.centre
    total = mass.sum()
    own = (mass_of.T @ X) / mass[:, None]
    means = (mass[:, None] * own + 2.0 * centre) / (mass[:, None] + 2.0)
    away = own - centre
    W = _scatter(mass_of, X, own) + np.einsum("k,ki,kj->kij", 2.0 * mass / (2.0 + mass), away, away)
    weight = mass_of.sum(axis=1)
    covariance = np.atleast_2d(np.cov(X.T, fweights=None, aweights=weight, ddof=0))
    covariance = covariance * total / (total - 1.0)
    scale = covariance / k ** (2.0 / d)
    variance = np.trace(scale) / d
    traces = np.trace(W, axis1=1, axis2=2)
    eye = np.eye(d)
    expected = {
        "EII": (variance + traces.sum()) / (dof + (total + k) * d + 2.0) * eye,
        "VII": ((variance + traces) / (dof + (mass + 1.0) * d + 2.0))[:, None, None] * eye,
        "EEI": (variance * eye + W.sum(axis=0) * eye) / (dof + total + k + 2.0),
        "VVI": (variance * eye + W * eye) / (dof + mass + 3.0)[:, None, None],
        "EEE": (scale + W.sum(axis=0)) / (dof + total + k + d + 1.0),
        "VVV": (scale + W) / (dof + mass + d + 2.0)[:, None, None],
    }[code]
    found = problem.maximize(statistics)
    near = {"rtol": tolerance.rounding, "atol": tolerance.rounding}
    np.testing.assert_allclose(found.means, means, **near)
    dense = found.covariances.dense()
    np.testing.assert_allclose(dense, np.broadcast_to(expected, dense.shape), **near)


def test_the_objective_of_full_covariances_is_their_log_density_up_to_a_constant(make, tolerance):
    _, _, problem, _ = _setting(make, "VVV", GIVEN)
    values = []
    for seed in range(4):
        components = make.components("VVV", 3, 3, seed=seed)
        dense = components.covariances.dense()
        log_prior = sum(
            invwishart(7.0, SCALE).logpdf(S) + multivariate_normal(GIVEN.mean, S / 3.0).logpdf(m)
            for m, S in zip(components.means, dense, strict=True)
        )
        values.append(log_prior - problem.pseudo_rows.objective(components))
    np.testing.assert_allclose(values, values[0], rtol=tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
def test_the_objective_is_its_formula(make, tolerance, code):
    _, _, problem, _ = _setting(make, code, GIVEN)
    rows, components = problem.pseudo_rows, make.components(code, 3, 3, seed=9)
    # A family has of the scale what it has of covariances, and one scale for one covariance.
    scale = {PACKED: SCALE, SQUARES: np.diag(np.diag(SCALE)), RADIAL: 3.5 / 9.0 * np.eye(3)}
    own = scale[problem.family.scatter.quadratic] / (3.0 if code in ("EEE", "EEI", "EII") else 1.0)
    expected = 0.0
    for k, S in enumerate(components.covariances.dense()):
        away, precision = components.means[k] - GIVEN.mean, np.linalg.inv(S)
        distance = np.trace(precision @ own) + 3.0 * away @ precision @ away
        expected -= 0.5 * (rows.mass[k] * np.linalg.slogdet(S)[1] + distance)
    np.testing.assert_allclose(rows.objective(components), expected, rtol=tolerance.rounding)
    np.testing.assert_allclose(rows.of_each(components).sum(), expected, rtol=tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
def test_mixtures_side_by_side_are_each_as_alone(make, tolerance, code):
    _, mass_of, problem, _ = _setting(make, code, ConjugatePrior())
    X = problem.source.rows(np.arange(60))
    quadratic = problem.family.scatter.quadratic
    kind = ScatterKind(quadratic, pooled=False)

    def statistics_of(mass_of):
        away = (X - problem.survey.centre).T
        return SufficientStatistics(
            kind,
            np.broadcast_to(problem.survey.centre, (mass_of.shape[1], 3)),
            mass_of.sum(axis=0),
            mass_of.T @ away.T,
            np.array([quadratic.weighted(away, own) for own in mass_of.T]),
            0.0,
            problem.survey.weight,
        )

    pair = np.stack([mass_of[:, 0], mass_of[:, 1] + mass_of[:, 2]], axis=1)
    family, none = problem.family, Penalty(0.0, np.ones(3))
    sizes = np.array([2, 3])
    together = maximize(
        statistics_of(np.concatenate([pair, mass_of], axis=1)),
        family,
        none,
        prior=problem.prior.pseudo_rows(family, sizes),
        lineup=Lineup(sizes),
    )
    alone = [
        maximize(
            statistics_of(own),
            family,
            none,
            prior=problem.prior.pseudo_rows(family, np.array([own.shape[1]])),
        )
        for own in (pair, mass_of)
    ]
    means = np.concatenate([a.means for a in alone])
    dense = np.concatenate([a.covariances.dense() for a in alone])
    weights = np.concatenate([a.weights for a in alone])
    np.testing.assert_allclose(together.weights, weights, rtol=tolerance.rounding)
    np.testing.assert_allclose(together.means, means, rtol=tolerance.rounding, atol=1e-12)
    np.testing.assert_allclose(together.covariances.dense(), dense, rtol=1e-6, atol=1e-9)


def test_a_number_as_scale_is_that_times_the_identity(make):
    problem = make.problem(np.random.default_rng(0).normal(size=(20, 2)), "VVV", 2)
    number, matrix = (
        with_prior(problem, ConjugatePrior(scale=scale), Team()).pseudo_rows
        for scale in (0.5, 0.5 * np.eye(2))
    )
    np.testing.assert_array_equal(number.scatter, matrix.scatter)


def test_families_without_correlations_take_from_a_given_scale_what_they_have(make):
    problem = make.problem(np.random.default_rng(0).normal(size=(20, 3)), "VVI", 2)
    for code, expected in (("VVI", [2.0, 1.0, 0.5]), ("VII", [3.5 / 3.0])):
        family = FAMILIES[code]
        settled = with_prior(problem, GIVEN, Team(), [family]).prior
        found = settled.pseudo_rows(family, np.array([2])).scatter
        np.testing.assert_allclose(found, [expected, expected], rtol=1e-15)


def test_a_component_without_rows_is_where_the_prior_is(make):
    _, _, problem, statistics = _setting(make, "VVV", GIVEN)
    mass = statistics.mass * np.array([1.0, 1.0, 0.0])
    statistics = replace(statistics, mass=mass, shift=statistics.shift * (mass > 0.0)[:, None])
    statistics = replace(statistics, scatter=statistics.scatter * (mass > 0.0)[:, None])
    found = problem.maximize(statistics)
    np.testing.assert_allclose(found.means[2], GIVEN.mean, rtol=1e-12)
    np.testing.assert_allclose(found.covariances.dense()[2], SCALE / (7.0 + 5.0), rtol=1e-9)


def test_the_default_scale_is_the_rows_covariance_also_with_gaps(make):
    rng = np.random.default_rng(3)
    X = rng.multivariate_normal([1.0, -2.0, 0.0], SCALE, size=4000)
    whole = with_prior(make.problem(X, "VVV", 2), ConjugatePrior(), Team()).prior
    np.testing.assert_allclose(whole.covariance, np.cov(X.T), rtol=1e-10)
    X[rng.random(X.shape) < 0.2] = np.nan
    gappy = with_prior(make.problem(X, "VVV", 2), ConjugatePrior(), Team()).prior
    unit = np.sqrt(np.outer(np.diag(SCALE), np.diag(SCALE)))
    assert (np.abs(gappy.covariance - whole.covariance) < 0.1 * unit).all()
