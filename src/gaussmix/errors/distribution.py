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


def no_levels(name: str) -> ValueError:
    """For an empty list of probabilities."""
    return ValueError(f"Expected {name} to hold at least one probability, such as 0.9, got none.")


def names_in_one_string(name: str) -> ValueError:
    """For a string where a sequence of them is meant."""
    return ValueError(
        f"Expected feature_names to be a sequence of strings, got {name!r}. Try [{name!r}]."
    )


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


def known_value_not_a_number(name: str, values: object) -> ValueError:
    """For a known value that is no number."""
    return ValueError(
        f"Expected a number or a vector of numbers for the known column {name!r}, got {values!r}."
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


def only_one_column(verb: str, n_features: int) -> ValueError:
    """For a verb that asks for an order, which rows of several columns do not have."""
    return ValueError(
        f"{verb} is for a mixture of one column, and this one has {n_features}. Ask one of its "
        f"columns, as in mixture.marginal(0).{verb}."
    )


def wrong_limits(name: str, shape: tuple[int, ...], n_features: int) -> ValueError:
    """For an end of boxes that is neither one point nor one for each row."""
    one = "a number" if n_features == 1 else f"{n_features} numbers"
    return ValueError(
        f"Expected {name} to be {one}, an array of shape (N, {n_features}) for N boxes, or a "
        f"mapping of columns to numbers, got an array of shape {shape}. Give -inf or inf for a "
        "column without an end."
    )


def limit_is_nan(name: str, row: int, column: str) -> ValueError:
    """For an end that is not a number."""
    return ValueError(
        f"Expected {name} without NaN, but {column} in row {row} is NaN. For a column that does "
        "not matter give -inf as its lower end or inf as its upper one."
    )


def limits_differ(n_lower: int, n_upper: int) -> ValueError:
    """For lower and upper ends of different numbers of boxes."""
    return ValueError(
        f"Expected as many lower as upper ends, got {n_lower} and {n_upper}. One of them may be "
        "a single point, which then counts for all boxes."
    )


def limits_crossed(lower: float, upper: float, row: int, column: str) -> ValueError:
    """For a box whose lower end lies above its upper one."""
    return ValueError(
        f"Expected lower <= upper, but {column} goes from {lower:g} to {upper:g} in row {row}. "
        "Change the two round."
    )


def not_one_box(n_boxes: int) -> ValueError:
    """For rows to be drawn in several boxes at once."""
    return ValueError(
        f"Expected lower and upper to be the ends of one box, got {n_boxes} boxes. Call sample for "
        "each of them."
    )


def box_without_rows(log_probability: float) -> ValueError:
    """For rows to be drawn where there are none."""
    return ValueError(
        "The mixture gives the box no probability to speak of (its logarithm is "
        f"{log_probability:g}), so no rows can be drawn in it. See interval_probability for the "
        "probability of a box, and give wider ends."
    )


def box_too_rare(n_proposals: int, n_rows: int) -> ValueError:
    """For a box in so many columns that hardly a proposal is kept."""
    return ValueError(
        f"Of {n_proposals} proposals only {n_rows} could be kept: in this many columns exact draws "
        "from the box take too long. Give ends for fewer columns, or wider ones."
    )


def not_a_precision(name: str, value: object) -> ValueError:
    """For what is to bound an error or a count, and is not above zero."""
    return ValueError(f"Expected {name} to be a number above 0, got {value!r}.")
