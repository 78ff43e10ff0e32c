"""The search over numbers of components and covariance families."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix.covariance import family_named
from gaussmix.data import Source, survey
from gaussmix.density import hard_entropy
from gaussmix.em import (
    Effort,
    FitReport,
    Outcome,
    Problem,
    Start,
    find_degenerate,
    fit_best,
)
from gaussmix.execution import Team
from gaussmix.selection.criteria import Criteria


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cell of the grid.

    Attributes
    ----------
    n_components : int
    covariance_type : str
    n_features : int
    outcome : Outcome or None
        None where every start failed.
    report : FitReport or None
    criteria : Criteria or None
    reason : str
        Why it cannot win; empty where it can.
    """

    n_components: int
    covariance_type: str
    n_features: int
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
    reg_covar : float
    effort : Effort
    starts : callable
        (problem, team) -> the starts of one cell.
    seed : sequence of int
    """

    n_components: Sequence[int]
    covariance_types: Sequence[str]
    reg_covar: float
    effort: Effort
    starts: Callable[[Problem, Team], list[Start]]
    seed: Sequence[int]

    @property
    def cells(self) -> list[tuple[int, str]]:
        """Every pair of a number of components and a family."""
        return [(k, name) for name in self.covariance_types for k in self.n_components]


def search(
    source: Source,
    names: tuple[str, ...],
    grid: Grid,
    team: Team,
    tell: Callable[[Candidate], object] | None = None,
) -> list[Candidate]:
    """Fit every cell of the grid.

    Parameters
    ----------
    source : Source
    names : tuple of str
        Column names, for the reasons given.
    grid : Grid
    team : Team
    tell : callable or None
        Told of each candidate as it is done.
    """
    facts = survey(source, team, names)
    candidates = []
    for n_components, name in grid.cells:
        problem = Problem(source, facts, family_named(name), n_components, grid.reg_covar)
        candidate = _fit(problem, name, names, grid, team)
        candidates.append(candidate)
        if tell is not None:
            tell(candidate)
        if team.interrupted.is_set():
            break
    return candidates


def _fit(problem: Problem, name: str, names: tuple[str, ...], grid: Grid, team: Team) -> Candidate:
    """One cell, by the name its family was asked for."""
    source, n_components = problem.source, problem.n_components
    try:
        outcome = fit_best(problem, grid.starts(problem, team), grid.seed, grid.effort, team)
    except errors.CollapsedComponent as failure:
        return Candidate(n_components, name, source.n_features, None, None, None, str(failure))
    best = outcome.best
    order = np.argsort(-best.components.weights, kind="stable")
    outcome = outcome.ordered(order)
    report = FitReport.of(outcome, find_degenerate(problem, outcome.best, names, team))
    entropy = hard_entropy(best.components, source, team)
    total = float(entropy.sum() if source.weight is None else entropy @ source.weight)
    criteria = Criteria(
        best.log_likelihood,
        problem.family.n_free(n_components, source.n_features),
        problem.survey.weight,
        total,
    )
    # What is wrong with the data (component -1) is wrong with every candidate alike.
    reasons = [finding.reason for finding in report.findings if finding.component >= 0]
    return Candidate(
        n_components, name, source.n_features, outcome, report, criteria, " ".join(reasons)
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
