"""Rows of Parquet, Arrow and CSV files, however large, as a stream."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.data.batch import Batch, Details
from gaussmix.data.storage.arrow import NO_VALUES, floats, pyarrow
from gaussmix.data.storage.file_kinds import open_part
from gaussmix.data.storage.file_list import Paths, list_files
from gaussmix.data.storage.file_parts import Part
from gaussmix.data.storage.files import ROW_NUMBER_NAMES
from gaussmix.data.storage.row_checks import check_columns, check_row_weight, whole_labels
from gaussmix.data.storage.streams import Layout, Stream
from gaussmix.errors.words import counted, listed


class FileStream(Stream):
    """Rows of files.

    Parameters
    ----------
    paths : path or sequence of paths
        Each a file, a folder or a glob pattern (``**`` stands for folders of any depth). The
        files of a folder or a pattern come in the order of their names, without those that
        begin with a dot or an underscore; a list keeps its order. Parquet files, Arrow files
        and streams, and CSV files, plain or in gzip, are told apart by content.
    columns : sequence of str or None
        None takes every column of numbers but weight and label.
    weight : str or None
        Name of the column that holds the weight of each row.
    label : str or None
        Name of the column that holds the component each row is known to come from; nothing or
        -1 where it is not known.

    Raises
    ------
    OSError
        Where a file or folder is missing.
    ValueError
        Where a file is damaged or is no table, and where the files do not have the same columns
        of numbers.
    ModuleNotFoundError
        Where pyarrow is not installed.

    Notes
    -----
    Text files are read once at construction; of the others the first bytes are. An Arrow file
    is mapped into memory: it must not be cut off while it is read.
    """

    def __init__(
        self,
        paths: Paths | Sequence[Paths],
        columns: Sequence[str] | None = None,
        weight: str | None = None,
        label: str | None = None,
    ) -> None:
        self._paths = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        beside = [name for name in (weight, label) if name is not None]
        wanted = None if columns is None else frozenset([*columns, *beside])
        self._parts = [open_part(path, wanted) for path in list_files(self._paths)]
        names = _common(self._parts, beside) if columns is None else tuple(columns)
        if not names:
            raise errors.no_numeric_columns(self._where, _reasons(self._parts[0]))
        if len(set(names)) < len(names):
            raise errors.duplicate_columns(names, "columns")
        for name in [*names, *beside]:
            _check_column(name, self._parts)
        self._columns, self._weight, self._label = names, weight, label
        self._layout = Layout(
            n_rows=sum(part.n_rows for part in self._parts),
            n_features=len(names),
            names=names,
            dtype=_dtype(names, self._parts),
            has_weights=weight is not None,
            has_labels=label is not None,
        )
        if self.n_rows == 0:
            raise errors.stream_without_rows(self._where)

    def __repr__(self) -> str:
        given = listed(map(os.fspath, self._paths), 3)
        return self._described(f"{given}: {counted(len(self._parts), 'file')}")

    @property
    def skipped(self) -> dict[str, str]:
        """What each column of the first file holds that is not taken unless named, by name."""
        first = self._parts[0]
        return _reasons(first) | dict.fromkeys(_row_numbers(first), "row numbers")

    @property
    def _where(self) -> str:
        """What messages call all of the files."""
        first, *more = [part.path for part in self._parts]
        return f"{first} and {len(more)} more" if more else first

    def _pieces(self) -> Iterator[Batch]:
        self._check_unchanged()
        for part in self._parts:
            yield from self._rows_of(part)
        # Memory that pyarrow keeps for the next pass is needed by what comes in between.
        pyarrow().default_memory_pool().release_unused()
        self._check_unchanged()

    def _check_unchanged(self) -> None:
        for part in self._parts:
            part.check_unchanged()

    def _rows_of(self, part: Part) -> Iterator[Batch]:
        """The rows of one file."""
        beside = [name for name in (self._weight, self._label) if name is not None]
        start = 0
        for table in part.read(list(dict.fromkeys([*self._columns, *beside]))):
            yield self._batch(table, part, start)
            start += table.num_rows
        if start != part.n_rows:
            part.check_unchanged()
            raise errors.file_row_count(part.path, part.n_rows, start)

    def _batch(self, table: Any, part: Part, start: int) -> Batch:
        """A record batch, whose rows count from `start`, as ours."""

        def place(row: int) -> str:
            return part.place(start + row)

        def beside(name: str) -> AnyArray:
            return floats(table.column(name), np.dtype(np.float64))

        columns = np.empty((self.n_features, table.num_rows), dtype=self.dtype)
        for j, name in enumerate(self._columns):
            columns[j] = floats(table.column(name), self.dtype)
        check_columns(columns, self.names, place)
        weight, label = None, None
        if self._weight is not None:
            weight = beside(self._weight)
            check_row_weight(weight, f"column {self._weight!r}", place)
        if self._label is not None:
            label = whole_labels(beside(self._label), f"column {self._label!r}", place)
        return Batch(columns, Details(weight=weight, label=label))


def _common(parts: Sequence[Part], beside: Sequence[str]) -> tuple[str, ...]:
    """Columns that hold numbers in one of the files, in the order of the first."""
    names = dict.fromkeys(name for part in parts for name in part.holds if part.has_numbers(name))
    left_out = {*beside, *_row_numbers(parts[0])}
    return tuple(
        sorted((n for n in names if n not in left_out), key=[*parts[0].holds, *names].index)
    )


def _row_numbers(part: Part) -> list[str]:
    """Columns that count the rows, written by pandas and R unasked."""
    named = [n for n in part.holds if ROW_NUMBER_NAMES.fullmatch(n) and part.has_numbers(n)]
    return [name for name in named if _counts_rows(part, name)]


def _counts_rows(part: Part, name: str) -> bool:
    """Whether a column begins with the numbers of its rows, from 0 or from 1."""
    for table in part.read([name]):
        values = floats(table.column(0), np.dtype(np.float64))
        return bool(values[0] in (0.0, 1.0) and np.all(np.diff(values) == 1.0))
    return False


def _check_column(name: str, parts: Sequence[Part]) -> None:
    """Raises where a column is not one of numbers in every file."""
    having = next((part.path for part in parts if name in part.holds), None)
    numeric = next((part.path for part in parts if part.has_numbers(name)), None)
    for part in parts:
        if name not in part.holds:
            raise errors.column_missing_in_file(name, list(part.holds), part.path, having)
        if not part.can_be_numbers(name):
            kind = part.holds[name] or NO_VALUES
            example, place = part.example(name)
            if numeric is None:
                raise errors.not_numeric_column(f"column {name!r}", kind, example, place)
            raise errors.column_kind_in_file(name, kind, example, place, numeric)


def _dtype(names: Sequence[str], parts: Sequence[Part]) -> np.dtype[Any]:
    """float32 where every column is in every file, else float64."""
    is_single = all(set(names) <= part.single for part in parts)
    return np.dtype(np.float32 if is_single else np.float64)


def _reasons(part: Part) -> dict[str, str]:
    """What each column without numbers holds."""
    return {name: kind for name, kind in part.holds.items() if kind is not None}
