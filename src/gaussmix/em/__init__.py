"""The engine: expectation and maximisation in turn, from starts to a fit."""

from gaussmix.em.degeneracy import Finding, find_degenerate
from gaussmix.em.engine import Callback, Fit, Iteration, run
from gaussmix.em.problem import Problem
from gaussmix.em.report import FitReport
from gaussmix.em.restarts import Effort, Outcome, fit_best, generator, race
from gaussmix.em.starts import Start, fit_assignment, from_sketch, on_sketch
from gaussmix.em.stopping import Progress

__all__ = [
    "Callback",
    "Effort",
    "Finding",
    "Fit",
    "FitReport",
    "Iteration",
    "Outcome",
    "Problem",
    "Progress",
    "Start",
    "find_degenerate",
    "fit_assignment",
    "fit_best",
    "from_sketch",
    "generator",
    "on_sketch",
    "race",
    "run",
]
