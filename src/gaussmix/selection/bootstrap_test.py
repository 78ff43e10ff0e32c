"""The bootstrap likelihood-ratio test for the number of components.

McLachlan (1987), "On bootstrapping the likelihood ratio test statistic for the number of
components in a normal mixture", Appl. Stat. 36, 318-324. K components are tested against K + 1,
for K = 1, 2, ...: the likelihood ratio of the rows is compared with those of tables drawn from
the fit with K.

A likelihood is only as large as the starts find it, so every table is given the same ones, under
either hypothesis: as many starts of the same kind, and one from what is known of the model with
one component less. That is its fit with a component split in two; for the smaller model of a
drawn table, the components that the table was drawn from.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import Block
from gaussmix.density import Components, labels
from gaussmix.em import Fit, Problem, Start, fit_responsibilities, generator, run
from gaussmix.errors import Status
from gaussmix.execution import Team
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

#: Iterations after which the components that may be split are compared.
_TRIAL_ITERATIONS = 8
#: Streams of the observed rows' starts; those of the replicates count up from 0.
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
    """

    n_components: int
    statistic: float
    p_value: float
    simulated: FloatArray
    failures: Mapping[str, int]

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
    starts : callable
        (problem, seed, team) -> starts for the rows, of one kind and number for every problem.
    effort : (float, int)
        tol, in mean log density per row, and max_iter.
    n_resamples : int
    seed : list of int
    """

    starts: Callable[[Problem, Sequence[int], Team], list[Start]]
    effort: tuple[float, int]
    n_resamples: int
    seed: list[int]

    def observed(self, problem: Problem, smaller: Components | None, team: Team) -> Fit | str:
        """The best fit to the observed rows, from the starts and from a smaller model's fit."""
        known = [] if smaller is None else [split_one(problem, smaller)]
        return self._best(problem, known, _OBSERVED + problem.n_components, team)

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
        number = problem.n_components

        def attempt(r: int, inner: Team) -> float | str:
            # Tables of different steps have nothing to do with each other.
            seed = [*self.seed, number]
            drawn = drawn_from(problem, null.components, generator(seed, r))
            return self._statistic_of(drawn, null.components, r, inner)

        ends = replicate(attempt, self.n_resamples, problem, team, tell)
        return Step.of(number, likelihood_ratio(null, larger), ends)

    def _statistic_of(self, drawn: Problem, truth: Components, r: int, team: Team) -> float | str:
        """The statistic of a drawn table, or why it has none."""
        null = self._best(drawn, [lambda _rng, _team: truth], r, team)
        if isinstance(null, str):
            return null
        more = replace(drawn, n_components=drawn.n_components + 1)
        larger = self._best(more, [split_one(more, null.components)], r, team)
        return larger if isinstance(larger, str) else likelihood_ratio(null, larger)

    def _best(
        self, problem: Problem, known: Sequence[Start], stream: int, team: Team
    ) -> Fit | str:
        """The sound fit of highest objective, or why there is none."""
        draw = generator([*self.seed, problem.n_components], stream).spawn(1)[0]
        seed = draw.integers(2**32, size=4).tolist()
        starts = [*known, *self.starts(problem, seed, team)]
        ends = [
            self._end(problem, start, generator(seed, number), team)
            for number, start in enumerate(starts)
        ]
        sound = [end for end in ends if isinstance(end, Fit)]
        if not sound:
            return next(end for end in ends if isinstance(end, str))
        return max(sound, key=lambda fit: round(fit.objective, 12))

    def _end(
        self, problem: Problem, start: Start, rng: np.random.Generator, team: Team
    ) -> Fit | str:
        tol, max_iter = self.effort
        try:
            fit = run(problem, start(rng, team), team, tol=tol, max_iter=max_iter)
        except errors.CollapsedComponent:
            return COLLAPSED
        if fit.status is not Status.CONVERGED:
            return STOPPED if fit.status is Status.STOPPED else NOT_CONVERGED
        return DEGENERATE if is_degenerate(problem, fit, team) else fit


def likelihood_ratio(null: Fit, larger: Fit) -> float:
    """Twice the log of the likelihood ratio; 0 where the smaller model, being nested, is better."""
    return max(0.0, 2.0 * (larger.log_likelihood - null.log_likelihood))


def split_one(problem: Problem, smaller: Components) -> Start:
    """The start that makes two of one of the components of a smaller model.

    The rows of a component are parted at its mean across its longest axis, columns in units of
    their spread. Each component is tried for a few iterations.
    """

    def start(_rng: np.random.Generator, team: Team) -> Components:
        label = labels(smaller, array_source(problem), team)
        halved = [_halved(problem, smaller, k, label, team) for k in range(smaller.n_components)]
        if len(halved) == 1:
            return halved[0]
        # Rounded, so that of equal ones the first is taken whatever the last bits say.
        return max(halved, key=lambda half: round(_promise(problem, half, team), 9))

    return start


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


def _promise(problem: Problem, start: Components, team: Team) -> float:
    """The objective that a few iterations from a start reach; -inf where it collapses."""
    try:
        return run(problem, start, team, tol=0.0, max_iter=_TRIAL_ITERATIONS).objective
    except errors.CollapsedComponent:
        return -np.inf
