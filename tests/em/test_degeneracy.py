import numpy as np
import pytest

from gaussmix import GaussianMixture, IntervalData
from gaussmix.covariance import FAMILIES
from gaussmix.density import Components
from gaussmix.em import find_degenerate, fit_assignment, run
from gaussmix.execution import Team

CODES = tuple(FAMILIES)


def _findings(make, X, code, labels, n_components, *, names=None, weight=None, reg_covar=1e-6):
    problem = make.problem(X, code, n_components, weight=weight, reg_covar=reg_covar)
    start = fit_assignment(problem, problem, labels, Team())
    fit = run(problem, start, Team(), tol=1e-6, max_iter=200)
    names = names or tuple(f"x{j}" for j in range(X.shape[1]))
    return find_degenerate(problem, fit, names, Team())


def _two_blobs(n_features=2, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(200, n_features))
    X[100:] += 7.0
    return X, (np.arange(200) >= 100).astype(int)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 5])
def test_clean_data_gives_no_finding(make, code, n_features):
    for seed in range(4):
        X, labels = _two_blobs(n_features, seed)
        assert _findings(make, X, code, labels, 2) == ()


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_copies_are_found_and_their_rows_named(make, code):
    X, labels = _two_blobs()
    copies = [5, 17, 33, 160]
    X[copies] = [-9.0, 9.0]
    labels[copies] = 2
    (finding,) = _findings(make, X, code, labels, 3)
    assert finding.component == 2
    assert finding.reason.startswith("Component 2 holds only 1 distinct row ")
    assert "(rows 5, 17, 33, 160 are copies of each other)" in finding.reason
    assert "at least 3" in finding.reason


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_many_copies_are_found_too(make, code):
    X, labels = _two_blobs()
    X[40:90] = [-9.0, 9.0]
    labels[40:90] = 2
    (finding,) = _findings(make, X, code, labels, 3)
    assert finding.component == 2
    assert "rows 40, 41, 42, 43, 44, 45, 46, 47, 48, 49 and 40 more are copies" in finding.reason


def test_a_row_of_weight_zero_is_no_copy(make):
    X, labels = _two_blobs()
    X[[3, 4, 5]] = [-9.0, 9.0]
    labels[[3, 4, 5]] = 2
    weight = np.ones(200)
    weight[4] = 0.0
    (finding,) = _findings(make, X, "VVV", labels, 3, weight=weight)
    assert "(rows 3, 5 are copies of each other)" in finding.reason


@pytest.mark.parametrize("code", CODES)
def test_an_empty_component_is_found(make, code):
    X, _ = _two_blobs()
    problem = make.problem(X, code, 3)
    start = Components(
        np.array([0.4, 0.4, 0.2]),
        np.array([[0.0, 0.0], [7.0, 7.0], [1e5, 1e5]]),
        FAMILIES[code].nearest(np.array([np.eye(2)] * 3)),
    )
    fit = run(problem, start, Team(), tol=1e-6, max_iter=100)
    findings = find_degenerate(problem, fit, ("a", "b"), Team())
    assert [f.component for f in findings] == [2]
    assert findings[0].reason.startswith("Component 2 is empty")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 + 0.1, -3e-9])
def test_a_constant_column_is_found_and_named(make, code, value):
    X, labels = _two_blobs(3)
    X[:, 1] = value
    findings = _findings(make, X, code, labels, 2, names=("a", "height", "c"))
    assert [f.component for f in findings] == [-1]
    assert findings[0].reason.startswith("Column height is constant")


@pytest.mark.parametrize("code", ["VVV", "EEE"])
def test_duplicated_columns_are_found_and_named(make, code):
    X, labels = _two_blobs(3)
    X[:, 2] = 5.0 * X[:, 0] - 1.0
    findings = _findings(make, X, code, labels, 2, names=("a", "b", "twice"))
    assert [f.component for f in findings] == [0, 1]
    for finding in findings:
        assert "a, twice:" in finding.reason


@pytest.mark.parametrize("code", ["VVI", "EEI", "VII", "EII"])
def test_duplicated_columns_are_no_matter_without_correlations(make, code):
    X, labels = _two_blobs(3)
    X[:, 2] = X[:, 0]
    assert _findings(make, X, code, labels, 2) == ()


def test_a_column_constant_within_a_component_is_named(make):
    X, labels = _two_blobs(2)
    X[100:, 1] = 7.0
    (finding,) = _findings(make, X, "VVI", labels, 2, names=("a", "b"))
    assert finding.component == 1
    assert "b:" in finding.reason


def test_copies_are_no_fault_where_values_are_uncertain():
    rng = np.random.default_rng(0)
    Z = np.concatenate([np.zeros((15, 2)), rng.normal(8.0, 1.0, size=(60, 2))])
    gm = GaussianMixture(2, random_state=0, max_iter=2000)
    gm.fit(Z, X_covariance=np.full(Z.shape, 0.3))
    assert not gm.fit_report_.findings
    bins = IntervalData([0.0, 0.0], [1.0, 1.0], [3.0, 4.0])
    gm = GaussianMixture(1, tol=1e-2, max_iter=2000)
    assert not gm.fit(bins).fit_report_.findings
