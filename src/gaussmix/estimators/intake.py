"""From what a caller hands over to a source: rows, and what is known of them."""

import os
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data import (
    ArraySource,
    Details,
    IntervalData,
    LocalSource,
    Source,
    Stream,
    is_dask,
    open_stream,
)
from gaussmix.estimators.beside import known_labels, measurement_errors
from gaussmix.estimators.validation import (
    check_columns,
    feature_names,
    fitted_rows,
    row_weights,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Arguments that stand beside X, one entry for each row; None where they are left out."""

    sample_weight: Any = None
    labels: Any = None
    X_covariance: Any = None


NOTHING_BESIDE = Beside()


@dataclass(frozen=True, slots=True)
class Intake:
    """Rows taken in.

    Attributes
    ----------
    source : Source
    dtype : dtype
        Of the rows, and so of the fitted attributes.
    rows : (N, D) array or None
        The rows themselves where they are an array in memory.
    box : (low, high) or None
        Corners (D,) of the box around the rows, where the rows as points do not tell.
    """

    source: Source
    dtype: np.dtype[Any]
    rows: AnyArray | None
    box: tuple[FloatArray, FloatArray] | None = None


def take_in(
    estimator: BaseEstimator, X: Any, beside: Beside = NOTHING_BESIDE, *, reset: bool
) -> Intake:
    """The source of what was handed over, once it is known to be usable.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose `n_features_in_` and `feature_names_in_` are set (`reset`) or compared.
    X : array-like, data frame, IntervalData, dask array or dataframe
    beside : Beside
    reset : bool
    """
    if isinstance(X, IntervalData):
        return _take_in_intervals(estimator, X, beside, reset=reset)
    if is_dask(X):
        return _take_in_dask(estimator, X, beside, reset=reset)
    if is_stream(X):
        return _take_in_stream(estimator, X, beside, reset=reset)
    rows = fitted_rows(estimator, X, reset=reset)
    details = Details(
        weight=row_weights(beside.sample_weight, len(rows)),
        label=known_labels(beside.labels, len(rows), _n_components(estimator)),
        error=measurement_errors(beside.X_covariance, rows, feature_names(estimator)),
    )
    return Intake(ArraySource(rows, details), rows.dtype, rows)


def _take_in_intervals(
    estimator: BaseEstimator, X: IntervalData, beside: Beside, *, reset: bool
) -> Intake:
    """The source of rows that are intervals; their points stand for them where starts are made."""
    if beside.X_covariance is not None:
        raise errors.error_of_intervals()
    points = X.points[:, None]
    fitted_rows(estimator, points, reset=reset)
    weight = row_weights(beside.sample_weight, X.n_rows)
    details = Details(
        weight=X.count if weight is None else X.count * weight,
        label=known_labels(beside.labels, X.n_rows, _n_components(estimator)),
        interval=np.column_stack([X.lower, X.upper]),
    )
    assert details.weight is not None
    counts = details.weight > 0.0
    ends = np.concatenate([X.lower[counts], X.upper[counts]])
    ends = ends[np.isfinite(ends)]
    box = (np.array([ends.min()]), np.array([ends.max()])) if len(ends) else None
    return Intake(ArraySource(points, details), points.dtype, points, box)


def _n_components(estimator: BaseEstimator) -> int | None:
    """The number of components where the estimator has one, and not several to try."""
    n_components = getattr(estimator, "n_components", None)
    return n_components if isinstance(n_components, int) else None


def is_stream(X: Any) -> bool:
    """Whether X is read in parts: a path, paths, a stream, or what gives blocks again and again."""
    if isinstance(X, Stream | str | os.PathLike) or callable(X):
        return True
    if isinstance(X, list | tuple):
        return bool(X) and all(isinstance(x, str | os.PathLike) for x in X)
    # Arrays and tables of every kind have one of these, or a shape.
    table = ("__array__", "__array_interface__", "__dataframe__", "__arrow_c_stream__", "shape")
    return hasattr(X, "__iter__") and not any(hasattr(X, name) for name in table)


def _take_in_stream(estimator: BaseEstimator, X: Any, beside: Beside, *, reset: bool) -> Intake:
    """The source of rows that are read in parts."""
    for field in fields(beside):
        if getattr(beside, field.name) is not None:
            raise errors.details_of_stream(field.name)
    fitted = None if reset else feature_names(estimator)
    stream = X if isinstance(X, Stream) else open_stream(X, columns=fitted)
    check_columns(estimator, stream.names, stream.n_features, reset=reset)
    return Intake(stream, stream.dtype, None)


def _take_in_dask(estimator: BaseEstimator, X: Any, beside: Beside, *, reset: bool) -> Intake:
    """The source of rows that stay where a Dask collection has them."""
    from gaussmix.estimators.on_dask import dask_source  # noqa: PLC0415  needs Dask

    if beside.X_covariance is not None:
        raise errors.not_with_dask("X_covariance")
    source = dask_source(estimator, X, beside.sample_weight, beside.labels, reset=reset)
    return Intake(source, source.dtype, None)


def local(intake: Intake) -> LocalSource:
    """The source, where this process can read it row by row."""
    assert isinstance(intake.source, LocalSource)
    return intake.source
