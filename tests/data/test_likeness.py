"""What a table looks like: roundings, ranges, types, and rows dressed like it."""

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gaussmix.data import KnownRows, Likeness, copies
from gaussmix.data.lattice import Lattice


def step(values, dtype=np.float64):
    lattice = Lattice.of(np.array(values, dtype=dtype))
    return None if lattice is None else lattice.step


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.1, 4.9, 4.7], 0.2),
        ([5.1, 4.9, 4.8], 0.1),
        ([0.25, 1.5, 2.0], 0.25),
        ([10.0, 25.0, 5.0], 5.0),
        ([1200.0, 500.0, -300.0], 100.0),
        ([0.5, 1.5, 4.5], 1.0),
        ([1e-5, 3e-5, 2e-5], 1e-5),
        ([3.0, 3.0], 0.0),
        ([123456.789, 0.001, 5.0], 0.001),
        ([np.pi, 1.0, 2.0], None),
        ([1.0 / 3.0, 1.0], None),
        ([1e300, 1.0], None),
    ],
)
def test_the_step_is_the_coarsest_on_which_all_values_lie(values, expected):
    assert step(values) == expected


def test_single_precision_has_steps_of_its_own():
    rng = np.random.default_rng(0)
    assert step([0.1, 0.3, 2.0], np.float32) == 0.1
    assert step(rng.normal(size=400).round(2), np.float32) == 0.01
    assert step(rng.random(400), np.float32) is None


def test_numbers_that_were_not_rounded_have_no_step():
    rng = np.random.default_rng(1)
    for values in (rng.random(2000), rng.normal(1e6, 1.0, 2000), rng.exponential(1e-9, 2000)):
        assert step(values) is None
    late = np.append(np.arange(3000.0), np.sqrt(2.0))
    assert step(late) is None


def test_the_nearest_value_is_written_as_the_column_writes_it():
    written = np.array([0.1, 0.2, 0.3, 0.7, 1.1, 2.9])
    lattice = Lattice.of(written)
    assert lattice is not None
    near = written + 0.04 * np.array([1, -1, 1, -1, 1, -1])
    np.testing.assert_array_equal(lattice.nearest(near), written)


def test_ranges_and_gaps_are_those_of_the_table():
    likeness = Likeness.of(np.array([[1.0, 0.5], [4.0, np.nan], [2.0, 2.5], [np.nan, np.nan]]), 2)
    first, second = likeness.columns
    assert (first.lowest, first.highest, first.gaps, first.n_values) == (1.0, 4.0, 0.25, 4.0)
    assert (second.lowest, second.highest, second.gaps, second.n_values) == (0.5, 2.5, 0.5, 2.0)
    np.testing.assert_array_equal(likeness.lower, [0.5, -0.5])
    np.testing.assert_array_equal(likeness.upper, [4.5, 3.5])
    dressed = likeness.dress(np.array([[0.51, 3.4], [4.5, -0.4], [2.4, np.nan]]))
    np.testing.assert_array_equal(dressed, [[1.0, 2.5], [4.0, 0.5], [2.0, np.nan]])


N = 40
RNG = np.random.default_rng(3)
PANDAS = pd.DataFrame(
    {
        "word": ["a"] * N,
        "nullable": pd.Series(RNG.integers(0, 9, N), dtype="Int64"),
        "byte": RNG.integers(0, 200, N).astype(np.uint8),
        "single": RNG.normal(size=N).round(1).astype(np.float32),
        "double": RNG.normal(size=N),
        "constant": np.full(N, 7),
        "Single": pd.Series(RNG.normal(size=N).round(2), dtype="Float32"),
        "price": [Decimal(int(cents)) / 100 for cents in RNG.integers(100, 999, N)],
    }
)
PANDAS.loc[2, "nullable"] = pd.NA
POLARS = pl.DataFrame(
    {
        "word": ["a"] * N,
        "nullable": pl.Series([None, *range(N - 1)], dtype=pl.Int16),
        "byte": pl.Series(PANDAS["byte"].to_numpy()),
        "single": pl.Series(PANDAS["single"].to_numpy()),
        "double": PANDAS["double"].to_numpy(),
        "price": pl.Series(PANDAS["price"].to_list(), dtype=pl.Decimal(10, 2)),
    }
)
ARROW = pa.table(
    {
        "word": ["a"] * N,
        "nullable": pa.array([None, *range(N - 1)], type=pa.int8()),
        "single": pa.array(PANDAS["single"].to_numpy()),
        "double": PANDAS["double"].to_numpy(),
        "price": pa.array(PANDAS["price"].to_list(), type=pa.decimal128(8, 2)),
    }
)


