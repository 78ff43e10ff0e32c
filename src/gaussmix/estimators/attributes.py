"""Fitted attributes: the arrays that users read, and may set by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gaussmix._typing import AnyArray
from gaussmix.covariance import layout_named, structured
from gaussmix.density import Components
from gaussmix.mixture import Mixture

#: What prediction rests on; the rest follows from these.
DECISIVE = ("weights_", "means_", "precisions_cholesky_")


def published(mixture: Mixture, dtype: DTypeLike) -> dict[str, AnyArray]:
    """The arrays of a mixture under scikit-learn's names, in its layouts."""
    layout = layout_named(mixture.covariance_type)
    covariances = mixture.components.covariances
    arrays = {
        "weights_": mixture.weights,
        "means_": mixture.means,
        "covariances_": layout.covariances(covariances),
        "precisions_": layout.precisions(covariances),
        "precisions_cholesky_": layout.precisions_cholesky(covariances),
    }
    return {name: array.astype(dtype, copy=False) for name, array in arrays.items()}


def publish(estimator: Any, mixture: Mixture, dtype: DTypeLike) -> None:
    """Set an estimator's `mixture_` and the arrays that follow from it."""
    estimator.mixture_ = mixture
    for name, array in published(mixture, dtype).items():
        setattr(estimator, name, array)
    noise = mixture.components.noise
    if noise is not None:
        estimator.noise_weight_ = noise.weight
    elif hasattr(estimator, "noise_weight_"):
        del estimator.noise_weight_


def components_of(estimator: Any) -> Components:
    """The components that an estimator's attributes stand for.

    Those of its `mixture_` while the attributes are as the fit left them; else they are read
    from the attributes, so that values set by hand count.
    """
    mixture: Mixture | None = getattr(estimator, "mixture_", None)
    arrays = {name: np.asarray(getattr(estimator, name)) for name in DECISIVE}
    if mixture is not None:
        own = published(mixture, arrays["means_"].dtype)
        as_fitted = all(np.array_equal(arrays[name], own[name]) for name in DECISIVE)
        if as_fitted and _noise_weight(estimator) == _noise_weight_of(mixture):
            return mixture.components
    weights, means, factors = (arrays[name].astype(np.float64) for name in DECISIVE)
    layout = layout_named(estimator.covariance_type)
    covariances = layout.from_precisions_cholesky(factors, *means.shape)
    noise = None if mixture is None else mixture.components.noise
    if noise is not None:
        noise = replace(noise, weight=_noise_weight(estimator))
    return Components(weights, means, structured(estimator.covariance_type, covariances), noise)


def _noise_weight(estimator: Any) -> float:
    """Proportion of noise as the estimator has it; 0 for none."""
    return float(getattr(estimator, "noise_weight_", 0.0))


def _noise_weight_of(mixture: Mixture) -> float:
    noise = mixture.components.noise
    return 0.0 if noise is None else noise.weight
