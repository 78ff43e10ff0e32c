"""Jobs for a mixture that is there already, as if they had been fitted to its rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix.estimators.checkpoints import draw_seed
from gaussmix.estimators.class_labels import Labels, class_priors
from gaussmix.estimators.classifier import GaussianMixtureClassifier
from gaussmix.estimators.imputer import GaussianMixtureImputer
from gaussmix.estimators.outlier_detector import GaussianMixtureOutlierDetector
from gaussmix.estimators.outlier_threshold import check_threshold, without_noise
from gaussmix.estimators.regressor import GaussianMixtureRegressor
from gaussmix.mixture import Mixture


def detector_of(
    mixture: Mixture, p_value: float | None = None, random_state: Any = 0
) -> GaussianMixtureOutlierDetector:
    """A detector that judges rows by a mixture.

    Parameters
    ----------
    mixture : Mixture
    p_value, random_state
        As for `GaussianMixtureOutlierDetector`.

    Raises
    ------
    ValueError
        For a tail probability that is none.
    """
    check_threshold("auto", p_value)
    detector = GaussianMixtureOutlierDetector(p_value=p_value, random_state=random_state)
    detector._seed = draw_seed(random_state)  # noqa: SLF001  what its fit does
    detector.mixture_ = without_noise(mixture)
    detector._set_threshold(mixture.means[:1], None)  # noqa: SLF001  as above
    _name_columns(detector, mixture.feature_names, mixture.n_features)
    return detector


def imputer_of(mixture: Mixture, random_state: Any = 0) -> GaussianMixtureImputer:
    """An imputer that fills gaps by a mixture, whose intervals are the mixture's own.

    Parameters
    ----------
    mixture : Mixture
    random_state
        As for `GaussianMixtureImputer`.
    """
    imputer = GaussianMixtureImputer(random_state=random_state)
    _name_columns(imputer, mixture.feature_names, mixture.n_features)
    imputer.mixture_, imputer.spread_ = mixture, 1.0
    imputer.columns_ = np.arange(mixture.n_features)
    imputer.indicated_ = np.arange(0)
    imputer._seed = draw_seed(random_state)  # noqa: SLF001  what its fit does
    return imputer


def regressor_of(mixture: Mixture, targets: Sequence[str]) -> GaussianMixtureRegressor:
    """A regressor that predicts some columns of a mixture from the others.

    Parameters
    ----------
    mixture : Mixture
        With named columns.
    targets : sequence of str

    Raises
    ------
    ValueError
        For a column that is not there, and where none is left to predict from.
    """
    names = mixture.feature_names or ()
    for target in targets:
        if target not in names:
            raise errors.unknown_column(target, names, "the model")
    inputs = [name for name in names if name not in targets]
    if not inputs:
        raise errors.no_inputs(targets)
    regressor = GaussianMixtureRegressor()
    regressor.mixture_ = mixture.marginal([*inputs, *targets])
    regressor.n_outputs_, regressor.target_ndim_ = len(targets), 2
    _name_columns(regressor, inputs, len(inputs))
    return regressor


def _name_columns(job: Any, names: Sequence[str] | None, n_features: int) -> None:
    """Give a job the columns that it would have seen in a fit."""
    job.n_features_in_ = n_features
    if names is not None:
        job.feature_names_in_ = np.array(names, dtype=object)


def with_rejection(classifier: GaussianMixtureClassifier, share: float) -> None:
    """Let a fitted classifier reject rows, as if it had had `reject_below`."""
    classifier.reject_below = share
    level = classifier._calibration.complete().level(float(np.log(share)))  # noqa: SLF001  as its fit does
    classifier.reject_log_density_ = level


def with_priors(classifier: GaussianMixtureClassifier, priors: Any) -> None:
    """Let a fitted classifier answer with other priors, as if it had had them.

    Raises
    ------
    ValueError
        For what is no distribution over its classes.
    """
    labels = Labels(classifier.classes_, np.empty(0, dtype=np.intp))
    classifier.class_prior_ = class_priors(priors, labels, classifier.class_prior_)
    classifier.priors = priors
