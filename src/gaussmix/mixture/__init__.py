"""The distribution as a value."""

from gaussmix.mixture.checks import check_means, check_precisions, check_weights
from gaussmix.mixture.directions import Projection, find_directions, rows_covariance
from gaussmix.mixture.distribution import Mixture
from gaussmix.mixture.sampling import generator_of, sample

__all__ = [
    "Mixture",
    "Projection",
    "check_means",
    "check_precisions",
    "check_weights",
    "find_directions",
    "generator_of",
    "rows_covariance",
    "sample",
]
