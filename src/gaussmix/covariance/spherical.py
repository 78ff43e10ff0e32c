"""Covariances that are multiples of the identity."""

from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance.quadratic import RADIAL
from gaussmix.covariance.split import Split
from gaussmix.covariance.values import Covariances


@dataclass(frozen=True)
class SphericalCovariances(Covariances):
    """Balls.

    Attributes
    ----------
    variance : (K,) array, or (1,) when shared
        Variance along every axis.
    n_components, n_dimensions : int
    """

    variance: FloatArray
    n_components: int
    n_dimensions: int
    quadratic = RADIAL

    @property
    def n_features(self) -> int:
        return self.n_dimensions

    @property
    def is_shared(self) -> bool:
        return len(self.variance) < self.n_components

    def _of(self, k: int) -> float:
        return float(self.variance[0 if self.is_shared else k])

    @property
    def log_det(self) -> FloatArray:
        log_det = self.n_dimensions * np.log(self.variance)
        return self._for_all(log_det)

    @property
    def precision_features(self) -> FloatArray:
        return np.asarray(1.0 / self.variance[:, None])

    @property
    def precision_diagonal(self) -> FloatArray:
        shape = (self.n_components, self.n_dimensions)
        return np.broadcast_to(1.0 / self.variance[:, None], shape)

    @property
    def variances(self) -> FloatArray:
        return np.broadcast_to(self.variance[:, None], (self.n_components, self.n_dimensions))

    @property
    def whiteners(self) -> FloatArray:
        scale = 1.0 / np.sqrt(self.variance)
        return np.asarray(scale[:, None, None] * np.eye(self.n_dimensions))

    def whiten(self, k: int, x: FloatArray) -> FloatArray:
        return np.asarray(x / np.sqrt(self._of(k)))

    def whiten_each(self, points: FloatArray) -> FloatArray:
        return np.asarray(points / np.sqrt(self.variance[:, None]))

    def unwhiten_each(self, points: FloatArray) -> FloatArray:
        return self.whiten_each(points)

    def largest_precision(self, scale: FloatArray) -> FloatArray:
        return self._for_all((scale**2).max(initial=0.0) / self.variance)

    def colorize(self, k: int, z: FloatArray) -> FloatArray:
        return np.asarray(z * np.sqrt(self._of(k)))

    def dense(self) -> FloatArray:
        return np.asarray(self.variances[..., None] * np.eye(self.n_dimensions))

    def marginal(self, columns: IntArray) -> "SphericalCovariances":
        return replace(self, n_dimensions=len(columns))

    def split(self, columns: IntArray) -> Split:
        n_missing = self.n_dimensions - len(columns)
        loadings = np.zeros((len(self.variance), n_missing, len(columns)))
        rest = self.variance[:, None, None] * np.eye(n_missing)
        return Split(self.marginal(columns), loadings, rest)

    def take(self, order: IntArray) -> "SphericalCovariances":
        variance = self.variance if self.is_shared else self.variance[order]
        return replace(self, variance=variance, n_components=len(order))
