"""Lots: parts of a source that are summed one after the other in one reading."""

import threading
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import pytest

from gaussmix.data import ArraySource, Block, BlockStream, LocalSource
from gaussmix.execution import Team, team


@dataclass(frozen=True)
class Numbers:
    """Numbers of rows, in the order in which they were added."""

    found: tuple[int, ...]

    def __add__(self, other: "Numbers") -> "Numbers":
        return Numbers(self.found + other.found)


def numbers(block: Block) -> Numbers:
    return Numbers(tuple(block.numbers.tolist()))


def table(n_rows: int = 1_000, *, gaps: bool = False) -> np.ndarray:
    rng = np.random.default_rng(n_rows)
    X = rng.normal(size=(n_rows, 3))
    if gaps:
        X[rng.random(X.shape) < 0.2] = np.nan
    return X


def stream(X: np.ndarray) -> BlockStream:
    return BlockStream(lambda: iter(np.array_split(X, 7)))


def lots_of(source: LocalSource, n_lots: int, *, size: int = 24) -> list[tuple[int, ...]]:
    cut = source.cut(size, np.zeros(3), rare=True)
    return [lot.sum(numbers, Team()).found for lot in cut.lots(n_lots)]


@pytest.mark.parametrize("n_lots", [1, 2, 5, 13])
def test_lots_hold_every_row_once_in_order_and_are_of_about_one_size(n_lots: int) -> None:
    lots = lots_of(ArraySource(table()), n_lots)
    assert len(lots) == n_lots
    assert [row for lot in lots for row in lot] == list(range(1_000))
    assert all(abs(len(lot) - 1_000 / n_lots) <= 24 for lot in lots)


def test_there_are_no_more_lots_than_blocks() -> None:
    lots = lots_of(ArraySource(table(100)), 50, size=40)
    assert [len(lot) for lot in lots] == [40, 40, 20]


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("window", [8 * 3 * 100, 16_000_000])
def test_a_stream_has_the_lots_of_the_same_rows_in_memory(
    gaps: bool, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gaussmix.data.source._WINDOW_BYTES", window)
    X = table(gaps=gaps)
    here = lots_of(ArraySource(X), 6)
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    assert lots_of(stream(X), 6) == here
    assert lots_of(ArraySource(X), 6) == here
    assert sorted(row for lot in here for row in lot) == list(range(1_000))


def test_a_source_falls_into_as_many_pieces_wherever_its_rows_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    for X in (table(), table(gaps=True)):
        here, there = (of.cut(24, np.zeros(3)) for of in (ArraySource(X), stream(X)))
        assert here.n_pieces == there.n_pieces == 42


@pytest.mark.parametrize("in_memory", [True, False])
def test_no_block_is_looked_at_before_the_lots_before_its_own_are_summed(
    in_memory: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    source = ArraySource(table()) if in_memory else stream(table())
    n_summed = 0

    def look(block: Block) -> Numbers:
        return Numbers((n_summed,) * block.n_rows)

    with team(3) as workers:
        found = []
        for lot in source.cut(24, np.zeros(3)).lots(4):
            found.append(set(lot.sum(look, workers).found))
            n_summed += 1
    assert found == [{0}, {1}, {2}, {3}]


def test_lots_are_read_in_one_reading() -> None:
    X, n_readings = table(), 0

    def blocks():
        nonlocal n_readings
        n_readings += 1
        return iter(np.array_split(X, 7))

    source = BlockStream(blocks)
    cut = source.cut(24, np.zeros(3), keep=False)
    before = n_readings
    assert len([lot.sum(numbers, Team()) for lot in cut.lots(5)]) == 5
    assert n_readings == before + 1


def test_a_reading_that_is_broken_off_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaussmix.data.source._WINDOW_BYTES", 8 * 3 * 48)
    cut = stream(table()).cut(24, np.zeros(3), keep=False)
    n_threads = threading.active_count()
    with closing(cut.lots(5)) as lots:
        lot = next(lots)
        assert lot.sum(numbers, Team()).found
        assert threading.active_count() > n_threads
    assert threading.active_count() == n_threads
    assert lot is not None


def test_a_lot_in_memory_knows_the_patterns_of_its_own_blocks() -> None:
    X = np.ones((80, 3))
    X[:40, 0] = np.nan
    X[40:, 1:] = np.nan
    lots = ArraySource(X).cut(40, np.zeros(3)).lots(2)
    assert sorted([of.tolist() for of in lot.patterns] for lot in lots) == [[[0]], [[1, 2]]]
