"""From proposals to parameters: each start is a function of a random generator."""

from collections.abc import Callable

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.density import Components
from gaussmix.em.engine import run
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.expectation import Responsibilities
from gaussmix.initialization import TRIAL_ROWS, Proposal, Sketch, without_outlying
from gaussmix.maximization import Penalty

#: At most this many proposals are tried for one start, for this many iterations each.
_MOST_TRIALS, _TRIAL_ITERATIONS = 6, 6

#: Shares of the rows that proposals leave out where there is noise, or tails to take them.
LEFT_OUT = (0.15, 0.4)

#: Runs whose passes write fewer numbers than this spend their time in the interpreter, which
#: one thread at a time can use: side by side they would be slower than in turn.
WORTH_A_THREAD = 200_000

#: (rng, team) -> parameters to start from
Start = Callable[[np.random.Generator, Team], Components]


def responsibilities_of(proposal: AnyArray, n_components: int) -> Responsibilities:
    """Responsibilities (K, B) of a block from labels (N,) or responsibilities (N, K).

    The label -1 and a last column (N, K + 1) are noise's.
    """
    if proposal.ndim == 1:
        components = np.arange(n_components)[:, None]
        return lambda block: (proposal[block.rows] == components).astype(np.float64)
    return lambda block: np.ascontiguousarray(
        proposal[block.rows, :n_components].T, dtype=np.float64
    )


def from_sketch(problem: Problem, sketch: Sketch, proposal: Proposal) -> Start:
    """A start proposed on a sketch's rows."""

    def start(rng: np.random.Generator, team: Team) -> Components:
        answer = proposal(sketch, problem.n_components, rng)
        return fit_assignment(problem, on_sketch(problem, sketch), answer, team)

    return start


def most_promising(problem: Problem, sketch: Sketch, proposal: Proposal) -> Start:
    """The best of a few proposals, judged by a few iterations on a part of the sketch.

    With two components one proposal will do; with many, most single ones miss a cluster. With
    noise, or for Student t's, k-means spends clusters on what stands alone: then some proposals
    leave it out.
    """
    trials = [proposal] * min(_MOST_TRIALS, problem.n_components - 1)
    if problem.noise is not None or problem.is_student:
        left_out = [without_outlying(proposal, share) for share in LEFT_OUT]
        trials = [proposal, *left_out] * max(1, _MOST_TRIALS // (1 + len(left_out)))
    if len(trials) < 2:
        return from_sketch(problem, sketch, proposal)

    def start(rng: np.random.Generator, team: Team) -> Components:
        rows = on_sketch(problem, sketch.thin(TRIAL_ROWS, rng))

        def attempt(trial: tuple[Proposal, np.random.Generator]) -> tuple[Components, float]:
            own, trial_rng = trial
            components = from_sketch(problem, sketch, own)(trial_rng, team.alone())
            return components, _promise(rows, components, team.alone())

        outer = team if rows.work >= WORTH_A_THREAD else team.alone()
        numbered = list(zip(trials, rng.spawn(len(trials)), strict=True))
        attempts = outer.gather(attempt, numbered)
        # Rounded, so that of equal ones the first is taken whatever the last bits say.
        return max(attempts, key=lambda attempt: round(attempt[1], 9))[0]

    return start


def _promise(rows: Problem, start: Components, team: Team) -> float:
    """The objective that a few iterations from a start reach; -inf where it collapses."""
    try:
        return run(rows, start, team, tol=0.0, max_iter=_TRIAL_ITERATIONS).objective
    except errors.CollapsedComponent:
        return -np.inf


def on_sketch(problem: Problem, sketch: Sketch) -> Problem:
    """The same problem for the rows of a sketch, in the units of the data."""
    return problem.with_rows(
        sketch.rows * problem.survey.scale + problem.survey.centre, sketch.weight
    )


def fit_assignment(problem: Problem, rows: Problem, answer: AnyArray, team: Team) -> Components:
    """Parameters for labels (N,) or responsibilities (N, K) of the rows."""
    responsibilities = responsibilities_of(answer, problem.n_components)
    return fit_responsibilities(problem, rows, responsibilities, team)


def fit_responsibilities(
    problem: Problem, rows: Problem, responsibilities: Responsibilities, team: Team
) -> Components:
    """Parameters for responsibilities of the rows.

    With reg_covar = 0 clusters of few rows can be singular: such a start is lent D + 1
    pseudo-rows of the columns' variance per component, which the first iteration returns.
    """
    statistics = rows.assigned(responsibilities, team)
    try:
        return rows.maximize(statistics)
    except errors.CollapsedComponent:
        strength = (rows.n_features + 1) * statistics.weight / rows.source.n_rows
        lent = Penalty(strength, problem.penalty.variance)
        return problem.maximize(statistics, penalty=lent)
