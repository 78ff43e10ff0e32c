"""`Univariate`: mixtures in one column, one for each row, side by side."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr, logsumexp, ndtr, ndtri

from gaussmix._typing import FloatArray, IntArray

#: Steps after which bisection alone has found any float64.
_MOST_STEPS = 200
#: Probabilities above this are far from where float64 ends.
_TINY = 1e-250
#: Relative to a quantile and the narrowest part's width, where the search ends.
_CLOSE = 1e-15


@dataclass(frozen=True)
class Univariate:
    """N mixtures of K Gaussians in one column, and noise or none.

    Attributes
    ----------
    weights : (N, K) array
        Each row, with its noise, sums to one.
    means : (N, K) array
    std : (N, K) or (K,) array
        Standard deviations, above zero.
    noise_weight : (N,) array or None
        Proportion of a uniform density.
    low, high : float
        Where that begins and ends.
    """

    weights: FloatArray
    means: FloatArray
    std: FloatArray
    noise_weight: FloatArray | None = None
    low: float = 0.0
    high: float = 1.0

    def take(self, rows: IntArray) -> "Univariate":
        """Those of some rows."""
        return replace(
            self,
            weights=self.weights[rows],
            means=self.means[rows],
            std=self.std[rows] if self.std.ndim == 2 else self.std,
            noise_weight=None if self.noise_weight is None else self.noise_weight[rows],
        )

    @property
    def mirrored(self) -> "Univariate":
        """Those of the column's negative."""
        return replace(self, means=-self.means, low=-self.high, high=-self.low)

    def mean(self) -> FloatArray:
        """Means of the mixtures, (N,)."""
        mean = np.einsum("nk,nk->n", self.weights, self.means)
        if self.noise_weight is not None:
            mean += self.noise_weight * 0.5 * (self.low + self.high)
        return np.asarray(mean)

    def variance(self) -> FloatArray:
        """Variances of the mixtures, (N,)."""
        mean = self.mean()
        square = np.square(self.std) + np.square(self.means - mean[:, None])
        variance = np.einsum("nk,nk->n", self.weights, square)
        if self.noise_weight is not None:
            off = 0.5 * (self.low + self.high) - mean
            variance += self.noise_weight * (np.square(self.high - self.low) / 12.0 + off**2)
        return np.asarray(variance)

    def pdf(self, x: FloatArray) -> FloatArray:
        """Density of x (N,) under each row's mixture, (N,)."""
        z = (x[:, None] - self.means) / self.std
        with np.errstate(under="ignore"):
            bells = np.exp(-0.5 * np.square(z)) / (self.std * np.sqrt(2.0 * np.pi))
        density = np.einsum("nk,nk->n", self.weights, bells)
        if self.noise_weight is not None:
            inside = (x >= self.low) & (x <= self.high)
            density += np.where(inside, self.noise_weight / (self.high - self.low), 0.0)
        return np.asarray(density)

    def cdf(self, x: FloatArray) -> FloatArray:
        """Probability of at most x (N,), (N,)."""
        below = np.einsum("nk,nk->n", self.weights, ndtr((x[:, None] - self.means) / self.std))
        if self.noise_weight is not None:
            below += self.noise_weight * self._share_below(x)
        return np.asarray(np.minimum(below, 1.0))

    def log_cdf(self, x: FloatArray, *, plain: bool = False) -> FloatArray:
        """Its logarithm, (N,), with all digits in the lower tail.

        With `plain`, which is faster, -inf where the probability itself ends float64.
        """
        if plain:
            with np.errstate(divide="ignore", under="ignore"):
                return np.log(self.cdf(x))
        with np.errstate(divide="ignore"):
            each = np.log(self.weights) + log_ndtr((x[:, None] - self.means) / self.std)
            if self.noise_weight is not None:
                noise = np.log(self.noise_weight * self._share_below(x))
                each = np.column_stack([each, noise])
        return np.asarray(logsumexp(each, axis=1))

    def _share_below(self, x: FloatArray) -> FloatArray:
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)

    def quantile(self, q: float | FloatArray) -> FloatArray:
        """What each mixture is at most with probability q in [0, 1], (N,); q may differ by row.

        Newton's method for log F(x) = log q, within a bracket that bisection narrows; the upper
        half is that of the mirrored mixtures, so that both tails keep their digits.
        """
        q = np.broadcast_to(np.asarray(q, dtype=np.float64), len(self.weights))
        above = q > 0.5
        if not above.any():
            return self._low_quantile(q)
        if above.all():
            return -self.mirrored.quantile(1.0 - q)
        out = np.empty(len(q))
        for rows in (np.flatnonzero(~above), np.flatnonzero(above)):
            out[rows] = self.take(rows).quantile(q[rows])
        return out

    def _low_quantile(self, q: FloatArray) -> FloatArray:
        """Quantiles of q (N,) up to a half."""
        nothing = q == 0.0
        low, high = self._bracket(np.where(nothing, 0.5, q))
        bottom = np.where(self.weights.any(axis=1), -np.inf, self.low)
        out = np.where(nothing, bottom, 0.5 * (low + high))
        narrowest = np.where(self.weights > 0.0, self.std, np.inf).min(axis=1)
        open_ = np.flatnonzero((high > low) & ~nothing)
        plain = bool((q[open_] > _TINY).all())
        for _ in range(_MOST_STEPS):
            if len(open_) == 0:
                break
            some = self.take(open_)
            x = out[open_]
            away = some.log_cdf(x, plain=plain) - np.log(q[open_])
            low[open_] = np.where(away <= 0.0, x, low[open_])
            high[open_] = np.where(away >= 0.0, x, high[open_])
            with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
                newton = x - away * np.exp(away) * q[open_] / some.pdf(x)
            inside = (newton > low[open_]) & (newton < high[open_])
            out[open_] = np.where(inside, newton, 0.5 * (low[open_] + high[open_]))
            near = np.minimum(np.abs(x) + narrowest[open_], np.finfo(np.float64).max)
            moved = np.abs(out[open_] - x) > _CLOSE * near
            open_ = open_[moved & (away != 0.0)]
        return out

    def _bracket(self, q: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where each quantile must lie: between those of the parts, (N,) each."""
        parts = self.means + ndtri(q)[:, None] * self.std
        counts = self.weights > 0.0
        low = np.where(counts, parts, np.inf).min(axis=1)
        high = np.where(counts, parts, -np.inf).max(axis=1)
        if self.noise_weight is not None:
            own = np.where(self.noise_weight > 0.0, self.low + q * (self.high - self.low), np.nan)
            low, high = np.fmin(low, own), np.fmax(high, own)
        return low, high

    def interval(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Quantiles that leave out as much on either side, (N,) each."""
        tail = 0.5 * (1.0 - level)
        return self.quantile(tail), -self.mirrored.quantile(tail)
