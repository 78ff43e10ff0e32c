"""Tables in memory: what arrays, data frames and weights must be before rows are taken."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import narwhals as nw
import numpy as np
from narwhals.exceptions import DuplicateError

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data.entries import unmasked

#: Values looked at in one go: their flags stay in the cache.
_AT_ONCE = 65_536

_KINDS: tuple[tuple[type[nw.dtypes.DType], str], ...] = (
    (nw.String, "text"),
    (nw.Boolean, "booleans"),
    (nw.Categorical, "categories"),
    (nw.Enum, "categories"),
    (nw.Date, "dates"),
    (nw.Datetime, "dates"),
    (nw.Time, "times"),
    (nw.Duration, "durations"),
)


def check_rows(
    X: AnyArray,
    names: tuple[str, ...] | None = None,
    place: Callable[[int], str] = errors.row_label,
) -> None:
    """Nothing, where the table has rows and columns and no value is infinite.

    Parameters
    ----------
    X : (N, D) array of numbers
    names : tuple of str or None
        The columns' names, for the message.
    place : callable
        What a message calls a row, given its number.

    Raises
    ------
    ValueError
        Naming the first row (and in it the first column) that holds an infinity.
    """
    if 0 in X.shape:
        raise errors.empty_table(X.shape)
    size = max(1, _AT_ONCE // X.shape[1])
    for start in range(0, X.shape[0], size):
        infinite = np.isinf(X[start : start + size])
        if infinite.any():
            at, column = np.unravel_index(int(np.argmax(infinite)), infinite.shape)
            row = start + int(at)
            label = errors.column_label(int(column), names)
            raise errors.infinite_value(float(X[row, column]), place(row), label, X.dtype)


def is_dask(X: object) -> bool:
    """Whether X is a Dask collection; Dask is not imported to find out."""
    return type(X).__module__.split(".")[0] in ("dask", "dask_expr")


def is_frame(X: object) -> bool:
    """Whether X is a table with named columns: pandas, polars, pyarrow or alike."""
    return _frame(X) is not None


def _frame(X: object) -> nw.DataFrame[Any] | nw.LazyFrame[Any] | None:
    """X as narwhals sees a table; None where it is not one."""
    if isinstance(X, np.ndarray | list | tuple):
        return None
    try:
        frame = nw.from_native(X, pass_through=True)
    except DuplicateError:
        raise errors.duplicate_columns([str(name) for name in _raw_names(X)]) from None
    return frame if isinstance(frame, nw.DataFrame | nw.LazyFrame) else None


def _raw_names(X: Any) -> list[object]:
    """Column names of a table that narwhals refuses, as the table gives them."""
    return list(getattr(X, "column_names", X.columns))


def numeric_frame(
    X: object, wanted: Sequence[str] | None = None
) -> tuple[AnyArray, tuple[str, ...] | None] | None:
    """The values and column names of a data frame; None where X is not one.

    Parameters
    ----------
    X : pandas, polars or pyarrow table, or anything else
    wanted : sequence of str or None
        Names of the columns to take, in this order; None takes all. A table without names
        gives its columns as they stand.

    Returns
    -------
    values : (N, D) array
        float32 where every column is, else float64. Missing values are NaN.
    names : tuple of str or None
        None where the names are no strings, as in scikit-learn.

    Raises
    ------
    ValueError
        For a column that does not hold numbers, for repeated names, and where a wanted
        column is missing.
    TypeError
        For a lazy table, and for names that are strings in part.
    """
    frame = _frame(X)
    if frame is None:
        return None
    if isinstance(frame, nw.LazyFrame):
        raise errors.lazy_table(f"a {type(X).__module__.split('.')[0]} {type(X).__name__}")
    names = _names(frame.columns)
    if names is not None and wanted is not None:
        if not set(wanted) <= set(names):
            raise errors.different_columns(wanted, names)
        frame, names = frame.select(list(wanted)), tuple(wanted)
    columns = list(frame.iter_columns())
    single = bool(columns) and all(column.dtype == nw.Float32 for column in columns)
    values = np.empty(frame.shape, dtype=np.float32 if single else np.float64)
    for j, column in enumerate(columns):
        values[:, j] = _numbers(column)
    return values, names


def _names(names: list[Any]) -> tuple[str, ...] | None:
    """The names where all are strings, None where none is."""
    kinds = {type(name).__name__ for name in names}
    if all(isinstance(name, str) for name in names):
        return tuple(names)
    if any(isinstance(name, str) for name in names):
        raise errors.mixed_column_names(sorted(kinds))
    return None


def _numbers(column: nw.Series[Any]) -> AnyArray:
    """The values of a numeric column, (N,), NaN where they are missing."""
    if column.dtype == nw.Float32:
        return column.to_numpy()
    if column.dtype.is_numeric():
        return column.cast(nw.Float64).to_numpy()
    missing = column.is_null().to_numpy()
    if missing.all():
        return np.full(len(missing), np.nan)
    if column.dtype == nw.Object:
        return _numbers_of_objects(column, missing)
    row = int(np.argmin(missing))
    raise _not_numeric(column, _kind(column), row)


def non_numeric(X: object) -> tuple[str, str] | None:
    """The first column of a data frame whose type is not one of numbers.

    Parameters
    ----------
    X : pandas, polars or pyarrow table
        It may have no rows.

    Returns
    -------
    (str, str) or None
        The column's name and what it holds, in a word; None where all are numbers.
    """
    frame: nw.DataFrame[Any] = nw.from_native(X, eager_only=True)
    for column in frame.iter_columns():
        if not column.dtype.is_numeric():
            return column.name, _kind(column)
    return None


def _kind(column: nw.Series[Any]) -> str:
    """What a column holds, in a word."""
    for dtype, kind in _KINDS:
        if column.dtype == dtype:
            return kind
    return f"values of type {column.to_native().dtype}"


def _numbers_of_objects(column: nw.Series[Any], missing: AnyArray) -> FloatArray:
    """The values of a column of Python objects, where all are numbers."""
    values = np.full(len(missing), np.nan)
    for row in np.flatnonzero(~missing):
        value = column.item(int(row))
        if isinstance(value, bool) or not isinstance(value, Real | Decimal):
            kinds = {str: "text", bool: "booleans", np.bool_: "booleans"}
            kind = kinds.get(type(value), f"values of type {type(value).__name__}")
            raise _not_numeric(column, kind, int(row))
        values[row] = float(value)
    return values


def _not_numeric(column: nw.Series[Any], kind: str, row: int) -> ValueError:
    example = column.item(row)
    if isinstance(example, np.generic):
        example = example.item()
    label = f"column {column.name!r}"
    return errors.not_numeric_column(label, kind, example, errors.row_label(row))


def check_weight(weight: object, n_rows: int, name: str = "sample_weight") -> FloatArray | None:
    """The weights as (N,) float64, a number standing for all rows; None stays None.

    Parameters
    ----------
    weight : (N,) array-like, number or None
    n_rows : int
    name : str
        What a message calls the weights.

    Raises
    ------
    ValueError
        Where they are not one finite number of 0 or more for each row, at least one above 0.
    """
    if weight is None:
        return None
    if is_dask(weight):
        raise errors.dask_beside_array(name)
    weight = unmasked(weight)
    given = np.asarray(weight)
    if given.ndim > 1:
        raise errors.weight_dimensions(given.shape, n_rows, name)
    if given.ndim == 1 and len(given) != n_rows:
        raise errors.weight_length(len(given), n_rows, name)
    if given.dtype.kind not in "biuf":
        given = _weights_of_objects(np.asarray(weight, dtype=object), name)
    values = np.array(np.broadcast_to(given, n_rows), dtype=np.float64)
    _check_weights(values, name)
    return values


def _weights_of_objects(given: AnyArray, name: str) -> FloatArray:
    """Weights that came as Python objects; text is none, even where it spells a number."""
    values = np.empty(given.shape)
    for row, value in enumerate(given.ravel()):
        if not isinstance(value, Real | Decimal):
            raise errors.weight_not_a_number(value, row, name)
        values.flat[row] = float(value)
    return values


def _check_weights(values: FloatArray, name: str) -> None:
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise errors.weight_not_finite(float(values[row]), row, name)
    if (values < 0.0).any():
        row = int(np.argmax(values < 0.0))
        raise errors.weight_negative(float(values[row]), row, name)
    if not values.any():
        raise errors.weights_all_zero(len(values), name)
    with np.errstate(over="ignore"):
        total = values.sum()
    if not np.isfinite(total):
        row = int(np.argmax(values))
        raise errors.weights_overflow(float(values[row]), row, name)
