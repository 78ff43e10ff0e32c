"""Affine maps, sums, products and unions, against change of variables, integrals and moments."""

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.covariance import FAMILIES, FactorCovariances
from gaussmix.density import Components, Noise

CODES = tuple(FAMILIES)
FACTORS = "factor:2"
X = np.random.default_rng(8).normal(scale=2.0, size=(30, 3))


@pytest.fixture
def mixture_of(make):
    """A mixture of a family, or of factors, in three or more columns."""

    def build(code, n_components=3, n_features=3, seed=0):
        components = make.components("VVV", n_components, n_features, seed)
        if code == FACTORS:
            rng = np.random.default_rng(seed)
            loadings = rng.normal(size=(n_components, n_features, 2))
            noise = rng.uniform(0.3, 1.0, size=(n_components, n_features))
            value = FactorCovariances(loadings, noise, n_components)
            components = Components(components.weights, components.means, value)
        else:
            components = make.components(code, n_components, n_features, seed)
        return Mixture.from_components(components, code, ["a", "b", "c", "d"][:n_features])

    return build


def noisy(low, high, weight=0.2):
    """Two balls and a box."""
    components = Components(
        np.array([0.5, 0.5]) * (1.0 - weight),
        np.array([[0.0, 0.0], [3.0, 1.0]]),
        Mixture([1.0], [[0.0]], [1.0], covariance_type="spherical")
        .components.covariances.marginal(np.array([0, 0]))
        .take(np.array([0, 0])),
        Noise(weight, np.array(low, dtype=float), np.array(high, dtype=float)),
    )
    return Mixture.from_components(components, "spherical", ["a", "b"])


@pytest.mark.parametrize("code", [*CODES, FACTORS])
def test_an_invertible_map_changes_variables(mixture_of, tolerance, code):
    mixture = mixture_of(code)
    A, b = (
        np.array([[2.0, 1.0, 0.0], [0.0, -1.0, 3.0], [1.0, 0.0, 0.5]]),
        np.array([1.0, -2.0, 9.0]),
    )
    log_det = np.log(abs(np.linalg.det(A)))
    found = mixture.affine(A, b).log_pdf(X @ A.T + b)
    np.testing.assert_allclose(found, mixture.log_pdf(X) - log_det, atol=tolerance.certified)


@pytest.mark.parametrize("code", [*CODES, FACTORS])
def test_a_map_to_fewer_columns_has_their_moments(mixture_of, code):
    mixture = mixture_of(code)
    A = np.array([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]])
    found = mixture.affine(A, [0.0, 1.0], feature_names=["u", "v"])
    assert found.feature_names == ("u", "v")
    np.testing.assert_allclose(found.mean(), A @ mixture.mean() + [0.0, 1.0], atol=1e-12)
    np.testing.assert_allclose(found.covariance(), A @ mixture.covariance() @ A.T, rtol=1e-10)


def test_a_sum_of_columns_is_what_drawn_rows_add_up_to(mixture_of):
    mixture = mixture_of("VVV")
    total = np.sort(mixture.sample(40_000, 0)[0].sum(axis=1))
    share = np.arange(len(total)) / len(total)
    # Kolmogorov's distance stays below 1.95 / sqrt(n) in 999 cases of 1000.
    distance = np.abs(mixture.affine([[1.0, 1.0, 1.0]]).cdf(total) - share).max()
    assert distance < 1.95 / np.sqrt(len(total))


@pytest.mark.parametrize("code", [*CODES, FACTORS])
def test_picking_columns_is_the_marginal_and_keeps_their_names(mixture_of, code):
    mixture = mixture_of(code, n_features=4)
    picked = mixture.affine(np.eye(4)[[2, 0, 3]])
    assert picked.feature_names == ("c", "a", "d")
    marginal = mixture.marginal([2, 0, 3])
    np.testing.assert_allclose(picked.means, marginal.means)
    np.testing.assert_allclose(
        picked.components.covariances.dense(), marginal.components.covariances.dense(), rtol=1e-12
    )


