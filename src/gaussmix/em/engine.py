"""The only loop."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.density import Components, Kernel
from gaussmix.em.problem import Problem
from gaussmix.em.saddle import coincide
from gaussmix.em.stopping import Progress
from gaussmix.errors import CollapsedComponent, Status
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics


@dataclass(frozen=True, slots=True)
class Iteration:
    """What a callback sees after each iteration.

    Attributes
    ----------
    number : int
        1, 2, ...
    objective : float
        Penalised log-likelihood per row of the parameters reached.
    gain : float
        How much of it this iteration gained.
    remaining : float
        Estimated gain still to come.
    components : Components
        The parameters reached.
    """

    number: int
    objective: float
    gain: float
    remaining: float
    components: Components


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a run ended.

    Attributes
    ----------
    components : Components
    log_likelihood : float
        Of these components, a total over rows.
    status : Status
    objectives : tuple of float
        Penalised log-likelihood per row after each iteration.
    progress : Progress
        To go on from.
    mass : (K,) array
        Weight of the rows that each component is responsible for.
    n_exact : int
        Components that took the exact kernel in the last pass.
    """

    components: Components
    log_likelihood: float
    status: Status
    objectives: tuple[float, ...]
    progress: Progress
    mass: FloatArray
    n_exact: int

    @property
    def objective(self) -> float:
        """Penalised log-likelihood per row."""
        return self.progress.objective

    def take(self, order: IntArray) -> "Fit":
        """The same fit with its components in another order."""
        return replace(self, components=self.components.take(order), mass=self.mass[order])

    @property
    def n_iter(self) -> int:
        """Number of iterations."""
        return len(self.objectives)


Callback = Callable[[Iteration], object]


@dataclass(frozen=True, slots=True)
class _State:
    """Parameters, and the pass over the rows that was made with them."""

    kernel: Kernel
    exact: BoolArray
    statistics: SufficientStatistics
    wide: set[int]

    @property
    def components(self) -> Components:
        """The parameters."""
        return self.kernel.components

    @property
    def level(self) -> float:
        """Mean log density of a row."""
        return self.statistics.log_likelihood / self.statistics.weight


def run(
    problem: Problem,
    start: Components,
    team: Team,
    *,
    tol: float,
    max_iter: int,
    progress: Progress | None = None,
    callback: Callback | None = None,
) -> Fit:
    """Iterate from `start` until the estimated remaining gain is below `tol`.

    Parameters
    ----------
    tol : float
        In mean log density per row; 0 runs exactly `max_iter` iterations.
    progress : Progress or None
        Of an earlier run that ended at `start`.
    callback : callable or None
        Called with an `Iteration` after each; a true answer stops the run.

    Raises
    ------
    errors.CollapsedComponent
        Where a covariance becomes singular.
    """
    state = _visit(problem, problem.kernel(start), set(), team)
    if progress is None or not progress.continues_at(_objective(problem, state)):
        progress = Progress().after(_objective(problem, state), tol)
    objectives: list[float] = []
    status = Status.MAX_ITER
    try:
        while len(objectives) < max_iter:
            state = _step(problem, state, team)
            progress = progress.after(_objective(problem, state), tol)
            objectives.append(progress.objective)
            stop = _told_to_stop(callback, len(objectives), progress, state)
            if _is_done(progress, state, tol):
                status = Status.CONVERGED
                break
            if stop or team.interrupted.is_set():
                status = Status.STOPPED
                break
    except KeyboardInterrupt:
        team.interrupted.set()
        status = Status.STOPPED
    return Fit(
        state.components,
        state.statistics.log_likelihood,
        status,
        tuple(objectives),
        progress,
        state.statistics.mass,
        int(np.count_nonzero(state.exact)),
    )


def _visit(problem: Problem, kernel: Kernel, wide: set[int], team: Team) -> _State:
    exact = problem.needs_exact(kernel)
    return _State(kernel, exact, problem.expect(kernel, exact, wide, team), wide)


def _step(problem: Problem, state: _State, team: Team) -> _State:
    """One M-step and the pass that values it."""
    try:
        kernel = problem.kernel(problem.maximize(state.statistics), state.level)
        coarse = problem.is_coarse(kernel, state.statistics, state.exact)
    except CollapsedComponent:
        # Perhaps it is only too small, or too far, for these moments to show.
        coarse = np.ones_like(state.exact)
    if coarse.any():
        # A mean moved or a covariance shrank so far in one step that the moments it was made
        # from are too coarse: take them about the new means, and step again.
        exact, points = state.exact | coarse, state.statistics.means
        statistics = problem.expect(state.kernel, exact, state.wide, team, points)
        kernel = problem.kernel(problem.maximize(statistics), state.level)
    return _visit(problem, kernel, state.wide, team)


def _objective(problem: Problem, state: _State) -> float:
    return problem.objective(state.components, state.statistics.log_likelihood)


def _is_done(progress: Progress, state: _State, tol: float) -> bool:
    """Whether the run is at a maximum, to `tol`, and not at a saddle."""
    return progress.has_converged(tol) and (progress.at_rounding or not coincide(state.components))


def _told_to_stop(
    callback: Callback | None, number: int, progress: Progress, state: _State
) -> bool:
    if callback is None:
        return False
    iteration = Iteration(
        number, progress.objective, progress.gain, progress.remaining, state.components
    )
    return bool(callback(iteration))
