"""Estimates from several filled tables, pooled by Rubin's rules."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from gaussmix import errors
from gaussmix._typing import FloatArray


@dataclass(frozen=True)
class PooledEstimates:
    """What several filled tables say together.

    Attributes
    ----------
    estimate : (...) array
        Mean of the tables' estimates.
    std_error : (...) array
        Its standard error, what is unknown of the gaps included.
    degrees_of_freedom : (...) array
        Of the Student t that the estimate's error follows.
    share_missing : (...) array
        Share of the variance that is due to gaps.
    """

    estimate: FloatArray
    std_error: FloatArray
    degrees_of_freedom: FloatArray
    share_missing: FloatArray

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Confidence intervals, lower and upper, (...) each.

        Raises
        ------
        ValueError
            For a level outside (0, 1).
        """
        errors.check_level(level, "level")
        reach = self.std_error * stdtrit(self.degrees_of_freedom, 0.5 * (1.0 + level))
        return self.estimate - reach, self.estimate + reach


def pool_estimates(estimates: Any, variances: Any) -> PooledEstimates:
    """Pool estimates that were made from each of several filled tables.

    Parameters
    ----------
    estimates : array-like of shape (m, ...)
        One for each table of `GaussianMixtureImputer.impute_many`.
    variances : array-like of shape (m, ...)
        Their squared standard errors, as if each table had been complete.

    Returns
    -------
    PooledEstimates

    Raises
    ------
    ValueError
        For less than two tables, other shapes, and numbers that are no variances.

    Notes
    -----
    With W the mean of the variances and B the variance of the estimates between tables, the
    variance is T = W + (1 + 1/m) B, on (m - 1) (1 + W / ((1 + 1/m) B))^2 degrees of freedom
    (Rubin 1987, *Multiple imputation for nonresponse in surveys*). The tables differ by what is
    unknown of each gap, not by what is unknown of the mixture's parameters, of which
    `GaussianMixtureImputer.spread_` makes up a part: where most cells of a column are missing,
    errors may still be too small.

    Examples
    --------
    >>> from gaussmix import pool_estimates
    >>> pooled = pool_estimates([5.1, 4.9, 5.0], [0.04, 0.04, 0.04])
    >>> float(pooled.std_error.round(3))
    0.231
    """
    found, within = (np.asarray(x, dtype=np.float64) for x in (estimates, variances))
    if found.ndim == 0 or len(found) < 2:
        raise errors.too_few_tables(0 if found.ndim == 0 else len(found))
    if within.shape != found.shape:
        raise errors.wrong_variances(found.shape, within.shape)
    if not (np.isfinite(found).all() and np.isfinite(within).all() and (within >= 0.0).all()):
        raise errors.unusable_variances(float(within.min()))
    m = len(found)
    between = (1.0 + 1.0 / m) * found.var(axis=0, ddof=1)
    total = within.mean(axis=0) + between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0.0, between / total, 0.0)
        dof = (m - 1) / np.square(share)
    return PooledEstimates(found.mean(axis=0), np.sqrt(total), dof, share)
