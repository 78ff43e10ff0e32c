"""How a conjugate prior of covariances enters the M-step of a family."""

from collections.abc import Callable
from dataclasses import dataclass

from gaussmix._typing import FloatArray
from gaussmix.covariance.quadratic import PACKED, RADIAL, Quadratic

#: (rows of one prior, rows of the prior of one mean, K, D) -> pseudo-rows of each component
PseudoMass = Callable[[float, float, FloatArray, int], float | FloatArray]


@dataclass(frozen=True, slots=True)
class PriorForm:
    """What a prior adds to each of K components, so that a family's rule stays as it is.

    Attributes
    ----------
    is_shared : bool
        Whether there is one prior for all components, of which each has its part, as they
        have one covariance; else each has its own.
    mass : callable
        (rows, rows of a mean, K, D) -> pseudo-rows that each component's mass grows by.
    """

    is_shared: bool
    mass: PseudoMass


#: A prior for each component, and one for all.
OF_EACH = PriorForm(is_shared=False, mass=lambda rows, of_mean, k, d: rows + of_mean)
OF_ALL = PriorForm(is_shared=True, mass=lambda rows, of_mean, k, d: rows / k + of_mean)

#: As R's mclust 6 counts where components share some of volume, shape and orientation.
OF_VOLUMES = PriorForm(is_shared=False, mass=lambda rows, of_mean, k, d: (rows + of_mean) / d)
OF_SHAPES = PriorForm(is_shared=False, mass=lambda rows, of_mean, k, d: (rows - 1.0 + of_mean) / k)
OF_TURNS = PriorForm(is_shared=False, mass=lambda rows, of_mean, k, d: (rows + of_mean) / k)
UNCOUNTED = PriorForm(is_shared=False, mass=lambda rows, of_mean, k, d: 0.0)


def rows_of_prior(quadratic: Quadratic, dof: float, n_features: int) -> float:
    """Rows that the prior of one covariance counts as.

    The inverse Wishart density has the power -(dof + D + 1) / 2 of the determinant, the inverse
    gamma one -(dof + 2) / 2 of a variance, and the determinant of a ball is its variance to
    the power D.
    """
    if quadratic is PACKED:
        return dof + n_features + 1.0
    return (dof + 2.0) / (n_features if quadratic is RADIAL else 1.0)
