"""Several starts, the best end: restarts that survive failures, and races."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from gaussmix import errors
from gaussmix._typing import IntArray
from gaussmix.density import Components
from gaussmix.em.checkpoint import End, Ledger
from gaussmix.em.engine import Callback, Fit, run
from gaussmix.em.ground import Ground
from gaussmix.em.heats import RACE_ROWS, field_of, is_spike, leaders, settle
from gaussmix.em.problem import Problem
from gaussmix.em.races import Race, generator
from gaussmix.em.starts import LEFT_OUT, WORTH_A_THREAD, Start, from_sketch, on_sketch
from gaussmix.em.stopping import Progress
from gaussmix.execution import Team
from gaussmix.initialization import PROPOSALS, TRIAL_ROWS, Sketch, without_outlying

#: Ends this close (nats per row) to the best are the same optimum, or tol where that is more.
_SAME = 1e-6
#: Rows times components times squared columns, over all runs, of the largest race.
_RACE_WORK = 1e9
#: Share of the runs of a race that are run where they must be run one by one.
_ONE_BY_ONE = 0.25
#: In a stack, so many times the finishers run until little is left to gain, or so long.
_LAPS, _RACE_TOL, _RACE_ITERATIONS = 3, 1e-4, 120


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to iterate.

    Attributes
    ----------
    tol : float
    max_iter : int
    progress : Progress or None
        Of the run that ended where the only start begins.
    callback : callable or None
    in_turn : bool
        Whether starts must not run side by side, as with code of the user's.
    ledger : Ledger or None
        Where the starts' states are kept, and what they go on from.
    """

    tol: float
    max_iter: int
    progress: Progress | None = None
    callback: Callback | None = None
    in_turn: bool = False
    ledger: Ledger | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all starts.

    Attributes
    ----------
    best : Fit
    objectives : tuple of float
        Where each start ended; NaN for those that failed.
    failures : tuple of str
        Why those failed.
    n_reached_best : int
        How many ended at the best optimum.
    others : tuple of Fit
        Where the others ended, the best first, each optimum once.
    """

    best: Fit
    objectives: tuple[float, ...]
    failures: tuple[str, ...]
    n_reached_best: int
    others: tuple[Fit, ...] = field(default=(), repr=False)

    def ordered(self, order: IntArray) -> "Outcome":
        """The same outcome with the best fit's components in another order."""
        return replace(self, best=self.best.take(order))


def fit_best(
    problem: Problem, starts: Sequence[Start], seed: Sequence[int], effort: Effort, team: Team
) -> Outcome:
    """Run from every start and keep the best end.

    Small problems run side by side, each in one thread; in large ones every pass over the
    rows is shared out instead. The results are the same.

    Raises
    ------
    errors.CollapsedComponent
        Where every start failed.
    """
    side_by_side = problem.n_blocks == 1
    inner = team.alone() if side_by_side else team

    def attempt(number: int) -> End:
        begin = partial(starts[number], generator(seed, number), inner)
        return _end_of(problem, number, begin, effort, inner)

    in_turn = effort.in_turn or effort.callback is not None or problem.work < WORTH_A_THREAD
    outer = team.alone() if in_turn or not side_by_side else team
    return compare(outer.gather(attempt, range(len(starts))), effort.tol)


def _end_of(
    problem: Problem, number: int, begin: Callable[[], Components], effort: Effort, team: Team
) -> End:
    """Where start `number` ends, from as far as the ledger knows it."""
    ledger = effort.ledger
    reached = None if ledger is None else ledger.reached(number)
    if isinstance(reached, Fit | errors.CollapsedComponent):
        return reached
    end: End
    try:
        end = run(
            problem,
            reached or begin(),
            team,
            tol=effort.tol,
            max_iter=effort.max_iter,
            progress=effort.progress,
            callback=_numbered(effort.callback, number),
            log=None if ledger is None else ledger.log(number),
        )
    except errors.CollapsedComponent as failure:
        end = failure
    if ledger is not None and not team.interrupted.is_set():
        ledger.finish(number, end)
    return end


