"""What is said of wrong priors and of proportions that cannot be equal."""

import re

import numpy as np
import pytest

from gaussmix import ConjugatePrior, GaussianMixture

X = np.random.default_rng(0).normal(size=(40, 3))


@pytest.mark.parametrize(
    ("part", "value", "needed"),
    [
        ("mean", "x", "one finite number for each column"),
        ("mean", [[1.0]], "one finite number for each column"),
        ("mean", [np.nan, 1.0], "one finite number for each column"),
        ("shrinkage", -0.5, "a finite number, 0 or more. Got -0.5"),
        ("shrinkage", "much", "a finite number, 0 or more. Got 'much'"),
        ("dof", 0, "above the number of columns less one"),
        ("dof", np.inf, "above the number of columns less one"),
        ("scale", 0.0, "a number above 0, or a symmetric positive definite matrix"),
        ("scale", [1.0, 2.0], "symmetric positive definite"),
        ("scale", [[1.0, 2.0], [2.0, 1.0]], "symmetric positive definite"),
        ("scale", [[1.0, 0.5], [0.0, 1.0]], "symmetric positive definite"),
        ("scale", [[1.0, 0.5]], "symmetric positive definite"),
    ],
)
def test_a_wrong_part_of_a_prior_is_named_with_its_value(part, value, needed):
    with pytest.raises(ValueError, match=f"'{part}' parameter of ConjugatePrior") as caught:
        ConjugatePrior(**{part: value})
    assert needed in str(caught.value)


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        (ConjugatePrior(mean=[1.0, 2.0]), ["mean has shape (2,)", "have 3 columns", "(3,)"]),
        (ConjugatePrior(scale=np.eye(2)), ["scale has shape (2, 2)", "have 3 columns", "(3, 3)"]),
        (ConjugatePrior(dof=2), ["'dof'", "above 2, the number of columns less one", "None for 5"]),
    ],
)
def test_a_prior_of_other_columns_is_refused(prior, words):
    with pytest.raises(ValueError, match=r"prior|Prior") as caught:
        GaussianMixture(2, prior=prior).fit(X)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("prior", ["mclust", 0.01, {"scale": 1.0}])
def test_what_is_no_prior_is_refused_with_what_is_one(prior):
    sentence = re.escape(f"prior={prior!r} is no prior. Give None, 'default'")
    with pytest.raises(ValueError, match=sentence):
        GaussianMixture(2, prior=prior).fit(X)


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"weights_init": [0.4, 0.6]}, "weights_init"),
        ({"fixed": {"weights": [False, False]}}, "fixed"),
    ],
)
def test_given_and_equal_proportions_contradict_each_other(given, parameter):
    gm = GaussianMixture(2, equal_proportions=True, **given)
    with pytest.raises(ValueError, match=f"but {parameter} gives them. Leave {parameter} out"):
        gm.fit(X)


def test_equal_proportions_are_wanted_or_not():
    with pytest.raises(ValueError, match="'equal_proportions' parameter of GaussianMixture"):
        GaussianMixture(2, equal_proportions="yes").fit(X)


def test_factors_have_no_prior():
    gm = GaussianMixture(2, covariance_type="factor", prior="default")
    with pytest.raises(ValueError, match="There is no conjugate prior for") as caught:
        gm.fit(X)
    assert "covariance_type='factor" in str(caught.value)
    assert "Leave prior out" in str(caught.value)
