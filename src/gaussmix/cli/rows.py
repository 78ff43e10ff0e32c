"""The numbers in a data file that a verb works on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.data import FileTable, check_rows, read_table
from gaussmix.mixture import Mixture


@dataclass(frozen=True, slots=True)
class Rows:
    """What a data file holds for a verb.

    Attributes
    ----------
    path : str
        What messages call the file.
    names : tuple of str
        Names of the D columns.
    X : (N, D) array
    weight : (N,) array or None
    skipped : dict of str to str
        What the columns hold that were left out without being asked, by name.
    """

    path: str
    names: tuple[str, ...]
    X: FloatArray
    weight: FloatArray | None
    skipped: dict[str, str]


def rows_to_fit(data: str, columns: Sequence[str], weight: str | None) -> Rows:
    """The columns named, or every column of numbers but the weights'.

    Raises
    ------
    ValueError
        For columns or values that cannot be used, naming the line.
    """
    table = read_table(data)
    asked = split_columns(columns, table.names)
    if asked is not None and weight in asked:
        raise errors.column_twice(str(weight))
    skipped = dict(table.skipped) if asked is None else {}
    skipped.pop(weight or "", None)
    X, names = table.numeric(asked, exclude=() if weight is None else (weight,))
    return Rows(table.path, names, _checked(table, X, names), _weight(table, weight), skipped)


def rows_for_model(
    mixture: Mixture, data: str, columns: Sequence[str], weight: str | None = None
) -> Rows:
    """The model's columns by name; those named in `columns` where they are called otherwise.

    Raises
    ------
    ValueError
        For columns that are not there, and values that cannot be used.
    """
    table = read_table(data)
    asked = split_columns(columns, table.names)
    fitted = mixture.feature_names
    if asked is None and fitted is not None:
        missing = [name for name in fitted if name not in table.names]
        if missing:
            raise errors.model_column_missing(missing, fitted, table.names, table.path)
        asked = fitted
    X, names = table.numeric(asked, exclude=() if weight is None else (weight,))
    if len(names) != mixture.n_features:
        raise errors.model_width(mixture.n_features, names, table.path)
    return Rows(table.path, names, _checked(table, X, names), _weight(table, weight), {})


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


def _checked(table: FileTable, X: FloatArray, names: tuple[str, ...]) -> FloatArray:
    """The rows, where every value is finite."""
    gaps = np.isnan(X)
    if gaps.any():
        has_gap = gaps.any(axis=1)
        row = int(np.argmax(has_gap))
        name = names[int(np.argmax(gaps[row]))]
        raise errors.gap_in_file(name, table.place(row), int(has_gap.sum()), len(X))
    check_rows(X, names, table.place)
    return X


def _weight(table: FileTable, name: str | None) -> FloatArray | None:
    """The weights (N,), where they are finite, of 0 or more, and not all 0."""
    if name is None:
        return None
    weight = table.column(name)
    usable = np.isfinite(weight) & (weight >= 0.0)
    if not usable.all():
        row = int(np.argmin(usable))
        raise errors.bad_weight_in_file(name, float(weight[row]), table.place(row))
    if not weight.any():
        raise errors.no_weight_at_all(name, table.path)
    return weight
