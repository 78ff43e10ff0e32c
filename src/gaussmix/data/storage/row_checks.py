"""What rows of a stream must be: finite or missing, weights of 0 or more, whole labels."""

from collections.abc import Callable

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, IntArray

Place = Callable[[int], str]


def check_columns(columns: AnyArray, names: tuple[str, ...] | None, place: Place) -> None:
    """Nothing, where no value is infinite.

    Parameters
    ----------
    columns : (D, n) float array
    names : tuple of str or None
    place : callable
        What a message calls a row, given its number.

    Raises
    ------
    ValueError
        Naming the first row, and in it the first column, that holds an infinity.
    """
    infinite = np.isinf(columns)
    if infinite.any():
        row = int(np.argmax(infinite.any(axis=0)))
        column = int(np.argmax(infinite[:, row]))
        label = errors.column_label(column, names)
        raise errors.infinite_value(float(columns[column, row]), place(row), label, columns.dtype)


def check_row_weight(weight: AnyArray, column: str, place: Place) -> None:
    """Nothing, where every weight is finite and 0 or more.

    Parameters
    ----------
    weight : (n,) float array
    column : str
        What a message calls the column.
    place : callable

    Raises
    ------
    ValueError
        Naming the first weight that is not.
    """
    # NaN compares as neither.
    row = _first(~((weight >= 0.0) & (weight < np.inf)))
    if row is not None:
        raise errors.bad_row_weight(float(weight[row]), column, place(row))


def whole_labels(label: AnyArray, column: str, place: Place) -> IntArray:
    """The labels as integers, -1 where they are missing.

    Parameters
    ----------
    label : (n,) float array
    column : str
    place : callable

    Raises
    ------
    ValueError
        Naming the first label that is no whole number of -1 or more.
    """
    values = np.where(np.isnan(label), -1.0, label)
    largest = float(np.iinfo(np.int32).max)
    row = _first(~((values >= -1.0) & (values <= largest) & (values == np.floor(values))))
    if row is not None:
        raise errors.bad_row_label(float(label[row]), column, place(row))
    return values.astype(np.intp)


def _first(bad: BoolArray) -> int | None:
    """Number of the first row that is bad."""
    return int(np.argmax(bad)) if bad.any() else None
