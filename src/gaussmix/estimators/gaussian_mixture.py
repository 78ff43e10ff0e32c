"""`GaussianMixture`: maximum likelihood by EM, with scikit-learn's names."""

import warnings
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, IntArray
from gaussmix.covariance import Family, family_named
from gaussmix.data import ArraySource, survey
from gaussmix.em import (
    Callback,
    Effort,
    FitReport,
    Iteration,
    Outcome,
    Problem,
    Progress,
    Start,
    find_degenerate,
    fit_best,
)
from gaussmix.errors import Status
from gaussmix.estimators.attributes import publish
from gaussmix.estimators.fitted import FittedMixture
from gaussmix.estimators.order import component_order
from gaussmix.estimators.preflight import check_fit, check_parameters, given_parameters
from gaussmix.estimators.starting import Wanted, choose_starts
from gaussmix.estimators.validation import (
    feature_names,
    fitted_rows,
    row_weights,
)
from gaussmix.estimators.verbose import printer
from gaussmix.execution import Team, team
from gaussmix.mixture import (
    Mixture,
    generator_of,
)
from gaussmix.selection import Candidate
from gaussmix.summary import MixtureSummary, summarize

#: Blocks are never smaller, and with fewer rows than this even runs side by side gain nothing.
_SMALLEST_BLOCK = 520


