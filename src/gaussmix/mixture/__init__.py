"""The distribution as a value."""

from gaussmix.mixture.checks import check_means, check_precisions, check_weights
from gaussmix.mixture.distribution import Mixture
from gaussmix.mixture.sampling import generator_of, sample

__all__ = [
    "Mixture",
    "check_means",
    "check_precisions",
    "check_weights",
    "generator_of",
    "sample",
]
