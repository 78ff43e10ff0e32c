"""Normal components inside intervals, in many digits: narrow, wide, near and far."""

import itertools

import numpy as np
import pytest
from mpmath import mp, mpf

from gaussmix.data.intervals import interval_points
from gaussmix.density.intervals import log_probability, truncated_normals

#: Standard deviations from the mean to the near end; -9 is where the density is cut.
STARTS = (-1e8, -50.0, -9.1, -9.0, -8.9, -5.0, -3.0, -1.0, -1e-3, -1e-9, 0.0)
STARTS += (1e-9, 1e-3, 0.3, 1.0, 3.0, 8.9, 9.0, 9.1, 30.0, 1e3, 1e8)
WIDTHS = (1e-12, 1e-9, 1e-6, 1e-3, 0.1, 0.5, 1.0, 2.0, 3.0, 6.0, 9.0, 17.9, 18.1, 1e3, 1e8)


@pytest.fixture(autouse=True)
def _enough_digits():
    # At 1e8 standard deviations and a width of 1e-12 the closed formulas below lose 60 digits.
    with mp.workdps(150):
        yield


def _bell(z):
    return mpf(0) if mp.isinf(z) else mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def _truth(lower, upper, mean, std):
    """Log probability, mean less the interval's point, variance: closed formulas."""
    m, s = mpf(mean), mpf(std)
    a, b = (mpf(lower) - m) / s, (mpf(upper) - m) / s
    sign = 1
    if a + b < 0:
        a, b, sign = -b, -a, -1
    upper_tail = [mp.erfc(z / mp.sqrt(2)) / 2 for z in (a, b)]
    p = upper_tail[0] - upper_tail[1]
    first = (_bell(a) - _bell(b)) / p
    ends = [mpf(0) if mp.isinf(z) else z * _bell(z) for z in (a, b)]
    second = 1 + (ends[0] - ends[1]) / p
    point = mpf(float(interval_points(np.array([lower]), np.array([upper]))[0]))
    return mp.log(p), m + s * sign * first - point, s * s * (second - first**2)


def _assert_right(lower, upper, mean, std):
    found = truncated_normals(lower, upper, np.array([mean]), np.array([std]))
    width = np.minimum(upper - lower, std)
    for b, (low, high) in enumerate(zip(lower.tolist(), upper.tolist(), strict=True)):
        log_p, centre, variance = _truth(low, high, mean, std)
        here = f"[{low!r}, {high!r}] in N({mean!r}, {std!r}^2)"
        off = abs(mpf(float(found.log_probability[0, b])) - log_p)
        assert off <= 1e-13 * max(1, abs(log_p)), here
        off = abs(mpf(float(found.variance[0, b])) / variance - 1)
        assert off <= 1e-12, here
        off = abs(mpf(float(found.mean[0, b])) - centre)
        assert off <= 1e-13 * width[b] + 4e-16 * abs(centre), here


def _intervals(mean, std, starts, widths):
    """Intervals on both sides of the mean, as float64 holds them."""
    ends = [(mean + std * a, mean + std * (a + w)) for a, w in itertools.product(starts, widths)]
    ends += [(mean + std * a, np.inf) for a in starts]
    ends += [(2 * mean - high, 2 * mean - low) for low, high in ends]
    lower, upper = np.array([end for end in ends if end[0] < end[1]]).T
    return lower, upper


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (-0.3, 0.007), (12.5, 1e6)])
def test_every_width_at_every_distance(mean, std):
    _assert_right(*_intervals(mean, std, STARTS, WIDTHS), mean, std)


def test_intervals_about_the_mean_and_the_whole_line():
    half = np.array([5e-13, 1e-6, 0.1, 1.0, 8.99, 9.01, 1e8, np.inf])
    _assert_right(-half, half, 0.0, 1.0)
    _assert_right(3.0 - half, 3.0 + half, 3.25, 0.5)


def test_data_at_an_offset():
    starts, widths = (-3.0, -0.5, 0.0, 1.0, 12.0, 400.0), (2e-8, 1e-4, 0.3, 4.0, 1e3)
    _assert_right(*_intervals(1e8, 1.0, starts, widths), 1e8 + 0.1, 1.0)


def test_borders_of_the_rules():
    starts = np.array([-2.0, -0.5, 0.0, 0.5, 4.0, 25.0, 1e3])
    for change in (2.0, 10.0, 41.0):
        away = np.abs(starts)
        border = 2.0 * change / (away + np.sqrt(away**2 + 2.0 * change))
        for factor in (1.0 - 1e-9, 1.0 + 1e-9):
            _assert_right(starts, starts + factor * border, 0.0, 1.0)


def test_random_intervals():
    rng = np.random.default_rng(0)
    lower = rng.normal(size=300) * 10.0 ** rng.uniform(-3, 3, size=300)
    upper = lower + 10.0 ** rng.uniform(-6, 3, size=300)
    _assert_right(lower, upper, 0.7, 2.3)


def test_log_probability_alone_is_the_same():
    lower, upper = np.array([-1.0, 2.0]), np.array([np.inf, 2.5])
    means, std = np.array([0.0, 1.0, 30.0]), np.array([1.0, 0.1, 4.0])
    expected = [
        [float(_truth(*ends, m, s)[0]) for ends in zip(lower, upper, strict=True)]
        for m, s in zip(means, std, strict=True)
    ]
    found = log_probability(lower, upper, means, std)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
