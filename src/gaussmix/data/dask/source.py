"""Rows of a Dask collection: they stay where they are, and what is added up comes back."""

from collections.abc import Callable, Generator, Sequence
from itertools import pairwise
from typing import Any, NoReturn, TypeVar, cast

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data.block import Block
from gaussmix.data.dask.cluster import Cluster, Task, sealed, task, tree
from gaussmix.data.dask.parts import (
    Facts,
    Order,
    Place,
    add_up,
    beside,
    find,
    inspect,
    pick,
    pick_weights,
    sum_part,
)
from gaussmix.data.dask.rows import DaskTable, DaskVector
from gaussmix.data.lots import Lot, in_lots
from gaussmix.data.source import Cut, Source
from gaussmix.execution import Additive, Team

Sum = TypeVar("Sum", bound=Additive)


class DaskSource(Source):
    """Rows of a Dask array or dataframe.

    Parameters
    ----------
    X : dask array (N, D), dask dataframe or DaskTable
        Missing values are NaN, None or null.
    weight : dask array or series (N,), number or None
        How often each row counts.
    label : dask array or series (N,), or None
        The component that each row is known to come from, -1 or missing where it is not known.

    Raises
    ------
    ValueError
        For infinite values, weights below zero, labels that are no whole numbers, and for other
        numbers of weights or labels than rows.
    ModuleNotFoundError
        Where this package is missing on the cluster.

    Notes
    -----
    The partitions are computed once, here, and kept where they are made as long as the source
    lives: in the memory of the active client's workers, or in this process where no client is
    active. A partition that is lost with its worker is made again from its graph.
    """

    def __init__(self, X: Any, weight: Any = None, label: Any = None) -> None:
        table = X if isinstance(X, DaskTable) else DaskTable.of(X)
        weights = DaskVector.of(weight, "sample_weight")
        labels = DaskVector.of(label, "labels")
        self._n_features, self.dtype = table.n_features, table.dtype
        self._cluster = Cluster()
        self._values = self._cluster.keep(table.values())
        self._lengths = np.array(self._cluster.compute([task(len, of) for of in self._values]))
        self._starts = np.concatenate([[0], np.cumsum(self._lengths)[:-1]])
        self._places = self._cluster.places(self._values)
        self._has_weights, self._has_labels = weights is not None, labels is not None
        alongside = self._alongside(weights), self._alongside(labels)
        self._beside = self._keep_beside(*alongside)
        facts = self._inspect(*alongside, table.names)
        self._before = np.concatenate([[0.0], np.cumsum([of.weight for of in facts])])
        self._origin = _first([of.first for of in facts], self._n_features)
        if not np.isfinite(self._before[-1]):
            raise errors.weights_overflow_on_cluster("sample_weight")

    def _alongside(self, vector: DaskVector | None) -> list[Task]:
        """A vector's entries beside each partition; None for each where there is no vector."""
        if vector is None:
            return [None] * len(self._values)
        return vector.along(self._values, self._lengths.tolist(), self._cluster)

    def _keep_beside(self, weights: list[Task], labels: list[Task]) -> list[Task]:
        """Weights and labels, kept where the partitions are."""
        if not (self.has_weights or self.has_labels):
            return [None] * len(self._values)
        parts = zip(self._values, weights, labels, self._places, strict=True)
        return self._cluster.keep([task(beside, *part, at=place) for *part, place in parts])

    def _inspect(
        self,
        weights: list[Task],
        labels: list[Task],
        names: tuple[str, ...] | None,
    ) -> list[Facts]:
        """The facts of every partition; raises for the first that cannot be used."""
        parts = zip(self._values, weights, labels, self._places, strict=True)
        facts: list[Facts] = self._cluster.compute(
            [
                task(inspect, *part, Place(number, names), at=place)
                for number, (*part, place) in enumerate(parts)
            ]
        )
        for of in facts:
            if of.problem is not None:
                raise of.problem
        return facts

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self._lengths.sum())

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self._n_features

    @property
    def has_weights(self) -> bool:
        """Whether rows have weights."""
        return self._has_weights

    @property
    def has_labels(self) -> bool:
        """Whether the components of some rows are known."""
        return self._has_labels

    def origin(self) -> FloatArray:
        """A point (D,) not far from the rows: in each column the first value that counts."""
        return self._origin

    def rows(self, index: IntArray) -> FloatArray:
        """The rows of the given rising numbers, (len(index), D) float64, NaN for gaps."""
        tasks = [task(pick, self._values[p], own) for p, own in self._holding(index)]
        return np.concatenate([np.empty((0, self.n_features)), *self._cluster.compute(tasks)])

    def weights_of(self, index: IntArray) -> FloatArray:
        """Weights of the rows of the given rising numbers."""
        if not self.has_weights:
            return np.ones(len(index))
        tasks = [task(pick_weights, self._beside[p], own) for p, own in self._holding(index)]
        return np.concatenate([np.empty(0), *self._cluster.compute(tasks)])

    def _holding(self, index: IntArray) -> list[tuple[int, IntArray]]:
        """The partitions that hold any of the rows, and which of their own rows these are."""
        bounds = np.searchsorted(index, [*self._starts, self.n_rows])
        return [
            (p, index[low:high] - self._starts[p])
            for p, (low, high) in enumerate(pairwise(bounds))
            if high > low
        ]

    def locate(self, places: FloatArray) -> IntArray:
        """Numbers of the rows at the given rising places of the cumulative weight."""
        if not self.has_weights:
            return np.asarray(places, dtype=np.intp)
        bounds = np.searchsorted(places, self._before)
        held = [p for p in range(len(self._values)) if bounds[p + 1] > bounds[p]]
        found = self._cluster.compute(
            [
                task(find, self._beside[p], self._before[p], places[bounds[p] : bounds[p + 1]])
                for p in held
            ]
        )
        # Rounding of a partition's own sum must not lead out of it.
        inside = [np.minimum(of, self._lengths[p] - 1) for p, of in zip(held, found, strict=True)]
        rows = [self._starts[p] + of for p, of in zip(held, inside, strict=True)]
        return np.concatenate([np.empty(0, dtype=np.intp), *rows])

    def cut(
        self,
        size: int,
        centre: FloatArray,
        *,
        keep: bool = True,  # noqa: ARG002  the workers keep no copy
        rare: bool = False,
    ) -> "DaskCut":
        """The rows in blocks of at most `size`, about a centre; see `Source.cut`."""
        return DaskCut(self, size, centre, rare=rare)

    @property
    def filled(self) -> list[int]:
        """Numbers of the partitions that have rows."""
        return np.flatnonzero(self._lengths).tolist()

    def add_up(
        self,
        function: Callable[[Block], Sum],
        size: int,
        centre: FloatArray,
        *,
        rare: bool,
        among: Sequence[int],
    ) -> Sum:
        """Sum of what the function makes of each block.

        Parameters
        ----------
        function : callable
            It travels to the workers, with all that it refers to.
        size : int
        centre : (D,) array
        rare : bool
            See `Source.cut`.
        among : sequence of int
            Numbers of the partitions that are looked at, of those that have rows.
        """
        order = sealed(Order(function, size, centre, rare, dict(np.geterr())))
        sums = [
            task(
                sum_part,
                self._values[p],
                self._beside[p],
                order,
                int(self._starts[p]),
                at=self._places[p],
            )
            for p in among
        ]
        return cast("Sum", self._cluster.compute([tree(add_up, sums)])[0])

    @property
    def lengths(self) -> IntArray:
        """Rows in each partition."""
        return self._lengths

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "A DaskSource stays in the process that made it. A function that is summed over its "
            "blocks must not refer to it."
        )


