"""Small real tables that ship with the package, for examples and tests.

Each loader reads its CSV file anew and returns a `Table`; `path` gives the file itself, to hand to
the command.
"""

from gaussmix.datasets._loaders import (
    load_cyclists,
    load_naples_crabs,
    load_old_faithful,
    load_penguins,
)
from gaussmix.datasets._table import Table, path

__all__ = [
    "Table",
    "load_cyclists",
    "load_naples_crabs",
    "load_old_faithful",
    "load_penguins",
    "path",
]