@pytest.mark.parametrize("table", [PANDAS, POLARS, ARROW], ids=["pandas", "polars", "pyarrow"])
def test_a_dressed_table_has_the_library_order_and_types_of_its_model(table):
    names = [name for name in columns_of(table) if name != "word"]
    model_names = names[::-1]
    likeness = Likeness.of(table, len(names), model_names)
    assert likeness.left_out == ("word",)
    X = likeness.X.copy()
    dressed = likeness.dress(X + 1e-9 * np.random.default_rng(0).normal(size=X.shape))
    assert type(dressed) is type(table)
    assert columns_of(dressed) == names
    assert types_of(dressed) == [
        t for t, n in zip(types_of(table), columns_of(table), strict=True) if n != "word"
    ]
    again = Likeness.of(dressed, len(names), model_names)
    rounded = np.array([name != "double" for name in model_names])
    np.testing.assert_array_equal(again.X[:, rounded], X[:, rounded])
    np.testing.assert_allclose(again.X, X, atol=1e-7)


def columns_of(table):
    return list(table.column_names if isinstance(table, pa.Table) else table.columns)


def types_of(table):
    if isinstance(table, pa.Table):
        return list(table.schema.types)
    return list(table.dtypes)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.float32, np.float64])
def test_a_dressed_array_has_the_type_of_its_model(dtype):
    X = np.array([[1, 10], [2, 30], [4, 20]], dtype=dtype)
    dressed = Likeness.of(X, 2).dress(np.array([[1.4, 26.0]]))
    assert dressed.dtype == dtype
    np.testing.assert_array_equal(dressed, [[1, 30]])


def test_a_fraction_among_whole_numbers_is_refused():
    likeness = Likeness.of(pd.DataFrame({"n": [1, 2]}), 1)
    with pytest.raises(ValueError, match=r"'n' of the table holds whole numbers.* 1\.5.*Give"):
        likeness.table(np.array([[1.5]]))


def test_a_table_without_a_column_of_the_model_is_refused():
    with pytest.raises(
        ValueError, match=r"has no 'c', which the mixture has; it has 'a', 'b'.*Give"
    ):
        Likeness.of(pd.DataFrame({"a": [1, 2], "b": [1, 2]}), 2, ("a", "c"))
    with pytest.raises(ValueError, match=r"column 'b' is missing"):
        Likeness.of(pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan, np.nan]}), 2)
    with pytest.raises(ValueError, match="holds text"):
        Likeness.of(pd.DataFrame({"a": [1.0], "b": ["x"]}), 2)


def test_copies_are_rows_equal_in_every_column():
    table = np.array([[1.0, 2.0], [0.0, np.nan], [3.0, 4.0]])
    rows = np.array([[1.0, 2.0], [-0.0, np.nan], [3.0, 4.5], [1.0, 2.0]])
    np.testing.assert_array_equal(KnownRows(table).hold(rows), [True, True, False, True])
    assert copies(table, rows) == 3
    frame = pd.DataFrame({"t": "x", "b": [2.0, 4.0], "a": [1.0, 3.0]})
    assert copies(frame, pl.DataFrame({"a": [1.0, 3.0], "b": [2.0, 5.0]})) == 1


def test_large_whole_numbers_are_rounded_like_any_others():
    rng = np.random.default_rng(0)
    seconds = (1.6e9 + 1e8 * rng.normal(size=50)).astype(np.int64)
    likeness = Likeness.of((seconds * 10**9)[:, None], 1)
    assert likeness.columns[0].lattice.step % 1e9 == 0.0
    drawn = likeness.dress(np.array([[1.6e18 + 123456789.0]]))
    assert drawn.dtype == np.int64
    assert drawn[0, 0] % 10**9 == 0


@pytest.mark.parametrize("most", [np.int64(2**63 - 1), np.uint64(2**64 - 1)])
@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_the_largest_whole_numbers_do_not_overflow(frame, most):
    table = frame({"x": np.array([most, most // 2, most // 3], dtype=most.dtype)})
    rows = Likeness.of(table, 1, ["x"]).dress(np.array([[float(most)], [0.7 * float(most)]]))
    found = rows["x"].to_numpy()
    assert found.dtype == most.dtype
    np.testing.assert_allclose(found.astype(float), [float(most), 0.7 * float(most)], rtol=1e-12)


@pytest.mark.parametrize("lazy", [False, True])
def test_a_lazy_table_is_read(lazy):
    table = pl.DataFrame({"x": [1.5, 2.0, 4.0]})
    rows = Likeness.of(table.lazy() if lazy else table, 1, ["x"]).dress(np.array([[1.74]]))
    assert rows["x"].to_list() == [1.5]


def test_a_table_with_a_name_twice_is_refused_by_that_name():
    table = pd.DataFrame(np.ones((3, 2)), columns=["x", "x"])
    with pytest.raises(ValueError, match="'x' stands more than once"):
        Likeness.of(table, 2)
