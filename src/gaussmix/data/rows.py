"""Rows from whatever a caller holds: arrays, lists, data frames."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.data.entries import as_floats, unmasked
from gaussmix.data.table import check_rows, is_dask, numeric_frame


def as_rows(
    X: Any, n_features: int, names: Sequence[str] | None = None, *, endless: bool = False
) -> AnyArray:
    """Rows (N, D) of floats, NaN for gaps.

    Parameters
    ----------
    X : array-like or data frame
        A vector is N rows where D = 1. Of a frame with named columns those of `names` are
        taken, in their order.
    n_features : int
        D.
    names : sequence of str or None
    endless : bool
        Whether infinity will do.

    Raises
    ------
    ValueError
        For other columns, and for infinity.
    """
    if is_dask(X):
        raise errors.dask_beside_array("X")
    frame = numeric_frame(X, names)
    if frame is not None:
        rows = frame[0]
    else:
        rows = np.asarray(unmasked(X))
        rows = as_floats(rows) if rows.dtype == object else rows
        rows = rows if rows.dtype in (np.float32, np.float64) else rows.astype(np.float64)
        if rows.ndim == 1 and n_features == 1:
            rows = rows[:, None]
    if rows.ndim != 2 or rows.shape[1] != n_features:
        raise errors.wrong_row_shape(rows.shape, n_features)
    if not endless or 0 in rows.shape:
        check_rows(rows, tuple(names) if names is not None else None)
    return rows
