"""The only loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import Components
from gaussmix.em import memoized, passes
from gaussmix.em.passes import State, Visit
from gaussmix.em.problem import Problem
from gaussmix.em.saddle import coincide
from gaussmix.em.stopping import Progress
from gaussmix.errors import Status
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization import Posterior


@dataclass(frozen=True, slots=True)
class Iteration:
    """What a callback sees after each iteration.

    Attributes
    ----------
    number : int
        1, 2, ...
    objective : float
        Penalised log-likelihood per row of the parameters reached, or the lower bound of it
        that the lots remember; see `gaussmix.em.memoized`.
    gain : float
        How much of it this iteration gained.
    remaining : float
        Estimated gain still to come.
    components : Components
        The parameters reached.
    start : int
        Number of the start, from 0.
    """

    number: int
    objective: float
    gain: float
    remaining: float
    components: Components
    start: int = 0


@dataclass(frozen=True, slots=True)
class Waypoint:
    """How far a run has come: all that it takes to go on with the same bits.

    Attributes
    ----------
    components : Components
    level : float
        What exponentials were relative to in the pass made with these components.
    wide : tuple of int
        What the passes have learnt about blocks; see `Expectation`.
    progress : Progress
    objectives : tuple of float
        Penalised log-likelihood per row after each iteration.
    """

    components: Components
    level: float = 0.0
    wide: tuple[int, ...] = ()
    progress: Progress = field(default_factory=Progress)
    objectives: tuple[float, ...] = ()


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
    statistics : SufficientStatistics or None
        Of the rows under these components; None where the run was read from a file.
    doubt : float or None
        -sum_n w_n log(posterior of row n's likeliest component), where it is known.
    n_distinct : (K,) array of int or None
        How many distinct rows each is the likeliest component of, where it is known.
    """

    components: Components
    log_likelihood: float
    status: Status
    objectives: tuple[float, ...]
    progress: Progress
    mass: FloatArray
    n_exact: int
    statistics: SufficientStatistics | None = None
    doubt: float | None = None
    n_distinct: IntArray | None = None

    @property
    def objective(self) -> float:
        """Penalised log-likelihood per row."""
        return self.progress.objective

    def take(self, order: IntArray) -> "Fit":
        """The same fit with its components in another order."""
        statistics = None if self.statistics is None else self.statistics.take(order)
        return replace(
            self,
            components=self.components.take(order),
            mass=self.mass[order],
            n_distinct=None if self.n_distinct is None else self.n_distinct[order],
            statistics=statistics,
        )

    @property
    def n_iter(self) -> int:
        """Number of iterations."""
        return len(self.objectives)


Callback = Callable[[Iteration], object]
Log = Callable[[Waypoint], object]


def run(
    problem: Problem,
    start: Components | Waypoint,
    team: Team,
    *,
    tol: float,
    max_iter: int,
    progress: Progress | None = None,
    callback: Callback | None = None,
    log: Log | None = None,
) -> Fit:
    """Iterate from `start` until the estimated remaining gain is below `tol`.

    An iteration is an M-step and a pass over the rows, or a lap over memoized lots; then a last
    pass values the parameters reached.

    Parameters
    ----------
    start : Components or Waypoint
        A run that begins where another was ends where that one would have, to the bit. With
        memoized lots it ends near there: what they remembered is not part of a waypoint.
    tol : float
        In mean log density per row; 0 runs exactly `max_iter` iterations.
    max_iter : int
        Those before a waypoint count.
    progress : Progress or None
        Of an earlier run that ended at these components.
    callback : callable or None
        Called with an `Iteration` after each; a true answer stops the run.
    log : callable or None
        Called with a `Waypoint` after each iteration that is not the last.

    Raises
    ------
    errors.CollapsedComponent
        Where a covariance becomes singular.
    """
    if isinstance(start, Components):
        start = Waypoint(start, progress=progress or Progress())
    is_memoized = problem.n_lots > 1
    visit = memoized.visit if is_memoized else passes.visit
    step = memoized.step if is_memoized else passes.step
    state, progress = _begin(problem, start, tol, team, visit)
    objectives = list(start.objectives)
    status = Status.MAX_ITER
    try:
        while len(objectives) < max_iter:
            state = step(problem, state, team)
            progress = progress.after(_objective(problem, state), tol)
            objectives.append(progress.objective)
            stop = _told_to_stop(callback, len(objectives), progress, state)
            if _is_done(progress, state, tol):
                status = Status.CONVERGED
                break
            if log is not None and not stop:
                log(_waypoint(state, progress, objectives))
            if stop or team.interrupted.is_set():
                status = Status.STOPPED
                break
    except KeyboardInterrupt:
        team.interrupted.set()
        status = Status.STOPPED
    if is_memoized and objectives:
        # What the lots remember is a lower bound.
        state = visit(problem, state.kernel, state.wide, team)
        progress = replace(progress, objective=_objective(problem, state))
        objectives[-1] = progress.objective
    return _fit(state, status, objectives, progress)


def _begin(
    problem: Problem, start: Waypoint, tol: float, team: Team, visit: Visit
) -> tuple[State, Progress]:
    """The pass at the start, and the progress that goes with it."""
    kernel = problem.kernel(start.components, start.level)
    state = visit(problem, kernel, set(start.wide), team)
    objective = _objective(problem, state)
    if start.progress.continues_at(objective):
        return state, start.progress
    return state, Progress().after(objective, tol)


def _fit(state: State, status: Status, objectives: Sequence[float], progress: Progress) -> Fit:
    """The end of a run at this state."""
    return Fit(
        state.components,
        state.statistics.log_likelihood,
        status,
        tuple(objectives),
        progress,
        state.statistics.mass,
        int(np.count_nonzero(state.exact)),
        state.statistics,
    )


def _waypoint(state: State, progress: Progress, objectives: Sequence[float]) -> Waypoint:
    """Where the run is. The pass made again with what `wide` holds by now has the same bits."""
    return Waypoint(
        state.components,
        state.kernel.level,
        tuple(sorted(state.wide)),
        progress,
        tuple(objectives),
    )


def _objective(problem: Problem, state: State) -> float:
    return problem.objective(state.components, state.statistics.log_likelihood)


def _is_done(progress: Progress, state: State, tol: float) -> bool:
    """Whether the run is at a maximum, to `tol`, and not at a saddle.

    Where parameters are unknown, components that coincide may be a maximum.
    """
    if not progress.has_converged(tol):
        return False
    is_posterior = isinstance(state.components, Posterior)
    return is_posterior or progress.at_rounding or not coincide(state.components)


def _told_to_stop(callback: Callback | None, number: int, progress: Progress, state: State) -> bool:
    if callback is None:
        return False
    iteration = Iteration(
        number, progress.objective, progress.gain, progress.remaining, state.components
    )
    return bool(callback(iteration))
