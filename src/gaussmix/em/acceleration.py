"""Jumps ahead of the iterations of a stack.

Every third iteration of a run jumps ahead: with r and v the first and second differences of three
successive statistics s_0, s_1, s_2 of a run, the next is

    s_0 - 2 a r + a^2 v,    a = -|r| / |v|

(SQUAREM; Varadhan & Roland 2008, "Simple and globally convergent methods for accelerating the
convergence of any EM algorithm", Scand. J. Stat. 35, 335-353). Statistics, unlike parameters,
may be extrapolated for every family alike, as the M-step gives them the family's structure. A
jump that ends lower than the step before it is taken back, so the objective never falls.
"""

from dataclasses import replace

import numpy as np

from gaussmix._typing import BoolArray, FloatArray
from gaussmix.density import Components
from gaussmix.em.stack import Stack, within_components

#: Longest jump ahead, in steps.
_LONGEST = 64.0
#: Share of its mass that a component keeps in a jump.
_LEAST_LEFT = 0.1


def cycle(start: Stack) -> Stack:
    """Two iterations of every run, and a jump ahead from there."""
    first = start.step()
    second = first.step()
    if not second.lineup.n_runs:
        return second
    ahead = _ahead(start.among(second), first.among(second), second)
    third = replace(second, statistics=ahead).step(safe=second.statistics)
    second = second.among(third)
    higher = third.objective >= second.objective
    best = third if higher.all() else _mixed(third, second, higher)
    # What remains is told by two plain iterations in a row.
    return replace(best, gain=second.gain, remaining=second.remaining)


def _ahead(start: Stack, first: Stack, second: Stack) -> FloatArray:
    """Statistics (T, Q + D + 1) ahead of those of three iterations in a row."""
    lineup, units = start.lineup, start.ground.units
    step = first.statistics - start.statistics
    bend = second.statistics - first.statistics - step
    length, curve = (
        np.sqrt(lineup.over_each(np.square(change * units).sum(axis=1))) for change in (step, bend)
    )
    factor = np.divide(length, curve, out=np.ones_like(length), where=curve > 0.0)
    factor = lineup.to_each(np.clip(factor, 1.0, _LONGEST))[:, None]
    ahead = start.statistics + 2.0 * factor * step + factor**2 * bend
    # Where it leaves what sums over rows can be, the run goes on as it is.
    outside = ~_are_possible(ahead, second)
    kept = lineup.to_each(lineup.over_each(outside.astype(np.float64))) > 0.0
    return np.where(kept[:, None], second.statistics, ahead)


def _are_possible(sums: FloatArray, near: Stack) -> BoolArray:
    """Which components (T,) have mass, as those near do, and scatter in all directions."""
    quadratic, n_features = near.ground.quadratic, near.problem.n_features
    has_mass = sums[:, -1] >= _LEAST_LEFT * near.statistics[:, -1]
    scatter, _ = within_components(sums, quadratic, n_features)
    return quadratic.are_definite(scatter, n_features) & has_mass


def _mixed(these: Stack, others: Stack, kept: BoolArray) -> Stack:
    """These runs where kept, else the others."""
    mine, theirs = these.components, others.components
    if not kept.any() or mine is None or theirs is None:
        return replace(others, n_iter=these.n_iter)
    own = these.lineup.components_of(kept)
    is_own = these.lineup.to_each(kept)[:, None]
    covariances = mine.covariances.take(own).placed(own, theirs.covariances)
    components = Components(
        np.where(is_own[:, 0], mine.weights, theirs.weights),
        np.where(is_own, mine.means, theirs.means),
        covariances,
    )
    return replace(
        these,
        statistics=np.where(is_own, these.statistics, others.statistics),
        before=covariances,
        objective=np.where(kept, these.objective, others.objective),
        log_likelihood=np.where(kept, these.log_likelihood, others.log_likelihood),
        components=components,
    )
