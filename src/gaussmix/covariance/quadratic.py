"""The three spaces of quadratic features that Gaussian log densities are linear in.

A symmetric matrix A acts on a point x as a sum over features, x'Ax = a . q(x):

=========  ======================  =============================  ====================
space      features q(x)           coefficients a                 for matrices that are
=========  ======================  =============================  ====================
`PACKED`   x_i x_j, i <= j         A_ii, 2 A_ij                   any
`SQUARES`  x_i^2                   A_ii                           diagonal
`RADIAL`   |x|^2                   A_11                           multiples of the identity
=========  ======================  =============================  ====================

Every scatter is stored by its sums of features: (..., Q) with Q = D(D+1)/2, D or 1.
"""

from abc import ABC, abstractmethod
from functools import lru_cache

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.linalg import are_positive_definite, pack, packed_size, triangle, unpack


class Quadratic(ABC):
    """One space of quadratic features."""

    #: What its one instance is called in this file, by which it is pickled.
    name: str
    #: Whether its matrices are diagonal, so that columns are independent of each other.
    along_axes = True

    def __reduce__(self) -> str:
        return self.name

    @abstractmethod
    def size(self, n_features: int) -> int:
        """Number Q of features of a point with D = `n_features` coordinates."""

    @abstractmethod
    def of(self, points: FloatArray) -> FloatArray:
        """Features (..., Q) of points (..., D)."""

    @abstractmethod
    def of_matrices(self, matrices: FloatArray) -> FloatArray:
        """Sums (..., Q) of scatter matrices (..., D, D), dropping what Q has no room for."""

    @abstractmethod
    def of_diagonals(self, variances: FloatArray) -> FloatArray:
        """Sums (..., Q) of diagonal scatter matrices, of which the diagonals (..., D) are given."""

    def each(self, k: int) -> "Quadratic":
        """The features of component k."""
        return self

    def take(self, order: IntArray) -> "Quadratic":
        """The features of the components of the given numbers."""
        return self

    def gather(self, sums: FloatArray, x: FloatArray, resp: FloatArray) -> FloatArray:
        """Sums (K, Q) of features from sums (K, rows) over written rows of x (D, B).

        The rows count with responsibilities (K, B).
        """
        return self.collect(sums, len(x))

    def are_definite(self, sums: FloatArray, n_features: int) -> BoolArray:
        """Which scatters of sums (T, Q) are positive definite, (T,).

        Only of the three constant spaces: sums along projections cannot tell.
        """
        raise NotImplementedError  # stacks, which ask, refuse other spaces (`Ground.carries`)

    @abstractmethod
    def rows(self, n_features: int) -> int:
        """Rows that `write` fills: Q, or a few more where that needs fewer calls."""

    @abstractmethod
    def write(self, x: FloatArray, out: FloatArray) -> None:
        """Write the features of x (D, B) into out (rows, B)."""

    @abstractmethod
    def spread(self, coefficients: FloatArray, n_features: int) -> FloatArray:
        """Coefficients (..., Q) of features as coefficients (..., rows) of written rows."""

    @abstractmethod
    def collect(self, sums: FloatArray, n_features: int) -> FloatArray:
        """Sums (..., rows) over written rows as sums (..., Q) of features."""

    @abstractmethod
    def weighted(self, x: FloatArray, weight: FloatArray) -> FloatArray:
        """Sum over b of weight_b q(x_b), (Q,), for x (D, B)."""


def _panel(n_features: int) -> int:
    """Coordinates multiplied in one call of `_Packed.write`.

    A panel wastes the half below its diagonal but saves calls, and each call hands the
    interpreter from thread to thread; with many coordinates a call is long anyway.
    """
    return 2 if n_features <= 16 else 1


@lru_cache(maxsize=64)
def _written(n_features: int) -> tuple[IntArray, IntArray] | None:
    """For each packed entry its written row; for each written row its entry or -1.

    None when the two orders are the same.
    """
    panel = _panel(n_features)
    if panel == 1 or n_features == 0:
        return None
    entry = np.full((n_features, n_features), -1)
    entry[triangle(n_features)] = np.arange(packed_size(n_features))
    blocks = [entry[i : i + panel, i:].ravel() for i in range(0, n_features, panel)]
    entry_of_row = np.concatenate(blocks)
    row_of_entry = np.empty(packed_size(n_features), dtype=np.intp)
    row_of_entry[entry_of_row[entry_of_row >= 0]] = np.flatnonzero(entry_of_row >= 0)
    return row_of_entry, entry_of_row


