"""How far a run has come, and the step that takes it further: one pass over all rows."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.density import Components, Kernel
from gaussmix.em.problem import Problem
from gaussmix.errors import CollapsedComponent
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization import bolder_dof


@dataclass(frozen=True, slots=True)
class Seen:
    """What a lot of rows gave when it was last looked at.

    Attributes
    ----------
    statistics : SufficientStatistics
    exact : (K,) array of bool
        Components that took the exact kernel.
    entropy : float
        The lot's log-likelihood less what it expects of the log joint density, both under the
        components of that look: the entropy of all that is hidden from the rows.
    """

    statistics: SufficientStatistics
    exact: BoolArray
    entropy: float

    def take(self, order: IntArray) -> "Seen":
        """The same with the components in another order."""
        return replace(self, statistics=self.statistics.take(order), exact=self.exact[order])


@dataclass(frozen=True, slots=True)
class State:
    """Parameters, and what was seen of the rows.

    Attributes
    ----------
    kernel : Kernel
        Of the parameters.
    exact : (K,) array of bool
        Components whose statistics are exact.
    statistics : SufficientStatistics
        Of all rows; their log-likelihood is that of the parameters, or a lower bound of it.
    wide : set of int
        What the passes have learnt about blocks; see `Expectation`.
    lots : tuple of Seen
        What each lot of rows gave; empty where all rows are always looked at together.
    """

    kernel: Kernel
    exact: BoolArray
    statistics: SufficientStatistics
    wide: set[int]
    lots: tuple[Seen, ...] = ()

    @property
    def components(self) -> Components:
        """The parameters."""
        return self.kernel.components

    def take(self, order: IntArray) -> "State":
        """The same with its components in another order, or some of them."""
        return replace(
            self,
            kernel=replace(self.kernel, components=self.components.take(order)),
            exact=self.exact[order],
            statistics=self.statistics.take(order),
            lots=tuple(seen.take(order) for seen in self.lots),
        )

    @property
    def level(self) -> float:
        """Mean log density of a row."""
        return self.statistics.log_likelihood / self.statistics.weight

    @property
    def references(self) -> FloatArray:
        """What statistics were added up about, (..., K, D)."""
        if self.lots:
            return np.stack([seen.statistics.reference for seen in self.lots])
        return self.statistics.reference


#: problem, kernel, what is known of blocks, team -> state
Visit = Callable[[Problem, Kernel, set[int], Team], State]


def visit(problem: Problem, kernel: Kernel, wide: set[int], team: Team) -> State:
    """The state after one pass over all rows."""
    exact = problem.needs_exact(kernel)
    return State(kernel, exact, problem.expect(kernel, exact, wide, team), wide)


def advance(problem: Problem, state: State) -> tuple[State, Kernel | None, BoolArray]:
    """One M-step.

    Returns
    -------
    state : State
        Without the components that have become empty, the others in the order they are to have.
    kernel : Kernel or None
        Of the new parameters; None where a covariance came out singular.
    coarse : (K,) array of bool
        Components that the statistics are too coarse for: a mean moved or a covariance shrank
        so far in one step.
    """
    order = problem.order(state.statistics)
    if order is not None:
        state = state.take(order)
    try:
        components = problem.maximize(state.statistics, state.components)
        kernel = problem.kernel(components, state.level)
        return state, kernel, problem.is_coarse(kernel, state.references, state.exact)
    except CollapsedComponent:
        # Perhaps it is only too small, or too far, for these moments to show.
        return state, None, np.ones_like(state.exact)


def step(problem: Problem, state: State, team: Team, visit: Visit = visit) -> State:
    """One M-step and the pass that values it."""
    state, kernel, coarse = advance(problem, state)
    if kernel is None or coarse.any():
        # Take the moments about the new means, and step again.
        exact, points = state.exact | coarse, state.statistics.means
        statistics = problem.expect(state.kernel, exact, state.wide, team, points)
        components = problem.maximize(statistics, state.components)
        kernel = problem.kernel(components, state.level)
    return _dared(problem, state, kernel, team, visit) or visit(problem, kernel, state.wide, team)


def _dared(
    problem: Problem, state: State, kernel: Kernel, team: Team, visit: Visit
) -> State | None:
    """The state after a longer step in the degrees of freedom; None where it does not pay."""
    dof = kernel.components.dof
    if dof is None or state.statistics.tails is None:
        return None
    bold = bolder_dof(state.statistics, dof)
    if bold is None:
        return None
    components = replace(kernel.components, dof=bold)
    there = visit(problem, replace(kernel, components=components), state.wide, team)
    return there if _objective(problem, there) >= _objective(problem, state) else None


def _objective(problem: Problem, state: State) -> float:
    return problem.objective(state.components, state.statistics.log_likelihood)
