"""Projected scatter against whole scatter matrices."""

import pickle

import numpy as np
import pytest

from gaussmix.covariance import LOW_RANK, Projected, ScatterKind, first_projections
from gaussmix.expectation import SufficientStatistics
from gaussmix.persistence import pack, unpack

N_COMPONENTS, N_FEATURES, N_DIRECTIONS = 3, 5, 2


@pytest.fixture(params=["own", "common"])
def projected(request):
    shape = (N_COMPONENTS, N_DIRECTIONS, N_FEATURES)
    directions = np.random.default_rng(0).normal(size=shape)
    return Projected(directions if request.param == "own" else directions[0])


def scatters(n_rows=30, seed=1):
    """Rows about the origin (D, B), responsibilities (K, B), and scatter matrices (K, D, D)."""
    rng = np.random.default_rng(seed)
    x, resp = rng.normal(size=(N_FEATURES, n_rows)), rng.random((N_COMPONENTS, n_rows))
    return x, resp, np.einsum("kb,ib,jb->kij", resp, x, x)


def test_sums_over_rows_are_products_with_the_scatter_matrix(projected):
    x, resp, matrices = scatters()
    expected = projected.of_matrices(matrices)
    squares, cross = projected.parts(expected)
    np.testing.assert_allclose(squares, np.einsum("kii->ki", matrices))
    directions = np.broadcast_to(projected.directions, (3, N_DIRECTIONS, N_FEATURES))
    np.testing.assert_allclose(cross, np.einsum("kij,kpj->kip", matrices, directions))
    written = resp @ (x * x).T
    np.testing.assert_allclose(projected.gather(written, x, resp), expected, rtol=1e-12)
    for k in range(N_COMPONENTS):
        own = projected.each(k).weighted(x, resp[k])
        np.testing.assert_allclose(own, expected[k], rtol=1e-12)
        np.testing.assert_allclose(projected.each(k).of_matrices(matrices[k]), expected[k])
    assert expected.shape[-1] == projected.size(N_FEATURES)


def test_features_of_points_are_those_of_their_outer_products(projected):
    points = np.random.default_rng(2).normal(size=(N_COMPONENTS, N_FEATURES))
    outer = points[:, :, None] * points[:, None, :]
    np.testing.assert_allclose(projected.of(points), projected.of_matrices(outer), rtol=1e-12)


def test_a_diagonal_scatter_needs_no_matrix(projected):
    variances = np.linspace(0.5, 3.0, N_FEATURES)
    expected = projected.of_matrices(np.diag(variances))
    np.testing.assert_allclose(projected.of_diagonals(variances), expected, rtol=1e-12)


def test_components_take_their_directions_along(projected):
    _, _, matrices = scatters()
    order = np.array([2, 0, 1])
    np.testing.assert_allclose(
        projected.take(order).of_matrices(matrices[order]),
        projected.of_matrices(matrices)[order],
    )


@pytest.mark.parametrize("pooled", [False, True])
def test_statistics_move_to_other_references(projected, pooled):
    if pooled and projected.directions.ndim == 3:
        projected = projected.each(0)
    x, resp, _ = scatters()
    kind = ScatterKind(projected, pooled, rank=N_DIRECTIONS)

    def about(reference):
        away = x[None] - reference[:, :, None]
        matrices = np.einsum("kb,kib,kjb->kij", resp, away, away)
        scatter = projected.of_matrices(matrices)
        return SufficientStatistics(
            kind,
            reference,
            resp.sum(axis=1),
            np.einsum("kb,kib->ki", resp, away),
            scatter.sum(axis=0) if pooled else scatter,
            0.0,
            30.0,
        )

    rng = np.random.default_rng(4)
    one, other = rng.normal(size=(2, N_COMPONENTS, N_FEATURES))
    moved, expected = about(one).rebase(other), about(other)
    np.testing.assert_allclose(moved.shift, expected.shift, atol=1e-10)
    np.testing.assert_allclose(moved.scatter, expected.scatter, atol=1e-10)
    twice = expected + expected
    np.testing.assert_allclose(twice.scatter, expected.scale(2.0).scatter)


def test_sums_along_other_directions_do_not_add(projected):
    reference = np.zeros((N_COMPONENTS, N_FEATURES))
    one = SufficientStatistics.zeros(ScatterKind(projected, pooled=False), reference)
    turned = Projected(-projected.directions)
    other = SufficientStatistics.zeros(ScatterKind(turned, pooled=False), reference)
    assert (one + one).mass.sum() == 0.0
    with pytest.raises(ValueError, match="add only about the same references"):
        one + other


def test_projections_survive_a_pickle_and_a_file(projected):
    assert pickle.loads(pickle.dumps(projected)) == projected
    kind = ScatterKind(projected, pooled=False, rank=N_DIRECTIONS)
    assert unpack(ScatterKind, *pack(kind)) == kind
    constant = ScatterKind(LOW_RANK, pooled=True, rank=1)
    assert unpack(ScatterKind, *pack(constant)) == constant


@pytest.mark.parametrize("in_common", [False, True])
def test_directions_turn_to_the_leading_axes_of_correlation(in_common):
    rng = np.random.default_rng(6)
    loadings = rng.normal(size=(40, 2)) * [3.0, 2.0]
    matrix = loadings @ loadings.T + 0.1 * np.eye(40)
    unit = np.sqrt(np.diagonal(matrix))
    matrices = np.tile(matrix, (N_COMPONENTS, 1, 1))
    projected = first_projections(np.tile(unit**2, (N_COMPONENTS, 1)), 4, in_common=in_common)
    for _ in range(3):
        projected = projected.sharpened(projected.of_matrices(matrices), in_common=in_common)
    leading = np.linalg.eigh(matrix / np.outer(unit, unit))[1][:, -2:]
    for k in range(N_COMPONENTS):
        span = np.linalg.qr((projected.directions[k] * unit).T)[0]
        np.testing.assert_allclose(span @ (span.T @ leading), leading, atol=1e-6)


def test_columns_without_spread_get_directions_too():
    projected = first_projections(np.zeros((2, 6)), 3, in_common=False)
    again = projected.sharpened(np.zeros((2, projected.size(6))), in_common=False)
    assert np.isfinite(projected.directions).all()
    assert np.isfinite(again.directions).all()
