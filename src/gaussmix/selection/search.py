"""The search over numbers of components and covariance families."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix.covariance import Family, family_named
from gaussmix.density import totals
from gaussmix.em import (
    HEAT,
    WORTH_A_THREAD,
    Contest,
    Effort,
    Fit,
    FitReport,
    Outcome,
    Problem,
    Race,
    Start,
    find_degenerate,
    fit_best,
    run,
)
from gaussmix.errors import Status
from gaussmix.execution import Team
from gaussmix.selection.candidates import Candidate, ranked
from gaussmix.selection.criteria import INFORMATION, Criteria

#: How much finer than the candidates the winner is fitted, in tables of no more than this.
_FINER = 1e-5
_FEW_ROWS = 50_000
#: So many of the best are run on, and all that could still win by gaining so many times what
#: is estimated to remain; where that cannot be told, it is so many times the last gain.
_LEADERS, _HOPE, _LONG = 5, 5.0, 10.0
#: How much ICL may fall beside its likelihood while a candidate runs on.
_ENTROPY = 40.0


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
    race : Race or None
        Rules of the race whose starts all cells of a family share; None where each cell has its
        own starts.
    criterion : str
        What the candidates will be compared by.
    """

    n_components: Sequence[int]
    covariance_types: Sequence[str]
    effort: Effort
    starts: Callable[[Problem, Team], list[Start]]
    seed: Sequence[int]
    race: Race | None = None
    criterion: str = "bic"

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
        contest = self._contest()
        try:
            for candidate in self._candidates(contest):
                candidates.append(candidate)
                if tell is not None:
                    tell(candidate)
                if self.team.interrupted.is_set():
                    return candidates
            if contest is not None:
                candidates = self._with_leaders_run_on(contest, candidates)
        except KeyboardInterrupt:
            self.team.interrupted.set()
            if not any(candidate.outcome for candidate in candidates):
                raise
        return candidates

    def _contest(self) -> Contest | None:
        """The race of the grid; None where cells have starts of their own."""
        grid = self.grid
        if grid.race is None or self.rows.has_labels:
            return None
        return Contest.of(self.rows, grid.race, grid.n_components, grid.seed, self.team)

    def _with_leaders_run_on(
        self, contest: Contest, candidates: list[Candidate]
    ) -> list[Candidate]:
        """The candidates, those that lead or may still do so run on to what tol asks for.

        The others would not be among the best few if they gained many times what they are
        estimated to.
        """
        fine = {
            (c.n_components, c.covariance_type)
            for c in candidates
            if c.report is not None
            and (c.report.remaining <= self.grid.effort.tol or c.report.ended is Status.MAX_ITER)
        }
        by_fit = self.grid.criterion in INFORMATION
        criterion = self.grid.criterion if by_fit else "bic"
        n_heats = self.grid.effort.max_iter // HEAT
        while not self.team.interrupted.is_set():
            sound = [c for c in ranked(candidates, criterion) if c.outcome and not c.reason]
            coarse = [c for c in sound if (c.n_components, c.covariance_type) not in fine]
            last = sound[:_LEADERS][-1].loss(criterion) if sound else -np.inf
            hopeful = [c for c in coarse if not by_fit or self._hope(c, criterion) <= last]
            chosen = [c for c in hopeful if c.report and c.report.ended is Status.OUTRUN]
            if chosen and n_heats > 0:
                n_heats -= 1
                candidates = self._run_on(contest, candidates, chosen, heat=True)
                continue
            chosen = hopeful + [c for c in sound[:_LEADERS] if c in coarse and c not in hopeful]
            if not chosen:
                break
            candidates = self._run_on(contest, candidates, chosen, heat=False)
            fine |= {(c.n_components, c.covariance_type) for c in chosen}
        return candidates

    def _run_on(
        self,
        contest: Contest,
        candidates: list[Candidate],
        chosen: Sequence[Candidate],
        *,
        heat: bool,
    ) -> list[Candidate]:
        """The candidates, the chosen ones run on from where they ended."""
        names = list(dict.fromkeys(c.covariance_type for c in chosen))

        def go_on(group: tuple[Family, ...]) -> dict[int, Candidate]:
            kinds = {family.code: kind for kind, family in enumerate(group)}
            own = {
                (kinds[family_named(c.covariance_type).code], c.n_components): c
                for c in chosen
                if family_named(c.covariance_type) in group
            }
            fits = {cell: c.outcome.best for cell, c in own.items() if c.outcome is not None}
            ends = contest.go_on(self.rows, group, fits, self.grid.effort, self.team, heat=heat)
            return {
                id(own[cell]): self._ended(own[cell], end, self.team) for cell, end in ends.items()
            }

        groups = contest.groups([family_named(name) for name in names])
        done = dict(chain.from_iterable(part.items() for part in map(go_on, groups)))
        return [done.get(id(c), c) for c in candidates]

    def _ended(self, candidate: Candidate, end: Fit, team: Team) -> Candidate:
        """The candidate with another end of its best run."""
        assert candidate.outcome is not None
        name = candidate.covariance_type
        problem = self.problem(candidate.n_components, name)
        return self._judge(problem, name, replace(candidate.outcome, best=end), team)

    def _hope(self, candidate: Candidate, criterion: str) -> float:
        """How low a candidate's criterion may still go.

        The entropy that ICL adds is no part of what EM raises: it may fall by more.
        """
        loss, outcome = candidate.loss(criterion), candidate.outcome
        assert outcome is not None
        progress = outcome.best.progress
        left = progress.remaining if np.isfinite(progress.remaining) else _LONG * progress.gain
        margin = _ENTROPY if criterion == "icl" else 0.0
        return loss - 2.0 * _HOPE * left * self.rows.survey.weight - margin

    def _candidates(self, contest: Contest | None) -> Iterator[Candidate]:
        """The cells' candidates in order, as they are done.

        Where the rows are one block and a pass is long enough, cells run side by side, each in
        one thread; else one after the other, each with the whole team. The results are the same.
        Families that race take turns: the calls of a stack are short, and threads would pass the
        interpreter to and fro.
        """
        grid = self.grid
        if contest is not None:
            families = [family_named(name) for name in grid.covariance_types]
            team = self.team.alone() if contest.is_whole else self.team
            for group in contest.groups(families):
                yield from self._fit_group(contest, group, team)
            return
        largest = self.problem(max(grid.n_components), grid.covariance_types[0])
        long_enough = largest.n_blocks == 1 and largest.work >= WORTH_A_THREAD
        side_by_side = long_enough and not grid.effort.in_turn
        outer = self.team if side_by_side else self.team.alone()
        inner = self.team.alone() if side_by_side else self.team
        yield from outer.map(lambda cell: self._fit(*cell, inner), grid.cells)

    def _fit_group(
        self, contest: Contest, group: tuple[Family, ...], team: Team
    ) -> list[Candidate]:
        """All numbers of components of families that race together."""
        found: list[Candidate] = []
        outcomes = contest.run(self.rows, group, self.grid.effort, team)
        names = {family_named(name).code: name for name in self.grid.covariance_types}
        for kind, family in enumerate(group):
            name = names[family.code]
            for k in self.grid.n_components:
                ends = outcomes.get((kind, k), [])
                found += self._among(k, name, ends, team) if ends else [self._fit(k, name, team)]
        return found

    def _among(self, k: int, name: str, ends: list[Outcome], team: Team) -> list[Candidate]:
        """The best sound one of the ends of a cell, after the best one where that is not sound.

        Copies of one row are not rewarded: where the best end sits on them, others go unlisted.
        """
        problem = self.problem(k, name)
        judged = (self._judge(problem, name, end, team) for end in ends)
        best = next(judged)
        on_one_row = best.report and any(one.on_one_row for one in best.report.findings)
        if not best.reason or on_one_row:
            return [best]
        sound = next((candidate for candidate in judged if not candidate.reason), None)
        return [best] if sound is None else [best, sound]

    def finish(self, candidate: Candidate) -> Candidate:
        """The candidate run on until next to nothing is left to gain.

        What ranks candidates leaves the weights of a flat likelihood uncertain in the third
        digit. Where the rows are many or the run does not end, the candidate as it is.
        """
        effort = self.grid.effort
        outcome = candidate.outcome
        if outcome is None or self.rows.source.n_rows > _FEW_ROWS or self.team.interrupted.is_set():
            return candidate
        if outcome.best.status not in (Status.CONVERGED, Status.OUTRUN):
            return candidate
        problem = self.problem(candidate.n_components, candidate.covariance_type)
        try:
            fit = run(
                problem,
                outcome.best.components,
                self.team,
                tol=_FINER * effort.tol,
                max_iter=effort.max_iter,
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
            problem.survey.told,
            self._doubt(best, team),
        )
        # What is wrong with the data (component -1) is wrong with every candidate alike.
        reasons = [finding.reason for finding in report.findings if finding.component >= 0]
        return Candidate(
            n_components, name, problem.n_free, outcome, report, criteria, " ".join(reasons)
        )

    def _doubt(self, fit: Fit, team: Team) -> float:
        """Entropy of a fit's hard labels."""
        if fit.doubt is not None:
            return fit.doubt
        return totals(fit.components, self.rows.source, team).doubt
