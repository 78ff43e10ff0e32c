"""The standard normal between two limits: log probabilities and draws that keep their digits."""

import numpy as np
from scipy.special import log_ndtr, ndtri_exp

from gaussmix._typing import BoolArray, FloatArray

_HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))
#: Times the distance from zero: intervals narrower than this take a series instead of a
#: difference. Its first term left out is below 1e-14 of the sum.
_NARROW = 2e-2
#: The same for draws, where an exponential stands for the density: it is off by as much squared.
_LINEAR = 1e-4


def log_between(low: FloatArray, high: FloatArray) -> FloatArray:
    """Log probability that a standard normal gives to each interval, of any one shape.

    Right to about 1e-13 max(1, |log p|), in both tails and for narrow intervals; -inf where an
    interval is empty.
    """
    a, b, _ = _to_the_left(low, high)
    return _log_mass(a, b, log_ndtr(a), log_ndtr(b))


def log_between_and_quantile(
    low: FloatArray, high: FloatArray, share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The same, and the value below which `share` of that probability lies.

    Uniform shares give draws from the normal restricted to the interval.
    """
    a, b, mirrored = _to_the_left(low, high)
    log_a, log_b = log_ndtr(a), log_ndtr(b)
    below = np.where(mirrored, 1.0 - share, share)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        x = ndtri_exp(np.logaddexp(log_a + np.log1p(-below), log_b + np.log(below)))
        width, steepness = b - a, -0.5 * (a + b)
        narrow = width * np.maximum(steepness, 1.0) < _LINEAR
        if narrow.any():
            fall = steepness * width
            straight = np.where(
                fall > 1e-12,
                -np.log1p((1.0 - below) * np.expm1(-fall)) / steepness,
                (1.0 - below) * width,
            )
            x = np.where(narrow, b - straight, x)
    x = np.clip(x, a, b)
    return _log_mass(a, b, log_a, log_b), np.where(mirrored, -x, x)


def _to_the_left(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The intervals or their mirror images, whichever lie further left, and which are mirrored."""
    mirrored = low > -high
    return np.where(mirrored, -high, low), np.where(mirrored, -low, high), mirrored


def _log_mass(a: FloatArray, b: FloatArray, log_a: FloatArray, log_b: FloatArray) -> FloatArray:
    """Log of the difference of distribution functions whose logarithms are given."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        log_mass = log_b + np.log1p(-np.exp(log_a - log_b))
        width, middle = b - a, 0.5 * (a + b)
        narrow = width * np.maximum(-middle, 1.0) < _NARROW
        if narrow.any():
            square, step = np.square(middle), np.square(width)
            series = (square - 1.0) * step / 24.0
            series += (np.square(square) - 6.0 * square + 3.0) * np.square(step) / 1920.0
            of_series = np.log(width) - 0.5 * square - _HALF_LOG_2PI + np.log1p(series)
            log_mass = np.where(narrow, of_series, log_mass)
    return np.where(b > a, log_mass, -np.inf)
