"""Sufficient statistics: the one small value that a block of rows becomes."""

from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import ScatterKind


@dataclass(frozen=True, slots=True)
class TailSums:
    """What Student t's add up beside, of the rows' hidden scales U; see `Tails`.

    Attributes
    ----------
    dof : (K,) array
        Degrees of freedom that the scales were expected with.
    pull : (K,) array
        sum_n w_n r_nk E[U_nk].
    log_scale : (K,) array
        sum_n w_n r_nk E[log U_nk].
    bend : (K,) array
        sum_n w_n r_nk d/dv (E[log U_nk] - E[U_nk]), v the degrees of freedom.
    """

    dof: FloatArray
    pull: FloatArray
    log_scale: FloatArray
    bend: FloatArray

    def __add__(self, other: "TailSums") -> "TailSums":
        """Sums over both sets of rows, of the same degrees of freedom."""
        pull, log_scale = self.pull + other.pull, self.log_scale + other.log_scale
        return TailSums(self.dof, pull, log_scale, self.bend + other.bend)

    def scale(self, factor: float) -> "TailSums":
        """Sums with every row weight multiplied by `factor`."""
        pull, log_scale = factor * self.pull, factor * self.log_scale
        return TailSums(self.dof, pull, log_scale, factor * self.bend)

    def take(self, order: IntArray) -> "TailSums":
        """The same sums with the components in another order."""
        pull, log_scale = self.pull[order], self.log_scale[order]
        return TailSums(self.dof[order], pull, log_scale, self.bend[order])


@dataclass(frozen=True, slots=True)
class SufficientStatistics:
    """Weighted sums over rows, per component, about stated reference points.

    With responsibilities r_nk, row weights w_n and references c_k; the scales u_nk are those that
    Student t's expect of their rows, and ones for Gaussians:

    Attributes
    ----------
    kind : ScatterKind
        Which second moments `scatter` holds.
    reference : (K, D) array
        c_k.
    mass : (K,) array
        sum_n w_n r_nk.
    shift : (K, D) array
        sum_n w_n r_nk u_nk (x_n - c_k).
    scatter : (K, Q) array, or (Q,) when `kind` is pooled
        sum_n w_n r_nk u_nk q(x_n - c_k), summed over k too when pooled.
    log_likelihood : float
        sum_n w_n log p(x_n).
    weight : float
        sum_n w_n.
    noise_mass : float
        sum_n w_n times the responsibility of the noise.
    tails : TailSums or None
        Of Student t's; None for Gaussians.
    """

    kind: ScatterKind
    reference: FloatArray
    mass: FloatArray
    shift: FloatArray
    scatter: FloatArray
    log_likelihood: float
    weight: float
    noise_mass: float = 0.0
    tails: TailSums | None = None

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
            None if self.tails is None or other.tails is None else self.tails + other.tails,
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
            None if self.tails is None else self.tails.scale(factor),
        )

    def rebase(self, reference: FloatArray) -> "SufficientStatistics":
        """The same sums about other references (K, D).

        With the old mean m_k about its reference and d_k = new - old, the scatter about the
        component's mean stays, so scatter' = scatter + pull (q(m - d) - q(m)).
        """
        move = reference - self.reference
        of = self.kind.quadratic.of
        mean = self.shift / self._safe_pull[:, None]
        change = self.pull[:, None] * (of(mean - move) - of(mean))
        scatter = self.scatter + (change.sum(axis=0) if self.kind.pooled else change)
        shift = self.shift - self.pull[:, None] * move
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
            tails=None if self.tails is None else self.tails.take(order),
        )

    @property
    def pull(self) -> FloatArray:
        """sum_n w_n r_nk u_nk, (K,): what the shift is divided by for a mean."""
        return self.mass if self.tails is None else self.tails.pull

    @property
    def _safe_pull(self) -> FloatArray:
        """Pull, with ones where it is zero and every sum it divides is zero too."""
        return np.where(self.pull > 0.0, self.pull, 1.0)

    @property
    def means(self) -> FloatArray:
        """Mean of each component's rows, (K, D); the reference where the mass is zero."""
        return np.asarray(self.reference + self.shift / self._safe_pull[:, None])
