"""Sources: what rows come from. Each can be read again, and cuts blocks of a given size."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data.batch import NO_DETAILS, Batch, Details, Selection
from gaussmix.data.block import Block
from gaussmix.data.lots import LocalLot, Lot, in_lots, patterns_of
from gaussmix.execution import Additive, Team

#: A centred copy of the data is kept between passes when it is no larger than this.
_KEEP_BYTES = 24_000_000
#: Rows are sorted by which of their values are observed within windows of about this many bytes
#: of float64: large enough to bring together the rows of rare patterns.
_WINDOW_BYTES = 16_000_000
#: Weights are added up in runs of this many rows, so that the sums do not depend on storage.
_RUN = 65_536

Sum = TypeVar("Sum", bound=Additive)


class Source(ABC):
    """Rows that can be read again and again, in the same order."""

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """Number of rows."""

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Number of columns."""

    @property
    @abstractmethod
    def has_weights(self) -> bool:
        """Whether rows have weights."""

    @abstractmethod
    def origin(self) -> FloatArray:
        """A point (D,) not far from the rows: in each column the first value that counts."""

    @abstractmethod
    def rows(self, index: IntArray) -> FloatArray:
        """The rows of the given rising numbers, (len(index), D) float64, NaN for gaps."""

    @abstractmethod
    def locate(self, places: FloatArray) -> IntArray:
        """Numbers of the rows at the given rising places of the cumulative weight."""

    @abstractmethod
    def weights_of(self, index: IntArray) -> FloatArray:
        """Weights of the rows of the given rising numbers."""

    @abstractmethod
    def cut(self, size: int, centre: FloatArray, *, keep: bool = True, rare: bool = False) -> "Cut":
        """The rows in blocks of at most `size`, about a centre.

        Parameters
        ----------
        size : int
        centre : (D,) array
        keep : bool
            Whether many passes are to be made.
        rare : bool
            Whether rows of rare patterns of gaps may share blocks; see `Block.lacking`.
        """

    @property
    def is_in_memory(self) -> bool:
        """Whether one pass costs no more than looking at the rows."""
        return False

    @property
    def is_plain(self) -> bool:
        """Whether rows are points, known without error."""
        return True


class Cut(Lot):
    """A source cut into blocks about one centre."""

    centre: FloatArray
    #: Rows in the largest block.
    size: int

    @property
    @abstractmethod
    def n_blocks(self) -> int:
        """How many blocks there are, or will be at least."""

    @property
    @abstractmethod
    def n_pieces(self) -> int:
        """Into how many parts of about equal size the rows fall that can be added up apart.

        As many for the same rows wherever this process reads them from.
        """

    @abstractmethod
    def lots(self, n_lots: int) -> Generator[Lot, None, None]:
        """All blocks in at most so many lots of about as many rows, in one reading.

        Each lot is to be summed, once, before the next is asked for: so what is made of a lot's
        blocks may depend on the sums of those before. The same blocks are in a lot every time.
        """


