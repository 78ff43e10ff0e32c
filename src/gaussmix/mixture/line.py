"""The density of a mixture of one column, cut where it turns."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp, softmax

from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import Components, Noise
from gaussmix.mixture.normals import log_between

#: Standard deviations around each mean that are looked at: closely, in so many places, and at all.
_NEAR, _PLACES, _REACH = 6.0, 193, 38.5
#: Halvings that find a root to float64.
_HALVINGS = 60
#: Relative to a place, how far a step may still lead.
_CLOSE = 4e-16
_HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))
#: How far log levels are looked for below the highest, and how closely.
_DEEPEST, _LEVEL = 1e4, 2e-15


@dataclass(frozen=True)
class Bells:
    """Weighted Gaussians of one column, none or more.

    Attributes
    ----------
    log_weights, means, std : (K,) arrays
    """

    log_weights: FloatArray
    means: FloatArray
    std: FloatArray

    @classmethod
    def of(cls, components: Components) -> "Bells":
        """Those of some weight."""
        used = components.weights > 0.0
        std = np.sqrt(components.covariances.variances[used, 0])
        return cls(np.log(components.weights[used]), components.means[used, 0], std)

    def _each(self, x: FloatArray) -> FloatArray:
        """Log of each weighted density at x (P,), (P, K)."""
        z = (x[:, None] - self.means) / self.std
        return np.asarray(self.log_weights - 0.5 * z**2 - np.log(self.std) - _HALF_LOG_2PI)

    def log_density(self, x: FloatArray) -> FloatArray:
        """Log of their sum, (P,)."""
        if len(self.means) == 0:
            return np.full(len(x), -np.inf)
        return np.asarray(logsumexp(self._each(x), axis=1))

    def slope(self, x: FloatArray) -> FloatArray:
        """Its derivative, (P,)."""
        pull = (self.means - x[:, None]) / self.std**2
        return np.asarray((softmax(self._each(x), axis=1) * pull).sum(axis=1))

    def mass(self, low: FloatArray, high: FloatArray) -> float:
        """What they give to intervals (P,), together."""
        a, b = ((ends[:, None] - self.means) / self.std for ends in (low, high))
        return float(np.exp(self.log_weights + log_between(a, b)).sum())

    def turns(self) -> FloatArray:
        """Places where their sum turns, and ends beyond which nothing is seen.

        Slopes are looked at in steps of a sixteenth of every standard deviation.
        """
        if len(self.means) == 0:
            return np.empty(0)
        near = self.means[:, None] + self.std[:, None] * np.linspace(-_NEAR, _NEAR, _PLACES)
        reach = _REACH * self.std
        ends = [(self.means - reach).min(), (self.means + reach).max()]
        places = np.unique(np.concatenate([near.ravel(), ends]))
        rises = self.slope(places) > 0.0
        turns = np.flatnonzero(rises[1:] != rises[:-1])
        low, high, up = places[turns], places[turns + 1], rises[turns]
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            same = (self.slope(middle) > 0.0) == up
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        return np.concatenate([ends, low])


@dataclass(frozen=True)
class Line:
    """The density of one column in pieces on which it only rises or only falls.

    Attributes
    ----------
    bells : Bells
    noise : Noise or None
    start, stop : (P,) arrays
        Ends of the pieces, rising.
    flat : (P,) array
        Log density of noise on each piece; -inf for none.
    """

    bells: Bells
    noise: Noise | None
    start: FloatArray
    stop: FloatArray
    flat: FloatArray

    @classmethod
    def of(cls, components: Components) -> "Line":
        """Cut where the Gaussians' slope changes its sign, and where noise begins and ends."""
        bells, noise = Bells.of(components), components.noise
        ends = [] if noise is None else [noise.low, noise.high]
        cuts = np.unique(np.concatenate([bells.turns(), *ends]))
        start, stop, flat = cuts[:-1], cuts[1:], np.full(len(cuts) - 1, -np.inf)
        if noise is not None and noise.weight > 0.0:
            flat[(start >= noise.low[0]) & (stop <= noise.high[0])] = noise.log_joint
        return cls(bells, noise, start, stop, flat)

    def log_density(self, x: FloatArray) -> FloatArray:
        """Log density at one place x (P,) of each piece."""
        return np.logaddexp(self.bells.log_density(x), self.flat)

    def pieces(self, log_level: float) -> tuple[FloatArray, FloatArray]:
        """Ends of the parts of the pieces where the density is at least a level."""
        at_start, at_stop = self.log_density(self.start), self.log_density(self.stop)
        falls = at_start >= at_stop
        inside = np.where(falls, self.start, self.stop)
        outside = np.where(falls, self.stop, self.start)
        some = np.maximum(at_start, at_stop) >= log_level
        crossed = np.flatnonzero(some & (np.minimum(at_start, at_stop) < log_level))
        outside[crossed] = self._crossings(log_level, crossed, inside[crossed], outside[crossed])
        low, high = np.minimum(inside, outside)[some], np.maximum(inside, outside)[some]
        return low[high > low], high[high > low]

    def _crossings(
        self, log_level: float, pieces: IntArray, above: FloatArray, below: FloatArray
    ) -> FloatArray:
        """Where the density falls through a level on pieces, from above it to below, (C,).

        Newton's method within a bracket that bisection narrows.
        """
        x, flat = 0.5 * (above + below), self.flat[pieces]
        for _ in range(_HALVINGS):
            of_bells = self.bells.log_density(x)
            height = np.logaddexp(of_bells, flat)
            good = height >= log_level
            above, below = np.where(good, x, above), np.where(good, below, x)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
                slope = np.exp(of_bells - height) * self.bells.slope(x)
                newton = x + (log_level - height) / slope
            within = (newton - above) * (newton - below) < 0.0
            before, x = x, np.where(within, newton, 0.5 * (above + below))
            if (np.abs(x - before) <= _CLOSE * np.abs(x)).all():
                break
        return x

    def mass(self, log_level: float) -> float:
        """Probability of where the density is at least a level."""
        low, high = self.pieces(log_level)
        mass = self.bells.mass(low, high)
        if self.noise is not None:
            shared = np.minimum(high, self.noise.high) - np.maximum(low, self.noise.low)
            extent = self.noise.high[0] - self.noise.low[0]
            mass += self.noise.weight * np.maximum(shared, 0.0).sum() / extent
        return mass

    def log_level(self, mass: float) -> float:
        """Log of the highest level whose region has a probability of at least `mass`."""
        ends = np.concatenate([self.log_density(self.start), self.log_density(self.stop)])
        high, step = float(ends.max()), 1.0
        # What float64 sees of the peak may have more than a tiny mass.
        if self.mass(high) >= mass:
            return high
        while self.mass(high - step) < mass and step < _DEEPEST:
            step *= 2.0
        if self.mass(high - step) <= mass:
            return high - step
        # Across a level that has an extent of its own the mass jumps; below it there is enough.
        found = brentq(lambda level: self.mass(level) - mass, high - step, high, xtol=_LEVEL)
        return float(found - _LEVEL * (1.0 + 2.0 * abs(found)))
