"""From proposals to parameters: each start is a function of a random generator."""

from collections.abc import Callable

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data import Block
from gaussmix.density import Components
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.initialization import Proposal, Sketch
from gaussmix.maximization import Penalty, maximize

#: (rng, team) -> parameters to start from
Start = Callable[[np.random.Generator, Team], Components]


def responsibilities_of(proposal: AnyArray, n_components: int) -> Callable[[Block], FloatArray]:
    """Responsibilities (K, B) of a block from labels (N,) or responsibilities (N, K)."""
    if proposal.ndim == 1:
        components = np.arange(n_components)[:, None]
        return lambda block: (proposal[block.start : block.stop] == components).astype(np.float64)
    return lambda block: np.ascontiguousarray(
        proposal[block.start : block.stop].T, dtype=np.float64
    )


def from_sketch(problem: Problem, sketch: Sketch, proposal: Proposal) -> Start:
    """A start proposed on a sketch's rows."""

    def start(rng: np.random.Generator, team: Team) -> Components:
        answer = proposal(sketch, problem.n_components, rng)
        return fit_assignment(problem, on_sketch(problem, sketch), answer, team)

    return start


def on_sketch(problem: Problem, sketch: Sketch) -> Problem:
    """The same problem for the rows of a sketch, in the units of the data."""
    return problem.with_rows(
        sketch.rows * problem.survey.scale + problem.survey.centre, sketch.weight
    )


def fit_assignment(problem: Problem, rows: Problem, answer: AnyArray, team: Team) -> Components:
    """Parameters for labels or responsibilities of the rows.

    With reg_covar = 0 clusters of few rows can be singular: such a start is lent D + 1
    pseudo-rows of the columns' variance per component, which the first iteration returns.
    """
    responsibilities = responsibilities_of(answer, problem.n_components)
    statistics = rows.assigned(responsibilities, team)
    try:
        return rows.maximize(statistics)
    except errors.CollapsedComponent:
        strength = (rows.n_features + 1) * statistics.weight / rows.source.n_rows
        lent = Penalty(strength, problem.penalty.variance)
        return maximize(statistics, problem.family, lent)
