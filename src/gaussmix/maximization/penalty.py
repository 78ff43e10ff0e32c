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
    strength : float
        nu = reg_covar * (sum of row weights) / K.
    variance : (D,) array
        s^2, the columns' weighted variances.
    """

    strength: float
    variance: FloatArray

    def scatter(self, kind: ScatterKind, n_components: int) -> FloatArray:
        """What it adds to a component's scatter, (Q,), or to the pooled scatter."""
        strength = self.strength * (n_components if kind.pooled else 1)
        return strength * kind.quadratic.of_matrices(np.diag(self.variance))

    def objective(self, components: Components) -> float:
        """Its value for the components: at most zero."""
        if self.strength == 0.0:
            return 0.0
        diagonal = components.covariances.precision_diagonal
        return -0.5 * self.strength * float((diagonal @ self.variance).sum())
