"""Every message about bad input: it says what was expected, what came, and what to try."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import _check_sample_weight, check_array

from gaussmix import errors
from gaussmix.errors import input as of_input
from gaussmix.errors import storage as of_storage

#: Builder, arguments, and words the message must hold besides an instruction.
CASES: list[tuple[Callable[..., Any], tuple[Any, ...], list[str]]] = [
    (errors.squares_overflow, (1,), ["column 1", "overflow float64", "Divide"]),
    (errors.squares_overflow, (1, ("a", "b")), ["column 'b'", "Divide"]),
    (
        errors.no_predictive_density,
        ("intervals", "score"),
        ["density of intervals", "points only", "Call score(..., plug_in=True)"],
    ),
    (errors.empty_table, ((0, 2),), ["0 sample(s)", "(0, 2)", "no rows", "check"]),
    (errors.empty_table, ((2, 0),), ["0 feature(s)", "no columns", "check"]),
    (errors.list_of_tables, (3,), ["list of 3 tables", "Open", "gaussmix.open_stream([...])"]),
    (errors.nothing_observed, ("column 'a'",), ["value of column 'a'", "(NaN)", "Leave"]),
    (errors.no_row_counts, (), ["Every row has weight 0", "Give", "above 0"]),
    (errors.infinite_value, (-np.inf, "row 3", "column 1", np.dtype("f8")), ["-inf", "Remove"]),
    (
        errors.not_numeric_column,
        ("column 'sex'", "text", "male", "row 0"),
        ["must hold numbers", "column 'sex' holds text", "'male' in row 0", "Leave", "encode"],
    ),
    (
        errors.not_numeric_column,
        ("column 'd'", "dates", "2020-01-01", "row 0"),
        ["holds dates", "days since"],
    ),
    (
        errors.not_numeric_column,
        ("column 'z'", "values of type list", [], "row 0"),
        ["holds values of type list", "convert it to numbers"],
    ),
    (errors.lazy_table, ("a polars LazyFrame",), ["in memory", "LazyFrame", "collect()"]),
    (errors.duplicate_columns, (["a", "b", "a"], "x.csv"), ["x.csv", "'a' stands", "Rename"]),
    (errors.mixed_column_names, (["str", "int"],), ["['int', 'str']", "must convert"]),
    (errors.wrong_column_count, (3, 2, "GaussianMixture"), ["3 features", "2 features", "Give"]),
    (errors.different_columns, (["a", "b"], ["b", "a"]), ["same order", "Try X[['a', 'b']]"]),
    (errors.different_columns, (["a", "b"], ["a", "c"]), ["- c\n", "- b\n", "Expected 'a', 'b'"]),
    (errors.different_columns, (["a"], ["a", "c"]), ["unseen", "Try X[['a']]"]),
    (errors.weight_dimensions, ((3, 1), 3, "sample_weight"), ["2D", "(3, 1)", "try np.ravel"]),
    (errors.weight_length, (2, 3, "sample_weight"), ["(2,)", "(3,)", "2 weights", "Take"]),
    (
        errors.weight_not_a_number,
        ("x", 4, "w"),
        ["numbers in w", "row 4", "'x' (a str)", "Convert"],
    ),
    (errors.weight_not_finite, (np.nan, 4, "w"), ["Input w contains NaN", "Row 4", "Give"]),
    (errors.weight_not_finite, (np.inf, 4, "w"), ["infinity", "weight inf", "Give"]),
    (errors.weight_negative, (-2.5, 4, "w"), ["`w`", "Row 4 has weight -2.5", "Give"]),
    (errors.weights_all_zero, (3, "w"), ["3 weights in w are 0", "leave w out"]),
    (errors.weights_overflow, (1e308, 2, "w"), ["1e+308, in row 2", "Divide"]),
    (errors.file_missing, ("none/x.csv",), ["'none/x.csv' does not exist", "folder", "Check"]),
    (errors.file_missing, ("x.csv",), ["looked in", "Check"]),
    (errors.file_is_folder, ("d",), ["Expected a file", "'d' is a folder", "Name"]),
    (errors.folder_missing, ("d/m",), ["'d/m'", "'d' does not exist", "Create"]),
    (errors.file_empty, ("x.csv",), ["x.csv", "is empty", "Check"]),
    (errors.file_without_rows, ("x.csv", ["a"]), ["0 sample(s)", "x.csv", "'a'", "check"]),
    (
        errors.file_unknown_kind,
        ("x", b"\x7fELF", "E"),
        ["CSV, Parquet or Arrow", "ELF", "be E", "Save"],
    ),
    (errors.file_not_utf8, ("x.csv",), ["UTF-8", "x.csv", "Save", "iconv"]),
    (errors.file_damaged, ("x", "a Parquet file", "why"), ["a Parquet file", "why", "copy"]),
    (
        errors.broken_line,
        ("x.csv", 7, 2, ["1"]),
        ["Line 7 of x.csv", "2 fields", "got 1 ('1')", "Mend"],
    ),
    (errors.broken_line, ("x.csv", 7, 1, ["1", "2"]), ["expected 1 field,", "got 2 ('1', '2')"]),
    (errors.broken_quotes, ("x.csv", 7, "why"), ["Line 7 of x.csv", "why", "Close"]),
    (
        errors.unknown_column,
        ("Bil", ["bill", "x"], "x.csv"),
        ["'Bil' in x.csv", "mean 'bill'?", "It has"],
    ),
    (errors.no_numeric_columns, ("x", {"a": "text"}), ["in x", "'a' holds text", "Check"]),
    (errors.no_numeric_columns, ("x", {}), ["found none.", "Check"]),
    (errors.pyarrow_missing, (), ["needs pyarrow", 'pip install "gaussmix[cli]"']),
    (errors.not_a_model, ("m", "why"), ["written by gaussmix", "'m'", "why", "Give"]),
    (errors.model_damaged, ("m", "why"), ["'m' is truncated or damaged", "why", "Copy"]),
    (errors.model_too_new, ("m", 3, 1, "9.9"), ["version 3", "9.9", "up to 1", "Update", "pip"]),
    (errors.not_storable, ("metadata['a']", 1j), ["metadata['a'] is 1j", "complex", "Convert"]),
    (errors.interval_dimensions, ((3, 1), "lower"), ["Expected lower", "(3, 1)", "Try np.ravel"]),
    (errors.interval_lengths, (2, 3), ["got 2 lower and 3 upper", "Take both", "from_histogram"]),
    (errors.interval_end_not_a_number, (None, 4, "upper"), ["in upper", "row 4 has None", "-inf"]),
    (errors.interval_end_missing, (np.nan, 2.0, 4), ["row 4 is from nan to 2.0", "-inf", "drop"]),
    (errors.interval_without_width, (3.5, 2.0, 4), ["row 4 is from 3.5 to 2.0", "Exchange"]),
    (errors.interval_without_width, (2.0, 2.0, 4), ["row 4 is from 2.0 to 2.0", "half a unit"]),
    (errors.histogram_shapes, ((3,), 3), ["counts of shape (3,) and 3 edges", "(counts, edges)"]),
    (
        errors.bad_row_weight,
        (-2.0, "column 'w'", "row 3 of f"),
        ["'w' in row 3 of f is -2", "Give"],
    ),
    (errors.bad_row_label, (0.5, "column 'k'", "row 3 of f"), ["'k' in row 3 of f is 0.5", "Give"]),
    (
        errors.pattern_without_files,
        ("d/prt-*", "d", ["part-1"]),
        ["'d/prt-*'", "'d' holds 'part-1'", "mean 'part-1'?", "Check"],
    ),
    (errors.pattern_without_files, ("d/*", "d", []), ["'d' holds nothing.", "Check"]),
    (errors.pattern_without_files, ("d/*", "d", None), ["'d' does not exist", "Check"]),
    (errors.folder_without_files, ("d", []), ["'d'", "holds none", "Check"]),
    (errors.folder_without_files, ("d", ["y=1"]), ["only the folders 'y=1'", "**", "Give"]),
    (errors.no_files_given, (), ["at least one file", "empty list", "Check"]),
    (errors.file_zipped, ("f", "a Parquet file"), ["f is a Parquet file inside", "gunzip"]),
    (errors.file_changed, ("f", "it is gone"), ["'f' has changed", "it is gone", "start again"]),
    (errors.file_row_count, ("f", 3, 1), ["3 rows in f", "got 1", "write it again"]),
    (errors.stream_without_rows, ("f",), ["one row in f", "none", "Check"]),
    (
        errors.column_missing_in_file,
        ("Bil", ["bill"], "f", "g"),
        ["'Bil' in f", "in g", "mean 'bill'?", "--columns in the command", "leave the file out"],
    ),
    (errors.column_missing_in_file, ("x", ["a"], "f", None), ["no column 'x' in f", "It has 'a'"]),
    (
        errors.column_kind_in_file,
        ("x", "text", "abc", "line 2 of f", "g"),
        [
            "'x' holds text",
            "'abc' in line 2 of f",
            "numbers in g",
            "Mend",
            "--columns in the command",
        ],
    ),
    (
        errors.late_text,
        ("x", "abc", "line 9 of f"),
        ["'x' holds", "'abc' in line 9 of f", "or --columns"],
    ),
    (errors.one_shot_stream, ("generator",), ["a generator", "once only", "Give the function"]),
    (errors.not_a_stream, ("int",), ["got a int", "callable", "in a list: [X]"]),
    (errors.block_refused, (3, "Why."), ["Block 3", "cannot be used. Why."]),
    (errors.block_not_rows, (3, "shape (2,)"), ["block 3", "(n, D)", "got shape (2,)", "Give"]),
    (
        errors.block_columns,
        (3, "2 columns", "1"),
        ["Block 3", "has 2 columns", "first block has 1"],
    ),
    (errors.block_without_names, ("weight", 3), ["weight names", "block 3", "Give"]),
    (errors.block_weight_twice, (3,), ["Block 3", "(block, weight)", "Give"]),
    (
        errors.block_weight_in_part,
        (3, "a weight", "none"),
        ["Block 3", "with a weight, but the first block with none", "Give"],
    ),
    (errors.stream_changed, ("why",), ["between passes: why", "check for a random order"]),
]
#: Wording shared by the builders, not messages.
HELPERS = {"column_label", "row_label"}


@pytest.mark.parametrize(("build", "arguments", "words"), CASES)
def test_message(build: Callable[..., Any], arguments: tuple[Any, ...], words: list[str]) -> None:
    error = build(*arguments)
    assert isinstance(error, ValueError | TypeError | OSError | ImportError)
    text = str(error)
    for word in words:
        assert word in text
    assert "  " not in text
    assert text[-1] in ".?)" or text.endswith(("gaussmix", '"gaussmix[cli]"'))


def test_every_builder_is_read() -> None:
    builders = {
        name
        for messages in (of_input, of_storage)
        for name, value in vars(messages).items()
        if inspect.isfunction(value)
        and value.__module__ == messages.__name__
        and not name.startswith("_")
    }
    assert builders - HELPERS == {build.__name__ for build, _, _ in CASES}


def test_long_lists_are_cut() -> None:
    names = [f"column {j}" for j in range(1_000)]
    for error in (
        errors.different_columns(names, names[::-1]),
        errors.different_columns(names, ["x"]),
        errors.unknown_column("x", names, "x.csv"),
        errors.broken_line("x.csv", 2, 3, names),
    ):
        assert len(str(error)) < 1_200


def test_the_nearest_file_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "model.gmm").touch()
    assert "Did you mean 'model.gmm'?" in str(errors.file_missing(tmp_path / "modle.gmm"))


def opening_of(fail: Callable[[], object]) -> str:
    """What scikit-learn says, without the advice it adds to NaN."""
    with pytest.raises(ValueError, match=r".") as caught:
        fail()
    return str(caught.value)


X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])
MODEL = GaussianMixture().fit(pd.DataFrame(X, columns=["a", "b"]))


def frame(*names: str) -> pd.DataFrame:
    return pd.DataFrame(np.ones((3, len(names))), columns=list(names))


def weigh(weight: Any, **kwargs: Any) -> Callable[[], object]:
    return lambda: _check_sample_weight(weight, X, **kwargs)


TWINS: list[tuple[Callable[[], object], Exception]] = [
    (lambda: check_array(np.empty((0, 2))), errors.empty_table((0, 2))),
    (lambda: check_array(np.empty((2, 0))), errors.empty_table((2, 0))),
    (
        lambda: check_array(X * np.inf, input_name="X"),
        errors.infinite_value(np.inf, "row 0", "column 0", X.dtype),
    ),
    (
        lambda: check_array(frame("a").astype(object).replace(1.0, "x"), dtype=float),
        errors.not_numeric_column("column 'a'", "text", "x", "row 0"),
    ),
    (
        lambda: MODEL.predict(np.ones((3, 3))),
        errors.wrong_column_count(3, 2, "GaussianMixture"),
    ),
    (lambda: MODEL.predict(frame("b", "a")), errors.different_columns(["a", "b"], ["b", "a"])),
    (lambda: MODEL.predict(frame("a", "c")), errors.different_columns(["a", "b"], ["a", "c"])),
    (
        lambda: MODEL.predict(frame(*"abcdefghij")),
        errors.different_columns(["a", "b"], list("abcdefghij")),
    ),
    (weigh([1.0, 2.0]), errors.weight_length(2, 3, "sample_weight")),
    (weigh([[1.0]]), errors.weight_dimensions((1, 1), 3, "sample_weight")),
    (weigh([1.0, np.nan, 1.0]), errors.weight_not_finite(np.nan, 1, "sample_weight")),
    (weigh([0.0] * 3, allow_all_zero_weights=False), errors.weights_all_zero(3, "sample_weight")),
    (
        weigh([-1.0, 1.0, 1.0], ensure_non_negative=True),
        errors.weight_negative(-1.0, 0, "sample_weight"),
    ),
]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(("fail", "ours"), TWINS)
def test_ours_opens_with_the_sentence_of_scikit_learn(
    fail: Callable[[], object], ours: Exception
) -> None:
    theirs = opening_of(fail).removesuffix(".")
    assert str(ours).startswith(theirs)


def test_mixed_names_open_as_in_scikit_learn() -> None:
    with pytest.raises(TypeError) as caught:
        GaussianMixture().fit(pd.DataFrame(X, columns=["a", 1]))
    assert str(errors.mixed_column_names(["str", "int"])) == str(caught.value)
