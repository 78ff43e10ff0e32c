"""Constructor, fitted attributes and scores of `GaussianMixture`, beside scikit-learn's."""

import copy
import inspect
import pickle
import re

import numpy as np
import pytest
import sklearn.mixture
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from gaussmix import GaussianMixture, Mixture

Theirs = sklearn.mixture.GaussianMixture
TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
CODES = ("VVV", "EEE", "VVI", "VII", "EEI", "EII")
SHAPES = {"full": (3, 2, 2), "tied": (2, 2), "diag": (3, 2), "spherical": (3,)}
N_COVARIANCES = {
    "full": 9,
    "tied": 3,
    "diag": 6,
    "spherical": 3,
    "tied_diag": 2,
    "tied_spherical": 1,
}


def test_every_parameter_of_scikit_learns_is_here_with_its_default():
    theirs = inspect.signature(Theirs).parameters
    ours = inspect.signature(GaussianMixture).parameters
    assert list(ours)[: len(theirs)] == list(theirs)
    for name, parameter in theirs.items():
        assert ours[name].default == parameter.default, name
        assert ours[name].kind == parameter.kind, name
    assert all(p.kind is p.KEYWORD_ONLY for name, p in ours.items() if name not in theirs)


def test_every_method_of_scikit_learns_is_here():
    methods = {name for name in dir(Theirs) if not name.startswith("_")}
    assert methods <= set(dir(GaussianMixture))


@pytest.mark.parametrize("name", SHAPES)
def test_fitted_attributes_have_scikit_learns_names_shapes_and_types(X, name):
    settings = {"n_components": 3, "covariance_type": name, "tol": 1e-2, "random_state": 0}
    ours, theirs = GaussianMixture(**settings).fit(X), Theirs(**settings).fit(X)
    fitted = {key for key in vars(theirs) if key.endswith("_") and not key.startswith("_")}
    assert fitted >= {"weights_", "lower_bounds_", "n_features_in_", "converged_"}
    for key in fitted:
        mine, other = getattr(ours, key), getattr(theirs, key)
        assert type(mine) is type(other) or np.issubdtype(type(mine), type(other)), key
        if isinstance(other, np.ndarray):
            assert mine.shape == other.shape, key
            assert mine.dtype == other.dtype, key


@pytest.mark.parametrize("name", TYPES + CODES)
def test_the_arrays_describe_the_same_covariances(X, tolerance, name):
    gm = GaussianMixture(3, covariance_type=name, random_state=0).fit(X)
    shape = SHAPES.get(name, (3, 2, 2))
    for array in (gm.covariances_, gm.precisions_, gm.precisions_cholesky_):
        assert array.shape == shape
    assert gm.weights_.shape == (3,)
    assert gm.means_.shape == (3, 2)
    assert gm.weights_.sum() == pytest.approx(1.0, abs=1e-14)
    assert (np.diff(gm.weights_) <= 0.0).all()
    if name in {"diag", "spherical"}:
        np.testing.assert_allclose(gm.precisions_, 1.0 / gm.covariances_, rtol=tolerance.rounding)
        np.testing.assert_allclose(gm.precisions_cholesky_**2, gm.precisions_, rtol=1e-12)
    else:
        P = gm.precisions_cholesky_
        np.testing.assert_array_equal(np.tril(P, -1), 0.0)
        np.testing.assert_allclose(P @ np.swapaxes(P, -1, -2), gm.precisions_, rtol=1e-12)
        eye = gm.covariances_ @ gm.precisions_
        np.testing.assert_allclose(eye, np.broadcast_to(np.eye(2), eye.shape), atol=1e-9)


@pytest.mark.parametrize(("name", "code"), list(zip(TYPES, CODES, strict=True)))
@pytest.mark.parametrize("init_params", ["kmeans", "auto"])
def test_a_code_is_its_everyday_name_bit_for_bit(X, name, code, init_params):
    settings = {"n_components": 3, "init_params": init_params, "random_state": 0}
    by_name = GaussianMixture(covariance_type=name, **settings).fit(X)
    by_code = GaussianMixture(covariance_type=code, **settings).fit(X)
    np.testing.assert_array_equal(by_name.means_, by_code.means_)
    np.testing.assert_array_equal(by_name.weights_, by_code.weights_)
    np.testing.assert_array_equal(by_name.score_samples(X), by_code.score_samples(X))
    np.testing.assert_array_equal(by_name.predict_proba(X), by_code.predict_proba(X))
    assert by_name.lower_bounds_ == by_code.lower_bounds_
    assert by_code.covariances_.shape == (3, 2, 2)