class _DaskLot(Lot):
    """Some partitions of a cut, to be added up in a tree.

    Parameters
    ----------
    source : DaskSource
    size : int
    centre : (D,) array
    rare : bool
    among : sequence of int
        See `DaskSource.add_up`.
    """

    def __init__(
        self,
        source: DaskSource,
        size: int,
        centre: FloatArray,
        *,
        rare: bool,
        among: Sequence[int],
    ) -> None:
        self._source, self._size, self._centre = source, size, centre
        self._rare, self._among = rare, among

    def sum(self, function: Callable[[Block], Sum], team: Team) -> Sum:  # noqa: ARG002
        """Sum over all blocks, from left to right in a partition, then over the partitions."""
        return self._source.add_up(
            function, self._size, self._centre, rare=self._rare, among=self._among
        )


class DaskCut(Cut):
    """A Dask source cut into blocks about one centre.

    Parameters
    ----------
    source : DaskSource
    size : int
    centre : (D,) array
    rare : bool
        See `Source.cut`.

    Notes
    -----
    A pass is one task for each partition that has rows, and a tree of additions over them in
    the order of the partitions. What the function leaves behind in itself is lost.
    """

    def __init__(self, source: DaskSource, size: int, centre: FloatArray, *, rare: bool) -> None:
        self.centre, self._rare = centre, rare
        self.size = int(min(size, source.lengths.max(initial=0)))
        self._source, self._asked = source, size

    @property
    def n_blocks(self) -> int:
        """How many blocks there will be at least."""
        return int((-(-self._source.lengths // self._asked)).sum())

    @property
    def n_pieces(self) -> int:
        """How many partitions have rows."""
        return len(self._source.filled)

    def sum(self, function: Callable[[Block], Sum], team: Team) -> Sum:
        """Sum over all blocks, from left to right in a partition, then over the partitions."""
        return self._lot(self._source.filled).sum(function, team)

    def lots(self, n_lots: int) -> Generator[Lot, None, None]:
        """Partitions that follow each other; see `Cut.lots`."""
        lengths, n_rows = self._source.lengths, self._source.n_rows
        for lot in in_lots(self._source.filled, lambda p: int(lengths[p]), n_rows, n_lots):
            yield self._lot(list(lot))

    def _lot(self, among: Sequence[int]) -> Lot:
        return _DaskLot(self._source, self._asked, self.centre, rare=self._rare, among=among)


def _first(points: list[AnyArray], n_features: int) -> FloatArray:
    """In each column the first value of several points (D,) that is none of NaN; else 0."""
    found = np.full(n_features, np.nan)
    for point in points:
        found = np.where(np.isnan(found), point, found)
    return np.asarray(np.nan_to_num(found))
