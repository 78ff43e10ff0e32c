"""What a family asks the E-step to add up beside mass and shift, and what its rule is given."""

from dataclasses import dataclass, field

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance.quadratic import Quadratic
from gaussmix.covariance.values import Covariances

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
    """

    quadratic: Quadratic
    pooled: bool

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """Shape of the scatter of `n_components` components."""
        size = self.quadratic.size(n_features)
        return (size,) if self.pooled else (n_components, size)


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
    """

    scatter: FloatArray
    mass: FloatArray
    n_features: int
    heads: IntArray = field(default_factory=lambda: ALONE)
    before: Covariances | None = None

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
        return np.diff(self.heads, append=self.n_components)

    def to_each(self, values: FloatArray) -> FloatArray:
        """Values (T, ...), one for each component, from one for each mixture, (R, ...)."""
        if len(self.heads) == 1:
            return np.broadcast_to(values, (self.n_components, *values.shape[1:]))
        return np.repeat(values, self.sizes, axis=0)

    def shared(self, values: FloatArray) -> FloatArray:
        """What a value holds that each mixture shares: (1, ...) for one mixture, else (T, ...)."""
        return values if len(self.heads) == 1 else self.to_each(values)
