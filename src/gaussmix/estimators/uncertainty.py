"""Standard errors of a fitted mixture."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix.covariance import family_named
from gaussmix.data import ArraySource, IntervalData, is_dask, survey
from gaussmix.em import Problem, with_filler, with_prior
from gaussmix.estimators.attributes import components_of
from gaussmix.estimators.checkpoints import draw_seed
from gaussmix.estimators.counting import shown_count
from gaussmix.estimators.fitted import FittedMixture
from gaussmix.estimators.intake import Beside, Intake, is_stream, take_in
from gaussmix.estimators.preflight import fixed_parameters, given_parameters
from gaussmix.estimators.validation import (
    check_bool,
    check_int,
    check_n_jobs,
    check_prior,
    feature_names,
)
from gaussmix.execution import Team, team
from gaussmix.selection import JACKKNIFE_ROWS, UNCERTAINTY_METHODS, Resampling, uncertainty_of
from gaussmix.summary import StandardErrors

#: Replicates may take as many iterations.
_MAX_ITER = 2_000
#: Share of failures, and standard errors between fit and maximum, that call for a warning.
_MANY_FAILED, _FAR = 0.05, 1.0


class UncertainMixture(FittedMixture):
    """Adds standard errors to a mixture that was fitted to rows."""

    def standard_errors(
        self,
        X: Any,
        sample_weight: Any = None,
        *,
        method: str = "bootstrap",
        n_resamples: int = 999,
        level: float = 0.95,
        n_jobs: int | None = None,
        random_state: Any = None,
        progress: bool = False,
    ) -> StandardErrors:
        """Standard errors and intervals of weights, means and covariances.

        Parameters
        ----------
        X : array-like, data frame or IntervalData
            The rows that the mixture was fitted to, in memory; NaN for missing values.
        sample_weight : array-like of shape (N,), optional
            How often each row counts, as in `fit`: the sum is the number of independent rows.
        method : str, default="bootstrap"
            "bootstrap" (rows are drawn with replacement), "weighted" (the weighted-likelihood
            bootstrap: rows get random weights, so none is lost), "parametric" (rows are drawn
            from the fit), "jackknife" (each row is left out once) or "information" (the
            curvature of the log-likelihood; one pass over the rows).
        n_resamples : int, default=999
            Of the three bootstraps.
        level : float, default=0.95
            Of the intervals in the table; `interval` gives others.
        n_jobs : int or None, default=None
            Threads; None is the estimator's. Results have the same bits for any number.
        random_state : None, int, RandomState or Generator, default=None
        progress : bool, default=False
            Whether to show how many replicates are done, as in `GaussianMixture`.

        Returns
        -------
        StandardErrors
            With `weights`, `means`, `covariances`, `interval(level)`, `replicates`, `n_failed`
            and `table()`; prints as a table.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For rows or parameters that cannot be used; where fewer than two replicates came to a
            sound end; where the observed information is singular.

        Warns
        -----
        ConvergenceWarning
            Where replicates failed, which are left out, or the fit is far from the maximum that
            EM reaches from it on these rows.

        Notes
        -----
        EM first goes on from the fit to the maximum; replicates start there, and their components
        are assigned to those of the fit that they are nearest to. O'Hagan, Murphy, Scrucca &
        Gormley (2019), Comput. Stat. 34, 1779-1813; Newton & Raftery (1994), J. R. Stat. Soc. B
        56, 3-48; Louis (1982), J. R. Stat. Soc. B 44, 226-233.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> gm = GaussianMixture(2, tol=1e-6, random_state=0).fit(X)
        >>> found = gm.standard_errors(X, method="information")
        >>> found.means.round(2)
        array([[0.03, 0.46],
               [0.03, 0.59]])
        >>> found.interval(0.9).lower.weights.round(2)
        array([0.6 , 0.31])
        """
        check_is_fitted(self)
        if not components_of(self).is_gaussian:
            raise errors.gaussian_only("standard_errors")
        owner = type(self).__name__
        _check(owner, method, n_resamples, level, n_jobs)
        check_bool(owner, "progress", progress)
        intake = taken_into_memory(self, X, sample_weight, "standard_errors", reset=False)
        how = Resampling(method, n_resamples, draw_seed(random_state), _MAX_ITER)
        with team(self.n_jobs if n_jobs is None else n_jobs) as threads:
            problem = self._problem(intake, threads)
            total = _n_replicates(problem, how)
            with shown_count(total, f"standard errors, {method}", show=progress) as tell:
                found = uncertainty_of(problem, components_of(self), how, threads, tell)
        names = feature_names(self) or tuple(map(str, range(problem.n_features)))
        told = StandardErrors.of(method, float(level), found, names)
        _warn(told)
        return told

    def _problem(self, intake: Intake, threads: Team) -> Problem:
        """What was fitted, for these rows."""
        facts = survey(intake.source, threads, feature_names(self))
        components = components_of(self)
        noise = components.noise
        problem = Problem(
            intake.source,
            facts,
            family_named(self.covariance_type),
            components.n_components,
            float(self.reg_covar),
            None if noise is None else replace(noise, weight=0.0),
            fixed_parameters(self, given_parameters(self, components.n_features)),
        )
        if intake.source.has_weights and facts.weight <= problem.n_free:
            raise errors.weights_sum_to_little(facts.weight, problem.n_free)
        return with_prior(with_filler(problem, threads), check_prior(self.prior), threads)


def taken_into_memory(
    estimator: Any, X: Any, sample_weight: Any, what: str, *, reset: bool
) -> Intake:
    """Rows that can be looked at again and again.

    Raises
    ------
    ValueError
        For rows that are read in parts.
    """
    if is_dask(X) or (is_stream(X) and not isinstance(X, IntervalData)):
        raise errors.not_in_memory(what)
    return take_in(estimator, X, Beside(sample_weight), reset=reset)


def check_level(owner: str, level: object) -> float:
    """A probability between 0 and 1."""
    if isinstance(level, float | np.floating) and 0.0 < level < 1.0:
        return float(level)
    raise errors.out_of_range(owner, "level", "a float between 0 and 1", level)


def _check(owner: str, method: object, n_resamples: object, level: object, n_jobs: object) -> None:
    if method not in UNCERTAINTY_METHODS:
        raise errors.unknown_choice("method", method, UNCERTAINTY_METHODS)
    if check_int(owner, "n_resamples", n_resamples, 1) < 2:
        raise errors.too_few_resamples(check_int(owner, "n_resamples", n_resamples, 1), 2)
    check_level(owner, level)
    check_n_jobs(owner, n_jobs)


def _n_replicates(problem: Problem, how: Resampling) -> int:
    """How many fits there will be, once the method is known to suit the rows."""
    source = problem.source
    assert isinstance(source, ArraySource)
    if not source.is_plain and how.method == "parametric":
        raise errors.parametric_not_for("Rows that are intervals")
    if not source.is_plain and how.method == "information":
        raise errors.information_not_for("rows that are intervals")
    if how.method != "jackknife":
        return 0 if how.method == "information" else how.n_resamples
    if problem.survey.n_rows > JACKKNIFE_ROWS:
        raise errors.jackknife_too_long(problem.survey.n_rows, JACKKNIFE_ROWS)
    return problem.survey.n_rows


def _warn(told: StandardErrors) -> None:
    """Warn of what makes the errors doubtful."""
    if told.n_failed > _MANY_FAILED * told.n_replicates:
        message = errors.some_failed(told.n_failed, told.n_replicates, told.failures)
        warnings.warn(message, ConvergenceWarning, stacklevel=3)
    if told.moved > _FAR:
        warnings.warn(errors.not_at_maximum(told.moved), ConvergenceWarning, stacklevel=3)
