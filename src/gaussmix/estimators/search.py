"""`GaussianMixtureSearch`: how many components, and of which shape."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.covariance import family_named
from gaussmix.data import frame_like, survey
from gaussmix.em import generator
from gaussmix.estimators.folds import folds_of
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.intake import Beside, take_in
from gaussmix.estimators.progress import shown_candidates
from gaussmix.estimators.results import result_columns
from gaussmix.estimators.search_options import (
    check_search,
    is_cross_validated,
    prior_called,
)
from gaussmix.estimators.search_plan import SearchPlan
from gaussmix.estimators.validation import feature_names
from gaussmix.execution import team
from gaussmix.mixture import generator_of
from gaussmix.selection import Candidate, CrossValidation, Sweep, best_of
from gaussmix.summary import SearchSummary, summarize_search

#: The stream of random numbers that the folds are drawn with; starts count up from 0.
_FOLD_STREAM = 2**31 + 1


class GaussianMixtureSearch(DensityMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Choice of the number of components and of their shape, by a criterion.

    Parameters
    ----------
    n_components : int, iterable of int or None, default=None
        Numbers to try; None is 1 to 9.
    covariance_types : "all" or iterable of str, default="all"
        Families to try; "all" is every one there is (in one column: "full" and "tied", as the
        others repeat them).
    criterion : {"bic", "aic", "aicc", "icl", "cv"}, default="bic"
        Lower is better for the first four; "cv" is the mean log density of held-out rows by
        cross-validation, in nats, and higher is better.
    init_params : str or callable, default="auto"
        As for `GaussianMixture`.
    n_init : int, default=1
        Starts per candidate; with "auto", the least number of races' winners to finish.
    tol, max_iter, reg_covar : float, int, float, default=1e-6, 2000, 1e-6
        As for `GaussianMixture`.
    prior : None, "default", ConjugatePrior or list of these, default=None
        As for `GaussianMixture`; of several, each is tried with every candidate. The criteria
        take the log-likelihood without the prior.
    component : {"gaussian", "student_t"}, default="gaussian"
        As for `GaussianMixture`.
    equal_proportions : bool, default=False
        Whether all components have the same proportion, which leaves K - 1 parameters less.
    cv : None, int, splitter or iterable of (train, test), default=None
        Folds for `criterion="cv"`: None is 5, an int so many, of shuffled rows (or groups); or
        one of scikit-learn's splitters, or pairs of row numbers or masks. Where it is given,
        other criteria have the held-out log density beside them. X must be in memory.
    patience : int, optional
        Gives up a shape when its criterion was worse than its best for so many numbers of
        components running. What is left out is listed as skipped. Not with "cv".
    noise_component, noise_volume : bool, float or None, default=False, None
        As for `GaussianMixture`. Noise counts as two parameters, its weight and its volume, as
        in mclust, even where `noise_volume` gives the volume.
    n_jobs : int or None, default=None
        Threads; None uses every core.
    random_state : None, int, RandomState or Generator, default=None
    callback : callable, optional
        Told of each candidate as it is fitted to all rows.
    progress : bool, default=False
        Whether to show how far the search is: a bar on standard error at a terminal, else
        lines in the log "gaussmix".

    Attributes
    ----------
    best_estimator_ : GaussianMixture
        Fitted, the winner.
    best_candidate_ : Candidate
        The winner's outcome, report and criteria.
    candidates_ : list of Candidate
        All of them, in the order they were fitted.
    interrupted_ : bool
        Whether the user stopped the search; then the best of what was fitted is kept.
    best_params_ : dict
        Its `n_components` and `covariance_type`, and `prior` where priors are given.
    best_score_ : float
        Its criterion.
    results_ : data frame
        A row per candidate, in the library of X (pandas where X is no table): n_components,
        covariance_type, words, prior (where there is any), log_likelihood, n_parameters, bic,
        aic, aicc, icl, status, reason (why it cannot win, or ""), and rank. With folds also cv
        and cv_std_error: the held-out log density per row, and its standard error from how the
        folds differ. Where a candidate's best fit is degenerate and another of its fits is
        not, it has a row for each. The status is "converged", "outrun" (stopped when it could
        no longer win by `criterion`), "reached max_iter", "degenerate", "failed" (no fit),
        "skipped" (by `patience`) or "stopped by the user".

    Notes
    -----
    The winner is run on to 1e-5 of `tol` in tables of at most 50,000 rows. What was outrun
    would have gained some more, so its log-likelihood is a lower bound, and its BIC and AIC are
    upper bounds: compare rows by the criterion that was searched for, and for another search by
    that one.

    A fit in which a component describes copies of a row, or in which a variance is the one
    that the penalty makes, is degenerate: its likelihood measures `reg_covar`. It is listed,
    and never wins over a sound one.

    In each fold every candidate is fitted from fresh starts to the training rows alone; only
    the box of a noise component is that of all rows. A candidate without a fit in some fold
    has no held-out log density. See *Choosing a model* for which criterion serves what.

    `save` of a search saves the winner, without the table.

    Examples
    --------
    >>> from gaussmix import GaussianMixtureSearch
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> search = GaussianMixtureSearch(range(1, 5), random_state=0).fit(X)
    >>> search.best_params_
    {'n_components': 3, 'covariance_type': 'tied'}
    """

    #: Columns that held-out rows are taken to know; None asks for the density of whole rows.
    _given: IntArray | None = None
    #: The job that it serves, in messages about its parameters.
    _owner: str | None = None

    def __init__(
        self,
        n_components: Any = None,
        *,
        covariance_types: Any = "all",
        criterion: str = "bic",
        init_params: Any = "auto",
        n_init: int = 1,
        tol: float = 1e-6,
        max_iter: int = 2000,
        reg_covar: float = 1e-6,
        prior: Any = None,
        component: str = "gaussian",
        equal_proportions: bool = False,
        cv: Any = None,
        patience: int | None = None,
        noise_component: bool = False,
        noise_volume: float | None = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        callback: Callable[[Candidate], object] | None = None,
        progress: bool = False,
    ) -> None:
        self.n_components = n_components
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.init_params = init_params
        self.n_init = n_init
        self.tol = tol
        self.max_iter = max_iter
        self.reg_covar = reg_covar
        self.prior = prior
        self.component = component
        self.equal_proportions = equal_proportions
        self.cv = cv
        self.patience = patience
        self.noise_component = noise_component
        self.noise_volume = noise_volume
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.callback = callback
        self.progress = progress

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        labels: Any = None,
        X_covariance: Any = None,
        groups: Any = None,
    ) -> Self:
        """Fit every candidate and keep the best.

        Parameters
        ----------
        X : array-like, data frame, IntervalData, path or stream
            As for `GaussianMixture.fit`.
        y : array-like, optional
            Given to the splitter that `cv` may be; else ignored.
        sample_weight : array-like of shape (N,), optional
            Frequency weights: n of the criteria is their sum.
        labels, X_covariance : optional
            As for `GaussianMixture.fit`. There are never fewer components than labels.
        groups : array-like of shape (N,), optional
            Rows of one group are held out together.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that cannot be used; where every candidate failed, with a
            table of reasons; and where the criterion is infinite for all, as AICc is with few
            rows.

        Warns
        -----
        DegenerateFitWarning
            Where the winner is degenerate, as then every candidate is, or a column is constant.
        ConvergenceWarning
            Where the winner reached `max_iter`, and where Ctrl-C ended the search.
        DataWarning
            Where shapes have more directions than the rows can show.
        SearchWarning
            Where the winner has the largest or the smallest number of components tried, or at
            least as many parameters as the rows hold numbers (n times the columns).
        """
        check_search(self, groups)
        intake = take_in(self, X, Beside(sample_weight, labels, X_covariance), reset=True)
        seed = generator_of(self.random_state).integers(2**32, size=4).tolist()
        with team(self.n_jobs) as threads:
            facts = survey(intake.source, threads, feature_names(self))
            plan = SearchPlan.of(self, intake, facts, seed, threads)
            self._warn_hopeless(plan, facts.n_rows)
            sweep = plan.sweep(intake.source, intake.rows, facts)
            validation = None
            if is_cross_validated(self):
                owner, rng = type(self).__name__, generator(seed, _FOLD_STREAM)
                source, folds = folds_of(owner, self.cv, intake.source, rng, y=y, groups=groups)
                validation = CrossValidation(source, folds, plan.of_fold, threads, self._given)
            self.candidates_ = self._run(sweep, validation)
            _check_comparable(self.candidates_, self.criterion)
            best = best_of(self.candidates_, self.criterion)
            winner = sweep.finish(best)
            self.interrupted_ = threads.interrupted.is_set()
        self.candidates_ = [winner if c is best else c for c in self.candidates_]
        self._adopt(sweep, winner, X)
        self._warn(len(sweep.cells), facts.n_rows - facts.n_empty)
        return self

    def _run(self, sweep: Sweep, validation: CrossValidation | None) -> list[Candidate]:
        """The candidates, fitted to all rows and then to all but each fold."""
        n_folds = 0 if validation is None else len(validation.folds)
        with shown_candidates(len(sweep.cells) * (1 + n_folds), show=self.progress) as show:
            candidates = sweep.run(_both(self.callback, show))
            if validation is None:
                return candidates
            candidates = validation.run(candidates, show)
        if self.criterion != "cv":
            return candidates
        if not any(c.held_out for c in candidates) and validation.team.interrupted.is_set():
            raise KeyboardInterrupt
        whole = self._given is None
        reasons = [c.reason if whole else _reason_of_its_own(c) for c in candidates]
        return [
            replace(c, reason=reason or c.why_not_held_out)
            for c, reason in zip(candidates, reasons, strict=True)
        ]

    def _warn_hopeless(self, plan: SearchPlan, n_rows: int) -> None:
        """Warn of shapes that the rows cannot show with any of the numbers tried."""
        n_features = self.n_features_in_
        if None not in plan.priors.values() and n_rows > n_features:
            return
        needed = {
            name: family_named(name).rows_needed(min(plan.numbers), n_features)
            for name in plan.families
        }
        if hopeless := {name: rows for name, rows in needed.items() if n_rows <= rows}:
            message = errors.hopeless_shapes(hopeless, n_rows, n_features)
            warnings.warn(message, errors.DataWarning, stacklevel=3)

    def _adopt(self, sweep: Sweep, winner: Candidate, X: Any) -> None:
        """Set the fitted attributes."""
        self.best_candidate_ = winner
        columns = result_columns(
            self.candidates_,
            winner,
            self.criterion,
            self.n_features_in_,
            has_prior=any(sweep.searches),
            has_folds=is_cross_validated(self),
        )
        self.results_ = frame_like(columns, X)
        self.best_params_ = {
            "n_components": winner.n_components,
            "covariance_type": winner.covariance_type,
        }
        prior = prior_called(self, winner.prior)
        if self.prior is not None:
            self.best_params_["prior"] = prior
        self.best_score_ = winner.value(self.criterion)
        estimator = GaussianMixture(
            winner.n_components,
            covariance_type=winner.covariance_type,
            tol=self.tol,
            max_iter=self.max_iter,
            reg_covar=self.reg_covar,
            prior=prior,
            component=self.component,
            equal_proportions=self.equal_proportions,
            init_params=self.init_params,
            n_init=self.n_init,
            noise_component=self.noise_component,
            noise_volume=self.noise_volume,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )
        self.best_estimator_ = estimator.adopt(self, sweep.search_of(winner), winner)

    def _warn(self, n_cells: int, n_rows: int) -> None:
        """Warn of what is wrong with the winner, and of what was not tried."""
        self.best_estimator_.warn(stacklevel=4)
        if self.interrupted_:
            message = errors.stopped_early(len({c.cell for c in self.candidates_}), n_cells)
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        elif edge := self.summary().edge:
            warnings.warn(edge, errors.SearchWarning, stacklevel=3)
        criteria = self.best_candidate_.criteria
        is_choice = n_cells > 1 and self.criterion != "cv"
        if (
            is_choice
            and criteria is not None
            and self.n_features_in_ * criteria.n <= criteria.n_parameters
        ):
            message = errors.few_rows(criteria.n_parameters, criteria.n, n_rows)
            warnings.warn(message, errors.SearchWarning, stacklevel=3)

    def summary(self) -> SearchSummary:
        """What won, the best five and why others cannot win; prints as text."""
        check_is_fitted(self)
        return summarize_search(
            self.candidates_, self.best_candidate_, self.criterion, self.n_features_in_
        )

    def predict(self, X: Any) -> IntArray:
        """Likeliest component of each row (N,), -1 for noise, by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.predict(X)

    def predict_proba(self, X: Any) -> AnyArray:
        """Posterior probabilities (N, K), by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.predict_proba(X)

    def score_samples(self, X: Any) -> FloatArray:
        """Log density of each row (N,), in nats, by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.score_samples(X)

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, X_covariance: Any = None
    ) -> float:
        """Mean log density of the rows, by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.score(X, y, sample_weight, X_covariance=X_covariance)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _check_comparable(candidates: Sequence[Candidate], criterion: str) -> None:
    """Refuse a criterion that is infinite for all that may win."""
    fitted = [c for c in candidates if c.criteria is not None]
    sound = [c.criteria for c in fitted if not c.reason] or [c.criteria for c in fitted]
    known = [c for c in sound if c is not None]
    if criterion != "cv" and known and all(c.value(criterion) == float("inf") for c in known):
        fewest = min(c.n_parameters for c in known)
        raise errors.infinite_criterion(criterion, known[0].n, fewest)


def _reason_of_its_own(candidate: Candidate) -> str:
    """Why a candidate cannot win; empty where the same is wrong with all of its components.

    Then columns repeat or fix each other, and held-out rows tell whether that does harm.
    """
    findings = candidate.report.findings if candidate.report else ()
    wrong = {finding.component for finding in findings if finding.component >= 0}
    return "" if len(wrong) == candidate.n_components else candidate.reason


def _both(
    callback: Callable[[Candidate], object] | None, show: Callable[[Candidate], object] | None
) -> Callable[[Candidate], object] | None:
    """Tells both of each candidate."""
    told = [tell for tell in (callback, show) if tell is not None]
    return (lambda candidate: [tell(candidate) for tell in told]) if told else None
