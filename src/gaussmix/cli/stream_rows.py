"""Rows of any number of files: in memory where they fit, else as a stream."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.cli.beside import check_counts, columns_beside, left_out_notes, wanted_columns
from gaussmix.cli.request import TableRequest
from gaussmix.cli.rows import Rows
from gaussmix.data import ArraySource, Details, FileStream
from gaussmix.data.storage.file_kinds import open_part
from gaussmix.mixture import Mixture

#: Rows taken from a stream in one go.
_AT_ONCE = 65_536


def stream_to_fit(files: Sequence[str], request: TableRequest) -> Rows:
    """The columns asked for, or every column of numbers but those beside the values."""
    stream = _open(files, _asked(files, request), request)
    if request.group in (stream.names or ()) and not request.columns:
        kept = tuple(name for name in stream.names or () if name != request.group)
        stream = _open(files, kept, request)
    notes = () if request.columns else left_out_notes(stream.skipped, request)
    return _rows(stream, files, request, notes)


def stream_for_model(files: Sequence[str], mixture: Mixture, request: TableRequest) -> Rows:
    """The model's columns by name, or those asked for."""
    columns = _asked(files, request) or mixture.feature_names
    return _rows(_open(files, columns, request), files, request, ())


def _asked(files: Sequence[str], request: TableRequest) -> tuple[str, ...] | None:
    """Names of the columns asked for."""
    if not any("," in text for text in request.columns):
        return wanted_columns(request, ())
    # Only the file can tell whether a comma is part of a name.
    return wanted_columns(request, tuple(open_part(files[0], frozenset()).holds))


def _open(
    files: Sequence[str], columns: tuple[str, ...] | None, request: TableRequest
) -> FileStream:
    return FileStream(files, columns, request.weight, request.label)


def _rows(
    stream: FileStream, files: Sequence[str], request: TableRequest, notes: tuple[str, ...]
) -> Rows:
    """The rows in memory where they fit."""
    path = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
    names = stream.names or ()
    n_bytes = 8 * stream.n_rows * (stream.n_features + len(columns_beside(request)))
    if n_bytes > request.memory:
        told = errors.streaming(stream.n_rows, len(files), n_bytes, request.memory)
        return Rows(path, names, stream, (*notes, told))
    source = _loaded(stream)
    check_counts(source.details.weight, request.weight, path)
    return Rows(path, names, source, notes)


def _loaded(stream: FileStream) -> ArraySource:
    """The rows of a stream in memory."""
    # Column by column, as the table has them that estimators take: it shares their memory.
    X: AnyArray = np.empty((stream.n_rows, stream.n_features), dtype=stream.dtype, order="F")
    beside: dict[str, list[Any]] = {"weight": [], "label": []}
    start = 0
    for batch in stream.batches(_AT_ONCE):
        X[start : start + batch.n_rows] = batch.columns.T
        start += batch.n_rows
        for name, parts in beside.items():
            parts.append(getattr(batch.details, name))
    weight = np.concatenate(beside["weight"]) if stream.has_weights else None
    label = np.concatenate(beside["label"]) if stream.has_labels else None
    return ArraySource(X, Details(weight=weight, label=label))
