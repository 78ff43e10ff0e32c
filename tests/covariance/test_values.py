"""Covariance values against dense matrices."""

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES, FullCovariances

CODES = tuple(FAMILIES)


def _value(make, code, n_features=4, n_components=3, condition=30.0):
    value = make.components(code, n_components, n_features, condition=condition).covariances
    return value, value.dense()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 5])
@pytest.mark.parametrize("n_components", [1, 3])
def test_every_answer_agrees_with_the_dense_matrices(
    make, tolerance, code, n_features, n_components
):
    value, dense = _value(make, code, n_features, n_components)
    rng = np.random.default_rng(0)
    near = {"rtol": tolerance.rounding, "atol": tolerance.rounding}
    inverses = np.linalg.inv(dense)
    assert dense.shape == (n_components, n_features, n_features)
    assert value.n_components == n_components
    assert value.n_features == n_features
    np.testing.assert_allclose(value.log_det, np.linalg.slogdet(dense)[1], **near)
    np.testing.assert_allclose(value.variances, np.einsum("kii->ki", dense), **near)
    np.testing.assert_allclose(value.precision_diagonal, np.einsum("kii->ki", inverses), **near)
    x = rng.normal(size=(n_features, 9))
    for k in range(n_components):
        np.testing.assert_allclose(value.matrix(k), dense[k], **near)
        y = value.whiten(k, x)
        expected = np.einsum("ib,ij,jb->b", x, inverses[k], x)
        np.testing.assert_allclose((y * y).sum(axis=0), expected, **near)
        z = rng.normal(size=(9, n_features))
        # Whitening undoes colouring, so colouring gives the right covariance.
        np.testing.assert_allclose(value.whiten(k, value.colorize(k, z).T).T, z, **near)
    points = rng.normal(size=(n_components, n_features))
    applied = value.unwhiten_each(value.whiten_each(points))
    np.testing.assert_allclose(applied, np.einsum("kij,kj->ki", inverses, points), **near)
    features = np.broadcast_to(
        value.precision_features, (n_components, value.quadratic.size(n_features))
    )
    expected = np.einsum("ki,kij,kj->k", points, inverses, points)
    found = np.einsum("kq,kq->k", features, value.quadratic.of(points))
    np.testing.assert_allclose(found, expected, **near)


@pytest.mark.parametrize("code", CODES)
def test_colorize_gives_the_covariance(make, code):
    value, dense = _value(make, code, 3)
    eye = np.eye(3)
    for k in range(3):
        L = value.colorize(k, eye).T
        np.testing.assert_allclose(L @ L.T, dense[k], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("columns", [[0], [2, 0], [3, 1, 2], [0, 1, 2, 3]])
def test_marginal_is_the_chosen_rows_and_columns(make, tolerance, code, columns):
    value, dense = _value(make, code)
    found = value.marginal(np.array(columns))
    expected = dense[:, columns][:, :, columns]
    np.testing.assert_allclose(found.dense(), expected, rtol=tolerance.rounding, atol=1e-13)
    np.testing.assert_allclose(
        found.log_det, np.linalg.slogdet(expected)[1], rtol=tolerance.rounding, atol=1e-12
    )
    assert found.is_shared == value.is_shared
    if isinstance(found, FullCovariances):
        assert (np.diagonal(found.chol, axis1=1, axis2=2) > 0.0).all()
        np.testing.assert_array_equal(found.chol, np.tril(found.chol))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 5])
