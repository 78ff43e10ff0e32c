"""Grouped data: rows that are intervals of one column, each with a count."""

from dataclasses import dataclass
from decimal import Decimal
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.data.entries import unmasked
from gaussmix.data.table import check_weight


@dataclass(frozen=True, eq=False, repr=False, init=False)
class IntervalData:
    """Intervals of one column, and how many values lie in each.

    The arrays are copies that cannot be written to.

    Parameters
    ----------
    lower, upper : array-like of shape (N,)
        Ends of the intervals, lower < upper, in the units of the column. -inf and inf stand for
        an open end. Intervals may overlap, leave gaps and come in any order.
    count : array-like of shape (N,), optional
        How many values lie in each interval; any finite number of 0 or more, not all 0. By
        default one each: values of which only limits are known.

    Attributes
    ----------
    lower, upper, count : (N,) arrays of float64

    Raises
    ------
    ValueError
        For ends that are not two columns of the same length, an end that is missing or no
        number, an upper end that is not above the lower one, and counts that are negative, not
        finite or all 0. The message names the row.

    Examples
    --------
    >>> from gaussmix.data.intervals import IntervalData
    >>> from gaussmix.datasets import load_naples_crabs
    >>> crabs = load_naples_crabs()
    >>> data = IntervalData(crabs["lower"], crabs["upper"], crabs["count"])
    >>> data
    IntervalData(29 intervals from 0.5795 to 0.6955, count 1000)
    >>> data.points[:3].round(4)
    array([0.5815, 0.5855, 0.5895])
    """

    lower: FloatArray
    upper: FloatArray
    count: FloatArray

    def __init__(self, lower: ArrayLike, upper: ArrayLike, count: ArrayLike | None = None) -> None:
        ends = _ends(lower, "lower"), _ends(upper, "upper")
        _check_ends(*ends)
        n_rows = len(ends[0])
        given = check_weight(count, n_rows, "count")
        counts = np.ones(n_rows) if given is None else given
        for name, values in zip(("lower", "upper", "count"), (*ends, counts), strict=True):
            values.setflags(write=False)
            object.__setattr__(self, name, values)

    @classmethod
    def from_histogram(cls, counts: ArrayLike, edges: ArrayLike) -> "IntervalData":
        """The bins of a histogram, arguments in the order that `numpy.histogram` returns.

        Parameters
        ----------
        counts : array-like of shape (N,)
            How many values lie in each bin.
        edges : array-like of shape (N + 1,)
            Ends of the bins, rising; the first may be -inf, the last inf.

        Raises
        ------
        ValueError
            Where there is not one edge more than counts, and as for the intervals themselves.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix.data.intervals import IntervalData
        >>> histogram = np.histogram([1.0, 2.0, 2.5, 6.0], bins=[0, 2, 4, 8])
        >>> data = IntervalData.from_histogram(*histogram)
        >>> data.lower, data.upper, data.count
        (array([0., 2., 4.]), array([2., 4., 8.]), array([1., 2., 1.]))
        """
        ends, shape = _ends(edges, "edges"), np.shape(counts)
        if shape != (len(ends) - 1,):
            raise errors.histogram_shapes(shape, len(ends))
        return cls(ends[:-1], ends[1:], counts)

    def __repr__(self) -> str:
        return (
            f"IntervalData({self.n_rows} intervals from {self.lower.min():g} to "
            f"{self.upper.max():g}, count {self.count.sum():g})"
        )

    @property
    def n_rows(self) -> int:
        """Number of intervals."""
        return len(self.lower)

    @property
    def points(self) -> FloatArray:
        """One point of each interval, (N,): see `interval_points`."""
        return interval_points(self.lower, self.upper)


def interval_points(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """The point that stands for each interval, (N,).

    The midpoint; the finite end where the other is infinite; 0 where both are.

    Parameters
    ----------
    lower, upper : (N,) arrays
    """
    low = np.where(np.isfinite(lower), lower, np.where(np.isfinite(upper), upper, 0.0))
    high = np.where(np.isfinite(upper), upper, low)
    return np.asarray(0.5 * low + 0.5 * high)


def _ends(values: ArrayLike, name: str) -> FloatArray:
    """A copy (N,) of ends or edges, once they are known to be one column of numbers."""
    values = unmasked(values)
    given = np.asarray(values)
    if given.ndim != 1:
        raise errors.interval_dimensions(given.shape, name)
    if given.dtype.kind not in "iuf":
        for row, value in enumerate(np.asarray(values, dtype=object)):
            if isinstance(value, bool) or not isinstance(value, Real | Decimal):
                raise errors.interval_end_not_a_number(value, row, name)
    return given.astype(np.float64)


def _check_ends(lower: FloatArray, upper: FloatArray) -> None:
    if len(lower) != len(upper):
        raise errors.interval_lengths(len(lower), len(upper))
    if not len(lower):
        raise errors.empty_table((0, 1))
    missing = np.isnan(lower) | np.isnan(upper)
    if missing.any():
        row = int(np.argmax(missing))
        raise errors.interval_end_missing(float(lower[row]), float(upper[row]), row)
    wrong = lower >= upper
    if wrong.any():
        row = int(np.argmax(wrong))
        raise errors.interval_without_width(float(lower[row]), float(upper[row]), row)
