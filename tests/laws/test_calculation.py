"""Laws that verbs of a mixture keep together, for every family."""

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.covariance import FAMILIES

X = np.random.default_rng(8).normal(scale=2.0, size=(20, 3))
A = np.array([[2.0, 1.0, 0.0], [0.0, -1.0, 3.0], [1.0, 0.0, 0.5]])

pytestmark = pytest.mark.parametrize("code", FAMILIES)


def of(make, code, n_components=3, seed=0, **kwargs):
    components = make.components(code, n_components, 3, seed, **kwargs)
    return Mixture.from_components(components, code, ["a", "b", "c"])


def test_a_map_and_its_inverse_give_back_the_mixture(make, code):
    mixture, inverse = of(make, code), np.linalg.inv(A)
    back = mixture.affine(A, [1.0, 2.0, 3.0]).affine(inverse, -inverse @ [1.0, 2.0, 3.0])
    np.testing.assert_allclose(back.log_pdf(X), mixture.log_pdf(X), atol=1e-8)


def test_a_map_after_another_is_their_product(make, code):
    mixture, B = of(make, code), np.array([[1.0, -1.0, 2.0], [0.0, 1.0, 1.0]])
    twice, once = mixture.affine(A).affine(B), mixture.affine(B @ A)
    np.testing.assert_allclose(twice.means, once.means, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        twice.components.covariances.dense(), once.components.covariances.dense(), rtol=1e-9
    )


def test_maps_go_with_marginals_sums_products_and_unions(make, code):
    first, second = of(make, code), of(make, code, 2, 5)
    mapped, other = first.affine(A), second.affine(A)
    rows = X @ A.T
    np.testing.assert_allclose(
        first.convolve(second).affine(A).log_pdf(rows),
        mapped.convolve(other).log_pdf(rows),
        atol=1e-8,
    )
    np.testing.assert_allclose(
        first.product(second).affine(A).log_pdf(rows),
        mapped.product(other).log_pdf(rows),
        atol=1e-6,
    )
    np.testing.assert_allclose(
        Mixture.union([first, second]).affine(A).log_pdf(rows),
        Mixture.union([mapped, other]).log_pdf(rows),
        atol=1e-8,
    )


def test_a_known_error_makes_the_marginal_of_what_is_measured(make, code):
    # x + e given jointly with x: its marginal is the convolution with the error.
    mixture = of(make, code)
    error = Mixture([1.0], [[0.0, 0.0, 0.0]], [[0.5, 1.0, 2.0]], covariance_type="diag")
    np.testing.assert_allclose(
        mixture.add_error([0.5, 1.0, 2.0]).log_pdf(X),
        mixture.convolve(error).log_pdf(X),
        atol=1e-8,
    )


def test_seeing_a_column_exactly_is_the_product_with_a_sharp_error(make, code):
    mixture, sharp = of(make, code), 1e-8
    seen = Mixture([1.0], [[0.7, 0.0, 0.0]], [[sharp, 1e8, 1e8]], covariance_type="diag")
    posterior = mixture.product(seen).marginal(["b", "c"])
    conditional = mixture.condition({"a": 0.7})
    rows = X[:, :2]
    np.testing.assert_allclose(posterior.log_pdf(rows), conditional.log_pdf(rows), atol=1e-4)


def test_entropy_shifts_by_the_log_volume_and_divergences_stay(make, code):
    first, second = of(make, code), of(make, code, 2, 5)
    mapped, other = first.affine(A), second.affine(A)
    log_volume = np.log(abs(np.linalg.det(A)))
    before, e = first.entropy(return_error=True, tol=1e-3)
    after, f = mapped.entropy(return_error=True, tol=1e-3)
    assert abs(after - before - log_volume) < 6.0 * (e + f) + 1e-9
    np.testing.assert_allclose(
        np.subtract(mapped.entropy_bounds(), first.entropy_bounds()), log_volume, atol=1e-9
    )
    before, e = first.kl_divergence(second, return_error=True, tol=1e-2)
    after, f = mapped.kl_divergence(other, return_error=True, tol=1e-2)
    assert abs(after - before) < 6.0 * (e + f) + 1e-9


def test_modes_and_slopes_follow_a_map(make, code):
    mixture = of(make, code, 4, 1, spread=1.5)
    mapped = mixture.affine(A)
    np.testing.assert_allclose(
        mapped.gradient(X @ A.T) @ A, mixture.gradient(X), rtol=1e-7, atol=1e-8
    )
    modes, images = mixture.modes(), mapped.modes()
    np.testing.assert_allclose(images.points, modes.points @ A.T, atol=1e-7)
    np.testing.assert_array_equal(images.of_components, modes.of_components)


def test_the_order_of_components_does_not_matter(make, code):
    mixture, other = of(make, code, 4), of(make, code, 2, 5)
    order = np.array([2, 0, 3, 1])
    turned = Mixture.from_components(mixture.components.take(order), code, ["a", "b", "c"])
    assert turned.wasserstein(other) == pytest.approx(mixture.wasserstein(other), rel=1e-9)
    assert turned.entropy_bounds() == pytest.approx(mixture.entropy_bounds(), rel=1e-12)
    np.testing.assert_allclose(
        turned.overlap(tol=1e-2), mixture.overlap(tol=1e-2)[np.ix_(order, order)], atol=1e-12
    )
    np.testing.assert_allclose(turned.modes().points, mixture.modes().points, atol=1e-8)
    np.testing.assert_allclose(
        np.sort(turned.reduce(2).weights), np.sort(mixture.reduce(2).weights), rtol=1e-12
    )
