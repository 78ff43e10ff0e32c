"""Proposals for where to start."""

from gaussmix.initialization.lloyd import lloyd, nearest_centre, plus_plus
from gaussmix.initialization.outlying import without_outlying
from gaussmix.initialization.sketch import TRIAL_ROWS, Sketch, draw_rows, draw_sketch
from gaussmix.initialization.starts import PROPOSALS, Proposal

__all__ = [
    "PROPOSALS",
    "TRIAL_ROWS",
    "Proposal",
    "Sketch",
    "draw_rows",
    "draw_sketch",
    "lloyd",
    "nearest_centre",
    "plus_plus",
    "without_outlying",
]
