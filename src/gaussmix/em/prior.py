"""The prior of a problem, its open ends settled by the rows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import PACKED, Family, family_named
from gaussmix.density import Components
from gaussmix.em.engine import run
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.linalg import unpack
from gaussmix.maximization import ConjugatePrior

#: How long one Gaussian is fitted where gaps or errors hide values, and its penalty.
_MAX_ITER, _TOL, _REG_COVAR = 50, 1e-6, 1e-6


def with_prior(
    problem: Problem,
    prior: ConjugatePrior | None,
    team: Team,
    families: Sequence[Family] | None = None,
) -> Problem:
    """The problem with a prior, whose defaults follow from the rows.

    Parameters
    ----------
    problem : Problem
        With its filler, where there are gaps.
    prior : ConjugatePrior or None
    team : Team
    families : sequence of Family or None
        That the prior is for; None for the problem's own. Only ellipsoidal ones need more than
        the columns' variances.

    Raises
    ------
    ValueError
        For a prior of another number of columns, and for families of factors.
    """
    if prior is None:
        return problem
    prior.check(problem.n_features)
    wanted = families or (problem.family,)
    if without := [family.code for family in wanted if family.prior is None]:
        raise errors.no_prior_of_factors(without)
    is_dense = any(family.scatter.quadratic is PACKED for family in wanted)
    survey = problem.survey
    needs_covariance = is_dense and prior.scale is None
    covariance = covariance_of_rows(problem, team) if needs_covariance else survey.scale**2
    settled = prior.settled(survey.centre, unbiased(covariance, survey.weight))
    return replace(problem, prior=settled)


def unbiased(covariance: FloatArray, weight: float) -> FloatArray:
    """A mean square over rows of this weight, as a sum divided by the weight less one.

    The factor is at most that of two rows, whatever the weights sum to.
    """
    return np.asarray(covariance * (weight / max(weight - 1.0, 0.5 * weight)))


def covariance_of_rows(problem: Problem, team: Team) -> FloatArray:
    """The covariance (D, D) of the rows: that of one Gaussian fitted to them.

    A constant column has the variance of its unit.
    """
    survey, family = problem.survey, family_named("full")
    scale = np.diag(survey.scale**2)
    single = Problem(problem.source, survey, family, 1, 0.0)
    guess = scale if problem.filler is None else problem.filler.covariances.dense()[0]
    mean = survey.centre if problem.filler is None else problem.filler.means[0]
    start = Components(np.ones(1), mean[None], family.nearest(guess[None]))
    if problem.source.is_plain and not survey.n_gappy:
        statistics = single.statistics_at(start, team).rebase(survey.centre[None])
        covariance = unpack(statistics.scatter[0] / survey.weight, problem.n_features)
        return covariance + np.diag(survey.is_constant.astype(np.float64))
    penalised = replace(single, reg_covar=_REG_COVAR)
    fit = run(penalised, start, team, tol=_TOL, max_iter=_MAX_ITER)
    return np.asarray(fit.components.covariances.dense()[0])
