"""Filled gaps: against conditional Gaussians, hidden values, rivals, and laws of draws."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  makes the next import work
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.utils.estimator_checks import parametrize_with_checks

from gaussmix import GaussianMixture, GaussianMixtureImputer, GaussianMixtureSearch
from gaussmix.estimators.imputer_cells import CellFolds, pieces

pytestmark = [
    pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning"),
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning"),
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning"),
]


def simple(n_components=1, **parameters):
    """An imputer that has little to choose."""
    given = {"covariance_types": "full", "reg_covar": 1e-6, "random_state": 0} | parameters
    return GaussianMixtureImputer(n_components, **given)


def with_gaps(X, share, seed=0):
    gone = np.random.default_rng(seed).random(X.shape) < share
    return np.where(gone, np.nan, X), gone


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(1)
    mixing = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-0.5, 0.3, 0.8]])
    X = rng.normal(size=(150, 3)) @ mixing.T * [1.0, 10.0, 0.1] + [0.0, 50.0, 3.0]
    return with_gaps(X, 0.2)[0]


@pytest.fixture(scope="module")
def fitted(table):
    return simple().fit(table)


@pytest.fixture(scope="module")
def two_groups():
    """Two groups far apart: the second column tells nothing of the first one's sign."""
    rng = np.random.default_rng(2)
    sign = np.where(np.arange(200) < 120, 1.0, -1.0)
    return np.column_stack([5.0 * sign, np.zeros(200)]) + rng.normal(size=(200, 2))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([GaussianMixtureImputer(1, reg_covar=0.1)])
def test_estimator_checks(estimator, check):
    check(estimator)


def test_gaps_have_the_conditional_mean_of_one_gaussian(table, fitted):
    mean, covariance = fitted.mixture_.means[0], fitted.mixture_.covariances[0]
    filled = fitted.transform(table)
    deviations = fitted.standard_deviations(table)
    lower, upper = fitted.intervals(table, level=0.9)
    for row in np.flatnonzero(np.isnan(table).any(axis=1))[:20]:
        gap = np.isnan(table[row])
        slopes = covariance[np.ix_(gap, ~gap)] @ np.linalg.pinv(covariance[np.ix_(~gap, ~gap)])
        expected = mean[gap] + slopes @ (table[row, ~gap] - mean[~gap])
        rest = covariance[np.ix_(gap, gap)] - slopes @ covariance[np.ix_(~gap, gap)]
        std = fitted.spread_ * np.sqrt(np.diag(rest))
        np.testing.assert_allclose(filled[row, gap], expected, rtol=1e-9)
        np.testing.assert_allclose(deviations[row, gap], std, rtol=1e-9)
        np.testing.assert_allclose(upper[row, gap], expected + 1.6448536269514722 * std, rtol=1e-9)
        np.testing.assert_allclose(lower[row, gap], expected - 1.6448536269514722 * std, rtol=1e-9)


def test_the_fit_is_that_of_the_mixture(table, fitted):
    plain = GaussianMixture(1, tol=1e-6, max_iter=2000).fit(table)
    np.testing.assert_allclose(fitted.mixture_.means, plain.means_, rtol=1e-6)
    np.testing.assert_allclose(fitted.mixture_.covariances, plain.covariances_, rtol=1e-5)


def test_observed_values_stay_to_the_last_bit(table, fitted):
    odd = table.copy()
    odd[0] = [-0.0, np.nan, 5e-324]
    for dtype in (np.float64, np.float32):
        rows = odd.astype(dtype)
        filled = fitted.transform(rows)
        seen = ~np.isnan(rows)
        assert filled.dtype == dtype
        assert filled[seen].tobytes() == rows[seen].tobytes()
        assert np.isfinite(filled).all()
    lower, upper = fitted.intervals(odd)
    seen = ~np.isnan(odd)
    assert np.array_equal(lower[seen], odd[seen])
    assert np.array_equal(upper[seen], odd[seen])
    assert not fitted.standard_deviations(odd)[seen].any()


def test_complete_rows_come_back_as_a_copy(fitted):
    X = np.random.default_rng(3).normal(size=(5, 3))
    filled = fitted.transform(X)
    assert filled.tobytes() == X.tobytes()
    assert not np.shares_memory(filled, X)


