"""The first look at a source: weight, centre, spread and reach of each column."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix._typing import BoolArray, FloatArray
from gaussmix.data.block import Block, block_size
from gaussmix.data.source import Source
from gaussmix.execution import Team

#: Below this many ulps of its largest value, a column's spread is rounding: it is constant.
_CONSTANT_ULPS = 16.0


@dataclass(frozen=True, slots=True)
class Survey:
    """Column-wise facts of a source's rows with positive weight.

    Attributes
    ----------
    weight : float
        Sum of the rows' weights.
    centre : (D,) array
        Weighted mean of each column; the reference of all that follows.
    variance : (D,) array
        Weighted variance (divided by the weight) of each column about its centre.
    reach : (D,) array
        Largest distance of a row from the centre, by column.
    radius : float
        Largest distance of a row from the centre, columns in units of `scale`.
    """

    weight: float
    centre: FloatArray
    variance: FloatArray
    reach: FloatArray
    radius: float

    @property
    def is_constant(self) -> BoolArray:
        """Which columns hold one value only, (D,)."""
        return _is_constant(self.centre, self.variance, self.reach)

    @property
    def scale(self) -> FloatArray:
        """Unit of each column, (D,): its standard deviation, 1 for a constant column."""
        return _scale(self.centre, self.variance, self.reach)


def _is_constant(centre: FloatArray, variance: FloatArray, reach: FloatArray) -> BoolArray:
    rounding = _CONSTANT_ULPS * np.finfo(np.float64).eps * (np.abs(centre) + reach)
    return np.asarray(variance <= rounding**2)


def _scale(centre: FloatArray, variance: FloatArray, reach: FloatArray) -> FloatArray:
    constant = _is_constant(centre, variance, reach)
    return np.asarray(np.sqrt(np.where(constant, 1.0, variance)))


def largest_distance(x: FloatArray, scale: FloatArray) -> float:
    """Largest distance from the origin of the rows of x (D, B), columns in units of scale."""
    return float(np.sqrt((scale**-2.0 @ np.square(x)).max(initial=0.0)))


def box_radius(x: FloatArray, scale: FloatArray) -> float:
    """Distance of the farthest corner of the box around x (D, B): a quick upper bound."""
    reach = np.maximum(x.max(axis=1, initial=0.0), -x.min(axis=1, initial=0.0))
    return float(np.sqrt(np.square(reach / scale).sum()))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over rows about a reference; they add."""

    weight: float
    first: FloatArray
    second: FloatArray
    low: FloatArray
    high: FloatArray

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.weight + other.weight,
            self.first + other.first,
            self.second + other.second,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )


def _sums(block: Block) -> _Sums:
    """Weighted sums of one block about the block's centre."""
    x = block.centred()
    weight = block.weight
    if weight is not None:
        x = x[:, weight > 0.0]
        weight = weight[weight > 0.0]
    if x.shape[1] == 0:
        zeros = np.zeros(x.shape[0])
        return _Sums(0.0, zeros, zeros, zeros + np.inf, zeros - np.inf)
    low, high = x.min(axis=1), x.max(axis=1)
    total = block.total_weight
    if weight is None:
        return _Sums(total, x.sum(axis=1), np.einsum("db,db->d", x, x), low, high)
    return _Sums(total, x @ weight, np.einsum("db,db,b->d", x, x, weight), low, high)


def survey(source: Source, team: Team, names: Sequence[str] | None = None) -> Survey:
    """Survey of a source in three passes: the centre, the spread about it, the farthest row.

    Parameters
    ----------
    source : Source
    team : Team
    names : sequence of str or None
        The columns' names, for the message.

    Raises
    ------
    ValueError
        Where squares of the values leave the range of float64.
    """
    size = block_size(2 * source.n_features)
    with np.errstate(over="ignore", invalid="ignore"):
        first = 0 if source.weight is None else int(np.argmax(source.weight > 0.0))
        first_row = source.rows(np.array([first]))[0]
        rough = team.sum(_sums, source.blocks(size, first_row))
        centre = first_row + rough.first / rough.weight
        sums = team.sum(_sums, source.blocks(size, centre))
        variance = sums.second / sums.weight - (sums.first / sums.weight) ** 2
    if not np.all(np.isfinite(variance)):
        raise errors.squares_overflow(int(np.argmin(np.isfinite(variance))), names)
    variance = np.maximum(variance, 0.0)
    reach = np.maximum(np.abs(sums.low), np.abs(sums.high))
    scale = _scale(centre, variance, reach)
    distances = team.map(lambda b: _farthest(b, scale), source.blocks(size, centre))
    return Survey(sums.weight, centre, variance, reach, max(distances))


def _farthest(block: Block, scale: FloatArray) -> float:
    """Largest distance from the centre of a row with positive weight."""
    x = block.centred()
    return largest_distance(x if block.weight is None else x[:, block.weight > 0.0], scale)
