"""Weighted moments of one block, per component: what statistics are made of."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import ScatterKind


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over rows about reference points c_k, with responsibilities times weights r_nk.

    A value counts with its pull p_nk, which is r_nk for Gaussians and less for a Student t far out.

    Attributes
    ----------
    mass : (K,) array
        sum_n r_nk.
    shift : (K, D) array
        sum_n p_nk (x_n - c_k).
    scatter : (K, Q) array
        sum_n p_nk q(x_n - c_k).
    pull : (K,) array
        sum_n p_nk.
    """

    mass: FloatArray
    shift: FloatArray
    scatter: FloatArray
    pull: FloatArray

    @classmethod
    def zeros(cls, kind: ScatterKind, n_components: int, n_features: int) -> Self:
        """Moments of no rows."""
        return cls(
            np.zeros(n_components),
            np.zeros((n_components, n_features)),
            np.zeros((n_components, kind.quadratic.size(n_features))),
            np.zeros(n_components),
        )
