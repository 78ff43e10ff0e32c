"""Layouts: the shapes in which users read and write covariance arrays.

scikit-learn's four names have four shapes; every other name uses (K, D, D).
"""

from abc import ABC, abstractmethod

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance.spherical import SphericalCovariances
from gaussmix.covariance.values import (
    Covariances,
    DiagonalCovariances,
    FullCovariances,
)
from gaussmix.linalg import NotPositiveDefinite, invert_lower


class Layout(ABC):
    """The shape of covariance, precision and precision-factor arrays."""

    #: What an array of this layout must be to be valid.
    requirement = "symmetric, positive-definite"

    @abstractmethod
    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """Shape of the arrays for K components of D features."""

    @abstractmethod
    def covariances(self, value: Covariances) -> FloatArray:
        """Covariance array of a value."""

    @abstractmethod
    def precisions_cholesky(self, value: Covariances) -> FloatArray:
        """Array of factors P with P P' = precision."""

    @abstractmethod
    def precisions(self, value: Covariances) -> FloatArray:
        """Precision array of a value."""

    @abstractmethod
    def from_covariances(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        """Value of a covariance array of the right shape.

        Raises
        ------
        NotPositiveDefinite
            Where an entry is not.
        """

    @abstractmethod
    def from_precisions_cholesky(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        """Value of an array of precision factors."""

    def from_precisions(self, array: FloatArray, n_components: int, n_features: int) -> Covariances:
        """Value of a precision array of the right shape.

        Raises
        ------
        NotPositiveDefinite
            Where an entry is not.
        """
        swapped = self.from_covariances(array, n_components, n_features)
        return self.from_covariances(self.precisions(swapped), n_components, n_features)


def _symmetric(array: FloatArray) -> FloatArray:
    """The stack (K, D, D) itself, once each matrix is known to be symmetric."""
    for index, matrix in enumerate(array):
        # Relative to the variances, whatever the columns' units.
        variance = np.abs(np.diagonal(matrix))
        tolerance = 1e-8 * np.sqrt(np.outer(variance, variance))
        if (np.abs(matrix - matrix.T) > tolerance).any():
            raise NotPositiveDefinite(index)
    return array


def _positive(array: FloatArray) -> FloatArray:
    """The array itself, once each entry along its first axis is known to be positive."""
    bad = ~(array > 0.0)
    if bad.any():
        raise NotPositiveDefinite(int(np.argwhere(bad)[0][0]))
    return array


def _dense_factors(value: Covariances) -> FloatArray:
    """Upper factors (K, D, D), or (1, D, D) when shared, of the precision matrices."""
    if isinstance(value, FullCovariances):
        return np.asarray(value.chol_inverse.swapaxes(-1, -2))
    if not value.quadratic.along_axes:
        return _dense_factors(FullCovariances.from_dense(value.dense(), value.n_components))
    n_distinct = 1 if value.is_shared else value.n_components
    std = np.sqrt(value.precision_diagonal[:n_distinct])
    return np.asarray(std[..., None] * np.eye(value.n_features))


class _Dense(Layout):
    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components, n_features, n_features)

    def covariances(self, value: Covariances) -> FloatArray:
        return value.dense().copy()

    def precisions_cholesky(self, value: Covariances) -> FloatArray:
        shape = self.shape(value.n_components, value.n_features)
        return np.broadcast_to(_dense_factors(value), shape).copy()

    def precisions(self, value: Covariances) -> FloatArray:
        factors = self.precisions_cholesky(value)
        return np.asarray(np.matmul(factors, factors.swapaxes(-1, -2)))

    def from_covariances(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        return FullCovariances.from_dense(_symmetric(array), n_components)

    def from_precisions_cholesky(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        lower = np.ascontiguousarray(array.swapaxes(-1, -2))
        return FullCovariances(invert_lower(lower), n_components)


class _One(_Dense):
    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_features, n_features)

    def covariances(self, value: Covariances) -> FloatArray:
        return np.array(value.dense()[0])

    def precisions_cholesky(self, value: Covariances) -> FloatArray:
        return np.array(_dense_factors(value)[0])

    def from_covariances(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        return super().from_covariances(array[None], n_components, n_features)

    def from_precisions_cholesky(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        return super().from_precisions_cholesky(array[None], n_components, n_features)


class _Axes(Layout):
    requirement = "positive"

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components, n_features)

    def covariances(self, value: Covariances) -> FloatArray:
        return value.variances.copy()

    def precisions_cholesky(self, value: Covariances) -> FloatArray:
        return np.sqrt(self.precisions(value))

    def precisions(self, value: Covariances) -> FloatArray:
        return value.precision_diagonal.copy()

    def from_covariances(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        return DiagonalCovariances(_positive(array), n_components)

    def from_precisions_cholesky(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        return DiagonalCovariances(1.0 / array**2, n_components)


class _Radii(_Axes):
    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return (n_components,)

    def covariances(self, value: Covariances) -> FloatArray:
        return value.variances[:, 0].copy()

    def precisions(self, value: Covariances) -> FloatArray:
        return value.precision_diagonal[:, 0].copy()

    def from_covariances(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        return SphericalCovariances(_positive(array), n_components, n_features)

    def from_precisions_cholesky(
        self, array: FloatArray, n_components: int, n_features: int
    ) -> Covariances:
        return SphericalCovariances(1.0 / array**2, n_components, n_features)


DENSE: Layout = _Dense()
ONE: Layout = _One()
AXES: Layout = _Axes()
RADII: Layout = _Radii()
