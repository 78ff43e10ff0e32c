"""Sufficient statistics: the one small value that a block of rows becomes."""

from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import ScatterKind


@dataclass(frozen=True, slots=True)
class SufficientStatistics:
    """Weighted sums over rows, per component, about stated reference points.

    With responsibilities r_nk, row weights w_n and references c_k:

    Attributes
    ----------
    kind : ScatterKind
        Which second moments `scatter` holds.
    reference : (K, D) array
        c_k.
    mass : (K,) array
        sum_n w_n r_nk.
    shift : (K, D) array
        sum_n w_n r_nk (x_n - c_k).
    scatter : (K, Q) array, or (Q,) when `kind` is pooled
        sum_n w_n r_nk q(x_n - c_k), summed over k too when pooled.
    log_likelihood : float
        sum_n w_n log p(x_n).
    weight : float
        sum_n w_n.
    noise_mass : float
        sum_n w_n times the responsibility of the noise.
    """

    kind: ScatterKind
    reference: FloatArray
    mass: FloatArray
    shift: FloatArray
    scatter: FloatArray
    log_likelihood: float
    weight: float
    noise_mass: float = 0.0

    @classmethod
    def zeros(cls, kind: ScatterKind, reference: FloatArray) -> "SufficientStatistics":
        """Statistics of no rows: the neutral element of `+`."""
        n_components, n_features = reference.shape
        scatter = np.zeros(kind.shape(n_components, n_features))
        mass, shift = np.zeros(n_components), np.zeros(reference.shape)
        return cls(kind, reference, mass, shift, scatter, 0.0, 0.0)

    def __add__(self, other: "SufficientStatistics") -> "SufficientStatistics":
        """Statistics of both sets of rows; the references must be the same."""
        if self.kind != other.kind or not (
            self.reference is other.reference or np.array_equal(self.reference, other.reference)
        ):
            raise ValueError("statistics add only about the same references; rebase one first")
        return SufficientStatistics(
            self.kind,
            self.reference,
            self.mass + other.mass,
            self.shift + other.shift,
            self.scatter + other.scatter,
            self.log_likelihood + other.log_likelihood,
            self.weight + other.weight,
            self.noise_mass + other.noise_mass,
        )

    def scale(self, factor: float) -> "SufficientStatistics":
        """Statistics with every row weight multiplied by `factor`."""
        return SufficientStatistics(
            self.kind,
            self.reference,
            factor * self.mass,
            factor * self.shift,
            factor * self.scatter,
            factor * self.log_likelihood,
            factor * self.weight,
            factor * self.noise_mass,
        )

    def rebase(self, reference: FloatArray) -> "SufficientStatistics":
        """The same sums about other references (K, D).

        With the old mean m_k about its reference and d_k = new - old, the scatter about the
        component's mean stays, so scatter' = scatter + mass (q(m - d) - q(m)).
        """
        move = reference - self.reference
        of = self.kind.quadratic.of
        mean = self.shift / self._safe_mass[:, None]
        change = self.mass[:, None] * (of(mean - move) - of(mean))
        scatter = self.scatter + (change.sum(axis=0) if self.kind.pooled else change)
        shift = self.shift - self.mass[:, None] * move
        return replace(self, reference=reference, shift=shift, scatter=scatter)

    def take(self, order: IntArray) -> "SufficientStatistics":
        """The same sums with the components in another order."""
        return replace(
            self,
            kind=self.kind.take(order),
            reference=self.reference[order],
            mass=self.mass[order],
            shift=self.shift[order],
            scatter=self.scatter if self.kind.pooled else self.scatter[order],
        )

    @property
    def _safe_mass(self) -> FloatArray:
        """Mass, with ones where it is zero and every sum it divides is zero too."""
        return np.where(self.mass > 0.0, self.mass, 1.0)

    @property
    def means(self) -> FloatArray:
        """Mean of each component's rows, (K, D); the reference where the mass is zero."""
        return np.asarray(self.reference + self.shift / self._safe_mass[:, None])
