"""Messages about rows that are to look like those of a table."""

from collections.abc import Sequence

from gaussmix.errors.words import counted, listed


def columns_to_be_like(missing: Sequence[str], known: Sequence[str]) -> ValueError:
    """For a table that lacks columns of the mixture."""
    return ValueError(
        f"The table to be like has no {listed(missing)}, which the mixture has; it has "
        f"{listed(known)}. Give the table the mixture was fitted to, or take "
        "mixture.marginal([...]) of the columns it has."
    )


def columns_not_modelled(names: Sequence[str]) -> str:
    """For columns of a table that the mixture does not have."""
    return (
        f"The mixture does not have {listed(names)}, so the rows do not either. Fit it to these "
        "columns too if they hold numbers."
    )


def not_whole(column: str, value: float) -> ValueError:
    """For a known value with a fraction in a column of whole numbers."""
    return ValueError(
        f"Column {column!r} of the table holds whole numbers, but is to be {value:g}. Give a whole "
        "number, or a table whose column holds floats."
    )


def known_rows_differ(n_known: int, n: int) -> ValueError:
    """For another number of rows than are known in part."""
    return ValueError(
        f"{counted(n_known, 'row')} of known values came, but n={n} rows are asked for: one is "
        "made for each. Leave n out, or give single numbers that hold for every row."
    )


def known_of_wrong_kind(kind: str) -> TypeError:
    """For known values that say of no column that they are its."""
    return TypeError(
        f"Expected known values as a mapping of columns to values or a table with named columns, "
        f"got {kind}. Try known={{'height': 180}}."
    )


def only_copies(n_copies: int, n: int, n_different: float) -> ValueError:
    """For rows that come out as rows of the table again and again."""
    room = "" if n_different == float("inf") else f" (there are {n_different:,.0f} different ones)"
    return ValueError(
        f"{counted(n_copies, 'row')} of {n} could not be made different from the rows of the "
        f"table: what the columns' ranges and roundings leave room for{room} is nearly all there "
        'already. Set copies="allow" if such rows do no harm, or give a table with finer values.'
    )


def unlikely_ranges(n_outside: int, n: int) -> ValueError:
    """For rows that do not come out within the ranges of a table."""
    return ValueError(
        f"{counted(n_outside, 'row')} of {n} could not be drawn within the ranges of the table: "
        "the mixture gives them next to no probability. Check that the mixture was fitted to this "
        "table, in the same units, and that what is known lies near its rows."
    )
