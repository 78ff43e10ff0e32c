"""The parameters of a mixture, as the rooms pass them on."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import Covariances

_LOG_ZERO = -1e300


@dataclass(frozen=True)
class Components:
    """K weighted Gaussians.

    Attributes
    ----------
    weights : (K,) array
        Proportions; they sum to one.
    means : (K, D) array
    covariances : Covariances
    """

    weights: FloatArray
    means: FloatArray
    covariances: Covariances

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number D of features."""
        return int(self.means.shape[1])

    @cached_property
    def log_scale(self) -> FloatArray:
        """log(weight) less the log of the Gaussian's normaliser, (K,).

        The logarithm of a weight of zero is finite but beyond the reach of any density, so
        that products with it stay numbers.
        """
        empty = self.weights <= 0.0
        log_weights = np.where(empty, _LOG_ZERO, np.log(np.where(empty, 1.0, self.weights)))
        log_2pi = self.n_features * np.log(2.0 * np.pi)
        return np.asarray(log_weights - 0.5 * (self.covariances.log_det + log_2pi))

    @cached_property
    def centre_and_scale(self) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of each column under the mixture, (D,) each."""
        centre = self.weights @ self.means
        between = self.weights @ (self.means - centre) ** 2
        return centre, np.sqrt(self.weights @ self.covariances.variances + between)

    def take(self, order: IntArray) -> "Components":
        """The same components in another order."""
        return Components(self.weights[order], self.means[order], self.covariances.take(order))
