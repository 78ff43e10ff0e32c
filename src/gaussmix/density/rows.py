"""Passes that answer for every row: log density, label, posterior."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import DTypeLike

from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.data import (
    Block,
    Cut,
    LocalSource,
    Source,
    block_size,
    box_radius,
    bundled,
    largest_distance,
)
from gaussmix.density.components import Components
from gaussmix.density.far import far_log_joint, far_student_log_joint
from gaussmix.density.kernel import Kernel
from gaussmix.density.observer import Observer
from gaussmix.density.scratch import Scratch, ScratchPool
from gaussmix.execution import Team


@dataclass(frozen=True, slots=True)
class _Seen:
    """A block's log joint densities, and how they came about."""

    block: Block
    kernel: Kernel
    scratch: Scratch
    lacks_common: bool
    far: BoolArray | None


@dataclass(frozen=True)
class RowWise:
    """Passes that answer for each row of a source, ready to be made.

    Parameters
    ----------
    components : Components
    size : int
        Rows in the largest block.
    """

    components: Components
    size: int

    @cached_property
    def _observer(self) -> Observer:
        whole = self.components.noise is not None
        centre, scale = self.components.centre_and_scale
        return Observer(Kernel(self.components, centre, scale, whole=whole))

    @cached_property
    def _pool(self) -> ScratchPool:
        kernel = self._observer.kernel
        return ScratchPool(kernel.n_joint, kernel.n_rows, self.size, kernel.n_falls)

    @classmethod
    def of(cls, components: Components, source: Source) -> "RowWise":
        """For the blocks of a source."""
        return cls(components, min(rows_at_once(components), source.n_rows))

    def cut(self, source: Source) -> Cut:
        """The source in the blocks that can be asked about: about the components' own centre."""
        centre, _ = self.components.centre_and_scale
        return source.cut(rows_at_once(self.components), centre, keep=False, rare=True)

    def labels(self, block: Block) -> IntArray:
        """Likeliest component of each row of a block, -1 for noise, (B,)."""
        return self(block, _label)

    def posterior(self, block: Block) -> FloatArray:
        """Posterior probabilities of the components, and last of noise, (B, K)."""
        return self(block, _posterior)

    def __call__(self, block: Block, answer: Callable[["_Seen"], AnyArray]) -> AnyArray:
        """The answer for each row of a block."""
        with self._asked(block, answer) as found:
            return np.array(found)

    def write(self, block: Block, answer: Callable[["_Seen"], AnyArray], out: AnyArray) -> None:
        """Put the answers for a block in their rows' places in out (N, ...)."""
        with self._asked(block, answer) as found:
            out[block.rows] = found

    @contextmanager
    def _asked(self, block: Block, answer: Callable[["_Seen"], AnyArray]) -> Iterator[AnyArray]:
        """The answers; they may lie in working arrays, which others have once this is over."""
        kernel = self._observer.kernel_of(block)
        with self._pool.lend(block.n_columns, kernel.n_rows, block.n_rows) as scratch:
            block.centred(out=scratch.x)
            yield answer(_see(self._observer, kernel, block, scratch))


def rows_at_once(components: Components) -> int:
    """Rows in a block of a pass that answers for each row."""
    kernel = Kernel(components, *components.centre_and_scale, whole=components.noise is not None)
    return block_size(kernel.n_rows + kernel.n_joint + kernel.n_falls)


def _visit(
    components: Components,
    source: LocalSource,
    team: Team,
    answer: Callable[[_Seen], AnyArray],
    out: AnyArray,
) -> None:
    """Fill out (N, ...) with each block's answer."""
    row_wise = RowWise.of(components, source)

    def visit(bundle: list[Block]) -> None:
        for block in bundle:
            row_wise.write(block, answer, out)

    centre, _ = components.centre_and_scale
    blocks = source.blocks(rows_at_once(components), centre, rare=True)
    for _ in team.map(visit, bundled(blocks, row_wise.size)):
        pass


