"""The E-step: one block of rows, whatever is known of them, becomes statistics."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import ScatterKind
from gaussmix.data import Block
from gaussmix.density import Kernel, Observation, Observer, Scratch, ScratchPool, Tails
from gaussmix.expectation.gaps import mend
from gaussmix.expectation.moments import Moments
from gaussmix.expectation.statistics import SufficientStatistics, TailSums
from gaussmix.linalg import contract_long

#: A row's sum of exponentials within these bounds has lost nothing to under- or overflow
#: that float64 could show.
_SMALLEST_SUM, _LARGEST_SUM = 1e-200, 1e200


@dataclass(frozen=True)
class Expectation:
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
        Numbers of blocks whose log densities spread too far for exponentials relative to one
        level; they are taken relative to each row's largest. Filled as such blocks show.
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

    @cached_property
    def observer(self) -> Observer:
        """What the components see of blocks."""
        return Observer(self.kernel)

    def __call__(self, block: Block) -> SufficientStatistics:
        """Statistics of one block, up to what `finish` adds for the whole."""
        kernel, seen = self.observer.kernel_of(block), self.observer.observe(block, self.exact)
        with self.pool.lend(block.n_columns, kernel.n_rows, block.n_rows) as scratch:
            block.centred(out=scratch.x)
            log_density = self._responsibilities(kernel, seen, block, scratch)
            if block.weight is None:
                log_likelihood = float(np.add.reduce(log_density))
            else:
                scratch.log_joint *= block.weight
                log_likelihood = float(log_density @ block.weight)
            moments, tails = self._moments(kernel, seen, block, scratch)
            noise = scratch.log_joint[self.kernel.components.n_components :].sum()
        weight = block.total_weight
        return SufficientStatistics(
            self.kind,
            self.reference,
            moments.mass,
            moments.shift,
            moments.scatter.sum(axis=0) if self.kind.pooled else moments.scatter,
            log_likelihood + weight * self.kernel.level,
            weight,
            float(noise),
            tails,
        )

    def finish(self, total: SufficientStatistics) -> SufficientStatistics:
        """The sum over all blocks, with the common quadratic term in its place."""
        if not self.cancels:
            return total
        coefficients = self.kernel.components.covariances.precision_features[0]
        common = -0.5 * float(coefficients @ self.total_scatter)
        log_likelihood = total.log_likelihood + common
        return replace(total, scatter=self.total_scatter, log_likelihood=log_likelihood)

    def _log_joint(
        self, kernel: Kernel, seen: Observation, block: Block, scratch: Scratch
    ) -> FloatArray:
        """Log joint densities (K, B), -inf for components that a row is known not to be of.

        One component has every row, whatever it is called elsewhere.
        """
        joint = kernel.log_joint(seen, scratch, self._one_by_one(block))
        if block.details.label is not None and len(joint) > 1:
            _rule_out(joint, block.details.label)
        return joint

    def _responsibilities(
        self, kernel: Kernel, seen: Observation, block: Block, scratch: Scratch
    ) -> FloatArray:
        """Leave responsibilities (K, B) in the scratch; return log densities less the level."""
        if block.number not in self.wide:
            joint = self._log_joint(kernel, seen, block, scratch)
            log_density = _relative_to_level(joint, scratch)
            if log_density is not None:
                return log_density
            self.wide.add(block.number)
        joint = self._log_joint(kernel, seen, block, scratch)
        return _relative_to_largest(joint, scratch)

    def _moments(
        self, kernel: Kernel, seen: Observation, block: Block, scratch: Scratch
    ) -> tuple[Moments, TailSums | None]:
        """Weighted moments of the rows, those of missing values included, and what t's add up."""
        resp = pulls = scratch.log_joint[: len(self.exact)]
        sums, dof = None, kernel.components.dof
        if dof is not None:
            pulls = scratch.falls
            sums = Tails(dof, seen.n_observed).weigh(resp, pulls)
        quadratic = self.kind.quadratic
        one_by_one = self._one_by_one(block)
        if one_by_one.all():
            moments = Moments.zeros(self.kind, *self.reference.shape)
        else:
            moments = self._fast_moments(kernel, scratch, resp, pulls)
            if block.observed is not None:
                view = self.observer.view(block.observed)
                moments = mend(moments, view, self.kernel.centre, quadratic)
        for k in map(int, np.flatnonzero(one_by_one)):
            # A narrow component has nothing to do with most rows.
            near = np.flatnonzero(resp[k])
            away, weight = seen.completed(k, self.reference[k])[:, near], pulls[k, near]
            moments.pull[k], moments.shift[k] = weight.sum(), away @ weight
            moments.mass[k] = moments.pull[k] if pulls is resp else resp[k].sum()
            own = quadratic.each(k)
            hidden = seen.spread(k, resp[k], own)
            moments.scatter[k] = own.weighted(away, weight) + hidden
        if dof is None or sums is None:
            return moments, None
        return moments, TailSums(dof, moments.pull, *sums)

    def _one_by_one(self, block: Block) -> BoolArray:
        """Components (K,) whose rows are looked at one by one, not through features."""
        one_pattern = block.lacking is None and (block.observed is None or self._mends_gaps)
        return self.exact if one_pattern else np.ones_like(self.exact)

    @property
    def _mends_gaps(self) -> bool:
        """Whether sums of observed columns can be mended to sums of all."""
        return self.kind.rank is None

    def _fast_moments(
        self, kernel: Kernel, scratch: Scratch, resp: FloatArray, pulls: FloatArray
    ) -> Moments:
        """Moments of the columns that the kernel is of, about the centre."""
        n_features = kernel.components.n_features
        sums = contract_long(scratch.features, pulls).T
        moments = Moments.zeros(self.kind, len(resp), n_features)
        moments.pull[...] = sums[:, -1]
        moments.mass[...] = moments.pull if pulls is resp else np.add.reduce(resp, axis=1)
        moments.shift[...] = sums[:, -1 - n_features : -1]
        if kernel.has_quadratic:
            rows = sums[:, : kernel.n_quadratic_rows]
            moments.scatter[...] = self.kind.quadratic.gather(rows, scratch.x, pulls)
        return moments


def _rule_out(joint: FloatArray, label: IntArray) -> None:
    """Make it impossible (-inf) for labelled rows to come from another component than theirs."""
    others = np.arange(len(joint))[:, None] != label
    joint[others & (label >= 0)] = -np.inf


def _relative_to_level(joint: FloatArray, scratch: Scratch) -> FloatArray | None:
    """The quick way: None where a sum of exponentials leaves the range it is safe in."""
    total = scratch.total
    with np.errstate(under="ignore", over="ignore"):
        np.exp(joint, out=joint)
        np.add.reduce(joint, axis=0, out=total)
    # Written so that NaN fails too.
    if not (total.min() >= _SMALLEST_SUM and total.max() <= _LARGEST_SUM):
        return None
    np.divide(joint, total, out=joint)
    return np.asarray(np.log(total, out=scratch.spare))


def _relative_to_largest(joint: FloatArray, scratch: Scratch) -> FloatArray:
    """The safe way: exponentials relative to each row's largest log joint density."""
    total = scratch.total
    top = np.maximum.reduce(joint, axis=0, out=scratch.spare)
    with np.errstate(under="ignore"):
        np.subtract(joint, top, out=joint)
        np.exp(joint, out=joint)
    np.add.reduce(joint, axis=0, out=total)
    np.divide(joint, total, out=joint)
    return np.asarray(top + np.log(total))
