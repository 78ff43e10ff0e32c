"""One block of rows becomes statistics."""

from gaussmix.expectation.assigned import Responsibilities, assigned_statistics, filled
from gaussmix.expectation.statistics import SufficientStatistics, TailSums
from gaussmix.expectation.step import Expectation

__all__ = [
    "Expectation",
    "Responsibilities",
    "SufficientStatistics",
    "TailSums",
    "assigned_statistics",
    "filled",
]