def _see(observer: Observer, kernel: Kernel, block: Block, scratch: Scratch) -> _Seen:
    """Evaluate the kernel for the rows of a block, within their own radius."""
    x = scratch.x
    with np.errstate(over="ignore", invalid="ignore"):
        exact = np.ones(kernel.components.n_components, dtype=np.bool_)
        if block.details.is_plain:
            exact = kernel.needs_exact(box_radius(x, kernel.scale))
            if exact.any():
                exact = kernel.needs_exact(largest_distance(x, kernel.scale))
        seen = observer.observe(block, exact)
        if block.lacking is not None:
            exact = np.ones_like(exact)
        joint = kernel.log_joint(seen, scratch, exact)
    gaussian = joint[: len(exact)]
    gaussian[kernel.components.weights <= 0.0] = -np.inf
    lacks_common = not kernel.has_quadratic and not exact.any()
    if not exact.any():
        return _Seen(block, kernel, scratch, lacks_common, None)
    if not kernel.components.is_gaussian:
        _see_far_students(kernel.components, gaussian, block)
        return _Seen(block, kernel, scratch, lacks_common, None)
    far = np.asarray(np.isnan(gaussian).any(axis=0) | ~np.isfinite(gaussian).any(axis=0))
    if far.any():
        _see_far(kernel.components, gaussian, x, far, block)
    return _Seen(block, kernel, scratch, lacks_common, far if far.any() else None)


def _see_far(
    components: Components, gaussian: FloatArray, x: FloatArray, far: BoolArray, block: Block
) -> None:
    """Put in place the log joint densities (K, B) of rows x (D, B) whose squares overflow."""
    if components.noise is not None:
        # Noise is likelier out there than any Gaussian.
        gaussian[:, far] = -np.inf
    elif block.lacking is None:
        gaussian[:, far] = far_log_joint(components, x[:, far])
    else:
        for row in np.flatnonzero(far):
            observed = np.delete(np.arange(len(x)), block.lacking[row])
            part = components.marginal(observed)
            gaussian[:, row] = far_log_joint(part, x[observed, row][:, None])[:, 0]


def _see_far_students(components: Components, joint: FloatArray, block: Block) -> None:
    """Put in place the log joint densities (K, B) of t's at rows whose squares overflow."""
    has_weight = components.weights > 0.0
    far = ~np.isfinite(joint[has_weight]).all(axis=0)
    if not far.any():
        return
    x = block.columns[:, far].astype(np.float64)
    if block.lacking is None:
        joint[:, far] = far_student_log_joint(components, x)
        return
    for place, row in enumerate(np.flatnonzero(far)):
        observed = np.delete(np.arange(len(x)), block.lacking[row])
        part = components.marginal(observed)
        joint[:, row] = far_student_log_joint(part, x[observed, place][:, None])[:, 0]


def _exponentials(seen: _Seen) -> FloatArray:
    """Turn log joints into exp(log joint - largest), sum them, and return the largest (B,)."""
    joint, total = seen.scratch.log_joint, seen.scratch.total
    top: FloatArray = np.maximum.reduce(joint, axis=0, out=seen.scratch.spare)
    with np.errstate(under="ignore"):
        np.subtract(joint, top, out=joint)
        np.exp(joint, out=joint)
    np.add.reduce(joint, axis=0, out=total)
    return top


def _log_density(seen: _Seen) -> FloatArray:
    lost = seen.far
    noise = seen.kernel.components.noise
    if noise is not None and seen.block.details.interval is None:
        # Rows outside the box are noise if anything, but the uniform density is zero there.
        missed = noise.misses(seen.block.columns)
        lost = None if lost is None else lost & missed
        seen.scratch.log_joint[-1, missed if lost is None else missed & ~lost] = -np.inf
    top = _exponentials(seen)
    log_density = top + np.log(seen.scratch.total)
    if seen.lacks_common:
        log_density += seen.kernel.common(seen.scratch.x)
    if lost is not None:
        log_density[lost] = -np.inf
    return np.asarray(log_density)


