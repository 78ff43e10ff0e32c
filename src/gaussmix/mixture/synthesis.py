"""Rows that look like those of a table: drawn, rounded, within its ranges, and none of its own."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.data import KnownRows, Likeness, numeric_frame
from gaussmix.mixture.conditional import ConditionalMixture
from gaussmix.mixture.conditioned import Conditioned
from gaussmix.mixture.sampling import check_count, generator_of, sample
from gaussmix.mixture.truncation import truncated_sample
from gaussmix.mixture.value import Column, Value

#: Rounds of draws from the whole mixture, before ranges are kept to while drawing.
_FREE_ROUNDS = 8
#: Rounds after which rows that are still copies stay so.
_ROUNDS = 200
_COPIES = ("redraw", "allow")


@dataclass(frozen=True)
class Drawing:
    """What rows are held to while they are drawn.

    Attributes
    ----------
    likeness : Likeness
    rest : Mixture or ConditionalMixture
        Of the columns that are drawn: one for all rows, or one for each.
    free : (F,) array of int
        Numbers of these columns.
    fixed : (n, D) array
        Values of the others, NaN where they are drawn.
    of_table : KnownRows or None
        Rows that must not come out; None where any may.
    gaps : bool
        Whether to have the table's gaps.
    """

    likeness: Likeness
    rest: Value | ConditionalMixture
    free: IntArray
    fixed: FloatArray
    of_table: KnownRows | None
    gaps: bool

    def rows(self, rng: np.random.Generator) -> FloatArray:
        """All rows (n, D): those that lie outside or are copies are drawn again."""
        out, n = np.array(self.fixed), len(self.fixed)
        open_ = np.arange(n)
        never_inside = np.ones(n, dtype=np.bool_)
        for turn in range(_ROUNDS):
            keep = turn >= _FREE_ROUNDS and self._can_keep
            drawn = (self._drawn_inside if keep else self._drawn)(open_, rng)
            x, inside = self._finished(open_, drawn, rng)
            never_inside[open_[inside]] = False
            good = inside & ~self._is_copy(x)
            out[open_[good]] = x[good]
            open_ = open_[~good]
            if len(open_) == 0:
                return out
        if never_inside.any():
            raise errors.unlikely_ranges(int(never_inside.sum()), n)
        n_different = float(np.prod(self.likeness.n_values[self.free]))
        raise errors.only_copies(len(open_), n, n_different)

    @property
    def _can_keep(self) -> bool:
        """Whether draws can keep to a box: Gaussians can."""
        return isinstance(self.rest, ConditionalMixture) or self.rest.components.is_gaussian

    @cached_property
    def _box(self) -> tuple[FloatArray, FloatArray]:
        """Ends of the columns that are drawn, (F,) each; none of those with one value only."""
        endless = self.likeness.is_constant[self.free]
        low = np.where(endless, -np.inf, self.likeness.lower[self.free])
        return low, np.where(endless, np.inf, self.likeness.upper[self.free])

    def _drawn(self, rows: IntArray, rng: np.random.Generator) -> FloatArray:
        """Draws (B, F) for some rows, wherever they lie."""
        if isinstance(self.rest, ConditionalMixture):
            return self.rest.take(rows).sample(rng)
        return sample(self.rest.components, len(rows), rng)[0]

    def _drawn_inside(self, rows: IntArray, rng: np.random.Generator) -> FloatArray:
        """Draws (B, F) for some rows, of the part of their mixture inside the box."""
        if not isinstance(self.rest, ConditionalMixture):
            return truncated_sample(self.rest.components, self._box, len(rows), rng)[0]
        each = (truncated_sample(self.rest[int(n)].components, self._box, 1, rng) for n in rows)
        return np.concatenate([x for x, _ in each])

    def _finished(
        self, rows: IntArray, drawn: FloatArray, rng: np.random.Generator
    ) -> tuple[FloatArray, BoolArray]:
        """Some rows as the table would have them (B, D), and which were inside the box (B,)."""
        low, high = self._box
        inside = np.asarray(((drawn >= low) & (drawn <= high)).all(axis=1))
        x = self.fixed[rows]
        x[:, self.free] = drawn
        x = self.likeness.rounded(x, self.free)
        if self.gaps:
            gaps = np.isnan(self.likeness.X[rng.integers(len(self.likeness.X), size=len(x))])
            x[gaps & np.isnan(self.fixed[rows])] = np.nan
        return x, inside

    def _is_copy(self, x: FloatArray) -> BoolArray:
        """Which rows are copies; one without a value is none."""
        if self.of_table is None:
            return np.zeros(len(x), dtype=np.bool_)
        return self.of_table.hold(x) & ~np.isnan(x).all(axis=1)


class Synthetic(Conditioned):
    """Adds rows that look like those of a table to a mixture."""

    __slots__ = ()

    def sample_like(
        self,
        table: Any,
        n: int | None = None,
        *,
        known: Any = None,
        gaps: bool = False,
        copies: str = "redraw",
        random_state: object = None,
    ) -> Any:
        """Random rows as a table like another one.

        Columns have the names, types, ranges and roundings of that table, and none of its rows
        comes out.

        Parameters
        ----------
        table : array-like or data frame
            What rows are to be like, as a rule that of the fit. Of a frame the columns that the
            mixture does not have are left out.
        n : int, optional
            Number of rows; None is as many as the table has, or as are known in part.
        known : mapping of column to value, or data frame, optional
            What some columns are known to be: a number, or (n,) numbers for each row; or a frame
            of those columns with n rows.
        gaps : bool, default=False
            Whether rows have gaps, each those of some row of the table.
        copies : {"redraw", "allow"}, default="redraw"
            What becomes of rows that are equal, in every column, to one of the table.
        random_state : None, int, Generator or RandomState

        Returns
        -------
        table
            Of the same library, its columns in the same order; an array for an array.

        Raises
        ------
        ValueError
            For a table without the mixture's columns; known values that cannot be used; ranges
            that the mixture gives next to no probability; and roundings that leave nearly no
            rows but those of the table.

        Warns
        -----
        DataWarning
            Where columns of the table are left out.

        Notes
        -----
        A column is rounded to the coarsest step on which all its values lie. Rows are draws of
        the mixture on condition that each column, before it is rounded, lies no more than half a
        step beyond its range: draws outside are drawn again, so nothing piles up at the ends.
        A row that is no copy may still be near one: where rows are about persons, that is no
        proof that nothing is told of them.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([1.0], [[3.0, 50.0]], [[[1.0, 6.0], [6.0, 100.0]]])
        >>> table = np.array([[2.5, 45.0], [3.5, 60.0], [4.0, 50.0], [1.5, 30.0]])
        >>> mixture.sample_like(table, 3, known={0: 3.5}, random_state=0)
        array([[ 3.5, 55. ],
               [ 3.5, 50. ],
               [ 3.5, 55. ]])
        """
        if copies not in _COPIES:
            raise errors.unknown_choice("copies", copies, _COPIES)
        likeness = Likeness.of(table, self.n_features, self.feature_names)
        given = _by_column(known)
        index = self._index(list(given)) if given else np.zeros(0, dtype=np.intp)
        rest = self.condition(given) if given else self
        n = _row_count(n, rest, len(likeness.X))
        if likeness.left_out:
            message = errors.columns_not_modelled(likeness.left_out)
            warnings.warn(message, errors.DataWarning, stacklevel=2)
        fixed = np.full((n, self.n_features), np.nan)
        for j, value in zip(index, given.values(), strict=True):
            fixed[:, j] = value
        free = np.delete(np.arange(self.n_features), index)
        of_table = KnownRows(likeness.X) if copies == "redraw" else None
        drawing = Drawing(likeness, rest, free, fixed, of_table, gaps)
        return likeness.table(drawing.rows(generator_of(random_state)))


def _by_column(known: Any) -> Mapping[Column, Any]:
    """What is known, by column."""
    if known is None or isinstance(known, Mapping):
        return known or {}
    frame = numeric_frame(known)
    if frame is None or frame[1] is None:
        raise errors.known_of_wrong_kind(type(known).__name__)
    return dict(zip(frame[1], frame[0].T, strict=True))


def _row_count(n: int | None, rest: Value | ConditionalMixture, n_table: int) -> int:
    """How many rows are asked for."""
    n = None if n is None else check_count(n)
    if isinstance(rest, ConditionalMixture):
        if n is not None and n != len(rest):
            raise errors.known_rows_differ(len(rest), n)
        return len(rest)
    return n_table if n is None else n
