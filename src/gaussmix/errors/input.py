"""Messages about data and arguments that cannot be used as they are.

Rows of a table are counted from 0, as arrays count them; lines of a text file from 1, as
editors do. A `place` is such a row or line in words ("row 3", "line 5 of crabs.csv"), a
`column` is what `column_label` makes of it.
"""

from collections.abc import Sequence

from gaussmix.errors.words import counted, listed

_ENCODE = {
    "text": "encode it as numbers (or, if it should hold numbers, mend the values that are text)",
    "categories": "encode it as numbers, one column for each category",
    "booleans": "convert it to 0 and 1 if it is meant as a number",
    "dates": "convert it to a number, such as days since the first date",
    "times": "convert it to a number, such as seconds since midnight",
    "durations": "convert it to a number, such as seconds",
}


def column_label(column: int, names: Sequence[str] | None) -> str:
    """What a message calls a column: by name where it has one, else by its number from 0."""
    return f"column {column}" if names is None else f"column {names[column]!r}"


def row_label(row: int) -> str:
    """What a message calls a row of an array."""
    return f"row {row}"


def squares_overflow(column: int, names: Sequence[str] | None = None) -> ValueError:
    """For values whose squares leave float64."""
    return ValueError(
        f"The squares of the values in {column_label(column, names)} overflow float64. Divide "
        "the column by a constant (its largest absolute value, say) and fit again."
    )


def empty_table(shape: tuple[int, ...]) -> ValueError:
    """For a table (N, D) without rows or without columns."""
    count, what = (shape[0], "sample") if shape[0] == 0 else (shape[1], "feature")
    missing = "rows" if what == "sample" else "columns"
    return ValueError(
        f"Found array with {count} {what}(s) (shape={shape}) while a minimum of 1 is required. "
        f"The table has no {missing}; check the step that made or filtered it."
    )


def list_of_tables(n_tables: int) -> ValueError:
    """For a list of arrays or data frames where one table is expected."""
    return ValueError(
        f"Expected one table of rows (N, D), but got a list of {counted(n_tables, 'table')}. "
        "Open a list of blocks with gaussmix.open_stream([...]), which reads one after the other, "
        "or join them with numpy.concatenate."
    )


def nothing_observed(column: str) -> ValueError:
    """For a column without a single value."""
    return ValueError(
        f"Every value of {column} is missing (NaN) in the rows that count, so nothing can be said "
        "of it. Leave the column out."
    )


def no_row_counts() -> ValueError:
    """For rows that all have weight zero."""
    return ValueError(
        "Every row has weight 0, so there is nothing to fit. Give the rows that count a weight "
        "above 0."
    )


def infinite_value(value: float, place: str, column: str, dtype: object) -> ValueError:
    """For +inf or -inf in the data."""
    return ValueError(
        f"Input X contains infinity or a value too large for {dtype!r}.\nThe value of {column} "
        f"in {place} is {value}, and every value must be finite. Remove the row, or put a "
        "finite number in its place; where the value overflowed, use float64 or a larger unit."
    )


def not_numeric_column(column: str, kind: str, example: object, place: str) -> ValueError:
    """For a column of text, dates, booleans, categories or anything else but numbers."""
    opening = f"could not convert string to float: {example!r}\n" if kind == "text" else ""
    encode = _ENCODE.get(kind, "convert it to numbers")
    return ValueError(
        f"{opening}Every column must hold numbers, but {column} holds {kind}, for instance "
        f"{example!r} in {place}. Leave the column out, or {encode}."
    )


def lazy_table(kind: str) -> TypeError:
    """For a table that is a query not yet run."""
    return TypeError(
        f"Expected a table in memory, got {kind}, a query that has not run yet. Call its "
        "collect() or compute() first."
    )


def duplicate_columns(names: Sequence[str], where: str = "the table") -> ValueError:
    """For column names that stand more than once."""
    repeated = sorted({name for name in names if list(names).count(name) > 1})
    return ValueError(
        f"Expected every column of {where} to have a name of its own, but {listed(repeated)} "
        "stands more than once. Rename the columns, or leave the copies out."
    )


def mixed_column_names(kinds: Sequence[str]) -> TypeError:
    """For a table whose column names are strings in part."""
    return TypeError(
        "Feature names are only supported if all input features have string names, but your "
        f"input has {sorted(kinds)} as feature name / column name types. If you want feature "
        "names to be stored and validated, you must convert them all to strings, by using "
        "X.columns = X.columns.astype(str) for example. Otherwise you can remove feature / column "
        "names from your input data, or convert them all to a non-string data type."
    )


def wrong_column_count(came: int, expected: int, estimator: str) -> ValueError:
    """For a table with more or fewer columns than the fitted one."""
    return ValueError(
        f"X has {came} features, but {estimator} is expecting {expected} features as input. "
        "Give the columns it was fitted on, in the same order."
    )


def different_columns(fitted: Sequence[str], came: Sequence[str]) -> ValueError:
    """For a table with other column names, or another order of them, than the fitted one."""
    unseen = sorted(set(came) - set(fitted))
    missing = sorted(set(fitted) - set(came))
    message = "The feature names should match those that were passed during fit.\n"
    if unseen:
        message += "Feature names unseen at fit time:\n" + _bullets(unseen)
    if missing:
        message += "Feature names seen at fit time, yet now missing:\n" + _bullets(missing)
    if not unseen and not missing:
        message += "Feature names must be in the same order as they were in fit.\n"
    message += f"Expected {listed(fitted)}, got {listed(came)}."
    if not missing:
        message += f" Try X[[{listed(fitted)}]]."
    return ValueError(message)


