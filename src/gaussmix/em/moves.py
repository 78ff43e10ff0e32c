"""Moves between numbers of components: what no small step of the loop can do.

Coordinate ascent empties components slowly and never makes one. So, once it slows down, components
are *merged*, *given up* and *split*: a move proposes another posterior, the loop goes on from there
for a few iterations, and it is kept only where the complete bound of all rows is then higher than
before (Ueda & Ghahramani 2002, Neural Networks 15, 1223-1241; Hughes & Sudderth 2013, "Memoized
online variational inference for Dirichlet process mixture models", NIPS 26). Empty slots are part
of the model, so bounds of different numbers of components compare as they are.

Which moves are worth a pass over the rows is told by the statistics (`em/gains.py`) and by a sketch
of the rows, on which splits are tried out.
"""

import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from gaussmix.density import Components
from gaussmix.em.engine import Fit, Iteration, run
from gaussmix.em.gains import Shares, merged, pair_gains, removal_gains
from gaussmix.em.problem import Problem
from gaussmix.em.races import generator
from gaussmix.em.restarts import Effort, Outcome
from gaussmix.em.splits import Looked, Split, look, split_proposals, split_up
from gaussmix.em.starts import fit_responsibilities
from gaussmix.errors import CollapsedComponent, Status
from gaussmix.execution import Team
from gaussmix.initialization import TRIAL_ROWS
from gaussmix.maximization import Posterior

#: Iterations before moves are tried first, and how near the end those are to be, per row.
WARM_UP, WARM_TOL = 15, 1e-3
#: With more rows than this, moves are made on a sketch first, and starts only get going.
_LARGE, _GET_GOING = 60_000, 2
#: Iterations that a move has to raise the bound in, and to settle once it has.
_TRIAL, _SETTLE = 8, 10
#: Random numbers of the sketch and of proposals come from streams from this number on.
_STREAM = 1_000_000
#: A gain told by statistics may be wrong by so many nats, and by this share of the rows concerned.
_SLACK, _SLACK_SHARE = 25.0, 0.02
#: Moves of one kind that fail in a row before another kind is tried.
_PATIENCE = 6


@dataclass(frozen=True)
class _Setting:
    """What moves are made on, and with.

    Attributes
    ----------
    problem : Problem
    looked, glanced : Looked
        Sketches of its rows, the second one small.
    seed : sequence of int
    effort : Effort
    team : Team
    """

    problem: Problem
    looked: Looked
    glanced: Looked
    seed: Sequence[int]
    effort: Effort
    team: Team

    @classmethod
    def of(
        cls, problem: Problem, looked: Looked, seed: Sequence[int], effort: Effort, team: Team
    ) -> Self:
        """The setting with a small sketch drawn from a large one."""
        glanced = looked.thin(TRIAL_ROWS, generator(seed, _STREAM))
        return cls(problem, looked, glanced, seed, effort, team)


@dataclass
class _Search:
    """The best fit so far, on the way to a better one.

    Attributes
    ----------
    setting : _Setting
    best : Fit
    objectives : list of float
        The bound after each iteration and each move.
    is_at_rest : bool
        Whether the loop would gain nothing more, and no move has been made since it was told.
    """

    setting: _Setting
    best: Fit
    objectives: list[float] = field(init=False)
    is_at_rest: bool = field(init=False)

    def __post_init__(self) -> None:
        self.objectives = list(self.best.objectives)
        is_fine = self.setting.effort.tol >= WARM_TOL or self.best.progress.at_rounding
        self.is_at_rest = self.best.status is Status.CONVERGED and is_fine

    @property
    def posterior(self) -> Posterior:
        assert isinstance(self.best.components, Posterior)
        return self.best.components

    @property
    def shares(self) -> Shares:
        """Whose the rows of the small sketch are."""
        return self.setting.glanced.of(self.posterior, self.setting.team)

    @property
    def left(self) -> int:
        """Iterations that are left."""
        return self.setting.effort.max_iter - len(self.objectives)

    @property
    def is_over(self) -> bool:
        """Whether to make no more moves.

        One may follow on the last iteration where the loop has come to rest.
        """
        is_used_up = self.left <= 0 and not self.is_at_rest
        return is_used_up or self.setting.team.interrupted.is_set()

    def split_up(self, splits: Sequence[Split]) -> Components:
        """The best fit with components taken apart."""
        setting = self.setting
        return split_up(setting.problem, self.posterior, splits, setting.looked, setting.team)

    def attempt(self, start: Components) -> bool:
        """Go on from a proposal; keep where it ends if that is better."""
        if self.is_over:
            return False
        problem, team = self.setting.problem, self.setting.team
        target = self.best.objective
        if np.isfinite(self.best.progress.remaining):
            # What the loop alone would still gain in that time is not the move's merit.
            target += min(self.best.progress.remaining, _TRIAL * abs(self.best.progress.gain))
        end = run(
            problem,
            start,
            team,
            tol=0.0,
            max_iter=_TRIAL,
            callback=lambda iteration: _is_decided(iteration, target),
        )
        if not end.objective > target + _margin(target):
            return False
        self.best = run(
            problem, end.components, team, tol=WARM_TOL, max_iter=_SETTLE, progress=end.progress
        )
        self.is_at_rest = False
        if self.left <= 0:
            self.objectives.pop()
        self.objectives.append(self.best.objective)
        return True

    def explore(self, known: Sequence[Fit] = ()) -> None:
        """Make moves until none raises the bound, or an end is reached that is known already.

        A prior that is narrower than rounding can make a proposal singular, which ends it.
        """
        with suppress(CollapsedComponent):
            try:
                self._explore(known)
            except KeyboardInterrupt:
                self.setting.team.interrupted.set()

    def _explore(self, known: Sequence[Fit]) -> None:
        for number in itertools.count(1):
            _merge(self)
            _remove(self)
            if any(self._is_at(end) for end in known):
                return
            if not _split(self, generator(self.setting.seed, _STREAM + number)):
                return

    def _is_at(self, end: Fit) -> bool:
        """Whether this is, as near as settling tells, where another search has ended."""
        near = abs(self.best.objective - end.objective) < 3.0 * WARM_TOL
        return near and len(self.best.mass) == len(end.mass)


