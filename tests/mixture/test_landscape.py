"""Gradients and Hessians against differences, far rows, all modes, the highest of many mixtures."""

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.covariance import FAMILIES, FactorCovariances, FullCovariances
from gaussmix.density import Components, Noise
from gaussmix.mixture.ascent import highest_modes

CODES = tuple(FAMILIES)
X = np.random.default_rng(8).normal(scale=2.0, size=(25, 3))
#: Two long ellipses whose tails cross: the highest of three modes belongs to neither.
CROSSED = Mixture(
    [0.5, 0.5], [[2.5, 0.0], [0.0, 2.5]], [[[9.0, 0.0], [0.0, 0.05]], [[0.05, 0.0], [0.0, 9.0]]]
)


def factors(seed=0):
    rng = np.random.default_rng(seed)
    value = FactorCovariances(rng.normal(size=(3, 3, 1)), rng.uniform(0.3, 1.0, size=(3, 3)), 3)
    components = Components(np.array([0.2, 0.3, 0.5]), 2.0 * rng.normal(size=(3, 3)), value)
    return Mixture.from_components(components, "factor:1")


def of_code(make, code):
    return Mixture.from_components(make.components(code, 3, 3, 1), code)


def differences(f, x, step=1e-5):
    """Central differences of f along each column, as the last axis."""
    steps = step * np.eye(x.shape[1])
    return np.stack([(f(x + e) - f(x - e)) / (2.0 * step) for e in steps], axis=-1)


@pytest.mark.parametrize("code", [*CODES, "factor"])
def test_derivatives_are_the_limits_of_differences(make, code):
    mixture = factors() if code == "factor" else of_code(make, code)
    # Differences of log densities that are right to 1e-12 over steps of 1e-5.
    found = mixture.gradient(X)
    np.testing.assert_allclose(found, differences(mixture.log_pdf, X), atol=2e-6, rtol=1e-6)
    hessian = mixture.hessian(X)
    np.testing.assert_allclose(hessian, differences(mixture.gradient, X), atol=2e-6, rtol=1e-6)
    np.testing.assert_allclose(hessian, hessian.swapaxes(1, 2), atol=1e-10)


def test_noise_flattens_the_slope_within_its_box():
    gaussian = Mixture([0.5, 0.5], [[0.0], [3.0]], [[[1.0]], [[0.3]]])
    noise = Noise(0.4, np.array([-8.0]), np.array([8.0]))
    part = gaussian.components
    mixture = Mixture.from_components(
        Components(0.6 * part.weights, part.means, part.covariances, noise), "full"
    )
    inside = np.linspace(-7.5, 7.5, 40)[:, None]
    expected = differences(mixture.log_pdf, inside)
    np.testing.assert_allclose(mixture.gradient(inside), expected, atol=2e-6)
    second = differences(mixture.gradient, inside)
    np.testing.assert_allclose(mixture.hessian(inside), second, atol=2e-6)
    np.testing.assert_allclose(
        mixture.gradient([[-40.0], [30.0]]), gaussian.gradient([[-40.0], [30.0]]), rtol=1e-12
    )
    modes = mixture.modes()
    np.testing.assert_allclose(modes.points, gaussian.modes().points)
    np.testing.assert_allclose(modes.density, 0.6 * gaussian.modes().density + 0.4 / 16.0)


@pytest.mark.parametrize("far", [1e9, 1e150, 1e200, 1e290])
def test_far_rows_see_the_widest_component_alone(far):
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2), 4.0 * np.eye(2)])
    np.testing.assert_allclose(
        mixture.gradient([[far, -far]]), [[-far / 4.0, far / 4.0]], rtol=1e-8
    )
    np.testing.assert_allclose(mixture.hessian([[far, -far]])[0], -0.25 * np.eye(2), rtol=1e-12)


def test_far_offsets_cost_no_digits(make):
    base = make.components("VVV", 3, 3, 1)
    offset, grid = 2.0**30, 2.0**20
    means, rows = np.round(base.means * grid) / grid, np.round(X * grid) / grid
    near, far = (
        Mixture.from_components(Components(base.weights, means + by, base.covariances), "full")
        for by in (0.0, offset)
    )
    np.testing.assert_allclose(far.gradient(rows + offset), near.gradient(rows), rtol=1e-12)
    np.testing.assert_allclose(far.modes().points - offset, near.modes().points, atol=1e-6)


def test_long_tables_are_worked_on_in_pieces():
    mixture = Mixture([0.5, 0.5], [[0.0], [3.0]], [[[1.0]], [[0.3]]])
    x = np.linspace(-5.0, 8.0, 400_000)[:, None]
    found = mixture.gradient(x)
    some = np.arange(0, 400_000, 39_999)
    np.testing.assert_allclose(found[some], mixture.gradient(x[some]), rtol=1e-12)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("seed", [0, 1])
def test_modes_are_flat_and_curve_down(make, code, seed):
    components = make.components(code, 6, 3, seed, spread=1.5)
    mixture = Mixture.from_components(components, code)
    modes = mixture.modes()
    assert len(modes) >= 1
    np.testing.assert_allclose(mixture.gradient(modes.points), 0.0, atol=1e-9)
    assert (np.linalg.eigvalsh(mixture.hessian(modes.points)) < 0.0).all()
    np.testing.assert_allclose(modes.log_density, mixture.log_pdf(modes.points), atol=1e-8)
    assert (np.diff(modes.log_density) <= 1e-12).all()
    assert modes.of_components.shape == (6,)
    at_means = mixture.log_pdf(components.means)
    assert (modes.log_density[modes.of_components] >= at_means - 1e-8).all()


