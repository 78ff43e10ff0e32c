"""`bootstrap_lrt`: how many components the rows call for, by a test."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from gaussmix import errors
from gaussmix.covariance import family_named
from gaussmix.data import survey
from gaussmix.em import Fit, Problem, with_filler
from gaussmix.estimators.checkpoints import draw_seed
from gaussmix.estimators.counting import shown_count
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.intake import Intake
from gaussmix.estimators.uncertainty import check_level, taken_into_memory
from gaussmix.estimators.validation import (
    check_bool,
    check_float,
    check_int,
    check_n_jobs,
    feature_names,
)
from gaussmix.execution import Team, team
from gaussmix.selection import SequentialTest, Step
from gaussmix.summary import BootstrapTest

_OWNER = "bootstrap_lrt"


def bootstrap_lrt(
    X: Any,
    *,
    covariance_type: str = "full",
    max_components: int = 9,
    n_resamples: int = 999,
    level: float = 0.05,
    sample_weight: Any = None,
    stop_early: bool = True,
    n_init: int = 3,
    reg_covar: float = 1e-6,
    tol: float = 1e-6,
    max_iter: int = 2000,
    n_jobs: int | None = None,
    random_state: Any = None,
    progress: bool = False,
) -> BootstrapTest:
    """Test of K components against K + 1, for K = 1, 2, ..., by the parametric bootstrap.

    Parameters
    ----------
    X : array-like or data frame of shape (N, D)
        In memory; NaN for missing values, which drawn tables then have in the same places.
    covariance_type : str, default="full"
        As for `GaussianMixture`.
    max_components : int, default=9
        The last test is of `max_components` - 1 against `max_components`.
    n_resamples : int, default=999
        Tables drawn for each test.
    level : float, default=0.05
    sample_weight : array-like of shape (N,), optional
        How often each row counts. Drawn tables have as many rows as the weights sum to.
    stop_early : bool, default=True
        Whether to stop at the first number of components that is not rejected.
    n_init : int, default=3
        Partitions that every fit starts from: k-means on columns in units of their spread,
        k-means on sphered rows, and nearest of random rows, in turn.
    reg_covar, tol, max_iter : float, float, int, default=1e-6, 1e-6, 2000
        As for `GaussianMixture`.
    n_jobs : int or None, default=None
        Threads; None uses every core. Results have the same bits for any number.
    random_state : None, int, RandomState or Generator, default=None
    progress : bool, default=False
        Whether to show how many tables are done: a bar on standard error at a terminal, else
        lines in the log "gaussmix".

    Returns
    -------
    BootstrapTest
        With `n_components`, `steps` and `table()`; prints as a table.

    Raises
    ------
    ValueError
        For rows or parameters that cannot be used, where so few resamples cannot reach the
        level, and where one component has no sound fit.

    Warns
    -----
    ConvergenceWarning
        Where Ctrl-C ended the test: then what was done is told.

    Notes
    -----
    The statistic is 2 (log L(K + 1) - log L(K)), whose distribution is no chi-squared, as the
    smaller model lies on the edge of the larger. p = (1 + number of drawn tables with one as
    large) / (1 + number of drawn tables). Both models, of the rows as of the drawn tables, start
    from `n_init` partitions and from one component less: the larger from the smaller's fit with
    each component split in two, the smaller from such splits for the rows, and from the
    components that a table was drawn from. All run for 10 iterations, and the best two of those
    to the end. Fits that collapse, or are degenerate, or do not converge, are counted as failures.
    McLachlan (1987), Appl. Stat. 36, 318-324.

    Examples
    --------
    >>> from gaussmix import bootstrap_lrt
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> test = bootstrap_lrt(X, covariance_type="tied", n_resamples=19, random_state=0)
    >>> test.n_components
    3
    """
    check_bool(_OWNER, "progress", progress)
    check_bool(_OWNER, "stop_early", stop_early)
    check_n_jobs(_OWNER, n_jobs)
    level = check_level(_OWNER, level)
    check_int(_OWNER, "max_components", max_components, 2)
    if (check_int(_OWNER, "n_resamples", n_resamples, 1) + 1) * level < 1.0:
        raise errors.level_cannot_be_reached(n_resamples, level)
    family = family_named(covariance_type)
    effort = (check_float(_OWNER, "tol", tol), check_int(_OWNER, "max_iter", max_iter, 1))
    test = SequentialTest(
        check_int(_OWNER, "n_init", n_init, 1), effort, n_resamples, draw_seed(random_state)
    )
    model = GaussianMixture(covariance_type=covariance_type)
    intake = taken_into_memory(model, X, sample_weight, _OWNER, reset=True)
    with team(n_jobs) as threads:
        facts = survey(intake.source, threads, feature_names(model))
        problem = Problem(
            intake.source, facts, family, 1, check_float(_OWNER, "reg_covar", reg_covar)
        )
        _check_rows(problem, max_components, intake)
        problem = with_filler(problem, threads)
        steps: list[Step] = []
        for step in _steps(problem, test, max_components, threads, show=progress):
            steps.append(step)
            if stop_early and not step.p_value <= level:
                break
        stopped = threads.interrupted.is_set()
    result = _told(steps, covariance_type, level, max_components, stopped=stopped)
    if stopped:
        warnings.warn(result.note, ConvergenceWarning, stacklevel=2)
    return result


def _check_rows(problem: Problem, max_components: int, intake: Intake) -> None:
    """Refuse rows that are too few, or that cannot be drawn."""
    if not intake.source.is_plain:
        raise errors.parametric_not_for("Rows that are intervals")
    if problem.survey.weight < max_components:
        raise errors.too_few_rows(max_components, int(problem.survey.weight))


def _steps(
    problem: Problem, test: SequentialTest, max_components: int, threads: Team, *, show: bool
) -> Iterator[Step]:
    """The tests, one after the other, until the larger model has no sound fit."""
    null = test.observed(problem, None, threads)
    if not isinstance(null, Fit):
        raise KeyboardInterrupt if threads.interrupted.is_set() else errors.null_failed(1, null)
    for k in range(1, max_components):
        smaller, larger = replace(problem, n_components=k), replace(problem, n_components=k + 1)
        alternative = test.observed(larger, null.components, threads)
        if not isinstance(alternative, Fit):
            yield Step.failed(k, alternative)
            return
        what = f"{k} components against {k + 1}"
        with shown_count(test.n_resamples, what, show=show) as tell:
            yield test.step(smaller, null, alternative, threads, tell)
        if threads.interrupted.is_set():
            return
        null = alternative


def _told(
    steps: list[Step], covariance_type: str, level: float, max_components: int, *, stopped: bool
) -> BootstrapTest:
    """The result of the tests that were made."""
    kept = (s.n_components for s in steps if not s.p_value <= level)
    chosen = next(kept, steps[-1].n_components + 1)
    note = ""
    if stopped:
        note = errors.stopped_test(steps[-1].n_components)
    elif steps[-1].reason and chosen == steps[-1].n_components:
        note = errors.larger_failed(chosen + 1, steps[-1].reason)
    elif chosen == max_components:
        note = errors.edge_of_test(max_components)
    return BootstrapTest(chosen, level, covariance_type, tuple(steps), note)
