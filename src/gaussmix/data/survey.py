"""The first look at a source: weight, centre, spread and reach of each column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gaussmix import errors
from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.data.block import Block, block_size
from gaussmix.data.source import Source
from gaussmix.execution import Team

#: Below this many ulps of its largest value, a column's spread is rounding: it is constant.
_CONSTANT_ULPS = 16.0


@dataclass(frozen=True, slots=True)
class Survey:
    """Facts of a source's rows with positive weight, column-wise those of observed values.

    Attributes
    ----------
    weight : float
        Sum of the rows' weights.
    observed : (D,) array
        Sum of the weights of the rows that have a value, by column.
    centre : (D,) array
        Weighted mean of each column; the reference of all that follows.
    variance : (D,) array
        Weighted variance (divided by the weight) of each column about its centre.
    low, high : (D,) arrays
        Smallest and largest value of each column.
    radius : float
        Largest distance of a row from the centre, columns in units of `scale`.
    n_rows : int
        Rows with positive weight.
    n_gappy, n_empty : int
        Those of them with a gap, and those with nothing else.
    largest_label : int
        Of the rows' known labels; -1 where none is known.
    told : float
        Sum of the weights of the rows that hold any value.
    """

    weight: float
    observed: FloatArray
    centre: FloatArray
    variance: FloatArray
    low: FloatArray
    high: FloatArray
    radius: float
    n_rows: int
    n_gappy: int
    n_empty: int
    largest_label: int
    told: float

    @property
    def reach(self) -> FloatArray:
        """Largest distance of a value from the centre, (D,)."""
        return np.maximum(self.centre - self.low, self.high - self.centre)

    @property
    def is_constant(self) -> BoolArray:
        """Which columns hold one value only, (D,)."""
        rounding = _CONSTANT_ULPS * np.finfo(np.float64).eps * (np.abs(self.centre) + self.reach)
        return np.asarray(self.variance <= rounding**2)

    @property
    def scale(self) -> FloatArray:
        """Unit of each column, (D,): its standard deviation, 1 for a constant column."""
        return np.asarray(np.sqrt(np.where(self.is_constant, 1.0, self.variance)))


def largest_distance(x: FloatArray, scale: FloatArray) -> float:
    """Largest distance from the origin of the rows of x (D, B), columns in units of scale."""
    return float(np.sqrt((scale**-2.0 @ np.square(x)).max(initial=0.0)))


def box_radius(x: FloatArray, scale: FloatArray) -> float:
    """Distance of the farthest corner of the box around x (D, B): a quick upper bound."""
    reach = np.maximum(x.max(axis=1, initial=0.0), -x.min(axis=1, initial=0.0))
    return float(np.sqrt(np.square(reach / scale).sum()))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over rows about a reference; they add. `observed` is the weight of each column."""

    weight: float
    observed: FloatArray
    first: FloatArray
    second: FloatArray
    low: FloatArray
    high: FloatArray
    n_rows: int
    n_gappy: int
    n_empty: int
    largest_label: int
    told: float

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.weight + other.weight,
            self.observed + other.observed,
            self.first + other.first,
            self.second + other.second,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.n_rows + other.n_rows,
            self.n_gappy + other.n_gappy,
            self.n_empty + other.n_empty,
            max(self.largest_label, other.largest_label),
            self.told + other.told,
        )


