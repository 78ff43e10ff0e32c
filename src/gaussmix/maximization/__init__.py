"""Statistics become parameters."""

from gaussmix.maximization.draws import draw
from gaussmix.maximization.fixed import NOTHING_FIXED, Fixed
from gaussmix.maximization.likelihood import maximize
from gaussmix.maximization.penalty import Penalty
from gaussmix.maximization.prior import ConjugatePrior, PseudoRows, SettledPrior
from gaussmix.maximization.proportions import PROPORTIONS, Proportions, worth_keeping
from gaussmix.maximization.quantiles import mean_quantiles, weight_quantiles
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
    "draw",
    "maximize",
    "mean_quantiles",
    "weight_quantiles",
    "worth_keeping",
]
