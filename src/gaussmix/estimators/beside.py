"""Arguments that stand beside X, one entry for each row: what is known of the rows."""

from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data import as_floats, is_missing, unmasked
from gaussmix.linalg import eigen

#: A measurement covariance may be asymmetric, or have eigenvalues below zero, by this share.
_ROUNDING = 1e-8


def known_labels(given: Any, n_rows: int, n_components: int | None) -> IntArray | None:
    """Known labels (N,), -1 for unknown, as all that is missing is; None where none is known.

    Parameters
    ----------
    given : array-like or None
    n_rows : int
    n_components : int or None
        None where there are several to try.
    """
    if given is None:
        return None
    labels = np.asarray(unmasked(given))
    if labels.shape != (n_rows,):
        raise errors.label_shape(labels.shape, n_rows)
    highest = n_rows if n_components is None else n_components - 1
    if labels.dtype.kind in "iu" and labels.min() >= -1 and labels.max() <= highest:
        return labels.astype(np.intp)
    known = np.full(n_rows, -1, dtype=np.intp)
    # An object may be one that answers no comparison, as pandas' NA does.
    told = range(n_rows) if labels.dtype == object else np.flatnonzero(labels != -1).tolist()
    for row in told:
        label = labels[row : row + 1].tolist()[0]
        if is_missing(label):
            continue
        is_whole = isinstance(label, int | float) and not isinstance(label, bool)
        if not is_whole or label != int(label) or not -1 <= label <= highest:
            raise errors.label_beyond_components(label, highest + 1, row)
        known[row] = int(label)
    return known


def measurement_errors(
    given: Any, rows: AnyArray, names: tuple[str, ...] | None
) -> FloatArray | None:
    """Measurement variances (N, D) or covariances (N, D, D); zeros where the value is missing."""
    if given is None:
        return None
    try:
        error = np.array(unmasked(given))
        error = as_floats(error) if error.dtype == object else error.astype(np.float64, copy=False)
    except (TypeError, ValueError) as reason:
        raise errors.error_not_numbers(str(reason)) from None
    n_rows, n_features = rows.shape
    if error.shape not in (rows.shape, (n_rows, n_features, n_features)):
        raise errors.error_shape(error.shape, n_rows, n_features)
    missing = np.isnan(rows)
    if error.ndim == 2:
        error[missing] = 0.0
        variance = error
    else:
        error[missing[:, :, None] | missing[:, None, :]] = 0.0
        variance = np.diagonal(error, axis1=1, axis2=2)
    lost = ~np.isfinite(error).reshape(n_rows, n_features, -1).all(axis=2)
    for wrong, refuse in ((lost, _refuse_missing), (variance < 0.0, _refuse_negative)):
        if wrong.any():
            row, column = np.unravel_index(int(np.argmax(wrong)), wrong.shape)
            refuse(variance, int(row), int(column), names)
    if error.ndim == 3:
        _check_covariances(error)
    return error


def _refuse_missing(
    variance: FloatArray,  # noqa: ARG001  one signature for both
    row: int,
    column: int,
    names: tuple[str, ...] | None,
) -> None:
    raise errors.error_missing(errors.row_label(row), errors.column_label(column, names))


def _refuse_negative(
    variance: FloatArray, row: int, column: int, names: tuple[str, ...] | None
) -> None:
    label = errors.column_label(column, names)
    raise errors.error_negative(float(variance[row, column]), errors.row_label(row), label)


def _check_covariances(error: FloatArray) -> None:
    """Refuse matrices (N, D, D) that are not symmetric and positive semidefinite."""
    size = np.abs(error).max(axis=(1, 2))
    skew = np.abs(error - error.swapaxes(1, 2)).max(axis=(1, 2))
    wrong = (skew > _ROUNDING * size) | (eigen(error)[0][:, 0] < -_ROUNDING * size)
    if wrong.any():
        raise errors.error_not_a_covariance(errors.row_label(int(np.argmax(wrong))))
