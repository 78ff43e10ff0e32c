"""Dense symmetric linear algebra: the only callers of LAPACK."""

from gaussmix.linalg.packed import pack, packed_size, triangle, unpack
from gaussmix.linalg.products import contract_long, multiply_long
from gaussmix.linalg.small import factor_of_roots
from gaussmix.linalg.stacks import eigen, inverse, nearest_turn, solve, turn_to_upper
from gaussmix.linalg.triangular import (
    NotPositiveDefinite,
    are_positive_definite,
    cholesky,
    invert_lower,
    log_det,
)

__all__ = [
    "NotPositiveDefinite",
    "are_positive_definite",
    "cholesky",
    "contract_long",
    "eigen",
    "factor_of_roots",
    "inverse",
    "invert_lower",
    "log_det",
    "multiply_long",
    "nearest_turn",
    "pack",
    "packed_size",
    "solve",
    "triangle",
    "turn_to_upper",
    "unpack",
]
