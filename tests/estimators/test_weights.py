"""Row weights: what is refused, and how they travel through scikit-learn."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gaussmix import GaussianMixture, GaussianMixtureSearch


def with_entry(row, value):
    weight = np.ones(90)
    weight[row] = value
    return weight


BAD = {
    "negative": (with_entry(4, -2.0), "Row 4 has weight -2"),
    "NaN": (with_entry(5, np.nan), "contains NaN.\nRow 5 has weight nan"),
    "infinite": (with_entry(6, np.inf), "contains infinity.\nRow 6 has weight inf"),
    "all zero": (np.zeros(90), "All of the 90 weights in sample_weight are 0"),
    "too few": (np.ones(89), "89 weights came for 90 rows"),
    "too many": (np.ones(91), "91 weights came for 90 rows"),
    "a column": (np.ones((90, 1)), "try np.ravel"),
    "text": (["1"] * 89 + ["x"], "row 0 has '1' (a str)"),
    "overflowing": (np.full(90, 1e308), "Divide all weights by a constant"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize(
    "estimator",
    [GaussianMixture(2), GaussianMixtureSearch([1, 2], covariance_types="diag")],
    ids=["fit", "search"],
)
def test_weights_that_cannot_be_used_are_refused(X, estimator, case):
    weight, words = BAD[case]
    with pytest.raises(ValueError, match=r"[Ww]eight") as caught:
        estimator.fit(X, sample_weight=weight)
    assert words in str(caught.value)


@pytest.mark.parametrize("case", ["negative", "too few", "all zero"])
@pytest.mark.parametrize("question", ["score", "bic", "aic", "aicc", "icl"])
def test_scores_check_weights_too(X, question, case):
    weight, words = BAD[case]
    gm = GaussianMixture(2, random_state=0).fit(X)
    with pytest.raises(ValueError, match=r"[Ww]eight") as caught:
        getattr(gm, question)(X, sample_weight=weight)
    assert words in str(caught.value)


def test_weights_may_be_a_column_of_a_frame(X):
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    counts = np.arange(90) % 4
    expected = GaussianMixture(2, random_state=0).fit(X, sample_weight=counts).means_
    for weight in (pandas.Series(counts), polars.Series(counts), counts.tolist()):
        found = GaussianMixture(2, random_state=0).fit(X, sample_weight=weight).means_
        np.testing.assert_array_equal(found, expected)


def test_weights_are_not_changed(X):
    counts = np.arange(90, dtype=np.float64)
    counts.flags.writeable = False
    before = counts.copy()
    GaussianMixture(2, init_params="auto", random_state=0).fit(X, sample_weight=counts)
    np.testing.assert_array_equal(counts, before)


def test_weights_reach_a_step_of_a_pipeline(X):
    counts = np.arange(90) % 4
    settings = {"random_state": 0, "tol": 1e-5}
    with sklearn.config_context(enable_metadata_routing=True):
        gm = GaussianMixture(3, **settings).set_fit_request(sample_weight=True)
        pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=True), gm)
        pipe.fit(X, sample_weight=counts)
    scaled = StandardScaler().fit(X, sample_weight=counts).transform(X)
    alone = GaussianMixture(3, **settings).fit(scaled, sample_weight=counts)
    np.testing.assert_allclose(pipe[-1].means_, alone.means_, atol=1e-12)
    unweighted = GaussianMixture(3, **settings).fit(scaled)
    assert not np.allclose(pipe[-1].means_, unweighted.means_, atol=1e-3)


def test_weights_reach_the_folds_of_a_cross_validation(X):
    counts = 1.0 + np.arange(90) % 4
    folds = [(np.arange(45), np.arange(45, 90)), (np.arange(45, 90), np.arange(45))]
    with sklearn.config_context(enable_metadata_routing=True):
        gm = GaussianMixture(2, random_state=0)
        gm.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        found = cross_validate(
            gm, X, cv=folds, params={"sample_weight": counts}, error_score="raise"
        )
    expected = [
        GaussianMixture(2, random_state=0)
        .fit(X[train], sample_weight=counts[train])
        .score(X[test], sample_weight=counts[test])
        for train, test in folds
    ]
    np.testing.assert_allclose(found["test_score"], expected, rtol=1e-12)


def test_weights_that_nobody_asked_for_are_refused(X):
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_pipeline(StandardScaler(), GaussianMixture(2))
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
            pipe.fit(X, sample_weight=np.ones(90))
