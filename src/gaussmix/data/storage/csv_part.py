"""A text file with delimiters, zipped or not, read a piece at a time."""

import gzip
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from gaussmix import errors
from gaussmix.data.storage.arrow import NO_VALUES, kind_of, pyarrow
from gaussmix.data.storage.csv_text import (
    HEAD,
    MISSING,
    decimal_point,
    delimiter_of,
    is_all_numbers,
    is_number_or_gap,
    numbers_in_text,
    records,
    refuse_broken_lines,
)
from gaussmix.data.storage.file_parts import Part
from gaussmix.data.storage.files import BYTE_ORDER_MARK

#: Bytes parsed in one go, at least; pyarrow keeps several of them ready.
_AT_ONCE = 262_144
_GAPS = ("", *MISSING)


class CsvPart(Part):
    """A CSV file, by the rules of `gaussmix.data.storage.csv_text`.

    Parameters
    ----------
    path : str
    wanted : frozenset of str or None
        The columns that are going to be read; None for all of numbers. Which those are is seen
        from the first rows.
    is_zipped : bool
        Whether it is in a gzip file.
    """

    def __init__(self, path: str, wanted: frozenset[str] | None, *, is_zipped: bool) -> None:
        super().__init__(path)
        self.is_zipped = is_zipped
        self.kind = "a gzip file" if is_zipped else "CSV"
        #: Columns of numbers with blanks around gaps, which pyarrow takes for text.
        self.padded: set[str] = set()
        with self.reading():
            self._look_at_head()
            self.has_quotes = self._check_quotes()
            self.holds = self._first_look()
            known = [name for name in self.names if wanted is None or name in wanted]
            self.n_rows = self._count([name for name in known if self.can_be_numbers(name)])

    def read(self, names: Sequence[str]) -> Iterator[Any]:
        """The columns of numbers of these names, a pyarrow.RecordBatch after the other."""
        with self.reading():
            yield from self._pass(names)

    def example(self, name: str) -> tuple[object, str]:
        """A field that shows why a column is none of numbers, and where it stands."""
        line, _, value = self._first_misfit([name]) or (1, name, None)
        return value, self._line(line)

    def place(self, row: int) -> str:
        """What a message calls a row: the line that it stands on."""
        rows = islice(self._records(), int(self.has_header) + row, None)
        return self._line(next(rows)[0])

    def _line(self, line: int) -> str:
        return f"line {line} of {self.path}"

    def _bytes(self) -> BinaryIO:
        """The text, unpacked."""
        if self.is_zipped:
            return cast("BinaryIO", gzip.open(self.path))
        return Path(self.path).open("rb")

    def _records(self, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
        with self._bytes() as source:
            yield from records(source, self.delimiter, self.path, strict=strict)

    def _look_at_head(self) -> None:
        """Learns how the fields are written, and the columns' names."""
        with self._bytes() as source:
            head = source.read(HEAD).removeprefix(BYTE_ORDER_MARK)
        if not head.strip():
            raise errors.file_empty(self.path)
        self.delimiter = delimiter_of(head.lstrip(b"\r\n"), self.path)
        self.point = decimal_point(head, self.delimiter)
        (self.first_line, fields), *more = islice(self._records(), 2)
        # No line may be longer than a block.
        self.block_size = max(_AT_ONCE, 16 * sum(len(field) + 1 for field in fields))
        self.has_header = not is_all_numbers(fields)
        self.has_rows = bool(more) or not self.has_header
        given = fields if self.has_header else [""] * len(fields)
        if any("\ufffd" in name for name in given):
            raise errors.file_not_utf8(self.path)
        self.names = [name.strip() or f"column_{j + 1}" for j, name in enumerate(given)]
        if len(set(self.names)) < len(self.names):
            raise errors.duplicate_columns(self.names, self.path)

    def _check_quotes(self) -> bool:
        """Whether fields stand in quotes; an open one, which pyarrow closes in silence, raises."""
        with self._bytes() as source:
            n_quotes = sum(part.count(b'"') for part in iter(lambda: source.read(_AT_ONCE), b""))
        if n_quotes % 2:
            with self._bytes() as source:
                refuse_broken_lines(source, self.path, self.delimiter)
        return n_quotes > 0

    def _first_look(self) -> dict[str, str | None]:
        """What each column holds as far as the first rows show."""
        holds: dict[str, str | None] = dict.fromkeys(self.names, NO_VALUES)
        for batch in islice(self._batches(None), 1):
            for name, column in zip(self.names, batch.columns, strict=True):
                holds[name] = kind_of(column.type)
                if holds[name] == "text" and self._is_padded(column):
                    holds[name] = None
                    self.padded.add(name)
        return holds

    def _is_padded(self, column: Any) -> bool:
        """Whether a column of text would be numbers but for blanks around gaps."""
        try:
            numbers_in_text(column, self.point)
        except pyarrow().ArrowInvalid:
            return False
        return True

    def _batches(self, types: dict[str, Any] | None) -> Iterator[Any]:
        """Record batches of the columns of these types; of all as they seem to be for None."""
        if not self.has_rows:
            return
        from pyarrow import csv  # noqa: PLC0415  heavy, see gaussmix.data.storage.arrow

        arrow = pyarrow()
        source = arrow.OSFile(self.path)
        with arrow.CompressedInputStream(source, "gzip") if self.is_zipped else source as stream:
            try:
                yield from csv.open_csv(
                    stream,
                    csv.ReadOptions(
                        use_threads=False,
                        block_size=self.block_size,
                        column_names=self.names,
                        skip_rows_after_names=self.first_line if self.has_header else 0,
                    ),
                    csv.ParseOptions(delimiter=self.delimiter, newlines_in_values=self.has_quotes),
                    csv.ConvertOptions(
                        null_values=["", *MISSING],
                        strings_can_be_null=True,
                        decimal_point=self.point,
                        column_types=types,
                        include_columns=None if types is None else list(types),
                    ),
                )
            except arrow.ArrowInvalid:
                self.check_unchanged()
                with self._bytes() as text:
                    refuse_broken_lines(text, self.path, self.delimiter)
                raise

    def _pass(self, names: Sequence[str]) -> Iterator[Any]:
        """Record batches of columns of numbers."""
        arrow = pyarrow()
        types = {name: arrow.string() if name in self.padded else arrow.float64() for name in names}
        for batch in self._batches(types):
            columns = [
                numbers_in_text(column, self.point) if name in self.padded else column
                for name, column in zip(names, batch.columns, strict=True)
            ]
            yield arrow.record_batch(columns, names=list(names))

    def _count(self, names: list[str]) -> int:
        """Number of rows, after a pass that has seen every field of the columns."""
        empty = {name for name in names if self.holds[name] == NO_VALUES}
        n_rows = 0
        try:
            for batch in self._pass(names) if names else self._batches(None):
                n_rows += batch.num_rows
                empty -= {n for n in empty if batch.column(n).null_count < batch.num_rows}
        except pyarrow().ArrowInvalid as error:
            return self._count(self._without_misfit(names, error))
        for name in names:
            self.holds[name] = NO_VALUES if name in empty else None
        return n_rows

    def _without_misfit(self, names: list[str], error: Exception) -> list[str]:
        """The columns that are still taken for numbers after pyarrow could not read one."""
        found = self._first_misfit(names)
        if found is None:
            raise error
        line, name, value = found
        if value.strip() in _GAPS:
            self.padded.add(name)
            return names
        if self.holds[name] == NO_VALUES:
            self.holds[name] = "text"
            return [other for other in names if other != name]
        raise errors.late_text(name, value, self._line(line))

    def _first_misfit(self, names: Sequence[str]) -> tuple[int, str, str] | None:
        """Line, column and field of the first field in the columns that is read as no number."""
        columns = [(self.names.index(name), name) for name in names]
        for line, fields in islice(self._records(), int(self.has_header), None):
            for j, name in columns:
                if not self._fits(name, fields[j]):
                    return line, name, fields[j]
        return None

    def _fits(self, name: str, field: str) -> bool:
        """Whether a field can stand in a column of numbers."""
        if field.strip() in _GAPS:
            return field in _GAPS or name in self.padded
        return (",." if self.point == "," else ".,")[1] not in field and is_number_or_gap(field)
