"""Fits to resampled rows: drawn, made side by side, told apart from failures, and aligned."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import ArraySource, survey
from gaussmix.density import Components
from gaussmix.em import WORTH_A_THREAD, Fit, Problem, find_degenerate, run
from gaussmix.errors import Status
from gaussmix.execution import Team
from gaussmix.linalg import cholesky, invert_lower, log_det
from gaussmix.mixture import sample

End = TypeVar("End")

#: Why a replicate does not count.
COLLAPSED, DEGENERATE, NOT_CONVERGED, STOPPED = (
    "collapsed",
    "degenerate",
    "not converged",
    "stopped by the user",
)

#: Told how many replicates are done.
Tell = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class ParameterArrays:
    """One array for each kind of parameter, or a stack of R of each.

    Attributes
    ----------
    weights : (K,) or (R, K) array
    means : (K, D) or (R, K, D) array
    covariances : (K, D, D) or (R, K, D, D) array
    """

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray

    @classmethod
    def of(cls, components: Components) -> "ParameterArrays":
        """The parameters of components."""
        dense = np.array(components.covariances.dense())
        return cls(components.weights, components.means, dense)

    @classmethod
    def stack(cls, each: Sequence["ParameterArrays"]) -> "ParameterArrays":
        """The stack of several."""
        columns = zip(*((p.weights, p.means, p.covariances) for p in each), strict=True)
        return cls(*(np.stack(column) for column in columns))

    def map(
        self, function: Callable[..., FloatArray], *others: "ParameterArrays"
    ) -> "ParameterArrays":
        """What a function makes of each array, and of those of others beside it."""
        return ParameterArrays(
            function(self.weights, *(other.weights for other in others)),
            function(self.means, *(other.means for other in others)),
            function(self.covariances, *(other.covariances for other in others)),
        )


@dataclass(frozen=True, slots=True)
class Replicates:
    """What became of the fits to resampled rows.

    Attributes
    ----------
    numbers : (R,) array of int
        Which of them came to a sound end.
    parameters : ParameterArrays or None
        Theirs, stacked; None where there are none.
    failures : dict of str to int
        Why the others do not count, and how many of each.
    n_done : int
        How many were made.
    """

    numbers: IntArray
    parameters: ParameterArrays | None
    failures: Mapping[str, int]
    n_done: int

    @classmethod
    def of(cls, ends: Sequence[Components | str]) -> "Replicates":
        """The replicates of these ends: components, or why there are none."""
        numbers = [r for r, end in enumerate(ends) if isinstance(end, Components)]
        sound = [ParameterArrays.of(end) for end in ends if isinstance(end, Components)]
        failures = Counter(end for end in ends if isinstance(end, str))
        return cls(
            np.array(numbers, dtype=np.intp),
            ParameterArrays.stack(sound) if sound else None,
            dict(failures),
            len(ends),
        )


def replicate(
    attempt: Callable[[int, Team], End], count: int, problem: Problem, team: Team, tell: Tell
) -> list[End]:
    """What each of `count` attempts gave, in order; those made before the user interrupted.

    Attempts on rows of one block run side by side where a pass is long enough; else one after
    the other, where each has the whole team for rows of many blocks. The results are the same.
    """
    side_by_side = problem.n_blocks == 1 and problem.work >= WORTH_A_THREAD
    outer = team if side_by_side else team.alone()
    inner = team.alone() if problem.n_blocks == 1 else team
    ends: list[End] = []
    try:
        for end in outer.map(lambda number: attempt(number, inner), range(count)):
            if team.interrupted.is_set():
                break
            ends.append(end)
            tell(len(ends))
    except KeyboardInterrupt:
        team.interrupted.set()
    return ends


def refit(
    problem: Problem, start: Components, effort: tuple[float, int], team: Team
) -> Components | str:
    """Where EM ends from `start`, components numbered as there; or why that does not count.

    Parameters
    ----------
    problem : Problem
    start : Components
    effort : (float, int)
        tol, in mean log density per row, and max_iter.
    team : Team
    """
    tol, max_iter = effort
    try:
        fit = run(problem, start, team, tol=tol, max_iter=max_iter)
    except errors.CollapsedComponent:
        return COLLAPSED
    if fit.status is Status.STOPPED:
        return STOPPED
    if fit.status is not Status.CONVERGED:
        return NOT_CONVERGED
    if is_degenerate(problem, fit, team):
        return DEGENERATE
    return fit.components.take(alignment(start, fit.components))


def is_degenerate(problem: Problem, fit: Fit, team: Team) -> bool:
    """Whether a component of a fit describes copies, or next to nothing."""
    names = tuple(map(str, range(problem.n_features)))
    return any(finding.component >= 0 for finding in find_degenerate(problem, fit, names, team))


def reweighted(problem: Problem, weight: FloatArray) -> Problem:
    """The same problem for rows of other weights (N,), in the same units."""
    source = array_source(problem)
    details = replace(source.details, weight=weight)
    facts = replace(problem.survey, weight=float(weight.sum()))
    return replace(problem, source=ArraySource(source.X, details), survey=facts)


def array_source(problem: Problem) -> ArraySource:
    """The problem's rows, which are in memory."""
    assert isinstance(problem.source, ArraySource), "resampling needs rows in memory"
    return problem.source


