"""The engine: expectation and maximisation in turn, from starts to a fit."""

from gaussmix.em.checkpoint import Checkpoint, Identity, Ledger, kept
from gaussmix.em.degeneracy import Finding, find_degenerate
from gaussmix.em.engine import Callback, Fit, Iteration, Waypoint, run
from gaussmix.em.filling import filling, with_filler
from gaussmix.em.labels import align, label_means
from gaussmix.em.online import Learnt, Rules, Schedule, Spread, follow
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
    "Checkpoint",
    "Effort",
    "Finding",
    "Fit",
    "FitReport",
    "Identity",
    "Iteration",
    "Learnt",
    "Ledger",
    "Outcome",
    "Problem",
    "Progress",
    "Race",
    "Rules",
    "Schedule",
    "Spread",
    "Start",
    "Waypoint",
    "align",
    "filling",
    "find_degenerate",
    "fit_assignment",
    "fit_best",
    "fit_responsibilities",
    "follow",
    "from_sketch",
    "generator",
    "kept",
    "label_means",
    "most_promising",
    "on_sketch",
    "run",
    "run_race",
    "with_filler",
]
