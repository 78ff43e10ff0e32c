"""Student t's in the one loop."""

from dataclasses import replace

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES, family_named
from gaussmix.data import ArraySource, Details, survey
from gaussmix.em import Problem, fit_assignment, run, with_filler, with_prior
from gaussmix.em.saddle import coincide
from gaussmix.execution import Team, team
from gaussmix.maximization import ConjugatePrior, Fixed

CODES = tuple(FAMILIES)


def _clusters(n_each, dofs, n_features=2, seed=0, gaps=0.0):
    """Rows of t's side by side, and which they are of."""
    rng = np.random.default_rng([seed, n_each])
    X = []
    for k, dof in enumerate(dofs):
        z = rng.normal(size=(n_each, n_features)) @ (
            np.eye(n_features) + 0.4 * rng.normal(size=(n_features, n_features))
        )
        X.append(7.0 * k + z / np.sqrt(rng.chisquare(dof, size=(n_each, 1)) / dof))
    X = np.concatenate(X)
    X[rng.random(X.shape) < gaps] = np.nan
    return X, np.repeat(np.arange(len(dofs)), n_each)


def _problem(X, name, n_components, weight=None, reg_covar=1e-6, **more):
    source = ArraySource(X, Details(weight))
    facts = survey(source, Team())
    problem = Problem(source, facts, family_named(name), n_components, reg_covar, is_student=True)
    return with_filler(replace(problem, **more), Team())


def _fit(problem, labels, tol=1e-9, max_iter=400, threads=None):
    threads = threads or Team()
    start = fit_assignment(problem, problem, labels, threads)
    return run(problem, start, threads, tol=tol, max_iter=max_iter)


@pytest.mark.parametrize("name", [*CODES, "factor:1", "factor_CCU:1"])
@pytest.mark.parametrize("gaps", [0.0, 0.25])
def test_the_objective_never_falls(tolerance, name, gaps):
    X, labels = _clusters(120, (1.5, 8.0, 60.0), 3, gaps=gaps)
    weight = np.random.default_rng(1).exponential(size=len(X))
    weight[::9] = 0.0
    problem = _problem(X, name, 3, weight, reg_covar=1e-3)
    fit = _fit(problem, labels, tol=0.0, max_iter=30)
    assert np.diff(fit.objectives).min() >= -tolerance.fall
    assert fit.objectives[-1] > fit.objectives[0] + 1e-3


@pytest.mark.parametrize("name", CODES)
def test_the_objective_with_a_prior_never_falls(tolerance, name):
    X, labels = _clusters(60, (1.2, 20.0), 3, seed=2)
    prior = ConjugatePrior(shrinkage=5.0)
    problem = with_prior(_problem(X, name, 2, reg_covar=0.0), prior, Team())
    fit = _fit(problem, labels, tol=0.0, max_iter=40)
    assert np.diff(fit.objectives).min() >= -tolerance.fall


def test_degrees_of_freedom_of_known_clusters_are_found():
    X, labels = _clusters(6_000, (2.0, 5.0, 15.0))
    fit = _fit(_problem(X, "full", 3), labels)
    np.testing.assert_allclose(fit.components.dof, [2.0, 5.0, 15.0], rtol=0.15)
    np.testing.assert_allclose(fit.components.means, [[0.0] * 2, [7.0] * 2, [14.0] * 2], atol=0.1)


def test_gaussian_rows_are_fitted_as_gaussians_would():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(1500, 2)), rng.normal(size=(1500, 2)) + 8.0])
    labels = np.repeat([0, 1], 1500)
    problem = _problem(X, "full", 2)
    fit = _fit(problem, labels)
    gaussian = _fit(replace(problem, is_student=False), labels)
    assert fit.n_iter < 60
    assert fit.components.dof.min() > 50.0
    np.testing.assert_allclose(fit.components.means, gaussian.components.means, atol=0.02)
    assert fit.objective == pytest.approx(gaussian.objective, abs=1e-3)


