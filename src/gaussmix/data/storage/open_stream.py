"""One way to a stream of rows, whatever they are in."""

import os
from collections.abc import Sequence
from typing import Any

from gaussmix.data.storage.block_stream import BlockStream
from gaussmix.data.storage.file_stream import FileStream
from gaussmix.data.storage.streams import Stream


def open_stream(
    X: Any,
    columns: Sequence[str] | None = None,
    weight: str | None = None,
    label: str | None = None,
) -> Stream:
    """The rows of files or of blocks.

    Parameters
    ----------
    X : path, sequence of paths, iterable of blocks or callable
        Paths are those of `FileStream`, everything else is as in `BlockStream`.
    columns : sequence of str or None
    weight, label : str or None

    Raises
    ------
    OSError, ValueError, TypeError
        As the stream does.
    """
    is_list = isinstance(X, list | tuple) and all(isinstance(x, str | os.PathLike) for x in X)
    if is_list or isinstance(X, str | os.PathLike):
        return FileStream(X, columns, weight, label)
    return BlockStream(X, columns, weight, label)
