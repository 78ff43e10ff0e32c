"""Parquet and Arrow files, read a piece at a time."""

import mmap
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gaussmix import errors
from gaussmix.data.storage.arrow import first_text, kind_of, pyarrow
from gaussmix.data.storage.file_parts import Part, rows_at_once

#: Bytes of each column that are read from the disk in one go. Without a buffer Parquet takes
#: a column of a whole row group, which may be the whole file.
_BUFFER = 32_768
#: Pieces of a mapped file after which the memory is given back.
_LET_GO = 16


class _TypedPart(Part):
    """A file that says itself what its columns are."""

    def _learn(self, schema: Any, n_rows: int) -> None:
        """Takes over what the file says of itself."""
        if len(set(schema.names)) < len(schema.names):
            raise errors.duplicate_columns(schema.names, self.path)
        self.n_rows = n_rows
        self.holds = {field.name: kind_of(field.type) for field in schema}
        is_single = pyarrow().types.is_float32
        self.single = frozenset(field.name for field in schema if is_single(field.type))

    def read(self, names: Sequence[str]) -> Iterator[Any]:
        """The columns of numbers of these names, a pyarrow.RecordBatch after the other."""
        with self.reading():
            yield from self._batches(list(names))

    def example(self, name: str) -> tuple[object, str]:
        """A value that shows why a column is none of numbers, and where it stands."""
        start = 0
        for batch in self.read([name]):
            found = first_text(batch.column(0))
            if found is not None:
                return found[1], self.place(start + found[0])
            start += batch.num_rows
        return None, self.place(0)

    @abstractmethod
    def _batches(self, names: list[str]) -> Iterator[Any]:
        """The columns of these names, a record batch of some rows after the other."""


class ParquetPart(_TypedPart):
    """A Parquet file."""

    kind = "a Parquet file"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        with self.reading(), self._open() as file:
            self._learn(file.schema_arrow, file.metadata.num_rows)

    def _open(self) -> Any:
        from pyarrow import parquet  # noqa: PLC0415  heavy, see gaussmix.data.storage.arrow

        return parquet.ParquetFile(self.path, buffer_size=_BUFFER, pre_buffer=False)

    def _batches(self, names: list[str]) -> Iterator[Any]:
        size = rows_at_once(len(names))
        with self._open() as file:
            # One thread: the rows are waited for elsewhere, and each thread keeps pages.
            for batch in file.iter_batches(batch_size=size, columns=names, use_threads=False):
                yield batch.select(names)


class ArrowPart(_TypedPart):
    """An Arrow file, or the same as a stream: mapped, for a batch of it may be all of it.

    Parameters
    ----------
    path : str
    is_stream : bool
    """

    def __init__(self, path: str, *, is_stream: bool) -> None:
        super().__init__(path)
        self.is_stream = is_stream
        self.kind = "an Arrow stream" if is_stream else "an Arrow file"
        with self.reading():
            mapped = self._map()
            reader = self._open(mapped)
            n_rows = 0
            for batch in self._whole(reader):
                n_rows += batch.num_rows
                _let_go(mapped)
            self._learn(reader.schema, n_rows)

    def _map(self) -> mmap.mmap:
        with Path(self.path).open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def _open(self, mapped: mmap.mmap) -> Any:
        """A reader of the mapped bytes; were it told which columns to read, it would copy them."""
        arrow = pyarrow()
        open_reader = arrow.ipc.open_stream if self.is_stream else arrow.ipc.open_file
        return open_reader(arrow.BufferReader(arrow.py_buffer(mapped)))

    def _whole(self, reader: Any) -> Iterator[Any]:
        """The batches as they were written."""
        if self.is_stream:
            yield from reader
        else:
            yield from map(reader.get_batch, range(reader.num_record_batches))

    def _batches(self, names: list[str]) -> Iterator[Any]:
        mapped = self._map()
        for number, piece in enumerate(self._pieces(mapped, rows_at_once(len(names)))):
            chosen = piece.select(names)
            # A damaged file can point outside its own bytes, which only a full check sees.
            chosen.validate(full=True)
            yield chosen
            if number % _LET_GO == _LET_GO - 1:
                _let_go(mapped)

    def _pieces(self, mapped: mmap.mmap, size: int) -> Iterator[Any]:
        """The batches in pieces of no more than `size` rows."""
        for batch in self._whole(self._open(mapped)):
            for start in range(0, batch.num_rows, size):
                yield batch.slice(start, size)


def _let_go(mapped: mmap.mmap) -> None:
    """Gives the memory of what was read back; what is needed again comes from the file again."""
    if hasattr(mapped, "madvise"):
        mapped.madvise(mmap.MADV_DONTNEED)
