"""Rows that are intervals of one column: the value lies somewhere inside."""

from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import Quadratic
from gaussmix.data import Block, interval_points
from gaussmix.density.components import Components, Noise
from gaussmix.density.intervals import TruncatedNormals, truncated_normals
from gaussmix.density.observation import Observation


class IntervalRows(Observation):
    """Intervals: what was observed is that the value lies inside.

    Dempster, Laird & Rubin (1977), section 4.2; McLachlan & Jones (1988), Biometrics 44, 571-578.

    Parameters
    ----------
    components : Components
        Of one column.
    block : Block
        Whose `details.interval` is given.
    """

    def __init__(self, components: Components, block: Block) -> None:
        assert block.details.interval is not None
        super().__init__(block)
        self._components = components
        self._lower, self._upper = np.ascontiguousarray(block.details.interval.T)

    @cached_property
    def _inside(self) -> TruncatedNormals:
        components = self._components
        std = np.sqrt(components.covariances.variances[:, 0])
        return truncated_normals(self._lower, self._upper, components.means[:, 0], std)

    def write_log_density(self, k: int, out: FloatArray) -> None:
        """Write the log of component k's probability of each interval to out (B,)."""
        np.copyto(out, self._inside.log_probability[k])

    def write_log_noise(self, noise: Noise, out: FloatArray) -> None:
        """Write the log of the noise's probability of each interval, weighted, to out (B,)."""
        low, high = noise.low[0], noise.high[0]
        covered = np.minimum(self._upper, high) - np.maximum(self._lower, low)
        if not noise.has_end:
            width = self._upper - self._lower
            covered = np.where(np.isfinite(width), width, covered)
        with np.errstate(divide="ignore"):
            np.log(np.maximum(covered, 0.0), out=out)
        out += noise.log_joint

    def completed(self, k: int, point: FloatArray) -> FloatArray:
        """Component k's means inside the intervals, less a point (1,), (1, B)."""
        anchors = interval_points(self._lower, self._upper)
        return np.asarray(((anchors - point[0]) + self._inside.mean[k])[None])

    def spread(self, k: int, weight: FloatArray, quadratic: Quadratic) -> FloatArray:  # noqa: ARG002  all are alike in one column
        """Weighted sum of component k's variances inside the intervals, (1,)."""
        return np.asarray([weight @ self._inside.variance[k]])
