"""Rows that are bins: the ends of an interval, and how many values lie in it."""

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.cli.beside import columns_beside, details_of
from gaussmix.cli.request import TableRequest
from gaussmix.cli.rows import Rows
from gaussmix.data import ArraySource, Details, FileTable, IntervalData

#: What the column is called that the bins are of.
_NAME = "value"


def binned_rows(table: FileTable, ends: tuple[str, str], request: TableRequest) -> Rows:
    """The bins of a table.

    Parameters
    ----------
    table : FileTable
    ends : (str, str)
        Columns of the lower and the upper ends; nothing in a field stands for an open end.
    request : TableRequest

    Raises
    ------
    ValueError
        For a bin without ends, or whose upper end is not above the lower, naming the line.
    """
    for name in ends:
        if [*ends, *columns_beside(request)].count(name) > 1:
            raise errors.column_twice(name)
    lower, upper = (table.column(name) for name in ends)
    _check_ends(table, lower, upper)
    lower, upper = _open(lower, -np.inf), _open(upper, np.inf)
    details = details_of(table, request)
    bins = IntervalData(lower, upper, details.weight)
    beside = Details(bins.count, details.label, interval=np.column_stack([lower, upper]))
    return Rows(table.path, (_NAME,), ArraySource(bins.points[:, None], beside), (), bins)


def _open(ends: FloatArray, infinity: float) -> FloatArray:
    return np.where(np.isnan(ends), infinity, ends)


def _check_ends(table: FileTable, lower: FloatArray, upper: FloatArray) -> None:
    """Nothing, where each bin has an end, and the upper one above the lower one."""
    nowhere = np.isnan(lower) & np.isnan(upper)
    if nowhere.any():
        raise errors.bin_without_ends(table.place(int(np.argmax(nowhere))))
    wrong = lower >= upper
    wrong |= (lower == np.inf) | (upper == -np.inf)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise errors.bin_without_width(float(lower[row]), float(upper[row]), table.place(row))
