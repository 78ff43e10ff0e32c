"""Degrees of freedom of Student t's, and the scale that speeds EM up.

A t is a Gaussian of covariance Sigma / U with a hidden scale U ~ Gamma(v / 2, v / 2) for each row.
EM with U hidden (Peel & McLachlan 2000, "Robust mixture modelling using the t distribution", Stat.
Comput. 10, 339-348) weighs rows by what it expects of U, and is slow. The model is the same where U
may have another mean a and Sigma is a times larger, so EM may estimate a, too, and divide it out
(Liu, Rubin & Wu 1998, "Parameter expansion to accelerate EM", Biometrika 85, 755-770; Kent, Tyler &
Vardi 1994, Commun. Stat. Simul. Comput. 23, 441-453): each row's U is divided by a before the
M-step. With penalty and prior, a is the root of

    T a^2 + (v mass - d rows) a - v pull = 0,

where T is what penalty and prior have of tr(inverse(Sigma) S) at the parameters before, and `rows`
is the prior's mass. Once a is divided out, the degrees of freedom follow from

    log(v / 2) - psi(v / 2) = (sum E[U] - sum E[log U]) / mass - 1.

Each is a conditional maximum, so that the objective never falls.
"""

from dataclasses import replace

import numpy as np
from scipy.special import digamma, polygamma

from gaussmix._typing import FloatArray
from gaussmix.covariance import Family
from gaussmix.density import Components
from gaussmix.expectation import SufficientStatistics, TailSums
from gaussmix.maximization.fixed import Fixed
from gaussmix.maximization.penalty import Penalty
from gaussmix.maximization.prior import PseudoRows

#: Degrees of freedom are sought between these; a t of so many is nearly a Gaussian.
LEAST_DOF, MOST_DOF = 0.5, 1000.0
#: Where they start: low, so that what a start mistook for a cluster does not stay in one.
FIRST_DOF = 3.0
#: Newton steps that bring the start within rounding of the root.
_STEPS = 8
#: Largest step in log v that is dared at once.
_LONGEST = 1.5


def eased(
    statistics: SufficientStatistics,
    before: Components,
    family: Family,
    penalty: Penalty,
    *,
    prior: PseudoRows | None,
    fixed: Fixed,
) -> SufficientStatistics:
    """The statistics with every row's scale divided by the mean scale a of its component.

    Not of factors, whose rule goes one step from the parameters before, whatever the scale.

    Parameters
    ----------
    statistics : SufficientStatistics
        With the tails' sums.
    before : Components
        The parameters that these were expected with.
    family : Family
    penalty : Penalty
    prior : PseudoRows or None
    fixed : Fixed
    """
    tails = statistics.tails
    if tails is None or family.scatter.rank is not None:
        return statistics
    scale = _mean_scale(statistics, before, family, penalty, prior)
    if fixed.has_covariance is not None:
        scale = np.where(fixed.has_covariance, 1.0, scale)
    share = 1.0 / scale
    log_scale = tails.log_scale - statistics.mass * np.log(scale)
    of_scatter = share[0] if statistics.kind.pooled else share[:, None]
    return replace(
        statistics,
        shift=share[:, None] * statistics.shift,
        scatter=of_scatter * statistics.scatter,
        tails=replace(tails, pull=share * tails.pull, log_scale=log_scale),
    )


def degrees_of_freedom_by(mass: FloatArray, tails: TailSums) -> FloatArray:
    """Degrees of freedom (K,) of largest expected likelihood; as they were without rows."""
    has_rows = mass > 0.0
    excess = (tails.pull - tails.log_scale) / np.where(has_rows, mass, 1.0) - 1.0
    return np.where(has_rows, degrees_of_freedom_of(excess), tails.dof)


def degrees_of_freedom_of(excess: FloatArray) -> FloatArray:
    """The v with log(v / 2) - psi(v / 2) equal to the excess, between the least and the most.

    The left side falls from infinity to zero.
    """
    excess = np.maximum(excess, 0.5 / MOST_DOF)
    away = excess - 3.0
    half = (np.sqrt(away**2 + 24.0 * excess) - away) / (12.0 * excess)
    for _ in range(_STEPS):
        value = np.log(half) - digamma(half) - excess
        slope = 1.0 / half - polygamma(1, half)
        # Newton's step for 1 / half, in which the equation is nearly linear.
        half = 1.0 / (1.0 / half + value / (half**2 * slope))
    return np.clip(2.0 * half, LEAST_DOF, MOST_DOF)


def bolder_dof(statistics: SufficientStatistics, dof: FloatArray) -> FloatArray | None:
    """Degrees of freedom (K,) further along than EM would go; None where it goes far enough.

    EM's steps shrink as v grows, for of a nearly Gaussian row next to nothing hidden is told. A
    Newton step in log v, all else as it was and only the labels hidden, does not.

    Parameters
    ----------
    statistics : SufficientStatistics
        With the tails' sums.
    dof : (K,) array
        Where EM goes from there.
    """
    tails, mass = statistics.tails, statistics.mass
    assert tails is not None
    old, halves = tails.dof, 0.5 * tails.dof
    slope = mass * (np.log(halves) - digamma(halves) + 1.0) + tails.log_scale - tails.pull
    bend = mass * (1.0 / old - 0.5 * polygamma(1, halves)) + tails.bend
    first, second = old * slope, old * slope + old**2 * bend
    # Where the slope does not fall, there is no top to aim at: only uphill.
    is_hill = second < 0.0
    aim = np.where(is_hill, -first / np.where(is_hill, second, -1.0), np.sign(first) * _LONGEST)
    bold = np.clip(old * np.exp(np.clip(aim, -_LONGEST, _LONGEST)), LEAST_DOF, MOST_DOF)
    further = (mass > 0.0) & (np.abs(np.log(bold / old)) > np.abs(np.log(dof / old)))
    return np.where(further, bold, dof) if further.any() else None


def _mean_scale(
    statistics: SufficientStatistics,
    before: Components,
    family: Family,
    penalty: Penalty,
    prior: PseudoRows | None,
) -> FloatArray:
    """The mean a of the scales, (K,); one for all where components share their size."""
    assert statistics.tails is not None
    dof, trace = statistics.tails.dof, -2.0 * penalty.of_each(before)
    linear = dof * statistics.mass
    if prior is not None:
        trace = trace + prior.distances(before)
        linear = linear - before.n_features * prior.mass
    constant = dof * statistics.tails.pull
    if not family.has_own_sizes:
        linear, constant, trace = (
            np.full_like(dof, part.sum()) for part in (linear, constant, trace)
        )
    # Of the root's two forms the one in which nothing cancels.
    root = np.sqrt(linear**2 + 4.0 * trace * constant)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(
            linear >= 0.0, 2.0 * constant / (linear + root), (root - linear) / trace / 2
        )
    return np.where((scale > 0.0) & np.isfinite(scale), scale, 1.0)
