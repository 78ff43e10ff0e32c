"""What a family asks the E-step to add up beside mass and shift, and what its rule is given."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance.factor import FactorCovariances
from gaussmix.covariance.projected import Projected
from gaussmix.covariance.quadratic import Quadratic
from gaussmix.covariance.values import Covariances

Scalar = TypeVar("Scalar", bound=np.generic)

#: One mixture, whose components are all there are.
ALONE: IntArray = np.zeros(1, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class ScatterKind:
    """Which second moments a family needs.

    Attributes
    ----------
    quadratic : Quadratic
        The features whose sums are kept.
    pooled : bool
        Whether one sum over all components is enough: (Q,) instead of (K, Q).
    rank : int or None
        Of the loadings of factors, on whose scores scatter is projected; None without factors.
    in_common : bool
        Whether all components have the same loadings.
    """

    quadratic: Quadratic
    pooled: bool
    rank: int | None = None
    in_common: bool = False

    def at(self, covariances: Covariances) -> "ScatterKind":
        """What a pass with these covariances adds up: scatter projected on their scores."""
        if not isinstance(covariances, FactorCovariances):
            return self
        scores = covariances.scores
        return self.along(scores[0] if self.pooled else scores)

    def along(self, directions: FloatArray) -> "ScatterKind":
        """The same with scatter projected on directions (K, p, D), or (p, D) for all alike."""
        return replace(self, quadratic=Projected(directions))

    def take(self, order: IntArray) -> "ScatterKind":
        """The same for components in another order."""
        return replace(self, quadratic=self.quadratic.take(order))

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """Shape of the scatter of `n_components` components."""
        size = self.quadratic.size(n_features)
        return (size,) if self.pooled else (n_components, size)


def sizes_between(heads: IntArray, n_components: int) -> IntArray:
    """Number of components (R,) of each mixture, from the numbers of their first ones."""
    ends = np.append(heads[1:], n_components)
    return np.asarray(ends - heads)


@dataclass(frozen=True, slots=True)
class Within:
    """The scatter within components that a rule makes covariances of.

    Of one mixture, or of several that lie side by side in one stack of T components.

    Attributes
    ----------
    scatter : (T, Q) array
        About the components' means; (Q,) where one sum over the components of one mixture is
        all that was kept.
    mass : (T,) array
    n_features : int
    heads : (R,) array of int
        Number of each mixture's first component, rising from 0.
    before : Covariances or None
        Those of the step before: rules that iterate go on from there, and never end below.
    quadratic : Quadratic or None
        The features that the scatter is of, where they are not the family's own: projections.
    """

    scatter: FloatArray
    mass: FloatArray
    n_features: int
    heads: IntArray = field(default_factory=lambda: ALONE)
    before: Covariances | None = None
    quadratic: Quadratic | None = None

    @property
    def n_components(self) -> int:
        """Number T of components."""
        return len(self.mass)

    @property
    def pooled(self) -> FloatArray:
        """Sums (R, Q) of the scatter over each mixture's components."""
        return self.scatter[None] if self.scatter.ndim == 1 else self.over_each(self.scatter)

    @property
    def total_mass(self) -> FloatArray:
        """Mass (R,) of each mixture."""
        return self.over_each(self.mass)

    def over_each(self, values: FloatArray) -> FloatArray:
        """Sums (R, ...) over each mixture's components of values (T, ...)."""
        if len(self.heads) == 1:
            return np.asarray(values.sum(axis=0, keepdims=True))
        return np.asarray(np.add.reduceat(values, self.heads, axis=0))

    @property
    def sizes(self) -> IntArray:
        """Number of components (R,) of each mixture."""
        return sizes_between(self.heads, self.n_components)

    def to_each(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Values (T, ...), one for each component, from one for each mixture, (R, ...)."""
        if len(self.heads) == 1:
            return np.broadcast_to(values, (self.n_components, *values.shape[1:]))
        return np.repeat(values, self.sizes, axis=0)

    def part(self, components: slice, heads: IntArray) -> "Within":
        """Some of the mixtures that lie in a row, whose first components are told."""
        before = self.before
        if before is not None:
            before = before.take(np.arange(components.start, components.stop))
        scatter, mass = self.scatter[components], self.mass[components]
        return Within(scatter, mass, self.n_features, heads, before, self.quadratic)

    def only(self, chosen: BoolArray) -> "Within":
        """The mixtures (R,) that are chosen, without the step before."""
        sizes, of_each = self.sizes[chosen], self.to_each(chosen)
        heads = np.cumsum(sizes) - sizes
        return Within(self.scatter[of_each], self.mass[of_each], self.n_features, heads)

    def repeated(self, times: int) -> "Within":
        """The same mixtures several times over, without the step before."""
        offsets = self.n_components * np.arange(times)
        heads = (offsets[:, None] + self.heads).reshape(-1)
        scatter = np.tile(self.scatter, (times, 1))
        return Within(scatter, np.tile(self.mass, times), self.n_features, heads)

    def shared(self, values: FloatArray) -> FloatArray:
        """What a value holds that each mixture shares: (1, ...) for one mixture, else (T, ...)."""
        return values if len(self.heads) == 1 else self.to_each(values)
