"""The prior of a Bayesian fit, its open ends settled by the rows."""

from dataclasses import dataclass, replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import PACKED, RADIAL, Covariances, Family, Quadratic
from gaussmix.em.prior import covariance_of_rows, unbiased
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.linalg import eigen
from gaussmix.maximization import PROPORTIONS, Posterior, VariationalPrior


@dataclass(frozen=True, slots=True)
class Defaults:
    """The numbers of a prior where they are not given.

    Attributes
    ----------
    mean_precision : float
    parts : float
        Into how many parts of equal volume S_0 takes the rows' covariance to fall.
    """

    mean_precision: float
    parts: float


#: Defaults by what `prior` is: None for scikit-learn's.
BELIEFS: dict[str | None, Defaults] = {
    None: Defaults(mean_precision=1.0, parts=1.0),
    "scaled": Defaults(mean_precision=0.02, parts=10.0),
}


@dataclass(frozen=True, eq=False)
class Beliefs:
    """What a caller says of a Bayesian mixture's prior; None where the rows are to say it.

    Attributes
    ----------
    kind : str
        Of the proportions: a key of `PROPORTIONS`.
    concentration, mean_precision : float
    mean : (D,) array or None
        None for the rows' mean.
    dof : float
    covariance : (D, D), (D,) or () array, or None
        S_0 as the family has it: a matrix, a variance along each column, or one for all.
    parts : float
        S_0 is the rows' covariance over parts^(2/D) where it is not given.
    ridge : float
        What is then added to it, as a share of each column's variance.
    """

    kind: str
    concentration: float
    mean_precision: float
    mean: FloatArray | None
    dof: float
    covariance: FloatArray | None
    parts: float = 1.0
    ridge: float = 0.0

    def settled(
        self,
        family: Family,
        n_slots: int,
        centre: FloatArray,
        covariance: FloatArray,
        *,
        keeps_order: bool = False,
    ) -> VariationalPrior:
        """The prior without open ends.

        Parameters
        ----------
        family : Family
        n_slots : int
        centre : (D,) array
            Mean of the rows.
        covariance : (D, D) array
            Of the rows; only an ellipsoidal family looks beyond its diagonal.
        keeps_order : bool
            Whether components stay as they are numbered.

        Raises
        ------
        ValueError
            Where the rows' covariance is to be the prior's, but is singular.
        """
        quadratic, n_features = family.scatter.quadratic, len(centre)
        if self.covariance is None:
            scatter = self._scatter_of_rows(quadratic, covariance)
        elif quadratic is RADIAL:
            scatter = np.array([n_features * float(self.covariance)])
        elif quadratic is PACKED:
            scatter = quadratic.of_matrices(self.covariance)
        else:
            scatter = quadratic.of_diagonals(self.covariance)
        return VariationalPrior(
            family,
            PROPORTIONS[self.kind](self.concentration, np.zeros(n_slots)),
            centre if self.mean is None else self.mean,
            self.mean_precision,
            self.dof,
            scatter,
            keeps_order,
        )

    def _scatter_of_rows(self, quadratic: Quadratic, covariance: FloatArray) -> FloatArray:
        """S_0 (Q,) as it follows from the rows' covariance (D, D)."""
        covariance = covariance + self.ridge * np.diag(np.diagonal(covariance))
        if quadratic is PACKED and _is_singular(covariance):
            raise errors.singular_covariance_of_rows(self.ridge)
        share = self.parts ** (-2.0 / len(covariance))
        return np.asarray(share * quadratic.of_matrices(covariance))


def _is_singular(covariance: FloatArray) -> bool:
    """Whether the smallest eigenvalue of the correlations is rounding."""
    unit = np.sqrt(np.diagonal(covariance))
    smallest = eigen(covariance / np.outer(unit, unit))[0][0]
    return not smallest > 16.0 * len(unit) * np.finfo(np.float64).eps


def with_beliefs(problem: Problem, beliefs: Beliefs, team: Team) -> Problem:
    """The problem of finding what is to be believed once the rows are known.

    Parameters
    ----------
    problem : Problem
        With its filler, where there are gaps.
    beliefs : Beliefs
    team : Team

    Raises
    ------
    ValueError
        Where the rows' covariance is to be the prior's, but is singular.
    """
    survey, family = problem.survey, problem.family
    needs_covariance = family.scatter.quadratic is PACKED and beliefs.covariance is None
    rows = covariance_of_rows(problem, team) if needs_covariance else np.diag(survey.scale**2)
    prior = beliefs.settled(
        family,
        problem.n_components,
        survey.centre,
        unbiased(rows, survey.weight),
        keeps_order=problem.has_labels,
    )
    return replace(problem, bayes=prior)


@dataclass(frozen=True, slots=True)
class Held:
    """A posterior without its family: what a file holds of it.

    Attributes
    ----------
    mass, means, covariances
        Of `Posterior`.
    kind, concentration, n_slots
        Of the prior of the proportions.
    mean, mean_precision, dof, scatter, keeps_order
        Of `VariationalPrior`.
    """

    mass: FloatArray
    means: FloatArray
    covariances: Covariances
    kind: str
    concentration: float
    n_slots: int
    mean: FloatArray
    mean_precision: float
    dof: float
    scatter: FloatArray
    keeps_order: bool

    @classmethod
    def of(cls, posterior: Posterior) -> "Held":
        """What there is to hold of a posterior."""
        prior = posterior.prior
        (kind,) = (name for name, own in PROPORTIONS.items() if isinstance(prior.proportions, own))
        return cls(
            posterior.mass,
            posterior.means,
            posterior.covariances,
            kind,
            prior.proportions.concentration,
            prior.n_slots,
            prior.mean,
            prior.mean_precision,
            prior.dof,
            prior.scatter,
            prior.keeps_order,
        )

    def posterior(self, family: Family) -> Posterior:
        """The posterior, to the bit."""
        prior = VariationalPrior(
            family,
            PROPORTIONS[self.kind](self.concentration, np.zeros(self.n_slots)),
            self.mean,
            self.mean_precision,
            self.dof,
            self.scatter,
            self.keeps_order,
        )
        return Posterior.of(prior, self.mass, self.means, self.covariances)
