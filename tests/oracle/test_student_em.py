"""The engine's Student t's beside the textbook's, row by row."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import Components
from gaussmix.em import Problem, run
from gaussmix.execution import Team
from gaussmix.linalg import unpack


@pytest.fixture(scope="module")
def plain():
    """The module of plain formulas."""
    path = Path(__file__).with_name("student_em.py")
    spec = importlib.util.spec_from_file_location("student_em", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rows(gaps, n_each=60, n_features=3):
    """Two clusters with tails of 2.5 and 6 degrees of freedom, and weights."""
    rng = np.random.default_rng(5)
    X = []
    for place, dof in ((0.0, 2.5), (6.0, 6.0)):
        z = rng.normal(size=(n_each, n_features)) @ rng.normal(size=(n_features, n_features))
        X.append(place + z / np.sqrt(rng.chisquare(dof, size=(n_each, 1)) / dof))
    X = np.concatenate(X)
    X[rng.random(X.shape) < gaps] = np.nan
    return X, rng.uniform(0.5, 2.0, size=len(X))


def _theta(n_features=3):
    rng = np.random.default_rng(6)
    factor = rng.normal(size=(2, n_features, 2 * n_features))
    matrices = factor @ factor.swapaxes(1, 2) / (2 * n_features)
    means = np.array([[0.5] * n_features, [5.0] * n_features])
    return np.array([0.4, 0.6]), means, matrices, np.array([3.0, 15.0])


def _problem(X, weight, code):
    source = ArraySource(X, Details(weight))
    return Problem(source, survey(source, Team()), FAMILIES[code], 2, 0.0, is_student=True)


def _components(code, theta):
    weights, means, matrices, dof = theta
    return Components(weights, means, FAMILIES[code].nearest(matrices), dof=dof)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("common", [1, 10**9])
def test_one_pass_has_the_textbooks_sums(plain, monkeypatch, *, gaps, exact, common):
    monkeypatch.setattr("gaussmix.data.batch._COMMON", common)
    X, weight = _rows(gaps)
    theta = _theta()
    total, mass, pull, log_scale, first, second = plain.expect(X, weight, theta)
    problem = _problem(X, weight, "VVV")
    kernel = problem.kernel(_components("VVV", theta))
    found = problem.expect(kernel, np.full(2, exact), set(), Team())
    found = found.rebase(theta[1])
    np.testing.assert_allclose(found.log_likelihood, total, rtol=1e-11)
    np.testing.assert_allclose(found.mass, mass, rtol=1e-9)
    np.testing.assert_allclose(found.pull, pull, rtol=1e-9)
    np.testing.assert_allclose(found.tails.log_scale, log_scale, rtol=1e-8)
    expected = first - pull[:, None] * theta[1]
    np.testing.assert_allclose(found.shift, expected, rtol=1e-8, atol=1e-8)
    scatter = unpack(found.scatter, 3)
    np.testing.assert_allclose(scatter, second, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
@pytest.mark.parametrize("code", ["VVV", "EEE"])
def test_a_fit_ends_where_plain_em_stands_still(plain, gaps, code):
    X, weight = _rows(gaps)
    fit = run(
        _problem(X, weight, code), _components(code, _theta()), Team(), tol=1e-15, max_iter=400
    )
    end = fit.components
    assert end.dof.min() > 0.5
    assert end.dof.max() < 1000.0
    theta = (end.weights, end.means, end.covariances.dense(), end.dof)
    total, *sums = plain.expect(X, weight, theta)
    np.testing.assert_allclose(fit.log_likelihood, total, rtol=1e-12)
    weights, means, matrices, dof = plain.maximize(sums, end.means, tied=code == "EEE")
    np.testing.assert_allclose(end.weights, weights, atol=1e-6)
    np.testing.assert_allclose(end.means, means, atol=1e-5)
    np.testing.assert_allclose(end.covariances.dense(), matrices, atol=1e-5)
    np.testing.assert_allclose(np.log(end.dof), np.log(dof), atol=1e-6)


def test_a_fit_is_at_least_as_good_as_the_textbooks_after_as_many_iterations(plain):
    X, weight = _rows(0.1)
    theta = _theta()
    for _ in range(15):
        _, *sums = plain.expect(X, weight, theta)
        theta = plain.maximize(sums, theta[1])
    total = plain.expect(X, weight, theta)[0]
    start = _components("VVV", _theta())
    fit = run(_problem(X, weight, "VVV"), start, Team(), tol=0.0, max_iter=15)
    assert fit.log_likelihood >= total


def test_labels_fix_the_component_of_a_row(plain):
    X, weight = _rows(0.0)
    label = np.full(len(X), -1)
    label[:40] = 1
    source = ArraySource(X, Details(weight, label))
    problem = replace(_problem(X, weight, "VVV"), source=source)
    theta = _theta()
    kernel = problem.kernel(_components("VVV", theta))
    found = problem.expect(kernel, np.zeros(2, dtype=bool), set(), Team())
    only = (np.ones(1), theta[1][1:], theta[2][1:], theta[3][1:])
    known = plain.expect(X[:40], weight[:40], only)
    free = plain.expect(X[40:], weight[40:], theta)
    np.testing.assert_allclose(found.mass, free[1] + [0.0, known[1][0]], rtol=1e-9)
    np.testing.assert_allclose(found.pull, free[2] + [0.0, known[2][0]], rtol=1e-9)
    np.testing.assert_allclose(found.tails.log_scale, free[3] + [0.0, known[3][0]], rtol=1e-8)
