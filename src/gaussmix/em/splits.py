"""Proposals to split components, found on a sketch of the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import ArraySource, Block
from gaussmix.density import Components
from gaussmix.density import posterior as posterior_of
from gaussmix.em.engine import Fit, run
from gaussmix.em.filling import filling
from gaussmix.em.gains import Shares
from gaussmix.em.problem import Problem
from gaussmix.em.starts import fit_responsibilities, on_sketch
from gaussmix.execution import Team
from gaussmix.initialization import PROPOSALS, SKETCH_ROWS, Sketch, draw_rows, draw_sketch
from gaussmix.maximization import Posterior

#: A row is of a component that has this share of it.
_OWN = 0.1
#: Most rows of one component that are looked at, and the most that one of them may stand for:
#: noise that is counted more often than it was seen looks like structure.
_ROWS, _MOST_WEIGHT = 1_000, 4.0
#: Numbers of parts that are tried, and how; and what more is tried with few rows.
_TRIALS = ((2, "kmeans"), (2, "kmeans_sphered"), (6, "kmeans"))
_MORE_TRIALS = (
    (2, "hierarchical"),
    (3, "kmeans_sphered"),
    *((2, "random_from_data"),) * 3,
)
_FEW = 600
#: Least gain on the sketch, in nats, that makes a split worth a try on all rows: a few more
#: iterations may raise it.
_LEAST = -4.0
#: Iterations of each trial, and how near its end it may stop.
_ITERATIONS, _TOL = 20, 5e-3


@dataclass(frozen=True, slots=True)
class Split:
    """A component taken apart.

    Attributes
    ----------
    component : int
    gain : float
        What the bound gains on the sketch, in nats.
    parts : Posterior
        Of the component's own rows.
    """

    component: int
    gain: float
    parts: Posterior

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return len(self.parts.mass)


@dataclass
class Looked:
    """A sketch of the rows, and whose they are.

    Attributes
    ----------
    rows : Problem
        The problem for the sketch's rows.
    guessed : (M, D) array or None
        The rows with guesses in their gaps; None where there are none.
    stands_for : float
        How many rows each that was drawn stands for; 1 where all were.
    """

    rows: Problem
    guessed: FloatArray | None = None
    stands_for: float = 1.0
    _known: tuple[Posterior, Shares] | None = field(default=None)

    def of(self, posterior: Posterior, team: Team) -> Shares:
        """Whose the rows are under a posterior; that of the last one asked about is kept."""
        if self._known is None or self._known[0] is not posterior:
            source = self.rows.source
            assert isinstance(source, ArraySource)
            self._known = (
                posterior,
                Shares(
                    posterior_of(posterior, source, team),
                    source.weights_of(np.arange(source.n_rows)),
                ),
            )
        return self._known[1]

    @property
    def points(self) -> FloatArray:
        """The sketch's rows (M, D), without gaps."""
        source = self.rows.source
        assert isinstance(source, ArraySource)
        return source.X if self.guessed is None else self.guessed

    def thin(self, limit: int, rng: np.random.Generator) -> "Looked":
        """At most so many of the rows, which stand for all of the weight."""
        source = self.rows.source
        if source.n_rows <= limit:
            return self
        index = np.sort(rng.choice(source.n_rows, limit, replace=False))
        weight = source.weights_of(index)
        weight = weight * (self.rows.survey.weight / weight.sum())
        return Looked(
            self.part(index, weight),
            None if self.guessed is None else self.guessed[index],
            self.stands_for * source.n_rows / limit,
        )

    def counted(self) -> "Looked":
        """The same, each row standing for few: as good as the rows that are told apart here."""
        source = self.rows.source
        every = np.arange(source.n_rows)
        share = min(1.0, _MOST_WEIGHT / self.stands_for)
        rows = self.part(every, share * source.weights_of(every))
        return Looked(rows, self.guessed, share * self.stands_for)

    def part(self, index: IntArray, weight: FloatArray) -> Problem:
        """The problem for some of the rows."""
        source = self.rows.source
        assert isinstance(source, ArraySource)
        return _with_rows(self.rows, source.X[index], weight)


def look(problem: Problem, rng: np.random.Generator) -> Looked:
    """A sketch of a problem's rows: the distinct ones, or those with gaps as they come."""
    fill, stands_for = filling(problem), max(1.0, problem.source.n_rows / SKETCH_ROWS)
    if fill is None:
        sketch = draw_sketch(problem.source, problem.survey, rng)
        return Looked(on_sketch(problem, sketch), None, stands_for)
    index, weight = draw_rows(problem.source, problem.survey, SKETCH_ROWS, rng)
    rows = problem.source.rows(index)
    tells = ~np.isnan(rows).all(axis=1)
    rows, weight = rows[tells], weight[tells]
    return Looked(_with_rows(problem, rows, weight), fill(rows), stands_for)


