"""The distribution as a value."""

from gaussmix.mixture.ascent import highest_modes
from gaussmix.mixture.checks import check_means, check_precisions, check_weights
from gaussmix.mixture.conditional import Condition, ConditionalMixture, conditionals
from gaussmix.mixture.conditional_groups import ConditionalGroups, gathered
from gaussmix.mixture.directions import Projection, find_directions, rows_covariance
from gaussmix.mixture.distribution import Mixture
from gaussmix.mixture.modes import Modes
from gaussmix.mixture.rarity import Rarity, rarity_of
from gaussmix.mixture.sampling import check_count, generator_of, sample
from gaussmix.mixture.student_columns import student_columns
from gaussmix.mixture.univariate import Univariate
from gaussmix.mixture.value import Column

__all__ = [
    "Column",
    "Condition",
    "ConditionalGroups",
    "ConditionalMixture",
    "Mixture",
    "Modes",
    "Projection",
    "Rarity",
    "Univariate",
    "check_count",
    "check_means",
    "check_precisions",
    "check_weights",
    "conditionals",
    "find_directions",
    "gathered",
    "generator_of",
    "highest_modes",
    "rarity_of",
    "rows_covariance",
    "sample",
    "student_columns",
]