@pytest.mark.parametrize("name", TYPES)
def test_scores_and_criteria_by_hand(X, tolerance, name):
    gm = GaussianMixture(3, covariance_type=name, random_state=0).fit(X)
    dense = gm.mixture_.components.covariances.dense()
    joint = np.stack(
        [
            np.log(w) + multivariate_normal(m, S).logpdf(X)
            for w, m, S in zip(gm.weights_, gm.means_, dense, strict=True)
        ],
        axis=1,
    )
    log_density = logsumexp(joint, axis=1)
    posterior = np.exp(joint - log_density[:, None])
    total, n, p = log_density.sum(), 90, 2 + 6 + N_COVARIANCES[name]
    off = {"rel": 1e-9}
    np.testing.assert_allclose(gm.score_samples(X), log_density, atol=tolerance.certified)
    np.testing.assert_allclose(gm.predict_proba(X), posterior, atol=tolerance.certified)
    np.testing.assert_array_equal(gm.transform(X), gm.predict_proba(X))
    np.testing.assert_array_equal(gm.predict(X), posterior.argmax(axis=1))
    assert gm.n_parameters_ == p
    assert gm.score(X) == pytest.approx(total / n, **off)
    assert gm.log_likelihood_ == pytest.approx(total, **off)
    assert gm.lower_bound_ == pytest.approx(total / n, **off)
    assert gm.aic(X) == pytest.approx(-2 * total + 2 * p, **off)
    assert gm.bic(X) == pytest.approx(-2 * total + p * np.log(n), **off)
    expected = -2 * total + 2 * p + 2 * p * (p + 1) / (n - p - 1)
    assert gm.aicc(X) == pytest.approx(expected, **off)
    entropy = -2 * np.log(posterior.max(axis=1)).sum()
    assert entropy > 1.0
    assert gm.icl(X) == pytest.approx(gm.bic(X) + entropy, **off)


def test_aicc_of_too_few_rows_is_infinite(X):
    gm = GaussianMixture(3, random_state=0).fit(X)
    assert gm.aicc(X[:18]) == np.inf
    assert np.isfinite(gm.aicc(X[:19]))


def test_other_rows_are_scored_by_the_same_parameters(X, make_clusters):
    gm = GaussianMixture(3, random_state=0).fit(X)
    other = make_clusters(seed=5, n_rows=40)
    assert gm.score(other) == pytest.approx(gm.score_samples(other).mean(), abs=1e-12)
    assert gm.bic(other) == pytest.approx(
        -2 * gm.score_samples(other).sum() + 17 * np.log(40), rel=1e-12
    )


def test_the_mixture_is_the_fit_as_a_value(X):
    gm = GaussianMixture(3, random_state=0).fit(X)
    assert isinstance(gm.mixture_, Mixture)
    np.testing.assert_array_equal(gm.mixture_.log_pdf(X), gm.score_samples(X))
    np.testing.assert_array_equal(gm.mixture_.posterior(X), gm.predict_proba(X))
    np.testing.assert_array_equal(gm.mixture_.means, gm.means_)


def test_the_history_ends_at_the_objective_and_never_falls(X):
    gm = GaussianMixture(3, tol=1e-8, max_iter=1000, reg_covar=0.0, random_state=0).fit(X)
    assert len(gm.lower_bounds_) == gm.n_iter_ > 5
    assert np.diff(gm.lower_bounds_).min() >= -1e-12
    assert gm.lower_bounds_[-1] == pytest.approx(gm.lower_bound_, abs=1e-12)
    penalised = GaussianMixture(3, reg_covar=1e-2, random_state=0).fit(X)
    assert penalised.lower_bounds_[-1] < penalised.lower_bound_ - 1e-3


