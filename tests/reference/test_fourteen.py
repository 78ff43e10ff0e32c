"""All fourteen models of R's mclust 6.0.0, from its own partitions; see `make_fourteen.py`."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixture
from gaussmix.covariance import FAMILIES, Within
from gaussmix.datasets import load_old_faithful

TABLE = json.loads(Path(__file__).with_name("fourteen.json").read_text())
ROWS = {"faithful": load_old_faithful().to_numpy(), "iris": load_iris().data}
CELLS = [
    (name, code, int(k))
    for name in ROWS
    for code, by_number in TABLE[name]["log_likelihood"].items()
    for k in by_number
]
#: Its M-step of VVE ends before its maximum, so that its likelihoods are lower.
ENDS_EARLY = "VVE"


def labels_of(digits):
    return np.array([int(digit) for digit in digits])


def test_the_table_holds_every_family():
    for name in ROWS:
        assert set(TABLE[name]["log_likelihood"]) == set(FAMILIES)
        assert TABLE[name]["versions"]["mclust"] == "6.0.0"


@pytest.mark.parametrize(("name", "code", "k"), CELLS)
def test_parameters_are_counted_alike(name, code, k):
    expected = TABLE[name]["n_parameters"][code][str(k)]
    assert FAMILIES[code].n_free(k, ROWS[name].shape[1]) == expected


@pytest.mark.parametrize(("name", "code", "k"), CELLS)
def test_the_same_partition_leads_at_least_as_high(name, code, k):
    partition = labels_of(TABLE[name]["partitions"][str(k)])
    gm = GaussianMixture(
        k,
        covariance_type=code,
        init_params=partition,
        reg_covar=0,
        tol=1e-8,
        max_iter=20_000,
    ).fit(ROWS[name])
    expected = TABLE[name]["log_likelihood"][code][str(k)]
    assert gm.log_likelihood_ >= expected - 1e-5 * abs(expected)
    if code != ENDS_EARLY:
        assert gm.log_likelihood_ == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("code", FAMILIES)
def test_one_m_step_is_the_same_or_better(name, code):
    X, family = ROWS[name], FAMILIES[code]
    labels = labels_of(TABLE[name]["m_step"]["partition"])
    mass = np.bincount(labels).astype(float)
    groups = [X[labels == k] - X[labels == k].mean(axis=0) for k in range(3)]
    scatter = np.array([rows.T @ rows for rows in groups])
    sums = family.scatter.quadratic.of_matrices(scatter)
    sums = sums.sum(axis=0) if family.scatter.pooled else sums
    ours = family.rule(Within(sums, mass, X.shape[1])).dense()
    theirs = np.array(TABLE[name]["m_step"]["sigma"][code])

    def expected(dense):
        traces = np.trace(np.linalg.solve(dense, scatter), axis1=1, axis2=2)
        return -0.5 * (mass @ np.linalg.slogdet(dense)[1] + traces.sum())

    assert expected(ours) >= expected(theirs) - 1e-9
    off = 2e-2 if code == ENDS_EARLY else 1e-4
    np.testing.assert_allclose(ours, theirs, rtol=0.0, atol=off * np.abs(theirs).max())
