"""Directions that tell components apart: against brute force, and in what must not matter."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import eigh

from gaussmix import GaussianMixture, Mixture
from gaussmix.density import Components, Noise
from gaussmix.mixture import find_directions, rows_covariance


def random_mixture(n_components=4, n_features=5, seed=0):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(n_components, 5.0))
    roots = rng.normal(size=(n_components, n_features, n_features))
    means = 2.0 * rng.normal(size=(n_components, n_features))
    return Mixture(weights, means, roots @ roots.swapaxes(1, 2) + np.eye(n_features))


def kernel_of(mixture, mean_share, total):
    """The kernel matrix as Scrucca writes it."""
    w, mu, sigma = mixture.weights, mixture.means, mixture.components.covariances.dense()
    away = mu - w @ mu
    between = np.einsum("k,ki,kj->ij", w, away, away)
    apart = sigma - np.einsum("k,kij->ij", w, sigma)
    inverse = np.linalg.inv(total)
    means = between @ inverse @ between
    covariances = np.einsum("k,kij->ij", w, apart @ inverse @ apart)
    return 2.0 * mean_share * means + 2.0 * (1.0 - mean_share) * covariances


@pytest.mark.parametrize("mean_share", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("given", [False, True])
def test_directions_solve_the_generalised_eigenproblem(mean_share, given):
    mixture = random_mixture()
    total = mixture.covariance() + given * np.diag(np.arange(5.0))
    found = find_directions(mixture, mean_share=mean_share, covariance=total if given else None)
    values, vectors = eigh(kernel_of(mixture, mean_share, total), total)
    m = found.n_directions
    assert m == (3 if mean_share == 1.0 else 5)
    np.testing.assert_allclose(found.eigenvalues, values[::-1][:m], rtol=1e-10)
    expected = vectors[:, ::-1][:, :m] / np.linalg.norm(vectors[:, ::-1][:, :m], axis=0)
    np.testing.assert_allclose(np.abs(found.basis.T @ expected).diagonal(), 1.0, rtol=1e-10)
    np.testing.assert_allclose(np.linalg.norm(found.basis, axis=0), 1.0)


def test_each_direction_points_where_its_largest_loading_is_positive():
    found = find_directions(random_mixture(), mean_share=0.5)
    largest = np.abs(found.loadings).argmax(axis=0)
    assert (found.loadings[largest, np.arange(5)] > 0.0).all()
    np.testing.assert_allclose(np.linalg.norm(found.loadings, axis=0), 1.0)


def test_units_of_the_columns_do_not_matter():
    mixture, scale = random_mixture(), np.array([1e-6, 1.0, 1e3, 1e8, 10.0])
    scaled = Mixture(
        mixture.weights,
        mixture.means * scale + 1e3 * scale,
        mixture.covariances * np.outer(scale, scale),
    )
    for share in (1.0, 0.5):
        one, other = (find_directions(m, mean_share=share) for m in (mixture, scaled))
        np.testing.assert_allclose(other.eigenvalues, one.eigenvalues, rtol=1e-8)
        np.testing.assert_allclose(other.loadings, one.loadings, atol=1e-7)


def test_the_projected_mixture_is_that_of_the_projected_rows():
    mixture = random_mixture()
    found = find_directions(mixture, 2)
    X = mixture.sample(200_000, random_state=0)[0]
    Z = found.transform(X)
    assert Z.shape == (200_000, 2)
    np.testing.assert_allclose(found.mixture.mean(), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.cov(Z.T), found.mixture.covariance(), rtol=0.03, atol=0.02)
    np.testing.assert_array_equal(found.mixture.weights, mixture.weights)


@pytest.mark.parametrize(
    ("covariance_type", "covariances"),
    [("tied", np.eye(3)), ("diag", np.ones((2, 3))), ("spherical", [1.0, 4.0])],
)
def test_structures_other_than_full(covariance_type, covariances):
    mixture = Mixture(
        [0.5, 0.5], [[0.0, 0.0, 0.0], [0.0, 3.0, 0.0]], covariances, covariance_type=covariance_type
    )
    found = find_directions(mixture)
    np.testing.assert_allclose(found.basis, [[0.0], [1.0], [0.0]], atol=1e-12)
    between, within = 2.25, {"spherical": 2.5}.get(covariance_type, 1.0)
    assert found.eigenvalues[0] == pytest.approx(2.0 * (between / (between + within)) ** 2)


def test_noise_is_left_out():
    mixture = random_mixture()
    part = mixture.components
    noise = Noise(0.2, np.full(5, -50.0), np.full(5, 90.0))
    noisy = Mixture.from_components(
        Components(0.8 * part.weights, part.means, part.covariances, noise), "full"
    )
    one, other = find_directions(mixture), find_directions(noisy)
    np.testing.assert_allclose(other.basis, one.basis, atol=1e-10)
    assert other.mixture.components.noise is None


def test_many_columns_take_a_few_matrices_of_memory():
    rng = np.random.default_rng(0)
    n_features = 500
    means = rng.normal(size=(3, n_features))
    mixture = Mixture([0.3, 0.3, 0.4], means, np.ones((3, n_features)), covariance_type="diag")
    tracemalloc.start()
    found = find_directions(mixture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.n_directions == 2
    assert peak < 10 * n_features**2 * 8
    # With covariances of one the directions span the means' differences.
    span = np.linalg.qr((means[1:] - means[0]).T)[0]
    np.testing.assert_allclose(span @ (span.T @ found.basis), found.basis, atol=1e-10)


def test_the_covariance_of_rows_leaves_out_gaps_and_counts_weights():
    mixture = random_mixture()
    X = mixture.sample(50, random_state=0)[0]
    weight = np.random.default_rng(0).integers(0, 3, 50)
    whole = np.repeat(X[1:], weight[1:], axis=0)
    X[0, 2] = np.nan
    np.testing.assert_allclose(
        rows_covariance(mixture, X, weight), np.cov(whole.T, bias=True), rtol=1e-10
    )
    with pytest.raises(ValueError, match=r"5 columns needs more than 5 rows without gaps.* are 4"):
        rows_covariance(mixture, X[:5])


def test_an_estimator_projects_with_the_names_of_its_columns():
    X = pd.DataFrame(random_mixture().sample(300, random_state=0)[0], columns=list("abcde"))
    gm = GaussianMixture(3, random_state=0).fit(X)
    found = gm.projection(1, X=X)
    assert found.mixture.feature_names == ("direction 1",)
    np.testing.assert_array_equal(found.transform(X[list("edcba")]), found.transform(X))
    gap = X.iloc[:2].copy()
    gap.iloc[0, 0] = np.nan
    assert np.isnan(found.transform(gap)[:, 0]).tolist() == [True, False]
    text = str(found)
    assert text.startswith("1 direction in which the means of 3 components differ")
    heaviest = "abcde"[int(np.abs(found.loadings[:, 0]).argmax())]
    assert f"{heaviest} +" in text.splitlines()[-1]


@pytest.mark.parametrize("share", [-0.1, 1.5, np.nan, True, "all"])
def test_an_impossible_share_is_refused(share):
    with pytest.raises(ValueError, match="mean_share should be a number from 0"):
        find_directions(random_mixture(), mean_share=share)


@pytest.mark.parametrize("n_directions", [0, 4, 1.5, True])
def test_an_impossible_number_of_directions_is_refused(n_directions):
    with pytest.raises(ValueError, match=r"from 1 to 3, .* but is .*covariances too"):
        find_directions(random_mixture(), n_directions)


def test_components_that_do_not_differ_are_refused():
    with pytest.raises(ValueError, match=r"1 component has no directions.*at least 2"):
        find_directions(random_mixture(1))
    same = Mixture([0.5, 0.5], [[0.0, 0.0]] * 2, [1.0, 9.0], covariance_type="spherical")
    with pytest.raises(ValueError, match=r"mean_share = 1 the 2 components .*mean_share=0\.5"):
        find_directions(same)
    assert find_directions(same, mean_share=0.5).n_directions == 2
