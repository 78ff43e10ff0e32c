"""The search over numbers of components and covariance families."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix.covariance import family_named
from gaussmix.density import totals
from gaussmix.em import (
    WORTH_A_THREAD,
    Effort,
    FitReport,
    Outcome,
    Problem,
    Start,
    find_degenerate,
    fit_best,
    run,
)
from gaussmix.errors import Status
from gaussmix.execution import Team
from gaussmix.selection.criteria import Criteria

#: How much finer than the candidates the winner is fitted, in tables of no more than this.
_FINER = 1e-5
_FEW_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cell of the grid.

    Attributes
    ----------
    n_components : int
    covariance_type : str
    n_parameters : int
        Free ones.
    outcome : Outcome or None
        None where every start failed.
    report : FitReport or None
    criteria : Criteria or None
    reason : str
        Why it cannot win; empty where it can.
    """

    n_components: int
    covariance_type: str
    n_parameters: int
    outcome: Outcome | None
    report: FitReport | None
    criteria: Criteria | None
    reason: str

    def value(self, criterion: str) -> float:
        """Its criterion; infinite where the fit failed."""
        return self.criteria.value(criterion) if self.criteria else float("inf")


@dataclass(frozen=True, slots=True)
class Grid:
    """What is searched, and how hard.

    Attributes
    ----------
    n_components : sequence of int
    covariance_types : sequence of str
    effort : Effort
    starts : callable
        (problem, team) -> the starts of one cell.
    seed : sequence of int
    """

    n_components: Sequence[int]
    covariance_types: Sequence[str]
    effort: Effort
    starts: Callable[[Problem, Team], list[Start]]
    seed: Sequence[int]

    @property
    def cells(self) -> list[tuple[int, str]]:
        """Every pair of a number of components and a family."""
        return [(k, name) for name in self.covariance_types for k in self.n_components]


@dataclass(frozen=True)
class Search:
    """A grid and the rows it is fitted to.

    Attributes
    ----------
    rows : Problem
        Any one with the rows to be fitted, and all else that is the same in every cell.
    names : tuple of str
        Column names, for the reasons given.
    dtype : dtype
        Of the rows.
    grid : Grid
    team : Team
    """

    rows: Problem
    names: tuple[str, ...]
    dtype: np.dtype[Any]
    grid: Grid
    team: Team

    def run(self, tell: Callable[[Candidate], object] | None = None) -> list[Candidate]:
        """Every cell; those done when the user interrupts, if any are.

        Parameters
        ----------
        tell : callable or None
            Told of each candidate as it is done.
        """
        candidates: list[Candidate] = []
        try:
            for candidate in self._candidates():
                candidates.append(candidate)
                if tell is not None:
                    tell(candidate)
                if self.team.interrupted.is_set():
                    break
        except KeyboardInterrupt:
            self.team.interrupted.set()
            if not any(candidate.outcome for candidate in candidates):
                raise
        return candidates

    def _candidates(self) -> Iterator[Candidate]:
        """The cells' candidates in order, as they are done.

        Where the rows are one block and a pass is long enough, cells run side by side, each
        in one thread; else one after the other, each with the whole team. The results are
        the same.
        """
        largest = self.problem(max(self.grid.n_components), self.grid.covariance_types[0])
        long_enough = largest.n_blocks == 1 and largest.work >= WORTH_A_THREAD
        side_by_side = long_enough and not self.grid.effort.in_turn
        outer = self.team if side_by_side else self.team.alone()
        inner = self.team.alone() if side_by_side else self.team
        return outer.map(lambda cell: self._fit(*cell, inner), self.grid.cells)

    def finish(self, candidate: Candidate) -> Candidate:
        """The candidate run on until next to nothing is left to gain.

        What ranks candidates leaves the weights of a flat likelihood uncertain in the third
        digit. Where the rows are many or the run does not end, the candidate as it is.
        """
        effort = self.grid.effort
        outcome = candidate.outcome
        if outcome is None or self.rows.source.n_rows > _FEW_ROWS or self.team.interrupted.is_set():
            return candidate
        if outcome.best.status is not Status.CONVERGED:
            return candidate
        problem = self.problem(candidate.n_components, candidate.covariance_type)
        try:
            fit = run(
                problem,
                outcome.best.components,
                self.team,
                tol=_FINER * effort.tol,
                max_iter=effort.max_iter,
                progress=outcome.best.progress,
            )
            if fit.status is not Status.CONVERGED:
                return candidate
            best = replace(fit, objectives=outcome.best.objectives + fit.objectives)
            finished = self._judge(
                problem, candidate.covariance_type, replace(outcome, best=best), self.team
            )
        except KeyboardInterrupt:
            self.team.interrupted.set()
            return candidate
        return candidate if finished.reason and not candidate.reason else finished

    def problem(self, n_components: int, name: str) -> Problem:
        """The problem of one cell, by the name its family was asked for."""
        return replace(self.rows, family=family_named(name), n_components=n_components)

    def _fit(self, n_components: int, name: str, team: Team) -> Candidate:
        """One cell, by the name its family was asked for."""
        grid = self.grid
        problem = self.problem(n_components, name)
        try:
            outcome = fit_best(problem, grid.starts(problem, team), grid.seed, grid.effort, team)
        except errors.CollapsedComponent as failure:
            n_free = problem.n_free
            return Candidate(n_components, name, n_free, None, None, None, str(failure))
        return self._judge(problem, name, outcome, team)

    def _judge(self, problem: Problem, name: str, outcome: Outcome, team: Team) -> Candidate:
        """The candidate that an outcome makes."""
        if not problem.has_labels:  # which number the components
            order = np.argsort(-outcome.best.components.weights, kind="stable")
            outcome = outcome.ordered(order)
        best, n_components = outcome.best, problem.n_components
        findings = find_degenerate(problem, best, self.names, team)
        report = FitReport.of(outcome, findings, problem.survey)
        criteria = Criteria(
            best.log_likelihood,
            problem.n_free,
            problem.survey.weight,
            totals(best.components, problem.source, team).doubt,
        )
        # What is wrong with the data (component -1) is wrong with every candidate alike.
        reasons = [finding.reason for finding in report.findings if finding.component >= 0]
        return Candidate(
            n_components, name, problem.n_free, outcome, report, criteria, " ".join(reasons)
        )


def best_of(candidates: Sequence[Candidate], criterion: str) -> Candidate:
    """The candidate of lowest criterion that is not degenerate.

    Ties go to fewer parameters. Where every candidate is degenerate, the lowest criterion
    among them.

    Raises
    ------
    ValueError
        Where every fit failed.
    """

    def rank(candidate: Candidate) -> tuple[bool, float, int]:
        size = candidate.criteria.n_parameters if candidate.criteria else 0
        return (bool(candidate.reason), candidate.value(criterion), size)

    best = min(candidates, key=rank)
    if best.outcome is None:
        raise errors.every_candidate_failed(best.reason)
    return best
