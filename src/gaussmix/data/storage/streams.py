"""Streams: rows from storage larger than memory, read anew for every pass, a batch at a time."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from queue import SimpleQueue
from threading import Event, Semaphore, Thread
from typing import Any, TypeVar

import numpy as np

from gaussmix._typing import AnyArray
from gaussmix.data.batch import Batch, Details
from gaussmix.data.source import LocalSource
from gaussmix.errors.words import counted, listed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Layout:
    """What is the same for all rows of a stream, and how many there are.

    Attributes
    ----------
    n_rows, n_features : int
    names : tuple of str or None
        The columns' names, where they have some.
    dtype : dtype
        float32 where every column is in every part of the storage, else float64.
    has_weights, has_labels : bool
        Whether every row has its weight, and its label.
    """

    n_rows: int
    n_features: int
    names: tuple[str, ...] | None
    dtype: np.dtype[Any]
    has_weights: bool
    has_labels: bool


class Stream(LocalSource):
    """Rows that can be read again and again, in the same order, in batches of any size.

    A part of the storage that is read must stay as it is: every pass checks that it gives the
    rows of the first one.
    """

    _layout: Layout

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self._layout.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self._layout.n_features

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of the columns, None where they have none."""
        return self._layout.names

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values: float32 where all are, else float64."""
        return self._layout.dtype

    @property
    def has_weights(self) -> bool:
        """Whether the rows have weights."""
        return self._layout.has_weights

    @property
    def has_labels(self) -> bool:
        """Whether the rows have labels."""
        return self._layout.has_labels

    def batches(self, size: int) -> Iterator[Batch]:
        """A fresh pass over the rows in batches of `size`, the last one shorter.

        A thread reads one batch ahead; at most three batches exist at a time where the caller
        keeps none.

        Raises
        ------
        ValueError
            Where a value cannot be used, and where the storage is not what it was.
        """
        return prefetch(recut(self._pieces(), size), depth=1)

    def _described(self, place: str) -> str:
        """The stream in words, read from a place."""
        if self.names is None:
            columns = counted(self.n_features, "column")
        else:
            columns = f"column{'s' * (self.n_features != 1)} {listed(self.names)}"
        return f"{type(self).__name__}({place}, {counted(self.n_rows, 'row')}, {columns})"

    @abstractmethod
    def _pieces(self) -> Iterator[Batch]:
        """A fresh pass over the rows in batches as they come, each of them owned by nobody."""


def recut(batches: Iterable[Batch], size: int) -> Iterator[Batch]:
    """The same rows in batches of `size`, the last one shorter.

    Parameters
    ----------
    batches : iterable of Batch
        Of one dtype, with the same details.
    size : int

    Yields
    ------
    Batch
        A batch of those that came or a slice of one, where it holds all the rows; else a copy.
    """
    filling: _Filling | None = None
    for batch in batches:
        start = 0
        while start < batch.n_rows:
            if filling is None and batch.n_rows - start >= size:
                yield _cut(batch, start, start + size)
                start += size
                continue
            filling = filling or _Filling(batch, size)
            start += filling.add(batch, start)
            if filling.n_rows == size:
                yield filling.batch()
                filling = None
    if filling is not None:
        yield filling.batch()


def _cut(batch: Batch, start: int, stop: int) -> Batch:
    """Some of the rows; the batch itself where these are all."""
    if start == 0 and stop == batch.n_rows:
        return batch
    rows = slice(start, stop)
    return Batch(batch.columns[:, rows], batch.details.take(rows))


class _Filling:
    """A batch that is being put together from pieces."""

    def __init__(self, like: Batch, size: int) -> None:
        self.n_rows = 0
        self.size = size
        self.columns = np.empty((like.columns.shape[0], size), dtype=like.columns.dtype)
        self.details = {
            name: np.empty((size, *of.shape[1:]), dtype=of.dtype)
            for name, of in _details(like.details)
        }

    def add(self, batch: Batch, start: int) -> int:
        """Takes rows of a batch from `start` on; how many there was room for."""
        n_taken = min(batch.n_rows - start, self.size - self.n_rows)
        rows = slice(start, start + n_taken)
        places = slice(self.n_rows, self.n_rows + n_taken)
        self.columns[:, places] = batch.columns[:, rows]
        for name, of in _details(batch.details):
            self.details[name][places] = of[rows]
        self.n_rows += n_taken
        return n_taken

    def batch(self) -> Batch:
        """The rows taken."""
        return _cut(Batch(self.columns, Details(**self.details)), 0, self.n_rows)


def _details(details: Details) -> Iterator[tuple[str, AnyArray]]:
    """Name and values of each detail that is known."""
    for field in fields(details):
        of = getattr(details, field.name)
        if of is not None:
            yield field.name, of


@dataclass(frozen=True, slots=True)
class _End:
    """What a reader sends last: the error that ended it, if one did."""

    error: BaseException | None = None


def prefetch(items: Iterable[T], depth: int = 2) -> Iterator[T]:
    """The same items, made in a thread that runs ahead of who takes them.

    Parameters
    ----------
    items : iterable
        Used, and closed, in the thread alone.
    depth : int
        The most items that are made before they are asked for.

    Yields
    ------
    item

    Notes
    -----
    The thread starts with the first item asked for. It ends with the items, with an error,
    which is raised here, or once this iterator is closed; closing waits for the item in work.
    """
    ready: SimpleQueue[T | _End] = SimpleQueue()
    slots = Semaphore(depth)
    stopped = Event()
    reader = Thread(target=_read, args=(items, ready, slots, stopped), daemon=True)
    reader.start()
    try:
        while not isinstance(item := ready.get(), _End):
            slots.release()
            yield item
        if item.error is not None:
            raise item.error
    finally:
        stopped.set()
        slots.release()
        reader.join()


def _read(
    items: Iterable[T], ready: "SimpleQueue[T | _End]", slots: Semaphore, stopped: Event
) -> None:
    """Puts items where they are ready, one for each slot, until they end or it is stopped."""
    end = _End()
    try:
        iterator = iter(items)
        while _may_go_on(slots, stopped):
            try:
                item = next(iterator)
            except StopIteration:
                break
            ready.put(item)
            # The slot that comes next may be long in coming.
            del item
        if stopped.is_set() and hasattr(iterator, "close"):
            iterator.close()
    except BaseException as error:  # noqa: BLE001  raised where the items are taken
        end = _End(error)
    ready.put(end)


def _may_go_on(slots: Semaphore, stopped: Event) -> bool:
    """Waits for a slot; whether there is still need of items."""
    slots.acquire()
    return not stopped.is_set()
