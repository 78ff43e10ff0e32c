"""Intervals and boxes of the standard normal beside high precision."""

import mpmath
import numpy as np
import pytest
from scipy.special import logsumexp

from gaussmix.mixture.normals import log_between, log_between_and_quantile
from gaussmix.mixture.pairs import pair_probability, triple_probability
from gaussmix.mixture.separated import separated

INTERVALS = [
    (-1.0, 2.0),
    (0.5, np.inf),
    (-np.inf, -12.0),
    (30.0, 31.0),
    (-31.0, -30.999),
    (3.0, 3.0 + 2.0**-30),
    (-(2.0**-40), 2.0**-41),
    (5.0, 5.0039),
    (5.0, 5.0041),
    (-8.0, 8.0),
    (37.9, 38.1),
]


def _mass(low, high):
    """Probability of an interval, to fifty digits."""
    root = mpmath.sqrt(2)

    def above(x):
        return mpmath.mpf(0) if x == np.inf else mpmath.erfc(mpmath.mpf(x) / root) / 2

    if high <= 0:
        low, high = -high, -low
    return above(low) - above(high)


@pytest.mark.parametrize(("low", "high"), INTERVALS)
def test_log_probabilities_of_intervals(low, high):
    with mpmath.workdps(50):
        expected = float(mpmath.log(_mass(low, high)))
    found = float(log_between(np.array(low), np.array(high)))
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(("low", "high"), INTERVALS)
@pytest.mark.parametrize("share", [1e-9, 0.3, 0.5, 0.999])
def test_shares_of_an_interval_have_their_quantiles(low, high, share):
    log_p, x = log_between_and_quantile(np.array(low), np.array(high), np.array(share))
    assert float(log_p) == float(log_between(np.array(low), np.array(high)))
    assert low <= x <= high
    with mpmath.workdps(50):
        below = float(_mass(low, float(x)) / _mass(low, high)) if x > low else 0.0
    # A place in a narrow interval is known to the rounding of the place itself.
    grain = 4.0 * np.spacing(abs(float(x))) * np.exp(-0.5 * float(x) ** 2 - float(log_p))
    assert below == pytest.approx(share, rel=1e-7, abs=grain + 1e-12)


def test_empty_intervals_have_nothing():
    ends = np.array([0.0, -np.inf, np.inf, 2.0])
    assert (log_between(ends, ends) == -np.inf).all()


def test_corners_at_the_mean_follow_from_the_angle():
    # Sheppard: P(x <= 0, y <= 0) = 1/4 + asin(rho) / 2 pi, and the like of three.
    below, middle = np.full((3, 1), -np.inf), np.zeros((3, 1))
    for rho in (-0.99, -0.3, 0.0, 0.7, 0.999999):
        found = pair_probability(below[:2], middle[:2], rho)[0]
        assert found == pytest.approx(0.25 + np.arcsin(rho) / (2.0 * np.pi), abs=1e-14)
    rhos = np.array([0.5, -0.2, 0.6])
    matrix = np.eye(3)
    matrix[[0, 0, 1], [1, 2, 2]] = matrix[[1, 2, 2], [0, 0, 1]] = rhos
    expected = 0.125 + np.arcsin(rhos).sum() / (4.0 * np.pi)
    found, error = triple_probability(below, middle, matrix)
    assert found[0] == pytest.approx(expected, abs=1e-13)
    assert error[0] < 1e-9


@pytest.mark.parametrize("n_columns", [2, 5, 12])
@pytest.mark.parametrize("away", [0.0, 4.0, 15.0])
def test_no_weight_exceeds_the_bound_and_most_are_near_it(make, n_columns, away):
    rng = np.random.default_rng(n_columns)
    matrix = make.spd(rng, 1, n_columns)[0]
    std = np.sqrt(np.diagonal(matrix))
    low = rng.normal(size=(20, n_columns)) * (1.0 + away)
    high = low + rng.exponential(size=low.shape)
    high[:10] = np.inf
    boxes = separated(matrix / np.outer(std, std), low, high)
    psi = boxes.log_weights(rng.random((4000, n_columns - 1)))
    assert (psi.max(axis=1) <= boxes.log_bound + 1e-6).all()
    assert (boxes.tilt[:, -1] == 0.0).all()
    kept = np.exp(logsumexp(psi, axis=1) - np.log(4000) - boxes.log_bound)
    assert (kept > 0.01).all()
    assert np.median(kept) > 0.4


def test_walks_stay_in_the_box(make):
    rng = np.random.default_rng(0)
    matrix = make.spd(rng, 1, 6)[0]
    std = np.sqrt(np.diagonal(matrix))
    low = rng.normal(size=6) * 3.0
    high = np.where(rng.random(6) < 0.3, np.inf, low + rng.exponential(size=6))
    box = separated(matrix / np.outer(std, std), low[None], high[None])
    x, psi = box.draws(rng.random((500, 6)))
    assert (x - low > -1e-9).all()
    assert (x - high < 1e-9).all()
    assert (psi <= box.log_bound[0] + 1e-9).all()
