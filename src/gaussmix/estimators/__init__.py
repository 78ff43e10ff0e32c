"""The scikit-learn face."""

from gaussmix.estimators.bayesian import BayesianGaussianMixture
from gaussmix.estimators.classifier import GaussianMixtureClassifier
from gaussmix.estimators.component_test import bootstrap_lrt
from gaussmix.estimators.files import load, save
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.imputer import GaussianMixtureImputer
from gaussmix.estimators.imputer_pooling import PooledEstimates, pool_estimates
from gaussmix.estimators.outlier_detector import GaussianMixtureOutlierDetector
from gaussmix.estimators.regressor import GaussianMixtureRegressor
from gaussmix.estimators.search import GaussianMixtureSearch

__all__ = [
    "BayesianGaussianMixture",
    "GaussianMixture",
    "GaussianMixtureClassifier",
    "GaussianMixtureImputer",
    "GaussianMixtureOutlierDetector",
    "GaussianMixtureRegressor",
    "GaussianMixtureSearch",
    "PooledEstimates",
    "bootstrap_lrt",
    "load",
    "pool_estimates",
    "save",
]
