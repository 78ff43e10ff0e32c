"""The directions in which a family's covariances can move, and how they bend.

A family's rule sends any scatter matrices to the family's nearest covariances, and leaves those
alone. So near covariances S of the family, t -> rule(S + sum_a t_a E_a) is a chart of it, where
the E_a span its tangent space: the range of the rule's differential at S. No family needs
coordinates of its own.

Matrices are told relative to S: E_k = L_k B_k L_k' with S_k = L_k L_k', and B_k packed so that
the length of the entries is the Frobenius norm.
"""

from dataclasses import dataclass, replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import Covariances, Family, Lineup, Within
from gaussmix.linalg import eigen, pack, packed_size, triangle, unpack

#: Steps relative to the covariances: of first and of second differences.
_STEP, _SECOND_STEP = 1e-4, 5e-4
#: Second differences below this are rounding, and the family is flat.
_FLAT = 1e-6
#: Rules that iterate are repeated until they move no more than this, so often at the most.
_SETTLED, _ROUNDS = 1e-14, 200
#: Numbers held at a time.
_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Chart:
    """A family's covariances near given ones.

    Attributes
    ----------
    family : Family
    covariances : Covariances
        Those at the origin.
    factors : (K, D, D) array
        L_k.
    inverses : (K, D, D) array
        inverse(L_k).
    directions : (P, K, D, D) array
        B of the P directions; orthonormal.
    """

    family: Family
    covariances: Covariances
    factors: FloatArray
    inverses: FloatArray
    directions: FloatArray

    @property
    def moves(self) -> FloatArray:
        """The directions as covariances, E (P, K, D, D)."""
        return self.factors @ self.directions @ self.factors.swapaxes(-1, -2)

    def standing(self) -> "Chart":
        """The chart of covariances that do not move."""
        return replace(self, directions=self.directions[:0])

    def bend(self, slope: FloatArray) -> FloatArray:
        """Second derivatives (P, P) at the origin of sum_k tr(slope_k Sigma_k), slope (K, D, D).

        Central differences along a, b and a + b; zero where the family is a linear space.
        """
        n_directions = len(self.directions)
        curvature = np.zeros((n_directions, n_directions))
        if n_directions == 0 or self._is_flat():
            return curvature
        relative = self.factors.swapaxes(-1, -2) @ slope @ self.factors
        first, second = np.triu_indices(n_directions, 1)
        alone = self._second_differences(np.eye(n_directions), relative)
        pairs = np.zeros((len(first), n_directions))
        pairs[np.arange(len(first)), first] = 1.0
        pairs[np.arange(len(first)), second] += 1.0
        mixed = self._second_differences(pairs, relative) - alone[first] - alone[second]
        curvature[first, second] = curvature[second, first] = 0.5 * mixed
        curvature[np.diag_indices(n_directions)] = alone
        return curvature

    def _is_flat(self) -> bool:
        """Whether the family does not bend along two directions that are nothing special."""
        numbers = np.arange(1.0, len(self.directions) + 1.0)
        lines = np.stack([np.cos(numbers), np.sin(np.sqrt(2.0) * numbers)])
        lines /= np.sqrt(np.square(lines).sum(axis=1, keepdims=True))
        away = np.tensordot(_SECOND_STEP * lines, self.directions, axes=1)
        both = self._at(away) + self._at(-away)
        return bool(np.abs(both).max() <= _FLAT * _SECOND_STEP**2)

    def _second_differences(self, lines: FloatArray, slope: FloatArray) -> FloatArray:
        """Second derivatives (n,) of sum_k tr(slope_k B_k) along lines (n, P)."""
        size = max(1, _AT_ONCE // slope.size)
        found = np.empty(len(lines))
        for start in range(0, len(lines), size):
            part = slice(start, start + size)
            away = np.tensordot(_SECOND_STEP * lines[part], self.directions, axes=1)
            both = self._at(away) + self._at(-away)
            found[part] = np.einsum("kij,nkij->n", slope, both) / _SECOND_STEP**2
        return found

    def _at(self, away: FloatArray) -> FloatArray:
        """Where the rule sends points (n, K, D, D); both relative to the covariances."""
        return _sent(self.family, self.covariances, self.factors, self.inverses, away)


def chart(family: Family, covariances: Covariances) -> Chart:
    """The chart of a family about some of its covariances.

    Raises
    ------
    ValueError
        Where the covariances lie at a corner of the family: its axes cannot be told apart.
    """
    dense = covariances.dense()
    inverses = np.broadcast_to(covariances.whiteners, dense.shape)
    factors = dense @ inverses.swapaxes(-1, -2)
    n_components, n_features = dense.shape[:2]
    basis = _basis(n_components, n_features)

    change = np.empty((len(basis), len(basis)))
    size = max(1, _AT_ONCE // dense.size)
    for start in range(0, len(basis), size):
        away = _STEP * basis[start : start + size]
        ends = [_sent(family, covariances, factors, inverses, way) for way in (away, -away)]
        change[start : start + size] = _coordinates(ends[0] - ends[1]) / (2.0 * _STEP)
    # A projection: its eigenvalues are ones and zeros.
    values, vectors = eigen(0.5 * (change + change.T))
    own = vectors[:, values > 0.5].T
    expected = family.n_parameters(n_components, n_features)
    if len(own) != expected or np.abs(values * (1.0 - values)).max() > 1e-2:
        raise errors.shape_not_determined(family.code, len(own), expected)
    directions = np.tensordot(own, basis, axes=1)
    return Chart(family, covariances, factors, inverses, directions)


def _sent(
    family: Family,
    covariances: Covariances,
    factors: FloatArray,
    inverses: FloatArray,
    away: FloatArray,
) -> FloatArray:
    """rule(S + L away L') relative to S, for each of n points (n, K, D, D), side by side."""
    n_points, n_components, n_features = away.shape[:3]
    points = factors @ (np.eye(n_features) + away) @ factors.swapaxes(-1, -2)
    scatter = family.scatter.quadratic.of_matrices(points.reshape(-1, n_features, n_features))
    lineup = Lineup(np.full(n_points, n_components))
    before = covariances.take(np.tile(np.arange(n_components), n_points))
    mass = np.ones(len(scatter))
    relative: FloatArray | None = None
    for _ in range(_ROUNDS):
        before = family.rule(Within(scatter, mass, n_features, lineup, before))
        dense = before.dense().reshape(points.shape)
        now = inverses @ dense @ inverses.swapaxes(-1, -2) - np.eye(n_features)
        if relative is not None and np.abs(now - relative).max() <= _SETTLED:
            break
        relative = now
    return now


def _basis(n_components: int, n_features: int) -> FloatArray:
    """Orthonormal basis (K Q, K, D, D) of K symmetric matrices."""
    size = packed_size(n_features)
    rows, columns = triangle(n_features)
    entries = np.where(rows == columns, 1.0, np.sqrt(0.5))
    basis = np.zeros((n_components * size, n_components, n_features, n_features))
    matrices = unpack(np.diag(entries), n_features)
    for k in range(n_components):
        basis[k * size : (k + 1) * size, k] = matrices
    return basis


def _coordinates(matrices: FloatArray) -> FloatArray:
    """Coordinates (n, K Q) of symmetric matrices (n, K, D, D) in the basis."""
    rows, columns = triangle(matrices.shape[-1])
    entries = pack(matrices) * np.where(rows == columns, 1.0, np.sqrt(2.0))
    return np.asarray(entries.reshape(len(matrices), -1))
