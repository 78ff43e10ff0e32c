"""How far the parameters of a fit would move, had other rows of the same kind been seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.density import Components
from gaussmix.em import Fit, Problem, find_degenerate, generator, run
from gaussmix.execution import Team
from gaussmix.selection.information import information_errors
from gaussmix.selection.resampling import (
    ParameterArrays,
    Replicates,
    Tell,
    dirichlet_weights,
    drawn_counts,
    drawn_from,
    refit,
    replicate,
    reweighted,
    weights_of,
)

#: Names of the methods.
METHODS = ("bootstrap", "weighted", "parametric", "jackknife", "information")

#: The jackknife fits each of no more rows than this.
JACKKNIFE_ROWS = 10_000
#: Total log-likelihood that a run may leave to be gained: it ends within sqrt(2 * left) standard
#: errors of the maximum. A jackknife's replicates lie only 1 / sqrt(N) of one apart.
_LEFT, _LEFT_FINE = 1e-4, 1e-8


@dataclass(frozen=True, slots=True)
class Resampling:
    """How to tell the uncertainty.

    Attributes
    ----------
    method : str
        One of `METHODS`.
    n_resamples : int
        Of the bootstraps.
    seed : list of int
        Replicate r draws from its own stream, the same whatever the number of threads.
    max_iter : int
    """

    method: str
    n_resamples: int
    seed: list[int]
    max_iter: int


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Standard errors of a fit's parameters.

    Attributes
    ----------
    estimate : ParameterArrays
        What the errors are about: where EM ends on the rows, from the fit.
    errors : ParameterArrays
        Standard errors; zero for what is not estimated.
    replicates : Replicates
    moved : float
        Largest distance of the fit from `estimate`, in standard errors.
    """

    estimate: ParameterArrays
    errors: ParameterArrays
    replicates: Replicates
    moved: float

    @property
    def failures(self) -> Mapping[str, int]:
        """Why replicates do not count, and how many of each."""
        return self.replicates.failures


def uncertainty_of(
    problem: Problem, fitted: Components, how: Resampling, team: Team, tell: Tell
) -> Uncertainty:
    """Standard errors of the components' parameters.

    Raises
    ------
    ValueError
        Where fewer than two replicates came to a sound end, or the observed information tells
        nothing.
    """
    total = problem.survey.weight
    fine = (_LEFT_FINE / total, how.max_iter)
    fit = run(problem, fitted, team, tol=fine[0], max_iter=fine[1])
    end = fit.components
    if how.method == "information":
        found, replicates = _information(problem, fit, team), Replicates.of([])
    elif how.method == "jackknife":
        found, replicates = _jackknife(problem, end, fine, team, tell)
    else:
        draw, effort = _drawing(problem, end, how), (_LEFT / total, how.max_iter)

        def attempt(number: int, inner: Team) -> Components | str:
            return refit(draw(number), end, effort, inner)

        ends = replicate(attempt, how.n_resamples, problem, team, tell)
        replicates = Replicates.of(ends)
        found = _stacked(replicates, team).map(lambda stack: np.std(stack, axis=0, ddof=1))
    estimate = ParameterArrays.of(end)
    return Uncertainty(estimate, found, replicates, _distance(fitted, estimate, found))


def _information(problem: Problem, fit: Fit, team: Team) -> ParameterArrays:
    """Standard errors by the observed information, of a fit that is no product of the penalty."""
    names = tuple(map(str, range(problem.n_features)))
    findings = find_degenerate(problem, fit, names, team)
    if findings:
        raise errors.information_of_degenerate([finding.reason for finding in findings])
    return information_errors(problem, fit.components, team)


def _drawing(problem: Problem, end: Components, how: Resampling) -> Callable[[int], Problem]:
    """What makes the rows of replicate r."""
    if how.method == "parametric":
        return lambda number: drawn_from(problem, end, generator(how.seed, number))
    weight = weights_of(problem)
    draw = drawn_counts if how.method == "bootstrap" else dirichlet_weights
    return lambda number: reweighted(problem, draw(weight, generator(how.seed, number)))


def _stacked(replicates: Replicates, team: Team) -> ParameterArrays:
    """The sound replicates' parameters, of which there must be two."""
    if replicates.parameters is not None and len(replicates.numbers) > 1:
        return replicates.parameters
    if team.interrupted.is_set():
        raise KeyboardInterrupt
    raise errors.every_replicate_failed(replicates.n_done, replicates.failures)


def _jackknife(
    problem: Problem, end: Components, effort: tuple[float, int], team: Team, tell: Tell
) -> tuple[ParameterArrays, Replicates]:
    """Standard errors by leaving out one row after the other.

    With W the sum of the weights, a row of weight w is w rows, of which one is left out, or all
    of it where w < 1: d = min(1, w). What that moves is divided by d, and counts w times:
    V = (W - 1) / W sum_n w_n (t_n - t)^2, t_n = estimate + (t_(n) - estimate) / d_n.
    """
    weight = weights_of(problem)
    counting = np.flatnonzero(weight > 0.0)
    left_out = np.minimum(weight, 1.0)

    def attempt(number: int, inner: Team) -> Components | str:
        row = counting[number]
        without = weight.copy()
        without[row] -= left_out[row]
        return refit(reweighted(problem, without), end, effort, inner)

    replicates = Replicates.of(replicate(attempt, len(counting), problem, team, tell))
    stacked = _stacked(replicates, team)
    rows = counting[replicates.numbers]
    share = weight[rows] / weight[rows].sum()

    def error(stack: FloatArray, centre: FloatArray) -> FloatArray:
        moved = (stack - centre).reshape(len(rows), -1) / left_out[rows, None]
        variance = share @ np.square(moved - share @ moved)
        return np.asarray(np.sqrt((weight.sum() - 1.0) * variance).reshape(centre.shape))

    return stacked.map(error, ParameterArrays.of(end)), replicates


def _distance(fitted: Components, estimate: ParameterArrays, found: ParameterArrays) -> float:
    """Largest distance between two estimates in standard errors; nothing of what is fixed."""

    def largest(before: FloatArray, after: FloatArray, error: FloatArray) -> FloatArray:
        away = np.abs(after - before)
        return np.asarray(
            np.max(np.where(error > 0.0, away / np.where(error > 0.0, error, 1), 0.0))
        )

    each = ParameterArrays.of(fitted).map(largest, estimate, found)
    return float(max(each.weights, each.means, each.covariances))
