"""Probabilities of boxes under the components of a mixture."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import qmc

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.density import Components, Noise
from gaussmix.mixture.normals import log_between
from gaussmix.mixture.pairs import pair_probability, triple_probability
from gaussmix.mixture.separated import separated

#: Independent shifts of the points, from whose means the error is found.
_SHIFTS = 8
#: Binary logarithm of the points of a shift at first, and by how much it rises.
_FIRST, _RISE = 7, 2
#: A shift's points are whole powers of two that float64 tells apart and memory holds.
_LAST = 20
#: Standard error wanted relative to the probability itself.
_RELATIVE = 1e-3
#: Sums of two and three columns are right to this absolutely; rows below `_SMALL` are done anew.
_ABSOLUTE = 1e-14
_SMALL = 1e-9
#: The same of one column, and of columns that are independent, relative to log probabilities.
_OF_LOGS = 1e-13
#: Numbers held for the rows that are worked on together.
_AT_ONCE = 1 << 20
#: Uniform shares keep so far from 0 and 1, whose quantiles are infinite.
_EDGE = 2.0**-53


@dataclass(frozen=True)
class Points:
    """Sobol points under random shifts, for integrals over the unit cube.

    Attributes
    ----------
    shifts : (S, D) array
        Uniform.
    tol : float
        Standard error sought for a mixture's probability.
    max_points : int
        Of all shifts together.
    """

    shifts: FloatArray
    tol: float
    max_points: int

    @classmethod
    def drawn(
        cls, n_features: int, rng: np.random.Generator, tol: float, max_points: int
    ) -> "Points":
        """With shifts from a generator."""
        return cls(rng.random((_SHIFTS, n_features)), tol, max_points)

    def sizes(self) -> Iterator[int]:
        """Binary logarithms of the points of each shift, rising."""
        size = _FIRST
        yield size
        while (size := size + _RISE) <= _LAST and len(self.shifts) << size <= self.max_points:
            yield size

    def shares(self, n_columns: int, size: int) -> Iterator[FloatArray]:
        """Points (2^size, n_columns) of each shift, folded so that ends meet.

        Cranley & Patterson (1976), SIAM J. Numer. Anal. 13, 904-914; Hickernell (2002), in Monte
        Carlo and Quasi-Monte Carlo Methods 2000, 274-289.
        """
        base = qmc.Sobol(n_columns, scramble=False).random_base2(size)
        for shift in self.shifts[:, :n_columns]:
            folded = np.abs(2.0 * ((base + shift) % 1.0) - 1.0)
            yield np.clip(folded, _EDGE, 1.0 - _EDGE)


def log_joint_boxes(
    components: Components, lower: FloatArray, upper: FloatArray, points: Points
) -> tuple[FloatArray, FloatArray]:
    """Log of weight times probability of boxes (N, D), (K, N), and the sum's error, (N,).

    Noise comes last. Columns that a box does not bound are left out of account first; rows that
    bound the same ones are worked on together. Independent columns are a product; two and three
    others are integrals (`pairs`); more are means over shifted points (`separated`), and so are
    rows of two or three that are too small for those.
    """
    n_rows = len(lower)
    log_joint = np.empty((components.n_components, n_rows))
    with np.errstate(divide="ignore"):
        log_joint[:] = np.log(components.weights)[:, None]
    error = np.zeros(n_rows)
    empty = np.asarray((lower >= upper).any(axis=1))
    bounded = ~(np.isneginf(lower) & np.isposinf(upper))
    for columns, rows in _alike(bounded, np.logical_not(empty)):
        part = components.marginal(columns)
        for some in _pieces(rows, len(columns)):
            ends = lower[np.ix_(some, columns)], upper[np.ix_(some, columns)]
            log_p, off = _log_probabilities(part, *ends, points)
            log_joint[:, some] += log_p
            error[some] = off
    log_joint[:, empty] = -np.inf
    if components.noise is not None:
        of_noise = _log_noise(components.noise, lower, upper)
        log_joint = np.concatenate([log_joint, of_noise[None]])
    return log_joint, error


def _alike(bounded: BoolArray, wanted: BoolArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Columns that are bounded, and the wanted rows where just those are."""
    patterns, of = np.unique(bounded, axis=0, return_inverse=True)
    of = of.ravel()
    for p, pattern in enumerate(patterns):
        rows = np.flatnonzero((of == p) & wanted)
        if pattern.any() and len(rows):
            yield np.flatnonzero(pattern), rows


