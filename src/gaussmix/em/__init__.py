"""The engine: expectation and maximisation in turn, from starts to a fit."""

from gaussmix.em.checkpoint import Checkpoint, Identity, Ledger, kept
from gaussmix.em.contest import HEAT, SKETCH_STREAM, Contest
from gaussmix.em.degeneracy import Finding, find_degenerate
from gaussmix.em.engine import Callback, Fit, Iteration, Waypoint, run
from gaussmix.em.filling import filling, with_filler
from gaussmix.em.ground import Ground
from gaussmix.em.heats import RACE_ROWS, Field, leaders, settle
from gaussmix.em.labels import align, label_means
from gaussmix.em.online import Learnt, Rules, Schedule, Spread, follow, in_slots
from gaussmix.em.prior import with_prior
from gaussmix.em.problem import Problem
from gaussmix.em.races import QUICK, THOROUGH, Race, generator
from gaussmix.em.report import FitReport
from gaussmix.em.restarts import Effort, Outcome, fit_best, run_race
from gaussmix.em.stack import Stack
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
    "HEAT",
    "QUICK",
    "RACE_ROWS",
    "SKETCH_STREAM",
    "THOROUGH",
    "WORTH_A_THREAD",
    "Callback",
    "Checkpoint",
    "Contest",
    "Effort",
    "Field",
    "Finding",
    "Fit",
    "FitReport",
    "Ground",
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
    "Stack",
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
    "in_slots",
    "kept",
    "label_means",
    "leaders",
    "most_promising",
    "on_sketch",
    "run",
    "run_race",
    "settle",
    "with_filler",
    "with_prior",
]
