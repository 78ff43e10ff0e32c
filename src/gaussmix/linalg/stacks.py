"""Solutions, inverses, turns and eigenvalues of matrices or stacks of them."""

import numpy as np

from gaussmix._typing import FloatArray


def solve(matrices: FloatArray, sides: FloatArray) -> FloatArray:
    """Solutions (..., m, n) for matrices (..., m, m) and right sides (..., m, n)."""
    return np.asarray(np.linalg.solve(matrices, sides), dtype=np.float64)


def inverse(matrices: FloatArray) -> FloatArray:
    """Inverses (..., m, m)."""
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def turn_to_upper(matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Orthogonal Q (..., m, m) and upper triangular R (..., m, n) whose product is given."""
    turn, upper = np.linalg.qr(matrices, mode="complete")
    return turn, upper


def eigen(matrices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rising eigenvalues (..., m) and eigenvectors (..., m, m) of symmetric matrices."""
    values, vectors = np.linalg.eigh(matrices)
    return values, vectors


def nearest_turn(matrices: FloatArray) -> FloatArray:
    """The orthogonal matrices (..., m, m) that are nearest to the given ones."""
    left, _, right = np.linalg.svd(matrices)
    return np.asarray(np.matmul(left, right))
