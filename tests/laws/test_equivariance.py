"""A run from a transformed start is the transformed run."""

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.density import Components
from gaussmix.em import run
from gaussmix.execution import Team

CODES = tuple(FAMILIES)
#: Families closed under rescaling each column by its own factor.
BY_COLUMN = [c for c in CODES if c in {"VVI", "EEI", "VEI", "EVI", "EEE", "VVV", "VEE", "EVV"}]
#: Families closed under rotation and a common scale. Their penalty, along the columns,
#: turns with the rows only where the family sees its mean alone.
ROTATED = [(c, 0.0) for c in CODES if c[2] != "I"]
ROTATED += [(c, reg_covar) for c in CODES if c in {"VII", "EII"} for reg_covar in (0.0, 1e-2)]


def _rows(make, n_features=3):
    X = make.rows(make.components("VVV", 3, n_features, seed=1), 200, seed=1)
    # Twelve binary digits after the point: shifts by powers of two are exact.
    return np.round(X * 4096.0) / 4096.0


def _run(make, X, code, start, *, reg_covar=1e-3, weight=None):
    problem = make.problem(X, code, start.n_components, weight=weight, reg_covar=reg_covar)
    return run(problem, start, Team(), tol=0.0, max_iter=12)


def _moved(start: Components, code, A, b) -> Components:
    """The start for rows A x + b."""
    matrices = A @ start.covariances.dense() @ A.T
    return Components(start.weights, start.means @ A.T + b, FAMILIES[code].nearest(matrices))


def _assert_moved(found, plain, A, b, off):
    """That `found` is the fit `plain` for rows A x + b."""
    expected = A @ plain.components.covariances.dense() @ A.T
    scale = np.sqrt(np.einsum("kii->ki", expected).max(axis=0))
    np.testing.assert_allclose(found.components.weights, plain.components.weights, atol=off)
    difference = found.components.means - (plain.components.means @ A.T + b)
    assert np.abs(difference / scale).max() <= off
    difference = found.components.covariances.dense() - expected
    assert np.abs(difference / np.outer(scale, scale)).max() <= off
    log_det = np.linalg.slogdet(A)[1]
    np.testing.assert_allclose(found.objectives, np.array(plain.objectives) - log_det, atol=off)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("shift", [2.0**10, -(2.0**27)])
def test_translation(make, tolerance, code, shift):
    X, eye = _rows(make), np.eye(3)
    b = shift * np.array([1.0, 0.5, -0.25])
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start)
    found = _run(make, X + b, code, _moved(start, code, eye, b))
    _assert_moved(found, plain, eye, b, tolerance.trajectory)


@pytest.mark.parametrize("code", BY_COLUMN)
def test_rescaling_of_columns_with_the_penalty(make, tolerance, code):
    X = _rows(make)
    A = np.diag([1e-6, 3.0, 1e7])
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start, reg_covar=1e-2)
    found = _run(make, X @ A, code, _moved(start, code, A, 0.0), reg_covar=1e-2)
    _assert_moved(found, plain, A, 0.0, tolerance.trajectory)


@pytest.mark.parametrize(("code", "reg_covar"), ROTATED)
def test_rotation_and_common_scale(make, tolerance, code, reg_covar):
    X = _rows(make)
    A = 1e4 * np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start, reg_covar=reg_covar)
    found = _run(make, X @ A.T, code, _moved(start, code, A, 0.0), reg_covar=reg_covar)
    _assert_moved(found, plain, A, 0.0, tolerance.trajectory)


@pytest.mark.parametrize("code", ["VVV", "EEE"])
def test_any_linear_map_of_full_covariances(make, tolerance, code):
    X = _rows(make)
    A = np.array([[2.0, 0.0, 0.0], [1.0, 0.1, 0.0], [-3.0, 0.5, 4.0]])
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start, reg_covar=0.0)
    found = _run(make, X @ A.T + 1.0, code, _moved(start, code, A, 1.0), reg_covar=0.0)
    _assert_moved(found, plain, A, 1.0, tolerance.trajectory)


@pytest.mark.parametrize("code", CODES)
def test_permutation_of_components(make, tolerance, code):
    X = _rows(make)
    order = np.array([2, 0, 1])
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start).take(order)
    found = _run(make, X, code, start.take(order))
    _assert_moved(found, plain, np.eye(3), 0.0, tolerance.trajectory)
    np.testing.assert_allclose(found.mass, plain.mass, rtol=tolerance.trajectory)


@pytest.mark.parametrize("code", CODES)
def test_permutation_of_columns(make, tolerance, code):
    X = _rows(make)
    A = np.eye(3)[[1, 2, 0]]
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start)
    found = _run(make, X @ A.T, code, _moved(start, code, A, 0.0))
    _assert_moved(found, plain, A, 0.0, tolerance.trajectory)


@pytest.mark.parametrize("code", CODES)
def test_permutation_of_rows(make, tolerance, code):
    X = _rows(make)
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start)
    found = _run(make, X[np.random.default_rng(0).permutation(len(X))], code, start)
    _assert_moved(found, plain, np.eye(3), 0.0, tolerance.trajectory)


@pytest.mark.parametrize("code", CODES)
def test_weight_two_is_the_row_twice_and_weight_zero_the_row_gone(make, tolerance, code):
    X = _rows(make)
    weight = np.random.default_rng(4).integers(0, 3, len(X))
    start = make.start(code, X, 3, seed=2)
    weighted = _run(make, X, code, start, weight=weight.astype(float))
    repeated = _run(make, np.repeat(X, weight, axis=0), code, start)
    _assert_moved(weighted, repeated, np.eye(3), 0.0, tolerance.trajectory)
    np.testing.assert_allclose(weighted.log_likelihood, repeated.log_likelihood, rtol=1e-9)


@pytest.mark.parametrize("code", CODES)
def test_a_common_factor_of_all_weights_changes_no_parameter(make, tolerance, code):
    X = _rows(make)
    weight = np.random.default_rng(5).uniform(0.5, 1.5, len(X))
    start = make.start(code, X, 3, seed=2)
    plain = _run(make, X, code, start, weight=weight)
    found = _run(make, X, code, start, weight=1e-3 * weight)
    _assert_moved(found, plain, np.eye(3), 0.0, tolerance.trajectory)


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("EII", "VII"),
        ("EII", "EEI"),
        ("EEI", "VVI"),
        ("EEI", "EEE"),
        ("VVI", "VVV"),
        ("EEE", "VVV"),
    ],
)
def test_a_family_within_another_is_never_likelier(make, tolerance, small, large):
    """From the end of the smaller family, the larger only rises."""
    X = _rows(make)
    inner = _run(make, X, small, make.start(small, X, 3, seed=2), reg_covar=0.0)
    ended = inner.components
    begin = Components(
        ended.weights, ended.means, FAMILIES[large].nearest(ended.covariances.dense())
    )
    outer = _run(make, X, large, begin, reg_covar=0.0)
    assert outer.objective >= inner.objective - tolerance.fall
