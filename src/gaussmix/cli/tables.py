"""A table in memory, of any number of files, with its text where there is any."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.cli.reading import files_of
from gaussmix.data import FileTable, check_rows
from gaussmix.data.storage.arrow import NO_VALUES
from gaussmix.data.storage.csv_text import MISSING
from gaussmix.data.storage.text_fields import TextFields, read_text_and_table

#: A whole number as text, perhaps with zeros behind a point, as tables with gaps are written.
_WHOLE = re.compile(r"(-?(?:0|[1-9]\d{0,17}))(?:\.0*)?")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of files that have the same columns.

    Attributes
    ----------
    parts : tuple of FileTable
    texts : tuple of TextFields or None
        What stands in each file; None for files that are no text.
    """

    parts: tuple[FileTable, ...]
    texts: tuple[TextFields | None, ...]

    @property
    def path(self) -> str:
        """What messages call the table."""
        more = len(self.parts) - 1
        return self.parts[0].path + (f" and {more} more" if more else "")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in the order of the first file."""
        return self.parts[0].names

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return sum(part.n_rows for part in self.parts)

    @property
    def skipped(self) -> dict[str, str]:
        """What each column holds that is no column of numbers, by name."""
        reasons = {name: [part.skipped.get(name, "") for part in self.parts] for name in self.names}
        return {name: told for name, told in map(_whole_reason, reasons.items()) if told}

    def place(self, row: int) -> str:
        """What a message calls a row: its line in a text file, else its number."""
        for part in self.parts:
            if row < part.n_rows:
                return part.place(row)
            row -= part.n_rows
        raise IndexError(row)

    def addresses(self) -> tuple[list[str], list[int]]:
        """File of each row, and its line there, or its number where files have no lines."""
        files = [part.path for part in self.parts for _ in range(part.n_rows)]
        lines = [
            row if part.lines is None else part.lines[row]
            for part in self.parts
            for row in range(part.n_rows)
        ]
        return files, lines

    def numeric(self, columns: Sequence[str]) -> FloatArray:
        """The values of columns of numbers, (N, D) float64 with NaN for gaps.

        Raises
        ------
        ValueError
            For a column that is not there or does not hold numbers, and for infinity.
        """
        X = np.vstack([part.numeric(columns)[0] for part in self.parts])
        check_rows(X, tuple(columns), self.place)
        return X

    def columns_of_numbers(self, exclude: Sequence[str] = ()) -> tuple[str, ...]:
        """Names of the columns of numbers but some.

        Raises
        ------
        ValueError
            Where there is none.
        """
        left_out = {*exclude, *self.skipped}
        names = tuple(name for name in self.names if name not in left_out)
        if not names and exclude:
            raise errors.only_targets(exclude, self.path, self.skipped)
        if not names:
            raise errors.no_numeric_columns(self.path, self.skipped)
        return names

    def arrow(self) -> pa.Table:
        """The whole table as one of pyarrow."""
        parts = [part.table.select(list(self.names)) for part in self.parts]
        return pa.concat_tables(parts, promote_options="permissive")

    def check_column(self, name: str) -> None:
        """Nothing, where the table has a column of that name."""
        if name not in self.names:
            raise errors.unknown_column(name, self.names, self.path)

    def labels(self, name: str) -> list[object]:
        """What stands in a column, as whole numbers where all are, else as text; None for gaps.

        Booleans of files that are no text stay what they are.

        Raises
        ------
        ValueError
            Where the column is not there.
        """
        self.check_column(name)
        entries: list[object] = []
        for part, text in zip(self.parts, self.texts, strict=True):
            entries += _entries(part, text, name)
        told = [str(entry) for entry in entries if entry is not None]
        matches = [_WHOLE.fullmatch(entry) for entry in told]
        if all(matches):
            whole = iter(int(match[1]) for match in matches if match)
            return [None if entry is None else next(whole) for entry in entries]
        if all(isinstance(entry, bool) for entry in entries if entry is not None):
            return entries
        return [None if entry is None else str(entry) for entry in entries]


def read(named: Sequence[str]) -> Table:
    """The table in the files that are named, "-" for standard input.

    Raises
    ------
    OSError, ValueError, ModuleNotFoundError
        For files that cannot be used, and for one without the columns of the first.
    """
    both = [read_text_and_table(file) for file in files_of(named)]
    parts, texts = zip(*both, strict=True)
    first = parts[0]
    for part in parts[1:]:
        for one, other in ((part, first), (first, part)):
            missing = next((name for name in other.names if name not in one.names), None)
            if missing is not None:
                raise errors.column_missing_in_file(missing, one.names, one.path, other.path)
    return Table(parts, texts)


def _whole_reason(told: tuple[str, list[str]]) -> tuple[str, str]:
    """Name of a column and why it is none of numbers: what the first such file says."""
    name, reasons = told
    if all(reason == NO_VALUES for reason in reasons):
        return name, NO_VALUES
    return name, next((reason for reason in reasons if reason not in ("", NO_VALUES)), "")


def _entries(part: FileTable, text: TextFields | None, name: str) -> list[object]:
    """What stands in a column of one file; None for gaps."""
    if text is None:
        return [None if entry != entry else entry for entry in part.table.column(name).to_pylist()]  # noqa: PLR0124  NaN differs from itself
    column = part.names.index(name)
    fields = [row[column].strip() for row in text.rows]
    return [None if field in ("", *MISSING) else field for field in fields]
