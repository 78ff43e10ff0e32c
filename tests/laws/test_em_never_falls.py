"""The penalised objective never falls."""

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.density import Components
from gaussmix.em import fit_assignment, run
from gaussmix.execution import Team

PLACES = {"plain": (0.0, 1.0), "offset": (1e8, 1.0), "tiny": (0.0, 1e-8), "huge": (0.0, 1e8)}


def _rows(make, n_features: int, seed: int, n_rows: int = 250):
    truth = make.components("VVV", 4, n_features, seed=seed, condition=100.0)
    return make.rows(truth, n_rows, seed=seed)


def _start(problem, seed: int) -> Components:
    rng = np.random.default_rng(seed)
    answer = rng.dirichlet(np.full(problem.n_components, 0.3), size=problem.source.n_rows)
    return fit_assignment(problem, problem, answer, Team())


@pytest.mark.parametrize("code", tuple(FAMILIES))
@pytest.mark.parametrize("place", tuple(PLACES))
@pytest.mark.parametrize("reg_covar", [0.0, 1e-6, 1e-2])
def test_penalised_objective_never_falls(make, tolerance, code, place, reg_covar):
    offset, scale = PLACES[place]
    for seed in range(3):
        X = _rows(make, 3, seed) * scale + offset
        problem = make.problem(X, code, 3, reg_covar=reg_covar)
        fit = run(problem, _start(problem, seed), Team(), tol=0.0, max_iter=40)
        gains = np.diff(fit.objectives)
        assert gains.min() >= -tolerance.fall
        assert fit.objectives[-1] > fit.objectives[0] + 1e-5


@pytest.mark.parametrize("code", tuple(FAMILIES))
def test_penalised_objective_never_falls_towards_a_collapse(make, tolerance, code):
    rng = np.random.default_rng(11)
    X = rng.normal(size=(80, 2))
    X[:6] = X[0]
    problem = make.problem(X, code, 4, reg_covar=1e-6)
    labels = np.minimum(np.arange(80) // 6, 3)
    start = fit_assignment(problem, problem, labels, Team())
    fit = run(problem, start, Team(), tol=0.0, max_iter=60)
    assert np.diff(fit.objectives).min() >= -tolerance.fall
    assert np.isfinite(fit.objectives).all()


@pytest.mark.parametrize("code", tuple(FAMILIES))
def test_penalised_objective_never_falls_with_weights_and_heavy_tails(make, tolerance, code):
    rng = np.random.default_rng(12)
    X = rng.standard_t(1.5, size=(400, 4))
    weight = rng.exponential(size=400)
    weight[::7] = 0.0
    problem = make.problem(X, code, 5, weight=weight, reg_covar=1e-6)
    fit = run(problem, _start(problem, 12), Team(), tol=0.0, max_iter=60)
    assert np.diff(fit.objectives).min() >= -tolerance.fall
    assert fit.objectives[-1] > fit.objectives[0] + 1e-5


@pytest.mark.parametrize("max_iter", [1, 2, 17, 150])
def test_tol_zero_runs_exactly_max_iter(make, max_iter):
    X = _rows(make, 2, 0, n_rows=60)
    problem = make.problem(X, "EII", 2)
    fit = run(problem, _start(problem, 0), Team(), tol=0.0, max_iter=max_iter)
    assert fit.n_iter == max_iter
    assert len(fit.objectives) == max_iter
    assert fit.status == "reached max_iter"
