"""Cholesky factors of stacks of matrices, their inverses and determinants."""

import numpy as np
from scipy.linalg import lapack

from gaussmix._typing import FloatArray


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
    factors = np.empty_like(matrices)
    for index, matrix in enumerate(matrices):
        factor, info = lapack.dpotrf(matrix, lower=1, clean=1)
        if info != 0 or not np.all(np.isfinite(np.diagonal(factor))):
            raise NotPositiveDefinite(index)
        factors[index] = factor
    return factors


def invert_lower(factors: FloatArray) -> FloatArray:
    """Inverses (K, D, D) of lower triangular matrices (K, D, D)."""
    inverses = np.empty_like(factors)
    for index, factor in enumerate(factors):
        # The inverse of the transposed view is the transposed inverse, and saves a copy.
        inverses[index] = lapack.dtrtri(factor.T, lower=0)[0].T
    return inverses


def log_det(factors: FloatArray) -> FloatArray:
    """Log-determinants (K,) of the matrices whose lower factors (K, D, D) are given."""
    diagonals = np.diagonal(factors, axis1=-2, axis2=-1)
    return np.asarray(2.0 * np.log(diagonals).sum(axis=-1))
