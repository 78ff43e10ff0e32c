"""From an estimator's parameters to the starts of its fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.covariance import Covariances
from gaussmix.data import Block
from gaussmix.density import Components
from gaussmix.em import (
    THOROUGH,
    Problem,
    Race,
    Start,
    fit_assignment,
    fit_responsibilities,
    from_sketch,
    generator,
    most_promising,
    run_race,
)
from gaussmix.execution import Team
from gaussmix.initialization import PROPOSALS, Sketch, draw_sketch, nearest_centre

#: Words that `init_params` takes.
START_NAMES = ("kmeans", "k-means++", "random", "random_from_data", "auto")

#: The stream of random numbers that the sketch is drawn with; starts count up from 0.
_SKETCH_STREAM = 2**31


@dataclass(frozen=True)
class Given:
    """Parameters that the caller fixed for the start; None where not."""

    weights: FloatArray | None
    means: FloatArray | None
    covariances: Covariances | None

    def impose(self, components: Components) -> Components:
        """The components with the given parameters in the place of theirs."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return replace(components, **given)


NOTHING_GIVEN = Given(None, None, None)


def check_init_params(init_params: Any) -> None:
    """Refuse what names no start."""
    if isinstance(init_params, str) and init_params not in START_NAMES:
        raise errors.unknown_choice("init_params", init_params, START_NAMES)


@dataclass(frozen=True)
class Wanted:
    """What an estimator's parameters say about its starts.

    Attributes
    ----------
    init_params : str, array or callable
    n_init : int
    given : Given
    rules : Race
        Of the race that "auto" runs.
    """

    init_params: Any
    n_init: int = 1
    given: Given = NOTHING_GIVEN
    rules: Race = THOROUGH

    @property
    def names_components(self) -> bool:
        """Whether the caller numbered the components, so that their order has a meaning."""
        given = any(value is not None for value in vars(self.given).values())
        return given or not isinstance(self.init_params, str)


def choose_starts(
    problem: Problem, X: AnyArray, wanted: Wanted, seed: Sequence[int], team: Team
) -> list[Start]:
    """The starts that parameters ask for.

    Parameters
    ----------
    X : (N, D) array
        The rows, for a callable `init_params`.
    """
    given, init_params, n_init = wanted.given, wanted.init_params, wanted.n_init
    if given.weights is not None and given.means is not None and given.covariances is not None:
        components = Components(given.weights, given.means, given.covariances)
        return [lambda _rng, _team: components]
    if given.means is not None:
        bases = [_nearest_to(problem, given.means)]
    elif isinstance(init_params, str):
        sketch = _sketch(problem, seed)
        if problem.n_components == 1:
            # One component has one maximum, and every start is there.
            bases = [from_sketch(problem, sketch, PROPOSALS["kmeans"])]
        elif init_params == "auto":
            rules = replace(wanted.rules, finishers=max(wanted.rules.finishers, n_init))
            bases = run_race(problem, sketch, rules, seed, team)
        elif init_params == "kmeans":
            bases = [most_promising(problem, sketch, PROPOSALS["kmeans"])] * n_init
        else:
            bases = [from_sketch(problem, sketch, PROPOSALS[init_params])] * n_init
    elif callable(init_params):
        bases = [_called(problem, X, init_params)] * n_init
    else:
        bases = [_assigned(problem, np.asarray(init_params))]
    return [_imposing(given, base) for base in bases]


def _sketch(problem: Problem, seed: Sequence[int]) -> Sketch:
    return draw_sketch(problem.source, problem.survey, generator(seed, _SKETCH_STREAM))


def _imposing(given: Given, base: Start) -> Start:
    return lambda rng, team: given.impose(base(rng, team))


def _nearest_to(problem: Problem, means: FloatArray) -> Start:
    """Every row goes to its nearest mean, columns in units of their spread."""
    scale = problem.survey.scale
    centres = (means - problem.survey.centre) / scale

    def nearest(block: Block) -> FloatArray:
        label = nearest_centre((block.centred() / scale[:, None]).T, centres)
        return np.asarray(label == np.arange(len(means))[:, None], dtype=np.float64)

    return lambda _rng, team: fit_responsibilities(problem, problem, nearest, team)


def _called(
    problem: Problem,
    X: AnyArray,
    function: Callable[[AnyArray, int, np.random.Generator], Any],
) -> Start:
    def start(rng: np.random.Generator, team: Team) -> Components:
        answer = np.asarray(function(X, problem.n_components, rng))
        return fit_assignment(problem, problem, check_answer(answer, problem), team)

    return start


def _assigned(problem: Problem, answer: AnyArray) -> Start:
    checked = check_answer(answer, problem)
    return lambda _rng, team: fit_assignment(problem, problem, checked, team)


def check_answer(answer: AnyArray, problem: Problem) -> AnyArray:
    """Labels (N,) or responsibilities (N, K), once they are known to be such."""
    n_rows, n_components = problem.source.n_rows, problem.n_components
    if answer.shape == (n_rows,):
        wrong = ~np.isin(answer, np.arange(n_components))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise errors.wrong_start_label(answer[row], row, n_components)
        return answer
    if answer.shape != (n_rows, n_components):
        raise errors.wrong_start(answer.shape, n_rows, n_components)
    totals = answer.sum(axis=1)
    wrong = ~(np.abs(totals - 1.0) <= 1e-6) | (answer < 0.0).any(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise errors.wrong_responsibilities(row, float(totals[row]))
    return answer
