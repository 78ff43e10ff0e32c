"""Data that defeat plain formulas: offsets, scales, copies, N = D, thin ellipsoids."""

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import Components, log_density
from gaussmix.em import fit_assignment, run
from gaussmix.execution import Team

CODES = tuple(FAMILIES)


def _fit(make, X, code, n_components=1, labels=None, **options):
    problem = make.problem(X, code, n_components, **options)
    labels = np.zeros(len(X), dtype=int) if labels is None else labels
    start = fit_assignment(problem, problem, labels, Team())
    return run(problem, start, Team(), tol=0.0, max_iter=10)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_components", [1, 2])
def test_variances_of_float32_rows_at_offset_1e4_are_about_one(make, code, n_components):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(3_000, 2)) + 1e4).astype(np.float32)
    labels = np.arange(3_000) % n_components
    if n_components == 2:
        X[1::2] += 50.0
    fit = _fit(make, X, code, n_components, labels)
    np.testing.assert_allclose(fit.components.covariances.variances, 1.0, rtol=0.1)
    mean = X[::n_components].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(fit.components.means[0], mean, rtol=1e-9)


@pytest.mark.parametrize("code", CODES)
def test_an_offset_of_1e8_changes_the_covariances_by_rounding_alone(make, code):
    rng = np.random.default_rng(1)
    X = np.round(rng.normal(size=(400, 3)) * 1024.0) / 1024.0
    X[200:] += 8.0
    labels = (np.arange(400) >= 200).astype(int)
    plain = _fit(make, X, code, 2, labels)
    moved = _fit(make, X + 2.0**27, code, 2, labels)
    np.testing.assert_allclose(
        moved.components.covariances.dense(), plain.components.covariances.dense(), atol=1e-6
    )
    np.testing.assert_allclose(moved.objectives, plain.objectives, atol=1e-7)
    assert moved.n_exact == 0


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e120])
@pytest.mark.parametrize("code", CODES)
def test_units_do_not_matter(make, code, scale):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 2))
    X[100:] += 6.0
    labels = (np.arange(200) >= 100).astype(int)
    plain, scaled = _fit(make, X, code, 2, labels), _fit(make, X * scale, code, 2, labels)
    np.testing.assert_allclose(
        scaled.components.means / scale, plain.components.means, rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        np.sqrt(scaled.components.covariances.variances) / scale,
        np.sqrt(plain.components.covariances.variances),
        rtol=1e-7,
    )
    shift = 2.0 * np.log(scale)
    np.testing.assert_allclose(scaled.objectives, np.array(plain.objectives) - shift, atol=1e-8)


@pytest.mark.parametrize("exponent", [6, 12, 20])
def test_thin_ellipsoids_take_the_exact_kernel_and_come_out_right(make, tolerance, exponent):
    """Column two is column one plus a little: the run is that of the two parts, mapped."""
    rng = np.random.default_rng(3)
    Y = np.round(rng.normal(size=(300, 2)) * 4096.0) / 4096.0
    Y[150:] += 5.0
    little = 2.0**-exponent
    A = np.array([[1.0, 0.0], [1.0, little]])
    X = Y @ A.T
    np.testing.assert_array_equal(X[:, 1] - X[:, 0], little * Y[:, 1])
    labels = (np.arange(300) % 7 < 3).astype(int)
    labels[:100] = 0
    plain = _fit(make, Y, "VVV", 2, labels, reg_covar=0.0)
    thin = _fit(make, X, "VVV", 2, labels, reg_covar=0.0)
    assert plain.n_exact == 0
    assert thin.n_exact == (0 if exponent == 6 else 2)
    back = np.linalg.inv(A)
    found = back @ thin.components.covariances.dense() @ back.T
    # The variance across the ellipsoid is little^2 times an entry of the scatter matrix, which
    # is known to an ulp or two: every result is off by that share, and by what EM makes of it.
    off = tolerance.trajectory + 1e-14 / little**2
    assert off < 2e-2
    np.testing.assert_allclose(thin.components.means @ back.T, plain.components.means, atol=off)
    np.testing.assert_allclose(found, plain.components.covariances.dense(), atol=off)
    log_det = np.log(little)
    np.testing.assert_allclose(thin.objectives, np.array(plain.objectives) - log_det, atol=off)
    np.testing.assert_allclose(thin.components.weights, plain.components.weights, atol=off)


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
@pytest.mark.parametrize("size", [1e-4, 1e-5, 1e-7])
def test_a_component_that_shrinks_far_in_one_step_is_measured_about_its_mean(make, code, size):
    """Rows in a spot far from the centre: moments about the centre would be rounding."""
    rng = np.random.default_rng(4)
    spot = size * rng.normal(size=(100, 2))
    X = np.concatenate([rng.normal(size=(100, 2)), spot + 100.0])
    start = Components(
        np.array([0.5, 0.5]),
        np.array([[0.0, 0.0], [100.0, 100.0]]),
        FAMILIES[code].nearest(np.array([np.eye(2)] * 2)),
    )
    problem = make.problem(X, code, 2, reg_covar=0.0)
    fit = run(problem, start, Team(), tol=0.0, max_iter=4)
    assert fit.n_exact == 1
    exact = X[100:] - 100.0
    away = exact - exact.mean(axis=0)
    expected = FAMILIES[code].nearest((away.T @ away / 100.0)[None]).dense()[0]
    found = fit.components.covariances.dense()[1]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6 * size**2)
    assert np.diff(fit.objectives).min() >= -2e-8


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_rows", [2, 5])
def test_as_many_rows_as_columns_can_be_fitted_with_a_penalty(make, code, n_rows):
    X = np.random.default_rng(5).normal(size=(n_rows, 5))
    fit = _fit(make, X, code, reg_covar=1e-3)
    assert np.isfinite(fit.objectives).all()
    assert (fit.components.covariances.variances > 0.0).all()


