import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource
from gaussmix.density import (
    CompleteRows,
    Components,
    Kernel,
    ScratchPool,
    reference_log_joint,
)

CODES = tuple(FAMILIES)


def _evaluated(components, X, exact, level=0.0):
    centre, scale = X.mean(axis=0), X.std(axis=0)
    kernel = Kernel(components, centre, scale, level)
    (block,) = ArraySource(X).blocks(len(X), centre)
    with ScratchPool(kernel.n_joint, kernel.n_rows, len(X)).lend(
        X.shape[1], kernel.n_rows, len(X)
    ) as scratch:
        block.centred(out=scratch.x)
        joint = kernel.log_joint(CompleteRows(components, block), scratch, exact).copy()
        if not kernel.has_quadratic and not exact.any():
            joint += kernel.common(scratch.x)
    return joint.T


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 3, 7, 8, 9, 15, 16, 17])
def test_both_kernels_equal_the_formula(make, brute, tolerance, code, n_features):
    components = make.components(code, 3, n_features)
    X = make.rows(components, 40)
    formula = brute.log_joint(
        components.weights, components.means, components.covariances.dense(), X
    )
    reference = reference_log_joint(components, X)
    np.testing.assert_allclose(reference, formula, rtol=tolerance.rounding)
    for exact in (np.zeros(3, dtype=bool), np.ones(3, dtype=bool)):
        found = _evaluated(components, X, exact)
        np.testing.assert_allclose(found, formula, rtol=tolerance.rounding, atol=1e-11)


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_components_may_take_different_kernels(make, tolerance, code):
    components = make.components(code, 4, 3)
    X = make.rows(components, 30)
    found = _evaluated(components, X, np.array([True, False, False, True]))
    np.testing.assert_allclose(found, reference_log_joint(components, X), rtol=tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
def test_the_level_is_subtracted(make, tolerance, code):
    components = make.components(code, 2, 3)
    X = make.rows(components, 10)
    for exact in (np.zeros(2, dtype=bool), np.ones(2, dtype=bool)):
        plain = _evaluated(components, X, exact)
        lowered = _evaluated(components, X, exact, level=-7.5)
        np.testing.assert_allclose(lowered - 7.5, plain, rtol=tolerance.rounding, atol=1e-12)


def test_more_than_150_dimensions_take_the_exact_kernel(make, tolerance):
    components = make.components("VVV", 2, 151)
    X = make.rows(components, 200)
    kernel = Kernel(components, X.mean(axis=0), X.std(axis=0))
    assert kernel.needs_exact(1.0).all()
    assert kernel.n_rows == 152
    found = _evaluated(components, X, np.ones(2, dtype=bool))
    np.testing.assert_allclose(found, reference_log_joint(components, X), rtol=tolerance.rounding)
    assert Kernel(make.components("VVV", 2, 150), np.zeros(150), np.ones(150)).n_rows > 11_000


def test_centre_and_scale_are_the_mixtures_mean_and_standard_deviation(make, tolerance):
    components = make.components("VVV", 3, 2)
    centre, scale = components.centre_and_scale
    w, m, S = components.weights, components.means, components.covariances.dense()
    expected = np.einsum("k,kij->ij", w, S) + (w * (m - w @ m).T) @ (m - w @ m)
    np.testing.assert_allclose(centre, w @ m, rtol=tolerance.ulps)
    np.testing.assert_allclose(scale, np.sqrt(np.diag(expected)), rtol=tolerance.rounding)


def test_components_are_taken_in_the_given_order(make):
    components = make.components("VVV", 3, 2)
    X = make.rows(components, 5)
    order = np.array([2, 0, 1])
    np.testing.assert_array_equal(
        reference_log_joint(components.take(order), X),
        reference_log_joint(components, X)[:, order],
    )


def test_a_scratch_is_lent_again_once_it_is_back():
    pool = ScratchPool(3, 6, 40)
    with pool.lend(2, 6, 40) as first, pool.lend(2, 6, 7) as second:
        assert first is not second
        assert second.features.shape == (6, 7)
        assert second.x.shape == (2, 7)
        assert second.log_joint.shape == (3, 7)
    with pool.lend(2, 6, 25) as third:
        assert third is first or third is second
        assert third.total.shape == (25,)
        assert (third.features[-1] == 1.0).all()


def test_a_scratch_serves_blocks_of_fewer_columns():
    pool = ScratchPool(3, 6, 40)
    for n_features, n_rows in ((2, 6), (1, 3), (0, 1), (2, 6)):
        with pool.lend(n_features, n_rows, 10) as scratch:
            assert scratch.features.shape == (n_rows, 10)
            assert scratch.x.shape == (n_features, 10)
            assert np.shares_memory(scratch.x, scratch.features) or n_features == 0
            assert (scratch.features[-1] == 1.0).all()
            scratch.features[:-1] = np.nan


def test_weight_zero_puts_a_component_out_of_reach_in_both_kernels(make):
    three = make.components("VVV", 2, 3)
    components = Components(np.array([1.0, 0.0]), three.means, three.covariances)
    X = make.rows(three, 1100)
    for exact in (np.zeros(2, dtype=bool), np.ones(2, dtype=bool)):
        found = _evaluated(components, X, exact)
        assert (found[:, 1] < -1e290).all()
        assert (np.exp(found[:, 1]) == 0.0).all()
        assert np.isfinite(found[:, 0]).all()