def _pieces(rows: IntArray, n_columns: int) -> Iterator[IntArray]:
    size = max(1, _AT_ONCE // (64 * n_columns * max(1, n_columns - 2)))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _log_noise(noise: Noise, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Log of the noise's weight times what it gives to boxes (N, D), (N,)."""
    shared = np.minimum(upper, noise.high) - np.maximum(lower, noise.low)
    with np.errstate(divide="ignore"):
        share = np.log(np.maximum(shared, 0.0) / (noise.high - noise.low)).sum(axis=1)
        return np.asarray(np.log(noise.weight) + share)


def _log_probabilities(
    part: Components, lower: FloatArray, upper: FloatArray, points: Points
) -> tuple[FloatArray, FloatArray]:
    """Log probabilities (K, B) of boxes that bound every column, and the sum's error (B,)."""
    std = np.sqrt(part.covariances.variances)
    low = (lower - part.means[:, None]) / std[:, None]
    high = (upper - part.means[:, None]) / std[:, None]
    if part.n_features == 1 or part.covariances.quadratic.along_axes:
        log_p = log_between(low, high).sum(axis=2)
        error = part.weights @ (np.exp(log_p) * (1.0 + np.abs(np.maximum(log_p, -1e3))))
        return log_p, _OF_LOGS * error
    correlations = part.covariances.dense() / (std[:, :, None] * std[:, None, :])
    if part.n_features > 3:
        return _means(correlations, part.weights, low, high, points)
    log_p, error = _integrals(correlations, part.weights, low, high)
    small = np.flatnonzero(part.weights @ np.exp(log_p) < _SMALL)
    if len(small):
        found = _means(correlations, part.weights, low[:, small], high[:, small], points)
        log_p[:, small], error[small] = found
    return log_p, error


def _integrals(
    correlations: FloatArray, weights: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log probabilities (K, B) of boxes (K, B, D) in two or three columns, and errors (B,)."""
    p, error = np.empty(low.shape[:2]), np.full(low.shape[1], _ABSOLUTE)
    for k, matrix in enumerate(correlations):
        if len(matrix) == 2:
            p[k] = pair_probability(low[k].T, high[k].T, matrix[0, 1])
        else:
            p[k], off = triple_probability(low[k].T, high[k].T, matrix)
            error += weights[k] * off
    with np.errstate(divide="ignore"):
        return np.log(p), error


def _means(
    correlations: FloatArray,
    weights: FloatArray,
    low: FloatArray,
    high: FloatArray,
    points: Points,
) -> tuple[FloatArray, FloatArray]:
    """Log probabilities (K, B) of boxes (K, B, D), D > 1, and standard errors of the sum, (B,).

    Of the rows whose error is too large those components are taken again, with more points, that
    have the most of it.
    """
    log_p, error = np.full(low.shape[:2], -np.inf), np.zeros(low.shape[:2])
    open_ = np.tile(weights[:, None] > 0.0, (1, low.shape[1]))
    for size in points.sizes():
        for k in np.flatnonzero(open_.any(axis=1)):
            rows = np.flatnonzero(open_[k])
            found = _mean(correlations[k], low[k, rows], high[k, rows], points, size)
            log_p[k, rows], error[k, rows] = found[0], weights[k] * found[1]
        target = np.minimum(points.tol, _RELATIVE * (weights @ np.exp(log_p)))
        late = error.sum(axis=0) > target
        open_ = late & (error > target / (2.0 * len(weights)))
        if not open_.any():
            break
    return log_p, error.sum(axis=0)


def _mean(
    correlations: FloatArray, low: FloatArray, high: FloatArray, points: Points, size: int
) -> tuple[FloatArray, FloatArray]:
    """Log probabilities of boxes (B, D) and standard errors of the probabilities, (B,) each."""
    n_rows, n_columns = low.shape
    at_once = max(1, (_AT_ONCE >> size) // n_columns)
    means = np.empty((len(points.shifts), n_rows))
    for start in range(0, n_rows, at_once):
        rows = slice(start, start + at_once)
        boxes = separated(correlations, low[rows], high[rows])
        for s, shares in enumerate(points.shares(n_columns - 1, size)):
            means[s, rows] = logsumexp(boxes.log_weights(shares), axis=1)
    means -= size * np.log(2.0)
    log_p = logsumexp(means, axis=0) - np.log(len(means))
    with np.errstate(under="ignore", invalid="ignore"):
        off = np.exp(means - log_p).std(axis=0, ddof=1) / np.sqrt(len(means))
        return log_p, np.nan_to_num(off * np.exp(log_p))
