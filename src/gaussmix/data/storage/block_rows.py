"""A block that a caller hands out → arrays: its values, their names, weights and labels."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data.entries import as_floats, unmasked
from gaussmix.data.storage.row_checks import Place, check_columns, check_row_weight, whole_labels
from gaussmix.data.table import is_frame, numeric_frame

#: Values that are copied and checked in one go: they stay in the cache.
_AT_ONCE = 131_072


@dataclass(frozen=True, slots=True)
class BlockRows:
    """A block as arrays.

    Attributes
    ----------
    number : int
        Of the block, from 0.
    values : (n, D) array of float32 or float64
    names : tuple of str or None
    weight : (n,) array or None
    label : (n,) array of int or None
    """

    number: int
    values: AnyArray
    names: tuple[str, ...] | None
    weight: FloatArray | None = None
    label: IntArray | None = None

    def pieces(self) -> Iterator["BlockRows"]:
        """The rows, some at a time.

        Raises
        ------
        ValueError
            Where a value is infinite.
        """
        size = max(1, _AT_ONCE // max(1, self.values.shape[1]))
        for start in range(0, len(self.values), size):
            rows = slice(start, start + size)
            weight = None if self.weight is None else self.weight[rows]
            label = None if self.label is None else self.label[rows]
            values = self.values[rows]
            check_columns(values.T, self.names, _place(self.number, start))
            yield BlockRows(self.number, values, self.names, weight, label)


@dataclass(frozen=True, slots=True)
class BlockReader:
    """How blocks are read.

    Attributes
    ----------
    columns : sequence of str or None
        What to take from a data frame; None is everything but weight and label.
    weight, label : str or None
        The columns of a data frame that hold them.
    """

    columns: Sequence[str] | None = None
    weight: str | None = None
    label: str | None = None

    def read(self, number: int, block: Any) -> BlockRows:
        """A block as arrays whose values, but for infinities, have been checked.

        Parameters
        ----------
        number : int
            From 0, for messages.
        block : (n, D) array, data frame, or tuple of either and weights

        Raises
        ------
        ValueError
            Where it cannot be used.
        """
        block, weight = _parted(block)
        if weight is not None and self.weight is not None:
            raise errors.block_weight_twice(number)
        block = _as_table(block)
        try:
            is_table = is_frame(block)
        except ValueError as error:
            raise errors.block_refused(number, str(error)) from None
        rows = self._of_frame(number, block) if is_table else self._of_array(number, block)
        if weight is not None:
            values = _weights(number, weight, len(rows.values))
            check_row_weight(values, "the tuple (block, weight)", _place(number))
            return replace(rows, weight=values)
        return rows

    def _of_array(self, number: int, block: Any) -> BlockRows:
        """A block without names."""
        for argument in ("columns", "weight", "label"):
            if getattr(self, argument) is not None:
                raise errors.block_without_names(argument, number)
        return BlockRows(number, _array(number, block), None)

    def _of_frame(self, number: int, frame: Any) -> BlockRows:
        """A block that is a data frame."""
        wanted = self._wanted(number, frame)
        values, names = _numbers(number, frame, wanted)
        if values.shape[1] == 0:
            raise errors.block_not_rows(number, "a data frame without columns")
        weight, label = None, None
        if self.weight is not None:
            weight = _numbers(number, frame, [self.weight])[0][:, 0].astype(np.float64)
            check_row_weight(weight, f"column {self.weight!r}", _place(number))
        if self.label is not None:
            given = _numbers(number, frame, [self.label])[0][:, 0].astype(np.float64)
            label = whole_labels(given, f"column {self.label!r}", _place(number))
        return BlockRows(number, values, names, weight, label)

    def _wanted(self, number: int, frame: Any) -> Sequence[str] | None:
        """Names of the columns to take; None for all. Raises where one is not there."""
        asked = {"columns": self.columns, "weight": self.weight, "label": self.label}
        given = [argument for argument, of in asked.items() if of is not None]
        if not given:
            return None
        known = nw.from_native(frame).collect_schema().names()
        if not all(isinstance(name, str) for name in known):
            raise errors.block_without_names(given[0], number)
        beside = [name for name in (self.weight, self.label) if name is not None]
        for name in [*(self.columns or ()), *beside]:
            if name not in known:
                raise errors.unknown_column(name, known, f"block {number}")
        if self.columns is not None:
            return self.columns
        return [name for name in known if name not in beside]


def _place(number: int, start: int = 0) -> Place:
    """What a message calls a row of a block, counted from `start`."""
    return lambda row: f"row {start + row} of block {number}"


def _parted(block: Any) -> tuple[Any, Any]:
    """A block and its weights, None where it comes without."""
    if isinstance(block, tuple) and len(block) == 2:
        return block
    return block, None


def _as_table(block: Any) -> Any:
    """A record batch of pyarrow as the table it is; anything else as it is."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(block, arrow.RecordBatch):
        return arrow.Table.from_batches([block])
    return block


def _numbers(
    number: int, frame: Any, wanted: Sequence[str] | None
) -> tuple[AnyArray, tuple[str, ...] | None]:
    """Values and names of columns of a data frame, or an error that says which block it is."""
    try:
        found = numeric_frame(frame, wanted)
    except (TypeError, ValueError) as error:
        raise errors.block_refused(number, str(error)) from None
    assert found is not None
    return found


def _array(number: int, block: Any) -> AnyArray:
    """The values of an array or of what numpy makes one of, float32 or float64."""
    if isinstance(block, str | bytes | dict | set) or block is None:
        raise errors.block_not_rows(number, f"a {type(block).__name__}")
    try:
        values = np.asarray(unmasked(block))
    except ValueError as error:
        raise errors.block_not_rows(number, f"rows of different lengths ({error})") from None
    if values.ndim != 2 or values.shape[1] == 0:
        raise errors.block_not_rows(number, f"shape {values.shape}")
    if values.dtype in (np.float32, np.float64):
        return values
    return _float64(number, values, "values")


def _weights(number: int, weight: Any, n_rows: int) -> FloatArray:
    """Weights that came beside a block."""
    values = np.asarray(unmasked(weight))
    if values.shape != (n_rows,):
        came = f"weights of shape {values.shape} for {n_rows} rows"
        raise errors.block_not_rows(number, came)
    # A copy: the caller may overwrite what was handed out.
    return np.array(_float64(number, values, "weights"))


def _float64(number: int, values: AnyArray, what: str) -> FloatArray:
    """Real numbers of any type as float64."""
    try:
        if values.dtype == object:
            return as_floats(values)
        if values.dtype.kind in "biuf":
            return values.astype(np.float64)
    except (TypeError, ValueError):
        pass
    raise errors.block_not_rows(number, f"{what} of type {values.dtype}")
