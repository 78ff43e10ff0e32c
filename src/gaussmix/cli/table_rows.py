"""Rows of one small file, read whole."""

from gaussmix import errors
from gaussmix.cli.beside import columns_beside, details_of, left_out_notes, wanted_columns
from gaussmix.cli.request import TableRequest
from gaussmix.cli.rows import Rows
from gaussmix.data import ArraySource, FileTable, check_rows
from gaussmix.mixture import Mixture


def table_to_fit(table: FileTable, request: TableRequest) -> Rows:
    """The columns asked for, or every column of numbers but those beside the values."""
    asked = wanted_columns(request, table.names)
    notes = left_out_notes(table.skipped, request) if asked is None else ()
    return _rows(table, asked, request, notes)


def table_for_model(table: FileTable, mixture: Mixture, request: TableRequest) -> Rows:
    """The model's columns by name, or those asked for."""
    asked = wanted_columns(request, table.names)
    fitted = mixture.feature_names
    if asked is None and fitted is not None:
        missing = [name for name in fitted if name not in table.names]
        if missing:
            raise errors.model_column_missing(missing, fitted, table.names, table.path)
        asked = fitted
    return _rows(table, asked, request, ())


def _rows(
    table: FileTable,
    columns: tuple[str, ...] | None,
    request: TableRequest,
    notes: tuple[str, ...],
) -> Rows:
    """The rows of a table, once they are known to be usable."""
    X, names = table.numeric(columns, exclude=columns_beside(request))
    check_rows(X, names, table.place)
    return Rows(table.path, names, ArraySource(X, details_of(table, request)), notes)
