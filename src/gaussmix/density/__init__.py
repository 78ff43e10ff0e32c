"""Log densities of components for the rows of a block."""

from gaussmix.density.components import Components
from gaussmix.density.kernel import TOLERANCE, Kernel, quadratic_rows
from gaussmix.density.reference import reference_log_joint
from gaussmix.density.rows import hard_entropy, labels, log_density, n_blocks, posterior
from gaussmix.density.scratch import Scratch, ScratchPool

__all__ = [
    "TOLERANCE",
    "Components",
    "Kernel",
    "Scratch",
    "ScratchPool",
    "hard_entropy",
    "labels",
    "log_density",
    "n_blocks",
    "posterior",
    "quadratic_rows",
    "reference_log_joint",
]
