"""The fast kernel, the exact kernel, and the certificate that chooses between them.

About a centre c, log w_k N(x | mu_k, Sigma_k) = a_k . q(x - c) + b_k . (x - c) + d_k with
q the quadratic features of the covariances' structure. The fast kernel evaluates all
components in one matrix product over the rows [q; x - c; 1]. With columns in units of their
spread, its rounding error is about

    eps * lambda_k * R^2

where lambda_k is the largest eigenvalue of component k's precision and R the largest distance
from the centre of a row or of the component's mean. Components for which `_MARGIN` times that
exceeds `TOLERANCE` take the exact kernel, which subtracts the mean from the rows as they came.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import Covariances, Quadratic
from gaussmix.density.components import Components
from gaussmix.density.observation import Observation
from gaussmix.density.scratch import Scratch
from gaussmix.density.tails import Tails
from gaussmix.linalg import multiply_long

#: Largest certified error of a row's log density.
TOLERANCE = 1e-8
#: Ten times the largest ratio of error to eps lambda R^2 that was observed where the fast
#: kernel is used (tests/density/test_certificate.py).
_MARGIN = 32.0
#: With more quadratic features than this (150 dimensions of full covariances) those of a
#: block leave the cache, and the exact kernel's two products per component are faster.
_LARGEST_PACKED = 11_325


def quadratic_rows(quadratic: Quadratic, n_features: int) -> int:
    """Rows of quadratic features that blocks hold; none where they would not fit the cache."""
    if quadratic.size(n_features) > _LARGEST_PACKED:
        return 0
    return quadratic.rows(n_features)


@dataclass(frozen=True)
class Kernel:
    """Log densities of all components about one centre.

    Attributes
    ----------
    components : Components
    centre : (D,) array
        What blocks are centred at.
    scale : (D,) array
        Spread of each column, the unit of the certificate.
    level : float
        Subtracted from every log joint density, so that exponentials stay in range.
    whole : bool
        Whether joint densities must be whole even where all components share a term.
    is_part : bool
        Whether these are some of the columns of a kernel whose features do not fit the cache:
        then these do without, too.
    """

    components: Components
    centre: FloatArray
    scale: FloatArray
    level: float = 0.0
    whole: bool = False
    is_part: bool = False

    @cached_property
    def means(self) -> FloatArray:
        """Means about the centre, (K, D)."""
        return self.components.means - self.centre

    @cached_property
    def log_weights(self) -> FloatArray:
        """Logarithms of the weights, less the level, (K,)."""
        return self.components.log_weights - self.level

    @property
    def quadratic(self) -> Quadratic:
        """The covariances' feature space."""
        return self.components.covariances.quadratic

    @property
    def has_quadratic(self) -> bool:
        """Whether blocks need quadratic features: not where Gaussians all share them."""
        components = self.components
        return self.whole or not components.covariances.is_shared or not components.is_gaussian

    @cached_property
    def n_quadratic_rows(self) -> int:
        """Rows of quadratic features in a block's features."""
        return self.n_rows - self.components.n_features - 1

    @cached_property
    def n_rows(self) -> int:
        """Rows F of features: quadratic, linear, one."""
        n_features = self.components.n_features
        without = self.is_part or not self.has_quadratic
        quadratic = 0 if without else quadratic_rows(self.quadratic, n_features)
        return quadratic + n_features + 1

    @property
    def n_joint(self) -> int:
        """Rows of joint densities: one for each component, and a last one for noise."""
        return self.components.n_components + (self.components.noise is not None)

    @property
    def n_falls(self) -> int:
        """Rows of what tells how far Student t's have fallen."""
        return 0 if self.components.is_gaussian else self.components.n_components

    def marginal(self, columns: IntArray, covariances: Covariances) -> "Kernel":
        """The densities of the chosen columns, whose covariances are known."""
        return replace(
            self,
            components=self.components.marginal(columns, covariances),
            centre=self.centre[columns],
            scale=self.scale[columns],
            is_part=self.has_quadratic and not self.n_quadratic_rows,
        )

    @cached_property
    def coefficients(self) -> FloatArray:
        """Coefficients (K, F) of the features, one row per component."""
        covariances = self.components.covariances
        n_features = self.components.n_features
        white = covariances.whiten_each(self.means)
        linear = covariances.unwhiten_each(white)
        constant = (
            self.log_weights + self.components.log_peaks - 0.5 * np.einsum("kd,kd->k", white, white)
        )
        parts = [linear, constant[:, None]]
        if self.has_quadratic:
            features = self.quadratic.spread(-0.5 * covariances.precision_features, n_features)
            parts.insert(0, np.broadcast_to(features, (len(linear), features.shape[1])))
        return np.concatenate(parts, axis=1)

    @cached_property
    def _rounding(self) -> FloatArray:
        """Error bounds (K,) of the fast kernel for rows at distance one from the centre."""
        if not len(self.scale):
            return np.zeros(self.components.n_components)
        largest = self.components.covariances.largest_precision(self.scale)
        if self.components.dof is not None:
            # An error of q moves log(1 + q / v) (v + d) / 2 by at most (v + d) / v times q / 2.
            largest = largest * (1.0 + self.components.n_features / self.components.dof)
        return _MARGIN * np.finfo(np.float64).eps * largest

    @cached_property
    def _square_distances(self) -> FloatArray:
        """Squared distances (K,) of the means from the centre, in units of the scale."""
        away = self.means / self.scale
        return np.asarray(np.einsum("kd,kd->k", away, away))

    def needs_exact(self, radius: float | FloatArray, slack: float = 1.0) -> BoolArray:
        """Which components (K,) must take the exact kernel for rows within a radius.

        Parameters
        ----------
        radius : float or (K,) array
            Largest distance R of a row from the centre, columns in units of `scale`.
        slack : float
            Multiplies the tolerance.
        """
        if self.has_quadratic and not self.n_quadratic_rows:
            return np.ones(self.components.n_components, dtype=np.bool_)
        exact = self.is_lost(np.maximum(radius, np.sqrt(self._square_distances)), slack)
        # Shared quadratics are left out for all components or for none.
        return exact if self.has_quadratic else np.full(len(exact), exact.any())

    def is_lost(self, distance: FloatArray, slack: float = 1.0) -> BoolArray:
        """Which components (K,) lose more than the tolerance at a distance (K,)."""
        # A distance whose square would overflow is far beyond any tolerance.
        error = self._rounding * np.minimum(distance, 1e150) ** 2
        return np.asarray(~(error <= slack * TOLERANCE))

    def mends_gaps(self, radius: float, slack: float) -> BoolArray:
        """Which components (K,) may tell what gaps hide from fast sums over rows in a radius.

        A gap is mended from the observed columns with slopes that grow as the root of the
        precision; an error of the sums grows by their square.
        """
        largest = self.components.covariances.largest_precision(self.scale)
        return ~self.is_lost(radius * np.sqrt(largest), slack)

    def write_features(self, x: FloatArray, features: FloatArray) -> None:
        """Fill the quadratic rows of features (F, B), whose linear rows already hold x."""
        if self.has_quadratic:
            self.quadratic.write(x, features[: self.n_quadratic_rows])

    def common(self, x: FloatArray) -> FloatArray:
        """The shared quadratic that fast rows leave out, (B,)."""
        y = self.components.covariances.whiten(0, x)
        return np.asarray(-0.5 * np.einsum("db,db->b", y, y))

    def log_joint(self, seen: Observation, scratch: Scratch, exact: BoolArray) -> FloatArray:
        """Log joint densities (K, B), less the level, of the rows of a block; noise comes last.

        From the fast kernel, those of shared covariances lack `common`: responsibilities do
        not need it.

        Parameters
        ----------
        seen : Observation
            What the components see of the block.
        scratch : Scratch
            Whose `x` already holds the centred rows.
        exact : (K,) array of bool
            Components that take the exact kernel.
        """
        x, features, out = scratch.x, scratch.features, scratch.log_joint
        if not exact.all():
            self.write_features(x, features)
            multiply_long(self.coefficients, features, out[: len(exact)])
            beyond = self.components.covariances.beyond_features(x) if self.has_quadratic else None
            if beyond is not None:
                out[: len(exact)] += beyond
        for k in np.flatnonzero(exact):
            seen.write_log_density(int(k), out[k])
            out[k] += self.log_weights[k]
        if self.components.dof is not None:
            peaks = seen.log_peaks() + self.log_weights[:, None]
            tails = Tails(self.components.dof, seen.n_observed)
            tails.fatten(out[: len(exact)], peaks, scratch.falls)
        if self.components.noise is not None:
            seen.write_log_noise(self.components.noise, out[-1])
            out[-1] -= self.level
        return out
