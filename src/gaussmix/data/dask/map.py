"""Answers for each row of a Dask collection, as a collection that nothing has computed yet."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gaussmix._typing import AnyArray
from gaussmix.data.dask.cluster import Cluster, Task, sealed
from gaussmix.data.dask.parts import as_values, opened
from gaussmix.data.dask.rows import DaskTable

#: rows (n, D) -> (n,) or (n, K)
RowFunction = Callable[[AnyArray], AnyArray]


def map_rows(
    table: DaskTable, function: RowFunction, dtype: DTypeLike, columns: str | Sequence[str]
) -> Any:
    """What the function makes of the rows of each partition, lazily.

    Parameters
    ----------
    table : DaskTable
    function : callable
        Rows (n, D) to one answer per row. It travels to the workers.
    dtype : dtype
        Of the answers.
    columns : str or sequence of str
        The answers' name where they are one number per row; else one name for each number.

    Returns
    -------
    dask array, dask series or dask dataframe
        (N,) or (N, K): an array for an array; for a dataframe a series or a dataframe with its
        index and divisions.

    Raises
    ------
    ModuleNotFoundError
        Where this package is missing on the active client's cluster.
    """
    Cluster()
    order = sealed(function, pure=True)
    if table.is_frame:
        return _map_frame(table, order, np.dtype(dtype), columns)
    return _map_array(table, order, np.dtype(dtype), columns)


def _map_array(
    table: DaskTable, order: Task, dtype: np.dtype[Any], columns: str | Sequence[str]
) -> Any:
    X = table.collection
    shape: dict[str, Any] = {"drop_axis": 1, "meta": np.empty(0, dtype)}
    if not isinstance(columns, str):
        meta = np.empty((0, len(columns)), dtype)
        shape = {"chunks": (X.chunks[0], (len(columns),)), "meta": meta}
    return X.map_blocks(answer_block, order=order, of=table.dtype, dtype=dtype, **shape)


def answer_block(block: AnyArray, order: bytes, of: np.dtype[Any]) -> AnyArray:
    """The answers for the rows of a block, (n,) or (n, K)."""
    answer: AnyArray = opened(order)(as_values(block, None, of))
    return answer


def _map_frame(
    table: DaskTable, order: Task, dtype: np.dtype[Any], columns: str | Sequence[str]
) -> Any:
    width = () if isinstance(columns, str) else (len(columns),)
    meta = _framed(np.empty((0, *width), dtype), columns, table.example.index)
    return table.collection.map_partitions(
        answer_frame, order, table.names, table.dtype, columns, meta=meta
    )


def answer_frame(
    part: Any,
    order: bytes,
    names: Sequence[str] | None,
    of: np.dtype[Any],
    columns: str | Sequence[str],
) -> Any:
    """The answers for the rows of a pandas frame, with its index."""
    return _framed(opened(order)(as_values(part, names, of)), columns, part.index)


def _framed(answer: AnyArray, columns: str | Sequence[str], index: Any) -> Any:
    """Answers as a series, or as a frame of one column each."""
    import pandas as pd  # noqa: PLC0415  Dask dataframes come with it

    if isinstance(columns, str):
        return pd.Series(answer, index=index, name=columns)
    return pd.DataFrame(answer, index=index, columns=list(columns))
