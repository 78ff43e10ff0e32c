"""What `fit` does: from parameters and rows to fitted attributes."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, IntArray
from gaussmix.covariance import Family, family_named
from gaussmix.data import Survey, survey
from gaussmix.density import Components
from gaussmix.em import (
    Effort,
    Finding,
    FitReport,
    Learnt,
    Ledger,
    Outcome,
    Problem,
    Progress,
    Spread,
    Start,
    find_degenerate,
    fit_best,
    with_filler,
    with_prior,
)
from gaussmix.errors import Status
from gaussmix.estimators.attributes import structure_of
from gaussmix.estimators.callbacks import CallbackSupport, FitTasks, together, with_callbacks
from gaussmix.estimators.checkpoints import draw_seed, kept_fit
from gaussmix.estimators.intake import Beside, Intake, take_in
from gaussmix.estimators.order import component_order
from gaussmix.estimators.preflight import (
    check_fit,
    check_parameters,
    check_source,
    fixed_parameters,
    given_parameters,
    is_student,
    noise_box,
)
from gaussmix.estimators.progress import shown_progress
from gaussmix.estimators.starting import Given, Wanted, choose_starts
from gaussmix.estimators.streaming import StreamingMixture
from gaussmix.estimators.validation import check_prior, feature_names
from gaussmix.estimators.verbose import printer
from gaussmix.execution import Team, team
from gaussmix.expectation import SufficientStatistics
from gaussmix.mixture import Mixture, generator_of
from gaussmix.selection import Candidate, Search
from gaussmix.summary import MixtureSummary, summarize

#: Blocks are never smaller, and with fewer rows than this even runs side by side gain nothing.
_SMALLEST_BLOCK = 520


class FittingMixture(CallbackSupport, StreamingMixture):  # type: ignore[misc]  # untyped base
    """Adds fitting by EM to an estimator that holds the parameters of a `GaussianMixture`."""

    n_components: int
    tol: float
    reg_covar: float
    max_iter: int
    n_init: int
    init_params: Any
    warm_start: bool
    verbose: int
    verbose_interval: int
    component_order: str | int
    callback: Any
    progress: bool

    def _fit(self, X: Any, beside: Beside) -> Self:
        self._check_parameters()
        intake = take_in(self, X, beside, reset=not self._is_warm)
        with team(self.n_jobs, tasks=self._n_tasks(intake.source.n_rows)) as threads:
            facts = survey(intake.source, threads, feature_names(self))
            self._check_fit(facts, stacklevel=5)
            given = self._given(len(facts.centre))
            problem = self._problem_of(intake, facts, given, threads)
            known = {"labels": beside.labels, "X_covariance": beside.X_covariance}
            with self._ledger(problem, threads, known) as ledger:
                weight = beside.sample_weight
                outcome = self._run(
                    problem, intake.rows, given, threads, ledger, sample_weight=weight
                )
                findings = self._find_degenerate(problem, outcome, threads)
            report = FitReport.of(outcome, findings, facts)
            interrupted = threads.interrupted.is_set()
            statistics = outcome.best.statistics
            if statistics is None:
                statistics = problem.statistics_at(outcome.best.components, threads)
        self._adopt(problem, outcome, report, intake.dtype)
        self._remember(problem, statistics)
        self.warn(stacklevel=4)
        if interrupted:
            message = errors.interrupted_fit(report.n_iter)
            warnings.warn(message, ConvergenceWarning, stacklevel=3)
        return self

    def _check_parameters(self) -> None:
        check_parameters(self)

    def _check_fit(self, facts: Survey, stacklevel: int) -> None:
        """Refuse what the rows do not allow; see `check_fit`."""
        check_fit(self, facts, self.mixture_ if self._is_warm else None, stacklevel)

    def _given(self, n_features: int) -> Given:
        """The parameters that the start is given."""
        return given_parameters(self, n_features)

    def _problem_of(self, intake: Intake, facts: Survey, given: Given, threads: Team) -> Problem:
        """What is to be fitted."""
        check_source(self, intake.source)
        problem = Problem(
            intake.source,
            facts,
            self._family,
            self.n_components,
            float(self.reg_covar),
            noise_box(self, facts, intake.box),
            fixed_parameters(self, given),
            is_student=is_student(self),
        )
        problem = with_filler(problem, threads)
        return with_prior(problem, check_prior(self.prior), threads)

    def _ledger(
        self, problem: Problem, threads: Team, known: Mapping[str, Any]
    ) -> AbstractContextManager[Ledger | None]:
        """Where the fit keeps its state."""
        return kept_fit(self, problem, threads, known)

    def _find_degenerate(
        self, problem: Problem, outcome: Outcome, threads: Team
    ) -> tuple[Finding, ...]:
        """What is degenerate about the best end."""
        return find_degenerate(problem, outcome.best, self._column_names, threads)

    def _n_tasks(self, n_rows: int) -> int:
        """Pieces of work there may be at a time."""
        runs = 2 if isinstance(self.init_params, str) and self.init_params == "auto" else 1
        return max(1, max(runs, self.n_init) * (n_rows // _SMALLEST_BLOCK))

    @with_callbacks
    def _run(
        self,
        problem: Problem,
        rows: AnyArray | None,
        given: Given,
        threads: Team,
        ledger: Ledger | None,
        *,
        sample_weight: Any,
    ) -> Outcome:
        """Every start to its end, and the components of the best in order."""
        seed = draw_seed(self.random_state) if ledger is None else ledger.seed
        wanted = self._wanted(given)
        progress = None
        if self._is_warm:
            components = self._reached
            starts: list[Start] = [lambda _rng, _team: components]
            progress = getattr(self, "progress_", None)
        else:
            starts = choose_starts(problem, rows, wanted, seed, threads)
        tasks = FitTasks(self, len(starts), self.max_iter, rows, sample_weight)
        with shown_progress(len(starts), self.max_iter, show=self.progress) as show:
            write = printer(self.verbose, self.verbose_interval)
            effort = Effort(
                float(self.tol),
                int(self.max_iter),
                progress,
                together(write, show, tasks.callback, self.callback),
                in_turn=callable(self.init_params),
                ledger=ledger,
            )
            outcome = fit_best(problem, starts, seed, self._first(problem, effort), threads)
            outcome = self._chosen(problem, outcome, seed, effort, threads)
        order = self._order(outcome.best.components, wanted, problem)
        tasks.end(outcome.best.components.take(order))
        return outcome.ordered(order)

    def _wanted(self, given: Given) -> Wanted:
        """What the parameters say about the starts."""
        return Wanted(self.init_params, self.n_init, given)

    def _first(self, problem: Problem, effort: Effort) -> Effort:
        """How long every start iterates, of all the effort."""
        return effort

    def _chosen(
        self, problem: Problem, outcome: Outcome, seed: Sequence[int], effort: Effort, threads: Team
    ) -> Outcome:
        """The outcome with the end that is to be kept as its best."""
        if outcome.others and isinstance(self.init_params, str) and self.init_params == "auto":
            return self._sound(problem, outcome, threads)
        return outcome

    def _order(self, components: Components, wanted: Wanted, problem: Problem) -> IntArray:
        """Numbers of the components in the order that they are to have."""
        named = wanted.names_components or problem.has_labels
        return component_order(components, self.component_order, feature_names(self), named=named)

    def _sound(self, problem: Problem, outcome: Outcome, threads: Team) -> Outcome:
        """The outcome with its best sound end, if there is one, in the place of a degenerate one.

        A thorough race finds what a likelihood without a bound has to offer.
        """
        for end in (outcome.best, *outcome.others):
            if not find_degenerate(problem, end, self._column_names, threads):
                return replace(outcome, best=end)
        return outcome

    def _adopt(
        self, problem: Problem, outcome: Outcome, report: FitReport, dtype: np.dtype[Any]
    ) -> None:
        """Set the fitted attributes."""
        best, weight = outcome.best, problem.survey.weight
        self._publish(best.components, dtype)
        self._sample_stream = generator_of(self.random_state)
        self.fit_report_ = report
        self.converged_ = report.status is Status.CONVERGED
        self.n_iter_ = best.n_iter
        self.log_likelihood_ = best.log_likelihood
        self.lower_bound_ = best.log_likelihood / weight
        self.lower_bounds_ = list(best.objectives)
        self.total_weight_ = weight
        self.progress_: Progress = best.progress

    def _remember(self, problem: Problem, statistics: SufficientStatistics) -> None:
        """Keep what `partial_fit` and `merge` go on from."""
        facts = problem.survey
        self.learnt_ = Learnt(statistics, Spread.of(facts), facts.weight, facts.n_rows)
        self.n_fixed_ = problem.n_fixed

    def adopt(self, seen: BaseEstimator, search: Search, candidate: Candidate) -> Self:
        """Become the fit of a search's candidate.

        Parameters
        ----------
        seen : BaseEstimator
            The search's estimator, which saw the columns.
        search : Search
        candidate : Candidate
            One that was fitted.
        """
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(seen, name):
                setattr(self, name, getattr(seen, name))
        if candidate.outcome is None or candidate.report is None:
            raise errors.every_candidate_failed(candidate.reason)
        problem = search.problem(candidate.n_components, candidate.covariance_type)
        self._adopt(problem, candidate.outcome, candidate.report, search.dtype)
        if candidate.outcome.best.statistics is not None:
            self._remember(problem, candidate.outcome.best.statistics)
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
        elif report.status in (Status.MAX_ITER, Status.OUTRUN) and self.max_iter > 0:
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
            self._components(), structure_of(self), feature_names(self)
        )
        return summarize(mixture, getattr(self, "fit_report_", None), self._facts())

    def _facts(self) -> dict[str, float]:
        """What there is to say of the fit in numbers; empty without one."""
        if not hasattr(self, "fit_report_"):
            return {}
        facts = {"rows": self.total_weight_}
        if hasattr(self, "log_likelihood_"):
            facts["log_likelihood"] = self.log_likelihood_
            facts["n_parameters"] = self.n_parameters_
        return facts

    @property
    def _family(self) -> Family:
        return family_named(structure_of(self))

    @property
    def _is_warm(self) -> bool:
        return bool(self.warm_start) and hasattr(self, "fit_report_")

    @property
    def _column_names(self) -> tuple[str, ...]:
        return feature_names(self) or tuple(str(j) for j in range(self.n_features_in_))
