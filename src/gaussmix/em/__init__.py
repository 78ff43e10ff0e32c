"""The engine: expectation and maximisation in turn, from starts to a fit."""

from gaussmix.em.degeneracy import Finding, find_degenerate
from gaussmix.em.engine import Callback, Fit, Iteration, run
from gaussmix.em.problem import Problem
from gaussmix.em.report import FitReport
from gaussmix.em.restarts import (
    QUICK,
    THOROUGH,
    Effort,
    Outcome,
    Race,
    fit_best,
    generator,
    run_race,
)
from gaussmix.em.starts import (
    WORTH_A_THREAD,
    Start,
    fit_assignment,
    fit_responsibilities,
    from_sketch,
    most_promising,
    on_sketch,
)
from gaussmix.em.stopping import Progress

__all__ = [
    "QUICK",
    "THOROUGH",
    "WORTH_A_THREAD",
    "Callback",
    "Effort",
    "Finding",
    "Fit",
    "FitReport",
    "Iteration",
    "Outcome",
    "Problem",
    "Progress",
    "Race",
    "Start",
    "find_degenerate",
    "fit_assignment",
    "fit_best",
    "fit_responsibilities",
    "from_sketch",
    "generator",
    "most_promising",
    "on_sketch",
    "run",
    "run_race",
]
