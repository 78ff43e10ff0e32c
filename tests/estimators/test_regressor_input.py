"""What the regressor refuses, and in which words."""

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixtureRegressor, errors

X, noise = np.split(np.random.default_rng(0).normal(size=(30, 3)), [2], axis=1)
y = X.sum(axis=1) + noise[:, 0]


def regressor(**parameters):
    return GaussianMixtureRegressor(1, covariance_types="full", criterion="bic", **parameters)


@pytest.fixture(scope="module")
def fitted():
    return regressor().fit(X, y)


def refused(call, *words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are read below
        call()
    for word in words:
        assert word in str(caught.value)


def test_no_target():
    refused(
        lambda: regressor().fit(X, None),
        "GaussianMixtureRegressor estimator requires y to be passed, but the target y is None",
        "Give fit(X, y)",
    )


def test_a_missing_target_names_the_row_and_says_what_to_try():
    gappy = y.copy()
    gappy[[3, 8]] = np.nan
    refused(
        lambda: regressor().fit(X, gappy),
        "Input y contains NaN",
        "The target of row 3 is missing; 2 of 30 rows lack one",
        "Drop such rows",
        'missing_targets="use"',
    )
    table = pd.DataFrame({"u": y, "v": gappy})
    refused(lambda: regressor().fit(X, table), "The target 'v' of row 3")
    two = np.column_stack([y, gappy])
    refused(lambda: regressor().fit(X, two), "The target 1 of row 3")


def test_a_missing_target_of_a_row_that_does_not_count_is_no_matter():
    gappy = y.copy()
    gappy[3] = np.nan
    model = regressor().fit(X, gappy, sample_weight=np.arange(30) != 3)
    alone = regressor().fit(np.delete(X, 3, axis=0), np.delete(y, 3))
    np.testing.assert_allclose(model.predict(X), alone.predict(X), atol=1e-8)


def test_a_target_that_is_never_seen():
    two = np.column_stack([y, np.full(30, np.nan)])
    refused(
        lambda: regressor(missing_targets="use").fit(X, two),
        "The target 1 is missing in every row that counts",
        "Leave it out",
    )


def test_an_infinite_target():
    wrong = y.copy()
    wrong[5] = -np.inf
    refused(
        lambda: regressor().fit(X, wrong), "target of row 5 is -inf", "must be finite", "Remove"
    )


def test_text_for_a_target():
    refused(
        lambda: regressor().fit(X, ["a"] * 30),
        "Every target must be a number, but row 0 has 'a' (str)",
        "GaussianMixtureClassifier",
    )
    refused(lambda: regressor().fit(X, pd.DataFrame({"u": ["a"] * 30})), "column 'u' holds text")


def test_other_numbers_of_targets(fitted):
    refused(lambda: regressor().fit(X, y[:-1]), "X has 30 rows and y has 29", "same table")
    refused(lambda: regressor().fit(X, np.zeros((30, 1, 1))), "shape (30, 1, 1)", "Give one number")
    refused(lambda: regressor().fit(X, np.zeros((30, 0))), "y should be a 1d array", "(30, 0)")
    refused(
        lambda: fitted.log_density(X, np.column_stack([y, y])),
        "y has 2 columns, but 1 target was fitted",
        "Give the same targets",
    )
    assert "1 column, but 2 targets were" in str(errors.target_columns(1, 2))


def test_a_density_of_no_target(fitted):
    gappy = y.copy()
    gappy[3] = np.nan
    refused(
        lambda: fitted.log_density(X, gappy),
        "The target of row 3 is missing, so log_density has nothing to say",
        "Drop the row",
    )


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5, "0.9"])
def test_levels_that_are_none(fitted, level):
    refused(lambda: fitted.predict_interval(X, level), "Expected level to be a probability", "0.9")


def test_quantiles_that_are_none(fitted):
    refused(lambda: fitted.predict_quantiles(X, 1.2), "Expected q to be a probability", "1.2")
    refused(lambda: fitted.predict_quantiles(X, [0.5, -0.1]), "from 0 to 1", "-0.1")


def test_parameters_and_columns_that_are_none(fitted):
    refused(lambda: regressor(missing_targets="drop").fit(X, y), "Unknown missing_targets 'drop'")
    refused(lambda: GaussianMixtureRegressor(criterion="r2").fit(X, y), "Unknown criterion 'r2'")
    refused(lambda: fitted.predict(X[:, :1]), "X has 1 features", "expecting 2")
    refused(lambda: fitted.sample_targets(X, 0), "0")


def test_targets_with_a_name_twice_are_refused_by_that_name():
    X = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.raises(ValueError, match="'y' stands more than once"):
        GaussianMixtureRegressor(1).fit(X, pd.DataFrame(X, columns=["y", "y"]))


@pytest.mark.parametrize("n_components", [0, -1, "many", 2.5])
def test_a_wrong_number_of_components_is_the_regressors_own(n_components):
    X = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(ValueError, match="'n_components' parameter of GaussianMixtureRegressor"):
        GaussianMixtureRegressor(n_components, criterion="bic").fit(X, X[:, 0])
