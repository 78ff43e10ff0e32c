"""Fitted attributes: the arrays that users read, and may set by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gaussmix._typing import AnyArray
from gaussmix.covariance import (
    Covariances,
    FactorCovariances,
    is_factor_name,
    layout_named,
    structured,
    with_rank,
)
from gaussmix.density import Components
from gaussmix.mixture import Mixture

#: What prediction rests on; the rest follows from these.
DECISIVE = ("weights_", "means_", "precisions_cholesky_")
#: The same for factors.
_DECISIVE_OF_FACTORS = ("weights_", "means_", "loadings_", "noise_variances_")
#: Arrays of the covariances.
DENSE = ("covariances_", "precisions_", "precisions_cholesky_")


def structure_of(estimator: Any) -> str:
    """The name of an estimator's covariances, with the number of factors where there are any."""
    return with_rank(estimator.covariance_type, getattr(estimator, "n_factors", 1))


def published(mixture: Mixture, dtype: DTypeLike) -> dict[str, AnyArray]:
    """The arrays of a mixture under scikit-learn's names, in its layouts.

    Of factors the loadings and the noise, from which the rest is made when it is asked for.
    """
    covariances = mixture.components.covariances
    arrays = {"weights_": mixture.weights, "means_": mixture.means}
    if isinstance(covariances, FactorCovariances):
        arrays |= _factors(covariances)
    else:
        arrays |= {name: dense(mixture, name) for name in DENSE}
    return {name: array.astype(dtype, copy=False) for name, array in arrays.items()}


def dense(mixture: Mixture, name: str) -> AnyArray:
    """One of the arrays of a mixture's covariances, in its layout."""
    layout = layout_named(mixture.covariance_type)
    made = {
        "covariances_": layout.covariances,
        "precisions_": layout.precisions,
        "precisions_cholesky_": layout.precisions_cholesky,
    }
    return made[name](mixture.components.covariances)


def _factors(covariances: FactorCovariances) -> dict[str, AnyArray]:
    """Loadings (K, D, q) and noise (K, D) of all components."""
    n_components, n_features = covariances.n_components, covariances.n_features
    loadings = (n_components, n_features, covariances.n_factors)
    return {
        "loadings_": np.broadcast_to(covariances.loadings, loadings).copy(),
        "noise_variances_": np.broadcast_to(covariances.noise, loadings[:2]).copy(),
    }


def publish(estimator: Any, mixture: Mixture, dtype: DTypeLike) -> None:
    """Set an estimator's `mixture_` and the arrays that follow from it."""
    estimator.mixture_ = mixture
    for name, array in published(mixture, dtype).items():
        setattr(estimator, name, array)
    noise, dof = mixture.components.noise, mixture.components.dof
    _set_or_remove(estimator, "noise_weight_", None if noise is None else noise.weight)
    _set_or_remove(estimator, "dof_", None if dof is None else dof.astype(dtype, copy=False))


def _set_or_remove(estimator: Any, name: str, value: object) -> None:
    """Set an attribute, which is not there where the value is None."""
    if value is not None:
        setattr(estimator, name, value)
    elif hasattr(estimator, name):
        delattr(estimator, name)


def components_of(estimator: Any) -> Components:
    """The components that an estimator's attributes stand for.

    Those of its `mixture_` while the attributes are as the fit left them; else they are read
    from the attributes, so that values set by hand count.
    """
    mixture: Mixture | None = getattr(estimator, "mixture_", None)
    name = structure_of(estimator)
    decisive = _DECISIVE_OF_FACTORS if is_factor_name(name) else DECISIVE
    arrays = {name: np.asarray(getattr(estimator, name)) for name in decisive}
    if mixture is not None:
        own = published(mixture, arrays["means_"].dtype)
        as_fitted = all(np.array_equal(arrays[name], own[name]) for name in decisive)
        as_fitted &= _noise_weight(estimator) == _noise_weight_of(mixture)
        if as_fitted and _has_dof_of(estimator, mixture):
            return mixture.components
    weights, means, *rest = (arrays[name].astype(np.float64) for name in decisive)
    if len(rest) > 1:
        covariances: Covariances = FactorCovariances(rest[0], rest[1], len(means))
    else:
        covariances = layout_named(name).from_precisions_cholesky(rest[0], *means.shape)
    noise = None if mixture is None else mixture.components.noise
    if noise is not None:
        noise = replace(noise, weight=_noise_weight(estimator))
    dof = getattr(estimator, "dof_", None)
    dof = None if dof is None else np.asarray(dof, dtype=np.float64)
    return Components(weights, means, structured(name, covariances), noise, dof=dof)


def _has_dof_of(estimator: Any, mixture: Mixture) -> bool:
    """Whether an estimator's degrees of freedom are those of its fit, or there are none."""
    own, fitted = getattr(estimator, "dof_", None), mixture.components.dof
    if own is None or fitted is None:
        return own is fitted
    own = np.asarray(own)
    return np.array_equal(own, fitted.astype(own.dtype))


def _noise_weight(estimator: Any) -> float:
    """Proportion of noise as the estimator has it; 0 for none."""
    return float(getattr(estimator, "noise_weight_", 0.0))


def _noise_weight_of(mixture: Mixture) -> float:
    noise = mixture.components.noise
    return 0.0 if noise is None else noise.weight