TURN = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
SCALES = np.diag([2.0, -1.0, 30.0])
SKEW = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("code", "A", "kept"),
    [
        ("tied", SKEW, "tied"),
        ("diag", SCALES, "diag"),
        ("diag", SKEW, "full"),
        ("tied_diag", SCALES, "tied_diag"),
        ("tied_diag", SKEW, "tied"),
        ("spherical", 3.0 * TURN, "spherical"),
        ("spherical", SCALES, "full"),
        ("tied_spherical", TURN, "tied_spherical"),
        ("EVE", TURN, "EVE"),
        ("EVE", SKEW, "full"),
        ("VEI", SCALES, "full"),
        (FACTORS, SCALES, FACTORS),
        (FACTORS, SKEW, "full"),
    ],
)
def test_the_covariance_type_stays_where_the_structure_does(mixture_of, code, A, kept):
    codes = {"tied": "EEE", "diag": "VVI", "tied_diag": "EEI", "spherical": "VII"}
    codes["tied_spherical"] = "EII"
    of_code = mixture_of(codes.get(code, code))
    mapped = Mixture.from_components(of_code.components, code).affine(A)
    assert mapped.covariance_type == kept
    dense = A @ of_code.components.covariances.dense() @ A.T
    np.testing.assert_allclose(mapped.components.covariances.dense(), dense, rtol=1e-9, atol=1e-12)
    if kept != FACTORS:
        again = Mixture(
            mapped.weights, mapped.means, mapped.covariances, covariance_type=mapped.covariance_type
        )
        np.testing.assert_allclose(again.log_pdf(X), mapped.log_pdf(X), atol=1e-8)


def test_a_box_of_noise_is_stretched_and_cannot_be_turned():
    mixture = noisy([-1.0, -2.0], [4.0, 6.0])
    stretched = mixture.affine([[0.0, -2.0], [3.0, 0.0]], [1.0, 0.0])
    box = stretched.components.noise
    np.testing.assert_array_equal(box.low, [-11.0, -3.0])
    np.testing.assert_array_equal(box.high, [5.0, 12.0])
    rows = np.random.default_rng(0).uniform(-3.0, 7.0, size=(50, 2))
    moved = rows @ np.array([[0.0, -2.0], [3.0, 0.0]]).T + [1.0, 0.0]
    np.testing.assert_allclose(
        stretched.log_pdf(moved), mixture.log_pdf(rows) - np.log(6.0), atol=1e-8
    )
    with pytest.raises(ValueError, match="affine is for mixtures without noise: a box that is"):
        mixture.affine([[1.0, 1.0]])


@pytest.mark.parametrize("code", CODES)
def test_student_ts_are_mapped_with_their_degrees_of_freedom(mixture_of, code):
    gaussian = mixture_of(code).components
    dof = np.array([3.0, 5.0, 8.0])
    tails = Components(gaussian.weights, gaussian.means, gaussian.covariances, dof=dof)
    mixture = Mixture.from_components(tails, code)
    mapped = mixture.affine(SKEW)
    np.testing.assert_array_equal(mapped.components.dof, dof)
    np.testing.assert_allclose(mapped.log_pdf(X @ SKEW.T), mixture.log_pdf(X), atol=1e-8)


@pytest.mark.parametrize("code", [*CODES, FACTORS])
@pytest.mark.parametrize(
    "error", [0.7, [0.5, 0.0, 2.0], np.outer([1.0, 2.0, 0.5], [1.0, 2.0, 0.5]) + np.eye(3)]
)
def test_an_error_adds_its_covariance(mixture_of, code, error):
    mixture = mixture_of(code)
    widened = mixture.add_error(error)
    full = np.asarray(error) if np.ndim(error) == 2 else np.asarray(error) * np.eye(3)
    assert widened.feature_names == mixture.feature_names
    np.testing.assert_array_equal(widened.means, mixture.means)
    dense = mixture.components.covariances.dense() + full
    np.testing.assert_allclose(widened.components.covariances.dense(), dense, rtol=1e-11)


def test_an_error_leaves_the_structures_that_it_can(mixture_of):
    kept = {"VVI": [0.7, [0.5, 0.0, 2.0]], "VII": [0.7], "EEI": [[0.5, 0.0, 2.0]], FACTORS: [0.7]}
    for code, errors in kept.items():
        for error in errors:
            assert mixture_of(code).add_error(error).covariance_type == code
    assert mixture_of("VII").add_error([1.0, 2.0, 3.0]).covariance_type == "full"
    assert mixture_of("EEE").add_error([1.0, 2.0, 3.0]).covariance_type == "EEE"
    assert mixture_of("VEI").add_error(1.0).covariance_type == "full"


