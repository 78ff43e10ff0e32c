"""Covariances of low rank plus a diagonal: those of factor analysis.

Sigma_k = Lambda_k Lambda_k' + Psi_k, with loadings Lambda_k (D, q) and noise variances on the
diagonal of Psi_k. With A = Psi^{-1/2} Lambda and the eigenvalues g and eigenvectors V of A'A
(q, q), and s = sqrt(1 + g),

    log |Sigma| = sum log psi + sum log(1 + g)
    inverse(Sigma) = Psi^{-1/2} (I - A V diag(1 / s^2) V'A') Psi^{-1/2}   (Woodbury)
    W = (I - A V diag(1 / (s (s + 1))) V'A') Psi^{-1/2}   with W'W = inverse(Sigma)

so that everything costs time and memory linear in D.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance.quadratic import LOW_RANK
from gaussmix.covariance.split import Split
from gaussmix.covariance.values import Covariances
from gaussmix.linalg import eigen

#: Rows of a difference of matrices that are looked at together.
_AT_ONCE = 256
#: Powers of the precision that show its largest eigenvalue well enough.
_POWERS = 30
#: A squared distance that is the difference of two larger ones is taken where these are at
#: most this large, and it is off by less than 1e-8; or so few times larger than itself.
_LARGEST_DIFFERENCE, _MOST_LOST = 1e6, 4.0


@dataclass(frozen=True, slots=True)
class _Axes:
    """The axes of A A'.

    Attributes
    ----------
    along : (K, D, q) array
        A V, whose columns are orthogonal.
    vectors : (K, q, q) array
        V.
    root : (K, 1, q) array
        s.
    """

    along: FloatArray
    vectors: FloatArray
    root: FloatArray

    @property
    def lost(self) -> FloatArray:
        """1 / (s (s + 1)), what whitening takes off, (K, 1, q)."""
        return np.asarray(1.0 / (self.root * (self.root + 1.0)))


@dataclass(frozen=True)
class FactorCovariances(Covariances):
    """Ellipsoids with a few free directions, and independent noise along the axes.

    Attributes
    ----------
    loadings : (K, D, q) array, or (1, D, q) when shared
        In the columns' units.
    noise : (K, D) array, or (1, D) when shared
        Variances that the factors leave.
    n_components : int
    """

    loadings: FloatArray
    noise: FloatArray
    n_components: int
    quadratic = LOW_RANK

    @property
    def n_features(self) -> int:
        return int(self.noise.shape[-1])

    @property
    def n_factors(self) -> int:
        """Rank q of the loadings."""
        return int(self.loadings.shape[-1])

    @property
    def is_shared(self) -> bool:
        return max(len(self.loadings), len(self.noise)) < self.n_components

    def _own(self, stack: FloatArray, k: int) -> FloatArray:
        """What a stack, shared or not, holds for component k."""
        return np.asarray(stack[0 if len(stack) == 1 else k])

    @cached_property
    def std(self) -> FloatArray:
        """Standard deviations of the noise, (K, D) or (1, D)."""
        return np.sqrt(self.noise)

    @cached_property
    def _scaled(self) -> FloatArray:
        """A = Psi^{-1/2} Lambda, (K, D, q) or (1, D, q)."""
        return np.asarray(self.loadings / self.std[..., None])

    @cached_property
    def _axes(self) -> "_Axes":
        """The factors' own axes: one for each distinct matrix."""
        values, vectors = eigen(np.matmul(self._scaled.swapaxes(-1, -2), self._scaled))
        root = np.sqrt(1.0 + np.maximum(values, 0.0))
        return _Axes(np.matmul(self._scaled, vectors), vectors, root[..., None, :])

    @cached_property
    def _resolving(self) -> FloatArray:
        """H (K, q, D) with inverse(Sigma) = inverse(Psi) - H'H."""
        scaled = self._axes.along / (self._axes.root * self.std[..., None])
        return np.ascontiguousarray(scaled.swapaxes(-1, -2))

    @cached_property
    def scores(self) -> FloatArray:
        """Slopes (K, q, D) of the factors' conditional means against x - mu.

        Lambda' inverse(Sigma) = V diag(1 / s) H.
        """
        return self._for_all(np.matmul(self._axes.vectors / self._axes.root, self._resolving))

    @property
    def log_det(self) -> FloatArray:
        own = np.log(self.noise).sum(axis=-1) + 2.0 * np.log(self._axes.root).sum(axis=(-2, -1))
        return self._for_all(own)

    @property
    def precision_features(self) -> FloatArray:
        return 1.0 / self.noise if self.is_shared else self._for_all(1.0 / self.noise)

    @property
    def precision_diagonal(self) -> FloatArray:
        return self._for_all(1.0 / self.noise - np.einsum("kqd->kd", self._resolving**2))

    @property
    def variances(self) -> FloatArray:
        return self._for_all(np.einsum("kdq->kd", self.loadings**2) + self.noise)

    @property
    def whiteners(self) -> FloatArray:
        axes = self._axes
        part = np.matmul(axes.along * axes.lost, axes.along.swapaxes(-1, -2))
        return np.asarray((np.eye(self.n_features) - part) / self.std[..., None, :])

    def whiten(self, k: int, x: FloatArray) -> FloatArray:
        along, lost = self._own(self._axes.along, k), self._own(self._axes.lost, k)
        y = x / self._own(self.std, k)[:, None]
        y -= (along * lost) @ (along.T @ y)
        return y

    def square_distance(self, k: int, x: FloatArray) -> FloatArray:
        resolving, precision = self._own(self._resolving, k), 1.0 / self._own(self.noise, k)
        resolved = resolving @ x
        whole = precision @ np.square(x)
        square = whole - np.einsum("qb,qb->b", resolved, resolved)
        lossy = np.flatnonzero(~(whole <= np.maximum(_LARGEST_DIFFERENCE, _MOST_LOST * square)))
        if len(lossy):
            y = self.whiten(k, x[:, lossy])
            square[lossy] = np.einsum("db,db->b", y, y)
        return np.asarray(square)

    def beyond_features(self, x: FloatArray) -> FloatArray:
        n_distinct = len(self._resolving)
        resolved = self._resolving.reshape(-1, self.n_features) @ x
        np.square(resolved, out=resolved)
        each = resolved.reshape(n_distinct, self.n_factors, x.shape[1]).sum(axis=1)
        return np.asarray(0.5 * each)

    def whiten_each(self, points: FloatArray) -> FloatArray:
        return self._corrected(points / self.std)

    def unwhiten_each(self, points: FloatArray) -> FloatArray:
        return np.asarray(self._corrected(points) / self.std)

    def _corrected(self, points: FloatArray) -> FloatArray:
        """(I - A V diag(1 / (s (s + 1))) V'A') times point k for component k, (K, D)."""
        axes = self._axes
        onto = np.matmul(axes.along.swapaxes(-1, -2), points[..., None])
        return np.asarray(points - np.matmul(axes.along * axes.lost, onto)[..., 0])

    def largest_precision(self, scale: FloatArray) -> FloatArray:
        return self._for_all((scale**2 / self.noise).max(axis=-1, initial=0.0))

    def largest_difference(self, j: int, k: int, scale: FloatArray) -> float:
        # A part of the rows at a time: all of them would be a matrix.
        first, second = (self._own(self.loadings, i) / scale[:, None] for i in (j, k))
        noise = np.abs(self.variances[j] - self.variances[k]) / scale**2
        largest = float(noise.max(initial=0.0))
        for start in range(0, self.n_features, _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            change = np.abs(first[rows] @ first.T - second[rows] @ second.T)
            change[np.arange(len(change)), start + np.arange(len(change))] = 0.0
            largest = max(largest, float(change.max()))
        return largest

    def flattest(self, k: int, scale: FloatArray) -> tuple[float, FloatArray]:
        """Smallest variance of component k along any direction, to a few per cent; see `whiten`."""
        own = self.take(np.array([k]))
        direction = np.zeros(self.n_features)
        direction[np.argmax(scale**2 * own.precision_diagonal[0])] = 1.0
        largest = 1.0
        for _ in range(_POWERS):
            applied = own.unwhiten_each(own.whiten_each((scale * direction)[None]))[0] * scale
            largest = float(np.sqrt(applied @ applied))
            direction = applied / largest
        return 1.0 / largest, direction

    def colorize(self, k: int, z: FloatArray) -> FloatArray:
        # The root of I + A A' is I + A V diag(1 / (s + 1)) V'A'.
        along, root = self._own(self._axes.along, k), self._own(self._axes.root, k)
        return np.asarray((z + (z @ along) / (root + 1.0) @ along.T) * self._own(self.std, k))

    def dense(self) -> FloatArray:
        matrices = np.matmul(self.loadings, self.loadings.swapaxes(-1, -2))
        axis = np.arange(self.n_features)
        if len(matrices) < len(self.noise):
            matrices = np.repeat(matrices, len(self.noise), axis=0)
        matrices[:, axis, axis] += self.noise
        return self._for_all(matrices)

    def precision(self, k: int) -> FloatArray:
        resolving = self._own(self._resolving, k)
        return np.asarray(np.diag(1.0 / self._own(self.noise, k)) - resolving.T @ resolving)

    def marginal(self, columns: IntArray) -> "FactorCovariances":
        return replace(self, loadings=self.loadings[:, columns], noise=self.noise[:, columns])

    def split(self, columns: IntArray) -> Split:
        # Sigma_mo W' = Lambda_m V diag(1 / s) V'A_o', and what the observed columns leave open
        # is Psi_m + Lambda_m V diag(1 / s^2) V' Lambda_m'.
        marginal = self.marginal(columns)
        others = self.marginal(np.delete(np.arange(self.n_features), columns))
        axes = marginal._axes  # noqa: SLF001  of the same class
        kept = np.matmul(others.loadings, axes.vectors / axes.root)
        remainder = np.matmul(kept, kept.swapaxes(-1, -2))
        axis = np.arange(others.n_features)
        remainder[:, axis, axis] += others.noise
        return Split(marginal, np.matmul(kept, axes.along.swapaxes(-1, -2)), remainder)

    def take(self, order: IntArray) -> "FactorCovariances":
        return FactorCovariances(
            self._taken(self.loadings, order), self._taken(self.noise, order), len(order)
        )

    def _taken(self, stack: FloatArray, order: IntArray) -> FloatArray:
        return stack if len(stack) < self.n_components else stack[order]

    def placed(self, where: IntArray, others: Covariances) -> "FactorCovariances":
        assert isinstance(others, FactorCovariances), "covariances of another structure"
        loadings, noise = others.loadings.copy(), others.noise.copy()
        loadings[where], noise[where] = self.loadings, self.noise
        return replace(others, loadings=loadings, noise=noise)
