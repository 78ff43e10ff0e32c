"""The M-step of (penalised) maximum likelihood, for every family."""

import numpy as np

from gaussmix import errors
from gaussmix.covariance import Family
from gaussmix.density import Components
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import NotPositiveDefinite
from gaussmix.maximization.penalty import Penalty

#: A component of less than this share of an equal part is empty: its covariance is that of
#: this share, so that nothing is divided by zero.
_SMALLEST_SHARE = 1e-12


def maximize(statistics: SufficientStatistics, family: Family, penalty: Penalty) -> Components:
    """The parameters of largest expected log-likelihood plus penalty.

    w_k = mass_k / sum mass; mu_k = mean of component k; the covariances by the family's rule
    for the scatter about those means plus the penalty's.

    Raises
    ------
    errors.CollapsedComponent
        Where a covariance is singular.
    """
    means = statistics.means
    mass = statistics.mass
    scatter = statistics.rebase(means).scatter + penalty.scatter(family.scatter, len(mass))
    safe_mass = np.maximum(mass, _SMALLEST_SHARE * statistics.weight / len(mass))
    try:
        covariances = family.rule(scatter, safe_mass, means.shape[1])
    except NotPositiveDefinite as error:
        raise errors.CollapsedComponent(error.index, float(mass[error.index])) from None
    return Components(mass / mass.sum(), means, covariances)
