"""Proposals for where to start."""

from gaussmix.initialization.hierarchy import (
    Hierarchy,
    agglomerate_ellipsoids,
    agglomerate_penalised,
    agglomerate_spheres,
    svd_scores,
)
from gaussmix.initialization.lloyd import lloyd, nearest_centre, plus_plus
from gaussmix.initialization.outlying import without_outlying
from gaussmix.initialization.sketch import SKETCH_ROWS, TRIAL_ROWS, Sketch, draw_rows, draw_sketch
from gaussmix.initialization.starts import PROPOSALS, Proposal

__all__ = [
    "PROPOSALS",
    "SKETCH_ROWS",
    "TRIAL_ROWS",
    "Hierarchy",
    "Proposal",
    "Sketch",
    "agglomerate_ellipsoids",
    "agglomerate_penalised",
    "agglomerate_spheres",
    "draw_rows",
    "draw_sketch",
    "lloyd",
    "nearest_centre",
    "plus_plus",
    "svd_scores",
    "without_outlying",
]
