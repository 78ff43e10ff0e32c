"""Messages about files and streams: data that cannot be read, models that cannot be loaded.

Lines of a text file are counted from 1, as editors do; a `place` is a row or a line in words.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from gaussmix.errors.words import counted, listed, near

StrPath = str | os.PathLike[str]


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


def bad_row_weight(value: float, column: str, place: str) -> ValueError:
    """For a weight of a stream that is missing, infinite or below zero."""
    return ValueError(
        f"The weight in {column} in {place} is {value:g}, and every weight must be a finite "
        "number of 0 or more. Give weight 0 to a row that is not to count."
    )


def bad_row_label(value: float, column: str, place: str) -> ValueError:
    """For a label of a stream that is no whole number or below -1."""
    return ValueError(
        f"The label in {column} in {place} is {value:g}, and every label must be a whole number "
        "of 0 or more, the number of a component. Give -1, or nothing, where it is not known."
    )


def pattern_without_files(pattern: str, folder: str, names: Sequence[str] | None) -> ValueError:
    """For a glob pattern that matches nothing; `names` is what its folder holds."""
    if names is None:
        holds = f"the folder {folder!r} does not exist"
    else:
        holds = f"{folder!r} holds {listed(names) or 'nothing'}"
    hint = near(Path(pattern).name, names or ())
    return ValueError(
        f"No file matches the pattern {pattern!r}: {holds}.{hint} Check the pattern; ** stands "
        "for folders of any depth."
    )


def folder_without_files(path: str, folders: Sequence[str]) -> ValueError:
    """For a folder to be read that holds no file of its own; `folders` are those in it."""
    if not folders:
        return ValueError(
            f"Expected files of rows in the folder {path!r}, but it holds none. Check the step "
            "that wrote them, or give another folder."
        )
    pattern = os.path.join(path, "**", "*.parquet")  # noqa: PTH118  a pattern is no path
    return ValueError(
        f"Expected files of rows in the folder {path!r}, but it holds only the folders "
        f"{listed(folders)}. Give one of them, or a pattern such as {pattern!r}."
    )


def no_files_given() -> ValueError:
    """For an empty list of files."""
    return ValueError(
        "Expected the path of at least one file, got an empty list. Check the step that made it."
    )


def file_zipped(path: str, kind: str) -> ValueError:
    """For a gzip file of something that must be read out of order."""
    return ValueError(
        f"{path} is {kind} inside a gzip file, which cannot be read in pieces. Unpack it first "
        "(gunzip); Parquet and Arrow files are better compressed by what writes them."
    )


def file_changed(path: str, what: str) -> ValueError:
    """For a file that is not what it was when its stream was made."""
    return ValueError(
        f"The file {path!r} has changed since it was first read: {what}. Every pass must see the "
        "same rows; let what writes the file finish, then start again."
    )


def file_row_count(path: str, expected: int, came: int) -> ValueError:
    """For a file that gives more or fewer rows than it had at first."""
    return ValueError(
        f"Expected {counted(expected, 'row')} in {path}, as it had at first, got {came}. The "
        "file is damaged or was written to in between; write it again, then start again."
    )


def stream_without_rows(where: str) -> ValueError:
    """For files or blocks that have columns and no rows at all."""
    return ValueError(
        f"Expected at least one row in {where}, found none. Check the step that made or "
        "filtered the rows."
    )


def column_missing_in_file(
    column: str, known: Sequence[str], path: str, other: str | None
) -> ValueError:
    """For a file without a column that another file, or nothing but the caller, has named."""
    if other is None:
        return unknown_column(column, known, path)
    return ValueError(
        f"There is no column {column!r} in {path}, but there is one in {other}."
        f"{near(column, known)} {path} has {listed(known, 30)}. Every file must have the same "
        "columns; name those to read (columns=[...], or --columns in the command), or leave the "
        "file out."
    )


def column_kind_in_file(
    column: str, kind: str, example: object, place: str, other: str
) -> ValueError:
    """For a column that holds numbers in one file and something else in another."""
    return ValueError(
        f"Column {column!r} holds {kind}, for instance {example!r} in {place}, but numbers in "
        f"{other}. Mend the file, or name the columns to read (columns=[...], or --columns in the "
        "command)."
    )


def late_text(column: str, value: str, place: str) -> ValueError:
    """For a column of a text file that holds numbers at first and then something else."""
    return ValueError(
        f"Column {column!r} holds numbers at first, but {value!r} in {place}. Mend the value, or "
        "name the columns to read (columns=[...], or --columns in the command)."
    )


def one_shot_stream(kind: str) -> TypeError:
    """For an iterator, which can be read once only."""
    return TypeError(
        f"Expected rows that can be read again for every pass, got a {kind}, which can be read "
        "once only. Give the function that makes it (a callable without arguments), a list of "
        "blocks, or an object whose __iter__ starts from the first row each time."
    )


def not_a_stream(kind: str) -> TypeError:
    """For something that is neither files nor blocks."""
    return TypeError(
        "Expected the path of a file (or a list of them), an iterable of blocks (n, D), or a "
        f"callable that returns one, got a {kind}. A single table is given in a list: [X]."
    )


def block_refused(number: int, reason: str) -> ValueError:
    """For a block that is a table and cannot be used; `reason` is the message about it."""
    return ValueError(f"Block {number}, counted from 0, cannot be used. {reason}")


def block_not_rows(number: int, what: str) -> ValueError:
    """For a block that is no table of numbers; `what` came instead."""
    return ValueError(
        f"Expected block {number}, counted from 0, to be an array (n, D) of numbers, a data "
        f"frame, or a tuple (block, weight), got {what}. Give a single row as row[None, :], and "
        "a single table in a list: [X]."
    )


def block_columns(number: int, came: str, expected: str) -> ValueError:
    """For a block whose columns are others than those of the first block."""
    return ValueError(
        f"Block {number}, counted from 0, has {came}, but the first block has {expected}. Every "
        "block must have the same columns in the same order."
    )


def block_without_names(argument: str, number: int) -> ValueError:
    """For columns asked for by name in blocks that have no names."""
    return ValueError(
        f"{argument} names a column, but block {number}, counted from 0, is an array without "
        "column names. Give data frames, or blocks that hold the wanted columns only; weights "
        "of an array go with it as a tuple (block, weight)."
    )


def block_weight_twice(number: int) -> ValueError:
    """For a block that brings weights beside those named by a column."""
    return ValueError(
        f"Block {number}, counted from 0, is a tuple (block, weight), and weight names a column "
        "too. Give one of them."
    )


def block_weight_in_part(number: int, came: str, first: str) -> ValueError:
    """For weights that only some of the blocks bring."""
    return ValueError(
        f"Block {number}, counted from 0, comes with {came}, but the first block with {first}. "
        "Give weights with every block, 1 for rows that count once, or with none."
    )


def stream_changed(what: str) -> ValueError:
    """For blocks that differ from those of the first pass."""
    return ValueError(
        f"The blocks have changed between passes: {what}. Every pass must give the same rows in "
        "the same order; check for a random order or a random draw, for a source that is "
        "written to, and for an iterator that is not made anew each time."
    )
