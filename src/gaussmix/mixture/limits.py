"""Ends of boxes from whatever a caller holds."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.data import as_rows
from gaussmix.mixture.value import Value, as_known


def points_of(mixture: Value, X: Any, name: str) -> FloatArray:
    """Rows (N, D) of float64, which may be infinite but not NaN."""
    rows = as_rows(X, mixture.n_features, mixture.feature_names, endless=True)
    rows = rows.astype(np.float64, copy=False)
    _refuse_nan(rows, name, mixture.feature_names)
    return rows


def boxes_of(mixture: Value, lower: Any, upper: Any) -> tuple[FloatArray, FloatArray, bool]:
    """Lower and upper ends (N, D) each, and whether they were given as one box.

    Raises
    ------
    ValueError
        For other shapes, NaN, numbers of rows that differ, and a lower end above its upper one.
    """
    low, low_is_one = _ends(mixture, lower, "lower", -np.inf)
    high, high_is_one = _ends(mixture, upper, "upper", np.inf)
    is_one = low_is_one and high_is_one
    if len(low) != len(high) and not (low_is_one or high_is_one):
        raise errors.limits_differ(len(low), len(high))
    low, high = (np.array(ends) for ends in np.broadcast_arrays(low, high))
    crossed = low > high
    if crossed.any():
        row, column = (int(i) for i in np.unravel_index(int(np.argmax(crossed)), crossed.shape))
        label = errors.column_label(column, mixture.feature_names)
        raise errors.limits_crossed(low[row, column], high[row, column], row, label)
    return low, high, is_one


def one_box(mixture: Value, lower: Any, upper: Any) -> tuple[FloatArray, FloatArray]:
    """The same for a single box, whose corners are (D,) each."""
    low, high, _ = boxes_of(mixture, lower, upper)
    if len(low) > 1:
        raise errors.not_one_box(len(low))
    return low[0], high[0]


def _ends(mixture: Value, given: Any, name: str, endless: float) -> tuple[FloatArray, bool]:
    """One end of boxes as (N, D), and whether it is of one box."""
    n_features = mixture.n_features
    if given is None:
        return np.full((1, n_features), endless), True
    if isinstance(given, Mapping):
        return _ends_by_column(mixture, given, name, endless)
    if np.isscalar(given) or isinstance(given, np.ndarray | list | tuple):
        shape = np.shape(given)
        if shape == ((n_features,) if n_features > 1 else ()):
            ends = np.atleast_1d(np.asarray(given, dtype=np.float64))[None]
            _refuse_nan(ends, name, mixture.feature_names)
            return ends, True
        if shape[1:] != (n_features,) and (n_features > 1 or len(shape) != 1):
            raise errors.wrong_limits(name, shape, n_features)
    return points_of(mixture, given, name), False


def _ends_by_column(
    mixture: Value, given: Mapping[Any, Any], name: str, endless: float
) -> tuple[FloatArray, bool]:
    """The same from numbers, or a vector of them, by column."""
    columns = [as_known(str(key), values) for key, values in given.items()]
    lengths = {str(key): len(c) for key, c in zip(given, columns, strict=True) if c.ndim == 1}
    if len(set(lengths.values())) > 1:
        raise errors.known_values_differ(lengths)
    ends = np.full((next(iter(lengths.values()), 1), mixture.n_features), endless)
    if given:
        for j, column in zip(mixture._index(list(given)), columns, strict=True):  # noqa: SLF001  a verb's part
            ends[:, j] = column
    _refuse_nan(ends, name, mixture.feature_names)
    return ends, not lengths


def _refuse_nan(rows: FloatArray, name: str, names: Sequence[str] | None) -> None:
    missing = np.isnan(rows)
    if missing.any():
        row, column = (int(i) for i in np.unravel_index(int(np.argmax(missing)), missing.shape))
        raise errors.limit_is_nan(name, row, errors.column_label(column, names))
