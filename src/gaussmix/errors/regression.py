"""Messages about the targets of a regression."""

from gaussmix.errors.words import counted


def no_target(owner: str) -> ValueError:
    """For a regression without targets."""
    return ValueError(
        f"This {owner} estimator requires y to be passed, but the target y is None. Give "
        "fit(X, y) the values to be predicted, one for each row."
    )


def target_dimensions(shape: tuple[int, ...]) -> ValueError:
    """For targets that are neither a column nor a table."""
    return ValueError(
        f"y should be a 1d array, or a 2d array with a column for each target, got an array of "
        f"shape {shape}. Give one number for each row of X, or a table (N, T)."
    )


def target_columns(came: int, expected: int) -> ValueError:
    """For another number of targets than fitted."""
    return ValueError(
        f"y has {counted(came, 'column')}, but {counted(expected, 'target')} "
        f"{'was' if expected == 1 else 'were'} fitted. Give the same targets in the same order."
    )


def target_length(n_targets: int, n_rows: int) -> ValueError:
    """For more or fewer targets than rows."""
    return ValueError(
        f"Expected one target for each row, but X has {counted(n_rows, 'row')} and y has "
        f"{n_targets}. Take both from the same table."
    )


def target_missing(row: int, column: str, n_missing: int, n_rows: int) -> ValueError:
    """For a target that is NaN in a fit."""
    rows = f"{n_missing} of {counted(n_rows, 'row')} {'lacks' if n_missing == 1 else 'lack'} one"
    return ValueError(
        f"Input y contains NaN.\nThe {column} of row {row} is missing; {rows}. Drop such rows, "
        'or set missing_targets="use": their inputs then count, as rows with gaps do.'
    )


def target_missing_here(row: int, column: str, method: str) -> ValueError:
    """For a target that is NaN where a density is asked for."""
    return ValueError(
        f"Input y contains NaN.\nThe {column} of row {row} is missing, so {method} has nothing to "
        "say of it. Drop the row."
    )


def target_infinite(value: float, row: int, column: str) -> ValueError:
    """For an infinite target."""
    return ValueError(
        "Input y contains infinity or a value too large for dtype('float64').\n"
        f"The {column} of row {row} is {value}, and every value must be finite. Remove the row, "
        "or put a finite number in its place."
    )


def target_not_a_number(kind: str, example: object, row: int) -> ValueError:
    """For a target that is text, a date or the like."""
    return ValueError(
        f"Every target must be a number, but row {row} has {example!r} ({kind}). To predict "
        "classes, use GaussianMixtureClassifier."
    )


def target_never_seen(column: str) -> ValueError:
    """For a target without a single value."""
    return ValueError(
        f"The {column} is missing in every row that counts, so nothing can be learnt of it. "
        "Leave it out."
    )