def test_whiteners_are_the_matrices_that_whiten(make, tolerance, code, n_features):
    value, dense = _value(make, code, n_features)
    eye = np.eye(n_features)
    found = np.broadcast_to(value.whiteners, dense.shape)
    for k in range(3):
        np.testing.assert_allclose(found[k], value.whiten(k, eye), rtol=tolerance.ulps, atol=1e-14)
        np.testing.assert_allclose(found[k] @ dense[k] @ found[k].T, eye, atol=tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("columns", [[], [0], [1, 3], [0, 2, 3], [0, 1, 2, 3]])
@pytest.mark.parametrize("condition", [30.0, 1e8])
def test_split_gives_the_distribution_of_the_others_given_the_chosen(
    make, tolerance, code, columns, condition
):
    value, dense = _value(make, code, condition=condition)
    found = value.split(np.array(columns, dtype=int))
    others = [j for j in range(4) if j not in columns]
    x = np.random.default_rng(0).normal(size=(len(columns), 6))
    slopes = np.broadcast_to(found.slopes, (3, len(others), len(columns)))
    # The dense formula loses digits to the condition; the split must not.
    near = {"rtol": tolerance.rounding, "atol": tolerance.rounding + 1e-15 * condition}
    np.testing.assert_allclose(found.marginal.dense(), dense[:, columns][:, :, columns], **near)
    for k in range(3):
        seen, cross = dense[k][np.ix_(columns, columns)], dense[k][np.ix_(others, columns)]
        expected = np.linalg.solve(seen, cross.T).T
        remainder = dense[k][np.ix_(others, others)] - expected @ cross.T
        np.testing.assert_allclose(slopes[k], expected, **near)
        np.testing.assert_allclose(found.missing_mean(k, x), expected @ x, **near)
        np.testing.assert_allclose(found.missing_covariance(k), remainder, **near)
        assert np.linalg.eigvalsh(found.missing_covariance(k)).min(initial=1.0) > 0.0


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_placed_takes_the_place_of_the_given_numbers(make, code):
    value, dense = _value(make, code, n_components=4)
    others = make.components(code, 4, 4, seed=1).covariances
    where = np.array([2, 0])
    found = value.take(where).placed(where, others)
    np.testing.assert_array_equal(found.dense()[where], dense[where])
    np.testing.assert_array_equal(found.dense()[[1, 3]], others.dense()[[1, 3]])
    assert (found.n_components, type(found)) == (4, type(others))
    np.testing.assert_allclose(found.log_det, np.linalg.slogdet(found.dense())[1], atol=1e-12)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("order", [[2, 0, 1], [1], [0, 0, 2, 1]])
def test_take_gives_the_components_in_that_order(make, code, order):
    value, dense = _value(make, code)
    found = value.take(np.array(order))
    assert found.n_components == len(order)
    np.testing.assert_array_equal(found.dense(), dense[order])
    assert found.log_det.shape == (len(order),)


@pytest.mark.parametrize("code", CODES)
def test_shared_values_hold_one_matrix(make, code):
    value, dense = _value(make, code)
    assert value.is_shared == FAMILIES[code].scatter.pooled
    assert not _value(make, code, n_components=1)[0].is_shared
    if value.is_shared:
        assert len(value.precision_features) == 1
        np.testing.assert_array_equal(dense[0], dense[2])


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 5, 20])
@pytest.mark.parametrize("condition", [1.0, 1e3, 1e9])
def test_largest_precision_bounds_the_largest_eigenvalue_from_above_and_not_by_much(
    make, code, n_features, condition
):
    for seed in range(5):
        value = make.components(code, 3, n_features, seed, condition=condition).covariances
        scale = 10.0 ** np.random.default_rng(seed).uniform(-3, 3, n_features)
        smallest = np.linalg.eigvalsh(value.dense() / np.outer(scale, scale))
        precision = np.linalg.inv(value.dense()) * np.outer(scale, scale)
        largest = np.linalg.eigvalsh(0.5 * (precision + precision.swapaxes(1, 2)))[:, -1]
        assert smallest.shape == precision.shape[:2]
        bound = value.largest_precision(scale)
        rounding = 1e-12 + 1e-15 * condition
        assert (bound >= largest * (1.0 - rounding)).all()
        assert (bound <= n_features**0.25 * largest * (1.0 + rounding)).all()
