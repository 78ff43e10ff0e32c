"""Which mixtures of a class describe its rows, and not how they were rounded."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, FloatArray
from gaussmix.data import ArraySource
from gaussmix.density import Components, posterior
from gaussmix.em import Problem
from gaussmix.execution import Team

#: Where a millionth of the penalty makes a component so many times narrower, its width is the
#: penalty's.
_LESS_PENALTY, _NARROWER = 1e-6, 100.0
#: Rows whose values tell what a column is rounded to, and what share of its range is no step.
_LOOKED_AT, _NO_STEP = 2_000, 1e-9


@dataclass(frozen=True)
class Soundness:
    """Whether mixtures of some rows are sound; call it with a problem and its components.

    Attributes
    ----------
    step : (D,) array
        What the columns' values are rounded to; next to nothing for those that are not.
    team : Team
    """

    step: FloatArray
    team: Team

    @classmethod
    def of(cls, X: AnyArray, team: Team) -> Self:
        """For mixtures of rows X (N, D)."""
        some = np.asarray(X[:: max(1, len(X) // _LOOKED_AT)], dtype=np.float64)
        return cls(np.array([_step(values) for values in some.T]), team)

    def __call__(self, problem: Problem, components: Components) -> bool:
        """Whether no component is as narrow as rounding, or the penalty, lets it be.

        A component that is narrower in some column than rounding alone makes values describes
        rows that are equal there: its likelihood is as large as the penalty allows.
        """
        if components.n_components == 1:
            return True
        if (components.covariances.variances < self.step**2 / 12.0).any():
            return False
        return not _is_penalty_made(problem, components, self.team)


def constant_columns(X: AnyArray) -> BoolArray:
    """Which columns (D,) hold one value only."""
    return np.asarray(np.nanmin(X, axis=0) == np.nanmax(X, axis=0))


def _step(values: FloatArray) -> float:
    """The smallest difference between values (n,); 0 where all are equal."""
    apart = np.diff(np.unique(values[~np.isnan(values)]))
    # What is left of decimals in binary is no step.
    apart = apart[apart > _NO_STEP * apart.sum()]
    return float(apart.min()) if len(apart) else 0.0


def _is_penalty_made(problem: Problem, components: Components, team: Team) -> bool:
    """Whether a component is as narrow as the penalty lets it be."""
    if problem.reg_covar == 0.0:
        return False
    assert isinstance(problem.source, ArraySource)
    chance = posterior(components, problem.source, team)
    statistics = problem.assigned(lambda block: np.ascontiguousarray(chance[block.rows].T), team)
    less = replace(problem, reg_covar=_LESS_PENALTY * problem.reg_covar)
    scale = problem.survey.scale
    try:
        usual, narrow = problem.maximize(statistics), less.maximize(statistics)
    except errors.CollapsedComponent:
        return True
    narrowest = [each.covariances.largest_precision(scale) for each in (usual, narrow)]
    return bool((narrowest[1] > _NARROWER * narrowest[0]).any())
