"""Densities and posteriors of a mixture, against scipy and against what a density must be."""

import numpy as np
import pytest
from scipy.integrate import quad

from gaussmix import Mixture

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
CODES = ("VVV", "EEE", "VVI", "VII", "EEI", "EII")


@pytest.mark.parametrize("name", TYPES + CODES)
@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 3), (4, 3)])
def test_log_density_is_scipys(make, knows, tolerance, name, size):
    known = knows.mixture(make, name, *size)
    X = np.random.default_rng(1).normal(scale=5.0, size=(200, size[1]))
    mixture = known.mixture()
    expected = known.log_pdf(X)
    np.testing.assert_allclose(mixture.log_pdf(X), expected, rtol=0, atol=tolerance.certified)
    np.testing.assert_allclose(mixture.pdf(X), np.exp(expected), rtol=2 * tolerance.certified)


@pytest.mark.parametrize("name", TYPES)
def test_posterior_is_bayes_rule_and_a_simplex(make, knows, tolerance, name):
    known = knows.mixture(make, name, 4, 3)
    X = np.random.default_rng(1).normal(scale=5.0, size=(200, 3))
    posterior = known.mixture().posterior(X)
    expected = np.exp(known.log_joint(X) - known.log_pdf(X)[:, None])
    np.testing.assert_allclose(posterior, expected, rtol=0, atol=tolerance.certified)
    assert posterior.min() >= 0.0
    np.testing.assert_allclose(posterior.sum(axis=1), 1.0, rtol=tolerance.ulps)


@pytest.mark.parametrize("name", TYPES)
def test_density_of_one_column_integrates_to_one(make, knows, name):
    mixture = knows.mixture(make, name, 3, 1).mixture()
    centres = np.sort(mixture.means[:, 0])
    total, _ = quad(lambda x: mixture.pdf([[x]])[0], -40.0, 40.0, points=centres, limit=200)
    assert total == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", TYPES + CODES)
def test_density_of_two_columns_integrates_to_one(make, knows, name):
    mixture = knows.mixture(make, name, 3, 2).mixture()
    # A sum over a grid integrates a Gaussian to all digits once the step is below its spread.
    axis = np.linspace(-25.0, 25.0, 601)
    step = axis[1] - axis[0]
    assert step < 2.0 * np.sqrt(1.0 / 60.0)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    assert mixture.pdf(grid).sum() * step**2 == pytest.approx(1.0, abs=1e-7)


def test_a_vector_is_rows_of_one_column():
    mixture = Mixture([0.4, 0.6], [[0.0], [3.0]], [1.0, 2.0], covariance_type="spherical")
    np.testing.assert_array_equal(mixture.log_pdf([0.0, 3.0]), mixture.log_pdf([[0.0], [3.0]]))
    assert mixture.posterior([0.0, 3.0]).shape == (2, 2)


def test_a_weight_of_zero_takes_no_part():
    pair = Mixture([0.0, 1.0], [[0.0, 0.0], [1.0, 2.0]], [1.0, 3.0], covariance_type="spherical")
    alone = Mixture([1.0], [[1.0, 2.0]], [3.0], covariance_type="spherical")
    X = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(pair.log_pdf(X), alone.log_pdf(X), atol=1e-12)
    np.testing.assert_array_equal(pair.posterior(X), np.tile([0.0, 1.0], (20, 1)))
    assert set(pair.sample(50, 0)[1]) == {1}


def test_rows_of_single_precision_are_evaluated_in_double(make, knows):
    known = knows.mixture(make, "full", 3, 2)
    X = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    mixture = known.mixture()
    single = mixture.log_pdf(X)
    assert single.dtype == np.float64
    np.testing.assert_allclose(single, mixture.log_pdf(X.astype(np.float64)), atol=1e-12)


def test_integers_and_lists_are_rows(make, knows):
    mixture = knows.mixture(make, "full", 3, 2).mixture()
    rows = [[1, 2], [0, -3]]
    expected = mixture.log_pdf(np.array(rows, dtype=np.float64))
    np.testing.assert_array_equal(mixture.log_pdf(rows), expected)
    np.testing.assert_array_equal(mixture.log_pdf(np.array(rows)), expected)


@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_densities_far_from_the_origin_and_in_other_units(make, knows, offset, scale):
    known = knows.mixture(make, "full", 3, 2)
    X = make.rows(make.components("VVV", 3, 2), 100)
    moved = Mixture(known.weights, (known.means + offset) * scale, known.dense * scale**2)
    found = moved.log_pdf((X + offset) * scale) + 2 * np.log(scale)
    # At offset 1e8 a row itself is rounded to 1.5e-8.
    np.testing.assert_allclose(found, known.log_pdf(X), atol=1e-7 if offset == 0.0 else 1e-5)


@pytest.mark.parametrize("name", TYPES)
def test_components_may_be_numbered_in_any_order(make, knows, name):
    known = knows.mixture(make, name, 4, 2)
    order = np.array([2, 0, 3, 1])
    covariances = known.covariances if name == "tied" else known.covariances[order]
    other = Mixture(known.weights[order], known.means[order], covariances, covariance_type=name)
    X = np.random.default_rng(1).normal(scale=3.0, size=(50, 2))
    np.testing.assert_allclose(known.mixture().log_pdf(X), other.log_pdf(X), atol=1e-12)
    np.testing.assert_allclose(
        known.mixture().posterior(X)[:, order], other.posterior(X), atol=1e-12
    )
