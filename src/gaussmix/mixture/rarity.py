"""How rarely a mixture has a density as low: the tail probability of the log density."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import brentq
from scipy.special import betainc, gammaincc, gammainccinv, gammaln

from gaussmix._typing import FloatArray
from gaussmix.density import Components, Tails
from gaussmix.mixture.sampling import sample

#: Draws that a table of tail probabilities is made of.
_DRAWS = 40_000
#: Tail probability at which the widest draws from Gaussians lie.
_REACH = 1e-30
#: How many times wider draws from Student t's become, one set after the other.
_STUDENT_WIDTHS = np.geomspace(1.0, 2.0**14, 8)
#: Numbers held for draws that are looked at together.
_AT_ONCE = 1 << 21
#: Terms of a continued fraction, far more than it needs where it is used.
_TERMS = 60
#: Where a logarithm of a float64 still has all its digits.
_SAFE = -690.0


class Rarity(Protocol):
    """The distribution of a mixture's own log density."""

    def log_tail(self, log_density: FloatArray) -> FloatArray:
        """log P(log p(Y) <= log density) of a draw Y, (N,) for (N,)."""

    def level(self, log_tail: float) -> float:
        """The log density that a draw is below with that log probability."""


def rarity_of(components: Components, rng: np.random.Generator) -> Rarity:
    """How rarely components have densities as low.

    Parameters
    ----------
    components : Components
        Without noise.
    rng : Generator
        Unused for one component, of which the answer is exact.
    """
    if components.n_components == 1:
        peak = float(components.log_peaks[0])
        if components.dof is None:
            return OneGaussian(components.n_features, peak)
        peak += float(Tails(components.dof, components.n_features).log_excess[0])
        return OneStudent(components.n_features, peak, float(components.dof[0]))
    return Draws.of(components, rng)


@dataclass(frozen=True)
class OneGaussian:
    """Of one Gaussian: the squared distance from its mean is chi-square.

    Attributes
    ----------
    n_features : int
        D, the degrees of freedom.
    peak : float
        Log density at the mean.
    """

    n_features: int
    peak: float

    def log_tail(self, log_density: FloatArray) -> FloatArray:
        """log P(log p(Y) <= log density), (N,)."""
        return self._log_beyond(np.maximum(self.peak - log_density, 0.0))

    def _log_beyond(self, fall: FloatArray) -> FloatArray:
        """Log probability of falling short of the peak by more, (N,)."""
        half = 0.5 * self.n_features
        with np.errstate(divide="ignore", invalid="ignore"):
            out = np.log(gammaincc(half, fall))
            far = half * np.log(fall) - fall - gammaln(half) - np.log(_fraction(half, fall))
        far[np.isposinf(fall)] = -np.inf
        return np.asarray(np.where(out > _SAFE, out, far))

    def level(self, log_tail: float) -> float:
        """The log density that a draw is below with that log probability."""
        return self.peak - _inverse(self._log_beyond, log_tail)


@dataclass(frozen=True)
class OneStudent:
    """Of one Student t: the squared distance over D has an F distribution.

    Attributes
    ----------
    n_features : int
        D.
    peak : float
        Log density at the mean.
    dof : float
        Degrees of freedom v.
    """

    n_features: int
    peak: float
    dof: float

    def log_tail(self, log_density: FloatArray) -> FloatArray:
        """log P(log p(Y) <= log density), (N,)."""
        return self._log_beyond(np.maximum(self.peak - log_density, 0.0))

    def _log_beyond(self, fall: FloatArray) -> FloatArray:
        """Log probability of falling short of the peak by more, (N,)."""
        half, halves = 0.5 * self.dof, 0.5 * self.n_features
        # v / (v + q), from the fall ((v + D) / 2) log(1 + q / v).
        log_share = -fall / (half + halves)
        share = np.exp(log_share)
        with np.errstate(divide="ignore"):
            out = np.log(betainc(half, halves, share))
        # The incomplete beta function of a small share z is z^a / (a B(a, b)).
        beta = gammaln(half) + gammaln(halves) - gammaln(half + halves)
        return np.asarray(np.where(out > _SAFE, out, half * log_share - np.log(half) - beta))

    def level(self, log_tail: float) -> float:
        """The log density that a draw is below with that log probability."""
        return self.peak - _inverse(self._log_beyond, log_tail)


