"""Statistics become parameters."""

from gaussmix.maximization.fixed import NOTHING_FIXED, Fixed
from gaussmix.maximization.likelihood import maximize
from gaussmix.maximization.penalty import Penalty
from gaussmix.maximization.prior import ConjugatePrior, PseudoRows, SettledPrior

__all__ = [
    "NOTHING_FIXED",
    "ConjugatePrior",
    "Fixed",
    "Penalty",
    "PseudoRows",
    "SettledPrior",
    "maximize",
]
