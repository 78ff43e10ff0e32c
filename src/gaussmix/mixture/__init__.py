"""The distribution as a value."""

from gaussmix.mixture.checks import check_means, check_precisions, check_weights
from gaussmix.mixture.conditional import Condition, ConditionalMixture, conditionals
from gaussmix.mixture.directions import Projection, find_directions, rows_covariance
from gaussmix.mixture.distribution import Mixture
from gaussmix.mixture.sampling import generator_of, sample
from gaussmix.mixture.univariate import Univariate
from gaussmix.mixture.value import Column

__all__ = [
    "Column",
    "Condition",
    "ConditionalMixture",
    "Mixture",
    "Projection",
    "Univariate",
    "check_means",
    "check_precisions",
    "check_weights",
    "conditionals",
    "find_directions",
    "generator_of",
    "rows_covariance",
    "sample",
]
