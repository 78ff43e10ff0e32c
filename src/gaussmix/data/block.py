"""A block: the rows that one call of a kernel sees."""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import AnyArray, FloatArray

#: Bytes of features and log densities that one thread works on at a time. Measured best
#: between 5 and 9 MB for every shape in the benchmark table: large enough to hide the cost
#: of handing the interpreter from thread to thread, small enough for the shared cache.
_WORKING_SET = 8_000_000
_SMALLEST, _LARGEST = 520, 66_680


def block_size(rows_per_column: int) -> int:
    """Rows in a block when `rows_per_column` numbers of float64 are held for each row.

    A multiple of 8 that is not a multiple of 16: strides of a power of two would make the
    rows of a (F, B) array compete for the same cache lines.
    """
    eighths = int(np.clip(_WORKING_SET // (64 * rows_per_column), _SMALLEST // 8, _LARGEST // 8))
    return 8 * (eighths | 1)


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive rows of a source, transposed.

    Attributes
    ----------
    columns : (D, B) array
        The rows as they came, one column of the array each; any float type, any stride.
    centre : (D,) array
        What `centred` subtracts.
    weight : (B,) array or None
        Weight of each row; None means one.
    start : int
        Number of the first row in the source.
    ready : (D, B) array or None
        The centred rows, where they are kept.
    """

    columns: AnyArray
    centre: FloatArray
    weight: FloatArray | None
    start: int
    ready: FloatArray | None = None

    @property
    def n_rows(self) -> int:
        """Rows in the block."""
        return int(self.columns.shape[1])

    @property
    def stop(self) -> int:
        """Number of the row after the last."""
        return self.start + self.n_rows

    @property
    def total_weight(self) -> float:
        """Sum of the rows' weights."""
        return float(self.n_rows) if self.weight is None else float(self.weight.sum())

    def centred(self, out: FloatArray | None = None) -> FloatArray:
        """The rows less the centre, (D, B) float64, written to `out` where given."""
        if out is None:
            out = np.empty(self.columns.shape)
        if self.ready is None:
            return self._less(self.centre, out)
        np.copyto(out, self.ready)
        return out

    def less(self, point: FloatArray) -> FloatArray:
        """The rows less a point, (D, B) float64, with no rounding but that of the difference."""
        return self._less(point, np.empty(self.columns.shape))

    def _less(self, point: FloatArray, out: FloatArray) -> FloatArray:
        np.subtract(self.columns, point[:, None], out=out)
        if self.weight is not None and not self.weight.all():
            # A row of weight zero is gone: at the point its values can do no harm.
            out[:, self.weight == 0.0] = 0.0
        return out
