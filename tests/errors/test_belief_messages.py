"""What is said of wrong priors of a `BayesianGaussianMixture`."""

import re

import numpy as np
import pytest

from gaussmix import BayesianGaussianMixture, GaussianMixture

X = np.random.default_rng(0).normal(size=(40, 3))


def refused(**parameters):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the text is what is tested
        BayesianGaussianMixture(2, **parameters).fit(X)
    return str(caught.value)


@pytest.mark.parametrize("parameter", ["weight_concentration_prior", "mean_precision_prior"])
@pytest.mark.parametrize("value", [0.0, -1.5, np.nan, np.inf, "much", True])
def test_concentrations_and_mean_precisions_are_above_zero(parameter, value):
    text = refused(**{parameter: value})
    assert text.startswith(f"The {parameter!r} parameter of BayesianGaussianMixture must be")
    assert "in the range (0.0, inf)" in text
    assert f"Got {value!r} instead" in text
    assert "or None for 1" in text


@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical", "EEI", "EII"])
@pytest.mark.parametrize("value", [2.0, 1, -3.0])
def test_degrees_of_freedom_open_with_the_sentence_of_scikit_learn(name, value):
    text = refused(degrees_of_freedom_prior=value, covariance_type=name)
    sentence = (
        "The parameter 'degrees_of_freedom_prior' should be greater than 2, "
        f"but got {float(value):.3f}."
    )
    assert text.startswith(sentence)
    assert "Try 5, or None for scikit-learn's 3" in text


@pytest.mark.parametrize("value", [np.inf, np.nan, "three", True])
def test_degrees_of_freedom_are_a_finite_number(value):
    text = refused(degrees_of_freedom_prior=value)
    assert f"degrees_of_freedom_prior should hold finite numbers, but got {value!r}" in text


@pytest.mark.parametrize("value", [[1.0, 2.0], [[1.0, 2.0, 3.0]], 4.0])
def test_a_prior_mean_has_a_value_for_each_column(value):
    text = refused(mean_prior=value)
    shape = np.shape(value)
    assert text.startswith(f"The parameter 'means' should have the shape of (3,), but got {shape}")
    assert "one value for each column" in text


@pytest.mark.parametrize("parameter", ["mean_prior", "covariance_prior"])
@pytest.mark.parametrize("value", [[1.0, np.nan, 2.0], [1.0, np.inf, 2.0], ["a", "b", "c"]])
def test_arrays_of_a_prior_are_finite(parameter, value):
    text = refused(**{parameter: value})
    assert text.startswith(f"{parameter} should hold finite numbers, but got {value!r}")
    assert "Give None" in text


@pytest.mark.parametrize(
    ("name", "value", "shape", "what"),
    [
        ("full", 2.0, "(3, 3)", "a covariance matrix of the columns"),
        ("tied", np.eye(2), "(3, 3)", "a covariance matrix of the columns"),
        ("VVV", np.ones(3), "(3, 3)", "a covariance matrix of the columns"),
        ("diag", np.eye(3), "(3,)", "a variance for each column"),
        ("tied_diag", 1.0, "(3,)", "a variance for each column"),
        ("spherical", np.ones(3), "()", "one number, a variance"),
        ("tied_spherical", np.eye(3), "()", "one number, a variance"),
    ],
)
def test_a_prior_covariance_is_laid_out_as_the_family_is(name, value, shape, what):
    text = refused(covariance_type=name, covariance_prior=value)
    assert text.startswith(
        f"The parameter '{name} covariance_prior' should have the shape of {shape}, "
        f"but got {np.shape(value)}"
    )
    assert what in text


@pytest.mark.parametrize(
    ("name", "value", "smallest"),
    [
        ("full", [[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]], "-1."),
        ("full", np.ones((3, 3)), ""),
        ("tied", -np.eye(3), "-1."),
        ("diag", [1.0, 0.0, 1.0], "0."),
        ("tied_diag", [1.0, -2.0, 1.0], "-2."),
        ("spherical", 0.0, "0."),
        ("tied_spherical", -0.5, "-0.5."),
    ],
)
def test_a_prior_covariance_is_positive_definite(name, value, smallest):
    text = refused(covariance_type=name, covariance_prior=value)
    assert f"covariance_prior for covariance_type={name!r} should be positive-definite" in text
    assert f"the smallest is {smallest}" in text
    assert "or give None" in text


def test_a_prior_covariance_is_symmetric():
    matrix = np.eye(3)
    matrix[0, 2] = 0.25
    text = refused(covariance_prior=matrix)
    assert "symmetric, positive-definite, but [0, 2] is 0.25 and [2, 0] is 0" in text
    assert "(A + A.T) / 2" in text


@pytest.mark.parametrize("value", ["scale", "default", 3, ["scaled"]])
def test_an_unknown_prior_is_answered_with_the_known(value):
    text = refused(prior=value)
    assert text.startswith(f"prior={value!r} is no prior of a Bayesian mixture. Give None")
    assert "'scaled'" in text


@pytest.mark.parametrize("value", ["dirichlet", None, 1])
def test_an_unknown_kind_of_proportions_is_answered_with_the_known(value):
    text = refused(weight_concentration_prior_type=value)
    assert text.startswith(f"Unknown weight_concentration_prior_type {value!r}")
    assert "'dirichlet_process', 'dirichlet_distribution'" in text


def test_families_without_a_posterior_are_answered_with_those_that_have_one():
    text = refused(covariance_type="VEV")
    assert text.startswith("covariance_type='VEV' is not available in BayesianGaussianMixture")
    assert "'tied_spherical'" in text
    assert "GaussianMixture fits the others" in text
    assert "made of factors" in refused(covariance_type="factor")
    assert "Did you mean 'diag'?" in refused(covariance_type="diagonal")


def test_rows_of_singular_covariance_are_answered_with_the_ridge():
    repeated = np.column_stack([X, X[:, 0]])
    with pytest.raises(ValueError, match=re.escape("reg_covar=0.0")) as caught:
        BayesianGaussianMixture(2, reg_covar=0.0).fit(repeated)
    text = str(caught.value)
    assert "default covariance_prior, is singular" in text
    assert "Set reg_covar=1e-6 or more" in text
    BayesianGaussianMixture(2).fit(repeated)
    BayesianGaussianMixture(2, reg_covar=0.0, covariance_type="diag").fit(repeated)


def test_what_is_estimated_and_what_is_believed_do_not_merge():
    estimated = GaussianMixture(2, random_state=0).fit(X)
    believed = BayesianGaussianMixture(2, random_state=0, moves=False).fit(X)
    with pytest.raises(ValueError, match="a GaussianMixture was given a BayesianGaussianMixture"):
        estimated.merge(believed)
    with pytest.raises(ValueError, match="Fit each part with a BayesianGaussianMixture"):
        believed.merge(estimated)
