"""`GaussianMixtureSearch`: priors, proportions, patience, tables, warnings and bad input."""

import logging
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone

from gaussmix import ConjugatePrior, GaussianMixture, GaussianMixtureSearch
from gaussmix.datasets import load_old_faithful
from gaussmix.errors import DataWarning, DegenerateFitWarning, SearchWarning
from gaussmix.estimators.progress import shown_candidates

TYPES = ["full", "tied"]
FINE = {"tol": 1e-6, "max_iter": 2000}
SMALL = {"covariance_types": TYPES, "random_state": 0}


@pytest.fixture(scope="module")
def rows(make_clusters):
    return make_clusters(seed=2, n_rows=150, apart=4.0)


@pytest.fixture(scope="module")
def done(rows):
    return GaussianMixtureSearch(range(1, 5), **SMALL).fit(rows)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda rows: rows, pd.DataFrame),
        (lambda rows: pd.DataFrame(rows, columns=["a", "b"]), pd.DataFrame),
        (lambda rows: pl.DataFrame(rows, schema=["a", "b"]), pl.DataFrame),
        (lambda rows: pa.table({"a": rows[:, 0], "b": rows[:, 1]}), pa.Table),
    ],
)
def test_results_come_in_the_library_of_the_rows(rows, done, make, kind):
    search = clone(done).fit(make(rows))
    assert type(search.results_) is kind
    table = search.results_
    columns = table.column_names if kind is pa.Table else list(table.columns)
    assert columns == list(done.results_)
    for name in ("n_components", "bic", "reason", "rank"):
        values = table[name].to_pylist() if kind is pa.Table else list(table[name])
        assert values == list(done.results_[name])


