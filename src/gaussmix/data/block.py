"""A block: the rows that one call of a kernel sees."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data.batch import Details, Selection

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
    """Rows of a source in which the same columns are observed, transposed.

    With gaps the rows of a block need not stand side by side in the source. Rows of rare
    patterns share a block of all columns, and `lacking` tells which values each is without.

    Attributes
    ----------
    table : (D, n) array
        The rows of the source that these are among, one column of the table each; any float
        type, any stride.
    start : int
        Number in the source of the first row of `table`.
    chosen : slice or (B,) array of int
        Which rows of `table` these are.
    observed : (Do,) array of int or None
        Columns that hold a value in these rows; None for all, or where `lacking` tells.
    centre : (Do,) array
        What `centred` subtracts.
    number : int
        How many blocks of the source stand before this one.
    details : Details
        What else is known of the rows; errors of observed columns only.
    lacking : (B, Dm) array of int or None
        For each row the columns without a value; None where `observed` tells.
    ready : (Do, B) array or None
        The centred rows, where they are kept.
    """

    table: AnyArray
    start: int
    chosen: Selection
    observed: IntArray | None
    centre: FloatArray
    number: int
    details: Details
    lacking: IntArray | None = None
    ready: FloatArray | None = None

    @property
    def columns(self) -> AnyArray:
        """The observed values as they came, (Do, B); NaN for those that `lacking` tells of."""
        if isinstance(self.chosen, slice):
            picked = self.table[:, self.chosen]
        else:
            picked = self.table.T[self.chosen].T
        return picked if self.observed is None else picked[self.observed]

    @property
    def n_columns(self) -> int:
        """Number Do of observed columns."""
        return len(self.centre)

    @property
    def n_missing(self) -> int:
        """Number of values that each row lacks."""
        if self.lacking is not None:
            return int(self.lacking.shape[1])
        return 0 if self.observed is None else len(self.table) - len(self.observed)

    @property
    def n_observed(self) -> int:
        """Number of values that each row has."""
        return len(self.table) - self.n_missing

    @property
    def n_rows(self) -> int:
        """Rows in the block."""
        if isinstance(self.chosen, slice):
            return int(self.chosen.stop - self.chosen.start)
        return len(self.chosen)

    @property
    def rows(self) -> Selection:
        """Numbers of the rows in the source."""
        if isinstance(self.chosen, slice):
            return slice(self.start + self.chosen.start, self.start + self.chosen.stop)
        return self.start + self.chosen

    @property
    def numbers(self) -> IntArray:
        """Numbers of the rows in the source, one by one."""
        return np.arange(self.start, self.start + self.table.shape[1])[self.chosen]

    @property
    def weight(self) -> FloatArray | None:
        """Weight of each row, (B,); None for ones."""
        return self.details.weight

    @property
    def total_weight(self) -> float:
        """Sum of the rows' weights."""
        return float(self.n_rows) if self.weight is None else float(self.weight.sum())

    def centred(self, out: FloatArray | None = None) -> FloatArray:
        """The rows less the centre, (Do, B) float64, written to `out` where given.

        What a row lacks is zero.
        """
        if out is None:
            out = np.empty((self.n_columns, self.n_rows))
        if self.ready is None:
            return self._less(self.centre, out)
        np.copyto(out, self.ready)
        return out

    def less(self, point: FloatArray) -> FloatArray:
        """The rows less a point, (Do, B) float64, with no rounding but that of the difference."""
        return self._less(point, np.empty((self.n_columns, self.n_rows)))

    def _less(self, point: FloatArray, out: FloatArray) -> FloatArray:
        np.subtract(self.columns, point[:, None], out=out)
        if self.weight is not None and not self.weight.all():
            # A row of weight zero is gone: at the point its values can do no harm.
            out[:, self.weight == 0.0] = 0.0
        if self.lacking is not None:
            out[self.lacking.T, np.arange(self.n_rows)] = 0.0
        return out

    @property
    def by_pattern(self) -> Iterator[tuple[IntArray, "Block"]]:
        """Rows that lack different values, pattern by pattern: which they are, and their block."""
        assert self.lacking is not None
        assert not isinstance(self.chosen, slice)
        patterns, which = np.unique(self.lacking, axis=0, return_inverse=True)
        for number, missing in enumerate(patterns):
            own = np.flatnonzero(which.reshape(-1) == number)
            observed = np.delete(np.arange(self.n_columns), missing)
            yield (
                own,
                replace(
                    self,
                    chosen=self.chosen[own],
                    observed=observed,
                    centre=self.centre[observed],
                    details=self.details.take(own),
                    lacking=None,
                    ready=None,
                ),
            )
