"""The parameters of a mixture, as the rooms pass them on."""

from dataclasses import astuple, dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.covariance import Covariances

#: Stands for the logarithm of zero: finite, but beyond the reach of any density.
LOG_ZERO = -1e300


@dataclass(frozen=True)
class Noise:
    """A uniform density over a box, for rows that belong to no component.

    Attributes
    ----------
    weight : float
        Its proportion.
    low, high : (D,) arrays
        Corners of the box.
    has_end : bool
        Whether the density is zero outside. Not where its volume was set: then the box only
        stands for that volume, and every row is taken to be within reach.
    """

    weight: float
    low: FloatArray
    high: FloatArray
    has_end: bool = True

    @property
    def log_joint(self) -> float:
        """Logarithm of the proportion times the density."""
        log_weight = np.log(self.weight) if self.weight > 0.0 else LOG_ZERO
        return float(log_weight - self.log_volume)

    @property
    def log_volume(self) -> float:
        """Logarithm of the box's volume."""
        return float(np.log(self.high - self.low).sum())

    @property
    def mean(self) -> FloatArray:
        """Middle of the box, (D,)."""
        return 0.5 * (self.low + self.high)

    @property
    def variances(self) -> FloatArray:
        """Variance of each column, (D,)."""
        return np.square(self.high - self.low) / 12.0

    def marginal(self, columns: IntArray) -> "Noise":
        """The noise of the chosen columns."""
        return replace(self, low=self.low[columns], high=self.high[columns])

    def united(self, low: FloatArray, high: FloatArray) -> "Noise":
        """The same over the smallest box that holds another, too; as it is where it has no end."""
        if not self.has_end:
            return self
        return replace(self, low=np.minimum(self.low, low), high=np.maximum(self.high, high))

    def misses(self, x: AnyArray) -> BoolArray:
        """Which of the points x (D, B) it has no density for."""
        outside = (x < self.low[:, None]) | (x > self.high[:, None])
        return np.asarray(outside.any(axis=0) & self.has_end)


@dataclass(frozen=True)
class Components:
    """K weighted Gaussians or Student t's, and noise or none.

    Attributes
    ----------
    weights : (K,) array
        Proportions; with that of the noise they sum to one.
    means : (K, D) array
    covariances : Covariances
        Of Student t's the shape matrices, which are dof / (dof - 2) times smaller than the
        covariances.
    noise : Noise or None
    expected_log_weights : (K,) array or None
        What rows weigh the components by where it is not the logarithms of the weights: of
        unknown parameters the expected log densities differ from those of their means by it.
    dof : (K,) array or None
        Degrees of freedom of Student t's, above zero; None for Gaussians.
    """

    weights: FloatArray
    means: FloatArray
    covariances: Covariances
    noise: Noise | None = None
    expected_log_weights: FloatArray | None = None
    dof: FloatArray | None = None

    @property
    def is_gaussian(self) -> bool:
        """Whether the components are Gaussians rather than Student t's."""
        return self.dof is None

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number D of features."""
        return int(self.means.shape[1])

    @cached_property
    def log_weights(self) -> FloatArray:
        """Logarithms of the weights, (K,), or what stands in for them.

        That of a weight of zero is finite but beyond the reach of any density, so that
        products with it stay numbers.
        """
        if self.expected_log_weights is not None:
            return self.expected_log_weights
        empty = self.weights <= 0.0
        return np.where(empty, LOG_ZERO, np.log(np.where(empty, 1.0, self.weights)))

    @cached_property
    def log_peaks(self) -> FloatArray:
        """Log densities of the Gaussians at their own means, (K,)."""
        log_2pi = self.n_features * np.log(2.0 * np.pi)
        return np.asarray(-0.5 * (self.covariances.log_det + log_2pi))

    @cached_property
    def centre_and_scale(self) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of each column under the Gaussians, (D,) each.

        Where noise has left them nothing, as if they were equal.
        """
        total = self.weights.sum()
        share = (
            self.weights / total
            if total > 0.0
            else np.full_like(self.weights, 1.0 / len(self.weights))
        )
        centre = share @ self.means
        between = share @ (self.means - centre) ** 2
        return centre, np.sqrt(share @ self.covariances.variances + between)

    @property
    def mean(self) -> FloatArray:
        """Mean of the distribution, (D,); NaN where a Student t has none."""
        if self.dof is not None and (self.dof[self.weights > 0.0] <= 1.0).any():
            return np.full(self.n_features, np.nan)
        mean = self.weights @ self.means
        return mean if self.noise is None else mean + self.noise.weight * self.noise.mean

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the distribution, (D, D): within plus between components.

        Where a Student t has none, variances are infinite and covariances NaN; all are NaN where
        it has no mean either.
        """
        away = self.means - self.mean
        within = np.einsum("k,kij->ij", self._spreads, self.covariances.dense())
        if not np.isfinite(self._spreads).all():
            unknown: FloatArray = np.full(within.shape, np.nan)
            np.fill_diagonal(unknown, np.inf + self.mean)
            return unknown
        covariance = within + (away.T * self.weights) @ away
        if self.noise is None:
            return np.asarray(covariance)
        off = self.noise.mean - self.mean
        spread = np.diag(self.noise.variances) + np.outer(off, off)
        return np.asarray(covariance + self.noise.weight * spread)

    @property
    def _spreads(self) -> FloatArray:
        """Weights times what matrices are multiplied by to be covariances, (K,)."""
        if self.dof is None:
            return self.weights
        with np.errstate(divide="ignore"):
            factors = np.where(self.dof > 2.0, self.dof / (self.dof - 2.0), np.inf)
        return np.asarray(self.weights * np.where(self.weights > 0.0, factors, 0.0))

    def has_same_tails(self, other: "Components") -> bool:
        """Whether both are Gaussians, or Student t's of the same degrees of freedom."""
        if self.dof is None or other.dof is None:
            return self.dof is other.dof
        return bool(np.array_equal(self.dof, other.dof))

    def has_same_noise(self, other: "Components") -> bool:
        """Whether both have no noise, or the same."""
        if self.noise is None or other.noise is None:
            return self.noise is other.noise
        return all(
            np.array_equal(a, b)
            for a, b in zip(astuple(self.noise), astuple(other.noise), strict=True)
        )

    def take(self, order: IntArray) -> "Components":
        """The same components in another order."""
        logs = self.expected_log_weights
        return Components(
            self.weights[order],
            self.means[order],
            self.covariances.take(order),
            self.noise,
            None if logs is None else logs[order],
            None if self.dof is None else self.dof[order],
        )

    def marginal(self, columns: IntArray, covariances: Covariances | None = None) -> "Components":
        """The distribution of the chosen columns, whose covariances may be known already."""
        if covariances is None:
            covariances = self.covariances.marginal(columns)
        noise = None if self.noise is None else self.noise.marginal(columns)
        logs = self.expected_log_weights
        means = self.means[:, columns]
        return Components(self.weights, means, covariances, noise, logs, self.dof)
