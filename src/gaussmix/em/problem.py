"""What is to be fitted: rows, family and penalty, made ready for many passes."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray
from gaussmix.covariance import Family
from gaussmix.data import ArraySource, Centred, Source, Survey, block_size
from gaussmix.density import Components, Kernel, ScratchPool, quadratic_rows
from gaussmix.execution import Team
from gaussmix.expectation import (
    CompleteRows,
    Responsibilities,
    SufficientStatistics,
    assigned_statistics,
)
from gaussmix.maximization import Penalty, maximize

#: How much narrower than it was certified for a covariance may come out of a pass.
_SLACK = 100.0


@dataclass(frozen=True)
class Problem:
    """Rows, family and penalty of one fit.

    Attributes
    ----------
    source : Source
    survey : Survey
    family : Family
    n_components : int
    reg_covar : float
        Strength of the penalty: pseudo-rows per row, shared out over the components.
    """

    source: Source
    survey: Survey
    family: Family
    n_components: int
    reg_covar: float

    @property
    def n_features(self) -> int:
        """Number D of features."""
        return self.source.n_features

    @cached_property
    def penalty(self) -> Penalty:
        """The penalty in the units of the data."""
        strength = self.reg_covar * self.survey.weight / self.n_components
        return Penalty(strength, self._scale**2)

    @cached_property
    def _scale(self) -> FloatArray:
        return self.survey.scale

    @cached_property
    def _feature_rows(self) -> int:
        """Rows of features a block needs: fewer where the quadratic is pooled and cancels."""
        kind = self.family.scatter
        cancels = kind.pooled and self.n_components > 1
        quadratic = 0 if cancels else quadratic_rows(kind.quadratic, self.n_features)
        return quadratic + self.n_features + 1

    @cached_property
    def _centred(self) -> Centred:
        size = block_size(self._feature_rows + self.n_components)
        return Centred(self.source, self.survey.centre, size)

    @property
    def n_blocks(self) -> int:
        """How many blocks the rows are cut into."""
        return len(self._centred.blocks)

    @property
    def work(self) -> int:
        """Numbers that one pass over the rows writes."""
        return self.source.n_rows * (self._feature_rows + self.n_components)

    @cached_property
    def _scratch(self) -> ScratchPool:
        """Working arrays for every pass."""
        shape = (self.n_features, self.n_components, self._feature_rows)
        return ScratchPool(*shape, self._centred.size)

    @cached_property
    def _total_scatter(self) -> FloatArray:
        """Scatter (Q,) of all rows about the centre, summed once."""
        kind = self.family.scatter
        together = assigned_statistics(
            self._centred, lambda block: np.ones((1, block.n_rows)), kind, 1, Team()
        ).rebase(self.survey.centre[None])
        return together.scatter.reshape(-1)

    def kernel(self, components: Components, level: float = 0.0) -> Kernel:
        """The densities of components about the survey's centre."""
        return Kernel(components, self.survey.centre, self._scale, level)

    def needs_exact(self, kernel: Kernel) -> BoolArray:
        """Components (K,) that the certificate denies the fast kernel."""
        return kernel.needs_exact(self.survey.radius)

    def is_coarse(
        self, kernel: Kernel, statistics: SufficientStatistics, exact: BoolArray
    ) -> BoolArray:
        """Components (K,) that the statistics they were made from cannot tell precisely.

        Fast statistics are about the common centre, and lose digits to the radius of the
        rows; exact ones are about their points, and lose them to the distance of the new
        mean from there.
        """
        moved = (kernel.components.means - statistics.reference) / self._scale
        lost = kernel.is_lost(np.sqrt(np.einsum("kd,kd->k", moved, moved)), slack=_SLACK)
        return np.where(exact, lost, kernel.needs_exact(self.survey.radius, slack=_SLACK))

    def expect(
        self,
        kernel: Kernel,
        exact: BoolArray,
        wide: set[int],
        team: Team,
        points: FloatArray | None = None,
    ) -> SufficientStatistics:
        """One pass over the rows.

        Parameters
        ----------
        kernel : Kernel
        exact : (K,) array of bool
            Components that take the exact kernel.
        wide : set of int
            What earlier passes of the same run learnt about blocks; see `CompleteRows`.
        team : Team
        points : (K, D) array or None
            What exact statistics are about; None for the components' means.
        """
        points = kernel.components.means if points is None else points
        covariances, kind = kernel.components.covariances, self.family.scatter
        shared = covariances.is_shared
        assert covariances.quadratic is kind.quadratic, "covariances of another family"
        assert kind.pooled or not shared, "scatter per component needs a stack of covariances"
        total = self._total_scatter if shared else np.empty(0)
        rows = CompleteRows(kernel, kind, exact, points, self._scratch, total, wide)
        return rows.finish(team.sum(rows, self._centred.blocks))

    def maximize(self, statistics: SufficientStatistics) -> Components:
        """Parameters of largest expected penalised log-likelihood."""
        return maximize(statistics, self.family, self.penalty)

    def objective(self, components: Components, log_likelihood: float) -> float:
        """Penalised log-likelihood per row."""
        return (log_likelihood + self.penalty.objective(components)) / self.survey.weight

    def assigned(self, responsibilities: Responsibilities, team: Team) -> SufficientStatistics:
        """Statistics for given responsibilities."""
        return assigned_statistics(
            self._centred,
            responsibilities,
            self.family.scatter,
            self.n_components,
            team,
        )

    def with_rows(self, X: FloatArray, weight: FloatArray) -> "Problem":
        """The same problem for a sample of its rows, in the same units."""
        total = replace(self.survey, weight=float(weight.sum()))
        return replace(self, source=ArraySource(X, weight), survey=total)
