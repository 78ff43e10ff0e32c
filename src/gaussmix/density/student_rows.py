"""Passes that answer for every row with the log density of a mixture of Student t's."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.data import Block, LocalSource, Source, bundled, largest_distance
from gaussmix.density.kernel import Kernel
from gaussmix.density.rows import rows_at_once
from gaussmix.density.scattered import ScatteredRows
from gaussmix.density.student import StudentComponents
from gaussmix.execution import Team


@dataclass(frozen=True)
class _LogDensity:
    """Log density of what each row of a block has; call it with the block, (B,)."""

    components: StudentComponents

    @cached_property
    def size(self) -> int:
        """Rows in a block."""
        return rows_at_once(self.components.gaussians)

    @property
    def centre(self) -> FloatArray:
        """What blocks are to be about, (D,)."""
        return self._kernel.centre

    @cached_property
    def _kernel(self) -> Kernel:
        gaussians = self.components.gaussians
        return Kernel(gaussians, *gaussians.centre_and_scale, whole=True)

    def __call__(self, block: Block) -> FloatArray:
        assert block.details.is_plain, "rows must be points, known without error"
        if block.lacking is not None:
            if not self.components.by_column and self._is_lost(block):
                return self._by_pattern(block)
            joint = _scattered_log_joint(self.components, block)
        elif block.observed is not None:
            joint = self.components.marginal(block.observed).log_joint(block)
        else:
            joint = self.components.log_joint(block)
        top = joint.max(axis=0)
        joint -= top
        with np.errstate(under="ignore"):
            total = np.exp(joint, out=joint).sum(axis=0)
        return np.asarray(top + np.log(total))

    def _is_lost(self, block: Block) -> bool:
        """Whether differences of squares would leave too few digits of the rows' distances."""
        dof, spread = self.components.dof, self.components.spread
        # An error of q moves log(1 + q / a) (a + D) / 2 by at most (a + D) / (2 a) times it.
        slack = float(np.min(dof * spread / (dof + self.components.n_features)))
        with np.errstate(over="ignore", invalid="ignore"):
            radius = largest_distance(block.centred(), self._kernel.scale)
        return bool(self._kernel.needs_exact(radius, min(1.0, slack)).any())

    def _by_pattern(self, block: Block) -> FloatArray:
        out = np.empty(block.n_rows)
        for own, part in block.by_pattern:
            out[own] = self(part)
        return out


def _scattered_log_joint(components: StudentComponents, block: Block) -> FloatArray:
    """Logarithms of weight times density, (K, B), for rows that lack as many values."""
    n_observed = block.n_columns - block.n_missing
    out = np.empty((components.n_components, block.n_rows))
    constants = components.log_weights + components.log_constants(n_observed)
    powers = components.powers(n_observed)
    none = np.zeros(components.n_components, dtype=np.bool_)
    seen = ScatteredRows(components.gaussians, none, block)
    for k in range(components.n_components):
        with np.errstate(over="ignore", invalid="ignore"):
            square, log_dets = seen.distances(k)
        if components.by_column:
            falls = components.log_falls(k, block)
        else:
            scale = components.dof[k] * components.spread[k]
            falls = np.log1p(np.maximum(square, 0.0) / scale)
        out[k] = constants[k] + powers[k] * falls - 0.5 * log_dets
    return out


def student_log_density(
    components: StudentComponents, source: LocalSource, team: Team
) -> FloatArray:
    """Log density of each row's observed values, (N,); finite however far the row."""
    answer, out = _LogDensity(components), np.empty(source.n_rows)

    def visit(bundle: list[Block]) -> None:
        for block in bundle:
            out[block.rows] = answer(block)

    blocks = source.blocks(answer.size, answer.centre, rare=True)
    for _ in team.map(visit, bundled(blocks, answer.size)):
        pass
    return out


@dataclass(frozen=True, slots=True)
class StudentTotals:
    """Weighted sums over rows; they add.

    Attributes
    ----------
    weight : float
        sum_n w_n.
    log_likelihood : float
        sum_n w_n log p(x_n).
    """

    weight: float
    log_likelihood: float

    def __add__(self, other: "StudentTotals") -> "StudentTotals":
        return StudentTotals(self.weight + other.weight, self.log_likelihood + other.log_likelihood)


@dataclass(frozen=True)
class _Total:
    """The totals of one block."""

    log_density: _LogDensity

    def __call__(self, block: Block) -> StudentTotals:
        values, weight = self.log_density(block), block.weight
        total = values.sum() if weight is None else values @ weight
        return StudentTotals(block.total_weight, float(total))


def student_totals(components: StudentComponents, source: Source, team: Team) -> StudentTotals:
    """Weight and log-likelihood of all rows."""
    answer = _LogDensity(components)
    cut = source.cut(answer.size, answer.centre, keep=False, rare=True)
    return cut.sum(_Total(answer), team)
