"""Lots: blocks that are added up together, all of a source's or some that follow each other."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from itertools import groupby
from operator import add
from typing import TypeVar

from gaussmix._typing import IntArray
from gaussmix.data.block import Block
from gaussmix.execution import Additive, Team

Item = TypeVar("Item")
Sum = TypeVar("Sum", bound=Additive)

#: Small blocks make one piece of work up to this many times the size of a large one.
_MOST = 8


class Lot(ABC):
    """Blocks that are added up together."""

    #: Columns that are observed in the blocks with gaps, where they are known beforehand.
    patterns: Sequence[IntArray] = ()

    @abstractmethod
    def sum(self, function: Callable[[Block], Sum], team: Team) -> Sum:
        """Sum of what the function makes of each block, always in the same order."""


class LocalLot(Lot):
    """Blocks that this process adds up.

    Parameters
    ----------
    blocks : iterable of Block
    size : int
        Rows in a large one.
    patterns : sequence of arrays
        See `Lot`.
    """

    def __init__(
        self, blocks: Iterable[Block], size: int, patterns: Sequence[IntArray] = ()
    ) -> None:
        self._blocks, self._size, self.patterns = blocks, size, patterns

    def sum(self, function: Callable[[Block], Sum], team: Team) -> Sum:
        """Left-to-right sum of what the function makes of each block, small ones first together."""

        def over(bundle: list[Block]) -> Sum:
            return reduce(add, map(function, bundle))

        return team.sum(over, bundled(self._blocks, self._size))


def bundled(blocks: Iterable[Block], size: int) -> Iterator[list[Block]]:
    """The blocks in order, small ones that follow each other together.

    Small blocks keep the interpreter busy, which one thread at a time can use: two threads that
    each work on small blocks are slower than one. In one piece of work they leave the other
    threads to large blocks, which do not need it.
    """
    bundle: list[Block] = []
    for block in blocks:
        if bundle and (2 * block.n_rows >= size or sum(b.n_rows for b in bundle) >= _MOST * size):
            yield bundle
            bundle = []
        bundle.append(block)
        if 2 * block.n_rows >= size:
            yield bundle
            bundle = []
    if bundle:
        yield bundle


def patterns_of(blocks: Sequence[Block]) -> list[IntArray]:
    """Columns (Do,) that are observed in blocks with gaps, each pattern once."""
    observed = (block.observed for block in blocks if block.observed is not None)
    return list({of.tobytes(): of for of in observed}.values())


def in_lots(
    items: Iterable[Item], n_rows_of: Callable[[Item], int], n_rows: int, n_lots: int
) -> Iterator[Iterator[Item]]:
    """Items in order, in at most so many lots of about as many rows.

    An item is in the lot in which its first row is. Each lot is to be gone through before the
    next is asked for.

    Parameters
    ----------
    items : iterable
    n_rows_of : callable
        item -> how many rows it has.
    n_rows : int
        Of all items.
    n_lots : int
    """
    before = 0

    def lot_of(item: Item) -> int:
        nonlocal before
        lot = before * n_lots // n_rows
        before += n_rows_of(item)
        return lot

    for _, lot in groupby(items, key=lot_of):
        yield lot