@pytest.mark.parametrize("init_params", ["kmeans", "auto", "random"])
def test_fit_predict_is_fit_and_predict(X, init_params):
    gm = GaussianMixture(3, init_params=init_params, tol=1e-6, max_iter=2000, random_state=0)
    labels = gm.fit_predict(X)
    np.testing.assert_array_equal(labels, gm.predict(X))
    np.testing.assert_array_equal(labels, clone(gm).fit(X).predict(X))


@pytest.mark.parametrize(
    "question", ["predict", "predict_proba", "transform", "score", "score_samples", "bic", "icl"]
)
def test_nothing_is_answered_before_the_fit(X, question):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(GaussianMixture(2), question)(X)


@pytest.mark.parametrize("question", ["sample", "summary", "get_feature_names_out"])
def test_nothing_is_told_before_the_fit(question):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(GaussianMixture(2), question)()
    with pytest.raises(NotFittedError, match="not fitted yet"):
        GaussianMixture(2).n_parameters_  # noqa: B018  the access is the test


def test_other_numbers_of_columns_are_refused(X):
    gm = GaussianMixture(2, random_state=0).fit(X)
    words = "X has 3 features, but GaussianMixture is expecting 2 features as input"
    with pytest.raises(ValueError, match=words):
        gm.predict(np.ones((4, 3)))


@pytest.mark.parametrize("how", [copy.deepcopy, lambda gm: pickle.loads(pickle.dumps(gm))])
def test_copies_predict_and_sample_the_same_bits(X, how):
    gm = GaussianMixture(3, random_state=0).fit(X)
    same = how(gm)
    np.testing.assert_array_equal(same.score_samples(X), gm.score_samples(X))
    np.testing.assert_array_equal(same.sample(5)[0], gm.sample(5)[0])
    assert same.mixture_ == gm.mixture_
    assert same.fit_report_ == gm.fit_report_
    assert same.get_params() == gm.get_params()


def test_a_clone_has_the_parameters_and_no_fit(X):
    labels = np.arange(90) % 3
    gm = GaussianMixture(
        3, init_params=labels, means_init=np.zeros((3, 2)), component_order="start"
    )
    other = clone(gm.set_params(means_init=None).fit(X))
    assert not hasattr(other, "weights_")
    np.testing.assert_array_equal(other.get_params()["init_params"], labels)
    other.fit(X)
    np.testing.assert_array_equal(other.means_, gm.means_)


def test_parameters_are_not_changed_by_fit(X):
    settings = {
        "weights_init": [0.2, 0.3, 0.5],
        "means_init": X[:3].tolist(),
        "precisions_init": np.ones(3),
        "covariance_type": "spherical",
    }
    gm = GaussianMixture(3, **settings)
    before = copy.deepcopy(gm.get_params())
    gm.fit(X)
    after = gm.get_params()
    assert after["means_init"] == before["means_init"]
    assert after["weights_init"] is settings["weights_init"]
    np.testing.assert_array_equal(after["precisions_init"], 1.0)


def test_grid_search(X):
    grid = {"n_components": [1, 2, 3], "covariance_type": ["diag", "tied_spherical"]}
    estimator = GaussianMixture(init_params="k-means++", random_state=0)
    search = GridSearchCV(estimator, grid, cv=3, error_score="raise")
    search.fit(X)
    assert set(search.best_params_) == set(grid)
    assert search.best_params_["covariance_type"] == "diag"
    assert search.predict(X).shape == (90,)


def test_samples_follow_the_fit(X):
    gm = GaussianMixture(3, random_state=0).fit(X)
    rows, labels = gm.sample(20_000, random_state=1)
    assert rows.shape == (20_000, 2)
    np.testing.assert_allclose(np.bincount(labels) / 20_000, gm.weights_, atol=0.02)
    spread = np.sqrt(np.diagonal(gm.mixture_.covariance()))
    np.testing.assert_allclose(rows.mean(axis=0), gm.mixture_.mean(), atol=0.05 * spread.max())
    np.testing.assert_allclose(
        np.cov((rows / spread).T), gm.mixture_.covariance() / np.outer(spread, spread), atol=0.05
    )


