"""The loop against ten lines of numpy."""

import numpy as np
import pytest

from gaussmix.em import run
from gaussmix.execution import Team

SIX = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize(("n_features", "reg_covar"), [(1, 0.0), (2, 1e-2), (5, 1e-6)])
@pytest.mark.parametrize("weighted", [False, True])
def test_run_equals_brute_force(make, brute, tolerance, code, *, n_features, reg_covar, weighted):
    truth = make.components(code, 3, n_features, seed=1)
    X = make.rows(truth, 120, seed=2)
    start = make.start(code, X, 3, seed=3)
    weight = np.random.default_rng(4).uniform(0.2, 3.0, len(X)) if weighted else np.ones(len(X))

    problem = make.problem(X, code, 3, weight=weight if weighted else None, reg_covar=reg_covar)
    fit = run(problem, start, Team(), tol=0.0, max_iter=8)
    weights, means, matrices, objectives = brute.em(
        code, X, start, 8, weight=weight, reg_covar=reg_covar
    )

    near = {"rtol": tolerance.trajectory, "atol": tolerance.trajectory}
    np.testing.assert_allclose(fit.components.weights, weights, **near)
    np.testing.assert_allclose(fit.components.means, means, **near)
    np.testing.assert_allclose(fit.components.covariances.dense(), matrices, **near)
    np.testing.assert_allclose(fit.objectives, objectives, atol=10 * tolerance.certified)


@pytest.mark.parametrize("code", SIX)
def test_log_likelihood_is_that_of_the_returned_parameters(make, brute, tolerance, code):
    X = make.rows(make.components(code, 2, 3, seed=5), 90, seed=6)
    problem = make.problem(X, code, 2, reg_covar=1e-2)
    start = make.start(code, X, 2, seed=7)
    fit = run(problem, start, Team(), tol=0.0, max_iter=3)
    found = fit.components
    joint = brute.log_joint(found.weights, found.means, found.covariances.dense(), X)
    expected = np.logaddexp.reduce(joint, axis=1).sum()
    assert abs(fit.log_likelihood - expected) <= len(X) * tolerance.certified
    assert fit.objective < expected / len(X)
    assert fit.objective == fit.objectives[-1]
