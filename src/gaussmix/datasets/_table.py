"""A shipped table as a value, and its CSV file."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_FOLDER = Path(__file__).parent / "tables"
# How the sources write a missing value.
_MISSING = "NA"


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Named columns of equal length, with their source.

    Attributes
    ----------
    name : str
        The name that `path` takes.
    columns : mapping of str to ndarray of shape (N,)
        In the file's order. A numeric column is float64, a missing value NaN; a text column is an
        object array of str, a missing value None. ``pandas.DataFrame(table.columns)`` and
        ``polars.DataFrame(table.columns)`` take it as it is.
    source : str
        Where the numbers come from, and their licence.

    Examples
    --------
    >>> from gaussmix.datasets import load_old_faithful
    >>> load_old_faithful()
    Table('old_faithful', 272 rows: eruptions, waiting)
    """

    name: str
    columns: Mapping[str, npt.NDArray[Any]]
    source: str

    def __repr__(self) -> str:
        return f"Table({self.name!r}, {self.n_rows} rows: {', '.join(self.columns)})"

    def __getitem__(self, column: str) -> npt.NDArray[Any]:
        return self.columns[column]

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the file's order."""
        return tuple(self.columns)

    @property
    def numeric_columns(self) -> tuple[str, ...]:
        """Names of the columns that hold numbers, in the file's order."""
        return tuple(name for name, values in self.columns.items() if values.dtype != object)

    def to_numpy(self, columns: Sequence[str] | None = None) -> npt.NDArray[np.float64]:
        """Numeric columns side by side.

        Parameters
        ----------
        columns : sequence of str, optional
            Which columns, in which order; every numeric one by default.

        Returns
        -------
        ndarray of shape (N, D), float64
            A new array; missing values are NaN.

        Raises
        ------
        ValueError
            If a name is not that of a numeric column.

        Examples
        --------
        >>> from gaussmix.datasets import load_old_faithful
        >>> load_old_faithful().to_numpy()[:2]
        array([[ 3.6, 79. ],
               [ 1.8, 54. ]])
        """
        chosen = self.numeric_columns if columns is None else tuple(columns)
        for name in chosen:
            if name not in self.numeric_columns:
                msg = (
                    f"table {self.name!r} has no numeric column {name!r}; "
                    f"choose among {', '.join(self.numeric_columns)}"
                )
                raise ValueError(msg)
        return np.column_stack([self.columns[name] for name in chosen]).astype(np.float64)


def path(name: str) -> Path:
    """Path of a shipped table's CSV file.

    Parameters
    ----------
    name : str
        ``"naples_crabs"``, ``"old_faithful"``, ``"penguins"`` or ``"cyclists"``.

    Returns
    -------
    pathlib.Path
        A file with one header line; a missing value is written ``NA``.

    Raises
    ------
    ValueError
        If no such table ships.

    Examples
    --------
    >>> from gaussmix.datasets import path
    >>> path("cyclists").read_text().splitlines()[:2]
    ['speed_kmh,count', '1,4']
    """
    known = sorted(file.stem for file in _FOLDER.glob("*.csv"))
    if name not in known:
        msg = f"no shipped table is named {name!r}; choose among {', '.join(known)}"
        raise ValueError(msg)
    return _FOLDER / f"{name}.csv"


def read_table(name: str, source: str, *, text: frozenset[str] = frozenset()) -> Table:
    """Read a shipped CSV file; the columns named in `text` stay words, all others are numbers."""
    with path(name).open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    columns = {
        column: _as_words(values) if column in text else _as_numbers(values)
        for column, values in zip(header, zip(*rows, strict=True), strict=True)
    }
    return Table(name=name, columns=columns, source=source)


def _as_numbers(values: Sequence[str]) -> npt.NDArray[np.float64]:
    """Column (N,) of numbers, NaN where missing."""
    return np.array([np.nan if value == _MISSING else float(value) for value in values])


def _as_words(values: Sequence[str]) -> npt.NDArray[np.object_]:
    """Column (N,) of str, None where missing."""
    return np.array([None if value == _MISSING else value for value in values], dtype=object)