def test_an_error_blurs_the_density_as_the_integral_does():
    mixture = Mixture([0.4, 0.6], [[0.0], [3.0]], [0.5, 0.2], covariance_type="spherical")
    axis = np.linspace(-15.0, 15.0, 6001)
    step = axis[1] - axis[0]
    blurred = mixture.add_error(0.3)
    for x in (-0.5, 1.0, 2.5):
        normal = np.exp(-0.5 * (x - axis) ** 2 / 0.3) / np.sqrt(0.6 * np.pi)
        expected = (mixture.pdf(axis) * normal).sum() * step
        assert blurred.pdf([x])[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("code", [*CODES, FACTORS])
@pytest.mark.parametrize("other", ["same", "VVV", "EII"])
def test_sums_of_independent_rows_add_moments(mixture_of, code, other):
    first = mixture_of(code)
    second = mixture_of(code if other == "same" else other, 2, seed=5)
    found = first.convolve(second)
    assert found.n_components == 6
    np.testing.assert_allclose(found.mean(), first.mean() + second.mean(), atol=1e-12)
    expected = first.covariance() + second.covariance()
    np.testing.assert_allclose(found.covariance(), expected, rtol=1e-10)
    back = second.convolve(first)
    np.testing.assert_allclose(found.log_pdf(X), back.log_pdf(X), atol=1e-8)


def test_a_sum_of_rows_has_the_convolution_of_the_densities():
    first = Mixture([0.4, 0.6], [[0.0], [3.0]], [0.5, 0.2], covariance_type="spherical")
    second = Mixture([0.7, 0.3], [[1.0], [-2.0]], [[[0.4]], [[1.0]]])
    axis = np.linspace(-15.0, 15.0, 6001)
    found = first.convolve(second)
    for x in (-2.0, 0.5, 3.5):
        expected = (first.pdf(axis) * second.pdf(x - axis)).sum() * (axis[1] - axis[0])
        assert found.pdf([x])[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("code", [*CODES, FACTORS])
@pytest.mark.parametrize("other", ["same", "VVV", "EII"])
def test_a_product_is_in_proportion_to_the_product_of_densities(mixture_of, code, other):
    first = mixture_of(code)
    second = mixture_of(code if other == "same" else other, 2, seed=5)
    expected = first.log_pdf(X) + second.log_pdf(X) - first.log_product_integral(second)
    np.testing.assert_allclose(first.product(second).log_pdf(X), expected, atol=1e-7)


def test_the_integral_of_a_product_is_that_of_a_grid(mixture_of):
    first, second = mixture_of("VVV", 3, 2), mixture_of("EVE", 2, 2, seed=5)
    axis = np.linspace(-12.0, 12.0, 601)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    total = (first.pdf(grid) * second.pdf(grid)).sum() * (axis[1] - axis[0]) ** 2
    assert first.log_product_integral(second) == pytest.approx(np.log(total), abs=1e-8)


def test_a_product_of_far_mixtures_keeps_its_digits():
    far = Mixture([1.0], [[0.0]], [[[1.0]]]).product(Mixture([1.0], [[1e6]], [[[1e-4]]]))
    assert far.weights.tolist() == [1.0]
    np.testing.assert_allclose(far.means, [[1e6 - 1e6 * 1e-4 / 1.0001]], rtol=1e-14)
    np.testing.assert_allclose(far.covariances, [[[1e-4 / 1.0001]]], rtol=1e-14)


@pytest.mark.parametrize("code", [*CODES, FACTORS])
def test_a_union_has_the_weighted_density(mixture_of, code):
    parts = [mixture_of(code), mixture_of(code, 2, seed=4), mixture_of("VVV", 1, seed=9)]
    found = Mixture.union(parts, [0.2, 0.5, 0.3])
    expected = 0.2 * parts[0].pdf(X) + 0.5 * parts[1].pdf(X) + 0.3 * parts[2].pdf(X)
    np.testing.assert_allclose(found.pdf(X), expected, rtol=1e-7)
    alike = Mixture.union(parts[:2])
    np.testing.assert_allclose(alike.pdf(X), 0.5 * (parts[0].pdf(X) + parts[1].pdf(X)), rtol=1e-7)
    free = {"VVV", "VVI", "VII", FACTORS}
    assert alike.covariance_type == (code if code in free else "full")
    tied = Mixture.union([parts[0], parts[0]])
    assert tied.n_components == 6
    assert (tied.covariance_type == "tied") == (code in {"EEE", "EEI", "EII"})


def test_columns_go_by_name_in_unions_and_products(mixture_of):
    first, second = mixture_of("VVV"), mixture_of("VVV", 2, seed=3)
    turned = second.marginal(["c", "a", "b"])
    assert Mixture.union([first, turned]).feature_names == ("a", "b", "c")
    np.testing.assert_allclose(
        first.product(turned).log_pdf(X), first.product(second).log_pdf(X), atol=1e-9
    )


def test_a_union_adds_up_noise_in_one_box_and_refuses_two():
    first, second = noisy([-1.0, -2.0], [4.0, 6.0]), noisy([-1.0, -2.0], [4.0, 6.0], 0.4)
    found = Mixture.union([first, second], [0.5, 0.5])
    assert found.components.noise.weight == pytest.approx(0.3)
    rows = np.random.default_rng(0).uniform(-3.0, 7.0, size=(50, 2))
    expected = 0.5 * first.pdf(rows) + 0.5 * second.pdf(rows)
    np.testing.assert_allclose(found.pdf(rows), expected, rtol=1e-7)
    with pytest.raises(ValueError, match="boxes differ"):
        Mixture.union([first, noisy([0.0, 0.0], [1.0, 1.0])])
