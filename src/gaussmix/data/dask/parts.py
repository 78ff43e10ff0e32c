"""What is done with one partition of a Dask collection, wherever that lies.

These functions are the tasks: they run on workers, and take and return plain values.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import add
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np

from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data.batch import Details
from gaussmix.data.block import Block
from gaussmix.data.source import ArraySource
from gaussmix.data.storage.row_checks import check_columns, check_row_weight, whole_labels
from gaussmix.data.table import numeric_frame
from gaussmix.execution import Additive, team

#: Weights (n,) and labels (n,) of a partition's rows; None where there are none.
Beside: TypeAlias = tuple[FloatArray | None, IntArray | None]


def as_values(part: Any, names: Sequence[str] | None, dtype: np.dtype[Any]) -> AnyArray:
    """The values (n, D) of a partition, NaN where they are missing."""
    frame = numeric_frame(part, names)
    values = np.asarray(part) if frame is None else frame[0]
    return values.astype(dtype, copy=False)


def as_vector(part: Any) -> FloatArray:
    """The values (n,) of a partition of weights or labels, NaN where they are missing."""
    if isinstance(part, np.ndarray):
        return part.astype(np.float64)
    series = nw.from_native(part, series_only=True)
    return np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)


def constant(values: AnyArray, value: float) -> FloatArray:
    """The same weight (n,) for every row."""
    return np.full(len(values), value)


def beside(
    values: AnyArray,  # noqa: ARG001  so that the result lies where the values are
    weight: FloatArray | None,
    label: FloatArray | None,
) -> Beside:
    """Weights and labels of a partition's rows, -1 for a label that is missing."""
    if label is None:
        return weight, None
    with np.errstate(invalid="ignore"):
        return weight, np.where(np.isnan(label), -1.0, label).astype(np.intp)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is learnt of a partition once.

    Attributes
    ----------
    weight : float
        Sum of the weights.
    first : (D,) array
        In each column the first value of a row that counts, NaN where there is none.
    problem : Exception or None
        Why the partition cannot be used.
    """

    weight: float
    first: FloatArray
    problem: Exception | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partition stands, for messages.

    Attributes
    ----------
    number : int
        Of the partition, from 0.
    names : tuple of str or None
        Of the columns.
    """

    number: int
    names: tuple[str, ...] | None

    def __call__(self, row: int) -> str:
        """What a message calls a row of the partition."""
        return f"row {row} of partition {self.number}"


def inspect(
    values: AnyArray, weight: FloatArray | None, label: FloatArray | None, place: Place
) -> Facts:
    """The facts of a partition. What is wrong with it is told, not raised.

    So the first partition that cannot be used is named, not the first that was looked at.
    """
    problem = None
    try:
        check_columns(values.T, place.names, place)
        if weight is not None:
            check_row_weight(weight, "sample_weight", place)
        if label is not None:
            whole_labels(label, "labels", place)
    except ValueError as error:
        problem = error
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(len(values)) if weight is None else float(np.cumsum(weight)[-1:].sum())
    return Facts(total, _first(values, weight), problem)


def _first(values: AnyArray, weight: FloatArray | None) -> FloatArray:
    point = np.full(values.shape[1], np.nan)
    for j, column in enumerate(values.T):
        is_seen = ~np.isnan(column) if weight is None else ~np.isnan(column) & (weight > 0.0)
        if is_seen.any():
            point[j] = column[np.argmax(is_seen)]
    return point


@dataclass(frozen=True, slots=True)
class Order:
    """What a pass does with every partition.

    Attributes
    ----------
    function : callable
        block -> something that adds.
    size : int
        Rows in a block at the most.
    centre : (D,) array
    rare : bool
        Whether rows of rare patterns of gaps may share blocks.
    on_overflow : dict
        How floating-point errors are met where the pass was asked for; see `numpy.geterr`.
    """

    function: Callable[[Block], Additive]
    size: int
    centre: FloatArray
    rare: bool
    on_overflow: dict[str, Any]


@lru_cache(maxsize=2)
def opened(sealed: bytes) -> Any:
    """What was sent as bytes; threads of one process share it, and its working arrays."""
    return pickle.loads(sealed)  # noqa: S301  written by the same user's process


def sum_part(values: AnyArray, known: Beside | None, sealed: bytes, start: int) -> Additive:
    """Left-to-right sum over the blocks of a partition with rows.

    Parameters
    ----------
    values : (n, D) array
    known : tuple or None
        Weights and labels.
    sealed : bytes
        An `Order`.
    start : int
        Number of the first row among all rows.
    """
    order: Order = opened(sealed)
    with team(1) as alone, np.errstate(**order.on_overflow):
        return alone.sum(order.function, _blocks(values, known, order, start))


def _blocks(values: AnyArray, known: Beside | None, order: Order, start: int) -> Iterator[Block]:
    """The blocks of a partition, numbered so that no two of the collection share a number."""
    source = ArraySource(values, Details(*(known or ())))
    for block in source.blocks(order.size, order.centre, rare=order.rare):
        yield replace(block, start=start + block.start, number=start + block.number)


def add_up(sums: Sequence[Additive]) -> Additive:
    """The sum from left to right."""
    return reduce(add, sums)


def pick(values: AnyArray, index: IntArray) -> FloatArray:
    """Some of a partition's rows, (m, D) float64."""
    return np.asarray(values[index], dtype=np.float64)


def pick_weights(known: Beside, index: IntArray) -> FloatArray:
    """Weights of some of a partition's rows, (m,)."""
    assert known[0] is not None
    return known[0][index]


def find(known: Beside, before: float, places: FloatArray) -> IntArray:
    """Rows of a partition at places of the weight, of which `before` stands before it."""
    assert known[0] is not None
    return np.searchsorted(before + np.cumsum(known[0]), places, side="right")
