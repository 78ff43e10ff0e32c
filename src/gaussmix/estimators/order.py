"""The order in which components are numbered."""

from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import IntArray
from gaussmix.density import Components

_WORDS = ("auto", "weight", "start")


def component_order(
    components: Components, asked: Any, names: tuple[str, ...] | None, *, named: bool
) -> IntArray:
    """Numbers of the components in the order asked for.

    Parameters
    ----------
    asked : {"auto", "weight", "start"}, int or column name
        "weight": by falling weight, equal ones by rising mean of the first column; "start": as
        the start numbered them; "auto": "start" where the caller named the components, else
        "weight"; a column: by rising mean.
    names : tuple of str or None
        Column names.
    named : bool
        Whether the caller's start numbered the components.
    """
    if isinstance(asked, str) and asked in _WORDS:
        if asked == "start" or (asked == "auto" and named):
            return np.arange(components.n_components)
        return np.lexsort((components.means[:, 0], -components.weights))
    column = _column(asked, names, components.n_features)
    return np.argsort(components.means[:, column], kind="stable")


def check_order(asked: Any, names: tuple[str, ...] | None, n_features: int) -> None:
    """Refuse what names no order."""
    if not (isinstance(asked, str) and asked in _WORDS):
        _column(asked, names, n_features)


def _column(asked: Any, names: tuple[str, ...] | None, n_features: int) -> int:
    """Number of the column asked for."""
    columns = names or ()
    if isinstance(asked, str) and asked in columns:
        return columns.index(asked)
    is_int = isinstance(asked, int | np.integer) and not isinstance(asked, bool)
    if is_int and -n_features <= asked < n_features:
        return int(asked)
    known = [*_WORDS, *(columns or map(str, range(n_features)))]
    raise errors.unknown_choice("component_order", asked, known)