def test_a_row_without_a_value_has_the_mixtures_mean_and_spread(two_groups):
    imputer = simple(2).fit(with_gaps(two_groups, 0.1)[0])
    nothing = np.full((1, 2), np.nan)
    np.testing.assert_allclose(imputer.transform(nothing)[0], imputer.mixture_.mean(), rtol=1e-9)
    spread = np.sqrt(np.diag(imputer.mixture_.covariance()))
    found = imputer.standard_deviations(nothing)[0]
    np.testing.assert_allclose(found, imputer.spread_ * spread, rtol=1e-9)


def test_the_mode_lies_in_a_group_where_the_mean_lies_between(two_groups):
    X = with_gaps(two_groups, 0.1)[0]
    asked = [[np.nan, 0.0]]
    mean = simple(2).fit(X).transform(asked)[0, 0]
    mode = simple(2, strategy="mode").fit(X).transform(asked)[0, 0]
    assert abs(mean) < 2.5
    assert abs(mode - 5.0) < 0.5


def test_draws_keep_spread_and_correlation():
    rng = np.random.default_rng(4)
    X = rng.multivariate_normal([0, 0, 0], [[1, 0.5, 0.5], [0.5, 1, 0.9], [0.5, 0.9, 1]], 400)
    imputer = simple().fit(with_gaps(X, 0.1)[0])
    asked = np.full((4000, 3), np.nan)
    asked[:, 0] = 1.0
    (drawn,) = imputer.impute_many(asked, 1, random_state=5)
    part = imputer.mixture_.condition({0: 1.0})
    wide = imputer.spread_**2 * part.covariance()
    np.testing.assert_allclose(np.cov(drawn[:, 1:].T), wide, rtol=0.08)
    np.testing.assert_allclose(drawn[:, 1:].mean(axis=0), part.mean(), atol=0.06)


def test_tables_differ_where_values_are_missing_and_nowhere_else(table, fitted):
    tables = np.array(fitted.impute_many(table, 3, random_state=0))
    gaps = np.isnan(table)
    assert np.ptp(tables, axis=0)[~gaps].max() == 0.0
    assert np.ptp(tables, axis=0)[gaps].min() > 0.0


def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(table):
    options = {"reg_covar": (0.01, 0.1), "covariance_types": ("full", "diag")}
    found = [simple((1, 2), n_jobs=n, **options).fit(table) for n in (1, 2)]
    first, second = (
        (x.transform(table).tobytes(), x.impute_many(table, 1, random_state=0)[0].tobytes())
        for x in found
    )
    assert first == second
    assert found[0].results_ == found[1].results_


def test_a_strategy_of_draws_repeats_itself(table):
    imputer = simple(strategy="draw").fit(table)
    assert imputer.transform(table).tobytes() == imputer.transform(table).tobytes()
    assert not np.array_equal(imputer.transform(table), simple().fit(table).transform(table))


def test_intervals_of_a_small_table_are_widened_until_they_hold():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(60, 10)) @ (np.eye(10) + 0.3 * rng.normal(size=(10, 10)))
    rows, gone = with_gaps(X, 0.25)
    imputer = simple(reg_covar=1e-3).fit(rows)
    lower, upper = imputer.intervals(rows)
    held = ((lower <= X) & (upper >= X))[gone].mean()
    narrow = imputer.transform(rows)
    reach = (upper - lower) / (2.0 * imputer.spread_)
    assert imputer.spread_ > 1.3
    assert (np.abs(X - narrow) <= reach)[gone].mean() < 0.85
    assert 0.86 < held < 0.97


@pytest.mark.filterwarnings("ignore:.IterativeImputer. Early stopping criterion not reached")
def test_wine_is_filled_better_than_by_rivals_and_by_one_gaussian():
    X = load_wine().data
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    rows, gone = with_gaps(X, 0.3)

    def error(imputer):
        return np.square(imputer.fit_transform(rows) - X)[gone].mean()

    options = {"covariance_types": "VEE", "reg_covar": 0.03}
    imputer = GaussianMixtureImputer((1, 3), random_state=0, **options)
    own = error(imputer)
    assert imputer.best_params_["n_components"] == 3
    one = GaussianMixture(1, tol=1e-6, max_iter=2000).fit(rows).mixture_
    filled = rows.copy()
    for some, columns, conditional in pieces(one, rows):
        filled[some[:, None], columns] = conditional.mean()
    assert own < np.square(filled - X)[gone].mean()
    assert own < error(IterativeImputer(random_state=0))
    assert own < error(KNNImputer())
    lower, upper = imputer.intervals(rows)
    assert 0.87 < ((lower <= X) & (upper >= X))[gone].mean() < 0.93


