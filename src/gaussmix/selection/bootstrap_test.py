"""The bootstrap likelihood-ratio test for the number of components.

McLachlan (1987), "On bootstrapping the likelihood ratio test statistic for the number of
components in a normal mixture", Appl. Stat. 36, 318-324. K components are tested against K + 1,
for K = 1, 2, ...: the likelihood ratio of the rows is compared with those of tables drawn from
the fit with K.

A likelihood is only as large as the starts find it, so every table is given the same ones, under
either hypothesis: as many partitions of the same kinds, and what is known from the model with one
component less, its fit with a component split in two, for each component; for the smaller model
of a drawn table, the components that the table was drawn from. All are run for a few iterations,
and the best few of those to the end.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle, islice

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import Block
from gaussmix.density import Components, labels
from gaussmix.em import (
    Fit,
    Ground,
    Problem,
    Stack,
    filling,
    fit_responsibilities,
    from_sketch,
    generator,
    leaders,
    run,
    settle,
)
from gaussmix.errors import Status
from gaussmix.execution import Team
from gaussmix.initialization import PROPOSALS, draw_sketch
from gaussmix.linalg import eigen
from gaussmix.selection.resampling import (
    COLLAPSED,
    DEGENERATE,
    NOT_CONVERGED,
    STOPPED,
    array_source,
    drawn_from,
    is_degenerate,
    replicate,
)

#: Kinds of partitions, in turn.
_KINDS = ("kmeans", "kmeans_sphered", "random_from_data")
#: Iterations after which starts are compared, and how many of them go on.
_TRIAL_ITERATIONS, _FINISHERS = 10, 2
#: The stream of the observed rows; those of drawn tables count up from 0.
_OBSERVED = 2**31


@dataclass(frozen=True, slots=True)
class Step:
    """The test of K components against K + 1.

    Attributes
    ----------
    n_components : int
        K.
    statistic : float
        Twice the log of the likelihood ratio, 0 or more; NaN where the larger model has no
        sound fit.
    p_value : float
        (1 + how many of the drawn tables have one as large) / (1 + how many there are).
    simulated : (B,) array
        The drawn tables' statistics.
    failures : dict of str to int
        Why others have none, and how many.
    reason : str
        Why the larger model has no sound fit, and there is no test; else empty.
    """

    n_components: int
    statistic: float
    p_value: float
    simulated: FloatArray
    failures: Mapping[str, int]
    reason: str = ""

    @property
    def n_done(self) -> int:
        """Tables that were drawn, those that failed among them."""
        return len(self.simulated) + sum(self.failures.values())

    @classmethod
    def failed(cls, n_components: int, reason: str) -> "Step":
        """The step where the larger model has no sound fit."""
        return cls(n_components, float("nan"), float("nan"), np.empty(0), {}, reason)

    @classmethod
    def of(cls, n_components: int, statistic: float, ends: Sequence[float | str]) -> "Step":
        """The step with these statistics of drawn tables, or why they have none."""
        simulated = np.array([end for end in ends if not isinstance(end, str)])
        failures = dict(Counter(end for end in ends if isinstance(end, str)))
        n_beyond = int(np.count_nonzero(simulated >= statistic))
        p_value = (1 + n_beyond) / (1 + len(simulated))
        return cls(n_components, statistic, p_value, simulated, failures)


@dataclass(frozen=True, slots=True)
class SequentialTest:
    """How the test is made.

    Attributes
    ----------
    n_starts : int
        Partitions that every fit starts from.
    effort : (float, int)
        tol, in mean log density per row, and max_iter.
    n_resamples : int
    seed : list of int
    """

    n_starts: int
    effort: tuple[float, int]
    n_resamples: int
    seed: list[int]

    def observed(self, problem: Problem, smaller: Components | None, team: Team) -> Fit | str:
        """The best fit to the observed rows, from the starts and from a smaller model's fit."""
        known = [] if smaller is None else split_each(problem, smaller, team)
        return self._best(problem, known, _OBSERVED, team)

    def step(
        self, problem: Problem, null: Fit, larger: Fit, team: Team, tell: Callable[[int], object]
    ) -> Step:
        """The test of one model against that with one component more.

        Parameters
        ----------
        problem : Problem
            Of the smaller model.
        null, larger : Fit
        team : Team
        tell : callable
            Told how many drawn tables are done.
        """

        def attempt(number: int, inner: Team) -> float | str:
            rng = generator([*self.seed, problem.n_components], number)
            drawn = drawn_from(problem, null.components, rng)
            return self._statistic_of(drawn, null.components, number, inner)

        ends = replicate(attempt, self.n_resamples, problem, team, tell)
        return Step.of(problem.n_components, likelihood_ratio(null, larger), ends)

    def _statistic_of(
        self, drawn: Problem, truth: Components, number: int, team: Team
    ) -> float | str:
        """The statistic of a drawn table, or why it has none."""
        null = self._best(drawn, [truth], number, team)
        if isinstance(null, str):
            return null
        more = replace(drawn, n_components=drawn.n_components + 1)
        larger = self._best(more, split_each(more, null.components, team), number, team)
        return larger if isinstance(larger, str) else likelihood_ratio(null, larger)

    def _best(
        self, problem: Problem, known: Sequence[Components], stream: int, team: Team
    ) -> Fit | str:
        """The sound fit of highest objective, or why there is none."""
        starts = [*known, *self._partitions(problem, stream, team)]
        ends = run_best(problem, starts, self.effort, team)
        reasons = [_unsound(problem, end, team) for end in ends]
        sound = [end for end, reason in zip(ends, reasons, strict=True) if not reason]
        if sound:
            return max(sound, key=lambda fit: round(fit.objective, 12))
        return reasons[0] if reasons else COLLAPSED

    def _partitions(self, problem: Problem, stream: int, team: Team) -> list[Components]:
        """Starts from partitions; one alone for one component, which has one maximum."""
        rng = generator([*self.seed, problem.n_components], stream).spawn(1)[0]
        sketch = draw_sketch(problem.source, problem.survey, rng, fill=filling(problem))
        kinds = islice(cycle(_KINDS), self.n_starts if problem.n_components > 1 else 1)
        starts = [from_sketch(problem, sketch, PROPOSALS[kind]) for kind in kinds]
        streams = rng.spawn(len(starts))
        pairs = zip(starts, streams, strict=True)
        return _possible([partial(start, own, team) for start, own in pairs])


