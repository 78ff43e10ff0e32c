"""Jobs for a mixture that is there already."""

import numpy as np
import pytest

from gaussmix import GaussianMixture, GaussianMixtureClassifier, Mixture, datasets
from gaussmix.estimators.ready_made import (
    detector_of,
    imputer_of,
    regressor_of,
    with_priors,
    with_rejection,
)

ROWS = datasets.load_old_faithful().to_numpy()
GAPPY = ROWS[:6].copy()
GAPPY[[0, 1], [0, 1]] = np.nan


@pytest.fixture(scope="module")
def mixture():
    fitted = GaussianMixture(2, random_state=0).fit(ROWS).mixture_
    return Mixture.from_components(fitted.components, "full", ["eruptions", "waiting"])


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_detector_judges_by_the_mixture(mixture):
    detector = detector_of(mixture, p_value=0.05)
    np.testing.assert_array_equal(detector.score_samples(ROWS), mixture.log_pdf(ROWS))
    is_rare = detector.p_values(ROWS) < 0.05
    np.testing.assert_array_equal(detector.predict(ROWS) == -1, is_rare)
    assert 0.02 < is_rare.mean() < 0.1
    again = detector_of(mixture, p_value=0.05)
    np.testing.assert_array_equal(again.p_values(GAPPY), detector.p_values(GAPPY))
    with pytest.raises(ValueError, match="p_value"):
        detector_of(mixture, p_value=2.0)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_detector_leaves_noise_out():
    noisy = GaussianMixture(2, noise_component=True, random_state=0).fit(ROWS).mixture_
    detector = detector_of(noisy)
    assert detector.mixture_.components.noise is None
    assert detector.mixture_.weights.sum() == pytest.approx(1.0)
    assert detector.predict([[4.3, 50.0]]) == [-1]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_an_imputer_fills_by_the_mixture(mixture):
    imputer = imputer_of(mixture)
    filled = imputer.transform(GAPPY)
    np.testing.assert_array_equal(filled[2:], GAPPY[2:])
    expected = mixture.condition({"waiting": GAPPY[0, 1]}).mean()
    assert filled[0, 0] == pytest.approx(expected[0], rel=1e-12)
    lower, upper = imputer.intervals(GAPPY, 0.8)
    of_gap = mixture.condition({"eruptions": GAPPY[1, 0]})
    assert lower[1, 1] == pytest.approx(of_gap.quantile(0.1), rel=1e-9)
    assert upper[1, 1] == pytest.approx(of_gap.quantile(0.9), rel=1e-9)
    assert len(imputer.impute_many(GAPPY, 2, random_state=0)) == 2


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_regressor_predicts_any_column(mixture):
    regressor = regressor_of(mixture, ["eruptions"])
    assert regressor.feature_names_in_.tolist() == ["waiting"]
    expected = mixture.condition({"waiting": ROWS[:, 1]}).mean()
    np.testing.assert_allclose(regressor.predict(ROWS[:, 1:]), expected, rtol=1e-12)
    with pytest.raises(ValueError, match="Did you mean 'eruptions'"):
        regressor_of(mixture, ["eruption"])
    with pytest.raises(ValueError, match="Every column of the model is a target"):
        regressor_of(mixture, ["eruptions", "waiting"])


def test_a_classifier_takes_other_priors_and_rejects():
    y = np.where(ROWS[:, 1] > 68, "long", "short")
    kind = {"n_components": 1, "covariance_types": ["full"], "model": "edda", "random_state": 0}
    expected = GaussianMixtureClassifier(**kind, priors="equal", reject_below=0.05).fit(ROWS, y)
    classifier = GaussianMixtureClassifier(**kind).fit(ROWS, y)
    with_priors(classifier, "equal")
    with_rejection(classifier, 0.05)
    np.testing.assert_array_equal(classifier.predict_proba(ROWS), expected.predict_proba(ROWS))
    np.testing.assert_array_equal(classifier.predict(ROWS), expected.predict(ROWS))
    assert None in classifier.predict(ROWS).tolist()
    with pytest.raises(ValueError, match="long"):
        with_priors(classifier, {"lon": 1.0})
