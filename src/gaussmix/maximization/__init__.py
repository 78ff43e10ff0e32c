"""Statistics become parameters."""

from gaussmix.maximization.fixed import NOTHING_FIXED, Fixed
from gaussmix.maximization.likelihood import maximize
from gaussmix.maximization.penalty import Penalty
from gaussmix.maximization.prior import ConjugatePrior, PseudoRows, SettledPrior
from gaussmix.maximization.proportions import PROPORTIONS, Proportions
from gaussmix.maximization.variational import Posterior, VariationalPrior

__all__ = [
    "NOTHING_FIXED",
    "PROPORTIONS",
    "ConjugatePrior",
    "Fixed",
    "Penalty",
    "Posterior",
    "Proportions",
    "PseudoRows",
    "SettledPrior",
    "VariationalPrior",
    "maximize",
]
