"""`GaussianMixtureSearch`: what it tries, what wins, what it keeps."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from gaussmix import GaussianMixture, GaussianMixtureSearch
from gaussmix.covariance import everyday_names
from gaussmix.errors import DataWarning, DegenerateFitWarning

# Few numbers are tried here, and the best is often the last: that is told in another file.
pytestmark = pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")

TYPES = ["full", "tied", "diag", "tied_diag", "spherical", "tied_spherical"]
CODE_OF = dict(zip(TYPES, ["VVV", "EEE", "VVI", "EEI", "VII", "EII"], strict=True))
CRITERIA = ("bic", "aic", "aicc", "icl")
COLUMNS = [
    "n_components",
    "covariance_type",
    "words",
    "log_likelihood",
    "n_parameters",
    *CRITERIA,
    "status",
    "reason",
    "rank",
]


@pytest.fixture(scope="module")
def rows(make_clusters):
    return make_clusters(seed=2, n_rows=150, apart=4.0)


@pytest.fixture(scope="module")
def done(rows):
    search = GaussianMixtureSearch(range(1, 5), covariance_types=TYPES[:3], random_state=0)
    return search.fit(rows)


def test_results_have_a_row_for_every_candidate(done):
    results = done.results_
    assert list(results) == COLUMNS
    assert results.shape == (12, len(COLUMNS))
    cells = list(zip(results["covariance_type"], results["n_components"], strict=True))
    assert sorted(cells) == sorted((name, k) for name in TYPES[:3] for k in range(1, 5))


def test_criteria_of_the_results_are_those_of_the_formulas(done, rows):
    for i in range(12):
        total, p = done.results_["log_likelihood"][i], done.results_["n_parameters"][i]
        aic = -2 * total + 2 * p
        assert done.results_["aic"][i] == pytest.approx(aic)
        assert done.results_["bic"][i] == pytest.approx(-2 * total + p * np.log(150))
        assert done.results_["aicc"][i] == pytest.approx(aic + 2 * p * (p + 1) / (150 - p - 1))
        assert done.results_["icl"][i] >= done.results_["bic"][i] - 1e-9


def test_the_best_is_the_lowest_of_the_sound_ones(done):
    sound = [not reason for reason in done.results_["reason"]]
    lowest = min(b for b, ok in zip(done.results_["bic"], sound, strict=True) if ok)
    assert done.best_score_ == lowest
    i = list(done.results_["bic"]).index(lowest)
    assert done.results_["rank"][i] == 1
    assert sorted(done.results_["rank"]) == list(range(1, 13))
    assert done.best_params_ == {
        "n_components": done.results_["n_components"][i],
        "covariance_type": done.results_["covariance_type"][i],
    }
    assert done.best_params_["n_components"] == 3


def test_the_best_estimator_is_a_fitted_mixture(done, rows):
    best = done.best_estimator_
    assert type(best) is GaussianMixture
    assert best.n_components == done.best_params_["n_components"]
    assert best.covariance_type == done.best_params_["covariance_type"]
    assert best.bic(rows) == pytest.approx(done.best_score_, rel=1e-10)
    assert best.lower_bound_ == pytest.approx(best.score(rows), abs=1e-12)
    assert (np.diff(best.weights_) <= 0).all()
    assert best.converged_
    assert (best.tol, best.max_iter) == (1e-6, 2000)
    for ask in ("predict", "predict_proba", "score_samples"):
        np.testing.assert_array_equal(getattr(done, ask)(rows), getattr(best, ask)(rows))
    assert done.score(rows) == best.score(rows)
    assert done.n_features_in_ == best.n_features_in_ == 2


def test_the_best_can_be_fitted_again(done, rows):
    again = GaussianMixture(
        **done.best_params_, init_params="auto", tol=1e-6, max_iter=2000, random_state=0
    ).fit(rows)
    assert again.log_likelihood_ >= done.best_estimator_.log_likelihood_ - 1e-3
    once_more = clone(done.best_estimator_).fit(rows)
    assert once_more.log_likelihood_ >= done.best_estimator_.log_likelihood_ - 1e-3


def test_the_same_seed_gives_the_same_search(done, rows):
    again = clone(done).fit(rows)
    pd.testing.assert_frame_equal(again.results_, done.results_, check_exact=True)
    np.testing.assert_array_equal(again.best_estimator_.means_, done.best_estimator_.means_)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_every_criterion_can_decide(rows, criterion):
    search = GaussianMixtureSearch(
        [1, 2, 3], covariance_types=["diag", "spherical"], criterion=criterion, random_state=0
    ).fit(rows)
    column = search.results_[criterion]
    assert search.best_score_ == min(column)
    assert getattr(search.best_estimator_, criterion)(rows) == pytest.approx(
        search.best_score_, rel=1e-8
    )


@pytest.mark.parametrize(
    ("asked", "tried"),
    [
        (2, [2]),
        (np.int64(2), [2]),
        ([3, 1], [1, 3]),
        ((2, 2, 1), [1, 2]),
        (range(1, 3), [1, 2]),
        (np.array([1, 2]), [1, 2]),
        ({1, 2}, [1, 2]),
    ],
)
def test_numbers_of_components(rows, asked, tried):
    search = GaussianMixtureSearch(asked, covariance_types="tied_diag", random_state=0).fit(rows)
    assert list(search.results_["n_components"]) == tried


def test_none_is_one_to_nine_or_as_many_as_there_are_rows(rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GaussianMixtureSearch(covariance_types="tied_spherical", random_state=0).fit(rows)
        assert list(search.results_["n_components"]) == list(range(1, 10))
        few = GaussianMixtureSearch(covariance_types="tied_spherical", random_state=0).fit(rows[:4])
    assert list(few.results_["n_components"]) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("asked", "tried"),
    [
        ("all", everyday_names()),
        ("diag", ["diag"]),
        ("VVI", ["diag"]),
        (["EEE", "tied", "spherical"], ["tied", "spherical"]),
        (("EII", "VII"), ["tied_spherical", "spherical"]),
    ],
)
def test_shapes(rows, asked, tried):
    search = GaussianMixtureSearch(1, covariance_types=asked, random_state=0).fit(rows)
    assert list(search.results_["covariance_type"]) == tried


def test_one_component_of_every_shape_by_hand(rows):
    search = GaussianMixtureSearch(1, reg_covar=0, random_state=0).fit(rows)
    S = np.cov(rows.T, bias=True)
    sphere = np.trace(S) / 2
    diagonal = np.log(np.diagonal(S)).sum()
    dets = {"II": 2 * np.log(sphere), "EI": diagonal, "VI": diagonal}
    assert len(search.results_) == 14
    for name, found in zip(
        search.results_["covariance_type"], search.results_["log_likelihood"], strict=True
    ):
        log_det = dets.get(CODE_OF.get(name, name)[1:], np.linalg.slogdet(S)[1])
        expected = -75 * (2 * np.log(2 * np.pi) + log_det + 2)
        assert found == pytest.approx(expected, rel=1e-10)


def with_copies():
    rows = np.random.default_rng(1).normal(size=(100, 2))
    return np.concatenate([rows, np.tile([[9.0, 9.0]], (5, 1))])


def test_a_degenerate_fit_never_wins():
    search = GaussianMixtureSearch([1, 2], covariance_types="full", random_state=0)
    search.fit(with_copies())
    assert search.results_["bic"][1] < search.results_["bic"][0]
    assert search.best_params_["n_components"] == 1
    assert search.results_["status"][1] == "degenerate"
    assert "are copies of each other" in search.results_["reason"][1]
    assert search.results_["reason"][0] == ""


def test_where_all_are_degenerate_the_lowest_is_kept_with_a_warning():
    rows = np.repeat([[0.0, 0.0], [5.0, 1.0]], 10, axis=0)
    search = GaussianMixtureSearch([2, 3], covariance_types=["full", "diag"], random_state=0)
    with pytest.warns(DegenerateFitWarning, match="The fit is degenerate") as caught:
        search.fit(rows)
    assert caught[0].filename == __file__
    assert all(search.results_["reason"])
    assert search.best_score_ == min(search.results_["bic"])
    assert "Every candidate is degenerate" in str(search.summary())


def test_without_a_penalty_failures_are_rows_with_a_reason():
    search = GaussianMixtureSearch([1, 2], covariance_types="full", reg_covar=0, random_state=0)
    search.fit(with_copies())
    assert list(search.results_["n_components"]) == [1, 2]
    failed = list(search.results_["status"]).index("failed")
    assert failed == 1
    assert "ill-defined empirical covariance" in search.results_["reason"][1]
    assert np.isnan(search.results_["bic"][1])
    assert np.isnan(search.results_["log_likelihood"][1])
    assert list(search.results_["n_parameters"]) == [5, 11]
    assert search.best_params_["n_components"] == 1


def test_the_winner_that_did_not_converge_is_told_of_where_the_search_was_called(rows):
    search = GaussianMixtureSearch(3, covariance_types="full", max_iter=2, random_state=0)
    with pytest.warns(ConvergenceWarning, match="did not converge") as caught:
        search.fit(rows)
    assert caught[0].filename == __file__


def test_hopeless_shapes_are_announced_where_the_search_was_called():
    rows = np.random.default_rng(0).normal(size=(12, 8))
    search = GaussianMixtureSearch(2, covariance_types=["full", "tied_spherical"], random_state=0)
    with pytest.warns(DataWarning, match="covariance_type='full' with 8 columns") as caught:
        search.fit(rows)
    assert caught[0].filename == __file__
    assert search.best_params_["covariance_type"] == "tied_spherical"


def test_where_every_candidate_fails_the_first_reason_is_told():
    rows = np.tile([[3.0, 1.0]], (20, 1))
    search = GaussianMixtureSearch([1, 2], covariance_types="full", reg_covar=0, random_state=0)
    with pytest.raises(ValueError, match=r"(?s)No candidate could be fitted.*ill-defined"):
        search.fit(rows)


def test_a_constant_column_is_told_of_but_rules_nobody_out():
    rows = np.column_stack([np.random.default_rng(0).normal(size=60), np.full(60, 2.0)])
    search = GaussianMixtureSearch([1, 2], covariance_types="diag", random_state=0)
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        search.fit(rows)
    assert search.best_params_["n_components"] == 1
    assert "constant" in str(search.best_estimator_.fit_report_)


def test_the_callback_hears_of_each_candidate(rows):
    seen = []
    search = GaussianMixtureSearch(
        [1, 2], covariance_types=["diag", "tied"], callback=seen.append, random_state=0
    ).fit(rows)
    assert [c.n_components for c in seen] == list(search.results_["n_components"])
    assert [c.covariance_type for c in seen] == list(search.results_["covariance_type"])
    # The winner is run on afterwards, which cannot raise its criterion.
    told = np.array([c.criteria.bic for c in seen])
    assert (told >= np.array(search.results_["bic"]) - 1e-6).all()
    np.testing.assert_allclose(told, search.results_["bic"], atol=0.1)


def test_weights_count_in_the_criteria(rows):
    weight = 1.0 + np.arange(150) % 3
    search = GaussianMixtureSearch(2, covariance_types="diag", random_state=0)
    search.fit(rows, sample_weight=weight)
    total, p = search.results_["log_likelihood"][0], search.results_["n_parameters"][0]
    assert search.best_score_ == pytest.approx(-2 * total + p * np.log(weight.sum()))
    best = search.best_estimator_
    assert best.bic(rows, sample_weight=weight) == pytest.approx(search.best_score_, rel=1e-10)
    assert best.icl(rows, sample_weight=weight) == pytest.approx(search.results_["icl"][0])


def test_names_are_kept(rows):
    frame = pd.DataFrame(rows, columns=["a", "b"])
    search = GaussianMixtureSearch([1, 2], covariance_types="diag", random_state=0).fit(frame)
    assert list(search.best_estimator_.feature_names_in_) == ["a", "b"]
    assert search.best_estimator_.mixture_.feature_names == ("a", "b")
    with pytest.raises(ValueError, match="feature names should match"):
        search.predict(frame[["b", "a"]])


@pytest.mark.parametrize("start", ["kmeans", "k-means++", "random_from_data"])
def test_other_starts(rows, start):
    search = GaussianMixtureSearch(
        [2, 3], covariance_types="tied", init_params=start, n_init=2, random_state=0
    ).fit(rows)
    assert search.best_estimator_.init_params == start
    assert search.best_estimator_.fit_report_.n_starts == 2


def test_nothing_is_answered_before_the_fit(rows):
    search = GaussianMixtureSearch()
    for ask in (search.predict, search.predict_proba, search.score, search.score_samples):
        with pytest.raises(NotFittedError):
            ask(rows)
    with pytest.raises(NotFittedError):
        search.summary()


def test_a_second_fit_forgets_the_first(rows):
    search = GaussianMixtureSearch([1, 2], covariance_types="diag", random_state=0)
    first = search.fit(rows).results_
    search.fit(rows[:, :1])
    assert not search.results_.equals(first)
    assert search.best_estimator_.n_features_in_ == 1
    pd.testing.assert_frame_equal(search.fit(rows).results_, first)
