"""What stands in a table beside the values: names, weights and labels."""

from collections.abc import Mapping, Sequence

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.cli.request import TableRequest
from gaussmix.data import Details, FileTable, is_missing
from gaussmix.data.storage.row_checks import whole_labels


def wanted_columns(request: TableRequest, known: Sequence[str]) -> tuple[str, ...] | None:
    """Names of the columns asked for, each once; None where none is named.

    Parameters
    ----------
    request : TableRequest
    known : sequence of str
        Names there are: one that holds a comma is not split there.
    """
    names = split_columns(request.columns, known)
    for name in columns_beside(request):
        if [*(names or ()), *columns_beside(request)].count(name) > 1:
            raise errors.column_twice(name)
    return names


def split_columns(given: Sequence[str], known: Sequence[str]) -> tuple[str, ...] | None:
    """Names from what stands after --columns: whole names, or several with commas between."""
    if not given:
        return None
    names: list[str] = []
    for text in given:
        names += [text] if text in known else [part.strip() for part in text.split(",")]
    names = [name for name in names if name]
    for name in names:
        if names.count(name) > 1:
            raise errors.column_twice(name)
    return tuple(names)


def columns_beside(request: TableRequest) -> tuple[str, ...]:
    """Columns that hold no values."""
    beside = (request.weight, request.label, request.group)
    return tuple(name for name in beside if name is not None)


def left_out_notes(skipped: Mapping[str, str], request: TableRequest) -> tuple[str, ...]:
    """What to tell of the columns that are not taken, given what each of them holds."""
    beside = columns_beside(request)
    reasons = {name: reason for name, reason in skipped.items() if name not in beside}
    return (errors.columns_left_out(reasons),) if reasons else ()


def details_of(table: FileTable, request: TableRequest) -> Details:
    """Weights and labels of the rows of a table, once they are known to be usable."""
    return Details(weight=_weight(table, request.weight), label=_label(table, request.label))


def groups_in(table: FileTable, name: str) -> list[object]:
    """The group of each row, whatever the column holds.

    Raises
    ------
    ValueError
        Where the column is not there, and for a row without a group, naming it.
    """
    if name not in table.names:
        raise errors.unknown_column(name, table.names, table.path)
    groups: list[object] = table.table.column(name).to_pylist()
    for row, group in enumerate(groups):
        if is_missing(group):
            raise errors.group_missing(table.place(row))
    return groups


def check_counts(weight: FloatArray | None, name: str | None, path: str) -> None:
    """Nothing, where some row counts."""
    if weight is not None and not weight.any():
        raise errors.no_weight_at_all(str(name), path)


def _weight(table: FileTable, name: str | None) -> FloatArray | None:
    """The weights (N,), where they are finite, of 0 or more, and not all 0."""
    if name is None:
        return None
    weight = table.column(name)
    usable = np.isfinite(weight) & (weight >= 0.0)
    if not usable.all():
        row = int(np.argmin(usable))
        raise errors.bad_weight_in_file(name, float(weight[row]), table.place(row))
    check_counts(weight, name, table.path)
    return weight


def _label(table: FileTable, name: str | None) -> IntArray | None:
    """The known labels (N,), -1 where there is none."""
    if name is None:
        return None
    return whole_labels(table.column(name), f"column {name!r}", table.place)
