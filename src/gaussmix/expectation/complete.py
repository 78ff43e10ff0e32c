"""Statistics of complete rows: every value observed, no noise component."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray
from gaussmix.covariance import ScatterKind
from gaussmix.data import Block
from gaussmix.density import Kernel, Scratch, ScratchPool
from gaussmix.expectation.statistics import SufficientStatistics
from gaussmix.linalg import contract_long

#: A row's sum of exponentials within these bounds has lost nothing to under- or overflow
#: that float64 could show.
_SMALLEST_SUM, _LARGEST_SUM = 1e-200, 1e200


@dataclass(frozen=True)
class CompleteRows:
    """The E-step about one set of parameters: call it with a block.

    Attributes
    ----------
    kernel : Kernel
    kind : ScatterKind
        What the M-step needs.
    exact : (K,) array of bool
        Components that take the exact kernel; their statistics are about `points`, those of
        the others about the centre.
    points : (K, D) array
        Near the components' means to be.
    pool : ScratchPool
    total_scatter : (Q,) array
        Scatter of all rows about the centre. Where covariances are shared, the quadratic
        term is common to all components and cancels; its sum comes from this.
    wide : set of int
        First rows of blocks whose log densities spread too far for exponentials relative to
        one level; they are taken relative to each row's largest. Filled as such blocks show.
    """

    kernel: Kernel
    kind: ScatterKind
    exact: BoolArray
    points: FloatArray
    pool: ScratchPool
    total_scatter: FloatArray
    wide: set[int] = field(default_factory=set)

    @cached_property
    def reference(self) -> FloatArray:
        """Reference points of the statistics, (K, D)."""
        return np.where(self.exact[:, None], self.points, self.kernel.centre)

    @cached_property
    def cancels(self) -> bool:
        """Whether the quadratic term cancels, and blocks do without it."""
        return not self.kernel.has_quadratic and not bool(self.exact.any())

    def __call__(self, block: Block) -> SufficientStatistics:
        """Statistics of one block, up to what `finish` adds for the whole."""
        with self.pool.lend(block.n_rows) as scratch:
            block.centred(out=scratch.x)
            log_density = self._responsibilities(block, scratch)
            if block.weight is None:
                log_likelihood = float(np.add.reduce(log_density))
            else:
                scratch.log_joint *= block.weight
                log_likelihood = float(log_density @ block.weight)
            mass, shift, scatter = self._sums(block, scratch)
        weight = block.total_weight
        log_likelihood += weight * self.kernel.level
        return SufficientStatistics(
            self.kind, self.reference, mass, shift, scatter, log_likelihood, weight
        )

    def finish(self, total: SufficientStatistics) -> SufficientStatistics:
        """The sum over all blocks, with the common quadratic term in its place."""
        if not self.cancels:
            return total
        coefficients = self.kernel.components.covariances.precision_features[0]
        common = -0.5 * float(coefficients @ self.total_scatter)
        log_likelihood = total.log_likelihood + common
        return replace(total, scatter=self.total_scatter, log_likelihood=log_likelihood)

    def _responsibilities(self, block: Block, scratch: Scratch) -> FloatArray:
        """Leave responsibilities (K, B) in the scratch; return log densities less the level."""
        if block.start not in self.wide:
            log_density = self._relative_to_level(block, scratch)
            if log_density is not None:
                return log_density
            self.wide.add(block.start)
        return self._relative_to_largest(block, scratch)

    def _relative_to_level(self, block: Block, scratch: Scratch) -> FloatArray | None:
        """The quick way: None where a sum of exponentials leaves the range it is safe in."""
        joint, total = self.kernel.log_joint(block, scratch, self.exact), scratch.total
        with np.errstate(under="ignore", over="ignore"):
            np.exp(joint, out=joint)
            np.add.reduce(joint, axis=0, out=total)
        # Written so that NaN fails too.
        if not (total.min() >= _SMALLEST_SUM and total.max() <= _LARGEST_SUM):
            return None
        np.divide(joint, total, out=joint)
        return np.asarray(np.log(total, out=scratch.spare))

    def _relative_to_largest(self, block: Block, scratch: Scratch) -> FloatArray:
        """The safe way: exponentials relative to each row's largest log joint density."""
        joint, total = self.kernel.log_joint(block, scratch, self.exact), scratch.total
        top = np.maximum.reduce(joint, axis=0, out=scratch.spare)
        with np.errstate(under="ignore"):
            np.subtract(joint, top, out=joint)
            np.exp(joint, out=joint)
        np.add.reduce(joint, axis=0, out=total)
        np.divide(joint, total, out=joint)
        return np.asarray(top + np.log(total))

    def _sums(self, block: Block, scratch: Scratch) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mass (K,), shift (K, D) and scatter of the weighted responsibilities."""
        resp = scratch.log_joint
        n_components, n_features = self.reference.shape
        quadratic = self.kind.quadratic
        mass, shift = np.empty(n_components), np.empty((n_components, n_features))
        scatter = np.zeros((n_components, quadratic.size(n_features)))
        if not self.exact.all():
            sums = contract_long(scratch.features, resp).T
            mass[...] = sums[:, -1]
            shift[...] = sums[:, -1 - n_features : -1]
            if self.kernel.has_quadratic:
                rows = sums[:, : self.kernel.n_quadratic_rows]
                scatter = np.ascontiguousarray(quadratic.collect(rows, n_features))
        for k in np.flatnonzero(self.exact):
            # A component this narrow has nothing to do with most rows.
            near = np.flatnonzero(resp[k])
            away, weight = block.less(self.points[k])[:, near], resp[k, near]
            mass[k], shift[k] = weight.sum(), away @ weight
            scatter[k] = quadratic.weighted(away, weight)
        return mass, shift, scatter.sum(axis=0) if self.kind.pooled else scatter
