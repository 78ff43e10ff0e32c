"""Messages of the command."""

import difflib
from collections.abc import Sequence


def click_missing() -> str:
    """For the command without the packages it needs."""
    return (
        "The command needs click, which is not installed. Run: "
        'pip install "gaussmix[cli]" (the library itself works without it)'
    )


def matplotlib_missing() -> ModuleNotFoundError:
    """For a picture without matplotlib."""
    return ModuleNotFoundError(
        'Pictures need matplotlib, which is not installed. Run: pip install "gaussmix[plot]"',
        name="matplotlib",
    )


def interrupted() -> str:
    """For a command that the user stopped before it had a result."""
    return "stopped by the user; nothing was written"


def out_of_memory(reason: str) -> str:
    """For a table that does not fit into memory."""
    detail = f" ({reason})" if reason else ""
    return f"Out of memory{detail}. Take fewer columns (--columns) or fewer rows."


def bad_numbers(value: str) -> str:
    """For numbers of components that are none."""
    return (
        f"{value!r} is not a number of components. Expected a whole number of 1 or more (3), a "
        "range (1:9) or a list (1,2,5)."
    )


def no_shapes() -> str:
    """For an empty list of covariance shapes."""
    return "Expected one or more shapes separated by commas, or 'all', but got none."


def not_to_stdout() -> str:
    """For a file that cannot be standard output."""
    return "Standard output holds the report; expected the path of a file, but got '-'."


def unknown_picture(path: str, known: Sequence[str]) -> str:
    """For a picture of a kind that cannot be written."""
    return f"Expected a file name that ends in {', '.join(known)}, but got {path!r}."


def column_twice(name: str) -> ValueError:
    """For a column that is named twice."""
    return ValueError(
        f"The column {name!r} is asked for twice. Name each column once, in --columns or in "
        "--weight."
    )


def gap_in_file(column: str, place: str, n_rows: int, n_total: int) -> ValueError:
    """For a table with missing values; `n_rows` of its rows have one."""
    have = "row has a gap" if n_rows == 1 else "rows have gaps"
    return ValueError(
        f"{n_rows} of {n_total} {have}; the first is in column {column!r} in {place}, which is "
        "missing (NaN). Every value must be a number for now: remove such rows from the file, "
        "fill them, or name columns without gaps (--columns). Fitting with gaps comes with a "
        "later version of gaussmix."
    )


def bad_weight_in_file(column: str, value: float, place: str) -> ValueError:
    """For a weight that is negative, infinite or missing."""
    return ValueError(
        f"Expected weights of 0 or more in column {column!r}, but {place} has {value:g}. Correct "
        "it, or give weight 0 to a row that is not to count."
    )


def no_weight_at_all(column: str, path: str) -> ValueError:
    """For weights that leave no row."""
    return ValueError(
        f"All weights in column {column!r} of {path} are 0, so no row would count. Name another "
        "column, or leave --weight out to count every row once."
    )


def model_column_missing(
    missing: Sequence[str], fitted: Sequence[str], came: Sequence[str], path: str
) -> ValueError:
    """For a table without columns that the model was fitted on."""
    near = difflib.get_close_matches(missing[0], came, n=1, cutoff=0.5)
    suggestion = f" Did you mean {near[0]!r}?" if near else ""
    return ValueError(
        f"The model was fitted on {_names(fitted)}, but {path} has no column {_names(missing)}."
        f"{suggestion} It has {_names(came)}. Where its columns are called something else, name "
        "them in the model's order with --columns."
    )


def model_width(expected: int, came: Sequence[str], path: str) -> ValueError:
    """For another number of columns than the model has."""
    return ValueError(
        f"The model has {expected} column{'s' * (expected != 1)}, but {len(came)} came from "
        f"{path}: {_names(came)}. Name {expected} of its columns, in the model's order, with "
        "--columns."
    )


def _names(names: Sequence[str], limit: int = 20) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(repr(name) for name in names[:limit]) + more