def weights_of(problem: Problem) -> FloatArray:
    """Weights (N,) of the rows; ones where they have none."""
    source = array_source(problem)
    weight = source.details.weight
    return np.ones(source.n_rows) if weight is None else weight


def drawn_counts(weight: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How often each row (N,) comes among as many as there are, drawn with replacement.

    Rows of weight w count as w rows; the sum of the weights stays.
    """
    total = weight.sum()
    n_drawn = max(1, round(float(total)))
    return np.asarray(rng.multinomial(n_drawn, weight / total) * (total / n_drawn))


def dirichlet_weights(weight: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Random row weights (N,) of the weighted-likelihood bootstrap, of the same sum.

    Independent exponentials over their sum; a row of weight w has the sum of w exponentials.
    """
    drawn = rng.standard_gamma(weight)
    return np.asarray(drawn * (weight.sum() / drawn.sum()))


def drawn_from(problem: Problem, components: Components, rng: np.random.Generator) -> Problem:
    """The problem for as many rows drawn from the components, with gaps where rows have them."""
    source, weight = array_source(problem), weights_of(problem)
    n_drawn = max(1, round(float(weight.sum())))
    X, _ = sample(components, n_drawn, rng)
    if problem.survey.n_gappy:
        like = np.flatnonzero(weight > 0.0)
        if source.has_weights:
            like = rng.choice(source.n_rows, size=n_drawn, p=weight / weight.sum())
        X[np.isnan(source.X[like])] = np.nan
    drawn = ArraySource(X)
    return replace(problem, source=drawn, survey=survey(drawn, Team()))


def alignment(like: Components, other: Components) -> IntArray:
    """The order (K,) of `other`'s components in which each is nearest to its partner in `like`.

    Partners are assigned so that the sum of their distances is smallest: the Bhattacharyya
    distance of the two Gaussians, and an eighth of the squared log ratio of their weights.
    """
    if like.n_components == 1:
        return np.zeros(1, dtype=np.intp)
    ratio = like.log_weights[:, None] - other.log_weights
    cost = _bhattacharyya(like, other) + 0.125 * np.square(np.clip(ratio, -1e3, 1e3))
    return np.asarray(linear_sum_assignment(cost)[1])


def _bhattacharyya(first: Components, second: Components) -> FloatArray:
    """Distances (K, K) d'M^-1 d / 8 + log(|M| / sqrt(|S| |T|)) / 2, M = (S + T) / 2."""
    n_components, n_features = first.means.shape
    shape = (n_components, n_components)
    dense = first.covariances.dense()[:, None], second.covariances.dense()[None]
    middle = cholesky((0.5 * (dense[0] + dense[1])).reshape(-1, n_features, n_features))
    apart = (first.means[:, None] - second.means).reshape(-1, n_features, 1)
    away = np.square(np.matmul(invert_lower(middle), apart)).sum(axis=(1, 2)).reshape(shape)
    own = 0.5 * (first.covariances.log_det[:, None] + second.covariances.log_det)
    return np.asarray(0.125 * away + 0.5 * (log_det(middle).reshape(shape) - own))
