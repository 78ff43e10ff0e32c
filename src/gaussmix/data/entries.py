"""Entries of an array that are missing otherwise than as NaN: masked, None, or pandas' NA."""

from typing import Any

import numpy as np

from gaussmix._typing import AnyArray, FloatArray


def unmasked(values: Any) -> Any:
    """A masked array as a plain one; anything else as it is.

    What is masked is NaN in an array of numbers, whose type is kept where it has NaN and is
    float64 otherwise, and None in any other.
    """
    if not isinstance(values, np.ma.MaskedArray):
        return values
    mask = np.ma.getmaskarray(values)
    plain: AnyArray = np.asarray(np.ma.getdata(values))
    if not mask.any():
        return plain
    if plain.dtype.kind in "biu":
        plain = plain.astype(np.float64)
    plain = plain.copy() if plain.dtype.kind in "fc" else plain.astype(object)
    plain[mask] = None if plain.dtype == object else np.nan
    return plain


def is_missing(entry: object) -> bool:
    """Whether an object is None, NaN or pandas' NA; pandas is not imported to find out."""
    if entry is None or entry is np.ma.masked or type(entry).__name__ == "NAType":
        return True
    return isinstance(entry, float | np.floating) and bool(np.isnan(entry))


def as_floats(cells: AnyArray) -> FloatArray:
    """Python objects as float64, of the same shape, NaN where one is missing.

    Raises
    ------
    ValueError, TypeError
        Where one is neither missing nor a number.
    """
    values = [np.nan if is_missing(cell) else float(cell) for cell in cells.ravel().tolist()]
    return np.array(values, dtype=np.float64).reshape(cells.shape)
