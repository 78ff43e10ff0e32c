import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, survey
from gaussmix.density import Components
from gaussmix.em import Problem, run
from gaussmix.errors import CollapsedComponent, Status
from gaussmix.execution import Team, team

CODES = tuple(FAMILIES)


def _blobs(make, code="VVV", n_rows=300):
    truth = make.components("VVV", 3, 2, seed=3, spread=4.0)
    X = make.rows(truth, n_rows, seed=3)
    return X, make.start(code, X, 3, seed=5)


@pytest.mark.parametrize("code", CODES)
def test_convergence_leaves_less_than_about_tol_to_gain(make, code):
    X, start = _blobs(make, code)
    problem = make.problem(X, code, 3)
    fit = run(problem, start, Team(), tol=1e-6, max_iter=2000)
    assert fit.status is Status.CONVERGED
    assert fit.n_iter < 2000
    onward = run(problem, fit.components, Team(), tol=0.0, max_iter=500)
    assert onward.objective - fit.objective < 5e-6


def test_max_iter_ends_a_run_that_has_not_converged(make):
    X, start = _blobs(make)
    fit = run(make.problem(X, "VVV", 3), start, Team(), tol=1e-12, max_iter=3)
    assert fit.status is Status.MAX_ITER
    assert fit.n_iter == 3


@pytest.mark.parametrize("code", CODES)
def test_two_short_runs_are_one_long_run(make, code):
    X, start = _blobs(make, code)
    problem = make.problem(X, code, 3)
    whole = run(problem, start, Team(), tol=0.0, max_iter=9)
    first = run(problem, start, Team(), tol=0.0, max_iter=4)
    second = run(problem, first.components, Team(), tol=0.0, max_iter=5, progress=first.progress)
    np.testing.assert_allclose(first.objectives + second.objectives, whole.objectives, atol=1e-12)
    np.testing.assert_allclose(second.components.means, whole.components.means, atol=1e-9)


def test_a_warm_start_at_the_optimum_stops_at_once(make):
    X, start = _blobs(make)
    problem = make.problem(X, "VVV", 3)
    fit = run(problem, start, Team(), tol=1e-4, max_iter=2000)
    again = run(problem, fit.components, Team(), tol=1e-4, max_iter=2000, progress=fit.progress)
    assert again.status is Status.CONVERGED
    assert again.n_iter <= 2


def test_callback_sees_each_iteration_and_a_true_answer_stops(make):
    X, start = _blobs(make)
    seen = []

    def callback(iteration):
        seen.append(iteration)
        return iteration.number == 4

    fit = run(make.problem(X, "VVV", 3), start, Team(), tol=0.0, max_iter=50, callback=callback)
    assert fit.status is Status.STOPPED
    assert [i.number for i in seen] == [1, 2, 3, 4]
    assert [i.objective for i in seen] == list(fit.objectives)
    np.testing.assert_array_equal(seen[-1].components.means, fit.components.means)
    np.testing.assert_allclose([i.gain for i in seen[1:]], np.diff(fit.objectives), atol=1e-15)


def test_an_interrupt_keeps_the_parameters_reached(make):
    X, start = _blobs(make)

    def interrupt(iteration):
        if iteration.number == 3:
            raise KeyboardInterrupt

    alone = Team()
    fit = run(make.problem(X, "VVV", 3), start, alone, tol=0.0, max_iter=50, callback=interrupt)
    assert fit.status is Status.STOPPED
    assert fit.n_iter == 3
    assert alone.interrupted.is_set()


def test_a_team_that_was_interrupted_stops_after_one_iteration(make):
    X, start = _blobs(make)
    alone = Team()
    alone.interrupted.set()
    fit = run(make.problem(X, "VVV", 3), start, alone, tol=0.0, max_iter=50)
    assert fit.status is Status.STOPPED
    assert fit.n_iter == 1


@pytest.mark.parametrize("code", CODES)
def test_runs_have_the_same_bits_for_any_number_of_threads(make, code):
    X, start = _blobs(make, code, n_rows=240_000)
    fits = []
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            source = ArraySource(X)
            problem = Problem(source, survey(source, workers), FAMILIES[code], 3, 1e-6)
            assert problem.n_blocks > 2
            fits.append(run(problem, start, workers, tol=0.0, max_iter=3))
    for fit in fits[1:]:
        assert fit.objectives == fits[0].objectives
        np.testing.assert_array_equal(fit.components.means, fits[0].components.means)
        np.testing.assert_array_equal(
            fit.components.covariances.dense(), fits[0].components.covariances.dense()
        )


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_a_collapse_without_penalty_raises(make, code):
    X = np.random.default_rng(0).normal(size=(60, 2))
    X[:5] = [20.0, 20.0]
    start = Components(
        np.array([0.1, 0.9]),
        np.array([[20.0, 20.0], [0.0, 0.0]]),
        FAMILIES[code].nearest(np.array([np.eye(2)] * 2)),
    )
    with pytest.raises(CollapsedComponent, match="ill-defined empirical covariance") as caught:
        run(make.problem(X, code, 2, reg_covar=0.0), start, Team(), tol=0.0, max_iter=50)
    assert caught.value.component == 0
    assert caught.value.mass == pytest.approx(5.0)
    fit = run(make.problem(X, code, 2, reg_covar=1e-6), start, Team(), tol=0.0, max_iter=50)
    assert fit.mass[0] == pytest.approx(5.0)
    assert np.diff(fit.objectives).min() > -2e-8


@pytest.mark.parametrize("code", CODES)
def test_a_component_that_no_row_belongs_to_stays_empty(make, code):
    """Its responsibilities underflow, so its weight becomes exactly zero."""
    X = np.random.default_rng(1).normal(size=(101, 2))
    X = np.concatenate([X, X[:100] + 6.0])
    start = Components(
        np.full(3, 1.0 / 3.0),
        np.array([[0.0, 0.0], [6.0, 6.0], [1e4, 1e4]]),
        FAMILIES[code].nearest(np.array([np.eye(2)] * 3)),
    )
    fit = run(make.problem(X, code, 3), start, Team(), tol=0.0, max_iter=10)
    assert fit.components.weights[2] == 0.0
    assert fit.mass[2] == 0.0
    assert np.isfinite(fit.objectives).all()
    np.testing.assert_allclose(fit.components.weights[:2], 0.5, atol=0.02)


def test_components_that_are_wide_enough_take_the_fast_kernel(make):
    X, start = _blobs(make)
    fit = run(make.problem(X, "VVV", 3), start, Team(), tol=0.0, max_iter=5)
    assert fit.n_exact == 0


def test_fits_order_can_be_changed(make):
    X, start = _blobs(make)
    fit = run(make.problem(X, "VVV", 3), start, Team(), tol=0.0, max_iter=5)
    order = np.array([1, 2, 0])
    np.testing.assert_array_equal(fit.take(order).components.means, fit.components.means[order])
    np.testing.assert_array_equal(fit.take(order).mass, fit.mass[order])
    assert fit.take(order).objectives == fit.objectives
