import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.em.starts import responsibilities_of
from gaussmix.execution import Team, team

CODES = tuple(FAMILIES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("offset", [0.0, 1e8])
@pytest.mark.parametrize("weighted", [False, True])
def test_statistics_equal_the_definition(tolerance, make, code, offset, weighted):
    rng = np.random.default_rng(0)
    X = offset + np.round(rng.normal(size=(90, 3)), 3)
    resp = rng.dirichlet(np.ones(4), size=90)
    weight = rng.uniform(size=90) if weighted else None
    problem = make.problem(X, code, 4, weight=weight)
    found = problem.assigned(responsibilities_of(resp, 4), Team())
    mass_of = resp if weight is None else resp * weight[:, None]
    kind = FAMILIES[code].scatter
    away = X[:, None] - found.reference
    scatter = np.einsum("nk,nkq->kq", mass_of, kind.quadratic.of(away))
    if kind.pooled:
        scatter = scatter.sum(axis=0)
    # At offset 1e8 the rows less a centre are exact, but the centre itself is off by an ulp.
    off = 1e-11 if offset == 0.0 else 1e-6
    np.testing.assert_allclose(found.mass, mass_of.sum(axis=0), rtol=tolerance.rounding)
    np.testing.assert_allclose(found.shift, np.einsum("nk,nkd->kd", mass_of, away), atol=off)
    np.testing.assert_allclose(found.scatter, scatter, rtol=1e-6, atol=off)
    means = (mass_of.T @ (X - offset)) / mass_of.sum(axis=0)[:, None]
    np.testing.assert_allclose(found.means - offset, means, atol=max(off, 3e-16 * offset))
    # The references are the means, so nothing can cancel.
    assert np.abs(found.shift).max() <= 1e-7 * len(X)


def test_labels_are_responsibilities_of_zero_and_one(make):
    rng = np.random.default_rng(1)
    X, labels = rng.normal(size=(30, 2)), rng.integers(0, 3, 30)
    problem = make.problem(X, "VVV", 3)
    hard = problem.assigned(responsibilities_of(labels, 3), Team())
    soft = problem.assigned(responsibilities_of(np.eye(3)[labels], 3), Team())
    np.testing.assert_array_equal(hard.scatter, soft.scatter)
    np.testing.assert_array_equal(hard.mass, np.bincount(labels))


@pytest.mark.parametrize("code", CODES)
def test_same_bits_for_any_number_of_threads(make, code):
    rng = np.random.default_rng(2)
    X, labels = rng.normal(size=(240_000, 3)), rng.integers(0, 2, 240_000)
    problem = make.problem(X, code, 2)
    assert problem.n_blocks > 2
    alone = problem.assigned(responsibilities_of(labels, 2), Team())
    with team(3) as three:
        shared = problem.assigned(responsibilities_of(labels, 2), three)
    np.testing.assert_array_equal(alone.scatter, shared.scatter)
    np.testing.assert_array_equal(alone.shift, shared.shift)
