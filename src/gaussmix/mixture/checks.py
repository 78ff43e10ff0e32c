"""Checks of parameters that come from outside."""

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import Covariances, layout_named, structured
from gaussmix.linalg import NotPositiveDefinite


def _array(values: object, name: str, shape: tuple[int, ...]) -> FloatArray:
    array = np.array(values, dtype=np.float64)
    if array.shape != shape:
        raise errors.wrong_shape(name, shape, array.shape)
    if not np.all(np.isfinite(array)):
        raise errors.not_finite_parameter(name)
    return array


def check_weights(values: object, n_components: int, *, leave_some: bool = False) -> FloatArray:
    """Proportions (K,): a copy, once they are known to be a distribution.

    Parameters
    ----------
    values : array-like of shape (K,)
    n_components : int
    leave_some : bool
        Whether they may sum to less than one, and leave the rest to noise.
    """
    weights = _array(values, "weights", (n_components,))
    if (weights < 0.0).any() or (weights > 1.0).any():
        raise errors.weights_out_of_range(float(weights.min()), float(weights.max()))
    # Proportions that were stored in float32 sum to one within its rounding.
    tolerance = 1e-6 if getattr(values, "dtype", None) == np.float32 else 1e-8
    lack = 1.0 - weights.sum()
    if abs(lack) > tolerance and not (leave_some and lack > 0.0):
        raise errors.weights_not_normalized(float(weights.sum()))
    return weights


def check_means(values: object, n_components: int, n_features: int) -> FloatArray:
    """Means (K, D): a copy."""
    return _array(values, "means", (n_components, n_features))


def check_precisions(
    values: object, covariance_type: str, n_components: int, n_features: int
) -> Covariances:
    """Covariances from precisions in the layout of their type."""
    layout = layout_named(covariance_type)
    what = f"{covariance_type} precision"
    array = _array(values, what, layout.shape(n_components, n_features))
    try:
        given = layout.from_precisions(array, n_components, n_features)
    except NotPositiveDefinite as error:
        raise errors.not_positive_definite(what, layout.requirement, error.index) from None
    return structured(covariance_type, given)


def check_covariances(
    values: object, covariance_type: str, n_components: int, n_features: int
) -> Covariances:
    """Covariances from an array in the layout of their type, with the type's structure."""
    layout = layout_named(covariance_type)
    array = _array(values, "covariances", layout.shape(n_components, n_features))
    try:
        given = layout.from_covariances(array, n_components, n_features)
    except NotPositiveDefinite as error:
        what = f"{covariance_type} covariance"
        raise errors.not_positive_definite(what, layout.requirement, error.index) from None
    return structured(covariance_type, given)