def test_more_components_than_there_are_groups_are_not_chosen(two_groups):
    imputer = simple(range(1, 4), covariance_types=("full", "tied"), reg_covar=0.01)
    correlated = two_groups + np.column_stack([np.zeros(200), 2.0 * two_groups[:, 0]])
    imputer.fit(with_gaps(correlated[:, :2], 0.2)[0])
    results = imputer.results_
    tried = set(zip(results["n_components"], results["covariance_type"], strict=True))
    assert (1, "tied") not in tried
    assert {(1, "full"), (2, "full"), (3, "full"), (2, "tied")} <= tried
    assert imputer.best_params_["n_components"] <= 2


def test_another_criterion_is_the_searchs(table):
    imputer = simple(range(1, 3), criterion="bic", covariance_types=("full", "diag")).fit(table)
    search = GaussianMixtureSearch(
        range(1, 3), covariance_types=("full", "diag"), init_params="kmeans", random_state=0
    ).fit(table)
    chosen = {name: imputer.best_params_[name] for name in search.best_params_}
    assert chosen == search.best_params_
    assert not imputer.results_["rmse"]


def test_rows_of_weight_zero_are_not_there(table):
    weight = np.ones(len(table))
    weight[:30] = 0.0
    weighted = simple().fit(table, sample_weight=weight)
    fewer = simple().fit(table[30:], sample_weight=weight[30:])
    assert weighted.transform(table).tobytes() == fewer.transform(table).tobytes()
    assert weighted.spread_ == fewer.spread_


def test_weights_count_rows(table):
    weight = np.where(np.arange(len(table)) < 50, 2.0, 1.0)
    twice = np.concatenate([table, table[:50]])
    weighted = simple().fit(table, sample_weight=weight)
    repeated = simple().fit(twice)
    found, expected = weighted.transform(table), repeated.transform(table)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_columns_without_values_go_or_stay(table):
    X = np.insert(table, 1, np.nan, axis=1)
    gone = simple().fit(X)
    assert gone.columns_.tolist() == [0, 2, 3]
    assert gone.transform(X).shape == table.shape
    kept = simple(keep_empty_features=True).fit(X)
    filled = kept.transform(X)
    assert not filled[:, 1].any()
    assert np.array_equal(filled[:, [0, 2, 3]], gone.transform(X))
    assert np.isnan(kept.standard_deviations(X)[:, 1]).all()
    assert np.isnan(np.array(kept.intervals(X))[:, :, 1]).all()
    now = X.copy()
    now[0, 1] = 7.0
    assert kept.transform(now)[0, 1] == 7.0


def test_names_and_indicators(table):
    X = np.insert(table, 1, np.nan, axis=1)
    X[:, 0] = np.arange(len(X))
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    imputer = simple(add_indicator=True).fit(frame)
    names = ["a", "c", "d", "missingindicator_b", "missingindicator_c", "missingindicator_d"]
    assert imputer.get_feature_names_out().tolist() == names
    assert imputer.mixture_.feature_names == ("a", "c", "d")
    filled = imputer.set_output(transform="pandas").transform(frame)
    assert filled.columns.tolist() == names
    assert np.array_equal(filled["missingindicator_c"], np.isnan(X[:, 2]))
    assert len(imputer.impute_many(frame, 2)[1].T) == len(names)
    assert isinstance(imputer.set_output(transform="polars").transform(frame), pl.DataFrame)


def test_a_fitted_imputer_pickles_and_a_clone_is_unfitted(table, fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert again.transform(table).tobytes() == fitted.transform(table).tobytes()
    assert not hasattr(clone(fitted), "mixture_")


def test_each_value_is_hidden_once_in_ten_folds_of_one_size(table):
    folds = CellFolds.deal(table, np.random.default_rng(0))
    hidden = np.array([folds.hidden(fold) for fold in range(10)])
    assert np.array_equal(hidden.sum(axis=0), ~np.isnan(table))
    assert np.ptp(hidden.sum(axis=(1, 2))) <= table.shape[1]
    assert np.array_equal(np.isnan(folds.without(3)), np.isnan(table) | folds.hidden(3))
