"""Streams in general: recutting leaves every bit as it was, and reader threads end."""

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix.data.batch import Batch, Details
from gaussmix.data.storage.block_stream import BlockStream
from gaussmix.data.storage.file_stream import FileStream
from gaussmix.data.storage.open_stream import open_stream
from gaussmix.data.storage.streams import prefetch, recut

N = 97
X = np.random.default_rng(0).normal(size=(3, N)).astype(np.float32)
DETAILS = Details(
    weight=np.arange(N) / 7.0,
    label=np.arange(N) % 5 - 1,
    error=np.random.default_rng(1).random((N, 3, 3)),
    interval=np.random.default_rng(2).random((N, 2)),
)
WHOLE = Batch(X, DETAILS)


def part(start: int, stop: int) -> Batch:
    return Batch(X[:, start:stop], DETAILS.take(slice(start, stop)))


def assert_same(got: list[Batch], size: int) -> None:
    assert [b.n_rows for b in got] == [min(size, N - start) for start in range(0, N, size)]
    assert np.concatenate([b.columns for b in got], axis=1).tobytes() == X.tobytes()
    for name in ("weight", "label", "error", "interval"):
        parts = [getattr(b.details, name) for b in got]
        np.testing.assert_array_equal(np.concatenate(parts), getattr(DETAILS, name))
        assert parts[0].dtype == getattr(DETAILS, name).dtype
    assert all(b.columns.dtype == np.float32 for b in got)


@given(cuts=st.lists(st.integers(0, N), max_size=12), size=st.integers(1, N + 5))
def test_no_cut_is_seen_in_what_recut_gives(cuts: list[int], size: int) -> None:
    ends = sorted({0, *cuts, N})
    pieces = [part(a, b) for a, b in pairwise(ends)]
    assert_same(list(recut(pieces, size)), size)


def test_empty_pieces_and_no_pieces() -> None:
    assert_same(list(recut([part(0, 0), part(0, 40), part(40, 40), part(40, N)], 30)), 30)
    assert list(recut([], 3)) == []
    assert list(recut([part(0, 0)], 3)) == []


def test_what_is_whole_is_not_copied() -> None:
    pieces = [part(0, 40), part(40, 80)]
    assert [a is b for a, b in zip(recut(pieces, 40), pieces, strict=True)] == [True, True]
    first, second, third = recut([part(0, 70)], 30)
    for batch in (first, second):
        assert np.shares_memory(batch.columns, X)
        assert np.shares_memory(batch.details.weight, DETAILS.weight)
    assert third.n_rows == 10


def test_a_filled_batch_is_filled_once() -> None:
    first, second = recut([part(0, 3), part(3, 10), part(10, 12)], 6)
    first.columns[:] = 0.0
    np.testing.assert_array_equal(second.columns, X[:, 6:12])


def readers() -> int:
    return threading.active_count()


def test_prefetch_gives_the_same_items() -> None:
    before = readers()
    assert list(prefetch(range(1_000))) == list(range(1_000))
    assert list(prefetch(iter([]))) == []
    assert readers() == before


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_prefetch_runs_ahead_by_no_more_than_its_depth(depth: int) -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for j in range(100):
            made.append(j)
            yield j

    pass_ = prefetch(items(), depth)
    for j in range(20):
        assert next(pass_) == j
        deadline = time.monotonic() + 5.0
        while len(made) < j + 1 + depth and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.002)
        assert len(made) == j + 1 + depth
    pass_.close()


def test_an_error_comes_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise KeyError("broken")

    got: list[int] = []
    before = readers()
    with pytest.raises(KeyError, match="broken"):
        got.extend(prefetch(items()))
    assert got == [1, 2]
    assert readers() == before


def test_an_iterable_that_fails_at_once() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        next(prefetch(3))


def test_closing_early_ends_the_thread_and_closes_the_items() -> None:
    where: list[threading.Thread] = []

    def items() -> Iterator[int]:
        try:
            while True:
                yield 0
        finally:
            where.append(threading.current_thread())

    before = readers()
    for _ in range(50):
        pass_ = prefetch(items())
        next(pass_)
        start = time.monotonic()
        pass_.close()
        assert time.monotonic() - start < 5.0
    assert readers() == before
    assert len(where) == 50
    assert threading.current_thread() not in where


def test_a_pass_that_is_dropped_ends_its_thread() -> None:
    before = readers()
    for _ in range(20):
        for item in prefetch(range(1_000)):
            if item == 3:
                break
    assert readers() == before


def test_nothing_is_read_before_the_first_item_is_asked_for() -> None:
    before = readers()
    pass_ = prefetch(pytest.fail("read too early") for _ in range(1))
    assert readers() == before
    del pass_


def test_a_stream_is_opened_by_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,w\n1,2\n3,4\n")
    for paths in (path, str(path), [path, str(path)], (path,)):
        stream = open_stream(paths, weight="w")
        assert isinstance(stream, FileStream)
        assert stream.names == ("a",)
    for blocks in ([np.ones((2, 1))], lambda: iter([np.ones((2, 1))])):
        assert isinstance(open_stream(blocks), BlockStream)
    with pytest.raises(ValueError, match="at least one file"):
        open_stream([])
