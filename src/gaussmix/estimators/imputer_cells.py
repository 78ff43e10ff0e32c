"""Cells that are hidden again, to see how well they are filled."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.mixture import ConditionalMixture, Mixture, conditionals

#: The share of each column's values that one fold hides is one in so many.
_ONE_IN = 10
#: Least number of values of a column of which some are hidden.
_LEAST_VALUES = 5
#: The level that intervals are set right at.
LEVEL = 0.9


@dataclass(frozen=True)
class CellFolds:
    """Values of a table, dealt out to ten folds.

    Attributes
    ----------
    rows : (N, D) array
        NaN for gaps.
    fold : (N, D) array of int
        The fold that a cell belongs to, from 0; -1 for what is never hidden.
    std : (D,) array
        Of the columns' values.
    """

    rows: AnyArray
    fold: AnyArray
    std: FloatArray

    @classmethod
    def deal(cls, rows: AnyArray, rng: np.random.Generator) -> "CellFolds":
        """Deal each column's values out at random, as many to each fold up to one.

        Constant columns and those with few values keep all of theirs.
        """
        fold, std = np.full(rows.shape, -1, dtype=np.int8), np.zeros(rows.shape[1])
        for j in range(rows.shape[1]):
            own = np.flatnonzero(~np.isnan(rows[:, j]))
            std[j] = rows[own, j].std(dtype=np.float64)
            if len(own) >= _LEAST_VALUES and rows[own, j].min() < rows[own, j].max():
                # Columns begin at different folds, so that these are of the same size.
                fold[rng.permutation(own), j] = (np.arange(len(own)) + j) % _ONE_IN
        return cls(rows, fold, std)

    @property
    def n_cells(self) -> int:
        """Number of cells that are dealt out."""
        return int(np.count_nonzero(self.fold >= 0))

    def of_rows(self, rows: IntArray) -> "CellFolds":
        """The same of some rows."""
        return CellFolds(self.rows[rows], self.fold[rows], self.std)

    def needed(self, n_cells: int, at_most: int) -> int:
        """Number of folds that hide so many cells together, from 1 on."""
        each = max(1, self.n_cells // _ONE_IN)
        return min(at_most, -(-n_cells // each))

    def hidden(self, fold: int) -> BoolArray:
        """The cells of a fold, (N, D)."""
        return np.asarray(self.fold == fold)

    def without(self, fold: int) -> AnyArray:
        """The table without a fold's cells."""
        rows = self.rows.copy()
        rows[self.hidden(fold)] = np.nan
        return rows


@dataclass(frozen=True)
class Guesses:
    """What a mixture makes of M hidden cells.

    Attributes
    ----------
    log_density : (M,) array
        Of the value behind each, given the rest of its row.
    square : (M,) array
        Squared distance of the value from its conditional mean, in units of the column's
        variance.
    away : (M,) array
        That distance relative to the end of the central interval of `LEVEL` on that side; only
        where it was asked for.
    row : (M,) array of int
    """

    log_density: FloatArray
    square: FloatArray
    away: FloatArray
    row: IntArray


def guesses(mixture: Mixture, folds: CellFolds, fold: int, *, away: bool = False) -> Guesses:
    """What a mixture makes of the cells of a fold; they are in the same order for each mixture."""
    parts = list(_guesses(mixture, folds, fold, with_away=away))
    joined = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Guesses(*joined)


def _guesses(
    mixture: Mixture, folds: CellFolds, fold: int, *, with_away: bool
) -> Iterator[tuple[FloatArray, FloatArray, FloatArray, IntArray]]:
    cells = folds.hidden(fold)
    touched = np.flatnonzero(cells.any(axis=1))
    for some, columns, conditional in pieces(mixture, folds.without(fold)[touched]):
        own = touched[some]
        for i, j in enumerate(columns):
            asked = np.flatnonzero(cells[own, j])
            if len(asked) == 0:
                continue
            column = conditional.column(i).take(asked)
            truth, mean = folds.rows[own[asked], j].astype(np.float64), column.mean()
            reach = np.ones(len(asked))
            if with_away:
                lower, upper = column.interval(LEVEL)
                reach = np.where(truth > mean, upper, lower) - mean
            with np.errstate(divide="ignore"):
                log_density = np.log(column.pdf(truth))
            square = np.square((truth - mean) / folds.std[j])
            yield log_density, square, np.abs((truth - mean) / reach), own[asked]


def spread_of(away: FloatArray, weight: FloatArray) -> float:
    """The spread with which intervals of `LEVEL` reach that share of what was hidden."""
    order = np.argsort(away, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    return float(away[order[np.searchsorted(share, LEVEL)]])


def pieces(
    mixture: Mixture, rows: AnyArray
) -> Iterator[tuple[IntArray, IntArray, ConditionalMixture]]:
    """What rows' values say of their gaps; see `conditionals`."""
    return conditionals(
        mixture.components,
        rows,
        Mixture.from_components,
        covariance_type=mixture.covariance_type,
        names=mixture.feature_names,
    )
