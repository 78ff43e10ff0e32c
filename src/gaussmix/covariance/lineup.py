"""How several mixtures lie side by side in one stack of components."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gaussmix._typing import BoolArray, FloatArray, IntArray

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Lineup:
    """How mixtures lie side by side.

    Attributes
    ----------
    sizes : (R,) array of int
        Number of components of each.
    """

    sizes: IntArray

    @cached_property
    def heads(self) -> IntArray:
        """Number of each mixture's first component, (R,)."""
        return np.cumsum(self.sizes) - self.sizes

    @property
    def n_components(self) -> int:
        """Number T of components."""
        return len(self.owners)

    @property
    def n_runs(self) -> int:
        """Number R of mixtures."""
        return len(self.sizes)

    @cached_property
    def owners(self) -> IntArray:
        """Number of each component's mixture, (T,)."""
        return np.repeat(np.arange(self.n_runs), self.sizes)

    def to_each(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Values (T, ...) of components from values (R, ...) of their mixtures."""
        if self.n_runs == 1:
            return np.broadcast_to(values, (self.n_components, *values.shape[1:]))
        return values[self.owners]

    def over_each(self, values: FloatArray) -> FloatArray:
        """Sums (R, ...) over each mixture's components of values (T, ...)."""
        if self.n_runs == 1:
            return np.asarray(values.sum(axis=0, keepdims=True))
        return np.asarray(np.add.reduceat(values, self.heads, axis=0))

    def largest_of_each(self, values: FloatArray) -> FloatArray:
        """Largest (R, ...) of the values (T, ...) of each mixture's components."""
        return np.asarray(np.maximum.reduceat(values, self.heads, axis=0))

    @cached_property
    def members(self) -> FloatArray:
        """One where a component belongs to a mixture, else zero; (R, T)."""
        return np.equal.outer(np.arange(self.n_runs), self.owners).astype(np.float64)

    @cached_property
    def spans(self) -> tuple[tuple[int, int, int], ...]:
        """Size, first component and number of mixtures, of those in a row that are of one size."""
        first = np.flatnonzero(np.append(True, self.sizes[1:] != self.sizes[:-1]))
        counts = np.append(first[1:], self.n_runs) - first
        sizes, heads = self.sizes[first], self.heads[first]
        return tuple(zip(sizes.tolist(), heads.tolist(), counts.tolist(), strict=True))

    def components_of(self, runs: BoolArray | IntArray) -> IntArray:
        """Numbers of the components of some of the mixtures, in their order."""
        chosen = np.arange(self.n_runs)[runs]
        parts = [np.arange(self.heads[r], self.heads[r] + self.sizes[r]) for r in chosen]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)

    def pick(self, runs: BoolArray | IntArray) -> "Lineup":
        """Some of the mixtures."""
        return Lineup(self.sizes[runs])

    def repeated(self, times: int) -> "Lineup":
        """The same mixtures several times over."""
        return Lineup(np.tile(self.sizes, times))


@lru_cache(maxsize=64)
def alone(n_components: int) -> Lineup:
    """One mixture, whose components are all there are."""
    return Lineup(np.array([n_components]))
