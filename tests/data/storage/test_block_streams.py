"""Streams of blocks: what a block can be, and what is said of those that differ."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gaussmix.data.storage.block_stream import BlockStream
from gaussmix.data.storage.streams import Stream

N = 1_000
X = np.random.default_rng(0).normal(size=(N, 3))
X[5, 1] = np.nan
WEIGHT = np.random.default_rng(1).random(N)
LABEL = np.arange(N) % 4 - 1
FRAME = pd.DataFrame({"a": X[:, 0], "w": WEIGHT, "b": X[:, 1], "k": LABEL, "c": X[:, 2]})
CUTS = (0, 1, 300, 300, 777, N)


def parts(of: Any) -> list[Any]:
    return [of[a:b] for a, b in pairwise(CUTS)]


def whole(stream: Stream, size: int = 64) -> tuple[Any, Any, Any]:
    batches = list(stream.batches(size))
    assert [b.n_rows for b in batches[:-1]] == [size] * (len(batches) - 1)
    assert all(b.columns.dtype == stream.dtype for b in batches)
    values = np.concatenate([b.columns for b in batches], axis=1).T
    beside = []
    for name, there in (("weight", stream.has_weights), ("label", stream.has_labels)):
        given = [getattr(b.details, name) for b in batches]
        beside.append(np.concatenate(given) if there else None)
        assert there or all(of is None for of in given)
    return values, *beside


class Anew:
    """Blocks whose __iter__ starts anew."""

    def __init__(self, *blocks: Any) -> None:
        self.blocks = blocks

    def __iter__(self) -> Iterator[Any]:
        return iter(self.blocks)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("wrap", [list, lambda of: Anew(*of), lambda of: lambda: iter(of)])
def test_arrays_pass_with_their_bits(dtype: str, wrap: Callable[[Any], Any]) -> None:
    given = X.astype(dtype)
    stream = BlockStream(wrap(parts(given)))
    assert (stream.n_rows, stream.n_features, stream.names) == (N, 3, None)
    assert stream.dtype == dtype
    assert not stream.has_weights
    assert not stream.has_labels
    for size in (1, 64, 2 * N):
        np.testing.assert_array_equal(whole(stream, size)[0], given)


@pytest.mark.parametrize(
    "given",
    [
        X[:, ::-1],
        np.asfortranarray(X),
        np.nan_to_num(X).round().astype(np.int16),
        X > 0,
        X.astype("f2"),
        X.tolist(),
    ],
    ids=["strided", "fortran", "int16", "bool", "half", "lists"],
)
def test_arrays_of_every_kind(given: Any) -> None:
    with np.errstate(invalid="ignore"):
        values, _, _ = whole(BlockStream([of for of in parts(given) if len(of)]))
    np.testing.assert_array_equal(values, np.asarray(given, dtype=np.float64))


MASK = np.random.default_rng(2).random((N, 3)) < 0.1


@pytest.mark.parametrize(("dtype", "kept"), [("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("O", "f8")])
def test_masked_values_are_missing(dtype: str, kept: str) -> None:
    given = np.arange(3 * N).reshape(N, 3).astype(dtype)
    stream = BlockStream(parts(np.ma.array(given, mask=MASK)))
    assert stream.dtype == kept
    np.testing.assert_array_equal(whole(stream)[0], np.where(MASK, np.nan, given.astype(kept)))


def test_missing_objects_are_missing_values() -> None:
    block = np.array([[1, None], [Decimal("2.5"), pd.NA], [np.nan, 3.0]], dtype=object)
    expected = [[1.0, np.nan], [2.5, np.nan], [np.nan, 3.0]]
    np.testing.assert_array_equal(whole(BlockStream([block]))[0], expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "columns 'a', 'w', 'b', 'k', 'c')"),
        ({"columns": ["b"], "weight": "w"}, "column 'b')"),
    ],
)
def test_a_stream_of_frames_describes_itself(options: dict[str, Any], words: str) -> None:
    told = repr(BlockStream(parts(FRAME), **options))
    assert told == f"BlockStream(blocks of a list, 1000 rows, {words}"


def test_a_stream_of_arrays_describes_itself() -> None:
    assert repr(BlockStream([X])) == "BlockStream(blocks of a list, 1000 rows, 3 columns)"
    assert repr(BlockStream(lambda: [X[:1]])).endswith("(blocks of a function, 1 row, 3 columns)")


def test_floats_mixed_are_widened() -> None:
    first, *others = parts(X.astype(np.float32))
    stream = BlockStream([first, *(of.astype(np.float64) for of in others)])
    assert stream.dtype == np.float64
    np.testing.assert_array_equal(whole(stream)[0], X.astype(np.float32))


def test_rows_of_a_memory_map(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_array_equal(whole(BlockStream([mapped]), 333)[0], X)


def test_a_block_may_be_overwritten_once_the_next_is_asked_for() -> None:
    buffer, weight = np.empty((100, 3)), np.empty(100)

    def blocks() -> Iterator[Any]:
        for start in range(0, N, 100):
            buffer[:], weight[:] = X[start : start + 100], WEIGHT[start : start + 100]
            yield buffer, weight

    values, weights, _ = whole(BlockStream(blocks), 100)
    np.testing.assert_array_equal(values, X)
    np.testing.assert_array_equal(weights, WEIGHT)


def as_batches(frame: pd.DataFrame) -> list[Any]:
    return [pa.RecordBatch.from_pandas(of, preserve_index=False) for of in parts(frame)]


@pytest.mark.parametrize(
    "blocks",
    [
        parts(FRAME),
        parts(pl.from_pandas(FRAME)),
        [pa.Table.from_pandas(of, preserve_index=False) for of in parts(FRAME)],
        as_batches(FRAME),
    ],
    ids=["pandas", "polars", "pyarrow", "record batches"],
)
def test_frames(blocks: list[Any]) -> None:
    stream = BlockStream(blocks, weight="w", label="k")
    assert stream.names == ("a", "b", "c")
    for got, expected in zip(whole(stream), (X, WEIGHT, LABEL), strict=True):
        np.testing.assert_array_equal(got, expected)
    stream = BlockStream(blocks, columns=["c", "a"])
    assert stream.names == ("c", "a")
    np.testing.assert_array_equal(whole(stream)[0], X[:, [2, 0]])
    assert BlockStream(blocks).n_features == 5


def test_single_frames_stay_single() -> None:
    stream = BlockStream(parts(FRAME[["a", "b"]].astype(np.float32)))
    assert stream.dtype == np.float32
    np.testing.assert_array_equal(whole(stream)[0], X[:, :2].astype(np.float32))


def test_frames_with_weights_beside_them() -> None:
    blocks = list(zip(parts(FRAME[["a"]]), parts(WEIGHT), strict=True))
    values, weight, _ = whole(BlockStream(blocks))
    np.testing.assert_array_equal(values, X[:, :1])
    np.testing.assert_array_equal(weight, WEIGHT)


def test_missing_labels_are_unknown() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "k": [np.nan, -1.0, 2.0]})
    assert whole(BlockStream([frame], label="k"))[2].tolist() == [-1, -1, 2]


def test_frames_whose_names_are_numbers_have_none() -> None:
    assert BlockStream([pd.DataFrame(X)]).names is None
    with pytest.raises(ValueError, match=r"weight names a column, but block 0"):
        BlockStream([pd.DataFrame(X)], weight="w")


def bad(row: int, value: float) -> Any:
    block = np.ones((70_000, 2))
    block[row, 1] = value
    return block


ONES = np.ones((4, 2))
BAD: list[tuple[list[Any], dict[str, Any], str]] = [
    ([ONES, np.ones((4, 3))], {}, r"Block 1.* has 3 columns without.*first block has 2 columns"),
    ([FRAME[["a"]], FRAME[["b"]]], {}, r"Block 1.* 1 columns \('b'\).* 1 columns \('a'\)"),
    ([FRAME[["a", "b"]], ONES], {}, r"Block 1.*without names.*\('a', 'b'\).*same order"),
    ([ONES, ONES[0]], {}, r"block 1.*shape \(2,\)"),
    ([ONES, "abc"], {}, r"block 1.*a str"),
    ([ONES, None], {}, r"block 1.*a NoneType"),
    ([ONES, [[1.0], [1.0, 2.0]]], {}, r"block 1.*different lengths"),
    ([ONES, ONES.astype("M8[s]")], {}, r"block 1.*datetime64"),
    ([ONES, np.array([["a", "b"]])], {}, r"block 1.*values of type <U1"),
    ([np.ones((3, 0))], {}, r"block 0.*shape \(3, 0\)"),
    ([pd.DataFrame(index=[1, 2])], {}, r"block 0.*without columns"),
    ([ONES, (ONES, np.ones(4))], {}, r"Block 1.*with a weight, but the first block with none"),
    ([(ONES, np.ones(4)), ONES], {}, r"Block 1.*no weight, but the first block with one"),
    ([(ONES, np.ones(3))], {}, r"block 0.*weights of shape \(3,\) for 4 rows"),
    ([(ONES, ["a"] * 4)], {}, r"block 0.*weights of type <U1"),
    ([ONES, (ONES, [1, 1, -2, 1])][1:], {}, r"\(block, weight\) in row 2 of block 0 is -2"),
    ([(ONES, np.ma.array([1, 9, 1, 1], mask=[0, 1, 0, 0]))], {}, r"row 1 of block 0 is nan"),
    ([np.array([[1.0, "a"]], dtype=object)], {}, r"block 0.*values of type object"),
    ([(ONES, [1, np.nan, 1, 1])], {}, r"row 1 of block 0 is nan.*Give weight 0"),
    ([(FRAME[["a", "w"]], WEIGHT)], {"weight": "w"}, r"Block 0.*tuple.*too"),
    ([FRAME.assign(w=-1.0)], {"weight": "w"}, r"column 'w' in row 0 of block 0 is -1"),
    ([FRAME.assign(k=0.5)], {"label": "k"}, r"label in column 'k' in row 0 of block 0 is 0\.5"),
    ([FRAME.assign(k=-2)], {"label": "k"}, r"label in column 'k' in row 0 of block 0 is -2"),
    ([FRAME.assign(k=1e300)], {"label": "k"}, r"label in column 'k' in row 0.*1e\+300"),
    ([FRAME], {"weight": "ww"}, r"no column 'ww' in block 0.*'w'"),
    ([FRAME], {"columns": ["A"]}, r"no column 'A' in block 0\. Did you mean 'a'\?"),
    ([ONES], {"columns": ["a"]}, r"columns names a column, but block 0.*without column names"),
    ([FRAME, FRAME.assign(c="x")], {}, r"Block 1, counted from 0, cannot be used.*'c' holds text"),
    ([pl.LazyFrame({"a": [1.0]})], {}, r"Block 0.*LazyFrame.*collect"),
    ([pd.DataFrame(ONES, columns=["a", "a"])], {}, r"Block 0.*'a' stands more than once"),
    ([ONES, bad(69_999, np.inf)], {}, r"column 1 in row 69999 of block 1 is inf"),
    ([FRAME.assign(c=-np.inf)], {}, r"column 'c' in row 0 of block 0 is -inf"),
    ([], {}, r"at least one row in the blocks"),
    ([ONES[:0]], {}, r"at least one row in the blocks"),
]


@pytest.mark.parametrize(("blocks", "options", "told"), BAD)
def test_bad_blocks(blocks: list[Any], options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=rf"(?s){told}"):
        BlockStream(blocks, **options)


@pytest.mark.parametrize(
    ("blocks", "told"),
    [
        (iter([ONES]), "got a list_iterator, which can be read once only"),
        ((of for of in [ONES]), "got a generator"),
        (ONES, "got a ndarray"),
        (FRAME, r"got a DataFrame.*in a list: \[X\]"),
        (3, "got a int"),
        ("abc", "got a str"),
        ({"a": ONES}, "got a dict"),
    ],
)
def test_what_is_no_stream(blocks: Any, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        BlockStream(blocks)


def changing(first: list[Any], later: list[Any]) -> Callable[[], Iterator[Any]]:
    passes = iter([first])
    return lambda: iter(next(passes, later))


CHANGES: list[tuple[list[Any], list[Any], str]] = [
    ([ONES, ONES], [ONES], "the first pass had 8 rows, this one has 4"),
    ([ONES], [], "the first pass had 4 rows, this one has 0"),
    ([ONES], [ONES, ONES], "the first pass had 4 rows, not more"),
    ([ONES, 2 * ONES], [2 * ONES, ONES], "the values are others"),
    ([(ONES, np.ones(4))], [(ONES, 2 * np.ones(4))], "the values are others"),
    ([ONES], [np.ones((4, 3))], "block 0 has other columns"),
    ([ONES.astype("f4")], [ONES], "block 0 has other columns, or another type"),
    ([FRAME[["a"]]], [FRAME[["b"]]], "block 0 has other columns"),
]


@pytest.mark.parametrize(("first", "later", "told"), CHANGES)
def test_passes_that_differ(first: list[Any], later: list[Any], told: str) -> None:
    stream = BlockStream(changing(first, later))
    with pytest.raises(ValueError, match=rf"changed between passes: {re.escape(told)}"):
        list(stream.batches(3))


def test_other_cuts_of_the_same_rows_are_no_change() -> None:
    stream = BlockStream(changing([X], parts(X)))
    np.testing.assert_array_equal(whole(stream)[0], X)
