"""Stacks of many small matrices, worked on side by side: loops run over rows, not matrices."""

import numpy as np

from gaussmix._typing import FloatArray


def factor_of_roots(roots: FloatArray) -> FloatArray:
    """Lower factors L (K, D, D), of positive diagonal, with L L' = F F' for given F (K, D, D).

    By Gram and Schmidt's orthogonalisation of the rows, one after the other, which loses no
    digits of L however unequal the columns of F are.
    """
    rest = np.ascontiguousarray(roots.transpose(1, 2, 0))
    factors = np.zeros_like(rest)
    for i in range(len(rest)):
        length = np.sqrt(np.einsum("jk,jk->k", rest[i], rest[i]))
        unit = rest[i] / length
        factors[i, i] = length
        factors[i + 1 :, i] = np.einsum("ijk,jk->ik", rest[i + 1 :], unit)
        rest[i + 1 :] -= factors[i + 1 :, i, None] * unit
    return np.ascontiguousarray(factors.transpose(2, 0, 1))


def invert_side_by_side(factors: FloatArray) -> FloatArray:
    """Inverses (K, D, D) of lower triangular matrices (K, D, D), row after row."""
    rows = np.ascontiguousarray(factors.transpose(1, 2, 0))
    inverses = np.zeros_like(rows)
    for i in range(len(rows)):
        inverses[i, i] = 1.0 / rows[i, i]
        inverses[i, :i] = np.einsum("jk,jik->ik", rows[i, :i], inverses[:i, :i])
        inverses[i, :i] *= -inverses[i, i]
    return np.ascontiguousarray(inverses.transpose(2, 0, 1))
