"""Second moments along a few directions: what factor analysis needs of a scatter matrix.

Of a scatter S (D, D) only its diagonal and its products S P' with p directions P (p, D) are
kept: D (1 + p) numbers instead of D(D+1)/2. The directions may be a component's own.
"""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance.quadratic import LOW_RANK, Quadratic
from gaussmix.linalg import contract_long, eigen

#: Share of the largest eigenvalue of a Gram matrix below which others are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Projected(Quadratic):
    """Features x_i^2, then x_i (P x)_j.

    Attributes
    ----------
    directions : (K, p, D) array, or (p, D) where all components have the same
    """

    directions: FloatArray
    along_axes = False

    def __reduce__(self) -> tuple[type, tuple[FloatArray]]:  # type: ignore[override]  # no constant
        return Projected, (self.directions,)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Projected) and np.array_equal(self.directions, other.directions)
        )

    __hash__ = None  # type: ignore[assignment]  # arrays inside: equal, but not hashable

    @property
    def n_directions(self) -> int:
        """Number p of directions."""
        return int(self.directions.shape[-2])

    def parts(self, sums: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Diagonals (..., D) and products S P' (..., D, p) of scatter (..., Q)."""
        n_features = self.directions.shape[-1]
        cross = sums[..., n_features:]
        return sums[..., :n_features], cross.reshape(
            *cross.shape[:-1], n_features, self.n_directions
        )

    def size(self, n_features: int) -> int:
        return n_features * (1 + self.n_directions)

    def each(self, k: int) -> "Projected":
        return Projected(self.directions[k]) if self.directions.ndim == 3 else self

    def take(self, order: IntArray) -> "Projected":
        return Projected(self.directions[order]) if self.directions.ndim == 3 else self

    def of(self, points: FloatArray) -> FloatArray:
        along = np.matmul(self.directions, points[..., None])[..., 0]
        return self._joined(points * points, points[..., :, None] * along[..., None, :])

    def of_matrices(self, matrices: FloatArray) -> FloatArray:
        cross = np.matmul(matrices, self.directions.swapaxes(-1, -2))
        return self._joined(np.diagonal(matrices, axis1=-2, axis2=-1), cross)

    def of_diagonals(self, variances: FloatArray) -> FloatArray:
        cross = variances[..., :, None] * self.directions.swapaxes(-1, -2)
        return self._joined(variances, cross)

    def _joined(self, squares: FloatArray, cross: FloatArray) -> FloatArray:
        """Features (..., Q) from squares (..., D) and products (..., D, p)."""
        flat = cross.reshape(*cross.shape[:-2], cross.shape[-2] * cross.shape[-1])
        squares = np.broadcast_to(squares, (*flat.shape[:-1], squares.shape[-1]))
        return np.concatenate([squares, flat], axis=-1)

    def rows(self, n_features: int) -> int:
        return LOW_RANK.rows(n_features)

    def write(self, x: FloatArray, out: FloatArray) -> None:
        LOW_RANK.write(x, out)

    def spread(self, coefficients: FloatArray, n_features: int) -> FloatArray:
        return coefficients

    def collect(self, sums: FloatArray, n_features: int) -> FloatArray:
        return sums

    def gather(self, sums: FloatArray, x: FloatArray, resp: FloatArray) -> FloatArray:
        n_components, n_rows = resp.shape
        along = self.directions.reshape(-1, len(x)) @ x
        along = along.reshape(*self.directions.shape[:-1], n_rows)
        weighted = (along * resp[:, None, :]).reshape(-1, n_rows)
        cross = contract_long(x, weighted).reshape(len(x), n_components, self.n_directions)
        return self._joined(sums, cross.swapaxes(0, 1))

    def sharpened(self, scatter: FloatArray, *, in_common: bool) -> "Projected":
        """Projections on S P', which leans towards the leading principal axes of correlation.

        Parameters
        ----------
        scatter : (K, Q) array, or (Q,)
        in_common : bool
            Whether all components are to have the directions of their sum.
        """
        squares, cross = self.parts(scatter)
        return Projected(_directions(squares, cross, in_common=in_common))

    def weighted(self, x: FloatArray, weight: FloatArray) -> FloatArray:
        return self._joined(np.square(x) @ weight, x @ ((self.directions @ x) * weight).T)


def first_projections(squares: FloatArray, n_directions: int, *, in_common: bool) -> Projected:
    """Projections on as many directions, or D, as good as any; see `Projected.sharpened`.

    Parameters
    ----------
    squares : (K, D) array, or (D,)
        Diagonals of scatter.
    """
    n_features = squares.shape[-1]
    shape = (n_features, min(n_directions, n_features))
    anyhow = np.random.default_rng(n_features).standard_normal(shape)
    cross = np.broadcast_to(anyhow, (*squares.shape[:-1], *shape))
    unit = np.sqrt(np.where(squares > 0.0, squares, 1.0))
    return Projected(_directions(squares, cross * unit[..., None], in_common=in_common))


def _directions(squares: FloatArray, cross: FloatArray, *, in_common: bool) -> FloatArray:
    """Directions (..., p, D) that span S P' (..., D, p), columns in units of their spread.

    Halko, Martinsson & Tropp (2011), "Finding structure with randomness", SIAM Rev. 53, 217-288.
    """
    shape = (*cross.shape[:-2], *cross.shape[:-3:-1])
    if in_common and squares.ndim == 2:
        squares, cross = squares.sum(axis=0), cross.sum(axis=0)
    unit = np.sqrt(np.where(squares > 0.0, squares, 1.0))[..., None]
    scaled = cross / unit
    # Their lengths tell nothing, and could be far apart.
    lengths = np.sqrt(np.einsum("...dp,...dp->...p", scaled, scaled))[..., None, :]
    scaled = scaled / np.where(lengths > 0.0, lengths, 1.0)
    values, turn = eigen(np.matmul(scaled.swapaxes(-1, -2), scaled))
    counts = values > _ROUNDING * values.max(axis=-1, keepdims=True)
    roots = np.where(counts, 1.0 / np.sqrt(np.where(counts, values, 1.0)), 0.0)
    axes = np.matmul(scaled, turn * roots[..., None, :])
    return np.broadcast_to((axes / unit).swapaxes(-1, -2), shape)
