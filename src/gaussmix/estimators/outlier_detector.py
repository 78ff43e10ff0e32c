"""`GaussianMixtureOutlierDetector`: rows that a mixture of the others finds unlikely."""

from typing import Any, Self

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data import ArraySource, IntervalData, is_dask
from gaussmix.density import log_density, n_blocks
from gaussmix.estimators.checkpoints import draw_seed
from gaussmix.estimators.intake import is_stream
from gaussmix.estimators.outlier_model import OutlierModel
from gaussmix.estimators.outlier_reasons import Reasons
from gaussmix.estimators.outlier_threshold import (
    Calibration,
    check_threshold,
    ordinary_part,
    threshold,
)
from gaussmix.estimators.validation import (
    check_int,
    check_positive,
    feature_names,
    fitted_rows,
    row_weights,
)
from gaussmix.execution import team

#: The share of ordinary rows that are called outliers where the caller does not say.
_USUAL_TAIL = 0.01


class GaussianMixtureOutlierDetector(OutlierMixin, OutlierModel):  # type: ignore[misc]  # untyped base
    """Outliers as rows of low density under a mixture fitted to all rows.

    Rows may have gaps: what was observed counts. New rows are judged like those of the fit, so
    clean rows for the fit and others for `predict` (novelty detection) need no other setting.

    Parameters
    ----------
    n_components : int, iterable of int or None, default=None
        Numbers of components to try; None is 1 to 4, as with more of them outliers that lie
        together get components of their own.
    covariance_types : "all" or iterable of str, default=("full", "tied", "diag")
        Families to try.
    criterion : str, default="bic"
        As for `GaussianMixtureSearch`.
    contamination : "auto" or float, default="auto"
        A share of the training rows, above 0 and at most 0.5: so many of them, those of the
        lowest density, are outliers. "auto" leaves the threshold to `p_value`.
    p_value : float, optional
        A row is an outlier where the probability that a draw from the fitted mixture has as low
        a density is below this; None is 0.01: about one ordinary row in a hundred is called an
        outlier.
    ordinary_share : float, default=0.95
        The heaviest components that together hold this share of the rows, above 0.5 and at most
        1, are what ordinary rows come from; any others hold outliers that lie together.
    component : {"gaussian", "student_t"}, default="gaussian"
        "student_t" fits Student t's, to which rows far out count little: outliers neither widen
        them nor draw them away, and have larger tail probabilities.
    noise_component : bool, default=False
        Whether rows in no cluster go to a uniform component while fitting, so that they do not
        widen the others. Scores are those of the mixture without it.
    noise_volume : float, optional
        As for `GaussianMixture`.
    max_rows : int or None, default=10_000
        The most rows that the mixture is fitted to: of more, as many are drawn at random. The
        share that `contamination` is remains one of all rows. None fits all.
    init_params, n_init, tol, max_iter, reg_covar, prior : optional
        As for `GaussianMixtureSearch`.
    n_jobs : int or None, default=None
        Threads; None uses every core.
    random_state : None, int, RandomState or Generator, default=None

    Attributes
    ----------
    mixture_ : Mixture
        The distribution of ordinary rows: what was fitted without noise, and without the
        components that `ordinary_share` leaves out.
    model_ : GaussianMixture
        The whole fit, with its report and criteria.
    offset_ : float
        The log density that outliers without gaps are below, in nats.
    p_value_ : float
        The tail probability that outliers are below.
    n_iter_ : int
        Iterations of the fit.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only where X had names.

    Notes
    -----
    The tail probability of a row x is P(p(Y) <= p(x)) for a draw Y from the fitted mixture p. For
    one Gaussian it is that of a chi-square of the squared Mahalanobis distance, for one Student t
    that of an F; for several components an average over 40,000 weighted draws, with a standard
    error of 2 to 4 % of it at 0.01 and 10 % at 1e-20. Where x has gaps, p is the density of the
    observed columns. It is uniform for ordinary rows where the mixture is true; the parameters
    count as known.

    See *Outliers* for what to choose.

    Examples
    --------
    >>> from gaussmix import GaussianMixtureOutlierDetector
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> detector = GaussianMixtureOutlierDetector(random_state=0).fit(X)
    >>> detector.predict([[4.3, 80.0], [4.3, 50.0], [4.3, None]])
    array([ 1, -1,  1])
    """

    def __init__(
        self,
        n_components: Any = None,
        *,
        covariance_types: Any = ("full", "tied", "diag"),
        criterion: str = "bic",
        contamination: Any = "auto",
        p_value: float | None = None,
        ordinary_share: float = 0.95,
        component: str = "gaussian",
        noise_component: bool = False,
        noise_volume: float | None = None,
        max_rows: int | None = 10_000,
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
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.contamination = contamination
        self.p_value = p_value
        self.ordinary_share = ordinary_share
        self.component = component
        self.noise_component = noise_component
        self.noise_volume = noise_volume
        self.max_rows = max_rows
        self.init_params = init_params
        self.n_init = n_init
        self.tol = tol
        self.max_iter = max_iter
        self.reg_covar = reg_covar
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Fit the mixture and set the threshold.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for gaps.
        y : ignored
        sample_weight : array-like of shape (N,), optional
            How often each row counts, in the fit and in the share that `contamination` is.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For rows or parameters that cannot be used.

        Warns
        -----
        ConvergenceWarning, DegenerateFitWarning, DataWarning, SearchWarning
            As `GaussianMixtureSearch.fit` does.
        """
        check_threshold(self.contamination, self.p_value)
        owner = type(self).__name__
        share = check_positive(owner, "ordinary_share", self.ordinary_share, above=0.5, most=1.0)
        if self.max_rows is not None:
            check_int(owner, "max_rows", self.max_rows, 2)
        rows = self._rows(X, reset=True)
        weight = row_weights(sample_weight, len(rows))
        self._seed = draw_seed(self.random_state)
        self.model_ = self._fitted(*self._some(X, rows, weight))
        self.mixture_ = ordinary_part(self.model_.mixture_, share)
        self.n_iter_ = self.model_.n_iter_
        self._set_threshold(rows, weight)
        return self

    def score_samples(self, X: Any) -> FloatArray:
        """Log density of each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for gaps.

        Returns
        -------
        (N,) array
            In nats, per unit of each observed column; lower is more outlying among rows that
            have values in the same columns.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.
        """
        return self._log_density(self._rows(X, reset=False))

    def decision_function(self, X: Any) -> FloatArray:
        """Log density less that of the threshold in the row's columns; below 0 for outliers.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for gaps.

        Returns
        -------
        (N,) array
            Of rows without gaps `score_samples(X) - offset_`; 0 for a row without a value.
        """
        rows = self._rows(X, reset=False)
        out = self._log_density(rows)
        gappy = np.isnan(rows).any(axis=1)
        out[~gappy] -= self.offset_
        if gappy.any():
            with team(self.n_jobs) as threads:
                levels = self._calibration().levels(rows[gappy], self._log_tail, threads)
            out[gappy] -= levels
        return out

    def predict(self, X: Any) -> IntArray:
        """1 for ordinary rows and -1 for outliers, (N,).

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for gaps.
        """
        return np.where(self.decision_function(X) < 0.0, -1, 1)

    def p_values(self, X: Any) -> FloatArray:
        """Probability that a draw from the fitted mixture has as low a density as each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for gaps; the density is then that of the observed columns.

        Returns
        -------
        (N,) array
            1 for a row without a value. With one component exact; else with a standard error of
            2 to 4 % at 0.01 and 10 % at 1e-20 of itself.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.

        Examples
        --------
        >>> from gaussmix import GaussianMixtureOutlierDetector
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> detector = GaussianMixtureOutlierDetector(random_state=0).fit(X)
        >>> detector.p_values([[4.3, 80.0], [4.3, 50.0]]).round(2)
        array([0.94, 0.  ])
        """
        rows = self._rows(X, reset=False)
        with np.errstate(under="ignore"):
            return np.exp(self._log_tails(rows))

    def explain(self, X: Any, *, n_columns: int | None = None, level: float = 0.95) -> Any:
        """Which values make each row outlying, and how far they are off.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            A few rows, outliers or not.
        n_columns : int, optional
            The most lines for a row; None is all of its values.
        level : float, default=0.95
            Of the intervals.

        Returns
        -------
        data frame
            A line for each value that was observed, of X's library (pandas where X is no
            table): row (its number in X, from 0), column, value; expected, lower and upper, the
            likeliest value and the central interval given the row's other values; given_others,
            the distance from the mean in standard deviations given the others; alone, that of
            the column by itself; and gain, what the row's log density would gain, in nats, were
            the value the expected one. For each row by falling gain.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity, and a level outside (0, 1).

        Notes
        -----
        Each value is judged by all the others of its row. Where several are wrong, a sound one
        may be given part of the blame: it does not go with them.

        Examples
        --------
        >>> from gaussmix import GaussianMixtureOutlierDetector
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> detector = GaussianMixtureOutlierDetector(random_state=0).fit(X)
        >>> detector.explain([[4.3, 50.0]], n_columns=1)[["column", "value", "expected"]].round(1)
           column  value  expected
        0       1   50.0      79.9
        """
        rows = self._rows(X, reset=False)
        errors.check_level(level, "level")
        if n_columns is not None:
            check_int(type(self).__name__, "n_columns", n_columns, 1)
        reasons = Reasons.of(self.mixture_, rows, float(level))
        return reasons.to_frame(feature_names(self), n_columns, X)

    @property
    def p_value_(self) -> float:
        """The tail probability that outliers are below."""
        check_is_fitted(self)
        return float(np.exp(self._log_tail))

    @property
    def _log_tail(self) -> float:
        """Its logarithm."""
        return float(self._calibration().complete().log_tail(np.array([self.offset_]))[0])

    def _set_threshold(self, rows: AnyArray, weight: FloatArray | None) -> None:
        """Set `offset_` by rows (N, D) and their weights."""
        calibration = self._calibration()
        if self.contamination == "auto":
            tail = _USUAL_TAIL if self.p_value is None else self.p_value
            self.offset_ = calibration.complete().level(float(np.log(tail)))
            return
        share = float(self.contamination)
        if np.isnan(rows).any():
            # Densities of different columns have no order; their tail probabilities do.
            tail = threshold(self._log_tails(rows), weight, share)
            self.offset_ = calibration.complete().level(tail)
        else:
            self.offset_ = threshold(self._log_density(rows), weight, share)

    def _rows(self, X: Any, *, reset: bool) -> AnyArray:
        """Rows (N, D), checked against the fit or at its beginning."""
        if not reset:
            check_is_fitted(self)
        if isinstance(X, IntervalData) or is_dask(X) or is_stream(X):
            raise errors.outliers_need_rows(type(X).__name__)
        return fitted_rows(self, X, reset=reset)

    def _log_density(self, rows: AnyArray) -> FloatArray:
        components = self.mixture_.components
        with team(self.n_jobs, tasks=n_blocks(components, len(rows))) as threads:
            out = log_density(components, ArraySource(rows), threads)
        # The weights sum to one within rounding only.
        out[np.isnan(rows).all(axis=1)] = 0.0
        return out

    def _log_tails(self, rows: AnyArray) -> FloatArray:
        """Log tail probabilities of rows (N, D), (N,)."""
        log_density = self._log_density(rows)
        with team(self.n_jobs) as threads:
            return self._calibration().log_tails(rows, log_density, threads)

    def _calibration(self) -> Calibration:
        return Calibration(self.mixture_.components, tuple(self._seed))
