"""Means and covariances by their formulas and by samples; seeds; marginals."""

import numpy as np
import pytest

from gaussmix import Mixture

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
CODES = ("VVV", "EEE", "VVI", "VII", "EEI", "EII")


@pytest.mark.parametrize("name", TYPES)
def test_mean_and_covariance_are_those_of_the_formulas(make, knows, tolerance, name):
    known = knows.mixture(make, name, 4, 3)
    mixture = known.mixture()
    mean = sum(w * m for w, m in zip(known.weights, known.means, strict=True))
    second = sum(
        w * (S + np.outer(m, m))
        for w, m, S in zip(known.weights, known.means, known.dense, strict=True)
    )
    np.testing.assert_allclose(mixture.mean(), mean, rtol=tolerance.rounding)
    expected = second - np.outer(mean, mean)
    np.testing.assert_allclose(mixture.covariance(), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", TYPES)
def test_samples_have_the_moments_of_the_mixture(make, knows, name):
    known = knows.mixture(make, name, 3, 2, seed=4)
    mixture = known.mixture()
    X, labels = mixture.sample(60_000, random_state=1)
    assert X.shape == (60_000, 2)
    assert labels.shape == (60_000,)
    # Standard errors are spread / sqrt(n): five of them.
    spread = np.sqrt(np.diagonal(mixture.covariance()))
    assert (np.abs(X.mean(axis=0) - mixture.mean()) < 5 * spread / 245).all()
    np.testing.assert_allclose(np.cov(X.T), mixture.covariance(), atol=0.05 * spread.max() ** 2)
    shares = np.bincount(labels, minlength=3) / 60_000
    np.testing.assert_allclose(shares, known.weights, atol=0.0105)
    for k in range(3):
        mine = X[labels == k]
        size = np.sqrt(np.diagonal(known.dense[k]))
        assert (np.abs(mine.mean(axis=0) - known.means[k]) < 5 * size / np.sqrt(len(mine))).all()
        np.testing.assert_allclose(np.cov(mine.T), known.dense[k], atol=0.08 * size.max() ** 2)


def test_rows_come_in_random_order():
    mixture = Mixture([0.5, 0.5], [[0.0], [9.0]], [[[1.0]], [[1.0]]])
    labels = mixture.sample(200, 0)[1]
    changes = np.count_nonzero(np.diff(labels))
    assert 60 < changes < 140


@pytest.mark.parametrize(
    "seeds",
    [
        lambda: 7,
        lambda: np.int64(7),
        lambda: np.random.default_rng(7),
        lambda: np.random.RandomState(7),
    ],
    ids=["int", "int64", "Generator", "RandomState"],
)
def test_the_same_seed_gives_the_same_rows(seeds):
    mixture = Mixture([0.5, 0.5], [[0.0], [9.0]], [[[1.0]], [[1.0]]])
    first, second = mixture.sample(9, seeds()), mixture.sample(9, seeds())
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert not np.array_equal(first[0], mixture.sample(9, 8)[0])


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
def test_a_generator_moves_on(kind):
    mixture = Mixture([1.0], [[0.0]], [[[1.0]]])
    stream = kind(3)
    assert not np.array_equal(mixture.sample(9, stream)[0], mixture.sample(9, stream)[0])


def test_without_a_seed_every_sample_is_fresh():
    mixture = Mixture([1.0], [[0.0]], [[[1.0]]])
    assert not np.array_equal(mixture.sample(9)[0], mixture.sample(9)[0])
    assert mixture.sample()[0].shape == (1, 1)


@pytest.mark.parametrize("name", TYPES + CODES)
@pytest.mark.parametrize("columns", [[0], [2, 0], [1, 2, 0], [-1], [-3, 1]])
def test_a_marginal_slices_means_and_covariances(make, knows, tolerance, name, columns):
    known = knows.mixture(make, name, 4, 3)
    found = known.mixture().marginal(columns)
    assert found.covariance_type == name
    np.testing.assert_array_equal(found.weights, known.weights)
    np.testing.assert_array_equal(found.means, known.means[:, columns])
    dense = known.dense[:, columns][:, :, columns]
    np.testing.assert_allclose(
        found.components.covariances.dense(), dense, rtol=tolerance.rounding, atol=1e-13
    )
    X = np.random.default_rng(0).normal(scale=3.0, size=(40, len(columns)))
    expected = type(known)("full", known.weights, known.means[:, columns], dense, dense)
    np.testing.assert_allclose(found.log_pdf(X), expected.log_pdf(X), atol=tolerance.certified)


def test_a_marginal_by_name_keeps_names_in_the_order_asked_for(make, knows):
    mixture = knows.mixture(make, "full", 2, 3).mixture(["a", "b", "c"])
    found = mixture.marginal(["c", "a"])
    assert found.feature_names == ("c", "a")
    assert found == mixture.marginal([2, 0])
    assert found == mixture.marginal([-1, "a"])
    assert mixture.marginal("b") == mixture.marginal(1) == mixture.marginal(np.int64(1))
    assert mixture.marginal(np.array([2, 0])) == found


def test_a_marginal_is_the_integral_over_the_other_column(make, knows):
    mixture = knows.mixture(make, "full", 3, 2).mixture()
    axis = np.linspace(-25.0, 25.0, 2001)
    for x in (-1.0, 0.5):
        along = mixture.pdf(np.column_stack([np.full(len(axis), x), axis]))
        expected = along.sum() * (axis[1] - axis[0])
        assert mixture.marginal(0).pdf([x])[0] == pytest.approx(expected, rel=1e-8)


def test_marginals_of_marginals(make, knows):
    mixture = knows.mixture(make, "full", 3, 4).mixture(list("abcd"))
    np.testing.assert_allclose(
        mixture.marginal(["d", "b", "a"]).marginal(["a", "d"]).covariances,
        mixture.marginal(["a", "d"]).covariances,
        rtol=1e-12,
    )
