"""The races of a whole search: every family and number of components from shared starts."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gaussmix.covariance import Quadratic
from gaussmix.density import Components
from gaussmix.em.engine import Fit
from gaussmix.em.filling import filling
from gaussmix.em.ground import Ground
from gaussmix.em.heats import RACE_ROWS, Field, field_of, leaders, settle
from gaussmix.em.problem import Problem
from gaussmix.em.races import Race, generator
from gaussmix.em.restarts import Effort, Outcome, begin_at, compare, fit_best
from gaussmix.em.stack import Stack
from gaussmix.em.starts import WORTH_A_THREAD
from gaussmix.errors import CollapsedComponent, Status
from gaussmix.execution import Team
from gaussmix.initialization import SKETCH_ROWS, draw_sketch

#: The stream of random numbers that the sketch is drawn with; starts count up from 0.
SKETCH_STREAM = 2**31
#: How much coarser than asked for runs end where that is enough to tell who leads.
_COARSER = 100.0
#: Iterations after which runs have shown what they are worth.
HEAT = 24
#: Ends this close (nats per row) are the same.
_SAME = 1e-4


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
        """The contest for some numbers of components."""
        rng = generator(seed, SKETCH_STREAM)
        sketch = draw_sketch(rows.source, rows.survey, rng, fill=filling(rows))
        few = sketch.thin(RACE_ROWS, rng)
        starts = field_of(rows, few, race, numbers, seed=seed, team=team)
        return cls(rows, starts, race, seed, few is sketch and rows.source.n_rows <= SKETCH_ROWS)

    @property
    def is_worth_a_thread(self) -> bool:
        """Whether families should run side by side."""
        numbers = sum(len(starts) for starts in self.field.starts.values())
        return self.field.sketch.n_rows * numbers >= WORTH_A_THREAD

    def run(self, problem: Problem, effort: Effort, team: Team) -> dict[int, list[Outcome]]:
        """For each number of components the different ends of the family's runs, best first.

        On rows that stacks carry they end early: at a coarser tolerance, or outrun after so many
        iterations; `go_on` takes those further that it is worth for. Numbers without an end are
        missing.

        Parameters
        ----------
        problem : Problem
            The rows; its family races.
        effort : Effort
        team : Team
        """
        if not Ground.carries(replace(self.field.rows, family=problem.family)):
            return {}
        stack = self.field.begin(problem, list(self.field.starts))
        stack = leaders(stack, self.race.iterations, self.race.finishers)
        if not Ground.carries(problem):
            return self._one_by_one(problem, _starts(stack), effort, team)
        if not self.is_whole:
            # Most of the way on the sample, the rest on all rows.
            coarse = _by_size(stack, settle(stack, _COARSER * effort.tol, HEAT, team))
            ends = [outcomes[0].best for _, outcomes in sorted(coarse.items())]
            stack = self._over_all(problem, ends)
        return _by_size(stack, self._heat(stack, effort, team))

    @staticmethod
    def _heat(stack: Stack, effort: Effort, team: Team) -> dict[int, Fit]:
        """The iterations after which runs must have shown what they are worth."""
        is_short = effort.max_iter > HEAT
        at_end = Status.OUTRUN if is_short else Status.MAX_ITER
        return settle(stack, _COARSER * effort.tol, min(HEAT, effort.max_iter), team, at_end)

    def carries(self, problem: Problem) -> bool:
        """Whether stacks carry all rows of a problem."""
        return Ground.carries(problem)

    def go_on(
        self, problem: Problem, fits: Sequence[Fit], effort: Effort, team: Team, *, heat: bool
    ) -> dict[int, Fit]:
        """Fits of one family and of rising numbers of components, run on; by those numbers.

        Parameters
        ----------
        problem : Problem
        fits : sequence of Fit
        effort : Effort
        team : Team
        heat : bool
            Whether for one more heat only, not to the end.
        """
        stack = self._over_all(problem, fits)
        if heat:
            ends = self._heat(stack, effort, team)
        else:
            ends = settle(stack, effort.tol, effort.max_iter, team)
        return {
            fits[name].components.n_components: replace(
                end, objectives=fits[name].objectives + end.objectives
            )
            for name, end in ends.items()
        }

    def _over_all(self, problem: Problem, fits: Sequence[Fit]) -> Stack:
        """A stack that begins where fits ended, over all rows."""
        quadratic = problem.family.scatter.quadratic
        ground = self.field.ground(quadratic) if self.is_whole else self._ground(problem, quadratic)
        return Stack.at(problem, ground, [fit.components for fit in fits])

    def _ground(self, problem: Problem, quadratic: Quadratic) -> Ground:
        return self.grounds.setdefault(quadratic.name, Ground(problem, quadratic))

    def _one_by_one(
        self, problem: Problem, starts: dict[int, list[Components]], effort: Effort, team: Team
    ) -> dict[int, list[Outcome]]:
        """Runs over rows that no stack carries."""
        found = {}
        for k, components in starts.items():
            own = replace(problem, n_components=k)
            try:
                best = fit_best(own, [begin_at(c) for c in components], self.seed, effort, team)
            except CollapsedComponent:
                continue
            found[k] = [best]
        return found


def _starts(stack: Stack) -> dict[int, list[Components]]:
    """The parameters of the runs of a stack, by their sizes."""
    starts: dict[int, list[Components]] = {}
    for run, size in enumerate(stack.lineup.sizes.tolist()):
        starts.setdefault(size, []).append(stack.one(run))
    return starts


def _by_size(stack: Stack, ends: dict[int, Fit]) -> dict[int, list[Outcome]]:
    """For each size the outcomes that begin with each different end, best first."""
    fits: dict[int, list[Fit]] = {}
    sizes = dict(zip(stack.names.tolist(), stack.lineup.sizes.tolist(), strict=True))
    for name, fit in ends.items():
        fits.setdefault(sizes[name], []).append(fit)
    found = {}
    for size, own in fits.items():
        first = compare(own, _SAME)
        rest = [fit for fit in own if fit.objective < first.best.objective - _SAME]
        found[size] = [first] + ([replace(first, best=compare(rest, _SAME).best)] if rest else [])
    return found