@pytest.mark.parametrize("code", CODES)
def test_more_components_than_distinct_rows_stay_finite_with_a_penalty(make, code):
    X = np.repeat([[0.0, 0.0], [4.0, 1.0], [9.0, -3.0]], 10, axis=0)
    fit = _fit(make, X, code, 5, np.arange(30) % 5, reg_covar=1e-6)
    assert np.isfinite(fit.objectives).all()
    assert np.diff(fit.objectives).min() >= -2e-8


@pytest.mark.parametrize("offset", [0.0, 1.0, 0.1, 1e8 + 0.3, -1e-300])
def test_a_constant_column_is_seen_whatever_its_value(offset):
    X = np.random.default_rng(6).normal(size=(1_001, 2))
    X[:, 1] = offset
    look = survey(ArraySource(X), Team())
    assert look.is_constant.tolist() == [False, True]
    assert look.scale[1] == 1.0
    assert look.centre[1] == pytest.approx(offset, rel=1e-15)


@pytest.mark.parametrize("offset", [1.0, 1e4, 1e8])
def test_a_column_that_varies_a_little_is_not_constant(offset):
    X = np.full((1_000, 1), offset)
    X[::2] *= 1.0 + 1e-12
    look = survey(ArraySource(X), Team())
    assert not look.is_constant[0]
    np.testing.assert_allclose(look.scale, 0.5e-12 * offset, rtol=0.01)


def test_the_survey_equals_the_definition_with_weights():
    rng = np.random.default_rng(7)
    X, weight = rng.normal(size=(700, 3)) * [1.0, 1e5, 1e-5] + 1e3, rng.exponential(size=700)
    weight[::5] = 0.0
    X[0] = 1e4
    look = survey(ArraySource(X, Details(weight)), Team())
    kept, w = X[weight > 0.0], weight[weight > 0.0]
    centre = w @ kept / w.sum()
    std = np.sqrt(w @ (kept - centre) ** 2 / w.sum())
    np.testing.assert_allclose(look.weight, w.sum())
    np.testing.assert_allclose(look.centre, centre, rtol=1e-12)
    np.testing.assert_allclose(look.scale, std, rtol=1e-6)
    np.testing.assert_allclose(look.reach, np.abs(kept - centre).max(axis=0), rtol=1e-6)
    radius = np.sqrt((((kept - centre) / std) ** 2).sum(axis=1).max())
    np.testing.assert_allclose(look.radius, radius, rtol=1e-6)


@pytest.mark.parametrize("far", [1e7, 1e30, 1e200])
def test_a_first_row_of_weight_zero_does_not_move_the_centre(far):
    X = np.random.default_rng(9).normal(size=(50, 2)) + 3.0
    X[0] = far
    weight = np.ones(50)
    weight[0] = 0.0
    look = survey(ArraySource(X, Details(weight)), Team())
    np.testing.assert_allclose(look.centre, X[1:].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(look.variance, X[1:].var(axis=0), rtol=1e-6)


def test_squares_that_overflow_are_refused_by_the_columns_number():
    X = np.random.default_rng(8).normal(size=(10, 3))
    X[4, 1] = 1e200
    with pytest.raises(ValueError, match="squares of the values in column 1 overflow"):
        survey(ArraySource(X), Team())


def test_a_row_of_weight_zero_is_gone_even_where_its_squares_overflow(make):
    components = make.components("VVV", 2, 2)
    X = np.append(make.rows(components, 41), [[1e200, -1e200]], axis=0)
    weight = np.append(np.ones(41), 0.0)
    expected, _ = make.expect(make.problem(X[:41], "VVV", 2), components)
    found, _ = make.expect(make.problem(X, "VVV", 2, weight=weight), components)
    np.testing.assert_allclose(found.scatter, expected.scatter, rtol=1e-10)
    assert found.log_likelihood == pytest.approx(expected.log_likelihood)


@pytest.mark.parametrize("code", CODES)
def test_densities_of_a_mixture_a_million_spreads_from_zero(make, tolerance, code):
    plain = make.components(code, 3, 2)
    X = np.round(make.rows(plain, 50) * 1024.0) / 1024.0
    means = np.round(plain.means * 1024.0) / 1024.0
    near = Components(plain.weights, means, plain.covariances)
    far = Components(plain.weights, means + 2.0**20, plain.covariances)
    np.testing.assert_allclose(
        log_density(far, ArraySource(X + 2.0**20), Team()),
        log_density(near, ArraySource(X), Team()),
        atol=tolerance.certified,
    )
