"""Rows that the caller hands out in blocks, as a stream."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from gaussmix import errors
from gaussmix.data.batch import Batch, Details
from gaussmix.data.storage.block_rows import BlockReader, BlockRows
from gaussmix.data.storage.streams import Layout, Stream
from gaussmix.data.table import is_frame

Blocks: TypeAlias = Iterable[Any] | Callable[[], Iterable[Any]]


class BlockStream(Stream):
    """Rows of blocks.

    Parameters
    ----------
    blocks : iterable or callable
        An object whose ``__iter__`` starts anew each time, or a callable without arguments that
        returns such a start. A block is an array (n, D), a data frame (pandas, polars, pyarrow),
        or a tuple of either and its weights (n,).
    columns : sequence of str or None
        What to take from data frames; None is every column but weight and label.
    weight, label : str or None
        Columns of data frames that hold the weight of each row, and the component that it is
        known to come from; nothing or -1 where it is not known.

    Raises
    ------
    ValueError
        Where a block cannot be used, or has other columns than the first.
    TypeError
        Where the blocks can be read once only, or are none.

    Notes
    -----
    The blocks are gone through once at construction. Later passes go through them in another
    thread, and must give the same rows. A block may be overwritten once the next is asked for.
    """

    def __init__(
        self,
        blocks: Blocks,
        columns: Sequence[str] | None = None,
        weight: str | None = None,
        label: str | None = None,
    ) -> None:
        _check_repeatable(blocks)
        self._blocks = blocks
        self._reader = BlockReader(columns, weight, label)
        self._seen = _Seen()
        self._layout = self._learn()

    def __repr__(self) -> str:
        return self._described(f"blocks of a {type(self._blocks).__name__}")

    def _learn(self) -> Layout:
        """A first pass: what is the same for all rows."""
        first: BlockRows | None = None
        is_single = True
        for rows in self._rows():
            first = first or rows
            _check_alike(rows, first)
            is_single = is_single and (rows.values.dtype == np.float32 or not len(rows.values))
            for piece in rows.pieces():
                self._seen.add(piece)
        if first is None or self._seen.n_rows == 0:
            raise errors.stream_without_rows("the blocks")
        return Layout(
            n_rows=self._seen.n_rows,
            n_features=first.values.shape[1],
            names=first.names,
            dtype=np.dtype(np.float32 if is_single else np.float64),
            has_weights=first.weight is not None,
            has_labels=first.label is not None,
        )

    def _rows(self) -> Iterator[BlockRows]:
        """The blocks as arrays."""
        blocks = self._blocks if isinstance(self._blocks, Iterable) else self._blocks()
        for number, block in enumerate(blocks):
            yield self._reader.read(number, block)

    def _pieces(self) -> Iterator[Batch]:
        seen = _Seen()
        for rows in self._rows():
            self._check_layout(rows)
            for piece in rows.pieces():
                seen.add(piece)
                if seen.n_rows > self.n_rows:
                    raise errors.stream_changed(f"the first pass had {self.n_rows} rows, not more")
                # A copy: the caller may overwrite what was handed out.
                columns = np.array(piece.values.T, dtype=self.dtype, order="C")
                yield Batch(columns, Details(weight=piece.weight, label=piece.label))
        if seen.n_rows < self.n_rows:
            raise errors.stream_changed(
                f"the first pass had {self.n_rows} rows, this one has {seen.n_rows}"
            )
        if seen.sums != self._seen.sums:
            raise errors.stream_changed("the values are others than in the first pass")

    def _check_layout(self, rows: BlockRows) -> None:
        """Raises where a block has other columns than in the first pass."""
        first = (self.n_features, self.names, self.has_weights)
        is_wider = self.dtype == np.float32 and rows.values.dtype != np.float32
        now = (rows.values.shape[1], rows.names, rows.weight is not None)
        if first != now or (is_wider and len(rows.values)):
            raise errors.stream_changed(
                f"block {rows.number} has other columns, or another type, than in the first pass"
            )


class _Seen:
    """What a pass has seen: number of rows, and checksums that no cut into blocks changes."""

    def __init__(self) -> None:
        self.n_rows = 0
        self.sums = [0, 0, 0]

    def add(self, rows: BlockRows) -> None:
        """Takes in the next rows."""
        self.n_rows += len(rows.values)
        for j, of in enumerate((rows.values, rows.weight, rows.label)):
            if of is not None:
                self.sums[j] = zlib.crc32(np.ascontiguousarray(of).data, self.sums[j])


def _check_repeatable(blocks: object) -> None:
    """Raises for what is no iterable of blocks, or one that can be read once only."""
    kind = type(blocks).__name__
    if isinstance(blocks, Iterator):
        raise errors.one_shot_stream(kind)
    is_single_table = isinstance(blocks, np.ndarray | str | bytes | Mapping) or is_frame(blocks)
    if is_single_table or not (isinstance(blocks, Iterable) or callable(blocks)):
        raise errors.not_a_stream(kind)


def _check_alike(rows: BlockRows, first: BlockRows) -> None:
    """Raises where a block has other columns than the first, or weights where that has none."""
    if (rows.values.shape[1], rows.names) != (first.values.shape[1], first.names):
        raise errors.block_columns(rows.number, _columns(rows), _columns(first))
    if rows.weight is None and first.weight is not None:
        raise errors.block_weight_in_part(rows.number, "no weight", "one")
    if rows.weight is not None and first.weight is None:
        raise errors.block_weight_in_part(rows.number, "a weight", "none")


def _columns(rows: BlockRows) -> str:
    """The columns of a block in words."""
    if rows.names is None:
        return f"{rows.values.shape[1]} columns without names"
    return f"{len(rows.names)} columns ({', '.join(map(repr, rows.names[:10]))})"
