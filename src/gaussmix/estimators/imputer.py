"""`GaussianMixtureImputer`: what a mixture of the rows says of their gaps."""

import warnings
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, FloatArray
from gaussmix.data import IntervalData, is_dask
from gaussmix.estimators.choice import ChoosingEstimator
from gaussmix.estimators.imputer_cells import pieces
from gaussmix.estimators.imputer_model import HIDDEN, Found, find_mixture
from gaussmix.estimators.intake import is_stream
from gaussmix.estimators.validation import (
    check_bool,
    check_int,
    feature_names,
    fitted_rows,
    row_weights,
)
from gaussmix.mixture import ConditionalMixture, Mixture, generator_of
from gaussmix.selection import CRITERIA

_STRATEGIES = ("mean", "mode", "draw")


class GaussianMixtureImputer(TransformerMixin, ChoosingEstimator):  # type: ignore[misc]  # untyped bases
    """Gaps filled by what the rest of the row says of them, under a mixture of all rows.

    The mixture is fitted to the table with its gaps; then each row's gaps have a distribution,
    given the row's values: a mixture too, with a mean, a highest mode, draws and intervals.

    Parameters
    ----------
    n_components : int, iterable of int or None, default=None
        Numbers of components to choose from; None goes up from 1, to 9 at most, as long as it
        helps.
    covariance_types : iterable of str or "all", default=("VEE", "full")
        Shapes to choose from. "VEE" and "tied" share the slopes of one column on another among
        components, and so need fewer rows.
    criterion : {"hidden", "bic", "aic", "aicc", "icl", "cv"}, default="hidden"
        What the choice is made by. "hidden" is the log density of values that are hidden again,
        given the rest of their rows; for the others see `GaussianMixtureSearch`.
    strategy : {"mean", "mode", "draw"}, default="mean"
        What a row's gaps are filled with: their conditional mean, which has the least squared
        error; the highest mode of all of them together, which is a likely row where the mean
        may lie between two groups; or one draw, which keeps the spread of the columns and
        their correlations.
    add_indicator : bool, default=False
        Whether to append a column of zeros and ones for each column that had gaps in the fit.
    keep_empty_features : bool, default=False
        Whether columns without a value in the fit stay, their gaps filled with 0, or are left
        out.
    init_params : str or callable, default="kmeans"
        As for `GaussianMixture`.
    n_init, tol, max_iter, prior : optional
        As for `GaussianMixtureSearch`.
    reg_covar : float, iterable of float or None, default=None
        Strengths of the penalty to choose from, as for `GaussianMixture`: shares of the columns'
        variances that are added to those of one component, so that columns pull at each other
        less. None is 0.001, 0.003, 0.01, 0.03 and 0.1.
    n_jobs : int or None, default=None
        Threads; None uses every core.
    random_state : None, int, RandomState or Generator, default=None
        Which cells are hidden, starts and draws; `transform` with strategy="draw" gives the same
        draws at every call.

    Attributes
    ----------
    mixture_ : Mixture
        The fitted distribution, of the columns with values.
    spread_ : float
        How many times wider than the mixture's own the spread of a gap is taken to be, so that
        90 % intervals hold 90 % of the values that were hidden again.
    columns_ : (M,) array of int
        Numbers of the columns with values.
    indicated_ : array of int
        Numbers of the columns that had gaps.
    results_ : dict of lists
        The mixtures that were tried by "hidden": n_components, covariance_type, reg_covar, and
        log_density, of a hidden value on average. A data frame can be made of it. Empty where
        there was nothing to choose, or another criterion chose.
    best_params_ : dict
        n_components, covariance_type and reg_covar that were chosen.
    n_iter_ : int
        Iterations of the fit to the whole table.
    n_features_in_ : int
    feature_names_in_ : (D,) array of str
        Only where X had names.

    Notes
    -----
    With o a row's observed columns and m its gaps,
    p(x_m | x_o) = sum_k w_k(x_o) N(x_m | mu_k,m + B_k (x_o - mu_k,o), Sigma_k,mm - B_k Sigma_k,om),
    B_k = Sigma_k,mo inverse(Sigma_k,oo), and w_k(x_o) the posterior of the components
    (Ghahramani & Jordan 1994, *Supervised learning from incomplete data via an EM approach*).

    This takes the reason for a gap to have nothing to do with the value behind it, once the rest
    of the row is known. Nothing in a table can show whether that holds; see *Filling gaps*.

    The parameters are estimates, and the mixture takes them for the truth, so its own intervals
    are too narrow. Hence each tenth of the values is hidden in turn, in as many turns as it
    takes for 2,000 of them; a mixture of the chosen kind is fitted to the others; and distances
    from the conditional means are stretched so far that 90 % of what was hidden lies within 90 %
    intervals. It is split conformal prediction with one number for the whole table (Papadopoulos
    et al. 2002, *Inductive confidence machines for regression*). Draws, standard deviations and
    intervals are all stretched by it; means and modes are not.

    Choices are made on at most 65,536 cells, of rows drawn at random.

    Examples
    --------
    >>> from gaussmix import GaussianMixtureImputer
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> imputer = GaussianMixtureImputer(2, random_state=0).fit(X)
    >>> imputer.transform([[2.0, None], [4.5, None]]).round(0)
    array([[ 2., 54.],
           [ 4., 81.]])
    """

    def __init__(
        self,
        n_components: Any = None,
        *,
        covariance_types: Any = ("VEE", "full"),
        criterion: str = HIDDEN,
        strategy: str = "mean",
        add_indicator: bool = False,
        keep_empty_features: bool = False,
        init_params: Any = "kmeans",
        n_init: int = 1,
        tol: float = 1e-6,
        max_iter: int = 2000,
        reg_covar: Any = None,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.strategy = strategy
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features
        self.init_params = init_params
        self.n_init = n_init
        self.tol = tol
        self.max_iter = max_iter
        self.reg_covar = reg_covar
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Choose and fit the mixture, and see how well it fills gaps.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for gaps.
        y : ignored
        sample_weight : array-like of shape (N,), optional
            How often each row counts.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that cannot be used, rows that are not in memory, and where
            every cell is missing.

        Warns
        -----
        DataWarning
            For columns without a value, and where there are too few cells to hide.
        DegenerateFitWarning, ConvergenceWarning, SearchWarning
            As `GaussianMixture.fit` and `GaussianMixtureSearch.fit`; the first not where hidden
            values chose the fit.
        """
        self._check()
        rows = self._rows(X, reset=True)
        weight = row_weights(sample_weight, len(rows))
        counts = slice(None) if weight is None else weight > 0.0
        gaps = np.isnan(rows[counts])
        self.columns_ = np.flatnonzero(~gaps.all(axis=0))
        self.indicated_ = np.flatnonzero(gaps.any(axis=0))
        if len(self.columns_) == 0:
            raise errors.table_without_values(*rows.shape)
        if len(self.columns_) < rows.shape[1] and not self.keep_empty_features:
            self._warn_of_columns()
        rng = generator_of(self.random_state)
        usable = rows[counts][:, self.columns_]
        found = find_mixture(self, usable, None if weight is None else weight[counts], rng)
        self._adopt(found)
        self._seed = rng.integers(2**32, size=4).tolist()
        return self

    def transform(self, X: Any) -> Any:
        """The table with its gaps filled.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for gaps. A row without a value has the mixture's mean.

        Returns
        -------
        (N, M) array, or (N, M + indicators)
            float32 where X is, else float64; a data frame as `set_output` says. Values that were
            observed are as they came, to the last bit.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.
        """
        rows = self._rows(X, reset=False)
        if self.strategy == "mean":
            filled = self._filled(rows, ConditionalMixture.mean)
        elif self.strategy == "mode":
            filled = self._filled(rows, ConditionalMixture.mode)
        else:
            filled = self._filled(rows, self._drawing(np.random.default_rng(self._seed)))
        return self._with_indicators(filled, rows)

    def impute_many(self, X: Any, n: int = 5, random_state: Any = None) -> list[AnyArray]:
        """Several filled tables, whose differences show how uncertain the gaps are.

        Analyse each as if it were complete, then pool the answers with `pool_estimates`.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        n : int, default=5
            Number of tables.
        random_state : None, int, Generator or RandomState

        Returns
        -------
        list of n (N, M) arrays
            As `transform` with strategy="draw": the gaps of a row are drawn together.

        Raises
        ------
        NotFittedError, ValueError
            As `transform`, and for less than one table.
        """
        rows, rng = self._rows(X, reset=False), generator_of(random_state)
        check_int(type(self).__name__, "n", n, 1)
        tables = [self._opened(rows) for _ in range(n)]
        draw = self._drawing(rng)
        for some, columns, conditional in pieces(self.mixture_, rows[:, self.columns_]):
            for table in tables:
                table[some[:, None], self._places[columns]] = draw(conditional)
        return [self._with_indicators(table, rows) for table in tables]

    def standard_deviations(self, X: Any) -> FloatArray:
        """How far the value behind each gap is likely to be from its conditional mean.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)

        Returns
        -------
        (N, M) array of float64
            In the columns' units; 0 for values that were observed, NaN for gaps in columns
            without a value in the fit.

        Raises
        ------
        NotFittedError, ValueError
            As `transform`.
        """
        rows = self._rows(X, reset=False).astype(np.float64, copy=False)

        def deviation(conditional: ConditionalMixture) -> FloatArray:
            return self.spread_ * np.sqrt(conditional.variance())

        gaps = np.isnan(rows)
        known = np.where(gaps, rows, 0.0)
        return self._filled(rows, deviation, onto=known, unknown=np.nan)

    def intervals(self, X: Any, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Intervals that hold the value behind each gap with a stated probability.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        level : float, default=0.9
            Between 0 and 1; as much is left out on either side.

        Returns
        -------
        lower, upper : (N, M) arrays of float64
            Both are the value itself where it was observed, and NaN for gaps in columns without
            a value in the fit.

        Raises
        ------
        NotFittedError, ValueError
            As `transform`, and for a level outside (0, 1).

        Notes
        -----
        Quantiles of the gap's own mixture, its distances from the mean times `spread_`. That is
        set right at 90 %; other levels are as right as the shape of the mixture.
        """
        rows = self._rows(X, reset=False).astype(np.float64, copy=False)
        errors.check_level(level, "level")

        def ends(conditional: ConditionalMixture) -> FloatArray:
            mean = conditional.mean()
            return np.stack([self._spread(end, mean) for end in conditional.interval(level)])

        both = np.stack([self._opened(rows, np.nan)] * 2)
        for some, columns, conditional in pieces(self.mixture_, rows[:, self.columns_]):
            both[:, some[:, None], self._places[columns]] = ends(conditional)
        return both[0], both[1]

    def get_feature_names_out(self, input_features: Any = None) -> AnyArray:
        """Names of the columns of a filled table.

        Parameters
        ----------
        input_features : array-like of str, optional
            Names of the columns of X; by default those of the fit, or "x0", "x1" and so on.

        Returns
        -------
        array of str
            Those of indicators begin with "missingindicator_".
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        out = names[self._kept]
        if self.add_indicator:
            marks = [f"missingindicator_{name}" for name in names[self.indicated_]]
            out = np.concatenate([out, np.array(marks, dtype=object)])
        return np.asarray(out)

    def _rows(self, X: Any, *, reset: bool) -> AnyArray:
        """Rows (N, D), checked against the fit or at its beginning."""
        if not reset:
            check_is_fitted(self)
        if isinstance(X, IntervalData) or is_dask(X) or is_stream(X):
            raise errors.gaps_need_rows(type(X).__name__)
        return fitted_rows(self, X, reset=reset)

    def _check(self) -> None:
        """Refuse parameters that are not the search's."""
        if self.strategy not in _STRATEGIES:
            raise errors.unknown_choice("strategy", self.strategy, _STRATEGIES)
        if self.criterion not in (HIDDEN, *CRITERIA):
            raise errors.unknown_choice("criterion", self.criterion, (HIDDEN, *CRITERIA))
        for name in ("add_indicator", "keep_empty_features"):
            check_bool(type(self).__name__, name, getattr(self, name))

    def _warn_of_columns(self) -> None:
        names = feature_names(self)
        empty = np.setdiff1d(np.arange(self.n_features_in_), self.columns_)
        labels = [int(j) if names is None else names[j] for j in empty]
        warnings.warn(errors.columns_without_values(labels), errors.DataWarning, stacklevel=3)

    def _adopt(self, found: Found) -> None:
        """Set the fitted attributes."""
        names = feature_names(self)
        own = None if names is None else [names[j] for j in self.columns_]
        fitted = found.model.mixture_
        self.mixture_ = Mixture.from_components(fitted.components, fitted.covariance_type, own)
        self.n_iter_ = found.model.n_iter_
        self.spread_, self.results_ = found.spread, found.results
        self.best_params_ = found.parameters

    @property
    def _kept(self) -> AnyArray:
        """Numbers of the columns of a filled table."""
        return np.arange(self.n_features_in_) if self.keep_empty_features else self.columns_

    @property
    def _places(self) -> AnyArray:
        """Where the mixture's columns are in a filled table."""
        return np.searchsorted(self._kept, self.columns_)

    def _opened(self, rows: AnyArray, unknown: float = 0.0) -> AnyArray:
        """The columns of a filled table, NaN for gaps but `unknown` in columns without values."""
        table: AnyArray = rows[:, self._kept].copy()
        empty = np.setdiff1d(np.arange(table.shape[1]), self._places)
        table[:, empty] = np.where(np.isnan(table[:, empty]), unknown, table[:, empty])
        return table

    def _filled(
        self,
        rows: AnyArray,
        answer: Callable[[ConditionalMixture], FloatArray],
        onto: AnyArray | None = None,
        unknown: float = 0.0,
    ) -> AnyArray:
        """A table with what is answered in place of gaps of rows (N, D)."""
        table = self._opened(rows if onto is None else onto, unknown)
        for some, columns, conditional in pieces(self.mixture_, rows[:, self.columns_]):
            table[some[:, None], self._places[columns]] = answer(conditional)
        return table

    def _spread(self, values: FloatArray, mean: FloatArray) -> FloatArray:
        return np.asarray(mean + self.spread_ * (values - mean))

    def _drawing(self, rng: np.random.Generator) -> Callable[[ConditionalMixture], FloatArray]:
        """What draws gaps, with the spread that they have."""
        return lambda conditional: self._spread(conditional.sample(rng), conditional.mean())

    def _with_indicators(self, table: AnyArray, rows: AnyArray) -> AnyArray:
        if not self.add_indicator:
            return table
        marks: BoolArray = np.isnan(rows[:, self.indicated_])
        return np.hstack([table, marks.astype(table.dtype)])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
