"""The engine: expectation and maximisation in turn, from starts to a fit."""

from gaussmix.em.engine import Fit, Iteration, run
from gaussmix.em.problem import Problem
from gaussmix.em.report import FitReport
from gaussmix.em.restarts import Outcome, fit_best
from gaussmix.em.stopping import Progress

__all__ = ["Fit", "FitReport", "Iteration", "Outcome", "Problem", "Progress", "fit_best", "run"]
