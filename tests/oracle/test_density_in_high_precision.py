"""Tiny mixtures in fifty digits."""

import mpmath
import numpy as np
import pytest
from mpmath import mp

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource
from gaussmix.density import Components, hard_entropy, log_density, posterior, reference_log_joint
from gaussmix.execution import Team

CODES = tuple(FAMILIES)


@pytest.fixture(autouse=True)
def _fifty_digits():
    with mp.workdps(50):
        yield


def _exact_factor(components, k):
    """The lower factor that the value holds, or that of its dense matrix where diagonal."""
    chol = getattr(components.covariances, "chol", None)
    if chol is not None:
        return mpmath.matrix(chol[k % len(chol)].tolist())
    return mpmath.diag([mp.sqrt(v) for v in components.covariances.variances[k].tolist()])


def _log_joint(components, row):
    found = []
    for k in range(components.n_components):
        lower = _exact_factor(components, k)
        away = mpmath.matrix(row.tolist()) - mpmath.matrix(components.means[k].tolist())
        y = mpmath.lu_solve(lower, away)
        log_det = 2 * sum(mp.log(lower[i, i]) for i in range(len(row)))
        square = sum(v**2 for v in y)
        constant = mp.log(mpmath.mpf(float(components.weights[k])))
        found.append(constant - (square + log_det + len(row) * mp.log(2 * mp.pi)) / 2)
    return found


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("n_features", "condition", "offset"),
    [(1, 1.0, 0.0), (2, 1e2, 0.0), (3, 1e4, 1e3), (2, 1e10, 0.0), (3, 10.0, 1e8)],
)
def test_answers_are_right_to_the_certified_error(
    make, tolerance, code, *, n_features, condition, offset
):
    plain = make.components(code, 3, n_features, seed=8, condition=condition)
    components = Components(plain.weights, plain.means + offset, plain.covariances)
    X = make.rows(components, 12, seed=9)
    truth = [_log_joint(components, row) for row in X]
    total = [mp.log(sum(mp.exp(v) for v in row)) for row in truth]
    resp = np.array(
        [[float(mp.exp(v - t)) for v in row] for row, t in zip(truth, total, strict=True)]
    )
    density = np.array([float(t) for t in total])
    charge = [float(t - max(row)) for row, t in zip(truth, total, strict=True)]
    source, alone = ArraySource(X), Team()
    off = tolerance.certified
    np.testing.assert_allclose(log_density(components, source, alone), density, rtol=off, atol=off)
    np.testing.assert_allclose(posterior(components, source, alone), resp, atol=off)
    np.testing.assert_allclose(hard_entropy(components, source, alone), charge, atol=off)
    if condition < 1e5:
        joint = np.array([[float(v) for v in row] for row in truth])
        np.testing.assert_allclose(reference_log_joint(components, X), joint, rtol=1e-9)


@pytest.mark.parametrize("code", CODES)
def test_log_likelihood_of_a_pass_is_right_to_the_certified_error(make, tolerance, code):
    components = make.components(code, 2, 2, seed=10)
    X = make.rows(components, 15, seed=11)
    truth = sum(mp.log(sum(mp.exp(v) for v in _log_joint(components, row))) for row in X)
    found, _ = make.expect(make.problem(X, code, 2), components)
    assert abs(found.log_likelihood - float(truth)) <= len(X) * tolerance.certified
