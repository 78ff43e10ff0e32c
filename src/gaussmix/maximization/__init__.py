"""Statistics become parameters."""

from gaussmix.maximization.likelihood import maximize
from gaussmix.maximization.penalty import Penalty

__all__ = ["Penalty", "maximize"]
