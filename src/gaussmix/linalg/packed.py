"""Symmetric matrices stored as their upper triangle, row after row."""

from functools import lru_cache

import numpy as np

from gaussmix._typing import FloatArray, IntArray


def packed_size(n: int) -> int:
    """Entries in the upper triangle of an (n, n) matrix."""
    return n * (n + 1) // 2


@lru_cache(maxsize=64)
def triangle(n: int) -> tuple[IntArray, IntArray]:
    """Row and column of each packed entry, (n(n+1)/2,) each."""
    rows, columns = np.triu_indices(n)
    rows.flags.writeable = columns.flags.writeable = False
    return rows, columns


def pack(dense: FloatArray) -> FloatArray:
    """Upper triangles (..., n(n+1)/2) of symmetric matrices (..., n, n)."""
    rows, columns = triangle(dense.shape[-1])
    return np.asarray(dense[..., rows, columns])


def unpack(packed: FloatArray, n: int) -> FloatArray:
    """Symmetric matrices (..., n, n) from their upper triangles (..., n(n+1)/2)."""
    rows, columns = triangle(n)
    dense = np.empty((*packed.shape[:-1], n, n))
    dense[..., rows, columns] = packed
    dense[..., columns, rows] = packed
    return dense
