"""Statistics become parameters."""

from gaussmix.maximization.fixed import NOTHING_FIXED, Fixed
from gaussmix.maximization.likelihood import maximize
from gaussmix.maximization.penalty import Penalty

__all__ = ["NOTHING_FIXED", "Fixed", "Penalty", "maximize"]
