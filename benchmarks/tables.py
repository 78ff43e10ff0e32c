"""Results as Markdown tables."""

from collections.abc import Sequence

Cell = str | float | int | bool | None


def text_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table with aligned columns, numbers to three digits."""
    cells = [list(header), *([cell_text(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    head, *body = (_line(row, widths) for row in cells)
    rule = "|".join(["", *("-" * (width + 1) + ":" for width in widths), ""])
    return "\n".join([head, rule, *body])


def cell_text(cell: Cell) -> str:
    """What stands in a cell; a dash for nothing."""
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "NO"
    if isinstance(cell, float):
        return f"{cell:.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
    return str(cell)


def ratio(numerator: float | None, denominator: float | None) -> float | None:
    """Their quotient, where both are known."""
    return None if numerator is None or not denominator else numerator / denominator


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return (
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + " |"
    )
