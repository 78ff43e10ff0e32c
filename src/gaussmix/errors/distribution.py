"""Messages about what a distribution is asked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gaussmix._typing import FloatArray


def check_level(value: Any, name: str, *, ends: bool = False) -> None:
    """Nothing, where a value is a probability.

    Parameters
    ----------
    value : float
    name : str
        What the caller calls it.
    ends : bool
        Whether 0 and 1 will do.

    Raises
    ------
    ValueError
        Where it is not.
    """
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    inside = is_number and (0.0 < value < 1.0 or (ends and value in (0.0, 1.0)))
    if not inside:
        raise not_a_level(value, name, ends=ends)


def not_a_level(value: object, name: str, *, ends: bool = False) -> ValueError:
    """For a probability that is none."""
    span = "from 0 to 1" if ends else "between 0 and 1, both excluded"
    return ValueError(f"Expected {name} to be a probability {span}, such as 0.9, got {value!r}.")


def nothing_left_to_condition(known: Sequence[object]) -> ValueError:
    """For a condition that names every column."""
    return ValueError(
        f"Every column is given ({', '.join(repr(name) for name in known)}), so none is left to "
        "have a distribution. Leave out at least one; for the density of whole rows see log_pdf."
    )


def wrong_known_values(name: str, shape: tuple[int, ...]) -> ValueError:
    """For values of a known column that are neither a number nor a vector."""
    return ValueError(
        f"Expected a number or a vector of numbers for the known column {name!r}, got an array "
        f"of shape {shape}."
    )


def unusable_known_value(name: str, values: FloatArray) -> ValueError:
    """For a known value that is NaN or infinite."""
    flat = np.atleast_1d(values)
    row = int(np.argmin(np.isfinite(flat)))
    where = f" in row {row}" if values.ndim else ""
    return ValueError(
        f"Expected finite numbers for the known column {name!r}, got {float(flat[row])}{where}. "
        "Leave a column out where it is not known."
    )


def known_values_differ(lengths: Mapping[str, int]) -> ValueError:
    """For known columns of different lengths."""
    told = ", ".join(f"{name!r} has {n}" for name, n in lengths.items())
    return ValueError(f"Expected as many values for every known column, but {told}.")


def wrong_row_count(got: int, expected: int) -> ValueError:
    """For rows that do not go with a conditional mixture's."""
    return ValueError(f"Expected {expected} rows, one for each mixture, got {got}.")
