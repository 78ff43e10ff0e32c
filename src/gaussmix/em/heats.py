"""Races of many runs on a few rows: all starts and all numbers of components of one family at once.

Every family starts from the same partitions, so these are found once. The first iterations are
run for all of them; the best few of each number of components go on.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import Family, Quadratic
from gaussmix.density import Kernel
from gaussmix.em.acceleration import cycle
from gaussmix.em.engine import Fit
from gaussmix.em.ground import Ground
from gaussmix.em.problem import Problem
from gaussmix.em.races import Race, generator
from gaussmix.em.stack import Stack
from gaussmix.em.starts import on_sketch
from gaussmix.em.stopping import Progress
from gaussmix.errors import Status
from gaussmix.execution import Team
from gaussmix.initialization import PROPOSALS, Sketch

#: Rows that races are run on.
RACE_ROWS = 2_000
#: Ends this close (nats per row) are the same.
_SAME = 1e-6
#: How many times as much as the certificate allows passes of a stack may lose to rounding.
_SLACK = 100.0
#: How often running the estimate of what remains must be below tol.
_PATIENCE = 2


@dataclass(frozen=True, eq=False)
class Field:
    """Where the runs of races begin: the same partitions of the same rows for every family.

    Attributes
    ----------
    rows : Problem
        The rows of the sketch; any family.
    sketch : Sketch
    starts : dict of int to array
        For each number of components responsibilities (lanes x K, M) of the rows, times weights.
    """

    rows: Problem
    sketch: Sketch
    starts: dict[int, FloatArray]

    @cached_property
    def _grounds(self) -> dict[str, Ground]:
        return {}

    def ground(self, quadratic: Quadratic) -> Ground:
        """The rows with their features."""
        return self._grounds.setdefault(
            quadratic.name, Ground(self.rows, quadratic, is_distinct=True)
        )

    def begin(
        self,
        problem: Problem,
        numbers: Sequence[int],
        families: tuple[Family, ...] = (),
    ) -> Stack:
        """Runs from every partition for some numbers of components.

        Of the problem's family, or of several of one feature space.
        """
        families = families or (problem.family,)
        ground = self.ground(families[0].scatter.quadratic)
        sizes = sorted(numbers)
        lanes = [len(self.starts[k]) // k for k in sizes]
        statistics = np.concatenate([ground.summed(self.starts[k]) for k in sizes])
        rows = replace(
            self.rows,
            family=families[0],
            fixed=problem.fixed,
            reg_covar=problem.reg_covar,
            prior=problem.prior,
        )
        runs, times = np.repeat(sizes, lanes), len(families)
        crew = families, np.repeat(np.arange(times), len(runs))
        return Stack.begin(
            rows, ground, np.tile(runs, times), np.tile(statistics, (times, 1)), crew
        )


def field_of(
    problem: Problem,
    sketch: Sketch,
    race: Race,
    numbers: Iterable[int],
    *,
    seed: Sequence[int],
    team: Team,
    few: float = 0.0,
) -> Field:
    """The field of a problem for some numbers of components.

    With fewer than `few` components there are more runs, in inverse proportion.
    """
    sizes = sorted(set(numbers))

    def propose(k: int) -> FloatArray:
        lanes = race.scaled(max(1.0, few / k)).names if k > 1 else race.names[:1]
        parts = [
            responsibilities(PROPOSALS[name](sketch, k, generator(seed, lane)), k)
            for lane, name in enumerate(lanes)
        ]
        return np.concatenate(parts) * sketch.weight

    starts = dict(zip(sizes, team.map(propose, sizes), strict=True))
    return Field(on_sketch(problem, sketch), sketch, starts)


def responsibilities(answer: IntArray | FloatArray, n_components: int) -> FloatArray:
    """Responsibilities (K, M) from labels (M,), -1 for none, or from responsibilities (M, K)."""
    if answer.ndim == 1:
        return np.asarray(answer == np.arange(n_components)[:, None], dtype=np.float64)
    return np.ascontiguousarray(answer.T, dtype=np.float64)


def leaders(stack: Stack, iterations: int, finishers: int) -> Stack:
    """The runs that lead after some iterations: of each family and size the best few.

    Those with a component on too few rows to mean anything come last, but one that leads stays:
    then it can be told why it cannot win.
    """
    n_first = iterations // 3
    for _ in range(n_first):
        stack = stack.step()
    if n_first:
        # The lower half of each cell's runs will not lead.
        stack = _best_of_each(stack, np.zeros(stack.lineup.n_runs, dtype=np.bool_), 0.5, finishers)
    for _ in range(iterations - n_first):
        stack = stack.step()
    return _best_of_each(stack, _are_spiky(stack), 0.0, finishers)


def _best_of_each(stack: Stack, is_last: BoolArray, share: float, least: int) -> Stack:
    """A share of the different runs of each family and size, but so many at least."""
    # Rounded, so that of equal ones the first leads whatever the last bits say.
    rounded = np.round(stack.per_row, 9)
    kept: list[int] = []
    cells = zip(stack.kinds.tolist(), stack.lineup.sizes.tolist(), strict=True)
    for kind, size in sorted(set(cells)):
        own = np.flatnonzero((stack.kinds == kind) & (stack.lineup.sizes == size))
        own = own[np.argsort(-rounded[own], kind="stable")]
        own = own[-np.diff(rounded[own], prepend=np.inf) > _SAME]
        number = max(least, math.ceil(share * len(own)))
        in_order = own[np.argsort(is_last[own], kind="stable")]
        kept += {*own[:1].tolist(), *in_order[:number].tolist()}
    return stack.pick(np.array(sorted(kept), dtype=np.intp))


def _are_spiky(stack: Stack) -> BoolArray:
    """Which runs (R,) have a component that is likeliest for too few distinct rows."""
    ground, lineup = stack.ground, stack.lineup
    spiky = np.zeros(lineup.n_runs, dtype=np.bool_)
    if stack.components is None or not ground.is_distinct or stack.problem.prior is not None:
        return spiky
    level = stack.log_likelihood / stack.problem.survey.weight
    _, counts = ground.labelled(stack.components, lineup, level)
    n_features = stack.problem.n_features
    for part in stack.parts:
        family = stack.families[part.kind]
        if not family.is_equal_in_size:
            few = counts[part.components] < family.rows_of_each(n_features)
            spiky[stack.kinds == part.kind] = part.lineup.over_each(few.astype(np.float64)) > 0.0
    return spiky


def is_spike(problem: Problem, fit: Fit) -> bool:
    """Whether a component of a fit is likeliest for too few distinct rows, as far as is known."""
    if fit.n_distinct is None or problem.prior is not None or not problem.source.is_plain:
        return False
    needed = problem.family.rows_of_each(problem.n_features)
    return not problem.family.is_equal_in_size and bool((fit.n_distinct < needed).any())


def settle(
    stack: Stack, tol: float, max_iter: int, team: Team, at_end: Status = Status.MAX_ITER
) -> dict[int, Fit]:
    """Where the runs of a stack end, by their names.

    Parameters
    ----------
    stack : Stack
    tol : float
        In mean log density per row.
    max_iter : int
    team : Team
        Whose interruption ends the runs early.
    at_end : Status
        Of runs that reach max_iter.
    """
    ends: dict[int, Fit] = {}
    calm = np.zeros(stack.lineup.n_runs, dtype=np.intp)
    paths: dict[int, list[float]] = {name: [] for name in stack.names.tolist()}
    while stack.lineup.n_runs:
        names = stack.names
        stack = cycle(stack)
        if len(names) > stack.lineup.n_runs:
            calm = calm[np.isin(names, stack.names)]
        calm = np.where(stack.remaining < tol, calm + 1, 0)
        for name, value in zip(stack.names.tolist(), stack.per_row.tolist(), strict=True):
            paths[name].append(value)
        leaving = calm >= _PATIENCE
        is_stopped = team.interrupted.is_set()
        status = np.where(leaving, Status.CONVERGED, Status.STOPPED if is_stopped else at_end)
        if stack.n_iter >= max_iter or is_stopped:
            leaving = np.ones_like(leaving)
        if leaving.any():
            ends |= _fits(stack.pick(leaving), status[leaving].tolist(), paths)
            stack, calm = stack.pick(~leaving), calm[~leaving]
    return ends


def _fits(stack: Stack, status: Sequence[str], paths: dict[int, list[float]]) -> dict[int, Fit]:
    """The runs of a stack as fits of their own."""
    if not stack.lineup.n_runs or stack.components is None:
        return {}
    lineup, weight = stack.lineup, stack.problem.survey.weight
    ground, components = stack.ground, stack.components
    doubt, counts = ground.labelled(components, lineup, stack.log_likelihood / weight)
    survey = ground.rows.survey
    kernel = Kernel(components, survey.centre, survey.scale, whole=True)
    is_narrow = kernel.needs_exact(survey.radius, _SLACK)
    fits = {}
    for run, name in enumerate(stack.names.tolist()):
        path, head = tuple(paths[name]), lineup.heads[run]
        own = slice(head, head + lineup.sizes[run])
        remaining = float(stack.remaining[run])
        fits[name] = Fit(
            stack.one(run),
            float(stack.log_likelihood[run]),
            Status(status[run]),
            path,
            Progress(path[-1], float(stack.gain[run]), remaining, _PATIENCE),
            stack.statistics[own, -1],
            int(np.count_nonzero(is_narrow[own])),
            doubt=float(doubt[run]),
            n_distinct=counts[own] if ground.is_distinct else None,
        )
    return fits
