"""Rows that stand in another table already."""

from typing import Any

import numpy as np

from gaussmix._typing import AnyArray, BoolArray, FloatArray
from gaussmix.data.rows import as_rows
from gaussmix.data.table import numeric_frame


class KnownRows:
    """The rows of a table, to be compared with others."""

    def __init__(self, X: AnyArray) -> None:
        self._known = {row.tobytes() for row in _plain(X)}

    def hold(self, X: AnyArray) -> BoolArray:
        """Which of the rows X (N, D) stand in the table, (N,); a gap equals a gap."""
        return np.array([row.tobytes() in self._known for row in _plain(X)], dtype=np.bool_)


def copies(table: Any, rows: Any) -> int:
    """How many rows are equal, in every column, to a row of a table.

    Parameters
    ----------
    table, rows : array-like or data frame of shape (N, D)
        Where both have named columns, those of `rows` are compared, which the table must have.

    Returns
    -------
    int
        A gap equals a gap.

    Raises
    ------
    ValueError
        For tables without the same columns, text and infinity.

    Examples
    --------
    >>> from gaussmix.data import copies
    >>> copies([[1.0, 2.0], [3.0, 4.0]], [[3.0, 4.0], [3.0, 5.0]])
    1
    """
    found = numeric_frame(rows)
    names = None if found is None else found[1]
    own = np.asarray(rows, dtype=np.float64) if found is None else found[0]
    own = own[:, None] if own.ndim == 1 else own
    return int(KnownRows(as_rows(table, own.shape[1], names)).hold(own).sum())


def _plain(X: AnyArray) -> FloatArray:
    """Rows whose bytes are equal where their values are: one zero, one NaN."""
    plain = np.array(X, dtype=np.float64, order="C") + 0.0
    plain[np.isnan(plain)] = np.nan
    return plain
