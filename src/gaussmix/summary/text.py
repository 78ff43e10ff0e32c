"""Plain-text tables."""

from collections.abc import Mapping, Sequence


def number(value: object) -> str:
    """A value in six significant digits."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def counted(n: int, word: str) -> str:
    """A number with its word: 1 row, 2 rows."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def table(columns: Mapping[str, Sequence[object]]) -> str:
    """Columns with their names on top, aligned to the right."""
    cells = [[name, *map(number, values)] for name, values in columns.items()]
    widths = [max(map(len, column)) for column in cells]
    rows = zip(*cells, strict=True)
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