def test_without_pandas_results_are_a_dict_of_columns(rows, done, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    search = clone(done).fit(rows)
    assert type(search.results_) is dict
    assert search.results_["bic"] == list(done.results_["bic"])


def test_shapes_are_told_in_words(done):
    words = dict(zip(done.results_["covariance_type"], done.results_["words"], strict=True))
    assert words == {
        "full": "ellipsoidal, varying volume, shape and orientation",
        "tied": "ellipsoidal, equal volume, shape and orientation",
    }


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
def test_shapes_with_nothing_to_share_are_told_in_fewer_words(rows):
    shapes = ["full", "tied", "VEI", "spherical"]
    search = GaussianMixtureSearch([1, 2, 3], covariance_types=shapes, random_state=0).fit(rows)
    one = search.results_[search.results_["n_components"] == 1]
    assert list(one["words"]) == ["ellipsoidal", "ellipsoidal", "diagonal", "spherical"]
    column = GaussianMixtureSearch([1, 2, 3], random_state=0).fit(rows[:, :1])
    words = column.results_.groupby("covariance_type")["words"].agg(list)
    assert words["full"] == ["one variance", "varying variance", "varying variance"]
    assert words["tied"] == ["one variance", "equal variance", "equal variance"]


def test_ranks_put_the_sound_first_and_the_failed_last():
    rows = np.random.default_rng(1).normal(size=(100, 2))
    rows = np.concatenate([rows, np.tile([[9.0, 9.0]], (5, 1))])
    search = GaussianMixtureSearch([1, 2], covariance_types="full", random_state=0).fit(rows)
    table = search.results_.sort_values("rank")
    is_out = [bool(reason) for reason in table["reason"]]
    assert is_out == sorted(is_out)
    assert table["n_components"].iloc[0] == search.best_params_["n_components"]


def test_priors_are_an_axis_of_the_grid(rows):
    own = ConjugatePrior(shrinkage=0.5, dof=8.0)
    search = GaussianMixtureSearch([2, 3, 4], prior=[None, "default", own], **SMALL).fit(rows)
    table = search.results_
    assert list(table["prior"]) == [""] * 6 + ["default"] * 6 + ["shrinkage=0.5, dof=8.0"] * 6
    by_prior = table.pivot_table(
        index=["covariance_type", "n_components"], columns="prior", values="log_likelihood"
    )
    assert (by_prior[""] > by_prior["default"]).all()
    assert (by_prior["default"] != by_prior["shrinkage=0.5, dof=8.0"]).all()
    best = search.best_estimator_
    assert search.best_params_["prior"] == best.prior
    assert best.bic(rows) == pytest.approx(search.best_score_, rel=1e-10)


def test_one_prior_is_that_of_every_candidate(rows):
    search = GaussianMixtureSearch([1, 2, 3, 4], prior="default", **SMALL).fit(rows)
    assert set(search.results_["prior"]) == {"default"}
    assert search.best_params_["prior"] == "default"
    assert search.best_estimator_.prior == "default"
    again = clone(search.best_estimator_).fit(rows)
    assert again.log_likelihood_ == pytest.approx(search.best_estimator_.log_likelihood_, abs=1e-3)


def test_without_priors_there_is_no_column_of_them(done):
    assert "prior" not in done.results_
    assert "prior" not in done.best_params_


def test_a_prior_keeps_copies_from_degenerating():
    rows = np.random.default_rng(1).normal(size=(100, 2))
    rows = np.concatenate([rows, np.tile([[9.0, 9.0]], (5, 1))])
    search = GaussianMixtureSearch([1, 2], covariance_types="full", prior="default")
    with pytest.warns(SearchWarning):
        search.set_params(random_state=0).fit(rows)
    assert list(search.results_["reason"]) == ["", ""]
    assert search.best_params_["n_components"] == 2


def test_equal_proportions_are_equal_and_cost_nothing(rows, done):
    search = clone(done).set_params(equal_proportions=True).fit(rows)
    k = search.best_params_["n_components"]
    np.testing.assert_allclose(search.best_estimator_.weights_, 1.0 / k, rtol=1e-12)
    numbers = done.results_["n_components"]
    assert (search.results_["n_parameters"] == done.results_["n_parameters"] - numbers + 1).all()
    assert search.best_estimator_.bic(rows) == pytest.approx(search.best_score_, rel=1e-10)


def test_patience_gives_up_a_shape_and_lists_what_it_left_out(rows):
    everything = GaussianMixtureSearch(range(1, 8), **SMALL).fit(rows)
    search = clone(everything).set_params(patience=2).fit(rows)
    assert search.best_params_ == everything.best_params_
    assert search.best_score_ == pytest.approx(everything.best_score_, abs=1e-6)
    table = search.results_
    left = table[table["status"] == "skipped"]
    assert 0 < len(left) < len(table)
    assert np.isnan(left["bic"]).all()
    assert (left["n_parameters"] > 0).all()
    for name in TYPES:
        own = table[table["covariance_type"] == name]
        skipped = list(own["status"] == "skipped")
        assert skipped == sorted(skipped)
        fitted = own["bic"].dropna().to_numpy()
        best = int(np.argmin(fitted)) + 1
        assert len(fitted) == best + 2
        assert own["reason"].iloc[-1] == (
            f"Not tried (patience=2): BIC was worse than that of {best} component"
            f"{'s' * (best > 1)} 2 times running."
        )


def test_what_is_skipped_is_told_of_and_not_held_out(rows):
    seen = []
    search = GaussianMixtureSearch(range(1, 7), patience=1, cv=2, callback=seen.append, **SMALL)
    search.fit(rows)
    assert len(seen) == 12
    assert {c.status for c in seen} == {"converged", "skipped"}
    assert [np.isnan(v) for v in search.results_["cv"]] == [
        status == "skipped" for status in search.results_["status"]
    ]


def test_the_edge_of_the_range_is_warned_of_where_the_search_was_called(rows):
    with pytest.warns(SearchWarning, match=r"has 2 components, the largest .*up to 4") as caught:
        GaussianMixtureSearch([1, 2], **SMALL).fit(rows)
    assert caught[0].filename == __file__
    with pytest.warns(SearchWarning, match="has 5 components, the smallest .*from 1 to 5"):
        GaussianMixtureSearch([5, 9], **SMALL).fit(rows)
    for numbers in (2, [2, 3, 4], [3, 3]):
        GaussianMixtureSearch(numbers, **SMALL).fit(rows)


def few_rows():
    return np.random.default_rng(3).normal(size=(12, 4))


def test_an_infinite_criterion_is_refused():
    with pytest.raises(
        ValueError, match=r"AICc is infinite for every candidate: .*n = 12 .*p = 14"
    ):
        GaussianMixtureSearch([1], covariance_types="full", criterion="aicc").fit(few_rows())


def test_a_criterion_that_is_infinite_for_some_is_told_without_nan():
    search = GaussianMixtureSearch(
        [1, 2], covariance_types=["full", "tied_spherical"], criterion="aicc", random_state=0
    )
    summary = search.fit(few_rows()).summary()
    assert summary.sentence.startswith(
        "Best by AICc: 1 component, covariance tied_spherical (spherical)"
    )
    assert summary.best["behind"][0] == 0.0
    assert summary.best["behind"][-1] == float("inf")
    assert "nan" not in str(summary)


@pytest.mark.filterwarnings("ignore")
def test_as_many_parameters_as_the_rows_hold_numbers_are_warned_of():
    search = GaussianMixtureSearch([10, 11], covariance_types="EII", random_state=0)
    with pytest.warns(
        SearchWarning, match=r"has 5\d parameters, .*rows \(12\) hold.*criterion='cv'"
    ) as seen:
        search.fit(few_rows())
    assert __file__ in {warning.filename for warning in seen}


def test_weights_that_count_as_few_rows_are_warned_of(rows):
    search = GaussianMixtureSearch([1, 2, 3, 4], covariance_types="diag", random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(rows, sample_weight=np.full(150, 1 / 150))
        told = [str(warning.message) for warning in caught]
        assert any("sum to 1, which" in text and "Scale sample_weight" in text for text in told)
        caught.clear()
        search.fit(rows, sample_weight=np.full(150, 0.9))
    assert caught == []


@pytest.mark.filterwarnings("ignore")
def test_rows_without_a_value_are_not_taken_for_small_weights():
    rows = np.concatenate([few_rows(), np.full((20, 4), np.nan)])
    search = GaussianMixtureSearch([10, 11], covariance_types="EII", random_state=0)
    with pytest.warns(SearchWarning, match=r"has 5\d parameters, .*rows \(12\) hold"):
        search.fit(rows)


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
def test_several_hopeless_shapes_are_one_warning():
    search = GaussianMixtureSearch(
        1, covariance_types=["full", "EEV", "tied", "spherical"], random_state=0
    )
    X = np.random.default_rng(0).normal(size=(11, 12))
    with pytest.warns(DataWarning, match="3 of the shapes .*12: 'full', 'EEV', 'tied'") as seen:
        search.fit(X)
    assert sum(issubclass(warning.category, DataWarning) for warning in seen) == 1


def test_fewer_components_than_labels_are_refused_with_where_to_start(rows):
    labels = np.full(150, -1)
    labels[:3] = [0, 1, 2]
    with pytest.raises(ValueError, match=r"starts at 1\. Start n_components at 3"):
        GaussianMixtureSearch(range(1, 5)).fit(rows, labels=labels)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (range(3), r"range\(0, 3\) holds 0, .* at least 1 component: try range\(1, 3\)"),
        (range(4, -2, -2), r"holds 0, .*try range\(2, 6, 2\)"),
        (range(-2, 1), r"holds -2, .*try range\(1, 2\)"),
        (range(5, 2), r"n_components=range\(5, 2\) holds no number to try; .*try range\(2, 6\)"),
        (range(3, 3), r"holds no number to try; .*try range\(3, 4\)"),
        ([], r"n_components=\[\] holds no number to try; give one number or several"),
        ("3", r"'n_components' parameter .* must be an int or several. Got '3'"),
        ([0, 1], r"must be an int in the range \[1, inf\). Got 0"),
        ([1.5], r"Got 1\.5"),
        (151, r"n_components = 151, n_samples = 150.*largest possible is n_components = 150"),
    ],
)
def test_numbers_that_are_none_are_refused(rows, asked, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixtureSearch(asked).fit(rows)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"criterion": "bci"}, r"Unknown criterion 'bci'\. Did you mean 'bic'\? Known: .*'cv'"),
        ({"criterion": None}, "Unknown criterion None"),
        ({"covariance_types": ["full", "VVW"]}, r"'VVW'\. Did you mean 'VV.'\?"),
        ({"covariance_types": "ful"}, r"'ful'\. Did you mean 'full'\?"),
        ({"covariance_types": ["full", "E"]}, "'E'"),
        ({"covariance_types": []}, r"must be 'all' or some names. Got \[\]"),
        ({"covariance_types": 3}, "must be 'all' or some names. Got 3"),
        ({"prior": "strong"}, "'strong'"),
        ({"prior": []}, r"prior=\[\] holds none to try"),
        ({"patience": 0}, r"'patience' parameter .* must be an int in the range \[1, inf\)"),
        ({"patience": 2, "criterion": "cv"}, "but criterion='cv' is known only when all is fitted"),
        ({"equal_proportions": "yes"}, "'equal_proportions' .*must be True or False. Got 'yes'"),
        ({"callback": 3}, r"'callback' .*must be None or a callable. Got 3"),
        ({"progress": 1}, "'progress' .*must be True or False. Got 1"),
        ({"init_params": np.zeros(150)}, "an array fixes the number of components"),
        ({"tol": -1.0}, "'tol'"),
        ({"reg_covar": "x"}, "'reg_covar'"),
    ],
)
def test_options_that_are_none_are_refused(rows, given, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixtureSearch([1, 2], **given).fit(rows)


def test_where_all_fail_there_is_a_table_of_at_most_ten_reasons():
    rows = np.tile([[3.0, 1.0]], (20, 1))
    search = GaussianMixtureSearch(range(1, 7), reg_covar=0.0, **SMALL)
    with pytest.raises(ValueError, match="No candidate could be fitted") as caught:
        search.fit(rows)
    first, *lines = str(caught.value).splitlines()
    assert first == "No candidate could be fitted. Why each of them failed:"
    assert lines[0].startswith("  full, 1 component   Fitting the mixture model failed")
    assert [line.startswith(("  full", "  tied")) for line in lines[:10]] == [True] * 10
    assert lines[10] == "  and 2 more"
    assert lines[11].startswith("Try fewer components, simpler shapes")
    assert len(lines) == 12


def test_old_faithful_has_three_groups_of_one_shape():
    X = load_old_faithful().to_numpy()
    search = GaussianMixtureSearch(
        range(1, 7), covariance_types=["full", "tied", "diag"], random_state=0
    ).fit(X)
    assert search.best_params_ == {"n_components": 3, "covariance_type": "tied"}
    assert search.best_score_ == pytest.approx(2314.296, abs=5e-3)


def test_progress_goes_to_the_log_where_there_is_no_terminal(rows, caplog):
    clock = iter(range(0, 1000, 6))
    with (
        caplog.at_level(logging.INFO, logger="gaussmix"),
        shown_candidates(12, clock=lambda: next(clock)) as show,
    ):
        search = GaussianMixtureSearch([1, 2, 3, 4], callback=show, **SMALL).fit(rows)
    assert search.results_["rank"].min() == 1
    assert caplog.messages[0] == "fitted 2 of 12 candidates, last full, 2 components"
    assert len(caplog.messages) == 4


def test_progress_says_nothing_where_it_is_not_asked_to(rows, capsys):
    with shown_candidates(3, show=False) as show:
        assert show is None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SearchWarning)
        GaussianMixtureSearch([1, 2], progress=True, **SMALL).fit(rows)
    assert capsys.readouterr() == ("", "")


