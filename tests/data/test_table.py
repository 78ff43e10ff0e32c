"""Tables in memory: which pass as they are, and what is said of the others."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gaussmix.data import check_rows, check_weight, is_frame, numeric_frame


def good(n_rows: int, dtype: str = "float64", order: Any = "C") -> Any:
    values = np.random.default_rng(0).normal(size=(n_rows, 3))
    return np.asarray(values, dtype=dtype, order=order)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_finite_rows_pass(dtype: str, order: str) -> None:
    check_rows(good(50_000, dtype, order))


def test_values_whose_sum_overflows_pass() -> None:
    check_rows(np.full((4, 2), 1.7e308))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gaps_pass_wherever_they_are(dtype: str) -> None:
    X = good(50_000, dtype)
    X[::7, 1] = np.nan
    X[21_845] = np.nan
    check_rows(X)
    check_rows(np.full((3, 2), np.nan, dtype=dtype))


@pytest.mark.parametrize("row", [0, 21_844, 21_845, 21_846, 49_998])
def test_first_bad_value_is_named_across_blocks(row: int) -> None:
    X = good(50_000)
    X[:, 1] = np.nan
    X[row, 2] = -np.inf
    X[row + 1 :, 0] = np.inf
    with pytest.raises(ValueError, match=rf"(?s)contains infinity.*'c' in row {row} is -inf"):
        check_rows(X, ("a", "b", "c"))


def test_within_a_row_the_first_column_is_named() -> None:
    X = good(3)
    X[1] = [np.nan, -np.inf, np.inf]
    with pytest.raises(ValueError, match=r"(?s)contains infinity.*column 1 in row 1 is -inf"):
        check_rows(X)


def test_infinity_says_the_dtype_as_scikit_learn_does() -> None:
    X = good(3, "float32")
    X[0, 0] = np.inf
    opening = r"^Input X contains infinity or a value too large for dtype\('float32'\)\."
    with pytest.raises(ValueError, match=opening):
        check_rows(X)


def test_a_place_can_be_a_line() -> None:
    X = good(3)
    X[2, 0] = np.inf
    with pytest.raises(ValueError, match=r"line 4 of x\.csv is inf"):
        check_rows(X, place=lambda row: f"line {row + 2} of x.csv")


@pytest.mark.parametrize("shape", [(0, 2), (3, 0), (0, 0)])
def test_empty_tables(shape: tuple[int, int]) -> None:
    what = "sample" if shape[0] == 0 else "feature"
    with pytest.raises(ValueError, match=rf"^Found array with 0 {what}\(s\) \(shape=\({shape[0]}"):
        check_rows(np.empty(shape))


FRAMES = [pd.DataFrame, pl.DataFrame, pa.table]


@pytest.mark.parametrize("frame", FRAMES)
def test_frames_of_every_kind(frame: Any) -> None:
    found = numeric_frame(frame({"i": [1, 2, None], "f": [0.5, None, -0.0]}))
    assert found is not None
    values, names = found
    assert names == ("i", "f")
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, [[1.0, 0.5], [2.0, np.nan], [np.nan, -0.0]])


@pytest.mark.parametrize("frame", FRAMES)
def test_single_precision_is_kept_only_where_all_columns_have_it(frame: Any) -> None:
    half = np.array([0.1, 0.2], dtype=np.float32)
    single = numeric_frame(frame({"a": half, "b": half}))
    mixed = numeric_frame(frame({"a": half, "b": [1, 2]}))
    assert single is not None
    assert mixed is not None
    assert single[0].dtype == np.float32
    assert mixed[0].dtype == np.float64
    assert mixed[0][0, 0] == half[0]


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None], dtype="Int64"),
        pd.array([1, None], dtype="Float32"),
        pd.array([1, None], dtype="int64[pyarrow]"),
        np.array([1, None], dtype=object),
        np.array([Decimal(1), None], dtype=object),
        np.array([np.float32(1), pd.NA], dtype=object),
    ],
)
def test_missing_values_of_pandas_become_nan(column: Any) -> None:
    found = numeric_frame(pd.DataFrame({"x": column}))
    assert found is not None
    np.testing.assert_array_equal(found[0], [[1.0], [np.nan]])


def test_a_column_without_values_is_all_gaps() -> None:
    found = numeric_frame(pl.DataFrame({"x": [None, None]}))
    assert found is not None
    assert np.isnan(found[0]).all()


DAY = dt.date(2020, 1, 1)
NOT_NUMBERS = [
    (pd.DataFrame({"ok": [1, 2], "bad": [None, "male"]}), "text", "'male' in row 1"),
    (pd.DataFrame({"bad": pd.Categorical(["x", "y"])}), "categories", "'x' in row 0"),
    (pd.DataFrame({"bad": [True, False]}), "booleans", "True in row 0"),
    (pd.DataFrame({"bad": pd.array([None, True], dtype="boolean")}), "booleans", "True in row 1"),
    (pd.DataFrame({"bad": pd.to_datetime([None, "2020-01-01"])}), "dates", "2020.* in row 1"),
    (pd.DataFrame({"bad": pd.to_timedelta(["1D"])}), "durations", "row 0"),
    (pd.DataFrame({"bad": np.array([1, "a"], dtype=object)}), "text", "'a' in row 1"),
    (pd.DataFrame({"bad": np.array([1, True], dtype=object)}), "booleans", "True in row 1"),
    (pd.DataFrame({"bad": np.array([1, DAY], dtype=object)}), "type date", "row 1"),
    (pd.DataFrame({"bad": [1j]}), "type complex128", "1j in row 0"),
    (pl.DataFrame({"bad": ["u"]}), "text", "'u' in row 0"),
    (pl.DataFrame({"bad": [DAY]}), "dates", "row 0"),
    (pl.DataFrame({"bad": [dt.time(1)]}), "times", "row 0"),
    (pl.DataFrame({"bad": pl.Series(["u"], dtype=pl.Enum(["u"]))}), "categories", "'u'"),
    (pl.DataFrame({"bad": [[1.0]]}), "type List", "row 0"),
    (pa.table({"bad": pa.array(["u"]).dictionary_encode()}), "categories", "'u' in row 0"),
]


@pytest.mark.parametrize(("frame", "kind", "example"), NOT_NUMBERS)
def test_columns_of_anything_else_are_named(frame: Any, kind: str, example: str) -> None:
    told = rf"(?s)column 'bad' holds .*{kind}.*{example}.*Leave the column out"
    with pytest.raises(ValueError, match=told):
        numeric_frame(frame)


def test_text_opens_as_in_scikit_learn() -> None:
    with pytest.raises(ValueError, match=r"^could not convert string to float: 'a'"):
        numeric_frame(pd.DataFrame({"x": ["a"]}))


@pytest.mark.parametrize("other", [np.ones((2, 2)), [[1.0]], ((1,),), pd.Series([1]), 3, None, "x"])
def test_anything_else_is_no_frame(other: Any) -> None:
    assert not is_frame(other)
    assert numeric_frame(other) is None


def test_frames_are_seen() -> None:
    assert all(is_frame(frame({"a": [1]})) for frame in FRAMES)


def test_names_that_are_no_strings_are_left_out() -> None:
    found = numeric_frame(pd.DataFrame(np.ones((2, 2))))
    assert found is not None
    assert found[1] is None


def test_names_that_are_strings_in_part() -> None:
    with pytest.raises(TypeError, match=r"only supported if all input features.*\['int', 'str'\]"):
        numeric_frame(pd.DataFrame(np.ones((2, 2)), columns=["a", 1]))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(np.ones((2, 3)), columns=["a", "b", "a"]),
        pa.Table.from_arrays([pa.array([1])] * 3, names=["a", "b", "a"]),
    ],
)
def test_repeated_names(frame: Any) -> None:
    with pytest.raises(ValueError, match=r"'a' stands more than once"):
        numeric_frame(frame)


def test_a_lazy_table_is_to_be_collected() -> None:
    with pytest.raises(TypeError, match=r"got a polars LazyFrame.*collect\(\)"):
        numeric_frame(pl.LazyFrame({"a": [1]}))


@pytest.mark.parametrize(
    "weight",
    [
        [1, 0, 3],
        np.array([1, 0, 3], dtype=np.float32),
        pd.Series([1, 0, 3], index=[5, 6, 7]),
        pl.Series([1, 0, 3]),
        np.array([1, 0, Decimal(3)], dtype=object),
    ],
)
def test_weights_become_float64(weight: Any) -> None:
    found = check_weight(weight, 3)
    assert found is not None
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, [1.0, 0.0, 3.0])


def test_no_weights_and_one_for_all() -> None:
    assert check_weight(None, 3) is None
    np.testing.assert_array_equal(check_weight(2, 3), [2.0, 2.0, 2.0])


def test_ones_stay_weights() -> None:
    np.testing.assert_array_equal(check_weight([1, 1], 2), [1.0, 1.0])


def test_weights_are_copied() -> None:
    mine = np.ones(3)
    found = check_weight(mine, 3)
    mine[0] = 7.0
    assert found is not None
    assert found[0] == 1.0


@pytest.mark.parametrize(
    ("weight", "told"),
    [
        ([1, 2], r"sample_weight\.shape == \(2,\), expected \(3,\)!"),
        ([], r"sample_weight\.shape == \(0,\), expected \(3,\)!"),
        ([[1], [2], [3]], r"Sample weights must be 1D array or scalar, got 2D array"),
        ([1, 2, -3], r"Negative values in data passed to `sample_weight`.*Row 2 has weight -3"),
        ([1, np.nan, 2], r"(?s)Input sample_weight contains NaN.*Row 1 has weight nan"),
        ([1, 2, np.inf], r"(?s)Input sample_weight contains infinity.*Row 2 has weight inf"),
        ([0, 0, 0], r"must contain at least one non-zero number\. All of the 3 weights"),
        ([1, 2, "x"], r"numbers in sample_weight, but row 2 has 'x' \(a str\)"),
        (["1", "2", "3"], r"row 0 has '1' \(a str\)"),
        ([1, 1j, 2], r"row 1 has 1j \(a complex\)"),
        ([1, None, 2], r"row 1 has None"),
        ([DAY, DAY, DAY], r"row 0 has datetime\.date\(2020, 1, 1\) \(a date\)"),
        ([1e308, 1.5e308, 1e308], r"sum of sample_weight overflows.*1\.5e\+308, in row 1"),
    ],
)
def test_weights_that_cannot_be_used(weight: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check_weight(weight, 3)


def test_weights_are_called_what_the_user_calls_them() -> None:
    with pytest.raises(ValueError, match=r"`column 'count'`"):
        check_weight([-1.0], 1, "column 'count'")
