"""What a classifier refuses, and what it says."""

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixtureClassifier, errors
from gaussmix.errors import DataWarning

X, y = load_iris(return_X_y=True)


def fit(label=y, rows=X, **parameters):
    given = {"model": "edda", "covariance_types": ["tied"]} | parameters
    return GaussianMixtureClassifier(**given).fit(rows, label)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"model": "lda"}, "Unknown model 'lda'"),
        ({"criterion": "aic"}, "Unknown criterion 'aic'"),
        ({"reject_below": 1.5}, "Expected reject_below to be a probability"),
        ({"reject_below": 0.1, "reject_label": 2}, "answered with 2, which is a class of y"),
        ({"priors": [0.5, 0.5]}, r"one probability .* classes 0, 1, 2, summing to one; got \[0.5"),
        ({"priors": [0.5, 0.6, 0.5]}, "summing to one; got"),
        ({"priors": [-0.5, 0.5, 1.0]}, "of at least zero"),
        ({"priors": "even"}, "priors must be None, 'equal', or one probability"),
        ({"priors": {0: 0.5, 1: 0.5}}, "priors has no entry for class 2"),
        ({"priors": {0: 0.5, 1: 0.2, 2: 0.2, 3: 0.1}}, "priors names 3, which is no class of y"),
        ({"n_components": {0: 1, 1: 1}}, "n_components has no entry for class 2"),
        ({"n_components": {"a": 1}}, "n_components names 'a', .* The classes are 0, 1, 2"),
        ({"n_components": 2}, "model='edda' has one Gaussian for each class, but n_components=2"),
        ({"n_components": 0}, "n_components"),
        ({"covariance_types": ["round"]}, "round"),
        ({"tol": -1.0}, "tol"),
        ({"max_iter": -1}, "max_iter"),
        ({"init_params": np.zeros(150, int)}, "every class has rows of its own"),
        ({"n_jobs": 0}, "n_jobs"),
    ],
)
def test_parameters_out_of_range_are_named(parameters, said):
    with pytest.raises(ValueError, match=said):
        fit(**parameters)


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (None, "requires y to be passed, but the target y is None"),
        (np.full(150, np.nan), "None of the 150 rows of y that count has a class"),
        (np.where(y == 0, np.inf, y), "Input y contains infinity, in row 0"),
        (np.array(["a", 1, 2], dtype=object)[y], "several types: number, str"),
        (X[:, 0], "Unknown label type"),
        (y[:100], "inconsistent numbers of samples"),
    ],
)
def test_classes_that_are_none_are_refused(label, said):
    with pytest.raises(ValueError, match=said):
        fit(label)


def test_rows_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="text"):
        fit(rows=np.where(np.isnan(X), "", "long"))


def test_held_out_rows_need_two_of_each_class():
    with pytest.raises(ValueError, match="class 2 has 1 labelled row"):
        fit(y[:101], X[:101], criterion="cv")


def test_more_components_than_rows_are_said_of_the_class():
    with pytest.warns(DataWarning, match="Class 1 .* fewer rows than the 30 components asked for"):
        classifier = fit(y[:75], X[:75], model="mclustda", n_components={0: 1, 1: 30})
    assert classifier.mixtures_[1].n_components == 1


def test_warnings_of_a_search_name_the_class():
    label = np.array(["a", "b", "c"])[y]
    with pytest.warns(errors.SearchWarning, match="Class 'b': The best has 2 components"):
        fit(
            np.where(y == 2, "b", label),
            model="mclustda",
            n_components={"a": 1, "b": [1, 2]},
            covariance_types=["diag"],
        )


def test_nothing_to_fit_is_an_error_with_reasons():
    rows = np.array([[0.0, 1.0], [0.0, 1.0], [2.0, 5.0], [2.0, 5.0]])
    with pytest.raises(ValueError, match=r"No shape could be fitted to the classes: .*tied"):
        fit([0, 0, 1, 1], rows, reg_covar=0.0)


def test_messages_say_what_to_do():
    assert "Collect more rows" in errors.few_rows_of_class("a", 2, 5, "the shape 'tied'")
    text = errors.unsound_class("a", 9, 5, "every start collapsed.", "the shape 'tied'")
    assert "Class 'a' (9 rows, 5 columns)" in text
    assert "describes rounding" in errors.narrow_component()
    assert "shows no orientation" in errors.orientation_of_few_rows(2)
    assert "Collect more rows of each class" in errors.no_sound_shape("Component 0 is flat.")


@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (np.zeros(150), "All of the 150 weights in sample_weight are 0"),
        (np.full(150, -1.0), "Row 0 has weight -1"),
        (np.ones(3), "sample_weight"),
    ],
)
def test_weights_that_score_cannot_use_are_named(weight, said):
    with pytest.raises(ValueError, match=said):
        fit().score(X, y, sample_weight=weight)
