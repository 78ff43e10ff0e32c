"""One Gaussian for rows with gaps: the guesses that starts put into the gaps.

k-means and the like need complete rows. One Gaussian, fitted to a sample with its gaps, knows
how the columns hang together; its conditional means are better guesses than the columns' means.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import family_named
from gaussmix.data import ArraySource, Details
from gaussmix.density import Components, Kernel, Observer
from gaussmix.em.engine import run
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.initialization import draw_rows

#: Rows that the Gaussian is fitted to, and the most columns for which it has correlations.
_ROWS, _MOST_COLUMNS = 5_000, 100
_MAX_ITER, _TOL, _REG_COVAR = 20, 1e-3, 1e-6


def with_filler(problem: Problem, team: Team) -> Problem:
    """The problem, with a Gaussian that fills gaps where there are any."""
    survey = problem.survey
    if not survey.n_gappy or problem.filler is not None:
        return problem
    index, weight = draw_rows(problem.source, survey, _ROWS)
    rows = problem.source.rows(index)
    correlates = problem.n_features <= min(_MOST_COLUMNS, weight.sum() / 5.0)
    family = family_named("full" if correlates else "diag")
    total = replace(survey, weight=float(weight.sum()))
    single = Problem(ArraySource(rows, Details(weight)), total, family, 1, _REG_COVAR)
    scale = survey.scale
    start = Components(
        np.ones(1), survey.centre[None], family.nearest(np.diag(scale * scale)[None])
    )
    try:
        filler = run(single, start, team, tol=_TOL, max_iter=_MAX_ITER).components
    except errors.CollapsedComponent:
        filler = start
    return replace(problem, filler=filler)


def filling(problem: Problem) -> Callable[[FloatArray], FloatArray] | None:
    """What fills rows (M, D) by the problem's Gaussian; None where it has none."""
    if problem.filler is None:
        return None
    centre = problem.survey.centre
    observer = Observer(Kernel(problem.filler, centre, problem.survey.scale))

    def fill(rows: FloatArray) -> FloatArray:
        whole = rows.copy()
        for block in ArraySource(rows).blocks(len(rows), centre, rare=True):
            if block.n_missing:
                whole[block.rows] = observer.observe(block).completed(0, centre).T + centre
        return whole

    return fill
