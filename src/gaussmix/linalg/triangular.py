"""Cholesky factors of stacks of matrices, their inverses and determinants."""

import numpy as np
from scipy.linalg import lapack

from gaussmix._typing import BoolArray, FloatArray
from gaussmix.linalg.small import invert_side_by_side

#: Matrices of no more rows than this, and more than four times as many of them as rows, are
#: inverted side by side: one call of LAPACK for each would take longer.
_SMALL = 12


class NotPositiveDefinite(Exception):
    """Matrix number `index` of a stack has no Cholesky factor."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


def cholesky(matrices: FloatArray) -> FloatArray:
    """Lower factors (K, D, D) of symmetric positive definite matrices (K, D, D).

    Raises
    ------
    NotPositiveDefinite
        Naming the first matrix that has none.
    """
    try:
        factors = np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        raise NotPositiveDefinite(_first_without_factor(matrices)) from None
    lost = ~np.isfinite(factors).all(axis=(-2, -1))
    if lost.any():
        raise NotPositiveDefinite(int(np.argmax(lost)))
    return np.asarray(factors)


def are_positive_definite(matrices: FloatArray) -> BoolArray:
    """Which of the symmetric matrices (K, D, D) have a Cholesky factor, (K,)."""
    try:
        np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.eigvalsh(matrices)[:, 0] > 0.0)
    return np.ones(len(matrices), dtype=np.bool_)


def _first_without_factor(matrices: FloatArray) -> int:
    """Number of the first matrix of the stack that has no Cholesky factor.

    On the edge of having one it may have one alone and none in the stack: then it is the flattest.
    """
    for index, matrix in enumerate(matrices):
        factor, info = lapack.dpotrf(matrix, lower=1)
        if info != 0 or not np.isfinite(np.diagonal(factor)).all():
            return index
    values = np.linalg.eigvalsh(matrices)
    return int(np.argmin(values[:, 0] / values[:, -1]))


def invert_lower(factors: FloatArray) -> FloatArray:
    """Inverses (K, D, D) of lower triangular matrices (K, D, D)."""
    n_rows = factors.shape[-1]
    if 0 < n_rows <= _SMALL and len(factors) > 4 * n_rows:
        return invert_side_by_side(factors)
    inverses = np.empty_like(factors)
    if factors.size == 0:  # LAPACK refuses matrices without rows
        return inverses
    for index, factor in enumerate(factors):
        # The inverse of the transposed view is the transposed inverse, and saves a copy.
        inverses[index] = lapack.dtrtri(factor.T, lower=0)[0].T
    return inverses


def log_det(factors: FloatArray) -> FloatArray:
    """Log-determinants (K,) of the matrices whose lower factors (K, D, D) are given."""
    diagonals = np.diagonal(factors, axis1=-2, axis2=-1)
    return np.asarray(2.0 * np.log(diagonals).sum(axis=-1))