def test_repr_shows_what_was_set():
    assert repr(GaussianMixture(3, covariance_type="VVI")) == (
        "GaussianMixture(covariance_type='VVI', n_components=3)"
    )


def by_attributes(X):
    """An estimator that was never fitted, and the one that its attributes come from."""
    fitted = GaussianMixture(3, random_state=0).fit(X)
    bare = GaussianMixture(3)
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        setattr(bare, name, getattr(fitted, name).copy())
    return bare, fitted


def test_an_estimator_made_of_attributes_answers(X):
    bare, fitted = by_attributes(X)
    np.testing.assert_allclose(bare.score_samples(X), fitted.score_samples(X), atol=1e-10)
    np.testing.assert_allclose(bare.predict_proba(X), fitted.predict_proba(X), atol=1e-10)
    np.testing.assert_array_equal(bare.predict(X), fitted.predict(X))
    assert bare.bic(X) == pytest.approx(fitted.bic(X))
    np.testing.assert_allclose(
        bare.sample(5, random_state=0)[0], fitted.sample(5, random_state=0)[0]
    )
    assert "3 components" in str(bare.summary())


def test_scikit_learns_attributes_are_ours(X):
    theirs = Theirs(3, random_state=0).fit(X)
    bare = GaussianMixture(3)
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        setattr(bare, name, getattr(theirs, name))
    np.testing.assert_allclose(bare.score_samples(X), theirs.score_samples(X), atol=1e-9)


@pytest.mark.parametrize("name", TYPES)
def test_attributes_set_by_hand_count(X, name):
    gm = GaussianMixture(3, covariance_type=name, random_state=0).fit(X)
    before = gm.score_samples(X)
    gm.means_ = gm.means_ + 1.0
    assert not np.allclose(gm.score_samples(X), before)
    np.testing.assert_allclose(gm.score_samples(X + 1.0), before, atol=1e-9)
    gm.means_ -= 1.0  # in place
    np.testing.assert_allclose(gm.score_samples(X), before, atol=1e-9)
    gm.precisions_cholesky_ *= 2.0
    gm.weights_[:] = [1.0, 0.0, 0.0]
    assert set(gm.predict(X)) == {0}
    mean = gm.means_[0]
    halved = gm.score_samples((X - mean) / 2.0 + mean)
    gm.precisions_cholesky_ /= 2.0
    np.testing.assert_allclose(halved, gm.score_samples(X) + 2 * np.log(2.0), atol=1e-9)


def test_samples_and_summary_see_attributes_set_by_hand(X):
    gm = GaussianMixture(3, random_state=0).fit(X)
    gm.means_[:] = 1e6
    assert gm.sample(5)[0].min() > 9e5
    assert "1e+06" in str(gm.summary())


@pytest.mark.parametrize("name", TYPES + CODES)
def test_from_parameters(X, name):
    fitted = GaussianMixture(3, covariance_type=name, random_state=0).fit(X)
    made = GaussianMixture.from_parameters(
        fitted.weights_, fitted.means_, fitted.covariances_, covariance_type=name
    )
    assert made.n_components == 3
    assert made.n_features_in_ == 2
    np.testing.assert_allclose(made.score_samples(X), fitted.score_samples(X), atol=1e-8)
    np.testing.assert_allclose(
        made.precisions_cholesky_, fitted.precisions_cholesky_, rtol=1e-9, atol=1e-12
    )
    assert made.n_parameters_ == fitted.n_parameters_
    assert not hasattr(made, "lower_bound_")
    assert "Gaussian mixture of 3 components" in str(made.summary())
    clone(made).fit(X)


def test_from_parameters_keeps_names(X):
    made = GaussianMixture.from_parameters(
        [1.0], [[0.0, 0.0]], [np.eye(2)], feature_names=["a", "b"]
    )
    assert list(made.feature_names_in_) == ["a", "b"]
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        made.predict(X)


def test_from_parameters_refuses_what_a_mixture_refuses():
    with pytest.raises(ValueError, match=re.escape("sum(weights) = 0.90000")):
        GaussianMixture.from_parameters([0.9], [[0.0]], [[[1.0]]])
