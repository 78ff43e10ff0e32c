"""What components make of the rows of one block: log densities, and what is hidden from them.

A row may be complete, have gaps, be measured with error, or be an interval. In each case a
component k gives what was observed a density, and what was not a conditional mean and a
conditional covariance. These are all that expectation maximisation needs to know.
"""

from abc import ABC, abstractmethod

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import Quadratic, Split
from gaussmix.data import Block
from gaussmix.density.components import Components, Noise


class Observation(ABC):
    """The rows of one block as K components see them.

    Attributes
    ----------
    n_observed : int
        Number of values that each row has.
    """

    def __init__(self, block: Block) -> None:
        self.n_observed = block.n_observed

    @abstractmethod
    def write_log_density(self, k: int, out: FloatArray) -> None:
        """Write component k's log density of what was observed to out (B,)."""

    def write_log_noise(self, noise: Noise, out: FloatArray) -> None:
        """Write the noise's weighted log density of what was observed to out (B,)."""
        out[...] = noise.log_joint

    def log_peaks(self) -> FloatArray:
        """Log densities of what was observed, were it the components' means, (K, 1) or (K, B)."""
        raise errors.tails_need_points()

    @abstractmethod
    def completed(self, k: int, point: FloatArray) -> FloatArray:
        """Component k's conditional means of the complete rows less a point (D,), (D, B)."""

    @abstractmethod
    def spread(self, k: int, weight: FloatArray, quadratic: Quadratic) -> FloatArray:
        """Weighted sum of component k's conditional covariances, as features (Q,)."""


def _write_gaussian(components: Components, k: int, away: FloatArray, out: FloatArray) -> None:
    """Write the log density of component k for rows less its mean, (D, B)."""
    np.multiply(components.covariances.square_distance(k, away), -0.5, out=out)
    out += components.log_peaks[k]


class CompleteRows(Observation):
    """Rows of which every value is observed."""

    def __init__(self, components: Components, block: Block) -> None:
        super().__init__(block)
        self._components, self._block = components, block

    def write_log_density(self, k: int, out: FloatArray) -> None:
        """Write component k's log density to out (B,)."""
        components = self._components
        _write_gaussian(components, k, self._block.less(components.means[k]), out)

    def log_peaks(self) -> FloatArray:
        """Log densities at the means, (K, 1)."""
        return self._components.log_peaks[:, None]

    def completed(self, k: int, point: FloatArray) -> FloatArray:  # noqa: ARG002  the same for each k
        """The rows less a point, (D, B)."""
        return self._block.less(point)

    def spread(self, k: int, weight: FloatArray, quadratic: Quadratic) -> FloatArray:  # noqa: ARG002  nothing is hidden
        """Zeros (Q,)."""
        return np.zeros(quadratic.size(self._block.n_columns))


class RowsWithGaps(Observation):
    """Rows of which the same values are missing.

    Parameters
    ----------
    components : Components
        Of all columns.
    marginal : Components
        Of the observed columns.
    split : Split
        Of the covariances.
    block : Block
    """

    def __init__(
        self, components: Components, marginal: Components, split: Split, block: Block
    ) -> None:
        assert block.observed is not None
        super().__init__(block)
        self._means, self._marginal, self._split = components.means, marginal, split
        self._block, self._observed = block, block.observed
        self._missing = np.delete(np.arange(components.n_features), block.observed)

    def write_log_density(self, k: int, out: FloatArray) -> None:
        """Write component k's log density of the observed values to out (B,)."""
        _write_gaussian(self._marginal, k, self._block.less(self._marginal.means[k]), out)

    def log_peaks(self) -> FloatArray:
        """Log densities of the observed columns at the means, (K, 1)."""
        return self._marginal.log_peaks[:, None]

    def completed(self, k: int, point: FloatArray) -> FloatArray:
        """The rows less a point, (D, B), component k's conditional means in the gaps."""
        away = np.empty((len(point), self._block.n_rows))
        away[self._observed] = self._block.less(point[self._observed])
        from_mean = self._block.less(self._marginal.means[k])
        offset = (self._means[k] - point)[self._missing]
        away[self._missing] = self._split.missing_mean(k, from_mean) + offset[:, None]
        return away

    def spread(self, k: int, weight: FloatArray, quadratic: Quadratic) -> FloatArray:
        """Weighted sum of component k's conditional covariances, as features (Q,)."""
        covariance = np.zeros((len(self._means[k]),) * 2)
        covariance[np.ix_(self._missing, self._missing)] = self._split.missing_covariance(k)
        return np.asarray(weight.sum() * quadratic.of_matrices(covariance))