class _Packed(Quadratic):
    name = "PACKED"
    along_axes = False

    def size(self, n_features: int) -> int:
        return packed_size(n_features)

    def of(self, points: FloatArray) -> FloatArray:
        rows, columns = triangle(points.shape[-1])
        return np.asarray(points[..., rows] * points[..., columns])

    def of_matrices(self, matrices: FloatArray) -> FloatArray:
        return pack(matrices)

    def are_definite(self, sums: FloatArray, n_features: int) -> BoolArray:
        return are_positive_definite(unpack(sums, n_features))

    def of_diagonals(self, variances: FloatArray) -> FloatArray:
        return pack(variances[..., None] * np.eye(variances.shape[-1]))

    def rows(self, n_features: int) -> int:
        written = _written(n_features)
        return packed_size(n_features) if written is None else len(written[1])

    def write(self, x: FloatArray, out: FloatArray) -> None:
        n_features, n_rows = x.shape
        panel = _panel(n_features)
        row = 0
        for i in range(0, n_features, panel):
            left = x[i : i + panel]
            shape = (len(left), n_features - i)
            end = row + shape[0] * shape[1]
            # Splitting the first axis of a slice with contiguous rows never copies.
            target = out[row:end].reshape(*shape, n_rows)
            np.multiply(left[:, None], x[i:], out=target)
            row = end

    def spread(self, coefficients: FloatArray, n_features: int) -> FloatArray:
        written = _written(n_features)
        if written is None:
            return coefficients
        row_of_entry, entry_of_row = written
        spread = np.zeros((*coefficients.shape[:-1], len(entry_of_row)))
        spread[..., row_of_entry] = coefficients
        return spread

    def collect(self, sums: FloatArray, n_features: int) -> FloatArray:
        written = _written(n_features)
        return sums if written is None else sums[..., written[0]]

    def weighted(self, x: FloatArray, weight: FloatArray) -> FloatArray:
        rows, columns = triangle(len(x))
        return np.asarray(((x * weight) @ x.T)[rows, columns])


class _Squares(Quadratic):
    name = "SQUARES"

    def size(self, n_features: int) -> int:
        return n_features

    def of(self, points: FloatArray) -> FloatArray:
        return np.asarray(points * points)

    def of_matrices(self, matrices: FloatArray) -> FloatArray:
        return np.asarray(np.diagonal(matrices, axis1=-2, axis2=-1))

    def are_definite(self, sums: FloatArray, n_features: int) -> BoolArray:
        return np.asarray((sums > 0.0).all(axis=1))

    def of_diagonals(self, variances: FloatArray) -> FloatArray:
        return variances

    def rows(self, n_features: int) -> int:
        return n_features

    def write(self, x: FloatArray, out: FloatArray) -> None:
        np.multiply(x, x, out=out)

    def spread(self, coefficients: FloatArray, n_features: int) -> FloatArray:
        return coefficients

    def collect(self, sums: FloatArray, n_features: int) -> FloatArray:
        return sums

    def weighted(self, x: FloatArray, weight: FloatArray) -> FloatArray:
        return np.asarray((x * x) @ weight)


class _Radial(Quadratic):
    name = "RADIAL"

    def size(self, n_features: int) -> int:
        return 1

    def of(self, points: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("...d,...d->...", points, points)[..., None])

    def of_matrices(self, matrices: FloatArray) -> FloatArray:
        return np.asarray(np.trace(matrices, axis1=-2, axis2=-1)[..., None])

    def are_definite(self, sums: FloatArray, n_features: int) -> BoolArray:
        return np.asarray((sums > 0.0).all(axis=1))

    def of_diagonals(self, variances: FloatArray) -> FloatArray:
        return np.asarray(variances.sum(axis=-1, keepdims=True))

    def rows(self, n_features: int) -> int:
        return 1

    def write(self, x: FloatArray, out: FloatArray) -> None:
        np.einsum("db,db->b", x, x, out=out[0])

    def spread(self, coefficients: FloatArray, n_features: int) -> FloatArray:
        return coefficients

    def collect(self, sums: FloatArray, n_features: int) -> FloatArray:
        return sums

    def weighted(self, x: FloatArray, weight: FloatArray) -> FloatArray:
        return np.array([np.einsum("db,db,b->", x, x, weight)])


class _LowRank(_Squares):
    """The squares of matrices that are a diagonal and a product of low rank.

    What the product adds is summed along directions; see `Projected`.
    """

    name = "LOW_RANK"
    along_axes = False


PACKED: Quadratic = _Packed()
SQUARES: Quadratic = _Squares()
RADIAL: Quadratic = _Radial()
LOW_RANK: Quadratic = _LowRank()
