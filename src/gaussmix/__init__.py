"""Gaussian mixture models: the distribution, the fitting, the choice of model."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gaussmix._version import __version__

if TYPE_CHECKING:
    from gaussmix.data import IntervalData, open_stream
    from gaussmix.em import Checkpoint
    from gaussmix.estimators import (
        BayesianGaussianMixture,
        GaussianMixture,
        GaussianMixtureClassifier,
        GaussianMixtureImputer,
        GaussianMixtureOutlierDetector,
        GaussianMixtureRegressor,
        GaussianMixtureSearch,
        bootstrap_lrt,
        load,
        pool_estimates,
        save,
    )
    from gaussmix.maximization import ConjugatePrior
    from gaussmix.mixture import Mixture

__all__ = [
    "BayesianGaussianMixture",
    "Checkpoint",
    "ConjugatePrior",
    "GaussianMixture",
    "GaussianMixtureClassifier",
    "GaussianMixtureImputer",
    "GaussianMixtureOutlierDetector",
    "GaussianMixtureRegressor",
    "GaussianMixtureSearch",
    "IntervalData",
    "Mixture",
    "__version__",
    "bootstrap_lrt",
    "load",
    "open_stream",
    "pool_estimates",
    "save",
]

_ROOMS = {
    "Checkpoint": "gaussmix.em",
    "ConjugatePrior": "gaussmix.maximization",
    "IntervalData": "gaussmix.data",
    "Mixture": "gaussmix.mixture",
    "open_stream": "gaussmix.data",
}


def __getattr__(name: str) -> Any:
    """Public names, loaded at first use so that `gaussmix --help` needs no numpy."""
    if name not in __all__:
        raise AttributeError(f"module 'gaussmix' has no attribute {name!r}")
    return getattr(import_module(_ROOMS.get(name, "gaussmix.estimators")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
