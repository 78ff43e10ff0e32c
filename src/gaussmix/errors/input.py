"""Messages about data, files and arguments that cannot be used as they are.

Rows of a table are counted from 0, as arrays count them; lines of a text file from 1, as
editors do. A `place` is such a row or line in words ("row 3", "line 5 of crabs.csv"), a
`column` is what `column_label` makes of it.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gaussmix.errors.words import counted, listed, near

StrPath = str | os.PathLike[str]

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


def nan_value(place: str, column: str) -> ValueError:
    """For a gap in the data."""
    return ValueError(
        f"Input X contains NaN.\nThe value of {column} in {place} is missing (NaN), and every "
        "value must be a number for now. Drop the rows with gaps (X.dropna() for a data frame, "
        "X[~np.isnan(X).any(axis=1)] for an array) or fill them (sklearn.impute); fitting with "
        "gaps comes with a later version of gaussmix."
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


def file_missing(path: StrPath) -> FileNotFoundError:
    """For a path with nothing there."""
    place = Path(path)
    if not place.parent.is_dir():
        tried = f"its folder {str(place.parent)!r} does not exist either"
    else:
        tried = f"looked in {str(place.parent.resolve())!r}"
    names = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
    return FileNotFoundError(
        f"The file {os.fspath(path)!r} does not exist ({tried}).{near(place.name, names)} "
        "Check the spelling, or give the full path."
    )


def file_is_folder(path: StrPath) -> IsADirectoryError:
    """For a folder where a file should be."""
    return IsADirectoryError(
        f"Expected a file, but {os.fspath(path)!r} is a folder. Name one file in it."
    )


def folder_missing(path: StrPath) -> FileNotFoundError:
    """For a file to be written into a folder that is not there."""
    return FileNotFoundError(
        f"Cannot write {os.fspath(path)!r}: the folder {str(Path(path).parent)!r} does not "
        "exist. Create it first, or give another path."
    )


def file_empty(path: str) -> ValueError:
    """For a data file of no bytes or of blank lines."""
    return ValueError(
        f"Expected a table in {path}, but it is empty. Check the step that wrote it, or give "
        "another file."
    )


def file_without_rows(path: str, names: Sequence[str]) -> ValueError:
    """For a data file that names columns and has no rows."""
    return ValueError(
        f"Found array with 0 sample(s) (shape=(0, {len(names)})) while a minimum of 1 is "
        f"required. {path} has the columns {listed(names)} but no rows under them; check the "
        "step that wrote it."
    )


def file_unknown_kind(path: str, start: bytes, guess: str | None = None) -> ValueError:
    """For a file that is no table; `start` is its first bytes."""
    seems = f" It seems to be {guess}." if guess else ""
    return ValueError(
        f"Expected a CSV, Parquet or Arrow file, but {path} is none of them (it starts with the "
        f"bytes {start[:8]!r}).{seems} Save the table as CSV or Parquet and try again."
    )


def file_not_utf8(path: str) -> ValueError:
    """For text in another encoding."""
    return ValueError(
        f"Expected text in UTF-8, but {path} is in another encoding. Save it as CSV UTF-8, or "
        "convert it with iconv -t UTF-8 -f LATIN1 (-f UTF-16 for Unicode text from Excel)."
    )


def file_damaged(path: str, kind: str, reason: str) -> ValueError:
    """For a file that begins as its kind should and cannot be read."""
    return ValueError(
        f"{path} begins as {kind} but cannot be read as one: {reason}. It is probably "
        "truncated or damaged; copy or write it again."
    )


def broken_line(path: str, line: int, expected: int, fields: Sequence[str]) -> ValueError:
    """For a line of a CSV file with more or fewer fields than the first."""
    return ValueError(
        f"Line {line} of {path} is broken: expected {counted(expected, 'field')}, as in the "
        f"first line, got {len(fields)} ({listed(fields, 6)}). Mend the line: a field that "
        'holds the delimiter must stand in double quotes ("1,5"), an empty field still needs '
        "its delimiter."
    )


def broken_quotes(path: str, line: int, reason: str) -> ValueError:
    """For a quoted field of a CSV file that does not end."""
    return ValueError(
        f"Line {line} of {path} is broken: a double quote opens a field there that is not "
        f"closed properly ({reason}). Close the quote, or remove it; a quote inside a quoted "
        'field is written twice ("").'
    )


def unknown_column(name: str, known: Sequence[str], where: str) -> ValueError:
    """For a column name that the table does not have."""
    return ValueError(
        f"There is no column {name!r} in {where}.{near(name, known)} It has {listed(known, 30)}."
    )


def no_numeric_columns(where: str, skipped: Mapping[str, str]) -> ValueError:
    """For a file with nothing to fit; `skipped` says of each column what it holds."""
    reasons = "; ".join(f"{name!r} holds {reason}" for name, reason in list(skipped.items())[:10])
    came = f": {reasons}" if reasons else ""
    return ValueError(
        f"Expected at least one column of numbers in {where}, found none{came}. Check that the "
        "fields are separated by commas, semicolons or tabs, and that decimals have a point."
    )


def pyarrow_missing() -> ModuleNotFoundError:
    """For reading files without pyarrow."""
    return ModuleNotFoundError(
        "Reading data files needs pyarrow, which is not installed. Run: "
        'pip install "gaussmix[cli]"',
        name="pyarrow",
    )


def not_a_model(path: StrPath, reason: str) -> ValueError:
    """For a file that is something else than a saved model."""
    return ValueError(
        f"Expected a model file written by gaussmix, but {os.fspath(path)!r} is not one: "
        f"{reason}. Give the file that `gaussmix fit --out` or gaussmix.save wrote."
    )


def model_damaged(path: StrPath, reason: str) -> ValueError:
    """For a model file that is cut off or altered."""
    return ValueError(
        f"The model file {os.fspath(path)!r} is truncated or damaged ({reason}). Copy it again "
        "from where it was written, or fit and save the model again."
    )


def model_too_new(path: StrPath, version: int, known: int, writer: str) -> ValueError:
    """For a model file of a later format."""
    return ValueError(
        f"The model file {os.fspath(path)!r} has format version {version}, written by gaussmix "
        f"{writer}; this gaussmix reads versions up to {known}. Update gaussmix: "
        "pip install --upgrade gaussmix"
    )


def not_storable(where: str, value: object) -> TypeError:
    """For a value that a model file cannot hold."""
    return TypeError(
        f"Expected plain values (None, bool, int, float, str, lists and dicts of them with "
        f"string keys) or arrays of numbers, but {where} is {value!r} (a "
        f"{type(value).__name__}). Convert it first."
    )
