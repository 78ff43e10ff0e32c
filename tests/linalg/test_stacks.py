"""Stacks of matrices: what comes back solves what was asked."""

import numpy as np

from gaussmix.linalg import eigen, inverse, nearest_turn, solve, turn_to_upper


def _stack(seed=0):
    A = np.random.default_rng(seed).normal(size=(5, 4, 4))
    return A @ A.swapaxes(1, 2) + np.eye(4)


def test_solutions_and_inverses():
    A, b = _stack(), np.random.default_rng(1).normal(size=(5, 4, 2))
    np.testing.assert_allclose(A @ solve(A, b), b, atol=1e-12)
    np.testing.assert_allclose(A @ inverse(A), np.tile(np.eye(4), (5, 1, 1)), atol=1e-12)


def test_turns_keep_lengths():
    A = np.random.default_rng(2).normal(size=(5, 4, 3))
    turn, upper = turn_to_upper(A)
    np.testing.assert_allclose(turn @ upper, A, atol=1e-12)
    np.testing.assert_allclose(
        turn @ turn.swapaxes(1, 2), np.tile(np.eye(4), (5, 1, 1)), atol=1e-12
    )
    np.testing.assert_array_equal(np.tril(upper, -1), 0.0)


def test_eigenvalues_rise():
    A = _stack()
    values, vectors = eigen(A)
    assert (np.diff(values) >= 0.0).all()
    np.testing.assert_allclose((vectors * values[:, None]) @ vectors.swapaxes(1, 2), A, atol=1e-12)


def test_no_turn_is_nearer_than_the_nearest():
    rng = np.random.default_rng(4)
    A = rng.normal(size=(5, 3, 3))
    nearest = nearest_turn(A)
    np.testing.assert_allclose(
        nearest @ nearest.swapaxes(1, 2), np.tile(np.eye(3), (5, 1, 1)), atol=1e-14
    )
    away = np.square(A - nearest).sum(axis=(1, 2))
    for _ in range(50):
        other = np.linalg.qr(nearest + 0.3 * rng.normal(size=A.shape))[0]
        assert (away <= np.square(A - other).sum(axis=(1, 2)) + 1e-12).all()