class GaussianMixture(FittedMixture):
    """Gaussian mixture fitted by expectation maximisation.

    A drop-in for `sklearn.mixture.GaussianMixture`: the same parameters, defaults, methods and
    attributes, and more. Differences are listed in *Migrating from scikit-learn*.

    Parameters
    ----------
    n_components : int, default=1
        Number K of components.
    covariance_type : str, default="full"
        Structure of the covariances: "full", "tied", "diag", "spherical", "tied_diag",
        "tied_spherical", or mclust's "VVV", "EEE", "VVI", "VII", "EEI", "EII".
    tol : float, default=1e-3
        Stop when the gain still to come is estimated below this, in mean log density per
        row. 0 runs exactly `max_iter` iterations.
    reg_covar : float, default=1e-6
        Strength of the penalty that keeps covariances from collapsing, relative to the
        columns' variances: as many pseudo-rows of the whole table's variance as `reg_covar`
        times the number of rows are shared out among the components. The result does not
        depend on the columns' units.
    max_iter : int, default=100
        Largest number of iterations; 0 returns the start.
    n_init : int, default=1
        Number of starts; the best end is kept.
    init_params : str, array-like or callable, default="kmeans"
        "kmeans" (the most promising of a few, on columns in units of their spread),
        "k-means++", "random", "random_from_data"; "auto" races many short runs
        of several kinds and finishes the best few; labels (N,) of integers 0..K-1;
        responsibilities (N, K); or a callable `(X, n_components, rng)` that returns either.
    weights_init : array-like of shape (K,), optional
    means_init : array-like of shape (K, D), optional
        Given alone, the rest comes from assigning rows to the nearest mean.
    precisions_init : array-like, optional
        In the layout of `precisions_`.
    random_state : None, int, RandomState or Generator, default=None
        The same integer gives the same bits, whatever the number of threads.
    warm_start : bool, default=False
        Whether `fit` goes on from the fit before.
    verbose, verbose_interval : int, default=0, 10
        1 prints every `verbose_interval`-th iteration, 2 its objective too.
    component_order : {"auto", "weight", "start"}, int or str, default="auto"
        How components are numbered: "weight" by falling weight; "start" as the start
        numbered them; a column by its rising mean. "auto" is "start" where the start
        numbers them (`means_init` and the like, or an array or callable as `init_params`),
        else "weight".
    n_jobs : int or None, default=None
        Threads; None uses every core. Results have the same bits for any number.
    callback : callable, optional
        Called after each iteration with an object that has `number`, `objective`, `gain`,
        `remaining` and `components`; a true answer stops the run. With one, starts run one
        after the other.

    Attributes
    ----------
    weights_ : (K,) array
    means_ : (K, D) array
    covariances_, precisions_, precisions_cholesky_ : arrays
        (K, D, D) for "full", (D, D) for "tied", (K, D) for "diag", (K,) for "spherical",
        (K, D, D) for every other type; in squared units of the columns, and their inverses.
        precisions_ = P P' with P = precisions_cholesky_.
    converged_ : bool
        Whether `fit_report_.status` is CONVERGED.
    n_iter_ : int
        Iterations of the best run.
    lower_bound_ : float
        Mean log-likelihood per row of the fitted parameters: `score(X)`.
    lower_bounds_ : list of float
        Penalised log-likelihood per row after each iteration; it never falls.
    log_likelihood_ : float
        Log-likelihood of the fitted parameters, a total over the (weighted) rows.
    n_parameters_ : int
        Free parameters.
    fit_report_ : FitReport
        Status, starts, failures, kernel and what is degenerate.
    mixture_ : Mixture
        The fitted distribution as a value.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only where X had names.

    Notes
    -----
    Maximises sum_n w_n log sum_k pi_k N(x_n | mu_k, Sigma_k)
    - (nu / 2) sum_k tr(inverse(Sigma_k) diag(s^2)), nu = reg_covar sum_n w_n / K, with s^2 the
    columns' variances. Dempster, Laird & Rubin (1977), J. R. Stat. Soc. B 39, 1-38.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> gm = GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> gm.means_.round(2)
    array([[ 4.29, 79.97],
           [ 2.04, 54.48]])
    >>> gm.predict([[4.0, 80.0], [2.0, 50.0]])
    array([0, 1])
    """

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        component_order: str | int = "auto",
        n_jobs: int | None = None,
        callback: Callback | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.component_order = component_order
        self.n_jobs = n_jobs
        self.callback = callback

    @classmethod
    def from_parameters(
        cls,
        weights: Any,
        means: Any,
        covariances: Any,
        *,
        covariance_type: str = "full",
        feature_names: Any = None,
    ) -> Self:
        """An estimator with known parameters, fitted to no data.

        Parameters
        ----------
        weights : array-like of shape (K,)
        means : array-like of shape (K, D)
        covariances : array-like
            In the layout of `covariance_type`.
        covariance_type : str, default="full"
        feature_names : sequence of str, optional

        Returns
        -------
        GaussianMixture
            Ready to predict, score and sample.

        Raises
        ------
        ValueError
            For parameters that are those of no mixture; see `Mixture`.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> gm = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], covariance_type="spherical"
        ... )
        >>> gm.score([[0.0], [4.0]]).__round__(3)
        -1.612
        """
        mixture = Mixture(
            weights,
            means,
            covariances,
            covariance_type=covariance_type,
            feature_names=feature_names,
        )
        estimator = cls(mixture.n_components, covariance_type=covariance_type)
        estimator.n_features_in_ = mixture.n_features
        if feature_names is not None:
            estimator.feature_names_in_ = np.asarray(feature_names, dtype=object)
        publish(estimator, mixture, np.float64)
        return estimator

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Estimate the parameters.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            pandas, polars and pyarrow tables keep their column names.
        y : ignored
        sample_weight : array-like of shape (N,), optional
            How often each row counts: 2 is the row twice, 0 is the row gone.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that cannot be used, and where every start collapses.

        Warns
        -----
        ConvergenceWarning
            Where the best run reached `max_iter`, and where Ctrl-C ended the fit: then the
            best parameters so far are kept, with status STOPPED.
        DegenerateFitWarning
            Where a component describes copies of a row, a constant, or nothing.
        DataWarning
            Where the covariances have more directions than the rows can show.
        """
        return self._fit(X, sample_weight)

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> IntArray:
        """`fit`, then `predict` the same rows."""
        return self._fit(X, sample_weight).predict(X)

    def _fit(self, X: Any, sample_weight: Any) -> Self:
        check_parameters(self)
        rows = fitted_rows(self, X, reset=not self._is_warm)
        weight = row_weights(sample_weight, len(rows))
        before = self.mixture_ if self._is_warm else None
        check_fit(self, rows, weight, before, stacklevel=4)
        runs = 2 if isinstance(self.init_params, str) and self.init_params == "auto" else 1
        tasks = max(runs, self.n_init) * (len(rows) // _SMALLEST_BLOCK)
        with team(self.n_jobs, tasks=max(1, tasks)) as threads:
            source = ArraySource(rows, weight)
            facts = survey(source, threads, feature_names(self))
            problem = Problem(source, facts, self._family, self.n_components, float(self.reg_covar))
            outcome = self._run(problem, rows, threads)
            findings = find_degenerate(problem, outcome.best, self._column_names, threads)
            report = FitReport.of(outcome, findings)
            interrupted = threads.interrupted.is_set()
        self._adopt(outcome, report, problem.survey.weight, rows.dtype)
        self.warn(stacklevel=4)
        if interrupted:
            message = errors.interrupted_fit(report.n_iter)
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        return self

    def _run(self, problem: Problem, rows: AnyArray, threads: Team) -> Outcome:
        """Every start to its end, and the components of the best in order."""
        seed = generator_of(self.random_state).integers(2**32, size=4).tolist()
        wanted = Wanted(self.init_params, self.n_init, given_parameters(self, problem.n_features))
        progress = None
        if self._is_warm:
            components = self._components()
            starts: list[Start] = [lambda _rng, _team: components]
            progress = self.progress_
        else:
            starts = choose_starts(problem, rows, wanted, seed, threads)
        effort = Effort(
            float(self.tol),
            int(self.max_iter),
            progress,
            self._callback,
            in_turn=callable(self.init_params),
        )
        outcome = fit_best(problem, starts, seed, effort, threads)
        order = component_order(
            outcome.best.components,
            self.component_order,
            feature_names(self),
            named=wanted.names_components,
        )
        return outcome.ordered(order)

    def _adopt(
        self, outcome: Outcome, report: FitReport, weight: float, dtype: np.dtype[Any]
    ) -> None:
        """Set the fitted attributes."""
        best = outcome.best
        names = feature_names(self)
        mixture = Mixture.from_components(best.components, self.covariance_type, names)
        publish(self, mixture, dtype)
        self._sample_stream = generator_of(self.random_state)
        self.fit_report_ = report
        self.converged_ = report.status is Status.CONVERGED
        self.n_iter_ = best.n_iter
        self.log_likelihood_ = best.log_likelihood
        self.lower_bound_ = best.log_likelihood / weight
        self.lower_bounds_ = list(best.objectives)
        self.total_weight_ = weight
        self.progress_: Progress = best.progress

    def adopt(self, seen: BaseEstimator, candidate: Candidate, dtype: np.dtype[Any]) -> Self:
        """Become the fit of a search's candidate.

        Parameters
        ----------
        seen : BaseEstimator
            The search, which saw the columns.
        candidate : Candidate
            One that was fitted.
        """
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(seen, name):
                setattr(self, name, getattr(seen, name))
        if candidate.outcome is None or candidate.report is None or candidate.criteria is None:
            raise errors.every_candidate_failed(candidate.reason)
        self._adopt(candidate.outcome, candidate.report, candidate.criteria.n, dtype)
        return self

    def warn(self, stacklevel: int) -> None:
        """Warn of what is wrong with the fit.

        Parameters
        ----------
        stacklevel : int
            As for `warnings.warn`.
        """
        report = self.fit_report_
        if report.status is Status.DEGENERATE:
            reasons = [finding.reason for finding in report.findings]
            kind, message = errors.DegenerateFitWarning, errors.degenerate_fit(reasons)
        elif report.status is Status.MAX_ITER and self.max_iter > 0:
            kind, message = (
                ConvergenceWarning,
                errors.not_converged(report.n_iter, report.remaining),
            )
        else:
            return
        warnings.warn(message, kind, stacklevel=stacklevel)

    def summary(self) -> MixtureSummary:
        """Tables and sentences about the fit; prints as text.

        Returns
        -------
        MixtureSummary
            With `components` (a table as a dict of columns), `facts` and `str()`.
        """
        check_is_fitted(self)
        mixture = Mixture.from_components(
            self._components(), self.covariance_type, feature_names(self)
        )
        return summarize(mixture, getattr(self, "fit_report_", None), self._facts())

    def _facts(self) -> dict[str, float]:
        """What there is to say of the fit in numbers; empty without one."""
        if not hasattr(self, "fit_report_"):
            return {}
        return {
            "rows": self.total_weight_,
            "log_likelihood": self.log_likelihood_,
            "n_parameters": self.n_parameters_,
        }

    @property
    def _family(self) -> Family:
        return family_named(self.covariance_type)

    @property
    def _is_warm(self) -> bool:
        return bool(self.warm_start) and hasattr(self, "progress_")

    @property
    def _column_names(self) -> tuple[str, ...]:
        return feature_names(self) or tuple(str(j) for j in range(self.n_features_in_))

    @property
    def _callback(self) -> Callback | None:
        write = printer(self.verbose, self.verbose_interval)
        if write is None or self.callback is None:
            return write or self.callback
        ask = self.callback

        def both(iteration: Iteration) -> object:
            write(iteration)
            return ask(iteration)

        return both