def test_the_spurious_five_of_old_faithful_are_listed_and_never_win():
    X = load_old_faithful().to_numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateFitWarning)
        spurious = GaussianMixture(
            5, covariance_type="diag", init_params="random_from_data", random_state=14, **FINE
        ).fit(X)
    three = GaussianMixture(3, covariance_type="tied", init_params="auto", random_state=0, **FINE)
    ends = {5: spurious, 3: three.fit(X)}

    def start(rows, n_components, rng):
        return ends[n_components].predict_proba(rows)

    search = GaussianMixtureSearch([3, 5], covariance_types=["tied", "diag"], init_params=start)
    with pytest.warns(SearchWarning, match="smallest"):
        search.set_params(random_state=0).fit(X)
    assert search.best_params_ == {"n_components": 3, "covariance_type": "tied"}
    table = search.results_.set_index(["covariance_type", "n_components"])
    five = table.loc[("diag", 5)]
    assert five["bic"] == pytest.approx(2312.0, abs=0.1)
    assert five["bic"] < search.best_score_
    assert five["status"] == "degenerate"
    assert "no spread of its own along column 1" in five["reason"]
    assert five["rank"] == 4
    assert (
        "1 of 4 candidates cannot win, being degenerate or failed; the one of best BIC among them "
        f"is diag, 5 components, BIC {five['bic']:.6g} (better than the winner's): Component"
    ) in str(search.summary())
