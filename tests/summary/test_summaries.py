"""What summaries say, and that they fit on a page."""

import re

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture, GaussianMixtureSearch, Mixture
from gaussmix.datasets import load_old_faithful
from gaussmix.summary import MixtureSummary, SearchSummary, summarize
from gaussmix.summary.text import number, shape_in_words, table

FAITHFUL = load_old_faithful().to_numpy()
FRAME = pd.DataFrame(FAITHFUL, columns=["eruptions", "waiting"])


def test_the_summary_of_a_fit_has_its_names_and_numbers():
    gm = GaussianMixture(2, random_state=0).fit(FRAME)
    summary = gm.summary()
    text = str(summary)
    assert isinstance(summary, MixtureSummary)
    assert repr(summary) == text
    assert text.startswith(
        "Gaussian mixture of 2 components in 2 dimensions, covariances full (ell"
    )
    for word in ("mean eruptions", "std waiting", "weight", "Converged after", "fast kernel"):
        assert word in text
    for value in (gm.log_likelihood_, gm.bic(FRAME), gm.aic(FRAME), *gm.means_.ravel()):
        assert f"{value:.6g}" in text
    assert summary.facts["rows"] == 272
    assert summary.facts["n_parameters"] == 11
    assert summary.facts["bic"] == pytest.approx(gm.bic(FRAME))
    assert summary.facts["aic"] == pytest.approx(gm.aic(FRAME))


def test_the_table_of_components():
    gm = GaussianMixture(2, random_state=0).fit(FRAME)
    components = pd.DataFrame(gm.summary().components)
    assert list(components) == [
        "component",
        "weight",
        "mean eruptions",
        "std eruptions",
        "mean waiting",
        "std waiting",
    ]
    np.testing.assert_array_equal(components["weight"], gm.weights_)
    np.testing.assert_array_equal(components["mean waiting"], gm.means_[:, 1])
    np.testing.assert_allclose(components["std waiting"], np.sqrt(gm.covariances_[:, 1, 1]))


def test_rows_are_their_weights():
    gm = GaussianMixture(1).fit(FAITHFUL, sample_weight=np.full(272, 0.5))
    summary = gm.summary()
    assert summary.facts["rows"] == 136
    expected = gm.bic(FAITHFUL, sample_weight=np.full(272, 0.5))
    assert summary.facts["bic"] == pytest.approx(expected)
    assert str(summary).startswith("Gaussian mixture of 1 component in 2 dimensions")


@pytest.mark.parametrize("n_features", [6, 7, 40])
def test_many_columns_are_cut(n_features):
    gm = GaussianMixture.from_parameters([1.0], np.zeros((1, n_features)), [np.eye(n_features)])
    text = str(gm.summary())
    assert "mean 5" in text
    assert "mean 6" not in text
    more = re.search(r"\(and (\d+) more columns?\)", text)
    assert (int(more.group(1)) if more else 0) == n_features - 6
    assert max(map(len, text.splitlines())) < 130
    assert len(gm.summary().components) == 2 + 2 * n_features


def test_known_parameters_have_no_facts():
    summary = summarize(Mixture([1.0], [[2.0]], [[[9.0]]], feature_names=["a"]), None, {})
    assert summary.facts == {}
    assert summary.report == ""
    assert summary.components["mean a"] == [2.0]
    assert summary.components["std a"] == [3.0]
    assert str(summary).splitlines()[0] == (
        "Gaussian mixture of 1 component in 1 dimension, covariances full (one variance)"
    )


def test_what_is_wrong_is_in_the_summary():
    rows = np.column_stack([FAITHFUL, np.full(272, 4.0)])
    with pytest.warns(UserWarning, match="constant"):
        gm = GaussianMixture(2, random_state=0).fit(rows)
    text = str(gm.summary())
    assert "Degenerate; converged after" in text
    assert "Column 2 is constant (it is 4 in every row)" in text
    gm = GaussianMixture(2, n_init=3, random_state=0).fit(FRAME)
    assert "3 of 3 starts reached the best optimum." in str(gm.summary())


