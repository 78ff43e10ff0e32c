"""Random rows inside a box, beside rows kept by plain rejection and exact moments."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest, truncnorm

from gaussmix import Mixture
from gaussmix.density import Noise


def _inside(X, lower, upper):
    return ((X - lower >= 0.0) & (X - upper <= 0.0)).all(axis=1)


def _with_noise(mixture):
    """The same with a share of noise."""
    components, middle = mixture.components, mixture.mean()
    noise = Noise(0.2, middle - 4.0, middle + 3.0)
    parts = replace(components, weights=0.8 * components.weights, noise=noise)
    return Mixture.from_components(parts, mixture.covariance_type)


def _assert_same_moments(X, Y):
    """That means and covariances of two samples differ by no more than five standard errors."""
    for f in (lambda Z: Z, lambda Z: Z**2, lambda Z: Z[:, :1] * Z):
        x, y = f(X), f(Y)
        off = np.sqrt(x.var(axis=0) / len(x) + y.var(axis=0) / len(y))
        assert (np.abs(x.mean(axis=0) - y.mean(axis=0)) < 5.0 * off).all()


@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("ends", [1, 2])
def test_columns_without_an_end_follow_those_with_one(make, knows, name, ends):
    known = knows.mixture(make, name, 3, 4, seed=6)
    mixture = _with_noise(known.mixture())
    middle = mixture.mean()
    lower = {j: middle[j] + 0.5 for j in range(0, 2 * ends, 2)}
    X, labels = mixture.sample(20_000, random_state=0, lower=lower)
    many, of = mixture.sample(400_000, random_state=1)
    kept = np.all([many[:, j] >= end for j, end in lower.items()], axis=0)
    assert kept.sum() > 1000
    _assert_same_moments(X, many[kept])
    _assert_same_moments(X[:, ::-1], many[kept][:, ::-1])
    for k in range(-1, 3):
        share, expected = (labels == k).mean(), (of[kept] == k).mean()
        off = np.sqrt(expected * (1.0 - expected) * (1.0 / len(X) + 1.0 / kept.sum()))
        assert abs(share - expected) <= 5.0 * off


@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("n_features", [1, 2, 4])
def test_rows_in_a_box_are_those_that_rejection_leaves(make, knows, name, n_features):
    known = knows.mixture(make, name, 3, n_features, seed=6)
    mixture = known.mixture()
    middle = known.weights @ known.means
    lower, upper = middle - 1.0, np.append(middle[:-1] + 1.5, np.inf)
    X, labels = mixture.sample(20_000, random_state=0, lower=lower, upper=upper)
    assert _inside(X, lower, upper).all()
    many, of = mixture.sample(400_000, random_state=1)
    kept = _inside(many, lower, upper)
    assert kept.sum() > 1000
    _assert_same_moments(X, many[kept])
    shares = np.bincount(labels, minlength=3) / len(X)
    expected = np.bincount(of[kept], minlength=3) / kept.sum()
    off = np.sqrt(expected * (1.0 - expected) * (1.0 / len(X) + 1.0 / kept.sum()))
    assert (np.abs(shares - expected) <= 5.0 * off + 1e-12).all()


def test_one_column_follows_the_truncated_normal_far_out():
    mixture = Mixture([1.0], [[1.0]], [[[4.0]]])
    x = mixture.sample(4000, random_state=0, lower=41.0, upper=60.0)[0][:, 0]
    assert kstest(x, truncnorm(20.0, 29.5, 1.0, 2.0).cdf).pvalue > 1e-3
    x = mixture.sample(4000, random_state=0, lower=3.0, upper=3.0 + 1e-9)[0][:, 0]
    assert kstest((x - 3.0) / 1e-9, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("n_features", [2, 6])
def test_an_unlikely_corner_has_exact_draws(n_features):
    matrix = 0.5 * (np.eye(n_features) + 1.0)
    mixture = Mixture([1.0], [np.zeros(n_features)], [matrix])
    corner = 7.0
    assert mixture.interval_probability(np.full(n_features, corner), None) < 1e-16
    X = mixture.sample(20_000, random_state=3, lower=np.full(n_features, corner))[0]
    assert X.min() >= corner
    # A Gibbs step leaves the distribution as it is, and so does exchanging columns.
    rng = np.random.default_rng(0)
    moved = X.copy()
    rest = moved[:, 1:].sum(axis=1)
    slope = 0.5 / (0.5 + 0.5 * (n_features - 1))
    spread = np.sqrt(1.0 - 0.5 * slope * (n_features - 1))
    start = (corner - slope * rest) / spread
    moved[:, 0] = slope * rest + spread * truncnorm.rvs(start, np.inf, random_state=rng)
    _assert_same_moments(X, moved)
    off = X[:, 0].std() * np.sqrt(2.0 / len(X))
    assert (np.abs(X.mean(axis=0) - X.mean()) < 5.0 * off).all()


def test_components_share_a_box_by_their_probability_of_it():
    weights = [0.98, 0.02]
    matrices = [[[1.0, 0.6], [0.6, 1.0]], [[2.0, -0.5], [-0.5, 1.0]]]
    mixture = Mixture(weights, [[0.0, 0.0], [4.0, 4.0]], matrices)
    lower = np.array([3.0, 3.5])
    p = [
        w * Mixture([1.0], [m], [S]).interval_probability(lower, None)
        for w, m, S in zip(weights, mixture.means, matrices, strict=True)
    ]
    labels = mixture.sample(40_000, random_state=0, lower=lower)[1]
    share = p[1] / sum(p)
    assert abs(labels.mean() - share) < 5.0 * np.sqrt(share * (1.0 - share) / 40_000)


def test_noise_fills_its_part_of_the_box():
    plain = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.3], [0.3, 1.0]]])
    noise = Noise(0.3, np.array([-4.0, -5.0]), np.array([6.0, 5.0]))
    components = replace(plain.components, weights=np.array([0.7]), noise=noise)
    mixture = Mixture.from_components(components, "full")
    X, labels = mixture.sample(20_000, random_state=0, lower=[1.0, -np.inf], upper=[9.0, 2.0])
    own = X[labels == -1]
    np.testing.assert_allclose(own.min(axis=0), [1.0, -5.0], atol=0.02)
    np.testing.assert_allclose(own.max(axis=0), [6.0, 2.0], atol=0.02)
    share = 0.3 * 0.5 * 0.7 / mixture.interval_probability([1.0, -np.inf], [9.0, 2.0])
    assert abs((labels == -1).mean() - share) < 5.0 * np.sqrt(share * (1.0 - share) / 20_000)
    gone = mixture.sample(50, random_state=0, lower={0: 6.5})[1]
    assert (gone == 0).all()


def test_a_box_by_names_and_seeds(make, knows):
    mixture = knows.mixture(make, "full", 2, 3).mixture(["a", "b", "c"])
    X, labels = mixture.sample(300, 5, lower={"b": 0.0})
    again = mixture.sample(300, 5, lower=[-np.inf, 0.0, -np.inf], upper=None)
    np.testing.assert_array_equal(X, again[0])
    np.testing.assert_array_equal(labels, again[1])
    assert X[:, 1].min() >= 0.0 > X[:, 0].min()


def test_many_columns_are_drawn_too(make, knows):
    mixture = knows.mixture(make, "full", 2, 15, seed=2).mixture()
    middle = mixture.mean()
    X = mixture.sample(2000, random_state=0, lower=middle)[0]
    assert (X - middle).min() >= 0.0
    assert mixture.interval_probability(middle, None) < 0.01
