"""Text with delimiters → a pyarrow table and the line that each row stands on."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

from gaussmix import errors

#: What stands for a missing value, the empty field apart.
MISSING = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "-nan", "NULL", "null", "None")
_DELIMITERS = ",;\t"
#: Bytes that show what a file is like.
HEAD = 65_536


def read_csv(content: bytes, path: str) -> tuple[Any, Sequence[int]]:
    """The table in a text file, and the line of each of its rows.

    Parameters
    ----------
    content : bytes
        UTF-8 without byte order mark. Fields are separated by commas, semicolons or tabs and
        may stand in double quotes. A first line of numbers is a row, not a header.
    path : str
        What messages call the file.

    Returns
    -------
    table : pyarrow.Table
    lines : sequence of int
        From 1.

    Raises
    ------
    ValueError
        For a line with more or fewer fields than the first, or an open quote.
    """
    import pyarrow as pa  # noqa: PLC0415  takes longer to load than a fit takes

    if len(content) < HEAD and not content.endswith(b"\n"):
        # pyarrow sees nothing at all in a header without the end of its line.
        content += b"\n"
    head = content.lstrip(b"\r\n")[:HEAD]
    delimiter = delimiter_of(head, path)
    has_header = not is_all_numbers(next(records(io.BytesIO(head), delimiter, path))[1])
    table = _parse(content, path, delimiter, has_header=has_header)
    try:
        names = [name.strip() for name in table.column_names]
    except UnicodeDecodeError:
        raise errors.file_not_utf8(path) from None
    if not has_header:
        names = [f"column_{j + 1}" for j in range(len(names))]
    lines = _lines(content, delimiter, path, n_rows=table.num_rows, n_header=int(has_header))
    point = decimal_point(content[:HEAD], delimiter)
    return pa.table([_trimmed(column, point) for column in table.columns], names=names), lines


def _parse(content: bytes, path: str, delimiter: str, *, has_header: bool) -> Any:
    """The table that pyarrow reads, or an error that names the broken line."""
    import pyarrow as pa  # noqa: PLC0415  as above
    from pyarrow import csv as arrow_csv  # noqa: PLC0415  as above

    # An odd number of quotes leaves one open, which pyarrow closes in silence.
    if content.count(b'"') % 2:
        refuse_broken_lines(io.BytesIO(content), path, delimiter)
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(content),
            arrow_csv.ReadOptions(autogenerate_column_names=not has_header),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in content),
            arrow_csv.ConvertOptions(
                null_values=["", *MISSING],
                strings_can_be_null=True,
                decimal_point=decimal_point(content[:HEAD], delimiter),
            ),
        )
    except pa.ArrowInvalid as error:
        refuse_broken_lines(io.BytesIO(content), path, delimiter)
        raise errors.file_damaged(path, "CSV", str(error)) from None


def decimal_point(head: bytes, delimiter: str) -> str:
    """A comma where semicolons separate the fields and no number has a point."""
    has_comma = delimiter == ";" and re.search(rb"\d,\d", head)
    return "," if has_comma and not re.search(rb"\d\.\d", head) else "."


def delimiter_of(head: bytes, path: str) -> str:
    """The delimiter with most fields in the first line, the second agreeing where one does."""

    def merit(delimiter: str) -> tuple[bool, int]:
        first = islice(records(io.BytesIO(head), delimiter, path), 2)
        counts = [len(fields) for _, fields in first]
        return counts[0] > 1 and counts[0] == counts[-1], counts[0]

    return max(_DELIMITERS, key=merit)


def records(
    source: BinaryIO, delimiter: str, path: str, *, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """First line, from 1, and fields of each record that is not blank; closes the source."""
    line = 1
    with io.TextIOWrapper(source, "utf-8-sig", errors="replace", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=strict)
        try:
            for fields in reader:
                if fields:
                    yield line, fields
                line = reader.line_num + 1
        except csv.Error as error:
            raise errors.broken_quotes(path, line, str(error)) from None


def is_all_numbers(fields: Sequence[str]) -> bool:
    """Whether a first line is data: numbers and gaps, at least one of them a number."""
    values = [field for field in fields if field.strip() not in ("", *MISSING)]
    return bool(values) and all(map(_is_number, values))


def is_number_or_gap(text: str) -> bool:
    """Whether a field can stand in a column of numbers."""
    return text.strip() in ("", *MISSING) or _is_number(text)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return "_" not in text


def refuse_broken_lines(source: BinaryIO, path: str, delimiter: str) -> None:
    """Raises for the first line that differs from the first in its number of fields."""
    expected = 0
    for line, fields in records(source, delimiter, path, strict=True):
        expected = expected or len(fields)
        if len(fields) != expected:
            raise errors.broken_line(path, line, expected, fields)


def _lines(
    content: bytes, delimiter: str, path: str, *, n_rows: int, n_header: int
) -> Sequence[int]:
    """Line of each row, from 1."""
    body = content.rstrip(b"\r\n")
    if body.count(b"\n") + 1 == n_rows + n_header:
        return range(1 + n_header, 1 + n_header + n_rows)
    rows = islice(records(io.BytesIO(content), delimiter, path), n_header, None)
    return [line for line, _ in rows]


def _trimmed(column: Any, decimal_point: str) -> Any:
    """A column of text as numbers where blanks around gaps were all that hid them."""
    import pyarrow as pa  # noqa: PLC0415  as above

    if not pa.types.is_string(column.type):
        return column
    try:
        return numbers_in_text(column, decimal_point)
    except pa.ArrowInvalid:
        return column


def numbers_in_text(column: Any, decimal_point: str) -> Any:
    """A column of text as float64, null for gaps; pyarrow.ArrowInvalid where a field is neither.

    Blanks around numbers and gaps do not count.
    """
    import pyarrow as pa  # noqa: PLC0415  as above
    from pyarrow import compute  # noqa: PLC0415  as above

    text = compute.utf8_trim_whitespace(column)
    is_gap = compute.is_in(text, value_set=pa.array(["", *MISSING]))
    if decimal_point == ",":
        # A point would pass for one of ours.
        text = compute.replace_substring(compute.replace_substring(text, ".", "?"), ",", ".")
    return compute.if_else(is_gap, None, text).cast("float64")