def test_the_summary_of_a_search_has_the_best_five():
    search = GaussianMixtureSearch(
        range(1, 5), covariance_types=["full", "tied", "diag"], random_state=0
    ).fit(FRAME)
    summary = search.summary()
    text = str(summary)
    assert isinstance(summary, SearchSummary)
    assert repr(summary) == text
    assert text.startswith("Best by BIC: 3 components, covariance tied (ellipsoidal, equal volume")
    assert f"BIC {search.best_score_:.6g}" in text
    best = summary.best
    assert {len(column) for column in best.values()} == {5}
    assert best["behind"][0] == 0.0
    assert best["behind"] == sorted(best["behind"])
    sound = [
        b for b, r in zip(search.results_["bic"], search.results_["reason"], strict=True) if not r
    ]
    assert best["bic"] == sorted(sound)[:5]
    assert best["components"][0] == 3
    for value in best["log_likelihood"]:
        assert f"{value:.6g}" in text


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
def test_the_edge_of_the_range_is_pointed_out():
    def summary(numbers):
        search = GaussianMixtureSearch(numbers, covariance_types="diag", random_state=0)
        return search.fit(FRAME).summary()

    largest = summary([1, 2])
    assert largest.edge.startswith("The best has 2 components, the largest number that was tried")
    assert "Try n_components up to 4" in largest.edge
    assert largest.notes[-1] == largest.edge
    assert largest.edge in str(largest)
    smallest = summary([4, 8])
    assert smallest.edge.startswith("The best has 4 components, the smallest number")
    assert "Try n_components from 1 to 4" in smallest.edge
    for numbers in (2, [3, 4, 5, 6]):
        assert summary(numbers).edge == ""


def test_one_component_is_no_edge():
    rows = np.random.default_rng(0).normal(size=(80, 2))
    search = GaussianMixtureSearch([1, 2], covariance_types="tied", random_state=0).fit(rows)
    assert search.best_params_["n_components"] == 1
    assert search.summary().edge == ""


def test_shapes_that_are_one_model_with_one_component_are_shown_once():
    rows = np.random.default_rng(0).normal(size=(80, 2))
    search = GaussianMixtureSearch([1, 2], random_state=0).fit(rows)
    best = search.summary().best
    alone = [name for k, name in zip(best["components"], best["covariance"], strict=True) if k == 1]
    assert sorted(best["parameters"][: len(alone)]) == [3, 4, 5]
    assert len(best["components"]) == 5
    assert len(search.results_) == 28
    assert search.summary().sentence.startswith(f"Best by BIC: 1 component, covariance {alone[0]}")


def test_a_shape_that_is_its_own_name_in_words_is_named_once():
    named = [shape_in_words("spherical", 1, 2), shape_in_words("spherical", 2, 2)]
    assert named == ["spherical", "spherical (spherical, varying volume)"]
    assert shape_in_words("diag", 1, 2) == "diag (diagonal)"


def test_degenerate_candidates_are_pointed_out():
    rows = np.random.default_rng(1).normal(size=(100, 2))
    rows = np.concatenate([rows, np.tile([[9.0, 9.0]], (5, 1))])
    search = GaussianMixtureSearch([1, 2], covariance_types="full", random_state=0).fit(rows)
    text = str(search.summary())
    assert " candidates cannot win, being degenerate or failed" in text
    assert "the one of best BIC among them is full, 2 components, BIC " in text
    assert "(better than the winner's): Component " in text


def test_what_was_skipped_is_pointed_out():
    search = GaussianMixtureSearch(
        range(1, 6), covariance_types="full", patience=1, random_state=0
    ).fit(FRAME)
    assert "2 of 5 candidates were not tried (patience)." in search.summary().notes


def test_priors_are_named_where_there_are_any():
    search = GaussianMixtureSearch(
        [1, 2, 3], covariance_types="full", prior=[None, "default"], random_state=0
    ).fit(FRAME)
    summary = search.summary()
    assert set(summary.best["prior"]) == {"none", "default"}
    alone = GaussianMixtureSearch(
        [1, 2, 3], covariance_types="full", prior="default", random_state=0
    ).fit(FRAME)
    assert "shape and orientation), prior default, BIC " in alone.summary().sentence


def test_failed_candidates_are_pointed_out_by_their_reason():
    rows = np.random.default_rng(1).normal(size=(100, 2))
    rows = np.concatenate([rows, np.tile([[9.0, 9.0]], (5, 1))])
    search = GaussianMixtureSearch([1, 2], covariance_types="full", reg_covar=0, random_state=0)
    text = str(search.fit(rows).summary())
    assert "the one of best BIC among them is full, 2 components: Fitting" in text
    assert "ill-defined empirical covariance" in text
    assert "nan" not in text


def test_other_criteria_are_named():
    search = GaussianMixtureSearch(
        [1, 2, 3], covariance_types="full", criterion="icl", random_state=0
    ).fit(FRAME)
    assert str(search.summary()).startswith("Best by ICL: 2 components")
    assert "icl" in search.summary().best


def test_tables_are_aligned_to_the_right():
    assert table({"a": [1, 22], "bb": [0.5, 1e-9]}) == " a     bb\n 1    0.5\n22  1e-09"
    assert number(1234567.0) == "1.23457e+06"
    assert number(3) == "3"
