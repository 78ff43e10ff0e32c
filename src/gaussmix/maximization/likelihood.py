"""The M-step of (penalised) maximum likelihood, for every family."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from gaussmix import errors
from gaussmix.covariance import Covariances, Lineup, Within
from gaussmix.density import Components, Noise
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import NotPositiveDefinite
from gaussmix.maximization.fixed import NOTHING_FIXED, Fixed
from gaussmix.maximization.penalty import Penalty
from gaussmix.maximization.prior import PseudoRows
from gaussmix.maximization.tails import degrees_of_freedom_by

#: A component of less than this share of an equal part is empty: its covariance is that of
#: this share, so that nothing is divided by zero.
_SMALLEST_SHARE = 1e-12


class HasRule(Protocol):
    """What makes covariances of scatter within components; see `Family.rule`."""

    def rule(self, within: Within, /) -> Covariances:
        """The covariances of largest likelihood."""


def maximize(
    statistics: SufficientStatistics,
    family: HasRule,
    penalty: Penalty,
    noise: Noise | None = None,
    fixed: Fixed = NOTHING_FIXED,
    *,
    prior: PseudoRows | None = None,
    before: Covariances | None = None,
    lineup: Lineup | None = None,
) -> Components:
    """The parameters of largest expected log-likelihood plus penalty and log prior.

    w_k = mass_k / sum mass; mu_k = mean of component k; the covariances by the family's rule
    for the scatter about those means plus the penalty's; of Student t's the degrees of freedom by
    the sums of their tails. A prior pulls the means, and adds its
    scatter and mass to those that the rule is given. What is fixed keeps its value; the rest is
    then largest given that.

    Parameters
    ----------
    statistics : SufficientStatistics
    family : Family, or anything with its rule
    penalty : Penalty
    noise : Noise or None
    fixed : Fixed
    prior : PseudoRows or None
    before : Covariances or None
        Those of the step before. Rules without a closed form go on from there, so that the
        objective never falls.
    lineup : Lineup or None
        How mixtures lie side by side; None for one.

    Raises
    ------
    errors.CollapsedComponent
        Where a covariance is singular.
    """
    means = fixed.impose_means(statistics.means if prior is None else prior.pulled(statistics))
    mass = statistics.mass
    scatter = statistics.rebase(means).scatter + penalty.scatter(statistics.kind, len(mass))
    safe_mass = np.maximum(mass, _SMALLEST_SHARE * statistics.weight / len(mass))
    if prior is not None:
        scatter = scatter + prior.scatter_about(means, statistics.kind)
        safe_mass = safe_mass + prior.mass
    try:
        features = statistics.kind.quadratic
        within = Within(scatter, safe_mass, means.shape[1], lineup, before, features)
        covariances = _covariances(within, family, fixed)
    except NotPositiveDefinite as error:
        raise errors.CollapsedComponent(error.index, float(mass[error.index])) from None
    weights, noise_weight = fixed.impose_shares(mass, statistics.noise_mass, lineup)
    if noise is not None:
        noise = replace(noise, weight=noise_weight)
    dof = None if statistics.tails is None else degrees_of_freedom_by(mass, statistics.tails)
    return Components(weights, means, covariances, noise, dof=dof)


def _covariances(within: Within, family: HasRule, fixed: Fixed) -> Covariances:
    """The family's covariances, those that are fixed in their place."""
    if fixed.covariances is None or fixed.has_covariance is None:
        return family.rule(within)
    free = np.flatnonzero(~fixed.has_covariance)
    if not len(free):
        return fixed.covariances
    before = None if within.before is None else within.before.take(free)
    try:
        estimated = family.rule(
            Within(within.scatter[free], within.mass[free], within.n_features, before=before)
        )
    except NotPositiveDefinite as error:
        raise NotPositiveDefinite(int(free[error.index])) from None
    return estimated.placed(free, fixed.covariances)