@pytest.mark.parametrize("name", ["full", "diag", "VEE"])
def test_units_do_not_matter(name):
    X, labels = _clusters(150, (2.0, 9.0), 3)
    scale, move = np.array([1e-6, 1.0, 1e5]), np.array([1.0, -3.0, 1e7])
    if name == "VEE":
        scale = np.full(3, 1e4)
    one = _fit(_problem(X, name, 2), labels).components
    other = _fit(_problem(X * scale + move, name, 2), labels).components
    np.testing.assert_allclose(other.dof, one.dof, rtol=1e-4)
    np.testing.assert_allclose((other.means - move) / scale, one.means, atol=1e-4)
    variances = other.covariances.variances / scale**2
    np.testing.assert_allclose(variances, one.covariances.variances, rtol=1e-4)


def test_a_row_of_weight_two_is_the_row_twice():
    X, labels = _clusters(80, (2.0, 9.0))
    weight = np.random.default_rng(0).integers(0, 3, size=len(X)).astype(float)
    one = _fit(_problem(X, "full", 2, weight), labels)
    times = weight.astype(int)
    other = _fit(_problem(np.repeat(X, times, axis=0), "full", 2), np.repeat(labels, times))
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9)
    np.testing.assert_allclose(one.components.dof, other.components.dof, rtol=1e-4)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_any_number_of_threads_has_the_same_bits(gaps):
    X, labels = _clusters(18_000, (2.0, 9.0), 6, gaps=gaps)
    problem = _problem(X, "full", 2)
    assert problem.n_blocks > 1
    ends = []
    for n_jobs in (1, 2, 3):
        with team(n_jobs) as threads:
            ends.append(_fit(problem, labels, tol=0.0, max_iter=3, threads=threads).components)
    for end in ends[1:]:
        np.testing.assert_array_equal(end.dof, ends[0].dof)
        np.testing.assert_array_equal(end.means, ends[0].means)
        np.testing.assert_array_equal(end.covariances.dense(), ends[0].covariances.dense())


def test_what_is_fixed_stays():
    X, labels = _clusters(100, (2.0, 9.0))
    free = _fit(_problem(X, "full", 2), labels).components
    matrices = FAMILIES["VVV"].nearest(np.tile(np.eye(2), (2, 1, 1)))
    fixed = Fixed(
        means=np.array([[0.0, 0.0], [np.nan, np.nan]]),
        covariances=matrices,
        has_covariance=np.array([True, False]),
    )
    problem = _problem(X, "full", 2, fixed=fixed)
    fit = _fit(problem, labels, tol=0.0, max_iter=40)
    assert np.diff(fit.objectives).min() >= -1e-10
    np.testing.assert_array_equal(fit.components.means[0], [0.0, 0.0])
    np.testing.assert_allclose(fit.components.covariances.dense()[0], np.eye(2), atol=1e-12)
    np.testing.assert_allclose(fit.components.means[1], free.means[1], atol=0.1)


def test_each_component_has_one_free_parameter_more():
    X, _ = _clusters(20, (3.0, 3.0))
    problem = _problem(X, "full", 2)
    assert problem.n_free == replace(problem, is_student=False).n_free + 2


def test_components_of_other_tails_do_not_coincide(make):
    one = make.components("VVV", 1, 2)
    both = replace(
        one,
        weights=np.full(2, 0.5),
        means=np.tile(one.means, (2, 1)),
        covariances=one.covariances.take(np.array([0, 0])),
    )
    assert coincide(replace(both, dof=np.array([3.0, 3.0])))
    assert not coincide(replace(both, dof=np.array([3.0, 30.0])))


def test_outliers_pull_no_mean_away():
    rng = np.random.default_rng(4)
    truth = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    clusters = np.concatenate([rng.normal(size=(150, 2)) + place for place in truth])
    X = np.concatenate([clusters, rng.uniform(-50.0, 50.0, size=(50, 2))])
    labels = np.concatenate([np.repeat([0, 1, 2], 150), rng.integers(3, size=50)])
    student = _fit(_problem(X, "full", 3), labels, tol=1e-8).components
    gaussian = _fit(_problem(X, "full", 3, is_student=False), labels, tol=1e-8).components
    assert np.abs(student.means - truth).max() < 0.4
    assert np.abs(gaussian.means - truth).max() > 3.0
