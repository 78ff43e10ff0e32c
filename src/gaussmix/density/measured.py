"""Rows measured with a known error each: x = z + e with z from the mixture and e ~ N(0, S_n).

Bovy, Hogg & Roweis (2011), "Extreme deconvolution", Ann. Appl. Stat. 5, 1657-1677. Component
k gives the observed columns o of row n the density N(x_o | mu_o, T) with
T = Sigma_oo + S_n, and the true values the conditional mean mu + W (x_o - mu_o) and
covariance Sigma - W Sigma_o, where W = Sigma_o' inverse(T) and Sigma_o holds the rows of
Sigma for the observed columns.
"""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import Quadratic
from gaussmix.data import Block
from gaussmix.density.components import Components
from gaussmix.density.observation import Observation
from gaussmix.linalg import cholesky, log_det, solve


@dataclass(frozen=True, slots=True)
class _Explained:
    """What one component makes of measured rows.

    Attributes
    ----------
    log_density : (B,) array
    mean : (D, B) array
        Conditional means less the component's mean.
    covariance : (B, D, D) or (B, D) array
        Conditional covariances, or variances.
    """

    log_density: FloatArray
    mean: FloatArray
    covariance: FloatArray


class MeasuredRows(Observation):
    """Rows measured with error, with gaps or without.

    Parameters
    ----------
    components : Components
        Of all columns.
    block : Block
        Whose `details.error` is given.
    """

    def __init__(self, components: Components, block: Block) -> None:
        assert block.details.error is not None
        super().__init__(block)
        self._components, self._block, self._error = components, block, block.details.error
        self._observed = np.arange(components.n_features)
        if block.observed is not None:
            self._observed = block.observed
        self._known: dict[int, _Explained] = {}

    def write_log_density(self, k: int, out: FloatArray) -> None:
        """Write component k's log density of the measured values to out (B,)."""
        np.copyto(out, self._explained(k).log_density)

    def completed(self, k: int, point: FloatArray) -> FloatArray:
        """Component k's conditional means of the true values less a point (D,), (D, B)."""
        offset = self._components.means[k] - point
        return np.asarray(self._explained(k).mean + offset[:, None])

    def spread(self, k: int, weight: FloatArray, quadratic: Quadratic) -> FloatArray:
        """Weighted sum of component k's conditional covariances, as features (Q,)."""
        total = np.tensordot(weight, self._explained(k).covariance, axes=1)
        return quadratic.of_matrices(np.diag(total) if total.ndim == 1 else total)

    def _explained(self, k: int) -> _Explained:
        if k not in self._known:
            along_axes = self._error.ndim == 2 and self._components.covariances.quadratic.along_axes
            self._known[k] = self._along_axes(k) if along_axes else self._in_general(k)
        return self._known[k]

    def _along_axes(self, k: int) -> _Explained:
        """The case in which columns are independent of each other."""
        components, observed = self._components, self._observed
        variance = components.covariances.variances[k]
        away = self._block.less(components.means[k][observed])
        total = variance[observed] + self._error
        gain = variance[observed] / total
        log_density = -0.5 * (
            np.einsum("db,bd->b", away * away, 1.0 / total)
            + np.log(total).sum(axis=1)
            + len(observed) * np.log(2.0 * np.pi)
        )
        mean = np.zeros((components.n_features, self._block.n_rows))
        mean[observed] = gain.T * away
        left = np.tile(variance, (self._block.n_rows, 1))
        left[:, observed] = gain * self._error
        return _Explained(log_density, mean, left)

    def _in_general(self, k: int) -> _Explained:
        components, observed = self._components, self._observed
        matrix = components.covariances.matrix(k)
        error = self._error
        if error.ndim == 2:
            error = error[:, :, None] * np.eye(len(observed))
        away = self._block.less(components.means[k][observed]).T
        total = matrix[np.ix_(observed, observed)] + error
        seen = np.broadcast_to(matrix[observed], (len(total), len(observed), len(matrix)))
        solved = solve(total, np.concatenate([seen, away[:, :, None]], axis=2))
        gain, white = solved[:, :, :-1], solved[:, :, -1]
        log_density = -0.5 * (
            np.einsum("bd,bd->b", away, white)
            + log_det(cholesky(total))
            + len(observed) * np.log(2.0 * np.pi)
        )
        # Joseph's form (1 - W) Sigma (1 - W)' + W E W', which cancels nothing.
        kept = np.tile(np.eye(len(matrix)), (len(total), 1, 1))
        kept[:, :, observed] -= gain.swapaxes(1, 2)
        left = np.matmul(np.matmul(kept, matrix), kept.swapaxes(1, 2))
        left += np.matmul(np.matmul(gain.swapaxes(1, 2), error), gain)
        return _Explained(log_density, matrix[:, observed] @ white.T, left)
