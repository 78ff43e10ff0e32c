"""Checks that every estimator makes of its arguments, once."""

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data import (
    as_floats,
    check_rows,
    check_weight,
    is_frame,
    numeric_frame,
    unmasked,
)
from gaussmix.maximization import ConjugatePrior


def check_int(owner: str, parameter: str, value: object, minimum: int) -> int:
    """An integer of at least `minimum`."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= minimum:
        return int(value)
    raise errors.out_of_range(owner, parameter, f"an int in the range [{minimum}, inf)", value)


def check_float(owner: str, parameter: str, value: object) -> float:
    """A float of at least zero."""
    number = _number(value)
    if 0.0 <= number < np.inf:
        return number
    raise errors.out_of_range(owner, parameter, "a float in the range [0.0, inf)", value)


def check_positive(
    owner: str, parameter: str, value: object, above: float = 0.0, most: float = np.inf
) -> float:
    """A float above one number and not beyond another."""
    number = _number(value)
    if above < number <= most:
        return number
    raise errors.out_of_range(owner, parameter, f"a float in the range ({above}, {most}]", value)


def _number(value: object) -> float:
    """The value as a float; NaN, which is in no range, where it is none."""
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        return float(value)
    return float("nan")


def check_prior(prior: object) -> ConjugatePrior | None:
    """The prior that a `prior` parameter stands for; None for none."""
    if isinstance(prior, str) and prior == "default":
        return ConjugatePrior()
    if prior is None or isinstance(prior, ConjugatePrior):
        return prior
    raise errors.prior_kind(prior)


def check_bool(owner: str, parameter: str, value: object) -> None:
    """True or False, as Python or numpy has them."""
    if not isinstance(value, bool | np.bool_):
        raise errors.out_of_range(owner, parameter, "True or False", value)


def feature_names(estimator: BaseEstimator) -> tuple[str, ...] | None:
    """Column names seen in fit, or None."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else tuple(map(str, names))


def fitted_rows(estimator: BaseEstimator, X: Any, *, reset: bool) -> AnyArray:
    """Rows (N, D), float64 or float32, NaN for gaps, with names and number of columns checked.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose `n_features_in_` and `feature_names_in_` are set (`reset`) or compared.
    """
    minimum = 2 if reset else 1
    frame = numeric_frame(X)
    if frame is not None:
        rows, names = frame
        fitted = None if reset else feature_names(estimator)
        if fitted is not None and names is not None and names != fitted:
            raise errors.different_columns(fitted, names)
        validate_data(estimator, X, skip_check_array=True, reset=reset)
        rows = _checked(estimator, rows, minimum)
    else:
        rows = _checked(estimator, X, minimum)
        fitted_width = None if reset else getattr(estimator, "n_features_in_", None)
        if fitted_width is not None and rows.shape[1] != fitted_width:
            owner = type(estimator).__name__
            raise errors.wrong_column_count(rows.shape[1], fitted_width, owner)
        validate_data(estimator, rows, skip_check_array=True, reset=reset)
    check_rows(rows, feature_names(estimator))
    return rows


def check_columns(
    estimator: BaseEstimator, names: tuple[str, ...] | None, n_features: int, *, reset: bool
) -> None:
    """Set or compare the columns of an estimator, for rows that are no array here.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose `n_features_in_` and `feature_names_in_` are set (`reset`) or compared.
    names : tuple of str or None
    n_features : int
    reset : bool
    """
    if reset:
        estimator.n_features_in_ = n_features
        if names is not None:
            estimator.feature_names_in_ = np.array(names, dtype=object)
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
        return
    fitted = feature_names(estimator)
    if fitted is not None and names is not None and names != fitted:
        raise errors.different_columns(fitted, names)
    if n_features != estimator.n_features_in_:
        owner = type(estimator).__name__
        raise errors.wrong_column_count(n_features, estimator.n_features_in_, owner)


def _checked(estimator: BaseEstimator, X: Any, minimum: int) -> AnyArray:
    if getattr(X, "dtype", None) is not None and np.dtype(X.dtype).kind in "bMm":
        raise errors.not_numbers(str(X.dtype))
    if isinstance(X, list | tuple):
        _check_list(X)
    plain = unmasked(X)
    try:
        return _array(estimator, plain, minimum)
    except (TypeError, ValueError):
        cells = _cells(plain)
        if cells is None:
            raise
        try:
            floats = as_floats(cells)
        except (TypeError, ValueError) as reason:
            raise _naming_text(cells) or reason from None
    return _array(estimator, floats, minimum)


def _check_list(X: list[Any] | tuple[Any, ...]) -> None:
    """Refuse a list of nothing, and one of tables."""
    if not X:
        raise errors.empty_table((0,))
    if all(getattr(item, "ndim", None) == 2 or is_frame(item) for item in X):
        raise errors.list_of_tables(len(X))


def _array(estimator: BaseEstimator, X: Any, minimum: int) -> AnyArray:
    """An array of floats (N, D), as scikit-learn makes and refuses it."""
    rows: AnyArray = check_array(
        X,
        dtype=[np.float64, np.float32],
        ensure_all_finite=False,
        ensure_min_samples=minimum,
        estimator=estimator,
    )
    return rows


def _cells(X: Any) -> AnyArray | None:
    """The entries (N, D) of what has Python objects or text among them; None for the rest."""
    try:
        kind = np.asarray(X).dtype.kind
        cells = np.asarray(X, dtype=object)
    except (TypeError, ValueError):
        return None
    return cells if kind in "OUS" and cells.ndim == 2 else None


def _naming_text(cells: AnyArray) -> ValueError | None:
    """The error that names the first text among entries (N, D), if there is one."""
    for row, column in np.ndindex(cells.shape):
        cell: Any = cells[row, column]
        if isinstance(cell, str) and not _is_number(cell):
            label = errors.column_label(column, None)
            return errors.not_numeric_column(label, "text", cell, errors.row_label(row))
    return None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def check_n_jobs(owner: str, value: object) -> None:
    """None or an integer other than zero."""
    is_int = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if value is not None and (not is_int or value == 0):
        raise errors.out_of_range(owner, "n_jobs", "None or an int other than 0", value)


def row_weights(sample_weight: Any, n_rows: int) -> FloatArray | None:
    """Weights (N,) of at least zero, not all zero; None for ones."""
    return check_weight(sample_weight, n_rows)
