"""Normal components inside intervals: laws that hold without other digits."""

import numpy as np
import pytest
from scipy.stats import norm

from gaussmix.data.intervals import interval_points
from gaussmix.density import intervals
from gaussmix.density.intervals import log_probability, truncated_normals

MEANS, STD = np.array([-1.0, 0.3, 4.0]), np.array([0.5, 2.0, 0.01])
FIELDS = ("log_probability", "mean", "variance")


def _random(n_rows, seed=0):
    rng = np.random.default_rng(seed)
    lower = rng.normal(size=n_rows) * 3.0
    return lower, lower + 10.0 ** rng.uniform(-8, 1, size=n_rows)


def test_shapes():
    found = truncated_normals(*_random(7), MEANS, STD)
    assert [getattr(found, name).shape for name in FIELDS] == [(3, 7)] * 3
    assert log_probability(*_random(7), MEANS, STD).shape == (3, 7)


def test_the_whole_line_gives_the_component_back():
    found = truncated_normals(np.array([-np.inf]), np.array([np.inf]), MEANS, STD)
    np.testing.assert_allclose(found.log_probability, 0.0, atol=2e-14)
    np.testing.assert_allclose(found.mean[:, 0], MEANS, rtol=2e-14)
    np.testing.assert_allclose(found.variance[:, 0], STD**2, rtol=1e-13)


def test_adjoining_intervals_share_out_the_component():
    edges = np.concatenate([[-np.inf], np.linspace(-12.0, 14.0, 60), [np.inf]])
    lower, upper = edges[:-1], edges[1:]
    found = truncated_normals(lower, upper, MEANS, STD)
    p = np.exp(found.log_probability)
    away = interval_points(lower, upper) + found.mean - MEANS[:, None]
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-14)
    np.testing.assert_allclose((p * away).sum(axis=1) / STD, 0.0, atol=1e-13)
    total = (p * (away**2 + found.variance)).sum(axis=1)
    np.testing.assert_allclose(total, STD**2, rtol=1e-13)


def test_a_narrow_interval_is_a_point():
    x = np.linspace(-1.5, 1.0, 11)
    for w in (1e-12, 1e-9, 1e-6):
        lower, upper = x - w / 2, x + w / 2
        found = truncated_normals(lower, upper, MEANS[:2], STD[:2])
        point = norm.logpdf(interval_points(lower, upper), MEANS[:2, None], STD[:2, None])
        expected = point + np.log(upper - lower)
        np.testing.assert_allclose(found.log_probability, expected, rtol=1e-11)
        uniform = np.broadcast_to((upper - lower) ** 2 / 12.0, (2, 11))
        np.testing.assert_allclose(found.variance, uniform, rtol=1e-10)
        # A midpoint that float64 cannot hold is off by its rounding, and the mean says so.
        assert (np.abs(found.mean) <= 1e-5 * w + np.spacing(np.abs(x))).all()


@pytest.mark.parametrize("name", FIELDS)
def test_mirrored_intervals_mirror_the_answer_bit_for_bit(name):
    lower, upper = _random(200)
    found = getattr(truncated_normals(lower, upper, MEANS, STD), name)
    mirrored = getattr(truncated_normals(-upper, -lower, -MEANS, STD), name)
    np.testing.assert_array_equal(mirrored, -found if name == "mean" else found)


@pytest.mark.parametrize("unit", [2.0**-30, 2.0**40])
def test_units_change_the_answer_as_they_should(unit):
    lower, upper = _random(200)
    here = truncated_normals(lower, upper, MEANS, STD)
    there = truncated_normals(unit * lower, unit * upper, unit * MEANS, unit * STD)
    np.testing.assert_array_equal(there.log_probability, here.log_probability)
    np.testing.assert_array_equal(there.mean, unit * here.mean)
    np.testing.assert_array_equal(there.variance, unit**2 * here.variance)


def test_every_rule_has_enough_nodes():
    rng = np.random.default_rng(1)
    near = np.concatenate([rng.uniform(-9.0, 9.0, 20_000), 10.0 ** rng.uniform(-3, 3, 20_000)])
    reach = intervals._visible(near) * 10.0 ** rng.uniform(-2.5, 0, len(near))
    # The near end lies no further from the mean than the far end.
    seen = reach >= -2.0 * near
    near, reach = near[seen], reach[seen]
    change = reach * (np.abs(near) + 0.5 * reach)
    smallest = 0.0
    for largest, n_nodes in intervals._RULES:
        rows = (change > smallest) & (change <= largest)
        assert rows.sum() > 300
        found = intervals._gauss_legendre(near[rows], reach[rows], n_nodes)
        finer = intervals._gauss_legendre(near[rows], reach[rows], 88)
        np.testing.assert_allclose(found, finer, rtol=5e-13)
        smallest = largest


@pytest.mark.parametrize("std", [1e-150, 1e-8, 1.0, 1e8, 1e150])
@pytest.mark.parametrize("mean", [-1e300, -1e8, 0.0, 1e8, 1e300])
def test_nothing_overflows(mean, std):
    lower = np.array([-np.inf, -1.7e308, -1e8, -1.0, 0.0, 1.0, 1e8, 1.7e308, -np.inf])
    upper = np.array([-1.7e308, 1.7e308, 1e8, -0.999, 5e-324, 1e200, np.inf, np.inf, np.inf])
    found = truncated_normals(lower, upper, np.array([mean]), np.array([std]))
    assert np.isfinite(found.log_probability).all()
    assert (found.log_probability <= 0.0).all()
    assert np.isfinite(found.mean).all()
    assert np.isfinite(found.variance).all()
    assert (found.variance >= 0.0).all()
    assert (found.variance <= std**2 * (1.0 + 1e-12)).all()


def test_means_lie_inside_and_variances_below_those_of_the_ends():
    lower, upper = _random(500, seed=2)
    found = truncated_normals(lower, upper, MEANS, STD)
    at = interval_points(lower, upper) + found.mean
    assert (at >= lower - 1e-15 * np.abs(lower)).all()
    assert (at <= upper + 1e-15 * np.abs(upper)).all()
    uniform = (upper - lower) ** 2 / 12.0
    assert (found.variance <= uniform * (1.0 + 1e-12)).all()


def test_no_number_gives_no_number():
    found = truncated_normals(np.array([0.0]), np.array([1.0]), np.array([np.nan, 0.0]), STD[:2])
    for name in FIELDS:
        np.testing.assert_array_equal(np.isnan(getattr(found, name))[:, 0], [True, False])
