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
    SKETCH_STREAM,
    THOROUGH,
    Problem,
    Race,
    Start,
    align,
    filling,
    fit_assignment,
    fit_responsibilities,
    from_sketch,
    generator,
    label_means,
    most_promising,
    run_race,
)
from gaussmix.execution import Team
from gaussmix.initialization import (
    PROPOSALS,
    Sketch,
    draw_sketch,
    nearest_centre,
    without_outlying,
)

#: Words that `init_params` takes.
START_NAMES = ("kmeans", "k-means++", "random", "random_from_data", "hierarchical", "auto")

#: Share of the rows that a start leaves out, where there is noise or tails take what stands alone.
_LEFT_OUT = 0.15


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
    is_rough : bool
        Whether the first proposal will do, as what it misses is mended later.
    """

    init_params: Any
    n_init: int = 1
    given: Given = NOTHING_GIVEN
    rules: Race = THOROUGH
    is_rough: bool = False

    @property
    def names_components(self) -> bool:
        """Whether the caller numbered the components, so that their order has a meaning."""
        given = any(value is not None for value in vars(self.given).values())
        return given or not isinstance(self.init_params, str)


def choose_starts(
    problem: Problem, X: AnyArray | None, wanted: Wanted, seed: Sequence[int], team: Team
) -> list[Start]:
    """The starts that parameters ask for.

    Parameters
    ----------
    X : (N, D) array or None
        The rows, for a callable `init_params`; None where they are not in memory.
    """
    given, init_params = wanted.given, wanted.init_params
    if given.weights is not None and given.means is not None and given.covariances is not None:
        components = problem.with_noise(given.weights, given.means, given.covariances)
        return [lambda _rng, _team: components]
    means = None
    if problem.has_labels and given.means is None and isinstance(init_params, str):
        means = label_means(problem, team)
    if given.means is not None:
        bases = [_nearest_to(problem, given.means)]
    elif means is not None and not np.isnan(means).any():
        bases = [_nearest_to(problem, means)]
    elif isinstance(init_params, str):
        bases = _named(problem, wanted, seed, team)
    elif callable(init_params):
        if X is None:
            raise errors.callable_without_rows()
        bases = [_called(problem, X, init_params)] * wanted.n_init
    else:
        bases = [_assigned(problem, np.asarray(init_params))]
    if means is not None:
        bases = [_aligned(problem, base) for base in bases]
    return [_imposing(problem, given, base) for base in bases]


def _named(problem: Problem, wanted: Wanted, seed: Sequence[int], team: Team) -> list[Start]:
    """The starts that a word stands for."""
    name, n_init = wanted.init_params, wanted.n_init
    sketch = _sketch(problem, seed)
    if problem.n_components == 1 and problem.noise is None:
        # One component has one maximum, and every start is there.
        return [from_sketch(problem, sketch, PROPOSALS["kmeans"])]
    if name == "auto":
        rules = replace(wanted.rules, finishers=max(wanted.rules.finishers, n_init))
        return run_race(problem, sketch, rules, seed, team)
    if name == "kmeans" and not wanted.is_rough:
        return [most_promising(problem, sketch, PROPOSALS["kmeans"])] * n_init
    proposal = PROPOSALS[name]
    if (problem.noise is not None or problem.is_student) and name != "random":
        proposal = without_outlying(proposal, _LEFT_OUT)
    return [from_sketch(problem, sketch, proposal)] * n_init


def _sketch(problem: Problem, seed: Sequence[int]) -> Sketch:
    rng = generator(seed, SKETCH_STREAM)
    return draw_sketch(problem.source, problem.survey, rng, fill=filling(problem))


def _aligned(problem: Problem, base: Start) -> Start:
    """The base's components in the order that the known labels ask for."""
    return lambda rng, team: align(problem, base(rng, team), team)


def _imposing(problem: Problem, given: Given, base: Start) -> Start:
    def start(rng: np.random.Generator, team: Team) -> Components:
        components = given.impose(base(rng, team))
        if given.weights is None:
            return components
        return problem.with_noise(given.weights, components.means, components.covariances)

    return start


def _nearest_to(problem: Problem, means: FloatArray) -> Start:
    """Every row goes to its nearest mean, columns in units of their spread; or to its label."""
    scale = problem.survey.scale
    centres = (means - problem.survey.centre) / scale
    # Not the problem: what is summed over rows travels to where they are.
    filled = problem.filled

    def nearest(block: Block) -> FloatArray:
        label = nearest_centre((filled(block) / scale[:, None]).T, centres)
        if block.details.label is not None:
            label = np.where(block.details.label >= 0, block.details.label, label)
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
    """Labels (N,) or responsibilities (N, K), once they are known to be such.

    With a noise component, -1 and a last column (N, K + 1) are its own.
    """
    n_rows, n_components = problem.source.n_rows, problem.n_components
    has_noise = problem.noise is not None
    if answer.shape == (n_rows,):
        wrong = ~np.isin(answer, np.arange(-1 if has_noise else 0, n_components))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise errors.wrong_start_label(answer[row], row, n_components)
        return answer
    widths = (n_components, n_components + 1) if has_noise else (n_components,)
    if answer.shape not in [(n_rows, width) for width in widths]:
        raise errors.wrong_start(answer.shape, n_rows, n_components)
    totals = answer.sum(axis=1)
    wrong = ~(np.abs(totals - 1.0) <= 1e-6) | (answer < 0.0).any(axis=1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise errors.wrong_responsibilities(row, float(totals[row]))
    return answer