def warm_up(problem: Problem, effort: Effort) -> Effort:
    """What of the effort every start has before moves are tried."""
    most = min(effort.max_iter, _GET_GOING if _is_large(problem) else WARM_UP)
    return replace(effort, max_iter=most, tol=max(effort.tol, WARM_TOL) if effort.tol else 0.0)


def _is_large(problem: Problem) -> bool:
    """Whether moves are made on a sketch before they are made on all rows."""
    return problem.source.n_rows > _LARGE


def with_moves(
    problem: Problem, outcome: Outcome, seed: Sequence[int], effort: Effort, team: Team
) -> Outcome:
    """The outcome once no merge, removal or split improves its best fit, which has converged.

    Moves go on from every end, and from one component: merging and splitting stop at different
    places where there are several. With many rows that is done on a sketch of them, and what it
    finds is what moves on all rows go on from.

    Parameters
    ----------
    problem : Problem
        With `bayes`.
    outcome : Outcome
        Where coordinate ascent has slowed down.
    seed : sequence of int
    effort : Effort
    team : Team
    """
    assert problem.bayes is not None
    looked = look(problem, generator(seed, _STREAM))
    setting = _Setting.of(problem, looked, seed, effort, team)
    ends = [outcome.best, *outcome.others]
    if problem.bayes.keeps_order:
        return replace(outcome, best=_finished(_Search(setting, outcome.best)))
    if not _is_large(problem):
        return _best_of(_explored(setting, ends), len(ends), outcome)
    few = looked.counted()
    quiet = _Setting.of(few.rows, few, seed, replace(effort, callback=None), team)
    small = [run(few.rows, end.components, team, tol=WARM_TOL, max_iter=WARM_UP) for end in ends]
    found = _leading(_explored(quiet, small)).best
    most = min(_SETTLE, effort.max_iter)
    search = _Search(setting, run(problem, found.components, team, tol=WARM_TOL, max_iter=most))
    search.explore()
    return replace(outcome, best=_finished(search), others=())


def _explored(setting: _Setting, ends: Sequence[Fit]) -> list[_Search]:
    """The searches from several ends, and from one component."""
    searches: list[_Search] = []

    def begin(end: Fit) -> None:
        known = [search.best for search in searches]
        searches.append(_Search(setting, end))
        searches[-1].explore(known)

    for end in ends:
        begin(end)
    is_over = setting.team.interrupted.is_set() or any(search.left <= 0 for search in searches)
    if not is_over and all(len(end.mass) > 1 for end in ends):
        begin(_of_one(setting))
    return searches


def _leading(searches: Sequence[_Search]) -> _Search:
    """The search with the largest bound, the first of equals."""
    return max(searches, key=lambda search: round(search.best.objective, 9))


def _best_of(searches: Sequence[_Search], n_starts: int, outcome: Outcome) -> Outcome:
    """The outcome of searches, of which the first ones began where the starts ended."""
    leading = _leading(searches)
    reached = [search.best.objective for search in searches[:n_starts]]
    near = sum(leading.best.objective - bound < 3.0 * WARM_TOL for bound in reached)
    return replace(outcome, best=_finished(leading), others=(), n_reached_best=near)


