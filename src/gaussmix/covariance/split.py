"""Covariances taken apart into observed and missing columns."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gaussmix._typing import FloatArray

if TYPE_CHECKING:
    from gaussmix.covariance.values import Covariances


@dataclass(frozen=True, slots=True)
class Split:
    """K covariances taken apart into observed columns (o) and missing ones (m).

    Given the observed part x_o = mu_o + L y, with L L' = Sigma_oo, the missing part has mean
    mu_m + G y and covariance C.

    Attributes
    ----------
    marginal : Covariances
        Sigma_oo, whose `whiten` gives y.
    loadings : (K, Dm, Do) array, or (1, Dm, Do) when shared
        G = Sigma_mo inverse(L').
    remainder : (K, Dm, Dm) array, or (1, Dm, Dm) when shared
        C = Sigma_mm - G G'.
    """

    marginal: "Covariances"
    loadings: FloatArray
    remainder: FloatArray

    @property
    def slopes(self) -> FloatArray:
        """Sigma_mo inverse(Sigma_oo), shaped as the loadings: slopes of x_m against x_o."""
        return np.asarray(np.matmul(self.loadings, self.marginal.whiteners))

    def missing_mean(self, k: int, x: FloatArray) -> FloatArray:
        """Mean of x_m (Dm, B) given x_o (Do, B), both less component k's mean."""
        loadings = self.loadings[0 if len(self.loadings) == 1 else k]
        return np.asarray(loadings @ self.marginal.whiten(k, x))

    def missing_covariance(self, k: int) -> FloatArray:
        """C of component k, (Dm, Dm)."""
        return np.asarray(self.remainder[0 if len(self.remainder) == 1 else k])
