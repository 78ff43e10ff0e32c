"""Classes against mclust's MclustDA, EDDA and MclustSSC, with its folds."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixtureClassifier

R = json.loads(Path(__file__).with_name("mclustda.json").read_text())
FOLD = np.array(R["fold_of_row"])
X, y = load_iris(return_X_y=True)


def marginal(classifier):
    """Log-likelihood of the rows whatever their classes, which is mclust's."""
    return classifier.score_samples(X).sum()


def error_in_folds(**parameters):
    wrong = 0
    for v in np.unique(FOLD):
        train, held_out = v != FOLD, v == FOLD
        classifier = GaussianMixtureClassifier(random_state=0, **parameters)
        answer = classifier.fit(X[train], y[train]).predict(X[held_out])
        wrong += (answer != y[held_out]).sum()
    return wrong / len(y)


@pytest.fixture(scope="module")
def gaussians():
    return GaussianMixtureClassifier(model="edda").fit(X, y)


@pytest.fixture(scope="module")
def mixtures():
    return GaussianMixtureClassifier(model="mclustda", random_state=0).fit(X, y)


def test_one_shape_for_all_classes_is_theirs(gaussians):
    theirs = R["iris_EDDA"]
    assert {mixture.covariance_type for mixture in gaussians.mixtures_} == {"VEV"}
    assert gaussians.n_parameters_ == theirs["df_6_1_1"]
    np.testing.assert_allclose(marginal(gaussians), theirs["loglik"], rtol=1e-6)
    assert gaussians.training_error_ == pytest.approx(theirs["train_error"])
    for mixture, sigma in zip(gaussians.mixtures_, theirs["sigma"].values(), strict=True):
        np.testing.assert_allclose(mixture.covariances[0], sigma, rtol=1e-3, atol=1e-5)
    chances = gaussians.predict_proba(X[[0, 50, 100]])
    np.testing.assert_allclose(chances, theirs["z_rows_1_51_101"], atol=1e-5)


@pytest.mark.parametrize("code", sorted(R["iris_EDDA"]["bic_by_model"]))
def test_every_shape_has_their_likelihood(code):
    classifier = GaussianMixtureClassifier(model="edda", covariance_types=[code]).fit(X, y)
    shares = 2
    df = classifier.n_parameters_ - shares
    ours = 2.0 * marginal(classifier) - df * np.log(len(X))
    theirs = R["iris_EDDA"]["bic_by_model"][code]
    # Of common axes mclust's iterations end early.
    more = 1.0 if code in ("EVE", "VVE") else 0.02
    assert theirs - 0.02 <= ours <= theirs + more


def test_a_mixture_for_each_class_is_theirs(mixtures):
    theirs = R["iris_MclustDA"]
    sizes = [size for _, size, _ in theirs["models"].values()]
    assert [mixture.n_components for mixture in mixtures.mixtures_] == sizes
    assert mixtures.mixtures_[0].covariance_type == "tied"
    assert mixtures.n_parameters_ == theirs["df_6_1_1"]
    np.testing.assert_allclose(marginal(mixtures), theirs["loglik"], rtol=1e-5)
    assert mixtures.training_error_ <= theirs["train_error"]
    chances = mixtures.predict_proba(X[[0, 50, 100]])
    np.testing.assert_allclose(chances, theirs["z_rows_1_51_101"], atol=1e-4)


def test_error_in_their_folds_is_no_larger():
    one_shape = {"model": "edda", "covariance_types": ["VEV"]}
    assert error_in_folds(**one_shape) <= R["iris_EDDA"]["error"] + 1e-9
    # As cvMclustDA does, with the models that all rows choose.
    chosen = {"n_components": {0: 2, 1: 1, 2: 1}, "covariance_types": ["tied", "full"]}
    assert error_in_folds(model="mclustda", **chosen) <= R["iris_MclustDA"]["error"] + 1e-9


def test_rows_without_a_class_join_as_in_theirs():
    theirs = R["iris_MclustSSC"]
    known = np.array(theirs["labelled_rows"]) - 1
    partly = np.full(len(y), -1)
    partly[known] = y[known]
    classifier = GaussianMixtureClassifier(model="edda", covariance_types=[theirs["model"]])
    classifier.fit(X, partly)
    np.testing.assert_allclose(classifier.class_prior_, theirs["parameters"]["pro"], rtol=1e-3)
    for mixture, mean, sigma in zip(
        classifier.mixtures_,
        theirs["parameters"]["mean"],
        theirs["parameters"]["sigma"],
        strict=True,
    ):
        np.testing.assert_allclose(mixture.means[0], mean, rtol=1e-3)
        np.testing.assert_allclose(mixture.covariances[0], sigma, rtol=2e-2, atol=1e-4)
    assert classifier.log_likelihood_ == pytest.approx(theirs["loglik"], abs=1e-3)
    hidden = np.setdiff1d(np.arange(len(y)), known)
    error = np.mean(classifier.predict(X[hidden]) != y[hidden])
    assert error <= theirs["error_on_hidden"] + 1e-9
