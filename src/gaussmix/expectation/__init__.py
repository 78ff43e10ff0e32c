"""One block of rows becomes statistics."""

from gaussmix.expectation.assigned import Responsibilities, assigned_statistics
from gaussmix.expectation.complete import CompleteRows
from gaussmix.expectation.statistics import SufficientStatistics

__all__ = ["CompleteRows", "Responsibilities", "SufficientStatistics", "assigned_statistics"]
