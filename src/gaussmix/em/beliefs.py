"""The prior of a Bayesian fit, its open ends settled by the rows."""

from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import PACKED, RADIAL
from gaussmix.em.prior import covariance_of_rows, unbiased
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.maximization import PROPORTIONS, VariationalPrior


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
    share : float
        What S_0 is of the rows' covariance where it is not given.
    ridge : float
        What is then added to it, as a share of each column's variance.
    """

    kind: str
    concentration: float
    mean_precision: float
    mean: FloatArray | None
    dof: float
    covariance: FloatArray | None
    share: float = 1.0
    ridge: float = 0.0


def with_beliefs(problem: Problem, beliefs: Beliefs, team: Team) -> Problem:
    """The problem of finding what is to be believed once the rows are known.

    Parameters
    ----------
    problem : Problem
        With its filler, where there are gaps.
    beliefs : Beliefs
    team : Team
    """
    survey, kind = problem.survey, problem.family.scatter
    if beliefs.covariance is not None:
        scatter = _as_scatter(problem, np.asarray(beliefs.covariance))
    else:
        is_dense = kind.quadratic is PACKED
        rows = covariance_of_rows(problem, team) if is_dense else np.diag(survey.scale**2)
        rows = beliefs.share * unbiased(rows, survey.weight)
        scatter = kind.quadratic.of_matrices(rows + beliefs.ridge * np.diag(np.diagonal(rows)))
    prior = VariationalPrior(
        problem.family,
        PROPORTIONS[beliefs.kind](beliefs.concentration, np.zeros(problem.n_components)),
        survey.centre if beliefs.mean is None else beliefs.mean,
        beliefs.mean_precision,
        beliefs.dof,
        scatter,
        keeps_order=problem.has_labels,
    )
    return replace(problem, bayes=prior)


def _as_scatter(problem: Problem, covariance: FloatArray) -> FloatArray:
    """A covariance of the family's kind as sums of features (Q,)."""
    quadratic = problem.family.scatter.quadratic
    if quadratic is RADIAL:
        return np.array([problem.n_features * float(covariance)])
    if quadratic is PACKED:
        return quadratic.of_matrices(covariance)
    return quadratic.of_diagonals(covariance)
