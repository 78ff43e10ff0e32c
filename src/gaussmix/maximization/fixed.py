"""Parameters that are known and not estimated."""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import BoolArray, FloatArray
from gaussmix.covariance import Covariances, Family, Lineup, alone


@dataclass(frozen=True)
class Fixed:
    """Parameters that keep their values; None for none.

    Attributes
    ----------
    weights : (K,) array or None
        NaN for components whose proportion is estimated.
    means : (K, D) array or None
        NaN in the rows of components whose mean is estimated.
    covariances : Covariances or None
    has_covariance : (K,) array of bool or None
        For which components `covariances` counts.
    equal_weights : bool
        Whether all proportions are the same; then `weights` is None.
    """

    weights: FloatArray | None = None
    means: FloatArray | None = None
    covariances: Covariances | None = None
    has_covariance: BoolArray | None = None
    equal_weights: bool = False

    def impose_means(self, means: FloatArray) -> FloatArray:
        """The means (K, D), the fixed ones in their place."""
        return means if self.means is None else np.where(np.isnan(self.means), means, self.means)

    def impose_shares(
        self, mass: FloatArray, noise_mass: float, lineup: Lineup | None = None
    ) -> tuple[FloatArray, float]:
        """Proportions (K,), and that of noise: fixed ones in place, the rest by mass.

        Where several mixtures lie side by side, those of each.
        """
        lineup = alone(len(mass)) if lineup is None else lineup
        total = lineup.over_each(mass) + noise_mass
        if self.equal_weights:
            noise_share = noise_mass / total
            equal = lineup.to_each((1.0 - noise_share) / lineup.sizes)
            return equal.copy(), float(noise_share[0])
        if self.weights is None:
            return mass / lineup.to_each(total), float(noise_mass / total[0])
        is_free = np.isnan(self.weights)
        left = mass[is_free].sum() + noise_mass
        share = (1.0 - np.nansum(self.weights)) / left if left > 0.0 else 0.0
        return np.where(is_free, share * mass, self.weights), float(share * noise_mass)

    def n_fixed(
        self, family: Family, n_components: int, n_features: int, *, with_noise: bool
    ) -> int:
        """How many of a mixture's free parameters they take away."""
        fixed = n_components - 1 if self.equal_weights else 0
        if self.weights is not None:
            # One of the proportions that are left follows from the others.
            n_left = int(np.isnan(self.weights).sum()) + with_noise
            fixed += n_components + with_noise - 1 - max(0, n_left - 1)
        if self.means is not None:
            fixed += int((~np.isnan(self.means)).sum())
        if self.has_covariance is not None:
            n_free = int((~self.has_covariance).sum())
            fixed += family.n_parameters(n_components, n_features)
            fixed -= family.n_parameters(n_free, n_features) if n_free else 0
        return fixed


NOTHING_FIXED = Fixed()
