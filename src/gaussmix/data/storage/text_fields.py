"""The fields of a text file as they stand in it."""

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from gaussmix import errors
from gaussmix.data.storage.csv_text import (
    HEAD,
    decimal_point,
    delimiter_of,
    is_all_numbers,
    records,
)
from gaussmix.data.storage.files import BYTE_ORDER_MARK, FileTable, content_of, table_in


@dataclass(frozen=True, slots=True)
class TextFields:
    """What stands in a table of text.

    Attributes
    ----------
    rows : sequence of sequence of str
        The fields of each row.
    delimiter, decimal_point : str
    """

    rows: Sequence[Sequence[str]]
    delimiter: str = ","
    decimal_point: str = "."


def read_text_and_table(
    path: str | os.PathLike[str], stdin: BinaryIO | None = None
) -> tuple[FileTable, TextFields | None]:
    """The table in a file, and where it is text the fields of its rows.

    Parameters
    ----------
    path : path
    stdin : binary file or None
        What ``"-"`` reads; None is the process's own.

    Raises
    ------
    OSError, ValueError, ModuleNotFoundError
        As `read_table` does.
    """
    content, name = content_of(path, stdin)
    table = table_in(content, name)
    return table, None if table.lines is None else _fields(content, table)


def _fields(content: bytes, table: FileTable) -> TextFields:
    """The fields of a text that has been read as a table."""
    content = content.removeprefix(BYTE_ORDER_MARK)
    head = content.lstrip(b"\r\n")[:HEAD]
    delimiter = delimiter_of(head, table.path)
    rows = [fields for _, fields in records(io.BytesIO(content), delimiter, table.path)]
    rows = rows if is_all_numbers(rows[0]) else rows[1:]
    if len(rows) != table.n_rows:
        raise errors.file_damaged(
            table.path, "CSV", f"{len(rows)} rows of text are {table.n_rows} of the table"
        )
    return TextFields(rows, delimiter, decimal_point(content[:HEAD], delimiter))
