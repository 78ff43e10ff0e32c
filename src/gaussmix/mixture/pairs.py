"""Probabilities of boxes in two and three columns of a Gaussian, for many rows at once."""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.special import ndtr, owens_t

from gaussmix._typing import FloatArray, IntArray

#: Standard deviations beyond which nothing is left that float64 could add.
_FAR = 40.0
_OUT_OF_SIGHT = 9.0
#: Correlations are no nearer to one than float64 tells.
_ONE = 1.0 - 2.0**-53
#: Stands for zero where it is divided by.
_TINY = 1e-200
#: Nodes of a piece, how far two halves may differ from their whole, and how often pieces are cut.
_NODES = 16
_CLOSE = 1e-11
_MOST_CUTS = 40
#: Rows of three columns that are worked on together.
ROWS_AT_ONCE = 4096


def pair_probability(
    low: FloatArray, high: FloatArray, correlation: float | FloatArray
) -> FloatArray:
    """Probability of boxes in two standard normal columns, (B,), absolutely right to 1e-14.

    Parameters
    ----------
    low, high : (2, B) arrays
        Infinite ends are allowed.
    correlation : float or (B,) array
        Between -1 and 1, both excluded.

    Notes
    -----
    Each column is mirrored where that brings the box nearer to the lower left corner; then
    F(b1, b2) - F(a1, b2) - F(b1, a2) + F(a1, a2), with F by Owen's function T.
    """
    mirrored = low > -high
    a, b = np.where(mirrored, -high, low), np.where(mirrored, -low, high)
    rho = np.where(mirrored[0] != mirrored[1], -1.0, 1.0) * np.clip(correlation, -_ONE, _ONE)
    found = _both_below(b[0], b[1], rho)
    for corner, sign in (((a[0], b[1]), -1.0), ((b[0], a[1]), -1.0), ((a[0], a[1]), 1.0)):
        some = np.flatnonzero(np.minimum(*corner) > -_FAR)
        if len(some):
            found[some] += sign * _both_below(corner[0][some], corner[1][some], rho[some])
    return np.clip(found, 0.0, 1.0)


def _both_below(h: FloatArray, k: FloatArray, rho: FloatArray) -> FloatArray:
    """P(x <= h, y <= k), (B,), for standard normals with correlation rho.

    Owen (1956), Ann. Math. Stat. 27, 1075-1090, (2.1).
    """
    h, k = np.clip(h, -_FAR, _FAR), np.clip(k, -_FAR, _FAR)
    h, k = np.where(h == 0.0, _TINY, h), np.where(k == 0.0, _TINY, k)
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    with np.errstate(over="ignore", under="ignore"):
        of_h = owens_t(h, (k - rho * h) / (h * root))
        of_k = owens_t(k, (h - rho * k) / (k * root))
        below = 0.5 * (ndtr(h) + ndtr(k)) - of_h - of_k
    return np.asarray(below - np.where((h < 0.0) != (k < 0.0), 0.5, 0.0))


def triple_probability(
    low: FloatArray, high: FloatArray, correlations: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Probability of boxes in three standard normal columns, and its error, (B,) each.

    Parameters
    ----------
    low, high : (3, B) arrays
    correlations : (3, 3) array

    Notes
    -----
    Given one column the other two are a pair: an integral over that column, of which both ends
    lie where the density has gone or the box ends.
    """
    among = np.abs(correlations - np.eye(3)).max(axis=1)
    first = int(np.argmin(among))
    j, k = (column for column in range(3) if column != first)
    slopes = correlations[[j, k], first][:, None]
    scale = np.sqrt((1.0 - slopes) * (1.0 + slopes))
    partial = (correlations[j, k] - slopes[0, 0] * slopes[1, 0]) / (scale[0, 0] * scale[1, 0])
    rest_low, rest_high = low[[j, k]], high[[j, k]]

    def density(rows: IntArray, x: FloatArray) -> FloatArray:
        a = (rest_low[:, rows] - slopes * x) / scale
        b = (rest_high[:, rows] - slopes * x) / scale
        return np.exp(-0.5 * np.square(x)) * pair_probability(a, b, partial)

    start = np.clip(low[first], -_OUT_OF_SIGHT, _OUT_OF_SIGHT)
    stop = np.clip(high[first], -_OUT_OF_SIGHT, _OUT_OF_SIGHT)
    value, error = integrate(density, start, stop)
    root = np.sqrt(2.0 * np.pi)
    return np.clip(value / root, 0.0, 1.0), error / root


def integrate(
    f: Callable[[IntArray, FloatArray], FloatArray], start: FloatArray, stop: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Integrals of a function of row and place, and their errors, (B,) each.

    Pieces are halved until both halves together agree with their whole.
    """
    n_rows = len(start)
    value, error = np.zeros(n_rows), np.zeros(n_rows)
    rows = np.arange(n_rows)
    whole = _gauss_legendre(f, rows, start, stop)
    for cut in range(_MOST_CUTS):
        middle = 0.5 * (start + stop)
        left = _gauss_legendre(f, rows, start, middle)
        right = _gauss_legendre(f, rows, middle, stop)
        off = np.abs(left + right - whole)
        done = (off <= _CLOSE) & (cut > 0) | (cut == _MOST_CUTS - 1)
        value += np.bincount(rows[done], (left + right)[done], n_rows)
        error += np.bincount(rows[done], off[done], n_rows)
        again = ~done
        if not again.any():
            break
        rows = np.concatenate([rows[again], rows[again]])
        start, stop = (
            np.concatenate([start[again], middle[again]]),
            np.concatenate([middle[again], stop[again]]),
        )
        whole = np.concatenate([left[again], right[again]])
    return value, error


def _gauss_legendre(
    f: Callable[[IntArray, FloatArray], FloatArray],
    rows: IntArray,
    start: FloatArray,
    stop: FloatArray,
) -> FloatArray:
    nodes, weights = _rule()
    x = start[:, None] + (stop - start)[:, None] * nodes
    values = f(np.repeat(rows, len(nodes)), x.ravel()).reshape(x.shape)
    return np.asarray((stop - start) * (values @ weights))


@cache
def _rule() -> tuple[FloatArray, FloatArray]:
    """Nodes in (0, 1) and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    return 0.5 * (nodes + 1.0), 0.5 * weights
