"""Rows with gaps of many patterns, worked on together.

With u = Lambda d, where d is a row less the mean with zeros in its gaps m, and C the inverse of
Lambda_mm, the conditional covariance of what is missing is C, its conditional mean lies -C u_m
from the mean, the observed part's squared Mahalanobis distance is d'u - u_m' C u_m, and its
log-determinant is that of Sigma plus that of Lambda_mm. One product serves all rows of a
component, and matrices are inverted that are as small as the gaps; where more values are missing
than not, the usual formulas with Sigma_oo, which is then the smaller one.

The difference of the squares cancels as the fast kernel's do; components that the certificate
denies that kernel go pattern by pattern instead.
"""

from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import Quadratic
from gaussmix.data import Block
from gaussmix.density.components import Components, Noise
from gaussmix.density.observation import Observation, RowsWithGaps
from gaussmix.linalg import cholesky, inverse, log_det, solve


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
        super().__init__(block)
        self._components, self._narrow, self._block = components, narrow, block
        self._lacking: IntArray = block.lacking
        self._each = np.arange(block.n_rows)
        self._known: dict[int, tuple[FloatArray, FloatArray, FloatArray]] = {}
        self._parts: list[tuple[IntArray, Observation]] | None = None

    def write_log_density(self, k: int, out: FloatArray) -> None:
        """Write component k's log density of the observed values to out (B,)."""
        if self._narrow[k]:
            for own, part in self._by_pattern:
                density = np.empty(len(own))
                part.write_log_density(k, density)
                out[own] = density
            return
        square, log_dets = self.distances(k)
        np.multiply(square + log_dets + self.n_observed * np.log(2.0 * np.pi), -0.5, out=out)

    def log_peaks(self) -> FloatArray:
        """Log densities of the observed values, were they the means, (K, B)."""
        log_2pi = self.n_observed * np.log(2.0 * np.pi)
        out = np.empty((len(self._narrow), self._block.n_rows))
        for k in range(len(out)):
            if not self._narrow[k]:
                out[k] = -0.5 * (self.distances(k)[1] + log_2pi)
                continue
            for own, part in self._by_pattern:
                out[k, own] = part.log_peaks()[k]
        return out

    def distances(self, k: int) -> tuple[FloatArray, FloatArray]:
        """Squared distances from component k and log-determinants of Sigma_oo, (B,) each.

        Not for a component that must go pattern by pattern.
        """
        return self._explained(k)[:2]

    def _explained(self, k: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """`distances`, and conditional means in the gaps less component k's own, (B, Dm)."""
        if k not in self._known:
            covariances = self._components.covariances
            away = self._block.less(self._components.means[k])
            if not covariances.quadratic.along_axes:
                square, log_dets, shift = self._dense(k, away)
            else:
                variance = covariances.variances[k]
                square = np.einsum("db,db,d->b", away, away, 1.0 / variance)
                log_dets = covariances.log_det[k] - np.log(variance)[self._lacking].sum(axis=1)
                shift = np.zeros(self._lacking.shape)
            self._known[k] = square, log_dets, shift
        return self._known[k]

    def _dense(self, k: int, away: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Squared distances and log-determinants of Sigma_oo, (B,) each, and shifts (B, Dm)."""
        covariances = self._components.covariances
        if self._inverts_observed:
            matrix = covariances.matrix(k)
            seen = self._part_of(matrix, self._observed)
            values = away[self._observed.T, self._each].T
            white = _solve(seen, values)
            pull = np.zeros_like(away)
            pull[self._observed.T, self._each] = white.T
            shift = (matrix @ pull)[self._lacking.T, self._each].T
            return np.einsum("bo,bo->b", values, white), log_det(cholesky(seen)), shift
        precision = covariances.precision(k)
        pull = precision @ away
        of_gaps = pull[self._lacking.T, self._each].T
        matrices = self._part_of(precision, self._lacking)
        shift = -_solve(matrices, of_gaps)
        square = np.einsum("db,db->b", away, pull) + np.einsum("bm,bm->b", of_gaps, shift)
        return square, covariances.log_det[k] + log_det(cholesky(matrices)), shift

    @property
    def _inverts_observed(self) -> bool:
        """Whether rows have fewer values than gaps, so that Sigma_oo is the smaller matrix."""
        return bool(2 * self._lacking.shape[1] > self._block.n_columns)

    @cached_property
    def _observed(self) -> IntArray:
        """For each row the columns with a value, (B, Do)."""
        there = np.ones((len(self._each), self._block.n_columns), dtype=np.bool_)
        there[self._each[:, None], self._lacking] = False
        return np.nonzero(there)[1].reshape(len(there), -1)

    def _part_of(self, matrix: FloatArray, columns: IntArray) -> FloatArray:
        """The entries of a matrix (D, D) at each row's columns (B, m), (B, m, m)."""
        return np.asarray(matrix[columns[:, :, None], columns[:, None, :]])

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
        shift, offset = self._explained(k)[2], self._components.means[k] - point
        away[self._lacking.T, self._each] = (shift + offset[self._lacking]).T
        return away

    def spread(self, k: int, weight: FloatArray, quadratic: Quadratic) -> FloatArray:
        """Weighted sum of component k's conditional covariances, as features (Q,)."""
        if self._narrow[k]:
            parts = [part.spread(k, weight[own], quadratic) for own, part in self._by_pattern]
            return np.asarray(np.sum(parts, axis=0))
        covariances, n_features = self._components.covariances, self._block.n_columns
        if not covariances.quadratic.along_axes:
            return quadratic.of_matrices(self._hidden(k, weight))
        each = weight[:, None] * covariances.variances[k][self._lacking]
        return quadratic.of_matrices(np.diag(_sums_at(self._lacking, each, n_features)))

    def _hidden(self, k: int, weight: FloatArray) -> FloatArray:
        """Weighted sum of component k's conditional covariances, (D, D)."""
        covariances = self._components.covariances
        if not self._inverts_observed:
            return self._inverses(covariances.precision(k), self._lacking, weight)
        # Sigma - Sigma_o' inverse(Sigma_oo) Sigma_o, which is zero for observed columns.
        matrix = covariances.matrix(k)
        explained = matrix @ self._inverses(matrix, self._observed, weight) @ matrix
        return np.asarray(weight.sum() * matrix - explained)

    def _inverses(self, matrix: FloatArray, columns: IntArray, weight: FloatArray) -> FloatArray:
        """Weighted sum of the inverses of a matrix's parts at each row's columns, (D, D)."""
        n_features = len(matrix)
        parts = inverse(self._part_of(matrix, columns))
        places = columns[:, :, None] * n_features + columns[:, None, :]
        total = _sums_at(places, weight[:, None, None] * parts, n_features**2)
        return total.reshape(n_features, n_features)

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


def _solve(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Solutions (B, m) for matrices (B, m, m) and right sides (B, m)."""
    return np.asarray(solve(matrices, vectors[:, :, None])[:, :, 0])


def _sums_at(places: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Sums (size,) of the values that belong to each place."""
    return np.asarray(np.bincount(places.ravel(), values.ravel(), size), dtype=np.float64)
