"""Dask collections: a source for fits, lazy answers for predictions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.data import ArraySource
from gaussmix.data.dask.map import map_rows
from gaussmix.data.dask.rows import DaskTable
from gaussmix.data.dask.source import DaskSource
from gaussmix.data.storage.row_checks import check_columns as check_values
from gaussmix.density import (
    Components,
    StudentComponents,
    labels,
    log_density,
    student_log_density,
)
from gaussmix.estimators.validation import check_columns, feature_names
from gaussmix.execution import team

#: What one number per row is called in a series, and its type.
_ONE_NUMBER: dict[Any, tuple[str, type]] = {
    labels: ("component", np.intp),
    log_density: ("log_density", np.float64),
    student_log_density: ("log_density", np.float64),
}


def dask_source(
    estimator: BaseEstimator, X: Any, weight: Any, label: Any, *, reset: bool
) -> DaskSource:
    """The source of a Dask collection, once its columns are known to be those wanted.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose `n_features_in_` and `feature_names_in_` are set (`reset`) or compared.
    X : dask array or dataframe
    weight, label : dask array or series, or None
    reset : bool
    """
    source = DaskSource(_table(estimator, X, reset=reset), weight, label)
    least = 2 if reset else 1
    if source.n_rows < least:
        # scikit-learn's own words for too few rows.
        few = np.zeros((source.n_rows, source.n_features))
        check_array(few, ensure_min_samples=least, estimator=estimator)
    return source


def ask_lazily(
    estimator: BaseEstimator,
    question: Any,
    components: Components | StudentComponents,
    X: Any,
    X_covariance: Any,
    *,
    options: dict[str, Any],
) -> Any:
    """The answers to a row-wise question, as a lazy collection; see `map_rows`.

    Parameters
    ----------
    estimator : BaseEstimator
        Fitted.
    question : callable
        Of the density room.
    components : Components or StudentComponents
        What is asked about.
    X : dask array or dataframe
    X_covariance : None
        Anything else is refused.
    options : dict
        For the question.
    """
    if X_covariance is not None:
        raise errors.not_with_dask("X_covariance")
    table = _table(estimator, X, reset=False)
    ask = _Ask(question, components, options, feature_names(estimator))
    if question in _ONE_NUMBER:
        name, dtype = _ONE_NUMBER[question]
        return map_rows(table, ask, dtype, name)
    return map_rows(table, ask, options["dtype"], list(estimator.get_feature_names_out()))


def _table(estimator: BaseEstimator, X: Any, *, reset: bool) -> DaskTable:
    table = DaskTable.of(X)
    check_columns(estimator, table.names, table.n_features, reset=reset)
    return table


@dataclass(frozen=True)
class _Ask:
    """A row-wise question about a mixture; call it with rows (n, D)."""

    question: Any
    components: Components | StudentComponents
    options: dict[str, Any]
    names: tuple[str, ...] | None

    def __call__(self, rows: AnyArray) -> AnyArray:
        """The answers, (n,) or (n, K)."""
        check_values(rows.T, self.names, lambda row: f"row {row} of its partition")
        with team(1) as alone:
            answer: AnyArray = self.question(
                self.components, ArraySource(rows), alone, **self.options
            )
        return answer