@pytest.mark.parametrize("seed", range(8))
def test_no_mode_is_missed_that_a_hundred_plain_climbs_find(make, brute, seed):
    mixture = Mixture.from_components(make.components("VVV", 4, 2, seed, spread=1.2), "full")
    parameters = mixture.weights, mixture.means, mixture.covariances
    precisions = np.linalg.inv(mixture.covariances)
    pulls = np.einsum("kij,kj->ki", precisions, mixture.means)
    x = mixture.sample(100, seed)[0]
    for _ in range(500):
        joint = brute.log_joint(*parameters, x)
        resp = np.exp(joint - joint.max(axis=1, keepdims=True))
        x = np.linalg.solve(np.einsum("nk,kij->nij", resp, precisions), (resp @ pulls)[..., None])[
            ..., 0
        ]
    modes = mixture.modes().points
    away = np.abs(x[:, None] - modes).max(axis=2)
    assert (away.min(axis=1) < 1e-3).all()


def test_crossing_tails_make_a_third_mode_of_two_components():
    modes = CROSSED.modes()
    assert len(modes) == 3
    np.testing.assert_allclose(modes.points[0], [0.0138, 0.0138], atol=1e-4)
    assert set(modes.of_components) == {1, 2}


def test_equal_normals_have_two_modes_beyond_two_standard_deviations():
    counts = [
        len(Mixture([0.5, 0.5], [[-half], [half]], [[[1.0]], [[1.0]]]).modes())
        for half in (0.9, 1.0, 1.02, 2.0)
    ]
    assert counts == [1, 1, 2, 2]


def test_a_mean_at_a_saddle_or_in_a_valley_is_left():
    valley = Mixture([0.45, 0.1, 0.45], [[-2.5], [0.0], [2.5]], [[[1.0]], [[400.0]], [[1.0]]])
    assert len(valley.modes()) == 2
    saddle = Mixture(
        [0.3, 0.3, 0.4],
        [[-3.0, 0.0], [3.0, 0.0], [0.0, 0.0]],
        [np.eye(2), np.eye(2), 60.0 * np.eye(2)],
    )
    modes = saddle.modes()
    np.testing.assert_allclose(np.sort(modes.points[:, 0]), [-2.99, 2.99], atol=0.02)


def test_components_without_weight_make_no_mode():
    for far in (9.0, 1e150):
        modes = Mixture([1.0, 0.0], [[0.0], [far]], [[[1.0]], [[1.0]]]).modes()
        np.testing.assert_allclose(modes.points, [[0.0]], atol=1e-12)
        assert modes.of_components.tolist() == [0, -1]


def test_the_highest_mode_of_each_mixture_is_the_first_of_its_own(make):
    rng = np.random.default_rng(2)
    covariances = FullCovariances.from_dense(make.spd(rng, 4, 2), 4)
    weights, means = rng.dirichlet(np.ones(4), 40), 1.5 * rng.normal(size=(40, 4, 2))
    found = highest_modes(weights, means, covariances)
    assert found.shape == (40, 2)
    for row in range(40):
        own = Components(weights[row], means[row], covariances)
        mixture = Mixture.from_components(own, "full")
        assert mixture.log_pdf(found[row][None])[0] >= mixture.modes().log_density[0] - 1e-9


def test_the_highest_mode_may_lie_where_components_cross():
    parts = CROSSED.components
    found = highest_modes(parts.weights[None], parts.means[None], parts.covariances)
    np.testing.assert_allclose(found, CROSSED.modes().points[:1], atol=1e-8)


def test_only_ratios_of_weights_count_and_none_are_equal():
    means = np.array([[[0.0], [4.0]]] * 3)
    covariances = FullCovariances.from_dense(np.ones((1, 1, 1)), 2)
    weights = np.array([[0.3, 0.1], [3e-200, 1e-200], [0.0, 0.0]])
    found = highest_modes(weights, means, covariances)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)
    assert np.abs(found[2]) < 0.01 or np.abs(found[2] - 4.0) < 0.01


def test_conditional_mixtures_tell_their_highest_modes():
    mixture = Mixture([0.3, 0.7], [[0.0, -1.0], [3.0, 4.0]], [np.eye(2), [[1.0, 0.6], [0.6, 1.0]]])
    conditional = mixture.condition({0: [0.0, 1.5, 3.0, 1e200]})
    expected = [conditional[n].modes().points[0] for n in range(3)]
    np.testing.assert_allclose(conditional.mode()[:3], expected, atol=1e-9)
    np.testing.assert_allclose(conditional.mode()[3], 0.6e200, rtol=1e-12)


@pytest.mark.parametrize("verb", ["gradient", "hessian"])
def test_gaps_are_refused_by_row_and_column(verb):
    mixture = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)], feature_names=["length", "width"])
    rows = [[0.0, 1.0], [2.0, np.nan]]
    with pytest.raises(ValueError, match=f"{verb} needs whole rows, and in row 1 width is missing"):
        getattr(mixture, verb)(rows)


@pytest.mark.parametrize("verb", ["gradient", "hessian", "modes"])
def test_student_ts_are_refused(verb):
    part = Mixture([1.0], [[0.0]], [[[1.0]]]).components
    tails = Components(part.weights, part.means, part.covariances, dof=np.array([4.0]))
    mixture = Mixture.from_components(tails, "full")
    with pytest.raises(ValueError, match=f"{verb} is for mixtures of Gaussians"):
        getattr(mixture, verb)(*([] if verb == "modes" else [[[0.0]]]))
