"""Which kind of file one is, by its content."""

import gzip
import zlib
from pathlib import Path

from gaussmix import errors
from gaussmix.data.storage.arrow import pyarrow
from gaussmix.data.storage.arrow_parts import ArrowPart, ParquetPart
from gaussmix.data.storage.csv_part import CsvPart
from gaussmix.data.storage.csv_text import HEAD
from gaussmix.data.storage.file_parts import Part
from gaussmix.data.storage.files import UTF16_MARKS, refuse_strangers


def open_part(path: str, wanted: frozenset[str] | None) -> Part:
    """A file as what its content says it is.

    Parameters
    ----------
    path : str
    wanted : frozenset of str or None
        The columns that are going to be read; None for all of numbers.

    Raises
    ------
    OSError
        Where it is missing.
    ValueError
        Where it is damaged or no table.
    """
    pyarrow()
    try:
        with Path(path).open("rb") as file:
            start = file.read(HEAD)
    except (FileNotFoundError, NotADirectoryError):
        raise errors.file_missing(path) from None
    if not start.strip() and len(start) < HEAD:
        raise errors.file_empty(path)
    if start.startswith(b"\x1f\x8b"):
        return _open_zipped(path, wanted)
    kind = _binary_kind(start)
    if kind == "Parquet":
        return ParquetPart(path)
    if kind is not None:
        return ArrowPart(path, is_stream=kind == "Arrow stream")
    _refuse_no_text(start, path)
    return CsvPart(path, wanted, is_zipped=False)


def _open_zipped(path: str, wanted: frozenset[str] | None) -> Part:
    """A gzip file as what is in it."""
    try:
        with gzip.open(path) as file:
            start = file.read(HEAD)
    except (EOFError, OSError, zlib.error) as error:
        raise errors.file_damaged(path, "a gzip file", str(error)) from None
    kind = _binary_kind(start)
    if kind is not None:
        raise errors.file_zipped(path, f"an {kind}" if kind[0] == "A" else f"a {kind} file")
    _refuse_no_text(start, path)
    return CsvPart(path, wanted, is_zipped=True)


def _binary_kind(start: bytes) -> str | None:
    """Kind of a file that is no text, by its first bytes."""
    kinds = ((b"PAR1", "Parquet"), (b"ARROW1", "Arrow file"), (b"\xff" * 4, "Arrow stream"))
    return next((kind for magic, kind in kinds if start.startswith(magic)), None)


def _refuse_no_text(start: bytes, path: str) -> None:
    """Raises for content that cannot be CSV."""
    if start.startswith(UTF16_MARKS):
        raise errors.file_not_utf8(path)
    refuse_strangers(start, path)
