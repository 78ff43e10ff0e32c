"""A batch: consecutive rows as a storage hands them out, and what is known of each beside X."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from gaussmix._typing import AnyArray, FloatArray, IntArray

Selection = slice | IntArray


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

    def groups(self) -> Iterator[tuple[Selection, IntArray | None]]:
        """The rows by which of their values are observed.

        Yields
        ------
        rows : slice or array of int
            Numbers of the rows, rising.
        observed : array of int or None
            Numbers of the columns that hold a value in these rows; None for all.
        """
        missing = np.isnan(self.columns)
        if not missing.any():
            yield slice(0, self.n_rows), None
            return
        # One byte string per row; complete rows, whose bits are all zero, come first.
        bits = np.packbits(missing, axis=0).T
        codes, which = np.unique(
            np.ascontiguousarray(bits).view(f"V{bits.shape[1]}").ravel(), return_inverse=True
        )
        order = np.argsort(which, kind="stable")
        ends = np.cumsum(np.bincount(which, minlength=len(codes)))
        for start, end in zip([0, *ends[:-1]], ends, strict=True):
            rows = order[start:end]
            observed = np.flatnonzero(~missing[:, rows[0]])
            yield rows, None if len(observed) == len(missing) else observed
