"""Low-rank covariances against the same matrices held whole."""

import numpy as np
import pytest

from gaussmix.covariance import FactorCovariances, FullCovariances

N_COMPONENTS, N_FEATURES = 3, 7
SHARING = {"own": (3, 3), "own loadings": (3, 1), "own noise": (1, 3), "shared": (1, 1)}


def some(rank: int, sharing: str) -> FactorCovariances:
    rng = np.random.default_rng(rank)
    n_loadings, n_noise = SHARING[sharing]
    loadings = rng.normal(size=(n_loadings, N_FEATURES, rank))
    noise = rng.uniform(0.05, 2.0, (n_noise, N_FEATURES))
    return FactorCovariances(loadings, noise, N_COMPONENTS)


def whole(value: FactorCovariances) -> FullCovariances:
    matrices = np.matmul(value.loadings, value.loadings.swapaxes(1, 2))
    matrices = matrices + value.noise[:, :, None] * np.eye(N_FEATURES)
    return FullCovariances.from_dense(
        np.broadcast_to(matrices, (N_COMPONENTS, N_FEATURES, N_FEATURES)), N_COMPONENTS
    )


@pytest.fixture(params=[(rank, how) for rank in (0, 1, 3, 6) for how in SHARING], ids=str)
def pair(request):
    value = some(*request.param)
    return value, whole(value)


def test_matrices_are_loadings_times_themselves_plus_noise(pair):
    value, full = pair
    np.testing.assert_allclose(value.dense(), full.dense(), rtol=1e-12)
    np.testing.assert_allclose(value.variances, full.variances, rtol=1e-12)
    for k in range(N_COMPONENTS):
        np.testing.assert_allclose(value.matrix(k), full.matrix(k), rtol=1e-12)
        np.testing.assert_allclose(value.precision(k), full.precision(k), atol=1e-10)


def test_determinants_and_precisions_are_those_of_the_whole_matrices(pair):
    value, full = pair
    np.testing.assert_allclose(value.log_det, full.log_det, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(value.precision_diagonal, full.precision_diagonal, rtol=1e-10)
    whiteners = np.broadcast_to(value.whiteners, (N_COMPONENTS, N_FEATURES, N_FEATURES))
    product = np.matmul(np.matmul(whiteners, full.dense()), whiteners.swapaxes(1, 2))
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(7), product.shape), atol=1e-10)


def test_whitened_rows_have_the_length_that_the_whole_matrix_gives_them(pair):
    value, full = pair
    x = np.random.default_rng(0).normal(size=(N_FEATURES, 20))
    for k in range(N_COMPONENTS):
        lengths = (full.whiten(k, x) ** 2).sum(axis=0)
        np.testing.assert_allclose((value.whiten(k, x) ** 2).sum(axis=0), lengths, rtol=1e-10)
        np.testing.assert_allclose(value.square_distance(k, x), lengths, rtol=1e-10)


def test_squared_distances_keep_their_digits_where_the_loadings_are_huge():
    loadings = 1e7 * np.ones((1, 5, 1))
    value = FactorCovariances(loadings, np.full((1, 5), 0.5), 1)
    x = loadings[0] * np.linspace(-2.0, 2.0, 9)
    expected = (x[0] / 1e7) ** 2  # along the loadings, in units of the factor
    np.testing.assert_allclose(value.square_distance(0, x), expected, atol=1e-8)


def test_whitening_and_its_transpose_apply_the_precision(pair):
    value, full = pair
    points = np.random.default_rng(1).normal(size=(N_COMPONENTS, N_FEATURES))
    applied = value.unwhiten_each(value.whiten_each(points))
    expected = full.unwhiten_each(full.whiten_each(points))
    np.testing.assert_allclose(applied, expected, rtol=1e-9, atol=1e-10)
    for k in range(N_COMPONENTS):
        alone = value.whiten(k, points[k][:, None])[:, 0]
        np.testing.assert_allclose(value.whiten_each(points)[k], alone, atol=1e-10)


