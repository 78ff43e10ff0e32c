"""The memoized form of the loop: as many M-steps in one reading of the rows as there are lots.

The rows are cut into lots. Of each lot the statistics S_b of its last E-step are kept, made with
the parameters theta_b of that time, and the entropy H_b of the assignments and missing values that
they imply. A lap visits the lots in turn: M-step for the sum of all statistics, E-step of the next
lot with the new parameters, whose statistics take the place of those it had before. With

    <S, theta> = sum_k mass_k (log omega_k + log N(m_k | m_k, Psi_k)) - tr(inverse(Psi_k) T_k) / 2,

T_k the scatter of S about m_k, the log joint density that is expected of rows and assignments, the
log-likelihood of a lot under its own parameters is H_b + <S_b, theta_b>, gaps, labels and
measurement errors included, and

    sum_b H_b + <sum_b S_b, theta>

is at most the log-likelihood of theta. Each M-step is best for theta given the assignments, and
each E-step best for a lot's assignments given theta, so it never falls
(Neal & Hinton 1998, "A view of the EM algorithm that justifies incremental, sparse, and other
variants", in *Learning in Graphical Models*, 355-368). For a variational posterior, whose
divergence from the prior is taken off, this is memoized variational Bayes (Hughes & Sudderth 2013,
"Memoized online variational inference for Dirichlet process mixture models", NIPS 26). Maximum
likelihood could be had the same way.

The sum over lots is always taken anew, in their order: nothing is subtracted, so nothing drifts.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np

from gaussmix._typing import BoolArray, FloatArray
from gaussmix.data import Lot
from gaussmix.density import Components, Kernel
from gaussmix.em import passes
from gaussmix.em.passes import Seen, State, advance
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics


def visit(problem: Problem, kernel: Kernel, wide: set[int], team: Team) -> State:
    """The state after one pass over all rows, lot by lot."""
    # Where covariances are shared, this is how the scatter of each lot becomes known.
    kernel = replace(kernel, whole=True)
    exact = problem.needs_exact(kernel)
    lots = []
    with closing(problem.lots()) as ahead:
        for lot in ahead:
            statistics = problem.expect(kernel, exact, wide, team, lot=lot)
            lots.append(Seen(statistics, exact, _entropy(kernel.components, statistics)))
    together = reduce(add, (seen.statistics for seen in lots))
    return State(kernel, exact, together, wide, tuple(lots))


def step(problem: Problem, state: State, team: Team) -> State:
    """The state after a lap: an M-step before each lot.

    A lap ends early, with a pass that looks at all rows anew, where a component has become empty
    or what the lots remember is too coarse for the next parameters.
    """
    with closing(problem.lots()) as lots:
        for number, lot in enumerate(lots):
            then, kernel, coarse = advance(problem, state)
            if kernel is None or coarse.any() or len(then.exact) < len(state.exact):
                break
            state = _look(problem, then, kernel, team, number=number, lot=lot)
        else:
            return state
    return passes.step(problem, state, team, visit)


def _look(
    problem: Problem, state: State, kernel: Kernel, team: Team, *, number: int, lot: Lot
) -> State:
    """The state with new parameters, once one lot has been looked at with them."""
    remembered = state.lots[number].statistics
    centre = np.broadcast_to(problem.survey.centre, remembered.reference.shape)
    total = None if kernel.has_quadratic else remembered.rebase(centre).scatter
    exact = problem.needs_exact(kernel)
    statistics = problem.expect(kernel, exact, state.wide, team, lot=lot, total_scatter=total)
    seen = Seen(statistics, exact, _entropy(kernel.components, statistics))
    lots = (*state.lots[:number], seen, *state.lots[number + 1 :])
    together, exact = _sum(lots, kernel.components.means, problem.survey.centre)
    bound = sum(seen.entropy for seen in lots) + _expected(kernel.components, together)
    together = replace(together, log_likelihood=bound)
    return State(kernel, exact, together, state.wide, lots)


def _sum(
    lots: Sequence[Seen], means: FloatArray, centre: FloatArray
) -> tuple[SufficientStatistics, BoolArray]:
    """The lots' statistics, and which components are exact in all of them, (K,).

    These are about the means, the others about the centre.
    """
    exact = np.logical_and.reduce([seen.exact for seen in lots])
    reference = np.where(exact[:, None], means, centre)
    return reduce(add, (_about(seen.statistics, reference) for seen in lots)), exact


def _about(statistics: SufficientStatistics, reference: FloatArray) -> SufficientStatistics:
    """The statistics about a reference (K, D)."""
    if np.array_equal(statistics.reference, reference):
        return statistics
    return statistics.rebase(reference)


def _entropy(components: Components, statistics: SufficientStatistics) -> float:
    """H_b of rows whose statistics were made with these components."""
    return statistics.log_likelihood - _expected(components, statistics)


def _expected(components: Components, statistics: SufficientStatistics) -> float:
    """<S, theta>: the log joint density of rows and assignments that is expected."""
    scatter = statistics.rebase(components.means).scatter
    peaks = components.log_weights + components.log_peaks
    distance = float((components.covariances.precision_features * scatter).sum())
    return float(statistics.mass @ peaks) - 0.5 * distance
