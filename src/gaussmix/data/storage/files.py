"""Data files for the command: CSV, Parquet and Arrow, told apart by content."""

import gzip
import os
import re
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.data.storage.arrow import NO_VALUES, first_text, kind_of, pyarrow
from gaussmix.data.storage.csv_text import read_csv

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: What people hand over instead of a table, by its first bytes.
_STRANGERS = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format", "an SQLite database"),
    (b"{", "JSON"),
    (b"%PDF", "a PDF document"),
)
#: Names that pandas and R give to the column of row numbers they write unasked.
ROW_NUMBER_NAMES = re.compile(r"|Unnamed: 0|rownames|__index_level_\d+__")


@dataclass(frozen=True, slots=True)
class FileTable:
    """The table in a file.

    Attributes
    ----------
    path : str
        What messages call the file.
    table : pyarrow.Table
    lines : sequence of int or None
        Line of each row in a text file, from 1; None for other files.
    row_numbers : frozenset of str
        Columns without a name of their own that count the rows.
    """

    path: str
    table: Any
    lines: Sequence[int] | None = None
    row_numbers: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns."""
        return tuple(self.table.column_names)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.table.num_rows)

    @property
    def skipped(self) -> Mapping[str, str]:
        """What each column holds that is not taken unless it is named, by name."""
        reasons = {name: self._reason(name) for name in self.names}
        return {name: reason for name, reason in reasons.items() if reason}

    def place(self, row: int) -> str:
        """What a message calls a row: its line in a text file, else its number."""
        what = f"row {row}" if self.lines is None else f"line {self.lines[row]}"
        return f"{what} of {self.path}"

    def numeric(
        self, columns: Sequence[str] | None = None, exclude: Sequence[str] = ()
    ) -> tuple[FloatArray, tuple[str, ...]]:
        """The values of the columns, (N, D) float64 with NaN for gaps, and their names.

        Parameters
        ----------
        columns : sequence of str or None
            None takes every column of numbers.
        exclude : sequence of str
            Columns that None does not take.

        Raises
        ------
        ValueError
            For a column that is not there or does not hold numbers, and where none is left.
        """
        if columns is None:
            left_out = {*exclude, *self.skipped}
            columns = [name for name in self.names if name not in left_out]
        if not columns:
            raise errors.no_numeric_columns(self.path, self.skipped)
        X = np.empty((self.n_rows, len(columns)))
        for j, name in enumerate(columns):
            X[:, j] = self.column(name)
        return X, tuple(columns)

    def column(self, name: str) -> FloatArray:
        """The values of one column of numbers, (N,) float64 with NaN for gaps.

        Raises
        ------
        ValueError
            Where it is not there or does not hold numbers.
        """
        if name not in self.names:
            raise errors.unknown_column(name, self.names, self.path)
        column = self.table.column(name)
        kind = kind_of(column.type)
        if column.null_count == len(column):
            return np.full(len(column), np.nan)
        if kind is not None:
            row, example = first_text(column) or (0, None)
            raise errors.not_numeric_column(f"column {name!r}", kind, example, self.place(row))
        # Whole numbers beyond 2**53 are rounded, as everywhere in float64.
        values: FloatArray = column.cast("float64", safe=False).to_numpy()
        return values

    def _reason(self, name: str) -> str:
        """Why a column is not taken unless it is named; empty where it is taken."""
        if name in self.row_numbers:
            return "row numbers"
        column = self.table.column(name)
        kind = kind_of(column.type)
        if kind is None:
            return ""
        if column.null_count == len(column):
            return NO_VALUES
        row, example = first_text(column) or (0, None)
        return f"{kind}, for instance {example!r} in {self.place(row)}"


def read_table(path: str | os.PathLike[str], stdin: BinaryIO | None = None) -> FileTable:
    """The table in a file, whatever the file is called.

    Parameters
    ----------
    path : path
        ``"-"`` reads standard input.
    stdin : binary file or None
        What ``"-"`` reads; None is the process's own.

    Returns
    -------
    FileTable

    Raises
    ------
    OSError
        Where the file does not exist or is a folder.
    ValueError
        Where its content is not a table with rows.
    ModuleNotFoundError
        Where pyarrow is not installed.
    """
    return table_in(*content_of(path, stdin))


def content_of(path: str | os.PathLike[str], stdin: BinaryIO | None = None) -> tuple[bytes, str]:
    """The bytes of a file, unzipped, and what messages call it; raises as `read_table` does."""
    if os.fspath(path) == "-":
        content, name = (stdin or sys.stdin.buffer).read(), "standard input"
    else:
        name = os.fspath(path)
        try:
            content = Path(path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise errors.file_missing(path) from None
        except IsADirectoryError:
            raise errors.file_is_folder(path) from None
    while content.startswith(b"\x1f\x8b"):
        content = _unzip(content, name)
    return content, name


def table_in(content: bytes, path: str) -> FileTable:
    """The table in the bytes of a file that is not zipped."""
    if not content.strip():
        raise errors.file_empty(path)
    for magic, kind, read in _READERS:
        if content.startswith(magic):
            return _checked(FileTable(path, _read_binary(read, content, path, kind)))
    if content.startswith(UTF16_MARKS):
        raise errors.file_not_utf8(path)
    refuse_strangers(content, path)
    pyarrow()
    return _checked(FileTable(path, *read_csv(content.removeprefix(BYTE_ORDER_MARK), path)))


def _checked(read: FileTable) -> FileTable:
    """The table with row-number columns marked, where it has rows and names of its own."""
    if len(set(read.names)) < len(read.names):
        raise errors.duplicate_columns(read.names, read.path)
    if read.n_rows == 0:
        raise errors.file_without_rows(read.path, read.names)
    unnamed = [name for name in read.names if ROW_NUMBER_NAMES.fullmatch(name)]
    counts = frozenset(name for name in unnamed if _counts_rows(read.table.column(name)))
    given = [name or f"column_{j + 1}" for j, name in enumerate(read.names)]
    counts = frozenset(new for new, old in zip(given, read.names, strict=True) if old in counts)
    if len(set(given)) < len(given):
        raise errors.duplicate_columns(given, read.path)
    return FileTable(read.path, read.table.rename_columns(given), read.lines, counts)


def _counts_rows(column: Any) -> bool:
    """Whether a column holds the numbers of its rows, from 0 or from 1."""
    if kind_of(column.type) is not None or column.null_count:
        return False
    values = column.to_numpy()
    return bool(values[0] in (0, 1) and np.all(np.diff(values) == 1))


def _unzip(content: bytes, path: str) -> bytes:
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise errors.file_damaged(path, "a gzip file", str(error)) from None


def refuse_strangers(content: bytes, path: str) -> None:
    """Raises for content that is no text, or text that is no table."""
    guess = next((name for magic, name in _STRANGERS if content.startswith(magic)), None)
    if content[8:10] == b'{"' and b"\0" in content[:8]:
        guess = "a saved model; give the data file first and the model where it is asked for"
    if guess or b"\0" in content[:8192]:
        raise errors.file_unknown_kind(path, content, guess)


def _read_parquet(content: bytes) -> Any:
    from pyarrow import parquet  # noqa: PLC0415  heavy, see pyarrow

    return parquet.read_table(pyarrow().BufferReader(content))


def _read_arrow_file(content: bytes) -> Any:
    return pyarrow().ipc.open_file(content).read_all()


def _read_arrow_stream(content: bytes) -> Any:
    return pyarrow().ipc.open_stream(content).read_all()


_READERS: tuple[tuple[bytes, str, Callable[[bytes], Any]], ...] = (
    (b"PAR1", "a Parquet file", _read_parquet),
    (b"ARROW1", "an Arrow file", _read_arrow_file),
    (b"\xff\xff\xff\xff", "an Arrow stream", _read_arrow_stream),
)


def _read_binary(read: Callable[[bytes], Any], content: bytes, path: str, kind: str) -> Any:
    """The table that a reader of pyarrow finds."""
    arrow = pyarrow()
    try:
        table = read(content)
        # A damaged Arrow file can point outside its own bytes, which only a full check sees.
        table.validate(full=True)
        table.column_names  # noqa: B018  decodes the names, which the check leaves out
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise errors.file_damaged(path, kind, str(error).splitlines()[0]) from None
    return table