@dataclass(frozen=True, eq=False)
class Draws:
    """Of several components: a table made by draws that are spread more and more widely.

    Attributes
    ----------
    levels : (S,) array
        Log densities of the draws, rising.
    log_tails : (S,) array
        Log of the probability of at most that, rising to 0.
    errors : (S,) array
        Relative standard errors of these probabilities.
    slope : float
        How many times faster than the probability the density falls, beyond the draws.

    Notes
    -----
    Draw j of n comes from the mixture with its covariances widened s_j^2 times, and counts
    p(y) / mean_j p_j(y) with p_j those densities (importance sampling with the balance heuristic:
    Veach & Guibas 1995, SIGGRAPH, 419-428), so that a tail probability of 1e-20 has as many draws
    behind it as one of 1e-2.
    """

    levels: FloatArray
    log_tails: FloatArray
    errors: FloatArray
    slope: float

    @classmethod
    def of(cls, components: Components, rng: np.random.Generator) -> "Draws":
        """The table for components without noise."""
        widths = _widths(components)
        n = -(-_DRAWS // len(widths))
        x, label = sample(components, n * len(widths), rng)
        mean = components.means[label]
        x = mean + np.repeat(widths, n)[:, None] * (x - mean)
        held = components.n_components * (components.n_features + len(widths))
        size = max(1, _AT_ONCE // held)
        pieces = [x[start : start + size] for start in range(0, len(x), size)]
        joint = np.concatenate([_log_densities(components, piece, widths) for piece in pieces])
        order = np.argsort(joint[:, 0], kind="stable")
        level = joint[order, 0]
        log_weight = level - _log_sum(joint.T)[order]
        log_sum = np.logaddexp.accumulate(log_weight)
        squares = np.logaddexp.accumulate(2.0 * log_weight)
        errors = np.exp(0.5 * squares - log_sum)
        dof = components.dof
        slope = 1.0 if dof is None else float((dof / (dof + components.n_features)).min())
        return cls(level, log_sum - log_sum[-1], errors, slope)

    def log_tail(self, log_density: FloatArray) -> FloatArray:
        """log P(log p(Y) <= log density), (N,)."""
        inside = np.interp(log_density, self.levels, self.log_tails)
        below = self.log_tails[0] + self.slope * (log_density - self.levels[0])
        return np.asarray(np.where(log_density < self.levels[0], below, inside))

    def level(self, log_tail: float) -> float:
        """The log density that a draw is below with that log probability."""
        if log_tail < self.log_tails[0]:
            return float(self.levels[0] + (log_tail - self.log_tails[0]) / self.slope)
        return float(np.interp(log_tail, self.log_tails, self.levels))


def _widths(components: Components) -> FloatArray:
    """How many times wider than the components draws are, rising from one."""
    if components.dof is not None:
        return _STUDENT_WIDTHS
    n_features = components.n_features
    widest = np.sqrt(2.0 * gammainccinv(0.5 * n_features, _REACH) / n_features)
    # Distances from a mean scatter by 1 / sqrt(2 D) of themselves.
    n_steps = int(np.ceil(np.log(widest) / np.log1p(1.0 / np.sqrt(n_features))))
    return np.asarray(np.geomspace(1.0, widest, n_steps + 1))


def _log_densities(components: Components, x: FloatArray, widths: FloatArray) -> FloatArray:
    """Log densities of points x (B, D) under components widened so many times, (B, S)."""
    squares = np.stack(
        [
            components.covariances.square_distance(k, (x - components.means[k]).T)
            for k in range(components.n_components)
        ]
    )
    peaks = (components.log_weights + components.log_peaks)[:, None]
    out = np.empty((len(x), len(widths)))
    falls = np.empty_like(squares)
    for s, width in enumerate(widths):
        wide = peaks - components.n_features * np.log(width)
        joint = wide - squares * (0.5 / width**2)
        if components.dof is not None:
            Tails(components.dof, components.n_features).fatten(joint, wide, falls)
        out[:, s] = _log_sum(joint)
    return out


def _log_sum(terms: FloatArray) -> FloatArray:
    """Logs of the sums of what the terms (K, N) are logs of, (N,); each sum has a finite one."""
    highest = terms.max(axis=0)
    return np.asarray(highest + np.log(np.exp(terms - highest).sum(axis=0)))


def _fraction(a: float, x: FloatArray) -> FloatArray:
    """x^a e^-x over the upper incomplete gamma function of a at x > a, (N,)."""
    out: FloatArray = np.full_like(x, np.inf)
    for n in range(_TERMS, 0, -1):
        out = x + 2 * n + 1 - a - (n + 1) * (n + 1 - a) / out
    fraction: FloatArray = x + 1.0 - a - (1.0 - a) / out
    return fraction


def _inverse(log_beyond: Callable[[FloatArray], FloatArray], log_tail: float) -> float:
    """The fall from the peak that a draw exceeds with that log probability."""
    high = 1.0
    while log_beyond(np.array([high]))[0] > log_tail:
        high *= 2.0
    return float(
        brentq(lambda fall: log_beyond(np.array([fall]))[0] - log_tail, 0.0, high, xtol=1e-12)
    )
