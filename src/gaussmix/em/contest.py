"""The races of a whole search: every family and number of components from shared starts."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gaussmix.covariance import Family
from gaussmix.density import Components
from gaussmix.em.engine import Fit, run
from gaussmix.em.filling import filling
from gaussmix.em.ground import Ground
from gaussmix.em.heats import RACE_ROWS, Field, field_of, leaders, settle
from gaussmix.em.problem import Problem
from gaussmix.em.races import Race, generator
from gaussmix.em.restarts import Effort, Outcome, begin_at, compare, fit_best
from gaussmix.em.stack import Stack
from gaussmix.em.starts import LEFT_OUT, WORTH_A_THREAD, from_sketch
from gaussmix.errors import CollapsedComponent, Status
from gaussmix.execution import Team
from gaussmix.initialization import PROPOSALS, SKETCH_ROWS, draw_sketch, without_outlying

#: Number of a family among those that race together, and number of components.
Cell = tuple[int, int]

#: The stream of random numbers that the sketch is drawn with; starts count up from 0.
SKETCH_STREAM = 2**31
#: How much coarser than asked for runs end where that is enough to tell who leads.
_COARSER = 100.0
#: Rows of the sample that races are run on where the rows are too many for them.
_SAMPLE_ROWS = 1_000
#: Squared columns of all components of the runs of one family.
_LARGEST_RACE = 500_000
#: Squared columns of all components of families that race together.
_TOGETHER = 1_000_000
#: Iterations after which runs have shown what they are worth.
HEAT = 18
#: The same of runs without jumps ahead.
_PLAIN_HEAT = 40
#: Fewer components than this have more runs: they are cheap, and likely to win.
_FEW = 6.0
#: Ends this close (nats per row) are the same.
_SAME = 1e-4


@dataclass(frozen=True, slots=True)
class _Short:
    """How long runs iterate before they must have shown what they are worth.

    Attributes
    ----------
    effort : Effort
    is_last : bool
        Whether that is all there is.
    """

    effort: Effort
    is_last: bool

    def told(self, fit: Fit) -> Fit:
        """The fit, outrun where it would have gone on."""
        if self.is_last or fit.status is not Status.MAX_ITER:
            return fit
        return replace(fit, status=Status.OUTRUN)


def _short(effort: Effort) -> _Short:
    """The part of an effort that every run makes."""
    tol, max_iter = _COARSER * effort.tol, min(_PLAIN_HEAT, effort.max_iter)
    return _Short(replace(effort, tol=tol, max_iter=max_iter), max_iter == effort.max_iter)


@dataclass(frozen=True)
class Contest:
    """Rows, and the field that every family races in.

    Attributes
    ----------
    rows : Problem
        The rows to be fitted; any family.
    field : Field
    race : Race
    seed : sequence of int
    is_whole : bool
        Whether the field's rows are all there are.
    grounds : dict of str to Ground
        All rows with their features, by the names of these.
    """

    rows: Problem
    field: Field
    race: Race
    seed: Sequence[int]
    is_whole: bool
    grounds: dict[str, Ground] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(
        cls, rows: Problem, race: Race, numbers: Sequence[int], seed: Sequence[int], team: Team
    ) -> "Contest":
        """The contest for some numbers of components.

        Student t's begin where Gaussians lead.
        """
        rng = generator(seed, SKETCH_STREAM)
        sketch = draw_sketch(rows.source, rows.survey, rng, fill=filling(rows))
        few = sketch.thin(RACE_ROWS if sketch.n_rows <= RACE_ROWS else _SAMPLE_ROWS, rng)
        share = min(1.0, _LARGEST_RACE / (sum(numbers) * len(race.names) * rows.n_features**2))
        few_components = _FEW if share == 1.0 else 0.0
        starts = field_of(
            replace(rows, is_student=False),
            few,
            race.scaled(share),
            numbers,
            seed=seed,
            team=team.alone(),
            few=few_components,
        )
        return cls(rows, starts, race, seed, few is sketch and rows.source.n_rows <= SKETCH_ROWS)

    @property
    def is_long(self) -> bool:
        """Whether the arithmetic of a pass takes longer than the calls it is made of."""
        numbers = sum(len(starts) for starts in self.field.starts.values())
        return self.field.sketch.n_rows * numbers >= WORTH_A_THREAD

    def groups(self, families: Sequence[Family]) -> list[tuple[Family, ...]]:
        """The families that race together: all of one feature space where rows are few.

        Where they, or their columns, are many each races alone: then the arithmetic takes longer
        than the calls that it is made of.
        """
        n_components = sum(len(starts) for starts in self.field.starts.values())
        numbers = n_components * self.rows.n_features**2 * len(families)
        if self.is_long or numbers > _TOGETHER:
            return [(family,) for family in families]
        spaces = dict.fromkeys(family.scatter.quadratic.name for family in families)
        return [
            tuple(family for family in families if family.scatter.quadratic.name == space)
            for space in spaces
        ]

    def run(
        self, problem: Problem, families: tuple[Family, ...], effort: Effort, team: Team
    ) -> dict[Cell, list[Outcome]]:
        """For each family and number of components the different ends of runs, best first.

        On rows that stacks carry they end early: at a coarser tolerance, or outrun after so many
        iterations; `go_on` takes those further that it is worth for. Cells without an end are
        missing.

        Parameters
        ----------
        problem : Problem
            The rows; any family.
        families : tuple of Family
            Of one feature space.
        effort : Effort
        team : Team
        """
        problem = replace(problem, family=families[0])
        if not Ground.carries(replace(self.field.rows, family=families[0])):
            return {}
        stack = self.field.begin(problem, list(self.field.starts), families)
        stack = leaders(stack, self.race.iterations, self.race.finishers)
        if not Ground.carries(problem):
            return self._one_by_one(problem, stack, _short(effort), team)
        if not self.is_whole:
            # Most of the way on the sample, the rest on all rows.
            coarse = _by_cell(stack, settle(stack, _COARSER * effort.tol, HEAT, team))
            leading = [
                (cell, outcome.best)
                for cell, outcomes in coarse.items()
                for outcome in outcomes[: 2 if cell[1] < _FEW else 1]
            ]
            stack = self._over_all(problem, families, sorted(leading, key=lambda one: one[0]))
        return _by_cell(stack, self._heat(stack, effort, team))

    @staticmethod
    def _heat(stack: Stack, effort: Effort, team: Team) -> dict[int, Fit]:
        """The iterations after which runs must have shown what they are worth."""
        is_short = effort.max_iter > HEAT
        at_end = Status.OUTRUN if is_short else Status.MAX_ITER
        tol, max_iter = _COARSER * effort.tol, min(HEAT, effort.max_iter)
        ends = settle(stack, tol, max_iter, team, at_end)
        return _certified(stack, ends, effort, team)

    def go_on(
        self,
        problem: Problem,
        families: tuple[Family, ...],
        fits: dict[Cell, Fit],
        effort: Effort,
        team: Team,
        *,
        heat: bool,
    ) -> dict[Cell, Fit]:
        """Fits run on.

        Parameters
        ----------
        problem : Problem
            The rows; any family.
        families : tuple of Family
            Of one feature space.
        fits : dict of Fit
            By family and number of components.
        effort : Effort
        team : Team
        heat : bool
            Whether for one more heat only, not to the end.
        """
        begun = sorted(fits.items(), key=lambda one: one[0])
        if not Ground.carries(replace(problem, family=families[0])):
            how_long = _short(effort) if heat else _Short(effort, is_last=True)
            return self._run_alone(problem, families, begun, how_long, team)
        stack = self._over_all(problem, families, begun)
        if heat:
            ends = self._heat(stack, effort, team)
        else:
            ends = settle(stack, effort.tol, effort.max_iter, team)
            ends = _certified(stack, ends, effort, team)
        return {
            begun[name][0]: replace(end, objectives=begun[name][1].objectives + end.objectives)
            for name, end in ends.items()
        }

    def _over_all(
        self, problem: Problem, families: tuple[Family, ...], begun: Sequence[tuple[Cell, Fit]]
    ) -> Stack:
        """A stack that begins where fits ended, over all rows."""
        problem, quadratic = replace(problem, family=families[0]), families[0].scatter.quadratic
        if self.is_whole:
            ground = self.field.ground(quadratic)
        else:
            ground = self.grounds.setdefault(quadratic.name, Ground(problem, quadratic))
        crew = families, np.array([kind for (kind, _), _ in begun])
        return Stack.at(problem, ground, [fit.components for _, fit in begun], crew)

    def _one_by_one(
        self, problem: Problem, stack: Stack, effort: _Short, team: Team
    ) -> dict[Cell, list[Outcome]]:
        """Runs over rows that no stack carries."""
        starts: dict[Cell, list[Components]] = {}
        for place, cell in enumerate(_cells(stack)):
            starts.setdefault(cell, []).append(stack.one(place))
        found = {}
        for (kind, k), components in starts.items():
            own = replace(problem, family=stack.families[kind], n_components=k)
            begun = [begin_at(own.begun(c)) for c in components]
            if own.is_student and k > 1:
                apart = without_outlying(PROPOSALS["kmeans"], LEFT_OUT[0])
                begun.append(from_sketch(own, self.field.sketch, apart))
            try:
                outcome = fit_best(own, begun, self.seed, effort.effort, team)
            except CollapsedComponent:
                continue
            ends = (outcome.best, *outcome.others)
            found[kind, k] = [replace(outcome, best=effort.told(end)) for end in ends]
        return found

    def _run_alone(
        self,
        problem: Problem,
        families: tuple[Family, ...],
        begun: Sequence[tuple[Cell, Fit]],
        effort: _Short,
        team: Team,
    ) -> dict[Cell, Fit]:
        """Fits over rows that no stack carries, run on; those that collapse are left out."""
        ends = {}
        for (kind, k), fit in begun:
            own = replace(problem, family=families[kind], n_components=k)
            tol, max_iter = effort.effort.tol, effort.effort.max_iter
            try:
                end = run(
                    own, fit.components, team, tol=tol, max_iter=max_iter, progress=fit.progress
                )
            except CollapsedComponent:
                continue
            ends[kind, k] = effort.told(replace(end, objectives=fit.objectives + end.objectives))
        return ends


def _cells(stack: Stack) -> list[Cell]:
    """Number of the family, and of components, of each run."""
    return list(zip(stack.kinds.tolist(), stack.lineup.sizes.tolist(), strict=True))


def _certified(stack: Stack, ends: dict[int, Fit], effort: Effort, team: Team) -> dict[int, Fit]:
    """The ends of a stack; those too narrow for its passes are run on by themselves.

    Those that then collapse are left out.
    """
    sure = {}
    cells = dict(zip(stack.names.tolist(), _cells(stack), strict=True))
    for name, fit in ends.items():
        kind, k = cells[name]
        own = replace(stack.problem, family=stack.families[kind], n_components=k)
        sure[name] = fit
        if fit.n_exact:
            try:
                end = run(own, fit.components, team, tol=effort.tol, max_iter=effort.max_iter)
                sure[name] = replace(end, objectives=fit.objectives + end.objectives)
            except CollapsedComponent:
                del sure[name]
    return sure


def _by_cell(stack: Stack, ends: dict[int, Fit]) -> dict[Cell, list[Outcome]]:
    """For each family and size the outcomes that begin with each different end, best first."""
    fits: dict[Cell, list[Fit]] = {}
    cells = dict(zip(stack.names.tolist(), _cells(stack), strict=True))
    for name, fit in ends.items():
        fits.setdefault(cells[name], []).append(fit)
    found = {}
    for cell, own in fits.items():
        first = compare(own, _SAME)
        found[cell] = [first, *(replace(first, best=other) for other in first.others)]
    return found
