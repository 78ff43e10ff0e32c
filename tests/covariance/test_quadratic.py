"""Quadratic features against the sums they stand for."""

import pickle

import numpy as np
import pytest

from gaussmix.covariance import PACKED, RADIAL, SQUARES

SPACES = {"packed": PACKED, "squares": SQUARES, "radial": RADIAL}
DIMENSIONS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17]

pytestmark = [
    pytest.mark.parametrize("space", tuple(SPACES)),
    pytest.mark.parametrize("n_features", DIMENSIONS),
]


def _matrix(space, rng, n_features):
    """A matrix of the kind the space is for, and its coefficients."""
    if space == "packed":
        A = rng.normal(size=(n_features, n_features))
        A = A + A.T
        doubled = 2.0 * A - np.diag(np.diag(A))
        return A, doubled[np.triu_indices(n_features)]
    if space == "squares":
        A = np.diag(rng.normal(size=n_features))
        return A, np.diag(A)
    value = rng.normal()
    return value * np.eye(n_features), np.array([value])


def _written(quadratic, x):
    out = np.full((quadratic.rows(len(x)), x.shape[1]), np.nan)
    quadratic.write(x, out)
    return out


def test_a_form_is_linear_in_the_features(space, n_features, tolerance):
    rng = np.random.default_rng(n_features)
    quadratic = SPACES[space]
    A, coefficients = _matrix(space, rng, n_features)
    assert len(coefficients) == quadratic.size(n_features)
    points = rng.normal(size=(6, 2, n_features))
    expected = np.einsum("...i,ij,...j->...", points, A, points)
    found = quadratic.of(points) @ coefficients
    assert quadratic.of(points).shape == (6, 2, quadratic.size(n_features))
    np.testing.assert_allclose(found, expected, atol=tolerance.rounding)


def test_a_form_is_linear_in_the_written_rows(space, n_features, tolerance):
    rng = np.random.default_rng(n_features)
    quadratic = SPACES[space]
    x = rng.normal(size=(n_features, 33))
    forms = [_matrix(space, rng, n_features) for _ in range(3)]
    coefficients = np.stack([c for _, c in forms])
    found = quadratic.spread(coefficients, n_features) @ _written(quadratic, x)
    expected = [np.einsum("ib,ij,jb->b", x, A, x) for A, _ in forms]
    np.testing.assert_allclose(found, expected, atol=tolerance.rounding)


def test_sums_over_written_rows_are_collected(space, n_features, tolerance):
    rng = np.random.default_rng(n_features)
    quadratic = SPACES[space]
    x, weight = rng.normal(size=(n_features, 33)), rng.uniform(size=(4, 33))
    found = quadratic.collect(weight @ _written(quadratic, x).T, n_features)
    np.testing.assert_allclose(found, weight @ quadratic.of(x.T), rtol=1e-10, atol=1e-12)


def test_weighted_is_the_weighted_sum_of_features(space, n_features, tolerance):
    rng = np.random.default_rng(n_features)
    quadratic = SPACES[space]
    x, weight = rng.normal(size=(n_features, 40)), rng.uniform(size=40)
    expected = quadratic.of_matrices((x * weight) @ x.T)
    found = quadratic.weighted(x, weight)
    assert found.shape == (quadratic.size(n_features),)
    np.testing.assert_allclose(found, expected, rtol=tolerance.rounding, atol=1e-13)
    np.testing.assert_allclose(found, weight @ quadratic.of(x.T), rtol=1e-10, atol=1e-12)


def test_of_matrices_answers_for_stacks(space, n_features):
    rng = np.random.default_rng(n_features)
    matrices = rng.normal(size=(3, n_features, n_features))
    matrices = matrices + matrices.swapaxes(1, 2)
    found = SPACES[space].of_matrices(matrices)
    assert found.shape == (3, SPACES[space].size(n_features))
    for k in range(3):
        np.testing.assert_array_equal(found[k], SPACES[space].of_matrices(matrices[k]))


def test_rows_are_written_into_part_of_a_larger_array(space, n_features):
    x = np.random.default_rng(0).normal(size=(n_features, 12))
    quadratic = SPACES[space]
    whole = np.zeros((quadratic.rows(n_features) + 3, 50))
    quadratic.write(x, whole[: quadratic.rows(n_features), :12])
    np.testing.assert_array_equal(whole[: quadratic.rows(n_features), :12], _written(quadratic, x))
    assert not whole[:, 12:].any()
    assert not whole[quadratic.rows(n_features) :].any()


def test_each_space_is_one_instance_in_every_process(space, n_features):
    assert pickle.loads(pickle.dumps(SPACES[space])) is SPACES[space]