def likelihood_ratio(null: Fit, larger: Fit) -> float:
    """Twice the log of the likelihood ratio; 0 where the smaller model, being nested, is better."""
    return max(0.0, 2.0 * (larger.log_likelihood - null.log_likelihood))


def _unsound(problem: Problem, fit: Fit, team: Team) -> str:
    """Why a fit does not count; empty where it does."""
    if fit.status is Status.STOPPED:
        return STOPPED
    if fit.status is not Status.CONVERGED:
        return NOT_CONVERGED
    return DEGENERATE if is_degenerate(problem, fit, team) else ""


def _possible(begins: Sequence[Callable[[], Components]]) -> list[Components]:
    """The starts that do not collapse at once."""
    starts = []
    for begin in begins:
        with suppress(errors.CollapsedComponent):
            starts.append(begin())
    return starts


def run_best(
    problem: Problem, starts: Sequence[Components], effort: tuple[float, int], team: Team
) -> list[Fit]:
    """Where the best few of some starts end; fewer where they collapse.

    Few and plain rows are worked on by all runs side by side.
    """
    if not starts:
        return []
    tol, max_iter = effort
    if Ground.carries(problem):
        stack = Stack.at(problem, Ground(problem, problem.family.scatter.quadratic), starts)
        stack = leaders(stack, min(_TRIAL_ITERATIONS, max_iter), _FINISHERS)
        return [fit for _, fit in sorted(settle(stack, tol, max_iter, team).items())]
    trials = _runs(problem, starts, team, 0.0, min(_TRIAL_ITERATIONS, max_iter))
    # Rounded, so that of equal ones the first leads whatever the last bits say.
    trials.sort(key=lambda fit: -round(fit.objective, 9))
    return _runs(problem, [fit.components for fit in trials[:_FINISHERS]], team, tol, max_iter)


def _runs(
    problem: Problem, starts: Sequence[Components], team: Team, tol: float, max_iter: int
) -> list[Fit]:
    """Where runs end, one after the other, but for those that collapse."""
    ends = []
    for start in starts:
        with suppress(errors.CollapsedComponent):
            ends.append(run(problem, start, team, tol=tol, max_iter=max_iter))
    return ends


def split_each(problem: Problem, smaller: Components, team: Team) -> list[Components]:
    """Starts that make two of one of the components of a smaller model, for each component.

    The rows of a component are parted at its mean across its longest axis, columns in units of
    their spread.
    """
    label = labels(smaller, array_source(problem), team)
    numbers = range(smaller.n_components)
    return _possible([partial(_halved, problem, smaller, k, label, team) for k in numbers])


def _halved(
    problem: Problem, smaller: Components, k: int, label: IntArray, team: Team
) -> Components:
    """Parameters where the rows of component k are parted."""
    scale, filled = problem.survey.scale, problem.filled
    matrix = smaller.covariances.matrix(k) / np.outer(scale, scale)
    across = eigen(matrix)[1][:, -1] / scale
    middle = float(across @ (smaller.means[k] - problem.survey.centre))
    numbers = np.arange(problem.n_components)[:, None]

    def parted(block: Block) -> FloatArray:
        own = label[block.rows]
        beyond = (own == k) & (across @ filled(block) > middle)
        return np.asarray(np.where(beyond, len(numbers) - 1, own) == numbers, dtype=np.float64)

    return fit_responsibilities(problem, problem, parted, team)
