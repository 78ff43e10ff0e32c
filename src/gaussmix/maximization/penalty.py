"""The penalty that keeps covariances away from zero, in units of the data."""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import ScatterKind
from gaussmix.density import Components


@dataclass(frozen=True, slots=True)
class Penalty:
    """-(nu / 2) sum_k tr(inverse(Sigma_k) diag(s^2)).

    It is what `nu` pseudo-rows of variance s^2 in every component would add, so every
    M-step stays as it is once its scatter is increased, and EM never lowers the penalised
    likelihood. Spherical covariances see the mean of s^2.

    Attributes
    ----------
    strength : float or (T,) array
        nu = reg_covar * (sum of row weights) / K; one for each component where mixtures of
        several K lie side by side.
    variance : (D,) array
        s^2, the columns' weighted variances.
    """

    strength: float | FloatArray
    variance: FloatArray

    def scatter(self, kind: ScatterKind, n_components: int) -> FloatArray:
        """What it adds to a component's scatter, (Q,) or (T, Q), or to the pooled scatter."""
        strength = np.asarray(self.strength) * (n_components if kind.pooled else 1)
        return np.asarray(strength[..., None] * kind.quadratic.of_diagonals(self.variance))

    def of_each(self, components: Components) -> FloatArray:
        """Its value for each component, (K,)."""
        diagonal = components.covariances.precision_diagonal
        return np.asarray(-0.5 * self.strength * (diagonal @ self.variance))

    def objective(self, components: Components) -> float:
        """Its value for the components: at most zero."""
        return float(self.of_each(components).sum()) if np.any(self.strength) else 0.0
