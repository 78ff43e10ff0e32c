"""Results as CSV and JSON, on standard output or in files that are complete or not there."""

import csv
import json
import math
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO


@contextmanager
def _replacing(path: str) -> Iterator[Path]:
    """A path to write to; what is written there takes the place of the file once all is done.

    A pipe or a device is written to as it is.
    """
    target = Path(path).resolve()
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        yield target
        return
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(8)}.part")
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _text_to(path: str) -> Iterator[TextIO]:
    """A text file to write to: standard output for "-"."""
    if path == "-":
        yield sys.stdout
        return
    with _replacing(path) as place, place.open("w", encoding="utf-8", newline="") as file:
        yield file


def write_csv(path: str, names: Sequence[str], blocks: Iterable[Sequence[Any]]) -> None:
    """Rows under a header; each block is a sequence of arrays (B,), one per column."""
    with _text_to(path) as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(names)
        for block in blocks:
            rows.writerows(zip(*(column.tolist() for column in block), strict=True))


def write_fields(
    path: str, names: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str
) -> None:
    """Rows of text under a header."""
    with _text_to(path) as file:
        lines = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        lines.writerow(names)
        lines.writerows(rows)


def strict_json(document: Mapping[str, Any]) -> str:
    """One JSON object, a key per line; NaN and infinities are null."""
    lines = [f"  {json.dumps(key)}: {_value(value)}" for key, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def _value(value: Any) -> str:
    """A value on one line, or a list of objects with a line for each."""
    plain = _plain(value)
    if isinstance(plain, list) and plain and isinstance(plain[0], dict):
        rows = ",\n".join(f"    {json.dumps(row, allow_nan=False)}" for row in plain)
        return f"[\n{rows}\n  ]"
    return json.dumps(plain, allow_nan=False)


def _plain(value: Any) -> Any:
    """The value as strict JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_picture(path: str, figure: Any) -> None:
    """A matplotlib figure in a file, in the format that the file's name ends in."""
    kind = Path(path).suffix.lower().removeprefix(".")
    with _replacing(path) as place:
        figure.savefig(place, format=kind)
