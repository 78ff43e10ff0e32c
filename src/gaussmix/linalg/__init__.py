"""Dense symmetric linear algebra: the only callers of LAPACK."""

from gaussmix.linalg.packed import pack, packed_size, triangle, unpack
from gaussmix.linalg.triangular import NotPositiveDefinite, cholesky, invert_lower, log_det

__all__ = [
    "NotPositiveDefinite",
    "cholesky",
    "invert_lower",
    "log_det",
    "pack",
    "packed_size",
    "triangle",
    "unpack",
]
