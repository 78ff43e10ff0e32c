"""Sources: what rows come from. Each can be read again, and cuts blocks of a given size."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data.block import Block

#: A centred copy of the data is kept between passes when it is no larger than this.
_KEEP_BYTES = 24_000_000


class Source(Protocol):
    """Rows that can be read again and again, in the same order."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def n_features(self) -> int:
        """Number of columns."""
        ...

    @property
    def weight(self) -> FloatArray | None:
        """Weight of each row, (N,); None for ones."""
        ...

    def blocks(self, size: int, centre: FloatArray) -> Sequence[Block]:
        """The rows in blocks of `size`, to be centred at `centre`."""
        ...

    def rows(self, index: AnyArray) -> FloatArray:
        """The rows of the given numbers, (len(index), D) float64."""
        ...


class ArraySource:
    """Rows of an array in memory or of a memory map; nothing is copied.

    Parameters
    ----------
    X : (N, D) float array
    weight : (N,) float64 array or None
    """

    def __init__(self, X: AnyArray, weight: FloatArray | None = None) -> None:
        self.X = X
        self._weight = weight

    @property
    def weight(self) -> FloatArray | None:
        """Weight of each row, (N,); None for ones."""
        return self._weight

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.X.shape[0])

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.X.shape[1])

    def blocks(self, size: int, centre: FloatArray) -> Sequence[Block]:
        """Views of the rows in blocks of `size`."""
        return list(self._cut(size, centre))

    def _cut(self, size: int, centre: FloatArray) -> Iterator[Block]:
        for start in range(0, self.n_rows, size):
            rows = slice(start, start + size)
            weight = None if self.weight is None else self.weight[rows]
            yield Block(self.X[rows].T, centre, weight, start)

    def rows(self, index: AnyArray) -> FloatArray:
        """The rows of the given numbers, (len(index), D) float64."""
        return np.asarray(self.X[index], dtype=np.float64)


class Centred:
    """A source cut into blocks about one centre, for many passes.

    Small sources are copied once, centred and transposed; large ones are centred block by
    block at every pass. The kernels cannot tell the difference, and neither can the bits.
    """

    def __init__(self, source: Source, centre: FloatArray, size: int) -> None:
        self.source = source
        self.centre = centre
        self.size = min(size, source.n_rows)
        blocks = source.blocks(size, centre)
        if 8 * source.n_rows * source.n_features <= _KEEP_BYTES:
            blocks = [replace(block, ready=block.centred()) for block in blocks]
        self.blocks = blocks

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.source.n_features
