"""Statistics become parameters."""

from gaussmix.maximization.draws import degrees_of_freedom, draw, mean_precisions
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
    "degrees_of_freedom",
    "draw",
    "maximize",
    "mean_precisions",
    "mean_quantiles",
    "weight_quantiles",
    "worth_keeping",
]
