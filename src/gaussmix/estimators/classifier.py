"""`GaussianMixtureClassifier`: classes by the density of a mixture for each."""

import warnings
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data import unmasked
from gaussmix.estimators.choice import ChoosingEstimator
from gaussmix.estimators.class_choice import choose_model
from gaussmix.estimators.class_labels import class_priors, known_labels_of
from gaussmix.estimators.class_model import ClassModel
from gaussmix.estimators.class_options import (
    checked_settings,
    reject_label_of,
    wish_of,
    with_label,
)
from gaussmix.estimators.class_rows import Training
from gaussmix.estimators.class_summary import summarize_classes
from gaussmix.estimators.outlier_threshold import Calibration
from gaussmix.estimators.validation import feature_names, fitted_rows, row_weights
from gaussmix.execution import team
from gaussmix.mixture import generator_of
from gaussmix.summary import ClassSummary

#: Rows that are asked about at a time: what is held of them has a column for each class.
_AT_ONCE = 65_536


class GaussianMixtureClassifier(ClassifierMixin, ChoosingEstimator):  # type: ignore[misc]  # untyped base
    """Classification by a Gaussian mixture for each class.

    A row goes to the class with the largest prior times density. Columns may have gaps, at fit
    and at predict; rows without a class join by EM; rows unlike any class can be rejected.

    Parameters
    ----------
    n_components : int, iterable of int, dict or None, default=None
        Components of each class, or numbers to choose among; None is 1 to 5. A dict has them for
        each class.
    model : {"auto", "mclustda", "edda"}, default="auto"
        "mclustda": a mixture for each class, of its own number of components and shape.
        "edda": one Gaussian for each class, of one shape for all classes ("full" is quadratic
        discriminant analysis, "tied" linear, "diag" naive Bayes). "auto" takes the better by the
        criterion; where a class must have several components that is "mclustda".
    covariance_types : "all" or iterable of str, default="all"
        Shapes to choose among, as for `GaussianMixtureSearch`.
    criterion : {"bic", "cv"}, default="bic"
        "bic" of rows and classes together; "cv" the mean log probability of held-out rows' classes
        in five folds, among every shape for all classes and the four best mixtures of each class
        by BIC.
    priors : None, "equal", array-like of shape (C,) or dict, default=None
        Probability of each class before its row is seen, in the order of `classes_`; None takes
        the shares of the rows. It decides predictions only, and has no part in the fit.
    reject_below : float, optional
        Rows less likely than this share of the rows that the fitted distribution makes are
        answered with `reject_label`: 0.01 rejects one row in a hundred of those like the rows of
        training, and those unlike them. Of a row with gaps the values that are there count.
    reject_label : optional
        None is -1 for numbers, and None for text and booleans.
    unlabelled : "auto", None or a value, default="auto"
        What stands for rows without a class, besides NaN, None and pandas' NA. "auto" takes -1
        for it where y holds two other classes at least and none below zero; None takes nothing.
    init_params, n_init : default="auto", 1
        As for `GaussianMixtureSearch`, of the search in each class.
    tol, max_iter, reg_covar : float, int, float, default=1e-6, 2000, 1e-6
        As for `GaussianMixture`.
    prior : None, "default" or ConjugatePrior, default=None
        As for `GaussianMixture`; for classes of few rows.
    n_jobs : int or None, default=None
        Threads; None uses every core. Results have the same bits for any number.
    random_state : None, int, RandomState or Generator, default=None

    Attributes
    ----------
    classes_ : (C,) array
        Sorted.
    class_prior_ : (C,) array
        What predictions are made with.
    mixtures_ : list of Mixture
        The distribution of each class's rows, in the order of `classes_`.
    mixture_ : Mixture
        The distribution of all rows: the components of every class, in the shares of the rows.
    model_ : str
        "mclustda" or "edda": what was chosen.
    bic_ : float
        -2 log p(rows, classes) + p log n; lower is better.
    log_likelihood_, n_parameters_ : float, int
    training_error_ : float
        Share of the (weighted) labelled rows that are predicted to be of another class.
    n_iter_ : int
        Most iterations of any fit that is part of it; at least 1.
    reject_log_density_ : float
        Log density of complete rows below which they are rejected; -inf without `reject_below`.
    n_features_in_, feature_names_in_ : int, array of str

    Notes
    -----
    p(c | x) = pi_c p_c(x) / sum_j pi_j p_j(x), with p_c a Gaussian mixture. EDDA: Bensmail & Celeux
    (1996), J. Am. Stat. Assoc. 91, 1743-1748. MclustDA: Fraley & Raftery (2002), J. Am. Stat.
    Assoc. 97, 611-631; Hastie & Tibshirani (1996), J. R. Stat. Soc. B 58, 155-176.

    A class with no more rows than columns is given a diagonal or spherical shape, or the shape
    that the classes share, with a warning. A mixture with a component that is narrower in
    some column than rounding makes values, or as narrow as `reg_covar` lets it be, is not taken.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from gaussmix import GaussianMixtureClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = GaussianMixtureClassifier(model="edda").fit(X, y)
    >>> classifier.mixtures_[0].covariance_type
    'VEV'
    >>> classifier.score(X, y)
    0.98
    """

    classes_: AnyArray
    class_prior_: FloatArray

    def __init__(
        self,
        n_components: Any = None,
        *,
        model: str = "auto",
        covariance_types: Any = "all",
        criterion: str = "bic",
        priors: Any = None,
        reject_below: float | None = None,
        reject_label: Any = None,
        unlabelled: Any = "auto",
        init_params: Any = "auto",
        n_init: int = 1,
        tol: float = 1e-6,
        max_iter: int = 2000,
        reg_covar: float = 1e-6,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.model = model
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.priors = priors
        self.reject_below = reject_below
        self.reject_label = reject_label
        self.unlabelled = unlabelled
        self.init_params = init_params
        self.n_init = n_init
        self.tol = tol
        self.max_iter = max_iter
        self.reg_covar = reg_covar
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose and fit the mixtures of the classes.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for missing values.
        y : array-like of shape (N,)
            Classes: numbers, text or booleans; missing or `unlabelled` where not known.
        sample_weight : array-like of shape (N,), optional
            How often each row counts; 0 is the row gone.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that cannot be used, and where no row has a class.

        Warns
        -----
        DataWarning
            For each class with too few rows for an ellipsoid of its own, and for one whose rows
            have no sound mixture: what it was given. Where -1 may be a class or none.
        """
        settings = checked_settings(self)
        rows = fitted_rows(self, X, reset=True)
        weight = row_weights(sample_weight, len(rows))
        counts = np.ones(len(rows), np.bool_) if weight is None else weight > 0.0
        labels = known_labels_of(y, rows, self.unlabelled, counts, type(self).__name__)
        training = Training(rows, labels, weight, feature_names(self), settings)
        if not counts.all():
            training = training.take(counts)
        rng = generator_of(self.random_state)
        seed = int(rng.integers(2**31))
        wish = wish_of(self, self._search, labels, training.n_features, seed)
        reject_label_of(self, labels.classes)
        class_priors(self.priors, labels, training.class_weight)
        with team(self.n_jobs) as threads:
            learnt = choose_model(training, wish, threads)
        self._adopt(learnt, training, tuple(rng.integers(2**32, size=4).tolist()))
        for category, message in learnt.notes:
            warnings.warn(message, category, stacklevel=2)
        return self

    def _adopt(self, learnt: ClassModel, training: Training, seed: tuple[int, ...]) -> None:
        """Set the fitted attributes."""
        labels, names = training.labels, feature_names(self)
        self._learnt = learnt
        self.classes_ = labels.classes
        self.class_prior_ = class_priors(self.priors, labels, learnt.shares)
        self.model_ = learnt.kind
        self.mixtures_ = [learnt.mixture(c, names) for c in range(labels.n_classes)]
        self.mixture_ = learnt.whole(names)
        self.log_likelihood_ = learnt.log_likelihood
        self.n_parameters_ = learnt.n_parameters
        self.bic_ = learnt.bic
        self.n_iter_ = max(1, learnt.n_iter)
        self._calibration = Calibration(self.mixture_.components, seed)
        self.reject_log_density_ = -np.inf
        if self.reject_below is not None:
            log_tail = float(np.log(self.reject_below))
            self.reject_log_density_ = self._calibration.complete().level(log_tail)
        known = training.take(labels.code >= 0)
        self.class_weight_ = known.class_weight
        wrong = self._likeliest(known.X) != known.labels.code
        self.training_error_ = float(np.average(wrong, weights=known.weight))

    def predict(self, X: Any) -> AnyArray:
        """The likeliest class of each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for missing values; what was observed counts.

        Returns
        -------
        (N,) array
            Entries of `classes_`, or `reject_label`.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.
        """
        rows = self._rows(X)
        answer: AnyArray = self.classes_[self._likeliest(rows)]
        if self.reject_below is None:
            return answer
        label = reject_label_of(self, self.classes_)
        return with_label(answer, self._density(rows) < self._levels(rows), label)

    def predict_proba(self, X: Any) -> FloatArray:
        """Probability of each class for each row, (N, C); rejection has no part in it.

        Rows of a single value or none have what that says; the priors, where it is nothing.
        """
        return np.exp(self.predict_log_proba(X))

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Log probability of each class for each row, (N, C)."""
        rows = self._rows(X)
        return np.concatenate(list(self._log_posterior(rows)))

    def score_samples(self, X: Any) -> FloatArray:
        """Log density of each row, whatever its class: log p(x), (N,).

        In nats, per unit of each observed column; 0 for a row without a value.
        """
        return self._density(self._rows(X))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Share of the rows whose class is predicted; a rejected row is not among them.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        y : array-like of shape (N,)
        sample_weight : array-like of shape (N,), optional
        """
        answer, truth = self.predict(X), column_or_1d(unmasked(y))
        check_consistent_length(answer, truth)
        return float(np.average(answer == truth, weights=row_weights(sample_weight, len(answer))))

    def summary(self) -> ClassSummary:
        """What was fitted, with a row for each class; prints as text.

        Returns
        -------
        ClassSummary
            With `classes` (a table as a dict of columns), `facts`, `notes` and `str()`.
        """
        check_is_fitted(self)
        return summarize_classes(
            self._learnt,
            self.classes_.tolist(),
            self.n_features_in_,
            weight=self.class_weight_,
            priors=self.class_prior_,
            error=self.training_error_,
        )

    def _rows(self, X: Any) -> AnyArray:
        check_is_fitted(self)
        return fitted_rows(self, X, reset=False)

    def _parts(self, rows: AnyArray) -> Iterator[AnyArray]:
        """The rows (N, D), so many at a time that an array with a column per class is small."""
        return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))

    def _log_posterior(self, rows: AnyArray) -> Iterator[FloatArray]:
        """Log probabilities (B, C) of the classes, part by part."""
        with team(self.n_jobs) as threads:
            for part in self._parts(rows):
                yield self._learnt.log_posterior(part, self.class_prior_, threads)[0]

    def _likeliest(self, rows: AnyArray) -> IntArray:
        """Number (N,) of each row's likeliest class."""
        return np.concatenate([part.argmax(axis=1) for part in self._log_posterior(rows)])

    def _density(self, rows: AnyArray) -> FloatArray:
        """Log density (N,) of the rows."""
        with team(self.n_jobs) as threads:
            parts = self._parts(rows)
            answers = [self._learnt.log_posterior(x, self._learnt.shares, threads) for x in parts]
        return np.concatenate([density for _, density in answers])

    def _levels(self, rows: AnyArray) -> FloatArray:
        """Log densities (N,) below which rows are rejected, in whichever columns they have."""
        levels = np.full(len(rows), self.reject_log_density_)
        gappy = np.isnan(rows).any(axis=1)
        if gappy.any():
            log_tail = float(np.log(self.reject_below or 1.0))
            with team(self.n_jobs) as threads:
                levels[gappy] = self._calibration.levels(rows[gappy], log_tail, threads)
        return levels