def _with_rows(problem: Problem, rows: FloatArray, weight: FloatArray) -> Problem:
    """The problem for other rows, gaps and all."""
    n_gappy = int(np.isnan(rows).any(axis=1).sum())
    own = problem.with_rows(rows, weight)
    return replace(own, survey=replace(own.survey, n_gappy=n_gappy), filler=problem.filler)


def split_proposals(
    posterior: Posterior, looked: Looked, rng: np.random.Generator, team: Team
) -> list[Split]:
    """For each component its most promising split, the best first.

    Parameters
    ----------
    posterior : Posterior
    looked : Looked
    rng : Generator
    team : Team
    """
    looked.of(posterior, team)  # once, where all threads find it
    streams = rng.spawn(len(posterior.mass))

    def of(k: int) -> list[Split]:
        return list(_splits_of(k, posterior, looked, streams[k], team.alone()))

    found = [split for own in team.gather(of, range(len(posterior.mass))) for split in own]
    return sorted(found, key=lambda split: -round(split.gain, 6))


def _splits_of(
    k: int, posterior: Posterior, looked: Looked, rng: np.random.Generator, alone: Team
) -> Sequence[Split]:
    """The most promising split of component k; nothing where none gains anything."""
    shares = looked.of(posterior, alone)
    room = posterior.prior.n_slots - len(posterior.mass)
    own = np.flatnonzero(shares.posterior[:, k] > _OWN)
    if len(own) < 2 or alone.interrupted.is_set():
        return ()
    total = len(own)
    if total > _ROWS:
        own = np.sort(rng.choice(own, _ROWS, replace=False))
    weight = shares.weight[own] * shares.posterior[own, k]
    weight = weight * min(total / len(own), _MOST_WEIGHT / looked.stands_for)
    rows = looked.points[own]
    survey = looked.rows.survey
    sketch = Sketch((rows - survey.centre) / survey.scale, weight)
    part = looked.part(own, weight)
    whole = _fit(part, np.zeros(len(own), dtype=np.intp), 1, alone)
    best: list[Split] = []
    for n_parts, name in _TRIALS + (_MORE_TRIALS if len(own) <= _FEW else ()):
        n = min(n_parts, room + 1, len(own))
        answer = PROPOSALS[name](sketch, n, rng).astype(np.intp)
        fit = _fit(part, answer, n, alone)
        gain = (fit.objective - whole.objective) * float(weight.sum())
        assert isinstance(fit.components, Posterior)
        split = Split(k, gain, fit.components)
        if alone.interrupted.is_set():
            return ()
        if split.n_parts > 1 and gain > _LEAST and (not best or gain > best[0].gain):
            best = [split]
    return best


def _fit(problem: Problem, label: IntArray, n: int, team: Team) -> Fit:
    """So many components of a problem's rows, from labels (N,)."""
    assert problem.bayes is not None
    proportions = problem.bayes.proportions
    few = type(proportions)(proportions.concentration, np.zeros(n))
    own = replace(problem, n_components=n, bayes=replace(problem.bayes, proportions=few))
    components = np.arange(n)[:, None]
    start = fit_responsibilities(
        own, own, lambda block: (label[block.rows] == components).astype(np.float64), team
    )
    return run(own, start, team, tol=_TOL, max_iter=_ITERATIONS if n > 1 else 1)


def split_up(
    problem: Problem, posterior: Posterior, splits: Sequence[Split], looked: Looked, team: Team
) -> Components:
    """The posterior once components are taken apart, as the sketch's rows tell it."""
    shares, source = looked.of(posterior, team), looked.rows.source
    assert isinstance(source, ArraySource)
    taken = [split.component for split in splits]
    columns = [np.delete(shares.posterior, taken, axis=1)]
    for split in splits:
        parts = posterior_of(split.parts, source, team)
        columns.append(parts * shares.posterior[:, [split.component]])
    whole = np.concatenate(columns, axis=1)
    padded = np.zeros((len(whole), problem.n_components))
    padded[:, : whole.shape[1]] = whole
    return fit_responsibilities(looked.rows, looked.rows, partial(_columns_of, padded), team)


def _columns_of(responsibilities: FloatArray, block: Block) -> FloatArray:
    return np.ascontiguousarray(responsibilities[block.rows].T)
