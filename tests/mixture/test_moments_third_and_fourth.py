"""Skewness and kurtosis beside integrals, samples and their laws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from gaussmix import Mixture
from gaussmix.density import Noise


def _noisy(mixture):
    components = mixture.components
    low = components.means.min(axis=0) - 2.0
    noise = Noise(0.3, low, low + np.arange(5.0, 5.0 + mixture.n_features))
    parts = replace(components, weights=0.7 * components.weights, noise=noise)
    return Mixture.from_components(parts, mixture.covariance_type)


@pytest.mark.parametrize("with_noise", [False, True])
def test_of_one_column_they_are_integrals(make, knows, with_noise):
    mixture = knows.mixture(make, "full", 3, 1, seed=2).mixture()
    cuts = []
    if with_noise:
        mixture = _noisy(mixture)
        noise = mixture.components.noise
        cuts = [noise.low[0], noise.high[0]]
    mean, variance = mixture.mean()[0], mixture.covariance()[0, 0]

    def moment(power):
        def part(x):
            return (x - mean) ** power * mixture.pdf([x])[0]

        return quad(part, -40.0, 40.0, points=[mean, *cuts], limit=400, epsabs=1e-10)[0]

    assert moment(0) == pytest.approx(1.0, abs=1e-8)
    skewness, kurtosis = moment(3) / variance**1.5, moment(4) / variance**2
    assert mixture.skewness()[0] == pytest.approx(skewness, abs=1e-7)
    assert mixture.kurtosis()[0] == pytest.approx(kurtosis - 3.0, abs=1e-7)
    assert mixture.mardia_skewness() == pytest.approx(skewness**2, abs=1e-7)
    assert mixture.mardia_kurtosis() == pytest.approx(kurtosis, abs=1e-7)


@pytest.mark.parametrize("name", ["full", "tied", "diag", "tied_spherical"])
@pytest.mark.parametrize("with_noise", [False, True])
def test_samples_come_near_them(make, knows, name, with_noise):
    mixture = knows.mixture(make, name, 3, 3, seed=4).mixture()
    mixture = _noisy(mixture) if with_noise else mixture
    n = 200_000
    X = mixture.sample(n, random_state=0)[0]
    z = (X - mixture.mean()) / np.sqrt(np.diagonal(mixture.covariance()))
    for power, exact in ((3, mixture.skewness()), (4, mixture.kurtosis() + 3.0)):
        off = (z**power).std(axis=0) / np.sqrt(n)
        assert (np.abs((z**power).mean(axis=0) - exact) < 5.0 * off).all()
    away = X - mixture.mean()
    white = np.linalg.solve(np.linalg.cholesky(mixture.covariance()), away.T)
    squares = np.square(np.square(white).sum(axis=0))
    off = squares.std() / np.sqrt(n)
    assert abs(squares.mean() - mixture.mardia_kurtosis()) < 5.0 * off
    third = np.einsum("in,jn,ln->ijl", white, white, white, optimize=True) / n
    assert np.square(third).sum() == pytest.approx(mixture.mardia_skewness(), rel=0.05, abs=0.02)


def test_of_one_gaussian_they_are_known(make, knows):
    mixture = knows.mixture(make, "full", 1, 4).mixture()
    np.testing.assert_allclose(mixture.skewness(), 0.0, atol=1e-14)
    np.testing.assert_allclose(mixture.kurtosis(), 0.0, atol=1e-13)
    assert mixture.mardia_skewness() == pytest.approx(0.0, abs=1e-13)
    assert mixture.mardia_kurtosis() == pytest.approx(4 * 6, rel=1e-12)


def test_mardias_are_the_same_in_any_units_and_directions(make, knows):
    known = knows.mixture(make, "full", 3, 3, seed=5)
    turn = np.random.default_rng(0).normal(size=(3, 3)) * [1.0, 10.0, 0.1]
    moved = Mixture(known.weights, known.means @ turn.T + 5.0, turn @ known.dense @ turn.T)
    plain = known.mixture()
    assert moved.mardia_skewness() == pytest.approx(plain.mardia_skewness(), rel=1e-9)
    assert moved.mardia_kurtosis() == pytest.approx(plain.mardia_kurtosis(), rel=1e-9)
    assert not np.allclose(moved.skewness(), plain.skewness())


def test_a_mirror_image_is_skewed_the_other_way(make, knows):
    known = knows.mixture(make, "diag", 3, 2, seed=5)
    mirrored = Mixture(known.weights, -known.means, known.covariances, covariance_type="diag")
    np.testing.assert_allclose(mirrored.skewness(), -known.mixture().skewness(), rtol=1e-12)
    np.testing.assert_allclose(mirrored.kurtosis(), known.mixture().kurtosis(), rtol=1e-12)
