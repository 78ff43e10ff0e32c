"""Dask collections as partitions of rows, and what is known of them before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from dask.delayed import Delayed

from gaussmix import errors
from gaussmix.data.dask.cluster import Cluster, Task, task
from gaussmix.data.dask.parts import as_values, as_vector, constant
from gaussmix.data.table import check_weight, is_dask, non_numeric, numeric_frame

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass(frozen=True)
class DaskTable:
    """A Dask array or dataframe of rows.

    Attributes
    ----------
    collection : dask array or dataframe
        An array has all columns in one block.
    example : (0, D) array or data frame
        The same table without rows.
    names : tuple of str or None
        The columns' names, where they have some.
    dtype : dtype
        float32 where every column is, else float64.
    """

    collection: Any
    example: Any
    names: tuple[str, ...] | None
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, X: Any) -> "DaskTable":
        """The rows of a collection, once its types are known to be of use.

        Raises
        ------
        TypeError
            For another collection than an array or a dataframe.
        ValueError
            For a column that does not hold numbers, and for repeated names.
        """
        if _has(X, "columns"):
            return cls._of_frame(X)
        if _has(X, "chunks"):
            return cls._of_array(X)
        raise errors.not_dask_rows(f"a {type(X).__module__}.{type(X).__name__}")

    @classmethod
    def _of_frame(cls, X: Any) -> "DaskTable":
        meta = X._meta  # noqa: SLF001  how Dask's own extensions ask for a frame's types
        found = numeric_frame(meta)
        if found is None or meta.ndim != 2:
            raise errors.not_dask_rows(f"a series of {type(meta).__module__}")
        if (wrong := non_numeric(meta)) is not None:
            raise errors.not_numeric_by_type(f"column {wrong[0]!r}", wrong[1])
        return cls(X, meta, found[1], found[0].dtype)

    @classmethod
    def _of_array(cls, X: Any) -> "DaskTable":
        kind = type(X._meta)  # noqa: SLF001  as above
        if kind is not np.ndarray or X.ndim != 2 or np.isnan(X.shape[1]):
            of = f"blocks of {kind.__module__}.{kind.__name__}"
            raise errors.not_dask_rows(f"an array of shape {X.shape} in {of}")
        if X.dtype.kind not in "iuf":
            raise errors.not_numbers(str(X.dtype))
        whole = X if len(X.chunks[1]) == 1 else X.rechunk({1: -1})
        dtype = X.dtype if X.dtype in _FLOATS else np.dtype(np.float64)
        return cls(whole, np.empty((0, X.shape[1]), dtype), None, dtype)

    @property
    def is_frame(self) -> bool:
        """Whether the partitions are data frames."""
        return not isinstance(self.example, np.ndarray)

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return int(self.example.shape[1])

    def values(self) -> list[Task]:
        """The values (n, D) of each partition."""
        parts = _partitions(self.collection)
        if not self.is_frame and self.collection.dtype == self.dtype:
            # The blocks themselves: where the caller persisted them nothing is copied.
            return parts
        return [task(as_values, part, self.names, self.dtype) for part in parts]


@dataclass(frozen=True)
class DaskVector:
    """Weights or labels beside a Dask table.

    Attributes
    ----------
    given : dask array, dask series or float
    name : str
        What a message calls them.
    """

    given: Any
    name: str

    @classmethod
    def of(cls, given: Any, name: str) -> "DaskVector | None":
        """What was given, once its type is known to be of use; None stays None.

        Raises
        ------
        TypeError
            For what is neither a number nor a Dask array or series of numbers in one dimension.
        """
        if given is None:
            return None
        if isinstance(given, Real):
            check_weight(given, 1, name)
            return cls(float(given), name)
        if not _has(given, "to_delayed"):
            raise errors.not_dask_vector(name, f"a {type(given).__module__}.{type(given).__name__}")
        n_dimensions = getattr(given, "ndim", 0)
        if n_dimensions != 1:
            raise errors.not_dask_vector(name, f"a collection of {n_dimensions} dimensions")
        kind = getattr(getattr(given, "dtype", None), "kind", "O")
        if kind not in "biuf":
            raise errors.not_dask_vector(name, f"values of type {given.dtype}")
        return cls(given, name)

    def along(self, values: Sequence[Task], lengths: Sequence[int], cluster: Cluster) -> list[Task]:
        """The entries (n,) beside each partition.

        Parameters
        ----------
        values : sequence of tasks
            The partitions.
        lengths : sequence of int
            Rows in each.
        cluster : Cluster

        Raises
        ------
        ValueError
            Where there are not as many entries as rows.
        """
        if isinstance(self.given, float):
            return [task(constant, part, self.given) for part in values]
        parts = [task(as_vector, part) for part in _partitions(self.given)]
        own = _known(self.given) if hasattr(self.given, "chunks") else None
        if own is None:
            parts = cluster.keep(parts)
            own = cluster.compute([task(len, part) for part in parts])
        if sum(own) != sum(lengths):
            raise errors.beside_dask_length(self.name, sum(own), sum(lengths))
        return parts if list(own) == list(lengths) else _recut(parts, own, lengths)


def _has(X: Any, name: str) -> bool:
    """Whether X is a Dask collection with that attribute; a Delayed seems to have all."""
    return is_dask(X) and not isinstance(X, Delayed) and hasattr(X, name)


def _known(array: Any) -> list[int] | None:
    lengths = array.chunks[0]
    return None if any(np.isnan(n) for n in lengths) else [int(n) for n in lengths]


def _partitions(collection: Any) -> list[Task]:
    return list(np.ravel(np.asarray(collection.to_delayed(), dtype=object)))


def _recut(parts: Sequence[Task], own: Sequence[int], lengths: Sequence[int]) -> list[Task]:
    """Vectors in pieces of other lengths."""
    import dask.array as da  # noqa: PLC0415  heavy, and rarely needed

    pieces = [
        da.from_delayed(part, (n,), dtype=np.float64) for part, n in zip(parts, own, strict=True)
    ]
    whole = da.concatenate(pieces).rechunk((tuple(lengths),))
    return _partitions(whole)