def _bullets(names: Sequence[str], limit: int = 5) -> str:
    """One line for each name, as scikit-learn writes them."""
    more = "- ...\n" if len(names) > limit else ""
    return "".join(f"- {name}\n" for name in names[:limit]) + more


def weight_dimensions(shape: tuple[int, ...], n_rows: int, name: str) -> ValueError:
    """For weights that are not one column."""
    return ValueError(
        f"Sample weights must be 1D array or scalar, got {len(shape)}D array. Expected either "
        f"a scalar value or a 1D array of length {n_rows}. {name} has shape {shape}; try "
        "np.ravel if it is a single column."
    )


def weight_length(n_weights: int, n_rows: int, name: str) -> ValueError:
    """For more or fewer weights than rows."""
    return ValueError(
        f"{name}.shape == ({n_weights},), expected ({n_rows},)! There must be one weight for "
        f"each row: {counted(n_weights, 'weight')} came for {counted(n_rows, 'row')}. Take the "
        "weights from the same rows as X."
    )


def weight_not_a_number(value: object, row: int, name: str) -> ValueError:
    """For a weight that is text, a date or the like."""
    return ValueError(
        f"Expected numbers in {name}, but row {row} has {value!r} (a {type(value).__name__}). "
        "Convert the weights to numbers."
    )


def weight_not_finite(value: float, row: int, name: str) -> ValueError:
    """For a weight that is NaN or infinite."""
    what = "NaN" if value != value else "infinity"  # noqa: PLR0124  only NaN differs from itself
    return ValueError(
        f"Input {name} contains {what}.\nRow {row} has weight {value}, and every weight must be "
        "a finite number of 0 or more. Give weight 0 to a row that is not to count."
    )


def weight_negative(value: float, row: int, name: str) -> ValueError:
    """For a weight below zero."""
    return ValueError(
        f"Negative values in data passed to `{name}`. Row {row} has weight {value:g}, and every "
        "weight must be 0 or more. Give weight 0 to a row that is not to count."
    )


def weights_all_zero(n_rows: int, name: str) -> ValueError:
    """For weights that leave no row."""
    return ValueError(
        "Sample weights must contain at least one non-zero number. All of the "
        f"{counted(n_rows, 'weight')} in {name} are 0, so no row would count; leave {name} out "
        "to count every row once."
    )


def weights_overflow(largest: float, row: int, name: str) -> ValueError:
    """For weights whose sum leaves float64."""
    return ValueError(
        f"The sum of {name} overflows float64; the largest is {largest:g}, in row {row}. Divide "
        "all weights by a constant."
    )


def interval_dimensions(shape: tuple[int, ...], name: str) -> ValueError:
    """For ends of intervals that are not one column."""
    return ValueError(
        f"Expected {name}, the ends of intervals of one column, as a 1D array, got shape {shape}. "
        "Try np.ravel if it is a single column; intervals of several columns cannot be used."
    )


def interval_lengths(n_lower: int, n_upper: int) -> ValueError:
    """For more lower than upper ends, or fewer."""
    return ValueError(
        f"Expected one lower and one upper end for each interval, got {n_lower} lower and "
        f"{n_upper} upper. Take both from the same rows; where bins adjoin, "
        "IntervalData.from_histogram(counts, edges) takes their edges."
    )


def interval_end_not_a_number(value: object, row: int, name: str) -> ValueError:
    """For an end of an interval that is text, a date, None or the like."""
    return ValueError(
        f"Expected numbers in {name}, but row {row} has {value!r} (a {type(value).__name__}). "
        "Convert the ends of intervals to numbers; write -inf or inf for an open end."
    )


def interval_end_missing(lower: float, upper: float, row: int) -> ValueError:
    """For an end of an interval that is NaN."""
    return ValueError(
        f"Expected two ends for each interval, but row {row} is from {lower!r} to {upper!r}. "
        "Write -inf or inf for an open end; drop the row if nothing is known of it."
    )


def interval_without_width(lower: float, upper: float, row: int) -> ValueError:
    """For an interval whose upper end is not above the lower one."""
    opening = (
        f"Expected every upper end above its lower end, but row {row} is from {lower!r} to "
        f"{upper!r}."
    )
    if lower > upper:
        return ValueError(f"{opening} Exchange the two, or mend the row.")
    return ValueError(
        f"{opening} A value that was rounded lies within half a unit of its last digit: give "
        "those limits; a value known exactly belongs in a table of points, not of intervals."
    )


def histogram_shapes(counts: tuple[int, ...], n_edges: int) -> ValueError:
    """For a histogram without one edge more than counts."""
    return ValueError(
        f"Expected one edge more than counts, got counts of shape {counts} and "
        f"{counted(n_edges, 'edge')}. Give them in the order numpy.histogram returns: "
        "from_histogram(counts, edges)."
    )


def no_predictive_density(what: str, method: str) -> TypeError:
    """For rows of which the posterior predictive density is no formula."""
    return TypeError(
        f"The posterior predictive density of {what} has no closed form: the components are "
        f"Student t's, which have one for points only. Call {method}(..., plug_in=True), which "
        "takes the parameters to be what the posterior expects of them."
    )
