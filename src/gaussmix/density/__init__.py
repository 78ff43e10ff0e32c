"""Log densities of components for the rows of a block."""

from gaussmix.density.components import LOG_ZERO, Components, Noise
from gaussmix.density.far import far_log_joint
from gaussmix.density.kernel import TOLERANCE, Kernel, quadratic_rows
from gaussmix.density.observation import CompleteRows, Observation
from gaussmix.density.observer import Observer, View
from gaussmix.density.reference import reference_log_joint
from gaussmix.density.rows import (
    RowWise,
    Totals,
    hard_entropy,
    labels,
    log_density,
    n_blocks,
    posterior,
    rows_at_once,
    totals,
)
from gaussmix.density.scratch import Scratch, ScratchPool
from gaussmix.density.student import StudentComponents
from gaussmix.density.student_rows import StudentTotals, student_log_density, student_totals
from gaussmix.density.tails import Tails

__all__ = [
    "LOG_ZERO",
    "TOLERANCE",
    "CompleteRows",
    "Components",
    "Kernel",
    "Noise",
    "Observation",
    "Observer",
    "RowWise",
    "Scratch",
    "ScratchPool",
    "StudentComponents",
    "StudentTotals",
    "Tails",
    "Totals",
    "View",
    "far_log_joint",
    "hard_entropy",
    "labels",
    "log_density",
    "n_blocks",
    "posterior",
    "quadratic_rows",
    "reference_log_joint",
    "rows_at_once",
    "student_log_density",
    "student_totals",
    "totals",
]
