"""The scikit-learn face."""

from gaussmix.estimators.bayesian import BayesianGaussianMixture
from gaussmix.estimators.component_test import bootstrap_lrt
from gaussmix.estimators.files import load, save
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.search import GaussianMixtureSearch

__all__ = [
    "BayesianGaussianMixture",
    "GaussianMixture",
    "GaussianMixtureSearch",
    "bootstrap_lrt",
    "load",
    "save",
]
