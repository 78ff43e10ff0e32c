"""What a family asks the E-step to add up beside mass and shift."""

from dataclasses import dataclass

from gaussmix.covariance.quadratic import Quadratic


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
