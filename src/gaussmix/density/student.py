"""Mixtures of Student t's: what Gaussians become once their parameters are averaged out.

A multivariate t about a mean m, with shape matrix V and a degrees of freedom, has in D columns
the density

    Gamma((a + D) / 2) / (Gamma(a / 2) (a pi)^(D/2) |V|^(1/2)) (1 + q / a)^(-(a + D) / 2),
    q = (x - m)' inverse(V) (x - m),

and any of its columns have the t of that part of m and V, with the same a (Kotz & Nadarajah 2004,
*Multivariate t Distributions and Their Applications*). A t for each column by itself is another
distribution, even where V is diagonal: a product of those of one column each.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import Covariances
from gaussmix.data import Block
from gaussmix.density.components import LOG_ZERO, Components
from gaussmix.density.tails import Tails


@dataclass(frozen=True)
class StudentComponents:
    """K weighted multivariate Student t's.

    Attributes
    ----------
    weights : (K,) array
        Proportions; they sum to one.
    means : (K, D) array
    covariances : Covariances
        The shape matrices, each up to a factor.
    spread : (K,) array
        That factor: the shape of component k is `spread[k]` times its matrix. The variance is
        a / (a - 2) times the shape where a > 2, and infinite otherwise.
    dof : (K,) array
        Degrees of freedom a, above zero.
    by_column : bool
        Whether each column has a t by itself, rather than all of them one together.
    """

    weights: FloatArray
    means: FloatArray
    covariances: Covariances
    spread: FloatArray
    dof: FloatArray
    by_column: bool

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number D of features."""
        return int(self.means.shape[1])

    @cached_property
    def log_weights(self) -> FloatArray:
        """Logarithms of the weights, (K,); that of zero is beyond the reach of any density."""
        empty = self.weights <= 0.0
        return np.where(empty, LOG_ZERO, np.log(np.where(empty, 1.0, self.weights)))

    @property
    def gaussians(self) -> Components:
        """The Gaussians with the same weights, means and matrices."""
        return Components(self.weights, self.means, self.covariances)

    @property
    def log_peaks(self) -> FloatArray:
        """Log densities of the components at their own means, (K,)."""
        return np.asarray(self.log_constants(self.n_features) - 0.5 * self.covariances.log_det)

    def log_constants(self, n_columns: int) -> FloatArray:
        """The same in any columns of that number, without the matrices' determinants, (K,)."""
        if n_columns == 0:
            return np.zeros(self.n_components)
        together = 1 if self.by_column else n_columns
        each = Tails(self.dof, together).log_excess
        each = each - 0.5 * together * np.log(2.0 * np.pi * self.spread)
        return np.asarray(n_columns / together * each)

    def powers(self, n_columns: int) -> FloatArray:
        """Powers -(a + d) / 2 that densities in so many columns fall by, (K,)."""
        return Tails(self.dof, 1 if self.by_column else n_columns).powers

    def marginal(self, columns: IntArray) -> "StudentComponents":
        """The distribution of the chosen columns."""
        covariances = self.covariances.marginal(columns)
        return replace(self, means=self.means[:, columns], covariances=covariances)

    def log_joint(self, block: Block) -> FloatArray:
        """Logarithms of weight times density, (K, B), for rows that have all these columns."""
        out = np.empty((self.n_components, block.n_rows))
        constants, powers = self.log_weights + self.log_peaks, self.powers(self.n_features)
        for k in range(self.n_components):
            np.multiply(self.log_falls(k, block), powers[k], out=out[k])
            out[k] += constants[k]
        return out

    def log_falls(self, k: int, block: Block) -> FloatArray:
        """log(1 + q / a) of component k, (B,); of a t for each column summed over the columns.

        Rows may lack values only where each column has a t by itself.
        """
        scale = self.dof[k] * self.spread[k]
        with np.errstate(over="ignore", invalid="ignore"):
            away = block.less(self.means[k])
            if self.by_column:
                square = np.square(self.covariances.whiten(k, away))
            else:
                square = self.covariances.square_distance(k, away)[None]
            falls: FloatArray = np.log1p(square / scale).sum(axis=0)
        far = ~np.isfinite(falls)
        if far.any():
            falls[far] = self._far_log_falls(k, block.columns[:, far].astype(np.float64))
        return falls

    def _far_log_falls(self, k: int, x: FloatArray) -> FloatArray:
        """The same of rows x (D, B) whose squares overflow, each in a unit of its own size."""
        mean = self.means[k][:, None]
        x = np.where(np.isnan(x), mean, x)
        unit = np.maximum(np.abs(x), np.abs(mean))
        if not self.by_column:
            unit = unit.max(axis=0, keepdims=True)
        unit[unit == 0.0] = 1.0
        away = x / unit - mean / unit
        if self.by_column:
            square = np.square(self.covariances.whiten(k, away))
        else:
            square = self.covariances.square_distance(k, away)[None]
        with np.errstate(divide="ignore"):
            logs = np.log(square) + 2.0 * np.log(unit)
        logs -= np.log(self.dof[k]) + np.log(self.spread[k])
        return np.asarray(np.logaddexp(0.0, logs).sum(axis=0))

    def draw(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
        """Rows (n, D) and the components (n,) that they come from, in random order."""
        label = rng.choice(self.n_components, size=n, p=self.weights / self.weights.sum())
        z = rng.standard_normal((n, self.n_features))
        width = self.n_features if self.by_column else 1
        X = np.empty_like(z)
        for k in range(self.n_components):
            mine = np.flatnonzero(label == k)
            shrink = rng.chisquare(self.dof[k], size=(len(mine), width)) / self.dof[k]
            away = self.covariances.colorize(k, z[mine]) * np.sqrt(self.spread[k])
            with np.errstate(divide="ignore", over="ignore"):
                # Few degrees of freedom give rows beyond float64, too.
                X[mine] = self.means[k] + away / np.sqrt(shrink)
        return X, label
