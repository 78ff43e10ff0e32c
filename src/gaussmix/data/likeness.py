"""What a table looks like, so that other rows can be made to look so too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.data.column_likeness import ColumnLikeness, kind_of
from gaussmix.data.entries import as_floats, unmasked
from gaussmix.data.table import check_rows, is_dask, is_frame, numeric_frame


@dataclass(frozen=True, eq=False)
class Likeness:
    """Library, columns, types, ranges, roundings and gaps of a table of rows of a model.

    Attributes
    ----------
    columns : tuple of ColumnLikeness
        In the table's order.
    order : (D,) array of int
        The number that each of them has in the model.
    X : (N, D) array of float64
        The table's rows, as the model orders their columns; NaN for gaps.
    left_out : tuple of str
        Columns of the table that the model does not have.
    library : module or None
        That of the table; None for an array.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.data import Likeness
    >>> likeness = Likeness.of(np.array([[1.5, 10.0], [2.0, 30.0], [4.0, 20.0]]), 2)
    >>> [column.lattice.step for column in likeness.columns]
    [0.5, 10.0]
    >>> likeness.dress(np.array([[1.74, 26.1]]))
    array([[ 1.5, 30. ]])
    """

    columns: tuple[ColumnLikeness, ...]
    order: IntArray
    X: FloatArray
    left_out: tuple[str, ...]
    library: Any

    @classmethod
    def of(cls, table: Any, n_features: int, names: Sequence[str] | None = None) -> "Likeness":
        """What a table looks like in the columns of a model.

        Parameters
        ----------
        table : array-like or data frame of shape (N, D)
            Where the model's columns have names, a frame may have other columns beside them, and
            an order of its own.
        n_features : int
            Columns of the model.
        names : sequence of str or None
            Their names.

        Raises
        ------
        ValueError
            For a table that lacks a column, or has no value in one; for text and infinity.
        """
        if is_dask(table):
            raise errors.dask_beside_array("table")
        if not is_frame(table):
            return cls._of_array(table, n_features)
        frame = nw.from_native(table)
        if isinstance(frame, nw.LazyFrame):
            frame = frame.collect()
        wanted = list(frame.columns)
        if names is not None:
            if missing := [name for name in names if name not in wanted]:
                raise errors.columns_to_be_like(missing, wanted)
            wanted = [name for name in wanted if name in names]
        order = np.arange(n_features)
        if names is not None:
            order = np.array([list(names).index(name) for name in wanted])
        shown = frame.select(wanted)
        found = numeric_frame(shown.to_native())
        assert found is not None
        rows = _checked(found[0], n_features, found[1])
        is_arrow = frame.implementation.is_pyarrow()
        columns = []
        for j, series in enumerate(shown.iter_columns()):
            native, kind = series.to_native(), kind_of(series)
            dtype = native.type if is_arrow else native.dtype
            if kind == "decimal":  # which the cast to floats need not round to the nearest
                rows[:, j] = as_floats(np.array(series.to_list(), dtype=object))
            columns.append(ColumnLikeness.of(rows[:, j], series.name, dtype, kind))
        left_out = tuple(name for name in frame.columns if name not in wanted)
        library = frame.__native_namespace__()
        return cls(tuple(columns), order, _of_model(rows, order), left_out, library)

    @classmethod
    def _of_array(cls, table: Any, n_features: int) -> "Likeness":
        cells = np.asarray(unmasked(table))
        values = as_floats(cells) if cells.dtype == object else cells
        if values.ndim == 1 and n_features == 1:
            values = values[:, None]
        kind = {"i": "whole", "u": "whole"}.get(values.dtype.kind, "double")
        kind = "single" if values.dtype == np.float32 else kind
        rows = _checked(values.astype(np.float64), n_features, None)
        columns = [
            ColumnLikeness.of(column, str(j), values.dtype, kind) for j, column in enumerate(rows.T)
        ]
        return cls(tuple(columns), np.arange(n_features), rows, (), None)

    @property
    def lower(self) -> FloatArray:
        """Where the numbers begin that are rounded to the model's columns, (D,)."""
        return _of_model(np.array([column.reach[0] for column in self.columns]), self.order)

    @property
    def upper(self) -> FloatArray:
        """Where they end, (D,)."""
        return _of_model(np.array([column.reach[1] for column in self.columns]), self.order)

    @property
    def is_constant(self) -> BoolArray:
        """Which of the model's columns have one value only, (D,)."""
        return _of_model(np.array([column.is_constant for column in self.columns]), self.order)

    @property
    def n_values(self) -> FloatArray:
        """How many values there are in the range of each of the model's columns, (D,)."""
        return _of_model(np.array([column.n_values for column in self.columns]), self.order)

    def rounded(self, X: FloatArray, columns: IntArray | None = None) -> FloatArray:
        """Rows with values that the table may have.

        Parameters
        ----------
        X : (N, D) array
            In the model's order; NaN for gaps.
        columns : array of int, optional
            The model's numbers of the columns to be rounded; None is all.
        """
        out = np.array(X, dtype=np.float64)
        for column, j in zip(self.columns, self.order, strict=True):
            if columns is None or j in columns:
                out[:, j] = column.rounded(out[:, j])
        return out

    def dress(self, X: FloatArray) -> Any:
        """Rows (N, D) of the model as a table like this one, rounded and held to its ranges."""
        return self.table(self.rounded(X))

    def table(self, X: FloatArray) -> Any:
        """Rows (N, D) of the model as a table like this one, with the values they have.

        Raises
        ------
        ValueError
            For a fraction where the table has whole numbers.
        """
        pairs = list(zip(self.columns, X[:, self.order].T, strict=True))
        for column, values in pairs:
            if column.kind == "whole" and (broken := np.nan_to_num(values) % 1.0 != 0.0).any():
                raise errors.not_whole(column.label, float(values[np.argmax(broken)]))
        if self.library is None:
            dtype = np.float64 if np.isnan(X).any() else self.columns[0].dtype
            return X[:, self.order].astype(dtype)
        if hasattr(self.library, "ChunkedArray"):
            make = self.library.array
            return self.library.table({c.label: make(c.cells(x), type=c.dtype) for c, x in pairs})
        series = self.library.Series
        made = {c.label: series(c.cells(x), dtype=c.dtype) for c, x in pairs}
        return self.library.DataFrame(made)


def _checked(rows: AnyArray, n_features: int, names: tuple[str, ...] | None) -> FloatArray:
    """Rows (N, D) as float64, with a value in each column."""
    if rows.ndim != 2 or rows.shape[1] != n_features:
        raise errors.wrong_row_shape(rows.shape, n_features)
    check_rows(rows, names)
    unseen = np.isnan(rows).all(axis=0)
    if unseen.any():
        raise errors.nothing_observed(errors.column_label(int(np.argmax(unseen)), names))
    return rows.astype(np.float64)


def _of_model(values: AnyArray, order: IntArray) -> AnyArray:
    """Values of the table's columns (..., D) as the model orders them."""
    out = np.empty_like(values)
    out[..., order] = values
    return out
