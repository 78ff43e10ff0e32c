"""What pyarrow is asked: whether it is there, what a column holds, its values as floats."""

from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.data.storage.csv_text import is_number_or_gap

#: What a column without a single value is said to hold.
NO_VALUES = "no values"


def pyarrow() -> Any:
    """The pyarrow package, loaded on first use: it takes longer than a fit."""
    try:
        import pyarrow as pa  # noqa: PLC0415  as above
    except ImportError:
        raise errors.pyarrow_missing() from None
    return pa


def kind_of(dtype: Any) -> str | None:
    """What a column of the type holds, in a word; None for numbers."""
    types = pyarrow().types
    if types.is_integer(dtype) or types.is_floating(dtype) or types.is_decimal(dtype):
        return None
    kinds = (
        (types.is_boolean, "booleans"),
        (types.is_dictionary, "categories"),
        (types.is_duration, "durations"),
        (types.is_time, "times"),
        (types.is_temporal, "dates"),
        (types.is_null, NO_VALUES),
        (lambda t: types.is_string(t) or types.is_large_string(t) or types.is_binary(t), "text"),
    )
    return next((kind for test, kind in kinds if test(dtype)), f"values of type {dtype}")


def first_text(column: Any) -> tuple[int, object] | None:
    """Row and value that show why a column is none of numbers: the first that is no number."""
    first: tuple[int, object] | None = None
    for row, scalar in enumerate(column):
        if not scalar.is_valid:
            continue
        value = _python_value(scalar)
        first = first or (row, value)
        if not (isinstance(value, str) and is_number_or_gap(value)):
            return row, value
    return first


def _python_value(scalar: Any) -> object:
    """The value for a message; its type where Python has no such value, as for far dates."""
    try:
        return scalar.as_py()
    except (OverflowError, ValueError):
        return str(scalar.type)


def floats(array: Any, dtype: np.dtype[Any]) -> AnyArray:
    """The values of a pyarrow.Array of numbers, (n,) of a float dtype, read-only; NaN for gaps.

    Nothing is copied where the array has the type and no gaps.
    """
    pa = pyarrow()
    from pyarrow import compute  # noqa: PLC0415  heavy, see pyarrow

    # Whole numbers beyond 2**53 are rounded, as everywhere in float64.
    values = compute.cast(array, pa.from_numpy_dtype(dtype), safe=False)
    if values.null_count:
        values = compute.fill_null(values, np.nan)
    if len(values) == 0:
        return np.empty(0, dtype=dtype)
    whole = np.frombuffer(values.buffers()[1], dtype=dtype)
    return whole[values.offset : values.offset + len(values)]
