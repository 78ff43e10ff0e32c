"""Normal components for rows that are intervals: probabilities, and moments of what lies inside.

Everything follows from one integral with positive weights. Seen from the end of the interval
that is nearer to the component's mean, `near` standard deviations away from it, the density falls
with the distance v as

    exp(-v (near + v / 2)),   0 <= v <= reach,

where the reach is the interval's width, cut where nothing is left that float64 could show. Gauss-
Legendre sums of this, of v and of v^2 times it subtract no two nearly equal numbers, be the
interval narrow, wide or far out in a tail, as differences of the distribution function do.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.data.intervals import interval_points

#: Standard deviations of a normal beyond which less than 3e-18 of its peak is left.
_RADIUS = 9.0
#: Distances from the mean are cut here, so that their squares stay finite.
_FARTHEST = 1e150
_SMALLEST = float(np.finfo(np.float64).tiny)
_HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))
#: Nodes that give all three sums to 5e-13 or better, while the exponent changes by at most so
#: much from one end of the reach to the other (tests/density/test_intervals.py).
_RULES = ((2.0, 10), (10.0, 16), (41.0, 24), (np.inf, 48))


@dataclass(frozen=True, slots=True)
class TruncatedNormals:
    """Each of K normal components, restricted to each of B intervals.

    Attributes
    ----------
    log_probability : (K, B) array
        Log of the probability that the component gives to the interval.
    mean : (K, B) array
        Mean of the part of the component inside, less the interval's point
        (`interval_points`); in units of the data.
    variance : (K, B) array
        Variance of the part inside; in squared units of the data.
    """

    log_probability: FloatArray
    mean: FloatArray
    variance: FloatArray


def log_probability(
    lower: FloatArray, upper: FloatArray, means: FloatArray, std: FloatArray
) -> FloatArray:
    """Log of the probability that each component gives to each interval, (K, B).

    The error is below 1e-13 max(1, |log p|).

    Parameters
    ----------
    lower, upper : (B,) arrays
        Ends of the intervals, lower < upper; -inf and inf are allowed.
    means, std : (K,) arrays
        Means and standard deviations of the components, std > 0.
    """
    return truncated_normals(lower, upper, means, std).log_probability


def truncated_normals(
    lower: FloatArray, upper: FloatArray, means: FloatArray, std: FloatArray
) -> TruncatedNormals:
    """Probabilities and moments of each component inside each interval.

    Log probabilities are right to 1e-13 max(1, |log p|), variances to a relative 1e-12, means
    to 1e-13 min(width, std) and the rounding of the value itself.

    Parameters
    ----------
    lower, upper : (B,) arrays
        Ends of the intervals, lower < upper; -inf and inf are allowed.
    means, std : (K,) arrays
        Means and standard deviations of the components, std > 0.

    Notes
    -----
    The E-step of McLachlan & Jones (1988), Biometrics 44, 571-578. With a_b the interval's point
    and r_kb its responsibilities, its share of component k's shift and scatter about c_k is

        r_kb (a_b - c_k + mean_kb)   and   r_kb ((a_b - c_k + mean_kb)^2 + variance_kb).
    """
    mean, scale = means[:, None], std[:, None]
    # What overflows here, or has no end, is cut below.
    with np.errstate(over="ignore"):
        below, above = lower - mean, upper - mean
        mirrored = above < -below
        start = np.where(mirrored, -above, below) / scale
        width = np.maximum((upper - lower) / scale, _SMALLEST)
    near = np.clip(start, -_RADIUS, _FARTHEST)
    mass, away, spread = _sums(near, np.minimum(width, _visible(near)))
    log_mass = np.log(mass) - 0.5 * near**2 - _HALF_LOG_2PI
    point, is_cut = interval_points(lower, upper), start < -_RADIUS
    origin = np.where(is_cut, mean, np.where(mirrored, upper, lower)) - point
    away = np.where(is_cut, away - _RADIUS, away) * np.where(mirrored, -scale, scale)
    return TruncatedNormals(np.minimum(log_mass, 0.0), origin + away, scale**2 * spread)


def _visible(near: FloatArray) -> FloatArray:
    """The distance v from the near end at which the density has fallen out of sight."""
    outside = np.maximum(near, 0.0)
    beyond = _RADIUS**2 / (outside + np.hypot(outside, _RADIUS))
    return np.asarray(beyond - np.minimum(near, 0.0))


def _sums(near: FloatArray, reach: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Integral of exp(-v (near + v / 2)) over the reach, mean and variance of v, each (K, B)."""
    found = np.full((3, *near.shape), np.nan)
    change = reach * (np.abs(near) + 0.5 * reach)
    smallest = -np.inf
    for largest, n_nodes in _RULES:
        chosen = (change > smallest) & (change <= largest)
        if chosen.any():
            found[:, chosen] = _gauss_legendre(near[chosen], reach[chosen], n_nodes)
        smallest = largest
    return found[0], found[1], found[2]


def _gauss_legendre(near: FloatArray, reach: FloatArray, n_nodes: int) -> FloatArray:
    """The same with one rule: (3, R) for R pairs of a component and an interval."""
    linear, square = -near * reach, -0.5 * reach * reach
    sums = np.zeros((3, len(near)))
    term = np.empty(len(near))
    for y, weight in _rule(n_nodes):
        np.multiply(square, y, out=term)
        term += linear
        term *= y
        np.exp(term, out=term)
        # From sum to sum the term gains one more factor y.
        for power, factor in enumerate((weight, y, y)):
            term *= factor
            sums[power] += term
    mass, first, second = sums
    mean = first / mass
    variance = second / mass - mean * mean
    return np.stack([reach * mass, reach * mean, reach * reach * variance])


@cache
def _rule(n_nodes: int) -> tuple[tuple[float, float], ...]:
    """Gauss-Legendre nodes in (0, 1) with their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    pairs = zip(0.5 * (nodes + 1.0), 0.5 * weights, strict=True)
    return tuple((float(node), float(weight)) for node, weight in pairs)
