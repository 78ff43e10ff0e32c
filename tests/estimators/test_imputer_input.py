"""What the imputer and the pool refuse or warn of, and in which words."""

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixtureImputer, IntervalData, errors, pool_estimates

X = np.random.default_rng(0).normal(size=(40, 3))
X[::7, 1] = np.nan


def imputer(**parameters):
    given = {"covariance_types": "full", "reg_covar": 0.01, "random_state": 0} | parameters
    return GaussianMixtureImputer(given.pop("n_components", 1), **given)


def refused(call, *words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are read below
        call()
    for word in words:
        assert word in str(caught.value)


def test_unknown_words():
    refused(lambda: imputer(strategy="median").fit(X), "strategy 'median'", "'mean', 'mode'")
    refused(lambda: imputer(criterion="hiden").fit(X), "criterion 'hiden'", "'hidden'?")
    refused(lambda: imputer(add_indicator="yes").fit(X), "'add_indicator'", "True or False")


@pytest.mark.parametrize("value", [-0.1, np.inf, "0.1", [], [0.1, None]])
def test_strengths_that_are_none(value):
    refused(lambda: imputer(reg_covar=value).fit(X), "'reg_covar'", "Got", "0.001 to 0.1")


def test_a_table_of_gaps():
    refused(lambda: imputer().fit(np.full((4, 2), np.nan)), "all 4 x 2 cells are missing")


@pytest.mark.parametrize("rows", ["table.csv", lambda: iter([X]), IntervalData([1.0], [2.0])])
def test_rows_that_are_not_in_memory(rows):
    with pytest.raises(ValueError, match="array or a data frame in memory, got a") as caught:
        imputer().fit(rows)
    assert type(rows).__name__ in str(caught.value)
    assert "transform takes any rows" in str(caught.value)


def test_columns_without_values_are_named():
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(d=np.nan)
    with pytest.warns(errors.DataWarning, match=r"Skipping features without.*\['d'\]") as caught:
        imputer().fit(frame)
    assert "keep_empty_features=True" in str(caught[0].message)
    with pytest.warns(errors.DataWarning, match=r"observed values: \[1\]"):
        imputer().fit(np.insert(X, 1, np.nan, axis=1))


def test_too_few_cells_to_hide():
    with pytest.warns(errors.DataWarning, match=r"Only 12 cells can be hidden again, and 20"):
        small = imputer().fit(X[1:7, ::2])
    assert small.spread_ == 1.0


def test_a_choice_in_which_all_fail():
    def no_start(*_):
        raise ValueError("no start here")

    failing = imputer(init_params=no_start, n_components=(2, 3))
    refused(lambda: failing.fit(X), "No mixture could be fitted", "no start here")


def test_other_columns_levels_and_numbers():
    fitted = imputer().fit(X)
    refused(lambda: fitted.transform(X[:, :2]), "X has 2 features, but GaussianMixtureImputer")
    refused(lambda: fitted.intervals(X, level=90), "level", "between 0 and 1", "90")
    refused(lambda: fitted.impute_many(X, 0), "'n'", "[1, inf)", "0")


def test_pools_of_what_is_no_estimate():
    refused(lambda: pool_estimates([1.0], [0.1]), "at least 2 filled tables, got 1", "impute_many")
    refused(lambda: pool_estimates(1.0, 0.1), "got 0")
    refused(lambda: pool_estimates([1.0, 2.0], [0.1]), "of shape (2,)", "(1,)")
    refused(lambda: pool_estimates([1.0, 2.0], [0.1, -0.2]), "smallest variance of -0.2")
    pooled = pool_estimates([1.0, 2.0], [0.1, 0.2])
    refused(lambda: pooled.interval(0.0), "level", "0.0")


def test_pooled_estimates_by_hand():
    pooled = pool_estimates([[1.0, 5.0], [3.0, 5.0]], [[0.5, 0.25], [1.5, 0.25]])
    np.testing.assert_allclose(pooled.estimate, [2.0, 5.0])
    # Within 1, between 2, so 1 + 1.5 * 2 = 4, of which three quarters are due to gaps.
    np.testing.assert_allclose(pooled.std_error, [2.0, 0.5])
    np.testing.assert_allclose(pooled.share_missing, [0.75, 0.0])
    np.testing.assert_allclose(pooled.degrees_of_freedom, [16.0 / 9.0, np.inf])
    lower, upper = pooled.interval(0.95)
    np.testing.assert_allclose(upper[1] - lower[1], 2 * 1.959963984540054 * 0.5)
    assert upper[0] - lower[0] > 2 * 1.96 * 2.0