class LocalSource(Source):
    """Rows that this process reads, batch by batch."""

    @abstractmethod
    def batches(self, size: int) -> Iterator[Batch]:
        """All rows in order, `size` at a time."""

    def blocks(self, size: int, centre: FloatArray, *, rare: bool = False) -> Iterator[Block]:
        """The rows in blocks of at most `size`, to be centred at `centre`; see `cut`.

        Rows of which the same columns are observed are brought together within windows of a
        size that D and `size` fix.
        """
        window = size * max(1, _WINDOW_BYTES // (8 * max(1, self.n_features) * size))
        start = number = 0
        for batch in self.batches(window):
            for group in batch.groups(rare=rare and self.is_plain):
                whole = Block(
                    batch.columns,
                    start,
                    group.rows,
                    group.observed,
                    centre,
                    number,
                    NO_DETAILS,
                    group.lacking,
                )
                for block in _pieces(whole, batch.details, size):
                    yield block
                    number += 1
            start += batch.n_rows

    def cut(self, size: int, centre: FloatArray, *, keep: bool = True, rare: bool = False) -> Cut:
        """The rows in blocks of at most `size`, about a centre; see `Source.cut`."""
        return LocalCut(self, size, centre, keep=keep, rare=rare)

    def origin(self) -> FloatArray:
        """A point (D,) not far from the rows: in each column the first value that counts."""
        point = np.full(self.n_features, np.nan)
        for batch in self.batches(_RUN):
            counts = _counting(batch)
            for j in np.flatnonzero(np.isnan(point)):
                values = batch.columns[j]
                here = np.flatnonzero(~np.isnan(values) & counts)
                if len(here):
                    point[j] = values[here[0]]
            if not np.isnan(point).any():
                break
        return np.asarray(np.nan_to_num(point))

    def rows(self, index: IntArray) -> FloatArray:
        """The rows of the given rising numbers, (len(index), D) float64, NaN for gaps."""
        picked = [batch.columns[:, own].T for batch, own in self._holding(index)]
        return np.concatenate(picked, dtype=np.float64)

    def weights_of(self, index: IntArray) -> FloatArray:
        """Weights of the rows of the given rising numbers."""
        if not self.has_weights:
            return np.ones(len(index))
        parts = [_weights(batch)[own] for batch, own in self._holding(index)]
        return np.concatenate(parts)

    def _holding(self, index: IntArray) -> Iterator[tuple[Batch, IntArray]]:
        """The batches, and which of their rows are among the given ones."""
        start = 0
        for batch in self.batches(_RUN):
            low, high = np.searchsorted(index, [start, start + batch.n_rows])
            yield batch, index[low:high] - start
            start += batch.n_rows

    def locate(self, places: FloatArray) -> IntArray:
        """Numbers of the rows at the given rising places of the cumulative weight."""
        if not self.has_weights:
            return np.asarray(places, dtype=np.intp)
        found, start, before = [], 0, 0.0
        for batch in self.batches(_RUN):
            cumulative = before + np.cumsum(_weights(batch))
            low, high = np.searchsorted(places, [before, cumulative[-1]])
            here = np.searchsorted(cumulative, places[low:high], side="right")
            found.append(start + here)
            before, start = cumulative[-1], start + batch.n_rows
        return np.concatenate(found)


def _weights(batch: Batch) -> FloatArray:
    weight = batch.details.weight
    return np.ones(batch.n_rows) if weight is None else weight


def _counting(batch: Batch) -> AnyArray:
    return _weights(batch) > 0.0


def _pieces(group: Block, details: Details, size: int) -> Iterator[Block]:
    """A group of rows, all of one pattern, in blocks of at most `size`."""
    centre, observed = group.centre, group.observed
    if observed is not None:
        centre = centre[observed]
    number = group.number
    for start in range(0, group.n_rows, size):
        chosen = _part(group.chosen, start, min(start + size, group.n_rows))
        own = details.take(chosen)
        if observed is not None and own.error is not None:
            own = replace(own, error=_error_of(own.error, observed))
        lacking = None if group.lacking is None else group.lacking[start : start + size]
        yield replace(
            group, chosen=chosen, centre=centre, number=number, details=own, lacking=lacking
        )
        number += 1


def _part(rows: Selection, start: int, stop: int) -> Selection:
    return slice(start, stop) if isinstance(rows, slice) else rows[start:stop]


def _error_of(error: FloatArray, observed: IntArray) -> FloatArray:
    if error.ndim == 2:
        return error[:, observed]
    return error[:, observed[:, None], observed]


class ArraySource(LocalSource):
    """Rows of an array in memory or of a memory map; nothing is copied.

    Parameters
    ----------
    X : (N, D) float array
        NaN where a value is missing.
    details : Details
    """

    def __init__(self, X: AnyArray, details: Details = NO_DETAILS) -> None:
        self.X = X
        self.details = details

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.X.shape[0])

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.X.shape[1])

    @property
    def has_weights(self) -> bool:
        """Whether rows have weights."""
        return self.details.weight is not None

    @property
    def is_in_memory(self) -> bool:
        """Whether one pass costs no more than looking at the rows."""
        return True

    @property
    def is_plain(self) -> bool:
        """Whether rows are points, known without error."""
        return self.details.is_plain

    def batches(self, size: int) -> Iterator[Batch]:
        """Views of the rows, `size` at a time."""
        for start in range(0, self.n_rows, size):
            rows = slice(start, start + size)
            yield Batch(self.X[rows].T, self.details.take(rows))

    def rows(self, index: IntArray) -> FloatArray:
        """The rows of the given numbers, (len(index), D) float64, NaN for gaps."""
        return np.asarray(self.X[index], dtype=np.float64)


class LocalCut(Cut):
    """Blocks of a local source, for many passes.

    Small tables are copied once, centred and transposed, wherever they come from; large ones in
    memory are listed, and centred block by block at every pass; others are read again. The
    kernels cannot tell the difference, and neither can the bits.
    """

    def __init__(
        self, source: LocalSource, size: int, centre: FloatArray, *, keep: bool, rare: bool
    ) -> None:
        self.centre = centre
        self._rare = rare
        self.size = min(size, source.n_rows)
        self._source, self._asked = source, size
        self._listed: list[Block] | None = None
        keep = keep and 8 * source.n_rows * source.n_features <= _KEEP_BYTES
        if keep or source.is_in_memory:
            self._listed = list(source.blocks(size, centre, rare=rare))
            if keep:
                self._listed = [replace(block, ready=block.centred()) for block in self._listed]
            self.patterns = patterns_of(self._listed)

    @property
    def n_blocks(self) -> int:
        """How many blocks there are, or will be at least."""
        if self._listed is not None:
            return len(self._listed)
        return self.n_pieces

    @property
    def n_pieces(self) -> int:
        """Rows over those in a block, rounded up."""
        return -(-self._source.n_rows // self._asked)

    @property
    def blocks(self) -> Iterable[Block]:
        """The blocks in order."""
        if self._listed is not None:
            return self._listed
        return self._source.blocks(self._asked, self.centre, rare=self._rare)

    def sum(self, function: Callable[[Block], Sum], team: Team) -> Sum:
        """Left-to-right sum of what the function makes of each block, small ones first together."""
        return LocalLot(self.blocks, self.size).sum(function, team)

    def lots(self, n_lots: int) -> Generator[Lot, None, None]:
        """Blocks that follow each other; see `Cut.lots`. The rows are read as they are summed."""
        blocks, n_rows = iter(self.blocks), self._source.n_rows
        try:
            for lot in in_lots(blocks, lambda block: block.n_rows, n_rows, n_lots):
                if self._listed is None:
                    yield LocalLot(lot, self.size)
                else:
                    own = list(lot)
                    yield LocalLot(own, self.size, patterns_of(own))
        finally:
            # A reading that is broken off ends here, whoever still holds a lot of it.
            if isinstance(blocks, Generator):
                blocks.close()