def _finished(search: _Search) -> Fit:
    """The best fit, run on until it has converged."""
    setting, best, done = search.setting, search.best, len(search.objectives)
    effort, objectives = setting.effort, tuple(search.objectives)
    if setting.team.interrupted.is_set():
        return replace(best, objectives=objectives, status=Status.STOPPED)
    if search.left <= 0:
        status = Status.CONVERGED if search.is_at_rest else Status.MAX_ITER
        return replace(best, objectives=objectives, status=status)

    def tell(own: Iteration) -> object:
        assert effort.callback is not None
        return effort.callback(replace(own, number=own.number + done))

    end = run(
        setting.problem,
        best.components,
        setting.team,
        tol=effort.tol,
        max_iter=search.left,
        progress=best.progress,
        callback=None if effort.callback is None else tell,
    )
    return replace(end, objectives=(*objectives, *end.objectives))


def _of_one(setting: _Setting) -> Fit:
    """The fit of one component."""
    problem, rows = setting.problem, setting.looked.rows
    whole = np.zeros((problem.n_components, 1))
    whole[0] = 1.0
    start = fit_responsibilities(
        rows, rows, lambda block: np.repeat(whole, block.n_rows, axis=1), setting.team
    )
    return run(problem, start, setting.team, tol=WARM_TOL, max_iter=2)


def _margin(target: float) -> float:
    """What a bound must be higher by: more than rounding."""
    return 1e-9 * max(1.0, abs(target))


def _is_decided(iteration: Iteration, target: float) -> bool:
    """Whether a run is above the target, or will not get there."""
    if iteration.objective > target + _margin(target):
        return True
    # The first gains are large and fall fast; then what remains can be told.
    return iteration.number >= 3 and iteration.objective + 4.0 * iteration.gain < target


def _merge(search: _Search) -> None:
    """Merge pairs until none is found that raises the bound."""
    failures = 0
    tried: set[tuple[int, int]] = set()
    many = True  # merge at once all that promise a gain
    while not search.is_over and len(search.posterior.mass) > 1 and failures < _PATIENCE:
        posterior, statistics = search.posterior, search.best.statistics
        assert statistics is not None
        gains = pair_gains(posterior, statistics, search.shares)
        pairs = [(j, k) for gain, j, k in gains if gain > -_slack(posterior, j, k)]
        group = _disjoint([(j, k) for gain, j, k in gains if gain > 0.0]) if many else []
        if len(group) < 2:
            group = [pair for pair in pairs if pair not in tried][:1]
        if not group:
            break
        if len(group) == 1:
            tried.update(group)
        if search.attempt(search.setting.problem.maximize(merged(statistics, group))):
            tried, failures, many = set(), 0, True
        elif len(group) > 1:
            many = False
        else:
            failures += 1


def _slack(posterior: Posterior, *components: int) -> float:
    return _SLACK + _SLACK_SHARE * float(posterior.mass[list(components)].sum())


def _disjoint(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The best pairs of which no two have a component in common."""
    taken: set[int] = set()
    group = []
    for j, k in pairs:
        if not taken & {j, k}:
            taken |= {j, k}
            group.append((j, k))
    return group


def _remove(search: _Search) -> None:
    """Give components up whose rows others can have."""
    failures = 0
    while not search.is_over and len(search.posterior.mass) > 1 and failures < _PATIENCE:
        posterior = search.posterior
        gains = removal_gains(posterior, search.shares)
        for k in np.argsort(-gains, kind="stable")[: _PATIENCE - failures]:
            if gains[k] <= -_slack(posterior, int(k)):
                return
            others = np.delete(np.arange(len(gains)), k)
            if search.attempt(posterior.take(others)):
                break
            failures += 1
        else:
            return


def _split(search: _Search, rng: np.random.Generator) -> bool:
    """Split components into several: all that promise a gain at once, or else one of them."""
    room = search.posterior.prior.n_slots - len(search.posterior.mass)
    if not room or search.is_over:
        return False
    setting = search.setting
    proposals = split_proposals(search.posterior, setting.looked, rng, setting.team)
    group = []
    for split in proposals:
        if split.gain > 0.0 and split.n_parts - 1 <= room:
            group.append(split)
            room -= split.n_parts - 1
    tries = [[split] for split in proposals[:_PATIENCE]]
    if len(group) > 1:
        tries.insert(0, group)
    return any(search.attempt(search.split_up(own)) for own in tries)
