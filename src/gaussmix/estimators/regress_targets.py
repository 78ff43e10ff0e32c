"""Targets of a regression: from what a caller hands over to a table, and beside the inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, FloatArray
from gaussmix.data import as_floats, is_dask, is_frame, numeric_frame, unmasked


@dataclass(frozen=True)
class Targets:
    """Targets as rows.

    Attributes
    ----------
    values : (N, T) array of float64
        NaN where one is missing.
    names : tuple of str or None
    ndim : int
        Dimensions they came with: 1 for a column, 2 for a table.
    """

    values: FloatArray
    names: tuple[str, ...] | None
    ndim: int

    @classmethod
    def of(cls, y: Any, n_rows: int, owner: str) -> "Targets":
        """Targets for so many rows.

        Parameters
        ----------
        y : array-like, series or data frame of shape (N,) or (N, T)
        n_rows : int
            N.
        owner : str
            Name of the estimator.

        Raises
        ------
        ValueError
            For none, another number of them, what is no number, and infinity.
        """
        if y is None:
            raise errors.no_target(owner)
        if is_dask(y):
            raise errors.dask_beside_array("y")
        values, names, ndim = _read(y)
        if len(values) != n_rows:
            raise errors.target_length(len(values), n_rows)
        targets = cls(values, names, ndim)
        if (found := targets.first(np.isinf(values))) is not None:
            row, column = found
            raise errors.target_infinite(float(values[row, column]), row, targets.label(column))
        return targets

    def label(self, column: int) -> str:
        """What a message calls a target."""
        if self.names is not None:
            return f"target {self.names[column]!r}"
        return "target" if self.values.shape[1] == 1 else f"target {column}"

    @staticmethod
    def first(flags: BoolArray) -> tuple[int, int] | None:
        """Row and column of the first entry that is flagged; None where none is."""
        if not flags.any():
            return None
        row, column = np.unravel_index(int(np.argmax(flags)), flags.shape)
        return int(row), int(column)

    def check_known(self, counts: BoolArray) -> None:
        """Refuse a gap in a row that counts."""
        gaps = np.isnan(self.values) & counts[:, None]
        if (found := self.first(gaps)) is not None:
            n_missing = int(gaps.any(axis=1).sum())
            label = self.label(found[1])
            raise errors.target_missing(found[0], label, n_missing, len(gaps))

    def check_seen(self, counts: BoolArray) -> None:
        """Refuse a target that no row which counts knows."""
        unseen = np.isnan(self.values[counts]).all(axis=0)
        if unseen.any():
            raise errors.target_never_seen(self.label(int(np.argmax(unseen))))


def _read(y: Any) -> tuple[FloatArray, tuple[str, ...] | None, int]:
    """Values (N, T), names where there are any, and dimensions."""
    table, is_series = y, False
    if not is_frame(y):
        native = nw.from_native(y, allow_series=True, pass_through=True)
        is_series = isinstance(native, nw.Series)
        table = native.to_frame().to_native() if is_series else y
    frame = numeric_frame(table)
    if frame is not None:
        values, names = frame
        named = names is not None and "" not in names
        return values.astype(np.float64), names if named else None, 1 if is_series else 2
    cells = _numbers(np.asarray(unmasked(y)))
    if cells.ndim not in (1, 2) or (cells.ndim == 2 and cells.shape[1] == 0):
        raise errors.target_dimensions(cells.shape)
    values = cells.astype(np.float64)
    return (values[:, None] if values.ndim == 1 else values), None, values.ndim


def _numbers(cells: AnyArray) -> AnyArray:
    """The cells, where all are numbers or missing."""
    if cells.dtype.kind in "biuf":
        return cells
    if cells.dtype == object:
        try:
            return as_floats(cells)
        except (TypeError, ValueError):
            pass
    for row, cell in enumerate(cells.tolist() if cells.ndim == 1 else []):
        if not isinstance(cell, int | float):
            raise errors.target_not_a_number(type(cell).__name__, cell, row)
    raise errors.target_not_a_number(str(cells.dtype), cells.ravel()[:1].tolist(), 0)


def joint_table(joint: FloatArray, X: Any, inputs: Sequence[str] | None, targets: Targets) -> Any:
    """Inputs and targets with their names, where the inputs have any; else as they are.

    Parameters
    ----------
    joint : (N, D + T) array
        Targets last.
    X : table or array-like
        Inputs as they were handed over: a table with named columns gives one of its library.
    inputs : sequence of str or None
        Its columns' names.
    targets : Targets
    """
    if inputs is None:
        return joint
    own = targets.names or tuple(
        "target" if targets.values.shape[1] == 1 else f"target {j}"
        for j in range(targets.values.shape[1])
    )
    own = tuple(name if name not in inputs else f"{name} (target)" for name in own)
    backend = nw.from_native(X, eager_only=True).implementation
    columns = {name: joint[:, j] for j, name in enumerate((*inputs, *own))}
    return nw.from_dict(columns, backend=backend).to_native()
