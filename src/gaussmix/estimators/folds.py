"""From `cv` and `groups` to the folds of a cross-validation."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, IntArray
from gaussmix.data import ArraySource, Source, is_missing, unmasked
from gaussmix.selection import Fold, shuffled_folds

#: Folds where the caller does not say.
_USUAL = 5


def folds_of(
    owner: str, cv: Any, source: Source, rng: np.random.Generator, *, y: Any, groups: Any
) -> tuple[ArraySource, list[Fold]]:
    """The rows and their folds.

    Parameters
    ----------
    owner : str
        Name of the estimator.
    cv : None, int, splitter or iterable of pairs
    source : Source
        Must be in memory.
    rng : Generator
        Shuffles where `cv` is None or an int.
    y, groups : array-like or None
        For the splitter; rows of one group are held out together where `cv` is no splitter too.

    Raises
    ------
    ValueError
        For rows that are not in memory, and for folds that cannot be used.
    """
    if not isinstance(source, ArraySource):
        raise errors.cv_needs_memory(f"read from a {type(source).__name__}")
    weight = source.details.weight
    counts = np.ones(source.n_rows, dtype=np.bool_) if weight is None else weight > 0.0
    group = None if groups is None else _checked_groups(groups, source.n_rows)
    if cv is None or isinstance(cv, Integral):
        n_folds = _USUAL if cv is None else int(cv)
        if n_folds < 2:
            raise errors.bad_cv(owner, cv)
        return source, shuffled_folds(n_folds, counts, rng, group)
    if isinstance(cv, str) or not (hasattr(cv, "split") or isinstance(cv, Iterable)):
        raise errors.bad_cv(owner, cv)
    pairs = cv.split(source.X, y, group) if hasattr(cv, "split") else cv
    folds = [_fold(number, pair, counts) for number, pair in enumerate(pairs, start=1)]
    if not folds:
        raise errors.bad_cv(owner, cv)
    return source, folds


def _checked_groups(groups: Any, n_rows: int) -> AnyArray:
    """A number (N,) for each row's group."""
    given = np.asarray(unmasked(groups))
    if given.shape != (n_rows,):
        raise errors.group_shape(given.shape, n_rows)
    names = given.tolist()
    for row, name in enumerate(names):
        if is_missing(name):
            raise errors.group_missing(errors.row_label(row))
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names])


def _fold(number: int, pair: Any, counts: BoolArray) -> Fold:
    """A pair of row numbers or masks, without rows that do not count."""
    try:
        train, test = (np.asarray(rows) for rows in pair)
    except (TypeError, ValueError):
        raise errors.bad_fold(number, f"it is {pair!r}") from None
    fold = Fold(_rows(number, "train", train, counts), _rows(number, "test", test, counts))
    both = np.intersect1d(fold.train, fold.test)
    if len(both):
        row = errors.row_label(int(both[0]))
        raise errors.bad_fold(number, f"{row} is in train and in test")
    return fold


def _rows(number: int, part: str, given: AnyArray, counts: BoolArray) -> IntArray:
    if given.dtype == np.bool_ and given.shape == counts.shape:
        given = np.flatnonzero(given)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise errors.bad_fold(number, f"its {part} has dtype {given.dtype}, shape {given.shape}")
    outside = (given < 0) | (given >= len(counts))
    if outside.any():
        wrong = int(given[np.argmax(outside)])
        raise errors.bad_fold(number, f"its {part} names row {wrong} of {len(counts)} rows")
    rows = np.sort(given)
    rows = rows[counts[rows]]
    if not len(rows):
        raise errors.bad_fold(number, f"its {part} holds no row that counts")
    return np.asarray(rows, dtype=np.intp)
