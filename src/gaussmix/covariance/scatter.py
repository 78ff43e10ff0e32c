"""What a family asks the E-step to add up beside mass and shift, and what its rule is given."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance.factor import FactorCovariances
from gaussmix.covariance.lineup import Lineup, Scalar, alone
from gaussmix.covariance.projected import Projected
from gaussmix.covariance.quadratic import Quadratic
from gaussmix.covariance.values import Covariances


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
    lineup : Lineup or None
        How the mixtures lie side by side; None where there is one.
    before : Covariances or None
        Those of the step before: rules that iterate go on from there, and never end below.
    quadratic : Quadratic or None
        The features that the scatter is of, where they are not the family's own: projections.
    """

    scatter: FloatArray
    mass: FloatArray
    n_features: int
    lineup: Lineup | None = None
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

    @property
    def lined_up(self) -> Lineup:
        """How the mixtures lie side by side."""
        return alone(self.n_components) if self.lineup is None else self.lineup

    @property
    def heads(self) -> IntArray:
        """Number of each mixture's first component, (R,)."""
        return self.lined_up.heads

    def over_each(self, values: FloatArray) -> FloatArray:
        """Sums (R, ...) over each mixture's components of values (T, ...)."""
        return self.lined_up.over_each(values)

    def largest_of_each(self, values: FloatArray) -> FloatArray:
        """Largest (R, ...) of the values (T, ...) of each mixture's components."""
        return self.lined_up.largest_of_each(values)

    def to_each(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Values (T, ...), one for each component, from one for each mixture, (R, ...)."""
        return self.lined_up.to_each(values)

    def shared(self, values: FloatArray) -> FloatArray:
        """What a value holds that each mixture shares: (1, ...) for one mixture, else (T, ...)."""
        return values if self.lined_up.n_runs == 1 else self.to_each(values)

    def part(self, components: slice, lineup: Lineup) -> "Within":
        """Some of the mixtures that lie in a row."""
        before = self.before
        if before is not None:
            before = before.take(np.arange(components.start, components.stop))
        scatter, mass = self.scatter[components], self.mass[components]
        return Within(scatter, mass, self.n_features, lineup, before, self.quadratic)

    def only(self, chosen: BoolArray) -> "Within":
        """The mixtures (R,) that are chosen, without the step before."""
        of_each = self.to_each(chosen)
        lineup = self.lined_up.pick(chosen)
        return Within(self.scatter[of_each], self.mass[of_each], self.n_features, lineup)

    def repeated(self, times: int) -> "Within":
        """The same mixtures several times over, without the step before."""
        scatter, mass = np.tile(self.scatter, (times, 1)), np.tile(self.mass, times)
        return Within(scatter, mass, self.n_features, self.lined_up.repeated(times))
