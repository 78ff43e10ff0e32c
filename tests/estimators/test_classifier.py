"""Classes: predictions, priors, gaps, small classes, rejection."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.datasets import load_iris, load_wine
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.utils.estimator_checks import parametrize_with_checks

from gaussmix import GaussianMixture, GaussianMixtureClassifier
from gaussmix.errors import DataWarning, DegenerateFitWarning

X, y = load_iris(return_X_y=True)


def gaussians(**parameters):
    return GaussianMixtureClassifier(model="edda", random_state=0, **parameters)


def mixtures(**parameters):
    return GaussianMixtureClassifier(model="mclustda", random_state=0, **parameters)


@pytest.fixture(scope="module")
def fitted():
    return GaussianMixtureClassifier(random_state=0).fit(X, y)


# The checks fit tiny tables, of which the library rightly says that they are too small.
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning")
@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:.*did not converge")
@parametrize_with_checks(
    [
        GaussianMixtureClassifier([1, 2], covariance_types=["full", "diag"]),
        GaussianMixtureClassifier(model="edda", covariance_types=["full", "tied"]),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("full", QuadraticDiscriminantAnalysis()),
        ("tied", LinearDiscriminantAnalysis(solver="lsqr")),
        ("diag", GaussianNB(var_smoothing=0.0)),
    ],
)
def test_one_shape_is_a_classical_classifier(name, theirs):
    ours = gaussians(covariance_types=[name], reg_covar=0.0).fit(X, y).predict_proba(X)
    other = theirs.fit(X, y)
    if name == "full":
        # Theirs divides by one row less than there are.
        joint = [
            multivariate_normal(X[y == c].mean(axis=0), np.cov(X[y == c].T, ddof=0)).logpdf(X)
            for c in range(3)
        ]
        expected = np.exp(joint - np.logaddexp.reduce(joint)).T
    else:
        expected = other.predict_proba(X)
    np.testing.assert_allclose(ours, expected, atol=1e-8)


def test_probabilities_follow_from_densities_and_priors(fitted):
    log_joint = np.column_stack([m.log_pdf(X) for m in fitted.mixtures_])
    log_joint += np.log(fitted.class_prior_)
    total = np.logaddexp.reduce(log_joint, axis=1)
    np.testing.assert_allclose(fitted.score_samples(X), total, rtol=1e-10)
    np.testing.assert_allclose(fitted.score_samples(X), fitted.mixture_.log_pdf(X), rtol=1e-10)
    log_chance = fitted.predict_log_proba(X)
    np.testing.assert_allclose(log_chance, log_joint - total[:, None], atol=1e-9)
    np.testing.assert_allclose(fitted.predict_proba(X).sum(axis=1), 1.0)
    np.testing.assert_array_equal(fitted.predict(X), log_chance.argmax(axis=1))
    own = log_joint[np.arange(len(y)), y].sum()
    assert fitted.log_likelihood_ == pytest.approx(own, rel=1e-9)


def test_the_better_model_by_bic_is_taken():
    both = [gaussians().fit(X, y), mixtures().fit(X, y)]
    chosen = GaussianMixtureClassifier(random_state=0).fit(X, y)
    best = min(both, key=lambda one: one.bic_)
    assert (chosen.model_, chosen.bic_) == (best.model_, best.bic_)
    free = chosen.n_parameters_
    assert chosen.bic_ == pytest.approx(-2 * chosen.log_likelihood_ + free * np.log(len(X)))


def test_classes_of_several_clusters_need_mixtures():
    rng = np.random.default_rng(0)
    place = rng.integers(4, size=400)
    rows = 5.0 * place[:, None] * np.array([1.0, 0.0]) + rng.standard_normal((400, 2))
    label = place % 2
    classifier = GaussianMixtureClassifier(random_state=0).fit(rows[:300], label[:300])
    assert classifier.model_ == "mclustda"
    assert [mixture.n_components for mixture in classifier.mixtures_] == [2, 2]
    assert classifier.score(rows[300:], label[300:]) > 0.9
    assert gaussians().fit(rows[:300], label[:300]).score(rows[300:], label[300:]) < 0.8


def test_held_out_classes_choose_too():
    by_bic = gaussians().fit(X, y)
    by_classes = gaussians(criterion="cv").fit(X, y)
    assert by_classes.mixtures_[0].covariance_type != by_bic.mixtures_[0].covariance_type
    several = mixtures(n_components=1, covariance_types=["full", "diag"], criterion="cv")
    several.fit(X, y)
    assert several.score(X, y) > 0.95
    again = clone(several).fit(X, y)
    np.testing.assert_array_equal(several.predict_proba(X), again.predict_proba(X))


def test_components_may_be_given_for_each_class():
    sizes = {"a": 1, "b": 2, "c": [3]}
    names = np.array(["a", "b", "c"])[y]
    classifier = GaussianMixtureClassifier(sizes, covariance_types=["diag"], random_state=0)
    found = [mixture.n_components for mixture in classifier.fit(X, names).mixtures_]
    assert found == [1, 2, 3]
    assert classifier.model_ == "mclustda"


def test_priors_decide_predictions_only():
    rows, label = X[50:], y[50:]
    plain = gaussians().fit(rows, label)
    leaning = gaussians(priors={1: 0.999, 2: 0.001}).fit(rows, label)
    np.testing.assert_allclose(leaning.class_prior_, [0.999, 0.001])
    assert (leaning.predict(rows) == 1).sum() > (plain.predict(rows) == 1).sum()
    assert leaning.log_likelihood_ == plain.log_likelihood_
    odds = leaning.predict_log_proba(rows) - plain.predict_log_proba(rows)
    shift = odds[:, 0] - odds[:, 1]
    np.testing.assert_allclose(shift, np.log(999.0), rtol=1e-9)
    few = gaussians(priors="equal").fit(rows[20:], label[20:])
    np.testing.assert_allclose(few.class_prior_, [0.5, 0.5])


def test_a_class_of_prior_zero_is_never_predicted():
    classifier = gaussians(priors=[0.0, 0.5, 0.5]).fit(X, y)
    assert not (classifier.predict(X) == 0).any()
    assert not np.isnan(classifier.predict_log_proba(X)).any()


def test_weights_are_repetitions():
    times = np.random.default_rng(1).integers(0, 3, len(X))
    weighted = gaussians().fit(X, y, times)
    repeated = gaussians().fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    np.testing.assert_allclose(
        weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-7, atol=1e-10
    )
    assert weighted.bic_ == pytest.approx(repeated.bic_)


def test_a_class_without_weight_is_no_class():
    classifier = gaussians().fit(X, y, (y > 0).astype(float))
    np.testing.assert_array_equal(classifier.classes_, [1, 2])


@pytest.mark.parametrize("make", [gaussians, mixtures])
def test_gaps_count_for_what_is_observed(make):
    gappy = X.copy()
    gappy[np.random.default_rng(0).random(X.shape) < 0.2] = np.nan
    classifier = make(n_components=[1, 2] if make is mixtures else None)
    classifier.set_params(covariance_types=["full", "tied"]).fit(gappy, y)
    assert classifier.score(X, y) > 0.93
    row = np.array([[np.nan, np.nan, 1.4, 0.2]])
    part = [mixture.marginal([2, 3]).log_pdf(row[:, 2:])[0] for mixture in classifier.mixtures_]
    expected = np.exp(part) * classifier.class_prior_
    found = classifier.predict_proba(row)[0]
    np.testing.assert_allclose(found, expected / expected.sum(), atol=1e-9)


def test_a_row_without_values_has_the_priors(fitted):
    empty = np.full((1, 4), np.nan)
    np.testing.assert_allclose(fitted.predict_proba(empty)[0], fitted.class_prior_)
    assert fitted.score_samples(empty) == 0.0


def test_rows_beyond_every_density_have_a_class(fitted):
    far = fitted.predict_proba(np.full((1, 4), 1e200))
    np.testing.assert_allclose(far.sum(), 1.0)
    assert np.isneginf(fitted.score_samples(np.full((1, 4), 1e200)))


def test_a_class_of_one_row_gets_the_common_shape():
    rows = np.flatnonzero((y < 2) | (np.arange(150) == 120))
    with pytest.warns(DataWarning, match="Class 2 has 1 row in 4 columns.*the shape 'tied'"):
        classifier = gaussians().fit(X[rows], y[rows])
    np.testing.assert_allclose(classifier.mixtures_[2].means[0], X[120])
    with pytest.warns(DataWarning, match="estimated from the rows of every class"):
        classifier = mixtures(n_components=1).fit(X[rows], y[rows])
    assert classifier.mixtures_[2].covariance_type == "tied"
    assert classifier.score(X, y) > 0.7


@pytest.mark.parametrize("n_rows", [2, 3, 4])
def test_a_class_of_few_rows_gets_a_poorer_shape(n_rows):
    rows = np.concatenate([np.arange(100), 110 + np.arange(n_rows)])
    with pytest.warns(DataWarning, match=f"Class 2 has {n_rows} rows in 4 columns.*poorer shape"):
        classifier = mixtures(n_components=1).fit(X[rows], y[rows])
    covariance = classifier.mixtures_[2].components.covariances.dense()[0]
    np.testing.assert_array_equal(covariance, np.diag(np.diag(covariance)))
    assert classifier.score(X, y) > 0.65


def test_classes_of_one_row_each_are_told_apart_by_distance():
    rows = [0, 60, 120]
    with (
        pytest.warns(DegenerateFitWarning, match="No shape that the classes could share is sound"),
        pytest.warns(DataWarning, match="Class 0 has 1 row"),
        pytest.warns(DataWarning, match="Class 1 has 1 row"),
        pytest.warns(DataWarning, match="Class 2 has 1 row"),
    ):
        classifier = gaussians().fit(X[rows], y[rows])
    np.testing.assert_array_equal(classifier.predict(X[rows]), y[rows])
    assert classifier.score(X, y) > 0.8


def test_a_column_constant_in_one_class_gives_no_spike():
    rows = X.copy()
    rows[y == 0, 3] = 0.2
    with pytest.warns(DataWarning, match="Class 0 .*column 3 holds one value in all of its rows"):
        classifier = mixtures(n_components=1).fit(rows, y)
    assert classifier.mixtures_[0].covariances.reshape(4, 4)[3, 3] > 1e-3


def test_a_column_unseen_in_one_class_is_no_obstacle():
    rows = X.copy()
    rows[y == 0, 2] = np.nan
    with pytest.warns(DataWarning, match="Class 0 .*column 2 holds no value"):
        classifier = mixtures(n_components=1, covariance_types=["EVI", "diag"]).fit(rows, y)
    assert classifier.score(rows, y) > 0.9


def test_rounded_values_make_no_components():
    # Most petals of setosa are 0.2 wide: likelihood alone would describe each width on its own.
    classifier = mixtures().fit(X, y)
    steps = 0.1 / np.sqrt(12.0)
    variances = classifier.mixtures_[0].components.covariances.variances
    assert (np.sqrt(variances) > steps).all()


def test_a_single_class_is_all_there_is():
    classifier = gaussians().fit(X[:50], y[:50])
    np.testing.assert_array_equal(classifier.predict(X[:3]), [0, 0, 0])
    np.testing.assert_allclose(classifier.predict_proba(X[:3]), 1.0)


def test_rows_unlike_any_class_are_rejected():
    classifier = gaussians(reject_below=0.05).fit(X, y)
    answer = classifier.predict(np.vstack([X, X.mean(axis=0) + 20.0]))
    assert answer[-1] == -1
    assert 0.01 < (answer[:-1] == -1).mean() < 0.12
    without = gaussians().fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), without.predict_proba(X))
    right = classifier.predict(X) == y
    assert classifier.score(X, y) == right.mean()


def test_the_level_of_rejection_holds_in_the_columns_that_are_there():
    classifier = gaussians(reject_below=0.1).fit(X, y)
    rows, _ = classifier.mixture_.sample(4_000, random_state=1)
    for gone in ([], [0], [1, 3]):
        part = rows.copy()
        part[:, gone] = np.nan
        assert (classifier.predict(part) == -1).mean() == pytest.approx(0.1, abs=0.02)


def test_rejected_rows_of_text_are_none():
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    classifier = gaussians(reject_below=0.01).fit(X, names)
    answer = classifier.predict(np.vstack([X[:1], X[:1] + 50.0]))
    assert answer.tolist() == ["setosa", None]
    classifier.set_params(reject_label="unknown")
    answer = classifier.predict(np.vstack([X[:1], X[:1] + 50.0]))
    assert answer.tolist() == ["setosa", "unknown"]


def test_classes_keep_their_type():
    assert gaussians().fit(X, y > 0).predict(X[:1]).dtype == np.bool_
    names = np.array(["a", "b", "c"])[y]
    assert gaussians().fit(X, names).predict(X[:1]).tolist() == ["a"]
    frame = pd.DataFrame(X, columns=["p", "q", "r", "s"])
    classifier = gaussians().fit(frame, pd.Series(names, dtype="category"))
    assert classifier.mixture_.feature_names == ("p", "q", "r", "s")
    assert classifier.score(frame, names) > 0.95


def test_float32_gives_nearly_the_same():
    single = gaussians().fit(X.astype(np.float32), y).predict_proba(X.astype(np.float32))
    np.testing.assert_allclose(single, gaussians().fit(X, y).predict_proba(X), atol=1e-4)


def test_every_number_of_threads_gives_the_same_bits():
    one, three = (mixtures(n_components=[1, 2], n_jobs=n).fit(X, y) for n in (1, 3))
    np.testing.assert_array_equal(one.predict_proba(X), three.predict_proba(X))


def test_it_is_a_scikit_learn_classifier(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    assert cross_val_score(gaussians(), X, y, cv=5).mean() > 0.95
    grid = GridSearchCV(gaussians(), {"covariance_types": [["full"], ["tied"]]}, cv=3).fit(X, y)
    assert grid.best_score_ > 0.95


def test_the_summary_has_a_row_for_each_class(fitted):
    summary = fitted.summary()
    assert summary.classes["class"] == [0, 1, 2]
    assert summary.classes["rows"] == [50.0, 50.0, 50.0]
    assert summary.facts["training_error"] == pytest.approx(0.02)
    text = str(summary)
    assert "Classifier with 3 classes in 4 dimensions" in text
    assert "VEV" in text


def test_wide_tables_have_shapes_too():
    rows, label = load_wine(return_X_y=True)
    assert cross_val_score(gaussians(), rows, label, cv=5).mean() > 0.96


def test_a_mixture_of_one_class_is_that_of_its_rows():
    classifier = mixtures(n_components=1, covariance_types=["full"]).fit(X, y)
    alone = GaussianMixture(1, covariance_type="full").fit(X[y == 1])
    np.testing.assert_allclose(classifier.mixtures_[1].means, alone.means_)
    np.testing.assert_allclose(classifier.mixtures_[1].covariances, alone.covariances_)


@pytest.mark.parametrize("name", ["VVV", "VEE", "diag"])
def test_a_class_without_a_value_in_a_column_shares_its_width_there(name):
    rows = X.copy()
    rows[y == 0, 2] = np.nan
    with pytest.warns(DataWarning, match="Class 0 .*column 2 holds no value in any of its rows"):
        classifier = gaussians(covariance_types=[name]).fit(rows, y)
    matrices = [mixture.covariances.reshape(4, 4) for mixture in classifier.mixtures_]
    assert matrices[0] == pytest.approx(matrices[2])
    assert classifier.score(rows, y) > 0.9


def test_a_column_that_only_rows_without_a_class_hold_is_not_empty():
    rows, some = X.copy(), y.copy()
    some[::2] = -1
    rows[some == 0, 2] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        classifier = gaussians(covariance_types=["VVV"], unlabelled=-1).fit(rows, some)
    assert classifier.mixtures_[0].means[0, 2] == pytest.approx(X[y == 0, 2].mean(), abs=0.2)
