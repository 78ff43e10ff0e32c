"""A batch: consecutive rows as a storage hands them out, and what is known of each beside X."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray

Selection = slice | IntArray

#: A pattern of gaps that fewer rows of a window share than this is not worth a kernel of its
#: own: its rows are worked on one by one, together with those of other such patterns.
_COMMON = 64


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of n rows beside their values; None where it is the same for all.

    Attributes
    ----------
    weight : (n,) array or None
        How often each row counts; None is once.
    label : (n,) array of int or None
        The component that each row is known to come from, -1 where it is not known.
    error : (n, D) or (n, D, D) array or None
        Variances, or covariances, of the error that each row was measured with.
    interval : (n, 2) array or None
        Lower and upper end, where a row is not a point but an interval.
    """

    weight: FloatArray | None = None
    label: IntArray | None = None
    error: FloatArray | None = None
    interval: FloatArray | None = None

    @property
    def is_plain(self) -> bool:
        """Whether rows are points, known without error."""
        return self.error is None and self.interval is None

    def take(self, rows: Selection) -> "Details":
        """The details of some of the rows."""
        return Details(*(None if of is None else of[rows] for of in self._all))

    @property
    def _all(self) -> Iterator[Any]:
        return (getattr(self, field.name) for field in fields(self))


NO_DETAILS = Details()


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows.

    Attributes
    ----------
    columns : (D, n) array
        float32 or float64 of any stride, one column of the table each; NaN where a value is
        missing, and never infinite.
    details : Details
    """

    columns: AnyArray
    details: Details = NO_DETAILS

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.columns.shape[1])

    def groups(self, *, rare: bool) -> Iterator["Group"]:
        """The rows by which of their values are observed; complete ones come last.

        Parameters
        ----------
        rare : bool
            Whether rows whose pattern few others share may stand together with rows of other
            patterns that lack as many values.
        """
        missing = np.isnan(self.columns)
        if not missing.any():
            yield Group(slice(0, self.n_rows))
            return
        # One byte string per row; complete rows, whose bits are all zero, come first.
        bits = np.packbits(missing, axis=0).T
        codes, which = np.unique(
            np.ascontiguousarray(bits).view(f"V{bits.shape[1]}").ravel(), return_inverse=True
        )
        counts = np.bincount(which, minlength=len(codes))
        order = np.argsort(which, kind="stable")
        ends = np.cumsum(counts)
        kept = (counts >= _COMMON) | (not rare)
        is_complete = not missing[:, order[0]].any()
        kept[0] &= not is_complete
        if rare:
            yield from _of_rare_patterns(missing, (counts < _COMMON)[which])
        for start, end in zip((ends - counts)[kept], ends[kept], strict=True):
            yield Group(order[start:end], np.flatnonzero(~missing[:, order[start]]))
        if is_complete:
            yield Group(order[: counts[0]])


def _of_rare_patterns(missing: BoolArray, is_rare: BoolArray) -> Iterator["Group"]:
    """Rows of rare patterns by how many values they lack; not those that lack none."""
    n_missing = np.where(is_rare, missing.sum(axis=0), 0)
    for n in np.unique(n_missing[n_missing > 0]):
        rows = np.flatnonzero(n_missing == n)
        yield Group(rows, lacking=np.nonzero(missing[:, rows].T)[1].reshape(len(rows), n))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a batch that lack the same values, or as many.

    Attributes
    ----------
    rows : slice or array of int
        Their numbers, rising.
    observed : (Do,) array of int or None
        Columns that hold a value in each of the rows; None for all, or where `lacking` tells.
    lacking : (n, Dm) array of int or None
        For each row the columns without a value, where rows of several patterns stand together.
    """

    rows: Selection
    observed: IntArray | None = None
    lacking: IntArray | None = None
