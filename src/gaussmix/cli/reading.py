"""From what the user names to rows."""

import stat
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gaussmix import errors
from gaussmix.cli.beside import groups_in
from gaussmix.cli.bin_rows import binned_rows
from gaussmix.cli.request import TableRequest
from gaussmix.cli.rows import Rows
from gaussmix.cli.stream_rows import stream_for_model, stream_to_fit
from gaussmix.cli.table_rows import table_for_model, table_to_fit
from gaussmix.data import ArraySource, FileTable, read_table
from gaussmix.data.storage.file_list import list_files
from gaussmix.mixture import Mixture

#: Bytes that a byte of text takes in memory at most: an empty field and its comma are one number.
_OF_TEXT = 8
#: And a byte of text in a gzip file, which holds no more than this many.
_OF_ZIPPED_TEXT = 8 * 1032
#: How files that are no text begin: they say themselves how large they are.
_BINARY = (b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")


def rows_to_fit(request: TableRequest) -> Rows:
    """The columns named, or every column of numbers but those of weights and labels.

    Raises
    ------
    OSError, ValueError
        For files, columns or values that cannot be used, naming the line.
    """
    files = files_of(request.data)
    if request.bins is not None:
        table = _only_table(files)
        return _grouped(binned_rows(table, request.bins, request), [table], request)
    if _is_read_whole(files, request.memory):
        table = read_table(files[0])
        return _grouped(table_to_fit(table, request), [table], request)
    rows = stream_to_fit(files, request)
    if not isinstance(rows.source, ArraySource):
        return rows
    return _grouped(rows, map(read_table, files), request)


def _grouped(rows: Rows, tables: Iterable[FileTable], request: TableRequest) -> Rows:
    """The rows with the group of each, where there are groups."""
    if request.group is None:
        return rows
    groups = [group for table in tables for group in groups_in(table, request.group)]
    return replace(rows, groups=groups)


def rows_for_model(mixture: Mixture, request: TableRequest) -> Rows:
    """The model's columns by name; those named in `columns` where they are called otherwise.

    Raises
    ------
    OSError, ValueError
        For columns that are not there, and values that cannot be used.
    """
    files = files_of(request.data)
    if request.bins is not None:
        if mixture.n_features != 1:
            raise errors.bins_for_columns(mixture.n_features)
        return binned_rows(_only_table(files), request.bins, request)
    if _is_read_whole(files, request.memory):
        rows = table_for_model(read_table(files[0]), mixture, request)
    else:
        rows = stream_for_model(files, mixture, request)
    if len(rows.names) != mixture.n_features:
        raise errors.model_width(mixture.n_features, rows.names, rows.path)
    return rows


def files_of(named: Sequence[str]) -> list[str]:
    """The files that are named, "-" for standard input."""
    if "-" not in named:
        files = list_files(named)
        if len(files) > 1:
            _refuse_pipes(files)
        return files
    if len(named) > 1:
        raise errors.stdin_among_files()
    return ["-"]


def _refuse_pipes(files: list[str]) -> None:
    for file in files:
        path = Path(file)
        if path.exists() and not path.is_file():
            raise errors.pipe_among_files(file)


def _only_table(files: list[str]) -> FileTable:
    """The table of the one file."""
    if len(files) > 1:
        raise errors.bins_in_files(len(files))
    return read_table(files[0])


def _is_read_whole(files: list[str], memory: int) -> bool:
    """Whether there is one file, which is text that fits in memory or can be read once only.

    What cannot be looked at is read whole too, to say why not.
    """
    if len(files) > 1 or files == ["-"]:
        return files == ["-"]
    try:
        status = Path(files[0]).stat()
        if not stat.S_ISREG(status.st_mode):
            return True
        with Path(files[0]).open("rb") as file:
            start = file.read(8)
    except OSError:
        return True
    if start.startswith(_BINARY):
        return False
    factor = _OF_ZIPPED_TEXT if start.startswith(b"\x1f\x8b") else _OF_TEXT
    return status.st_size * factor <= memory
