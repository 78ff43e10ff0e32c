"""The rules of races, and the random numbers of their runners."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Race:
    """Who takes part in a race, for how long, and how many finish.

    Attributes
    ----------
    lanes : tuple of (str, int)
        Names of proposals, and how often each runs.
    iterations : int
    finishers : int
    """

    lanes: tuple[tuple[str, int], ...]
    iterations: int
    finishers: int

    @property
    def names(self) -> list[str]:
        """The proposal of each lane."""
        return [name for name, times in self.lanes for _ in range(times)]

    def scaled(self, share: float) -> "Race":
        """The race with a share of its runs, but one of each kind at least.

        Hierarchies draw nothing, so once is enough.
        """
        lanes = [
            (name, max(1, round(share * times)) if times > 1 else 1) for name, times in self.lanes
        ]
        return replace(self, lanes=tuple(lanes))


#: For one fit, and for each of the many of a search.
THOROUGH = Race(
    (
        ("hierarchical", 1),
        ("hierarchical_sphered", 1),
        ("hierarchical_flat", 1),
        ("hierarchical_round", 1),
        ("kmeans", 8),
        ("kmeans_sphered", 8),
        ("k-means++", 16),
        ("random_from_data", 32),
    ),
    iterations=12,
    finishers=6,
)
QUICK = Race(
    (
        ("hierarchical", 1),
        ("hierarchical_sphered", 1),
        ("kmeans", 2),
        ("kmeans_sphered", 2),
        ("k-means++", 2),
        ("random_from_data", 4),
    ),
    iterations=10,
    finishers=2,
)


def generator(seed: Sequence[int], start: int) -> np.random.Generator:
    """The random numbers of start number `start`: the same however many starts there are."""
    return np.random.default_rng(np.random.SeedSequence(list(seed), spawn_key=(start,)))
