"""From `y` to classes: what they are, which rows have none, and what is believed of them before."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.data import is_missing, unmasked

#: What stands for rows without a class where scikit-learn's semi-supervised estimators take it.
_MARKER = -1


@dataclass(frozen=True)
class Labels:
    """The classes, and which of them each row has.

    Attributes
    ----------
    classes : (C,) array
        Sorted.
    code : (N,) array of int
        Number of each row's class; -1 for rows without one.
    """

    classes: AnyArray
    code: IntArray

    @property
    def n_classes(self) -> int:
        """Number C of classes."""
        return len(self.classes)

    @property
    def has_unlabelled(self) -> bool:
        """Whether rows lack a class."""
        return bool((self.code < 0).any())

    def own(self, c: int) -> BoolArray:
        """Which rows (N,) are known to be of class c."""
        return np.asarray(self.code == c)

    def take(self, rows: Any) -> "Labels":
        """The same of some of the rows."""
        return Labels(self.classes, self.code[rows])

    def names(self) -> list[object]:
        """The classes as Python objects."""
        return list(self.classes.tolist())


def known_labels_of(y: Any, X: AnyArray, unlabelled: Any, counts: BoolArray, owner: str) -> Labels:
    """The classes of the rows that count.

    Parameters
    ----------
    y : array-like of shape (N,)
    X : (N, D) array
    unlabelled : "auto", None or a value
        What stands for rows without a class, besides missing values.
    counts : (N,) array of bool
        Rows of a weight above zero; others are as if they had no class.
    owner : str
        Name of the estimator.

    Raises
    ------
    ValueError
        Without y, for values that are no classes, and where no row has a class.
    """
    if y is None:
        raise errors.no_classes(owner)
    values = column_or_1d(_of_numpy(unmasked(y)), warn=True)
    check_consistent_length(X, values)
    told = counts & ~_missing(values)
    classes, code = _numbered(values, told)
    marker = _marker(classes, unlabelled)
    marked = np.array([_is_marker(label, marker) for label in classes.tolist()], dtype=np.bool_)
    if marked.any():
        number = np.where(marked, -1, np.cumsum(~marked) - 1)
        code = np.where(code >= 0, number[code], -1)
        classes = classes[~marked]
        if len(classes) == 1:
            warnings.warn(errors.one_class_left(marker), errors.DataWarning, stacklevel=3)
    if not len(classes):
        raise errors.nothing_labelled(int(counts.sum()))
    check_classification_targets(classes[code[code >= 0]])
    return Labels(classes, code.astype(np.intp))


def _of_numpy(y: Any) -> Any:
    """Booleans, whole numbers and text of pandas' own types as Python objects.

    scikit-learn makes floats of the numbers.
    """
    dtype = getattr(y, "dtype", None)
    if isinstance(dtype, np.dtype):
        return y
    dtype = getattr(getattr(dtype, "categories", None), "dtype", dtype)
    is_exact = getattr(dtype, "kind", "") in ("b", "i", "u", "O")
    return np.asarray(y, dtype=object) if is_exact else y


def _missing(values: AnyArray) -> BoolArray:
    """Which entries (N,) are missing."""
    if values.dtype.kind == "f":
        infinite = np.isinf(values)
        if infinite.any():
            raise errors.infinite_class(int(np.argmax(infinite)))
        return np.isnan(values)
    if values.dtype != object:
        return np.zeros(len(values), dtype=np.bool_)
    return np.array([is_missing(value) for value in values.tolist()], dtype=np.bool_)


def _numbered(values: AnyArray, told: BoolArray) -> tuple[AnyArray, IntArray]:
    """The distinct values of some rows, sorted, and each row's number among them or -1."""
    code = np.full(len(values), -1, dtype=np.intp)
    given = values[told]
    if given.dtype == object and not all(isinstance(value, str) for value in given.tolist()):
        kinds = {_kind(value) for value in given.tolist()}
        if len(kinds) > 1:
            raise errors.mixed_classes(sorted(kinds))
        # Numbers and booleans beside missing values have been made objects.
        given = np.array(given.tolist())
    classes, code[told] = np.unique(given, return_inverse=True)
    return classes, code


def _kind(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, int | float | np.integer | np.floating):
        return "number"
    return type(value).__name__


def _marker(classes: AnyArray, unlabelled: Any) -> Any:
    """The value that stands for rows without a class; None for none.

    By default -1, where it stands beside two classes at least and none of them is below zero.
    """
    if not (isinstance(unlabelled, str) and unlabelled == "auto"):
        return unlabelled
    if classes.dtype.kind not in "if" or _MARKER not in classes:
        return None
    others = classes[classes != _MARKER]
    if len(others) < 2 or others.min() < 0:
        return None
    if np.array_equal(others, [0, 1]):
        warnings.warn(errors.ambiguous_marker(), errors.DataWarning, stacklevel=4)
    return _MARKER


def _is_marker(label: object, marker: Any) -> bool:
    """Whether a class is what stands for rows without one; 1 and True are not the same."""
    if marker is None or isinstance(label, bool) != isinstance(marker, bool | np.bool_):
        return False
    return bool(label == marker)


def class_priors(priors: Any, labels: Labels, shares: FloatArray) -> FloatArray:
    """Probability (C,) of each class before its row is seen.

    Parameters
    ----------
    priors : None, "equal", mapping or array-like
        None for the shares (C,) of the rows.

    Raises
    ------
    ValueError
        For what is no distribution over the classes.
    """
    if priors is None:
        return shares
    if isinstance(priors, str) and priors == "equal":
        return np.full(labels.n_classes, 1.0 / labels.n_classes)
    names = labels.names()
    given = list(per_class("priors", priors, names)) if isinstance(priors, Mapping) else priors
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise errors.wrong_priors(priors, names) from None
    is_right = values.shape == shares.shape and bool((values >= 0.0).all())
    if not is_right or not abs(values.sum() - 1.0) <= 1e-6:
        raise errors.wrong_priors(priors, names)
    return np.asarray(values / values.sum())


def per_class(parameter: str, given: Mapping[Any, Any], classes: list[object]) -> list[Any]:
    """The entry of a mapping for each class.

    Raises
    ------
    ValueError
        For an entry for what is no class, and a class without an entry.
    """
    for label in given:
        if label not in classes:
            raise errors.unknown_class(parameter, label, classes)
    for label in classes:
        if label not in given:
            raise errors.missing_class(parameter, label)
    return [given[label] for label in classes]
