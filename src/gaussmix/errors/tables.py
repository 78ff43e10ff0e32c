"""Plain-text tables, for messages and summaries."""

from collections.abc import Mapping, Sequence


def number(value: object) -> str:
    """A value in six significant digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def table(columns: Mapping[str, Sequence[object]]) -> str:
    """Columns with their names on top, aligned to the right."""
    cells = [[name, *map(number, values)] for name, values in columns.items()]
    widths = [max(map(len, column)) for column in cells]
    rows = zip(*cells, strict=True)
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
