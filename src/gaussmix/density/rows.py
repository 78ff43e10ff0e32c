"""Passes that answer for every row: log density, label, posterior."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.data import Block, Source, block_size, box_radius, largest_distance
from gaussmix.density.components import Components
from gaussmix.density.far import far_log_joint
from gaussmix.density.kernel import Kernel
from gaussmix.density.scratch import Scratch, ScratchPool
from gaussmix.execution import Team


@dataclass(frozen=True, slots=True)
class _Seen:
    """A block's log joint densities, and how they came about."""

    kernel: Kernel
    scratch: Scratch
    lacks_common: bool
    far: BoolArray | None


def _visit(
    components: Components,
    source: Source,
    team: Team,
    answer: Callable[[_Seen], AnyArray],
    out: AnyArray,
) -> None:
    """Fill out (N, ...) with each block's answer."""
    kernel = Kernel(components, *components.centre_and_scale)
    size = block_size(kernel.n_rows + components.n_components)
    pool = ScratchPool(
        components.n_features, components.n_components, kernel.n_rows, min(size, source.n_rows)
    )

    def visit(block: Block) -> None:
        with pool.lend(block.n_rows) as scratch:
            block.centred(out=scratch.x)
            out[block.start : block.stop] = answer(_see(kernel, block, scratch))

    for _ in team.map(visit, source.blocks(size, kernel.centre)):
        pass


def _see(kernel: Kernel, block: Block, scratch: Scratch) -> _Seen:
    """Evaluate the kernel for the rows of a block, within their own radius."""
    x = scratch.x
    with np.errstate(over="ignore", invalid="ignore"):
        exact = kernel.needs_exact(box_radius(x, kernel.scale))
        if exact.any():
            exact = kernel.needs_exact(largest_distance(x, kernel.scale))
        joint = kernel.log_joint(block, scratch, exact)
    joint[kernel.components.weights <= 0.0] = -np.inf
    lacks_common = not kernel.has_quadratic and not exact.any()
    far: BoolArray | None = None
    if exact.any():
        far = np.asarray(np.isnan(joint).any(axis=0) | ~np.isfinite(joint).any(axis=0))
        if not far.any():
            far = None
        else:
            joint[:, far] = far_log_joint(kernel.components, x[:, far])
    return _Seen(kernel, scratch, lacks_common, far)


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
    top = _exponentials(seen)
    log_density = top + np.log(seen.scratch.total)
    if seen.lacks_common:
        log_density += seen.kernel.common(seen.scratch.x)
    if seen.far is not None:
        log_density[seen.far] = -np.inf
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
    return label


def log_density(components: Components, source: Source, team: Team) -> FloatArray:
    """Log density of each row, (N,); -inf where squares overflow."""
    out = np.empty(source.n_rows)
    _visit(components, source, team, _log_density, out)
    return out


def labels(components: Components, source: Source, team: Team) -> IntArray:
    """Likeliest component of each row, (N,); the first among equals."""
    out = np.empty(source.n_rows, dtype=np.intp)
    _visit(components, source, team, _label, out)
    return out


def posterior(
    components: Components, source: Source, team: Team, dtype: DTypeLike = np.float64
) -> AnyArray:
    """Posterior probability of each component for each row, (N, K)."""
    out = np.empty((source.n_rows, components.n_components), dtype=dtype)
    _visit(components, source, team, _posterior, out)
    return out


def hard_entropy(components: Components, source: Source, team: Team) -> FloatArray:
    """-log of each row's largest posterior, (N,): what ICL charges for uncertain rows."""
    out = np.empty(source.n_rows)
    _visit(components, source, team, _hard_entropy, out)
    return out


def n_blocks(components: Components, n_rows: int) -> int:
    """How many blocks a pass over `n_rows` rows will have."""
    size = block_size(Kernel.rows_for(components) + components.n_components)
    return -(-n_rows // size)
