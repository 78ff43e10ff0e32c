"""How many components hold rows, where each row belongs to one by its posterior."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.data import Block, Source
from gaussmix.density import Components, RowWise
from gaussmix.execution import Team

#: A component is certain to hold a row, or none, where the chance of the contrary is less.
_CERTAIN = 1e-12
#: Pairs of rows and draws that are looked at together.
_AT_ONCE = 1 << 21
#: Chances below two to this power are all taken for rows of one kind.
_LEAST_POWER = -60


@dataclass(frozen=True, slots=True)
class Emptiness:
    """What says whether components hold rows at all; values add.

    Attributes
    ----------
    mass : (K,) array
        Expected number of rows of each.
    log_empty : (K,) array
        Log of the chance that it holds none, sum_n log(1 - r_nk).
    """

    mass: FloatArray
    log_empty: FloatArray

    def __add__(self, other: "Emptiness") -> "Emptiness":
        return Emptiness(self.mass + other.mass, self.log_empty + other.log_empty)

    @property
    def surely_occupied(self) -> BoolArray:
        """Components that hold a row in all but one of 1e12 partitions, (K,)."""
        return np.asarray(self.log_empty < np.log(_CERTAIN))

    @property
    def doubtful(self) -> IntArray:
        """Numbers of the components that may hold rows or none."""
        # The chance to hold any row is at most their expected number.
        return np.flatnonzero(~self.surely_occupied & (self.mass > _CERTAIN))


@dataclass(frozen=True, slots=True)
class Occupied:
    """Which components hold rows in each of S partitions; values add.

    Attributes
    ----------
    held : (S, Q) array of bool
    """

    held: BoolArray

    def __add__(self, other: "Occupied") -> "Occupied":
        return Occupied(self.held | other.held)


def n_occupied(
    components: Components, source: Source, n_samples: int, seed: list[int], team: Team
) -> FloatArray:
    """Chance that 0, 1, ..., K components hold rows, (K + 1,).

    Each row picks its component by its posterior, whatever the others do. One pass finds out
    which components are in doubt; a second draws partitions for those alone.

    Parameters
    ----------
    components : Components
    source : Source
        A row counts once whatever its weight, but for a weight of zero.
    n_samples : int
        Partitions to draw.
    seed : list of int
    team : Team
    """
    row_wise = RowWise.of(components, source)
    cut = row_wise.cut(source)
    emptiness = cut.sum(_FindEmptiness(row_wise), team)
    numbers = np.full(n_samples, np.count_nonzero(emptiness.surely_occupied))
    if len(emptiness.doubtful):
        drawing = _Drawing(row_wise, emptiness.doubtful, n_samples, tuple(seed))
        numbers += np.count_nonzero(cut.sum(drawing, team).held, axis=1)
    return np.asarray(np.bincount(numbers, minlength=components.n_components + 1) / n_samples)


def _posteriors(row_wise: RowWise, block: Block) -> FloatArray:
    """Posteriors of the rows of a block that count, (B, K)."""
    posterior = row_wise.posterior(block)
    return posterior if block.weight is None else posterior[block.weight > 0.0]


@dataclass(frozen=True)
class _FindEmptiness:
    """The emptiness of one block."""

    row_wise: RowWise

    def __call__(self, block: Block) -> Emptiness:
        posterior = _posteriors(self.row_wise, block)
        with np.errstate(divide="ignore"):
            log_empty = np.log1p(-np.minimum(posterior, 1.0)).sum(axis=0)
        return Emptiness(posterior.sum(axis=0), log_empty)


@dataclass(frozen=True)
class _Drawing:
    """Partitions of the rows of one block, of which only some components are looked at.

    Attributes
    ----------
    row_wise : RowWise
    chosen : (Q,) array of int
        Those components.
    n_samples : int
    seed : tuple of int
        With the number of a block it fixes what is drawn there.
    """

    row_wise: RowWise
    chosen: IntArray
    n_samples: int
    seed: tuple[int, ...]

    def __call__(self, block: Block) -> Occupied:
        rng = np.random.default_rng([*self.seed, block.number])
        shares = np.cumsum(_posteriors(self.row_wise, block)[:, self.chosen], axis=1)
        held = np.zeros((self.n_samples, len(self.chosen)), dtype=np.bool_)
        for rows, top in _alike(shares[:, -1], max(1, _AT_ONCE // self.n_samples)):
            # Of all pairs of a row and a draw, few are tried where chances are small.
            n_pairs = len(rows) * self.n_samples
            tried = rng.binomial(n_pairs, top)
            pairs = rng.choice(n_pairs, size=tried, replace=False, shuffle=False)
            row, draw = np.divmod(pairs, self.n_samples)
            own = shares[rows[row]]
            place = top * rng.random(tried)
            which = (own <= place[:, None]).sum(axis=1)
            falls = which < len(self.chosen)
            held[draw[falls], which[falls]] = True
        return Occupied(held)


def _alike(chance: FloatArray, most: int) -> Iterator[tuple[IntArray, float]]:
    """Numbers of at most so many rows of like chances (B,), and the largest chance among them.

    Chances above zero are alike where they have the same power of two.
    """
    power = np.maximum(np.frexp(chance)[1], _LEAST_POWER)
    power[chance <= 0.0] = _LEAST_POWER - 1
    for value in np.unique(power[chance > 0.0]):
        rows = np.flatnonzero(power == value)
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            yield part, min(1.0, float(chance[part].max()))