@dataclass(frozen=True, slots=True)
class _SumUp:
    """Weighted sums of one block about the block's centre; a value, so that it can travel."""

    n_features: int

    def __call__(self, block: Block) -> _Sums:
        x, columns = block.centred(), block.columns
        weight = block.weight
        if weight is not None:
            counts = weight > 0.0
            x, columns, weight = x[:, counts], columns[:, counts], weight[counts]
        n_rows = x.shape[1]
        total = block.total_weight
        first = x.sum(axis=1) if weight is None else x @ weight
        factors = (x, x) if weight is None else (x, x, weight)
        second = np.einsum("db,db->d" if weight is None else "db,db,b->d", *factors)
        # These pass over what a row lacks, as the sums do, where it is zero.
        low = np.fmin.reduce(columns, axis=1, initial=np.inf)
        high = np.fmax.reduce(columns, axis=1, initial=-np.inf)
        observed: FloatArray | float = total
        if block.lacking is not None:
            there = ~np.isnan(columns)
            observed = np.asarray(there.sum(axis=1) if weight is None else there @ weight)
        spread = partial(self._spread, observed=block.observed)
        return _Sums(
            total,
            spread(observed),
            spread(first),
            spread(second),
            spread(low, fill=np.inf),
            spread(high, fill=-np.inf),
            n_rows,
            n_rows * (block.n_missing > 0),
            n_rows * (block.n_missing == self.n_features),
            -1 if block.details.label is None else int(block.details.label.max(initial=-1)),
            total * (block.n_missing < self.n_features),
        )

    def _spread(
        self, values: FloatArray | float, *, observed: IntArray | None, fill: float = 0.0
    ) -> FloatArray:
        """Values of the observed columns among all columns, (D,)."""
        whole = np.full(self.n_features, fill)
        whole[slice(None) if observed is None else observed] = values
        return whole


@dataclass(frozen=True, slots=True)
class _Largest:
    """A number; the larger of two is their sum."""

    value: float

    def __add__(self, other: "_Largest") -> "_Largest":
        return _Largest(max(self.value, other.value))


@dataclass(frozen=True, slots=True)
class _Farthest:
    """Largest distance from the centre of a row with positive weight, columns in units."""

    scale: FloatArray

    def __call__(self, block: Block) -> _Largest:
        x = block.centred()
        scale = self.scale if block.observed is None else self.scale[block.observed]
        x = x if block.weight is None else x[:, block.weight > 0.0]
        return _Largest(largest_distance(x, scale))


def survey(
    source: Source,
    team: Team,
    names: Sequence[str] | None = None,
    *,
    partial: bool = False,
) -> Survey:
    """Survey of a source in three passes: the centre, the spread about it, the farthest row.

    Parameters
    ----------
    source : Source
    team : Team
    names : sequence of str or None
        The columns' names, for the messages.
    partial : bool
        Whether a column may be without any value: its centre and spread are then zero.

    Raises
    ------
    ValueError
        Where no row counts, a column holds no value, or squares of the values leave the range
        of float64.
    """
    size = block_size(2 * source.n_features)
    sum_up = _SumUp(source.n_features)
    with np.errstate(over="ignore", invalid="ignore"):
        origin = source.origin()
        rough = source.cut(size, origin, keep=False, rare=True).sum(sum_up, team)
        _check_seen(rough, names, partial=partial)
        weight = np.where(rough.observed > 0.0, rough.observed, 1.0)
        centre = origin + rough.first / weight
        sums = source.cut(size, centre, keep=False, rare=True).sum(sum_up, team)
        variance = sums.second / weight - (sums.first / weight) ** 2
    if not np.all(np.isfinite(variance)):
        raise errors.squares_overflow(int(np.argmin(np.isfinite(variance))), names)
    variance = np.maximum(variance, 0.0)
    facts = Survey(
        sums.weight,
        sums.observed,
        centre,
        variance,
        sums.low,
        sums.high,
        0.0,
        sums.n_rows,
        sums.n_gappy,
        sums.n_empty,
        sums.largest_label,
        sums.told,
    )
    farthest = source.cut(size, centre, keep=False, rare=True).sum(_Farthest(facts.scale), team)
    return replace(facts, radius=farthest.value)


def _check_seen(sums: _Sums, names: Sequence[str] | None, *, partial: bool) -> None:
    """Refuse rows that all have weight zero, and columns without a value."""
    if not sums.weight > 0.0:
        raise errors.no_row_counts()
    unseen = ~(sums.observed > 0.0)
    if unseen.any() and not partial:
        raise errors.nothing_observed(errors.column_label(int(np.argmax(unseen)), names))
