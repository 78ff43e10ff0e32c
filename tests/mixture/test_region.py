"""Highest-density regions: their probability, their edges, and levels that are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from gaussmix import Mixture
from gaussmix.density import Noise


def _probability(mixture, intervals):
    return sum(mixture.interval_probability(low, high) for low, high in intervals)


@pytest.mark.parametrize("mass", [1e-3, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-9])
@pytest.mark.parametrize("seed", range(4))
def test_in_one_column_intervals_hold_the_mass_above_the_level(make, knows, mass, seed):
    mixture = knows.mixture(make, "full", 5, 1, seed=seed).mixture()
    region = mixture.highest_density_region(mass)
    assert _probability(mixture, region.intervals) == pytest.approx(mass, rel=1e-8)
    edges = np.array(region.intervals).ravel()
    np.testing.assert_allclose(mixture.pdf(edges), region.level, rtol=1e-7)
    assert (np.diff(edges) > 0.0).all()
    x = np.linspace(edges[0] - 2.0, edges[-1] + 2.0, 2001)
    within = (np.searchsorted(edges, x) % 2).astype(bool)
    np.testing.assert_array_equal(mixture.pdf(x) > region.level, within)
    np.testing.assert_array_equal(region.contains(x), within)
    assert mixture.highest_density_level(mass) == region.level
    assert region.log_level_error == 0.0


def test_far_peaks_of_unlike_widths_have_an_interval_each():
    mixture = Mixture([0.5, 0.3, 0.2], [[0.0], [1e3], [1e3 + 1.0]], [[[1.0]], [[1e-8]], [[25.0]]])
    region = mixture.highest_density_region(0.95)
    assert len(region.intervals) == 2
    assert _probability(mixture, region.intervals) == pytest.approx(0.95, rel=1e-9)
    peak = mixture.highest_density_region(0.25).intervals
    assert len(peak) == 1
    assert 1e3 - 1e-3 < peak[0][0] < peak[0][1] < 1e3 + 1e-3


@pytest.mark.parametrize("n_features", [1, 2, 5])
def test_the_level_of_one_gaussian_is_that_of_chi_square(make, knows, n_features):
    known = knows.mixture(make, "full", 1, n_features, seed=1)
    mixture = known.mixture()
    radius = np.sqrt(chi2.ppf(0.8, n_features))
    edge = known.means[0] + radius * np.linalg.cholesky(known.dense[0])[:, 0]
    level, error = mixture.highest_density_level(0.8, return_error=True)
    assert level == pytest.approx(mixture.pdf(edge[None])[0], rel=1e-7)
    assert error == 0.0


def test_in_more_columns_the_error_says_how_close_the_level_is(make, knows):
    mixture = knows.mixture(make, "full", 3, 2, seed=1).mixture()
    exact, finest = mixture.highest_density_level(
        0.7, n_samples=2_000_000, random_state=7, return_error=True
    )
    runs = [
        mixture.highest_density_level(0.7, n_samples=4000, random_state=seed, return_error=True)
        for seed in range(25)
    ]
    levels, errors = np.array(runs).T
    assert finest < 0.1 * errors.mean()
    assert (np.abs(levels - exact) < 4.5 * errors).all()
    assert 0.6 < levels.std(ddof=1) / errors.mean() < 1.6


def test_in_more_columns_the_region_holds_its_mass(make, knows):
    mixture = knows.mixture(make, "full", 3, 3, seed=2).mixture()
    region = mixture.highest_density_region(0.6)
    assert region.intervals is None
    share = region.contains(mixture.sample(100_000, random_state=9)[0]).mean()
    assert share == pytest.approx(0.6, abs=0.01)
    assert region == mixture.highest_density_region(0.6)


def test_noise_lifts_the_density_inside_its_box():
    components = replace(
        Mixture([1.0], [[0.0]], [[[1.0]]]).components,
        weights=np.array([0.8]),
        noise=Noise(0.2, np.array([-1.0]), np.array([19.0])),
    )
    mixture = Mixture.from_components(components, "full")
    region = mixture.highest_density_region(0.57)
    assert _probability(mixture, region.intervals) == pytest.approx(0.57, rel=1e-9)
    # 0.8 φ(x) alone on the left of -1, with 0.01 more on the right of it.
    assert region.intervals[0][0] == -1.0
    # All that the flat part holds comes at one level, so that there is more than was asked for.
    flat = mixture.highest_density_region(0.95)
    assert flat.level == pytest.approx(0.01, rel=1e-9)
    assert flat.intervals[-1][1] == 19.0
    assert _probability(mixture, flat.intervals) > 0.99


@pytest.mark.parametrize("mass", [1e-300, 1e-15, 1e-10])
def test_a_mass_too_small_to_see_below_the_peak_has_the_level_of_the_peak(mass):
    mixture = Mixture([0.4, 0.6], [[0.0], [1.0]], [[[1.0]], [[2.0]]])
    peak = float(np.exp(mixture.modes().log_density.max()))
    assert mixture.highest_density_level(mass) == pytest.approx(peak, rel=1e-12)
