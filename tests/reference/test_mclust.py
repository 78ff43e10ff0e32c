"""Fits that R's mclust 6.0.0 made, reached from the same partitions; see `make_mclust.py`."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixture, GaussianMixtureSearch
from gaussmix.datasets import load_old_faithful

TABLE = json.loads(Path(__file__).with_name("mclust.json").read_text())
ROWS = {"faithful": load_old_faithful().to_numpy(), "iris": load_iris().data}
CELLS = [
    (name, code, int(k))
    for name in ROWS
    for code, by_number in TABLE[name]["log_likelihood"].items()
    for k in by_number
]
# mclust's runs stop where the gain falls below 1e-10 of the log-likelihood.
SAME = 1e-8


def labels_of(digits):
    return np.array([int(digit) for digit in digits])


def fit(rows, code, partition, n_components, sample_weight=None):
    gm = GaussianMixture(
        n_components,
        covariance_type=code,
        init_params=partition,
        reg_covar=0,
        tol=1e-10,
        max_iter=20_000,
    )
    return gm.fit(rows, sample_weight=sample_weight)


def test_the_table_is_whole():
    assert TABLE["faithful"]["versions"]["mclust"] == "6.0.0"
    assert len(CELLS) == 6 * 5 + 6 * 4


@pytest.mark.parametrize(("name", "code", "n_components"), CELLS)
def test_the_same_partition_leads_to_the_same_likelihood(name, code, n_components):
    rows = ROWS[name]
    partition = np.zeros(len(rows), dtype=int)
    if n_components > 1:
        partition = labels_of(TABLE[name]["partitions"][str(n_components)])
    gm = fit(rows, code, partition, n_components)
    expected = TABLE[name]["log_likelihood"][code][str(n_components)]
    assert gm.log_likelihood_ == pytest.approx(expected, rel=SAME)
    # mclust's BIC is 2 loglik - df log n, higher is better: ours with the other sign.
    bic = -2 * expected + gm.n_parameters_ * np.log(len(rows))
    assert gm.bic(rows) == pytest.approx(bic, rel=SAME)


@pytest.mark.parametrize("code", list(TABLE["weighted"]["tight"]))
def test_weighted_rows_lead_to_the_same_parameters(code):
    weighted = TABLE["weighted"]
    theirs = weighted["tight"][code]
    gm = fit(ROWS["faithful"], code, labels_of(weighted["partition"]), 2, weighted["weights"])
    assert gm.log_likelihood_ == pytest.approx(theirs["loglik"], rel=SAME)
    parameters = theirs["parameters"]
    np.testing.assert_allclose(gm.weights_, parameters["pro"], rtol=1e-4)
    np.testing.assert_allclose(gm.means_, parameters["mean"], rtol=1e-4)
    np.testing.assert_allclose(gm.covariances_, parameters["sigma"], rtol=1e-3, atol=1e-9)


def test_whole_weights_are_repetitions():
    # me.weighted(VVV, weights 1, 2, 3, 1, 2, 3, ...): the log-likelihood of the repeated rows.
    weight = np.resize([1, 2, 3], 272)
    partition = labels_of(TABLE["weighted"]["partition"])
    gm = fit(ROWS["faithful"], "VVV", partition, 2, weight)
    assert gm.log_likelihood_ == pytest.approx(-2253.35916963036, rel=SAME)
    np.testing.assert_allclose(gm.weights_, [0.651192520026918, 0.348807479973082], rtol=1e-4)
    np.testing.assert_allclose(
        gm.means_,
        [[4.27761667588165, 79.7789418789676], [2.02232996345969, 54.5893778187294]],
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        gm.covariances_[0],
        [[0.17517775465978, 1.08152628296466], [1.08152628296466, 38.1573478208094]],
        rtol=1e-3,
    )


@pytest.mark.parametrize("seed", range(3))
def test_old_faithful_of_two_ellipsoids_from_any_seed(seed):
    gm = GaussianMixture(2, tol=1e-9, max_iter=1000, random_state=seed).fit(ROWS["faithful"])
    # As Mclust finds for two components of type VVV.
    assert gm.log_likelihood_ == pytest.approx(-1130.26396, abs=1e-4)


def test_a_search_of_old_faithful_chooses_what_mclust_chooses():
    search = GaussianMixtureSearch(
        range(2, 5), covariance_types=["VVV", "EEE", "VVI"], random_state=0
    ).fit(ROWS["faithful"])
    # Mclust(faithful): EEE 3, BIC -2314.3163 in its sign, by a run that stopped early; run on to
    # 1e-13 it is -2314.29568.
    assert search.best_params_ == {"n_components": 3, "covariance_type": "tied"}
    assert search.best_score_ == pytest.approx(2314.29568, abs=0.01)
    assert search.best_score_ <= 2314.3163
    best = search.best_estimator_
    np.testing.assert_allclose(
        best.weights_, [0.475017552927643, 0.356378107425048, 0.168604339647309], atol=5e-3
    )
    assert best.log_likelihood_ == pytest.approx(-1126.3159, abs=5e-3)


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "VII", "EEI", "EII"])
def test_a_search_of_iris_ends_at_least_as_high(code):
    search = GaussianMixtureSearch([1, 2, 3], covariance_types=code, random_state=0)
    search.fit(ROWS["iris"])
    expected = [TABLE["iris"]["log_likelihood"][code][k] for k in "123"]
    found = np.array(search.results_["log_likelihood"])
    assert (found >= np.array(expected) - 1e-2).all()