def _numbered(callback: Callback | None, start: int) -> Callback | None:
    """The callback, told of the start's number."""
    if callback is None:
        return None
    return lambda iteration: callback(replace(iteration, start=start))


def compare(ends: Sequence[End], tol: float) -> Outcome:
    """The outcome of runs that ended so.

    Raises
    ------
    errors.CollapsedComponent
        Where every one failed.
    """
    fits = [end for end in ends if isinstance(end, Fit)]
    failures = [end for end in ends if isinstance(end, errors.CollapsedComponent)]
    if not fits:
        raise failures[0]
    best, *others = _different(fits, max(tol, _SAME))
    near = best.objective - max(tol, _SAME)
    return Outcome(
        best,
        tuple(end.objective if isinstance(end, Fit) else np.nan for end in ends),
        tuple(str(failure) for failure in failures),
        sum(fit.objective >= near for fit in fits),
        tuple(others),
    )


def run_race(
    problem: Problem, sketch: Sketch, rules: Race, seed: Sequence[int], team: Team
) -> list[Start]:
    """The starts worth finishing: the best of many short runs on a sample.

    k-means on columns in units of their spread finds round clusters; on sphered rows it finds
    those that lie along a common direction; hierarchies find those that differ in direction;
    random starts find what none of them expects.
    """
    size = min(RACE_ROWS, Ground.largest(problem.n_features, problem.family.scatter.quadratic))
    few = sketch.thin(size, generator(seed, 0))
    if Ground.carries(on_sketch(problem, few)):
        numbers = [problem.n_components]
        work = few.n_rows * problem.n_components * problem.n_features**2 * len(rules.names)
        rules = rules.scaled(min(1.0, _RACE_WORK / work))
        starts_of = field_of(problem, few, rules, numbers, seed=seed, team=team)
        stack = starts_of.begin(problem, numbers)
        stack = leaders(stack, rules.iterations, _LAPS * rules.finishers)
        ends = settle(stack, _RACE_TOL, _RACE_ITERATIONS, team).values()
        best = sorted(_different(ends), key=lambda fit: is_spike(problem, fit))
        starts = [begin_at(fit.components) for fit in best[: rules.finishers]]
    else:
        starts = _run_one_by_one(problem, sketch, rules.scaled(_ONE_BY_ONE), seed, team)
    return starts or [from_sketch(problem, sketch, PROPOSALS["kmeans"])]


def _run_one_by_one(
    problem: Problem, sketch: Sketch, rules: Race, seed: Sequence[int], team: Team
) -> list[Start]:
    """The race of runs that no stack can carry."""
    rows = on_sketch(problem, sketch.thin(TRIAL_ROWS, generator(seed, 0)))
    proposals = [PROPOSALS[name] for name in rules.names]
    if problem.is_student and problem.n_components > 1:
        proposals += [without_outlying(PROPOSALS["kmeans"], share) for share in LEFT_OUT]
    outer = team if rows.work >= WORTH_A_THREAD else team.alone()
    inner = team.alone()

    def attempt(lane: int) -> Fit | None:
        try:
            propose = from_sketch(problem, sketch, proposals[lane])
            start = propose(generator(seed, lane), inner)
            return run(rows, start, inner, tol=0.0, max_iter=rules.iterations)
        except errors.CollapsedComponent:
            return None

    ends = [end for end in outer.gather(attempt, range(len(proposals))) if end is not None]
    return [begin_at(fit.components) for fit in _different(ends)[: rules.finishers]]


def begin_at(components: Components) -> Start:
    """The start at given parameters."""
    return lambda _rng, _team: components


def _different(fits: Iterable[Fit], apart: float = _SAME) -> list[Fit]:
    """The fits, best first, without those that are on the way to the same end."""
    kept: list[Fit] = []
    # Rounded, so that of equal ones the first leads whatever the last bits say.
    for fit in sorted(fits, key=lambda fit: -round(fit.objective, 12)):
        if not kept or kept[-1].objective - fit.objective > apart:
            kept.append(fit)
    return kept
