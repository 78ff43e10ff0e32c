import numpy as np
import pytest

from gaussmix.linalg import NotPositiveDefinite, cholesky, invert_lower, log_det


@pytest.mark.parametrize("n_features", [1, 2, 5, 20])
def test_factors_inverses_and_determinants(make, tolerance, n_features):
    matrices = make.spd(np.random.default_rng(0), 4, n_features)
    factors = cholesky(matrices)
    np.testing.assert_array_equal(factors, np.tril(factors))
    assert (np.diagonal(factors, axis1=1, axis2=2) > 0.0).all()
    near = {"rtol": tolerance.rounding, "atol": tolerance.rounding}
    np.testing.assert_allclose(factors @ factors.swapaxes(1, 2), matrices, **near)
    inverses = invert_lower(factors)
    np.testing.assert_array_equal(inverses, np.tril(inverses))
    eyes = np.broadcast_to(np.eye(n_features), matrices.shape)
    np.testing.assert_allclose(inverses @ factors, eyes, **near)
    np.testing.assert_allclose(log_det(factors), np.linalg.slogdet(matrices)[1], **near)


@pytest.mark.parametrize(
    "bad",
    [
        -np.eye(2),
        np.zeros((2, 2)),
        np.array([[1.0, 2.0], [2.0, 1.0]]),
        np.array([[np.nan, 0.0], [0.0, 1.0]]),
        np.array([[1.0, 0.0], [0.0, np.nan]]),
        np.array([[np.inf, 0.0], [0.0, 1.0]]),
    ],
)
@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_first_matrix_without_a_factor_is_named(bad, index):
    matrices = np.array([np.eye(2)] * 4)
    matrices[index] = bad
    matrices[3] = -np.eye(2)
    with pytest.raises(NotPositiveDefinite) as caught:
        cholesky(matrices)
    assert caught.value.index == index


def test_the_given_matrices_stay_as_they_are(make):
    matrices = make.spd(np.random.default_rng(0), 2, 3)
    before = matrices.copy()
    factors = cholesky(matrices)
    kept = factors.copy()
    invert_lower(factors)
    np.testing.assert_array_equal(matrices, before)
    np.testing.assert_array_equal(factors, kept)
