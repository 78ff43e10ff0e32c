"""Rules with a closed form: scatter within components becomes the likeliest covariances.

A covariance is lambda D diag(a) D' with volume lambda, shape a (of product one) and
orientation D. Celeux & Govaert (1995), "Gaussian parsimonious clustering models", Pattern
Recognition 28, 781-793, give the maximiser for each choice of what components share.
"""

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance.scatter import Within
from gaussmix.covariance.spherical import SphericalCovariances
from gaussmix.covariance.values import (
    Covariances,
    DiagonalCovariances,
    FullCovariances,
)
from gaussmix.linalg import NotPositiveDefinite, cholesky, eigen, factor_of_roots, log_det, unpack

#: Eigenvalues below this share of the largest lose digits that their axes still tell.
_COARSE = 1e-8


def refuse_rounding(factors: FloatArray) -> FloatArray:
    """The lower factors (K, D, D) themselves, refusing those whose rank is only rounding.

    The square of a factor's diagonal entry is a column's variance given the columns before
    it; where that is a rounding error of the column's own variance, it carries no meaning.
    """
    conditional = np.diagonal(factors, axis1=-2, axis2=-1) ** 2
    own = np.einsum("kij,kij->ki", factors, factors)
    smallest = 10.0 * factors.shape[-1] * np.finfo(np.float64).eps
    singular = ~(conditional > smallest * own).all(axis=-1)
    if singular.any():
        raise NotPositiveDefinite(int(np.argmax(singular)))
    return factors


def positive(variance: FloatArray) -> FloatArray:
    """The variances (K, ...) themselves, refusing those that are not positive."""
    singular = ~(variance > 0.0).reshape(len(variance), -1).all(axis=1)
    if singular.any():
        raise NotPositiveDefinite(int(np.argmax(singular)))
    return variance


def principal_axes(within: Within) -> tuple[FloatArray, FloatArray]:
    """Variances (T, D), rising, and axes (T, D, D), in columns, of each W_k."""
    matrices = unpack(within.scatter, within.n_features)
    values, axes = eigen(matrices)
    if (values[:, 0] <= _COARSE * values[:, -1]).any():
        # The error of an eigenvalue is a share of the largest, that of v'Wv its square.
        values = np.einsum("tij,tij->tj", axes, np.matmul(matrices, axes))
    return values, axes


def along_axes(axes: FloatArray, variances: FloatArray) -> FullCovariances:
    """Covariances D diag(a) D' for principal axes D (K, D, D), in columns, and a (K, D)."""
    roots = axes * np.sqrt(positive(variances))[:, None, :]
    return FullCovariances(refuse_rounding(factor_of_roots(roots)), len(variances))


def matrices_of(within: Within) -> FloatArray:
    """Scatter per unit of mass, (T, D, D)."""
    return unpack(within.scatter / within.mass[:, None], within.n_features)


def _ellipsoids(matrices: FloatArray, n_components: int) -> Covariances:
    return FullCovariances(refuse_rounding(cholesky(matrices)), n_components)


def vvv(within: Within) -> Covariances:
    """Nothing is shared: W_k / m_k."""
    return _ellipsoids(matrices_of(within), within.n_components)


def eee(within: Within) -> Covariances:
    """All is shared: sum W_k / m."""
    matrix = unpack(within.pooled / within.total_mass[:, None], within.n_features)
    return _ellipsoids(within.shared(matrix), within.n_components)


def evv(within: Within) -> Covariances:
    """The volume is shared: lambda C_k with C_k = W_k / |W_k|^(1/D)."""
    factors = refuse_rounding(cholesky(matrices_of(within)))
    log_volume = log_det(factors) / within.n_features
    factors = (
        factors * np.exp(0.5 * (common_volume(within, log_volume) - log_volume))[:, None, None]
    )
    return FullCovariances(factors, within.n_components)


def eev(within: Within) -> Covariances:
    """Volume and shape are shared: axes of W_k, variances sum_k (eigenvalues of W_k) / m."""
    values, axes = principal_axes(within)
    variances = within.over_each(values) / within.total_mass[:, None]
    return along_axes(axes, np.asarray(within.to_each(variances)))


def vvi(within: Within) -> Covariances:
    """Nothing but the axes is shared: diag(W_k) / m_k."""
    variance = positive(within.scatter / within.mass[:, None])
    return DiagonalCovariances(variance, within.n_components)


def eei(within: Within) -> Covariances:
    """All is shared: diag(sum W_k) / m."""
    variance = positive(within.pooled / within.total_mass[:, None])
    return DiagonalCovariances(within.shared(variance), within.n_components)


def evi(within: Within) -> Covariances:
    """Volume and axes are shared: lambda B_k with B_k = diag(W_k) / |diag(W_k)|^(1/D)."""
    variance = positive(within.scatter / within.mass[:, None])
    log_volume = np.log(variance).mean(axis=-1)
    variance = variance * np.exp(common_volume(within, log_volume) - log_volume)[:, None]
    return DiagonalCovariances(variance, within.n_components)


def vii(within: Within) -> Covariances:
    """Balls: tr(W_k) / (D m_k)."""
    variance = positive(within.scatter[:, 0] / (within.n_features * within.mass))
    return SphericalCovariances(variance, within.n_components, within.n_features)


def eii(within: Within) -> Covariances:
    """One ball: sum tr(W_k) / (D m)."""
    variance = positive(within.pooled[:, 0] / (within.n_features * within.total_mass))
    return SphericalCovariances(within.shared(variance), within.n_components, within.n_features)


def common_volume(within: Within, log_volume: FloatArray) -> FloatArray:
    """Logarithms (T,) of the mixtures' likeliest volumes, sum m_k exp(log_volume_k) / m.

    Volumes enter relative to the largest, so that none overflows.
    """
    largest = within.largest_of_each(log_volume)
    relative = within.mass * np.exp(log_volume - within.to_each(largest))
    mean = within.over_each(relative) / within.total_mass
    return np.asarray(within.to_each(np.log(mean) + largest))