def test_log_densities_are_their_features_and_what_lies_beyond_them(pair):
    value, full = pair
    x = np.random.default_rng(2).normal(size=(N_FEATURES, 11))
    out = -0.5 * np.broadcast_to(value.precision_features, (N_COMPONENTS, N_FEATURES)) @ x**2
    out += value.beyond_features(x)
    expected = [-0.5 * (full.whiten(k, x) ** 2).sum(axis=0) for k in range(N_COMPONENTS)]
    np.testing.assert_allclose(out, expected, rtol=1e-10)


def test_the_bound_on_precisions_holds(pair):
    value, full = pair
    scale = np.linspace(0.5, 2.0, N_FEATURES)
    scaled = np.linalg.inv(full.dense() / np.outer(scale, scale))
    largest = np.linalg.eigvalsh(scaled)[:, -1]
    assert (value.largest_precision(scale) >= largest * (1.0 - 1e-9)).all()


def test_coloured_noise_has_the_covariances(pair):
    value, full = pair
    for k in range(N_COMPONENTS):
        root = value.colorize(k, np.eye(N_FEATURES))
        np.testing.assert_allclose(root.T @ root, full.matrix(k), rtol=1e-10, atol=1e-10)


def test_scores_are_the_slopes_of_factors_against_rows(pair):
    value, full = pair
    loadings = np.broadcast_to(value.loadings, (N_COMPONENTS, *value.loadings.shape[1:]))
    expected = np.matmul(loadings.swapaxes(1, 2), np.linalg.inv(full.dense()))
    np.testing.assert_allclose(value.scores, expected, atol=1e-10)


@pytest.mark.parametrize("columns", [[], [4], [6, 0, 2], [0, 1, 2, 3, 4, 5, 6]], ids=str)
def test_marginals_and_splits_are_those_of_the_whole_matrices(pair, columns):
    value, full = pair
    index = np.array(columns, dtype=np.intp)
    np.testing.assert_allclose(
        value.marginal(index).dense(), full.dense()[:, index][:, :, index], rtol=1e-12
    )
    own, reference = value.split(index), full.split(index)
    x = np.random.default_rng(3).normal(size=(len(index), 6))
    for k in range(N_COMPONENTS):
        np.testing.assert_allclose(
            own.missing_covariance(k), reference.missing_covariance(k), atol=1e-10
        )
        np.testing.assert_allclose(own.missing_mean(k, x), reference.missing_mean(k, x), atol=1e-9)
    slopes = np.broadcast_to(own.slopes, reference.slopes.shape)
    np.testing.assert_allclose(slopes, reference.slopes, atol=1e-9)


def test_components_can_be_taken_in_any_order(pair):
    value, full = pair
    order = np.array([2, 0])
    np.testing.assert_allclose(value.take(order).dense(), full.take(order).dense(), rtol=1e-12)
    assert value.take(order).is_shared == value.is_shared


def test_components_can_be_placed_among_others():
    others, own = some(2, "own"), some(2, "own").take(np.array([1]))
    placed = own.placed(np.array([2]), others)
    np.testing.assert_array_equal(placed.dense()[2], others.dense()[1])
    np.testing.assert_array_equal(placed.dense()[0], others.dense()[0])


def test_the_largest_difference_of_two_matrices_needs_neither(pair):
    value, full = pair
    scale = np.linspace(0.5, 2.0, N_FEATURES)
    for j, k in [(0, 1), (2, 0), (1, 1)]:
        expected = full.largest_difference(j, k, scale)
        assert value.largest_difference(j, k, scale) == pytest.approx(expected, abs=1e-12)


def test_the_flattest_direction_is_that_of_the_whole_matrix():
    rng = np.random.default_rng(8)
    noise = np.r_[0.01, rng.uniform(0.5, 1.0, N_FEATURES - 1)][None]
    loadings = np.r_[np.zeros((1, 2)), rng.normal(size=(N_FEATURES - 1, 2))][None]
    value = FactorCovariances(loadings, noise, 1)
    scale = np.sqrt(value.variances[0])
    scale[0] = 1.0
    smallest, direction = value.flattest(0, scale)
    expected, along = whole_of_one(value).flattest(0, scale)
    assert smallest == pytest.approx(expected, rel=0.02)
    assert abs(direction @ along) > 0.999


def whole_of_one(value: FactorCovariances) -> FullCovariances:
    return FullCovariances.from_dense(value.dense(), 1)
