"""The M-step of (penalised) maximum likelihood, for every family."""

from dataclasses import replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import Covariances, Family
from gaussmix.density import Components, Noise
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import NotPositiveDefinite
from gaussmix.maximization.fixed import NOTHING_FIXED, Fixed
from gaussmix.maximization.penalty import Penalty

#: A component of less than this share of an equal part is empty: its covariance is that of
#: this share, so that nothing is divided by zero.
_SMALLEST_SHARE = 1e-12


def maximize(
    statistics: SufficientStatistics,
    family: Family,
    penalty: Penalty,
    noise: Noise | None = None,
    fixed: Fixed = NOTHING_FIXED,
) -> Components:
    """The parameters of largest expected log-likelihood plus penalty.

    w_k = mass_k / sum mass; mu_k = mean of component k; the covariances by the family's rule
    for the scatter about those means plus the penalty's. What is fixed keeps its value; the
    rest is then largest given that.

    Raises
    ------
    errors.CollapsedComponent
        Where a covariance is singular.
    """
    means = fixed.impose_means(statistics.means)
    mass = statistics.mass
    scatter = statistics.rebase(means).scatter + penalty.scatter(family.scatter, len(mass))
    safe_mass = np.maximum(mass, _SMALLEST_SHARE * statistics.weight / len(mass))
    try:
        covariances = _covariances(scatter, safe_mass, means.shape[1], family, fixed)
    except NotPositiveDefinite as error:
        raise errors.CollapsedComponent(error.index, float(mass[error.index])) from None
    weights, noise_weight = fixed.impose_shares(mass, statistics.noise_mass)
    if noise is not None:
        noise = replace(noise, weight=noise_weight)
    return Components(weights, means, covariances, noise)


def _covariances(
    scatter: FloatArray, mass: FloatArray, n_features: int, family: Family, fixed: Fixed
) -> Covariances:
    """The family's covariances, those that are fixed in their place."""
    if fixed.covariances is None or fixed.has_covariance is None:
        return family.rule(scatter, mass, n_features)
    free = np.flatnonzero(~fixed.has_covariance)
    if not len(free):
        return fixed.covariances
    try:
        estimated = family.rule(scatter[free], mass[free], n_features)
    except NotPositiveDefinite as error:
        raise NotPositiveDefinite(int(free[error.index])) from None
    return estimated.placed(free, fixed.covariances)
