"""Rows without a class: how they are told, and what they add."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixtureClassifier
from gaussmix.errors import DataWarning
from gaussmix.estimators.class_joint import chances, fit_jointly, log_likelihood
from gaussmix.estimators.class_labels import Labels
from gaussmix.estimators.class_rows import Settings, Training
from gaussmix.execution import Team

X, y = load_iris(return_X_y=True)


def gaussians(**parameters):
    return GaussianMixtureClassifier(model="edda", random_state=0, **parameters)


def long_clouds(n_rows, rng):
    """Two clouds side by side, each far longer than wide."""
    label = np.arange(n_rows) % 2
    rows = rng.standard_normal((n_rows, 2)) * [8.0, 1.0]
    rows[:, 1] += 4.0 * label
    return rows, label


@pytest.mark.parametrize("model", ["edda", "mclustda"])
def test_rows_without_a_class_make_fewer_errors(model):
    rng = np.random.default_rng(0)
    before, after = [], []
    for _ in range(4):
        rows, label = long_clouds(400, rng)
        held_out, truth = long_clouds(1000, rng)
        partly = label.copy()
        partly[8:] = -1
        make = {"model": model, "covariance_types": ["tied", "full"], "n_components": 1}
        classifier = GaussianMixtureClassifier(**make, random_state=0)
        before.append(classifier.fit(rows[:8], label[:8]).score(held_out, truth))
        classifier.set_params(unlabelled=-1)
        after.append(classifier.fit(rows, partly).score(held_out, truth))
    assert np.mean(after) > 0.96
    assert 1.0 - np.mean(after) < 0.75 * (1.0 - np.mean(before))


@pytest.mark.parametrize(
    "partly",
    [
        np.where(np.arange(150) % 3 > 0, np.nan, y),
        np.where(np.arange(150) % 3 > 0, -1, y),
        np.where(np.arange(150) % 3 > 0, None, y),
        np.ma.masked_array(y, np.arange(150) % 3 > 0),
        pd.Series(np.where(np.arange(150) % 3 > 0, None, y)).astype("Int64"),
    ],
    ids=["nan", "-1", "None", "masked", "pandas NA"],
)
@pytest.mark.filterwarnings("ignore:The classes in y are -1, 0 and 1")
def test_rows_without_a_class_are_told_in_many_ways(partly):
    classifier = gaussians(covariance_types=["full"]).fit(X, partly)
    np.testing.assert_array_equal(classifier.classes_, [0, 1, 2])
    assert classifier.score(X, y) > 0.95


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        (pd.Series(y > 0).astype("boolean"), [False, True]),
        (pd.Series(y > 0).astype("boolean").mask(y == 1), [False, True]),
        (pd.Series(y > 0).astype("category"), [False, True]),
        (pd.Series(y).astype("Int64").mask(y == 1), [0, 2]),
        (pd.Series(y).astype("category"), [0, 1, 2]),
        (pd.Series(["a", "b", "c"])[y].astype("category").mask(y == 1), ["a", "c"]),
    ],
    ids=["boolean", "boolean NA", "category", "Int64 NA", "numbers", "text NA"],
)
def test_classes_of_pandas_own_types_keep_their_kind(label, classes):
    found = gaussians(covariance_types=["diag"]).fit(X, label).classes_.tolist()
    assert found == classes
    assert [type(one) for one in found] == [type(one) for one in classes]


def test_text_may_mark_rows_without_a_class():
    names = np.array(["a", "b", "c"])[y]
    classifier = gaussians(unlabelled="?").fit(X, np.where(np.arange(150) % 2, "?", names))
    assert classifier.classes_.tolist() == ["a", "b", "c"]


def test_minus_one_is_a_class_where_it_stands_beside_one_other():
    sign = np.where(y > 0, 1, -1)
    np.testing.assert_array_equal(gaussians().fit(X, sign).classes_, [-1, 1])


def test_minus_one_is_a_class_beside_others_below_zero():
    label = np.array([-2, -1, 3])[y]
    np.testing.assert_array_equal(gaussians().fit(X, label).classes_, [-2, -1, 3])


def test_minus_one_beside_zero_and_one_is_ambiguous():
    label = np.array([0, 1, -1])[y]
    with pytest.warns(DataWarning, match="The classes in y are -1, 0 and 1.*unlabelled=None"):
        classifier = gaussians().fit(X, label)
    np.testing.assert_array_equal(classifier.classes_, [0, 1])
    np.testing.assert_array_equal(gaussians(unlabelled=-1).fit(X, label).classes_, [0, 1])
    np.testing.assert_array_equal(gaussians(unlabelled=None).fit(X, label).classes_, [-1, 0, 1])


def test_a_marker_that_leaves_one_class_is_doubted():
    with pytest.warns(DataWarning, match="unlabelled=0 leaves a single class"):
        gaussians(unlabelled=0).fit(X[:100], y[:100])


def test_labelled_rows_stay_with_their_class():
    partly = np.where(np.arange(150) % 5 > 0, -1, y)
    labels = Labels(np.arange(3), partly)
    training = Training(X, labels, None, None, Settings(1e-6, 2000, 1e-6, None))
    classifier = GaussianMixtureClassifier(2, covariance_types=["diag"], random_state=0)
    learnt = classifier.fit(X, partly)._learnt
    found = chances(learnt, training, Team())
    known = partly >= 0
    np.testing.assert_array_equal(found[known], np.eye(3)[partly[known]])
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    np.testing.assert_allclose(learnt.shares, found.mean(axis=0), atol=1e-3)


def test_the_joint_likelihood_never_falls():
    partly = np.where(np.arange(150) % 5 > 0, -1, y)
    labels = Labels(np.arange(3), partly)
    few = GaussianMixtureClassifier(1, model="mclustda", covariance_types=["full"])
    start = few.fit(X[partly >= 0], y[partly >= 0])._learnt
    settings = [Settings(0.0, n, 1e-9, None) for n in (1, 2, 4, 8)]
    reached = []
    for each in settings:
        training = Training(X, labels, None, None, each)
        with pytest.warns(UserWarning, match="did not converge"):
            end = fit_jointly(start, training, Team())
        reached.append(log_likelihood(end, training, Team()))
        assert end.log_likelihood == pytest.approx(reached[-1])
    assert np.all(np.diff([log_likelihood(start, training, Team()), *reached]) > 0.0)


def test_gaps_and_missing_classes_go_together():
    rows = X.copy()
    rows[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    partly = np.where(np.arange(150) % 2, np.nan, y)
    for model in ("edda", "mclustda"):
        make = {"model": model, "n_components": 1, "covariance_types": ["full", "tied"]}
        classifier = GaussianMixtureClassifier(**make, random_state=0).fit(rows, partly)
        assert classifier.score(rows, y) > 0.9


def test_weights_of_rows_without_a_class_are_repetitions():
    partly = np.where(np.arange(150) % 2, np.nan, y)
    times = 1 + np.arange(150) % 3
    weighted = gaussians(covariance_types=["full"]).fit(X, partly, times)
    repeated = gaussians(covariance_types=["full"])
    repeated.fit(np.repeat(X, times, axis=0), np.repeat(partly, times))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-5, atol=1e-8
    )
