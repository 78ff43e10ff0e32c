import numpy as np
import pytest

from gaussmix.em import Progress


def _after(objectives, tol):
    """Progress after each objective."""
    progress, seen = Progress(), []
    for objective in objectives:
        progress = progress.after(objective, tol)
        seen.append(progress)
    return seen


def test_a_fresh_progress_has_not_converged():
    assert not Progress().has_converged(1.0)
    assert not Progress().after(-3.0, 1.0).has_converged(1.0)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9, 0.999])
def test_remaining_gain_of_a_linear_sequence_is_exact(rate):
    objectives = -4.0 - rate ** np.arange(12)
    for progress, objective in list(zip(_after(objectives, 1e-9), objectives, strict=True))[2:]:
        assert progress.remaining == pytest.approx(-4.0 - objective, rel=1e-4, abs=1e-11)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9, 0.999])
def test_a_linear_sequence_converges_once_the_remaining_gain_is_below_tol_twice(rate):
    tol = 1.3e-4
    objectives = -4.0 - rate ** np.arange(20_000 if rate > 0.99 else 200)
    stop = next(i for i, p in enumerate(_after(objectives, tol)) if p.has_converged(tol))
    below = int(np.argmax(-4.0 - objectives < tol))
    assert stop == max(below, 2) + 1
    assert -4.0 - objectives[stop] < tol


def test_small_gains_of_a_slow_sequence_do_not_stop_it():
    """Gains below tol with most of the way still to go: where a plain test on gains stops."""
    objectives = -4.0 - 0.999 ** np.arange(300)
    assert np.diff(objectives).max() < 1e-2
    assert not any(p.has_converged(1e-2) for p in _after(objectives, 1e-2))


@pytest.mark.parametrize("rate", [1.0, 1.01, 1.5])
def test_a_sequence_leaving_a_saddle_never_converges(rate):
    gains = 1e-8 * rate ** np.arange(30)
    objectives = -1.0 + np.concatenate([[0.0], np.cumsum(gains)])
    # Gains that stay equal show a rate a hair below one by rounding: estimated gain is large.
    assert not any(p.has_converged(1e-6) for p in _after(objectives, 1e-6)[:30])


def test_a_gain_at_rounding_converges_even_where_the_rate_says_nothing():
    seen = _after([-2.0, -1.0, -1.0], 1e-3)
    assert seen[-1].has_converged(1e-3)
    seen = _after([-2.0, -1.0, -1.0 - 1e-15], 1e-3)
    assert seen[-1].has_converged(1e-3)


def test_one_calm_iteration_is_not_enough():
    seen = _after([-3.0, -2.0, -2.0 + 1e-6, -1.5, -1.4], 1e-3)
    assert seen[2].remaining < 1e-3
    assert not any(p.has_converged(1e-3) for p in seen)


@pytest.mark.parametrize("objectives", [[-2.0, -1.0, -1.0, -1.0], [-1.0, -1.0, -1.0]])
def test_tol_zero_never_converges(objectives):
    assert not any(p.has_converged(0.0) for p in _after(objectives, 0.0))


def test_a_fall_is_not_convergence():
    seen = _after([-1.0, -0.5, -0.7, -0.8, -0.85], 1e-1)
    assert not any(p.has_converged(1e-1) for p in seen)
