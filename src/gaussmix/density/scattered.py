"""Rows with gaps of many patterns, worked on together.

With u = Lambda d, where d is a row less the mean with zeros in its gaps m, and C the inverse of
Lambda_mm, the conditional covariance of what is missing is C, its conditional mean lies -C u_m
from the mean, the observed part's squared Mahalanobis distance is d'u - u_m' C u_m, and its
log-determinant is that of Sigma plus that of Lambda_mm. One product serves all rows of a
component, and matrices are inverted that are as small as the gaps.

The difference of the squares cancels as the fast kernel's do; components that the certificate
denies that kernel go pattern by pattern instead.
"""

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import PACKED, Quadratic
from gaussmix.data import Block
from gaussmix.density.components import Components, Noise
from gaussmix.density.observation import Observation, RowsWithGaps
from gaussmix.linalg import cholesky, log_det


class ScatteredRows(Observation):
    """Rows that lack as many values, but not the same.

    Parameters
    ----------
    components : Components
    narrow : (K,) array of bool
        Components that must go pattern by pattern.
    block : Block
        Whose `lacking` is given.
    """

    def __init__(self, components: Components, narrow: BoolArray, block: Block) -> None:
        assert block.lacking is not None
        self._components, self._narrow, self._block = components, narrow, block
        self._lacking: IntArray = block.lacking
        self._each = np.arange(block.n_rows)
        self._known: dict[int, tuple[FloatArray, FloatArray]] = {}
        self._parts: list[tuple[IntArray, Observation]] | None = None

    def write_log_density(self, k: int, out: FloatArray) -> None:
        """Write component k's log density of the observed values to out (B,)."""
        if self._narrow[k]:
            for own, part in self._by_pattern:
                density = np.empty(len(own))
                part.write_log_density(k, density)
                out[own] = density
            return
        np.copyto(out, self._explained(k)[0])

    def _explained(self, k: int) -> tuple[FloatArray, FloatArray]:
        """Log densities (B,), and conditional means in the gaps less component k's own, (B, Dm)."""
        if k not in self._known:
            covariances = self._components.covariances
            away = self._block.less(self._components.means[k])
            if covariances.quadratic is PACKED:
                square, log_dets, shift = self._dense(k, away)
            else:
                variance = covariances.variances[k]
                square = np.einsum("db,db,d->b", away, away, 1.0 / variance)
                log_dets = -np.log(variance)[self._lacking].sum(axis=1)
                shift = np.zeros(self._lacking.shape)
            log_dets += covariances.log_det[k]
            n_observed = self._block.n_columns - self._lacking.shape[1]
            log_density = -0.5 * (square + log_dets + n_observed * np.log(2.0 * np.pi))
            self._known[k] = log_density, shift
        return self._known[k]

    def _dense(self, k: int, away: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Squared distances and log-determinants of Lambda_mm, (B,) each, and shifts (B, Dm)."""
        precision = self._components.covariances.precision(k)
        pull = precision @ away
        of_gaps = pull[self._lacking.T, self._each].T
        matrices = self._of_gaps(precision)
        shift = -np.asarray(np.linalg.solve(matrices, of_gaps[:, :, None])[:, :, 0], np.float64)
        square = np.einsum("db,db->b", away, pull) + np.einsum("bm,bm->b", of_gaps, shift)
        return square, log_det(cholesky(matrices)), shift

    def _of_gaps(self, matrix: FloatArray) -> FloatArray:
        """The entries of a matrix (D, D) that belong to each row's gaps, (B, Dm, Dm)."""
        return np.asarray(matrix[self._lacking[:, :, None], self._lacking[:, None, :]])

    def write_log_noise(self, noise: Noise, out: FloatArray) -> None:
        """Write the noise's weighted log density of the observed values to out (B,)."""
        log_widths = np.log(noise.high - noise.low)
        out[...] = noise.log_joint + log_widths[self._lacking].sum(axis=1)

    def completed(self, k: int, point: FloatArray) -> FloatArray:
        """The rows less a point, (D, B), component k's conditional means in the gaps."""
        away = self._block.less(point)
        if self._narrow[k]:
            for own, part in self._by_pattern:
                away[:, own] = part.completed(k, point)
            return away
        shift, offset = self._explained(k)[1], self._components.means[k] - point
        away[self._lacking.T, self._each] = (shift + offset[self._lacking]).T
        return away

    def spread(self, k: int, weight: FloatArray, quadratic: Quadratic) -> FloatArray:
        """Weighted sum of component k's conditional covariances, as features (Q,)."""
        if self._narrow[k]:
            parts = [part.spread(k, weight[own], quadratic) for own, part in self._by_pattern]
            return np.asarray(np.sum(parts, axis=0))
        covariances, n_features = self._components.covariances, self._block.n_columns
        if covariances.quadratic is PACKED:
            hidden = np.linalg.inv(self._of_gaps(covariances.precision(k)))
            places = self._lacking[:, :, None] * n_features + self._lacking[:, None, :]
            weighted = weight[:, None, None] * hidden
            total = _sums_at(places, weighted, n_features**2)
            return quadratic.of_matrices(total.reshape(n_features, n_features))
        each = weight[:, None] * covariances.variances[k][self._lacking]
        return quadratic.of_matrices(np.diag(_sums_at(self._lacking, each, n_features)))

    @property
    def _by_pattern(self) -> list[tuple[IntArray, Observation]]:
        """Which rows have each pattern, and what the components see of them."""
        if self._parts is None:
            self._parts = [(own, self._part(block)) for own, block in self._block.by_pattern]
        return self._parts

    def _part(self, block: Block) -> Observation:
        assert block.observed is not None
        split = self._components.covariances.split(block.observed)
        marginal = self._components.marginal(block.observed, split.marginal)
        return RowsWithGaps(self._components, marginal, split, block)


def _sums_at(places: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Sums (size,) of the values that belong to each place."""
    return np.asarray(np.bincount(places.ravel(), values.ravel(), size), dtype=np.float64)
