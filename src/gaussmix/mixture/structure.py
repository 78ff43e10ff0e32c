"""Covariances that are mapped or widened, and what is left of their structure."""

from dataclasses import replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import (
    Covariances,
    DiagonalCovariances,
    FactorCovariances,
    FullCovariances,
    SphericalCovariances,
    family_named,
)
from gaussmix.linalg import eigen, factor_of_roots, turn_to_upper

#: Relative size of what is taken for zero: in products of unit vectors, and of eigenvalues.
_ZERO = 1e-12
#: Rows of length one whose part across the others is no longer depend on these.
_DEPENDENT = 1e-13


def roots(covariances: Covariances) -> FloatArray:
    """F (K, D, R), or (1, D, R) when shared, with F F' = Sigma."""
    if isinstance(covariances, FullCovariances):
        return covariances.chol
    return _image(covariances, np.eye(covariances.n_features))


def as_full(covariances: Covariances) -> FullCovariances:
    """The same as dense factors."""
    if isinstance(covariances, FullCovariances):
        return covariances
    return of_roots(roots(covariances), covariances.n_components)


def lower_factor(factors: FloatArray) -> FloatArray:
    """Lower L (K, D, D) with L L' = F F' for F (K, D, R) with R of at least D."""
    return np.ascontiguousarray(factor_of_roots(factors)[..., : factors.shape[1]])


def of_roots(factors: FloatArray, n_components: int) -> FullCovariances:
    """Covariances F F' for F (K, D, R), or (1, D, R) for all."""
    return FullCovariances(lower_factor(factors), n_components)


def dense_name(value: Covariances) -> str:
    """What dense covariances are called, for their sharing one matrix or not."""
    return "tied" if value.is_shared else "full"


def is_free(name: str, value: Covariances) -> bool:
    """Whether what is done to all components alike leaves the structure of the name.

    It does where they have nothing in common, or everything.
    """
    return value.is_shared or value.n_components == 1 or not family_named(name).shares


def columns_moved(A: FloatArray) -> IntArray | None:
    """Which column each row of A (M, D) scales, (M,); None where rows mix columns."""
    moved = np.abs(A).argmax(axis=1)
    is_plain = (np.count_nonzero(A, axis=1) == 1).all() and len(set(moved)) == len(moved)
    return moved if is_plain else None


def rank(A: FloatArray, scale: FloatArray) -> int:
    """Rank of A (M, D) for columns in units of the scale (D,)."""
    rows = A * scale
    length = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    rows = rows / np.where(length > 0.0, length, 1.0)
    _, upper = turn_to_upper(rows.T)
    return int(np.count_nonzero(np.abs(np.diagonal(upper)) > _DEPENDENT))


def mapped(value: Covariances, name: str, A: FloatArray) -> tuple[Covariances, str]:
    """A Sigma A' of each covariance, of the structure that A leaves."""
    gram = A @ A.T
    is_even = bool(np.abs(gram - gram[0, 0] * np.eye(len(A))).max() <= _ZERO * gram[0, 0])
    if isinstance(value, SphericalCovariances) and is_even:
        variance = value.variance * gram[0, 0]
        return SphericalCovariances(variance, value.n_components, len(A)), name
    keeps = is_free(name, value) or (is_even and A.shape[0] == A.shape[1])
    moved = columns_moved(A)
    if moved is not None and not isinstance(value, SphericalCovariances):
        part = _scaled(value.marginal(moved), A[np.arange(len(A)), moved])
        if part is not None and (keeps or isinstance(part, FactorCovariances)):
            return part, name
    full = of_roots(_image(value, A), value.n_components)
    stays = keeps and isinstance(value, FullCovariances)
    return full, name if stays else dense_name(full)


def _scaled(value: Covariances, scale: FloatArray) -> Covariances | None:
    """The same of columns that are scaled, (D,); None for another structure than before."""
    if isinstance(value, DiagonalCovariances):
        return replace(value, variance=value.variance * scale**2)
    if isinstance(value, FactorCovariances) and value.n_factors < value.n_features:
        noise = value.noise * scale**2
        return _same_noise(
            value, replace(value, loadings=value.loadings * scale[:, None], noise=noise)
        )
    return None


def _same_noise(before: FactorCovariances, after: FactorCovariances) -> FactorCovariances | None:
    """The second, unless it only has no longer the same noise in every column."""
    was_even = (before.noise == before.noise[:, :1]).all()
    return None if was_even and (after.noise != after.noise[:, :1]).any() else after


def _image(value: Covariances, A: FloatArray) -> FloatArray:
    """A F (K, M, R) for the roots F, without a (D, D) array where they have few columns."""
    if isinstance(value, FullCovariances):
        return np.asarray(A @ value.chol)
    if isinstance(value, FactorCovariances):
        axes = A * np.sqrt(value.noise)[:, None]
        image = A @ value.loadings
        n_distinct = max(len(axes), len(image))
        parts = [np.broadcast_to(F, (n_distinct, *F.shape[1:])) for F in (image, axes)]
        return np.concatenate(parts, axis=2)
    n_distinct = 1 if value.is_shared else value.n_components
    return np.asarray(A * np.sqrt(value.variances[:n_distinct])[:, None])


def _along_axes(value: Covariances, error: FloatArray) -> Covariances | None:
    """The same with variances added, where that leaves the structure."""
    if isinstance(value, SphericalCovariances) and error.ndim == 0:
        return replace(value, variance=value.variance + error)
    if isinstance(value, DiagonalCovariances):
        return replace(value, variance=value.variance + error)
    if isinstance(value, FactorCovariances):
        return _same_noise(value, replace(value, noise=value.noise + error))
    return None


def widened(value: Covariances, name: str, error: FloatArray) -> tuple[Covariances, str]:
    """Sigma + error of each covariance, for an error (), (D,) or (D, D)."""
    keeps = is_free(name, value)
    if error.ndim < 2 and (keeps or isinstance(value, FactorCovariances)):
        found = _along_axes(value, error)
        if found is not None:
            return found, name
    own, root = roots(value), _root(error, value.n_features)
    stack = np.concatenate([own, np.broadcast_to(root, (len(own), *root.shape))], axis=2)
    full = of_roots(stack, value.n_components)
    stays = keeps and isinstance(value, FullCovariances)
    return full, name if stays else dense_name(full)


def _root(error: FloatArray, n_features: int) -> FloatArray:
    """R (D, D) with R R' = the covariance given as (), (D,) or (D, D)."""
    if error.ndim < 2:
        return np.asarray(np.sqrt(error) * np.eye(n_features))
    scale = np.sqrt(np.diagonal(error))
    unit = np.where(scale > 0.0, scale, 1.0)
    values, vectors = eigen(error / np.outer(unit, unit))
    if values[0] < -_ZERO * max(float(values[-1]), 0.0):
        raise errors.not_a_covariance(float(values[0]))
    return np.asarray(unit[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)))