def _posterior(seen: _Seen) -> FloatArray:
    _exponentials(seen)
    seen.scratch.log_joint /= seen.scratch.total
    return seen.scratch.log_joint.T


def _hard_entropy(seen: _Seen) -> FloatArray:
    _exponentials(seen)
    return np.asarray(np.log(seen.scratch.total))


def _label(seen: _Seen) -> IntArray:
    joint = seen.scratch.log_joint
    top = np.maximum.reduce(joint, axis=0, out=seen.scratch.total)
    label = np.empty(len(top), dtype=np.intp)
    # From the last to the first, so that the first of equals stays.
    for k in range(len(joint) - 1, -1, -1):
        np.copyto(label, k, where=joint[k] == top)
    if seen.kernel.components.noise is not None:
        label[label == len(joint) - 1] = -1
    return label


def log_density(components: Components, source: LocalSource, team: Team) -> FloatArray:
    """Log density of each row's observed values, (N,); -inf where squares overflow."""
    out = np.empty(source.n_rows)
    _visit(components, source, team, _log_density, out)
    return out


def labels(components: Components, source: LocalSource, team: Team) -> IntArray:
    """Likeliest component of each row, (N,); the first among equals, -1 for noise."""
    out = np.empty(source.n_rows, dtype=np.intp)
    _visit(components, source, team, _label, out)
    return out


def posterior(
    components: Components, source: LocalSource, team: Team, dtype: DTypeLike = np.float64
) -> AnyArray:
    """Posterior probability of each component, and last of noise, for each row, (N, K)."""
    n_joint = components.n_components + (components.noise is not None)
    out = np.empty((source.n_rows, n_joint), dtype=dtype)
    _visit(components, source, team, _posterior, out)
    return out


def hard_entropy(components: Components, source: LocalSource, team: Team) -> FloatArray:
    """-log of each row's largest posterior, (N,): what ICL charges for uncertain rows."""
    out = np.empty(source.n_rows)
    _visit(components, source, team, _hard_entropy, out)
    return out


@dataclass(frozen=True, slots=True)
class Totals:
    """Weighted sums over rows; they add.

    Attributes
    ----------
    weight : float
        sum_n w_n.
    told : float
        The same of the rows that hold any value.
    log_likelihood : float
        sum_n w_n log p(x_n).
    doubt : float
        -sum_n w_n log(posterior of row n's likeliest component): what ICL charges for.
    """

    weight: float
    told: float
    log_likelihood: float
    doubt: float

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.weight + other.weight,
            self.told + other.told,
            self.log_likelihood + other.log_likelihood,
            self.doubt + other.doubt,
        )


@dataclass(frozen=True)
class _Total:
    """The totals of one block."""

    row_wise: RowWise

    def __call__(self, block: Block) -> Totals:
        values = self.row_wise(block, _log_density_and_doubt)
        weight = block.total_weight
        told = weight * (block.n_missing < self.row_wise.components.n_features)
        if block.weight is None:
            return Totals(weight, told, *values.sum(axis=1).tolist())
        # A row of weight zero is not there, whatever its value.
        counts = block.weight > 0.0
        return Totals(weight, told, *(values[:, counts] @ block.weight[counts]).tolist())


def _log_density_and_doubt(seen: _Seen) -> FloatArray:
    joint = seen.scratch.log_joint
    kept = joint.copy()
    log_density = _log_density(seen)
    # The posterior takes rows outside the noise's box for noise, which the density does not.
    joint[...] = kept
    return np.stack([log_density, _hard_entropy(seen)])


def totals(components: Components, source: Source, team: Team) -> Totals:
    """Weight, log-likelihood and doubt of all rows."""
    row_wise = RowWise.of(components, source)
    return row_wise.cut(source).sum(_Total(row_wise), team)


def n_blocks(components: Components, n_rows: int) -> int:
    """How many blocks a pass over `n_rows` rows will have."""
    return -(-n_rows // rows_at_once(components))
