"""All modes of a mixture: where to start from, and which summits are the same."""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import LOG_ZERO
from gaussmix.linalg import cholesky, solve
from gaussmix.mixture.ascent import climb
from gaussmix.mixture.terrain import Terrain

#: Points looked at on the ridge between two components.
_ON_RIDGE = 39
#: Numbers held for ridges that are looked at together.
_AT_ONCE = 1 << 20
#: Summits nearer to each other, in units of the mixture's own spread there, are one: between
#: two of them the density would fall by less than rounding.
_SAME = 1e-3


@dataclass(frozen=True)
class Modes:
    """The local maxima of a density, the highest first.

    Attributes
    ----------
    points : (P, D) array
        Where they are, in the units of the data.
    log_density : (P,) array
        Log densities there, falling, in nats.
    of_components : (K,) array of int
        The mode that is reached uphill from each component's mean; -1 without weight.
    """

    points: FloatArray
    log_density: FloatArray
    of_components: IntArray

    def __len__(self) -> int:
        return len(self.points)

    @property
    def density(self) -> FloatArray:
        """Densities at the modes, (P,)."""
        return np.exp(self.log_density)


def find_modes(terrain: Terrain) -> tuple[FloatArray, IntArray]:
    """Modes (P, D) of one mixture, the highest first, and that of each component (K,)."""
    alive = np.flatnonzero(terrain.log_heights[0] > LOG_ZERO / 2.0)
    starts = np.concatenate([terrain.means[0, alive], *_ridge_tops(terrain, alive)])
    of = np.zeros(len(starts), dtype=np.intp)
    summits = climb(terrain, starts, of)
    order = np.argsort(-terrain.log_density(summits, of), kind="stable")
    number = np.full(len(summits), -1)
    modes: list[FloatArray] = []
    for i in order:
        if number[i] >= 0:
            continue
        sight = terrain.see(summits[i : i + 1], of[:1])
        root = cholesky(sight.mean_precision(terrain.precisions))[0]
        away = np.abs((summits - summits[i]) @ root).max(axis=1)
        number[(away < _SAME) & (number < 0)] = len(modes)
        modes.append(summits[i])
    of_components = np.full(terrain.n_components, -1)
    of_components[alive] = number[: len(alive)]
    return np.array(modes), of_components


def _ridge_tops(terrain: Terrain, alive: IntArray) -> list[FloatArray]:
    """Points (P, D) on the ridges between two components that are higher than their neighbours."""
    if terrain.covariances.is_shared or len(alive) < 2:
        return []
    first, second = np.triu_indices(len(alive), 1)
    size = max(1, _AT_ONCE // (_ON_RIDGE * terrain.n_features**2))
    pieces = [slice(start, start + size) for start in range(0, len(first), size)]
    return [_tops(terrain, alive[first[piece]], alive[second[piece]]) for piece in pieces]


def _tops(terrain: Terrain, first: IntArray, second: IntArray) -> FloatArray:
    """The same for pairs (P,) of components."""
    means, precisions = terrain.means[0], terrain.precisions
    share = np.linspace(0.0, 1.0, _ON_RIDGE)[:, None, None]
    target = np.einsum("pij,pj->pi", precisions[second], means[second] - means[first])
    mixed = (1.0 - share) * precisions[first][:, None] + share * precisions[second][:, None]
    ridge = solve(mixed, share * target[:, None, :, None])[..., 0] + means[first][:, None]
    of = np.zeros(ridge.size // terrain.n_features, dtype=np.intp)
    height = terrain.log_density(ridge.reshape(-1, terrain.n_features), of).reshape(len(ridge), -1)
    middle = height[:, 1:-1]
    is_top = (middle > height[:, :-2]) & (middle >= height[:, 2:])
    return np.asarray(ridge[:, 1:-1][is_top])
