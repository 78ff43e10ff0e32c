"""Statistics become parameters."""

from gaussmix.maximization.draws import degrees_of_freedom, draw, mean_precisions
from gaussmix.maximization.fixed import NOTHING_FIXED, Fixed
from gaussmix.maximization.likelihood import maximize
from gaussmix.maximization.penalty import Penalty
from gaussmix.maximization.prior import ConjugatePrior, PseudoRows, SettledPrior
from gaussmix.maximization.proportions import PROPORTIONS, Proportions, worth_keeping
from gaussmix.maximization.quantiles import mean_quantiles, weight_quantiles
from gaussmix.maximization.tails import FIRST_DOF, LEAST_DOF, MOST_DOF, bolder_dof, eased
from gaussmix.maximization.variational import Posterior, VariationalPrior

__all__ = [
    "FIRST_DOF",
    "LEAST_DOF",
    "MOST_DOF",
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
    "bolder_dof",
    "degrees_of_freedom",
    "draw",
    "eased",
    "maximize",
    "mean_precisions",
    "mean_quantiles",
    "weight_quantiles",
    "worth_keeping",
]
