"""What is to be fitted: rows, family and penalty, made ready for many passes."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TypeVar

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import Covariances, Family
from gaussmix.data import ArraySource, Block, Cut, Details, Lot, Source, Survey, block_size
from gaussmix.density import Components, Kernel, Noise, Observer, ScratchPool, quadratic_rows
from gaussmix.execution import Additive, Team
from gaussmix.expectation import (
    Expectation,
    Responsibilities,
    SufficientStatistics,
    assigned_statistics,
    filled,
)
from gaussmix.maximization import (
    FIRST_DOF,
    NOTHING_FIXED,
    Fixed,
    Penalty,
    Posterior,
    PseudoRows,
    SettledPrior,
    VariationalPrior,
    eased,
    maximize,
)

Sum = TypeVar("Sum", bound=Additive)

#: How much narrower than it was certified for a covariance may come out of a pass.
_SLACK = 100.0
#: A lap over memoized lots has at most so many, each of at least so many pieces of the rows: there
#: is work for a dozen threads in each. Laps over four lots come as far as 1.6 times as many passes,
#: over sixteen as 1.8 times.
_MOST_LOTS, _LEAST_PIECES = 16, 12
#: Proportion that noise starts with where the start does not say.
_FIRST_NOISE = 0.1


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
    noise : Noise or None
        The box of a noise component; its weight is estimated.
    fixed : Fixed
        Parameters that are not estimated.
    filler : Components or None
        One Gaussian, whose conditional means fill gaps where a start needs complete rows.
    prior : SettledPrior or None
        Of means and covariances.
    bayes : VariationalPrior or None
        Of all parameters: then what is fitted is what is believed of them, a `Posterior`, and
        `n_components` is the most that there may be. Penalty, noise, `fixed` and `prior` have
        no part in that.
    is_student : bool
        Whether the components are Student t's, of which degrees of freedom are estimated, too.
    """

    source: Source
    survey: Survey
    family: Family
    n_components: int
    reg_covar: float
    noise: Noise | None = None
    fixed: Fixed = NOTHING_FIXED
    filler: Components | None = None
    prior: SettledPrior | None = None
    bayes: VariationalPrior | None = None
    is_student: bool = False

    @property
    def n_features(self) -> int:
        """Number D of features."""
        return len(self.survey.centre)

    @property
    def n_fixed(self) -> int:
        """How many of the parameters are not estimated."""
        size = (self.n_components, self.n_features)
        return self.fixed.n_fixed(self.family, *size, with_noise=self.noise is not None)

    @property
    def n_free(self) -> int:
        """Free parameters; noise has two, its proportion and its volume."""
        n_free = self.family.n_free(self.n_components, self.n_features)
        n_free += self.n_components * self.is_student
        return n_free - self.n_fixed + 2 * (self.noise is not None)

    @cached_property
    def penalty(self) -> Penalty:
        """The penalty in the units of the data."""
        strength = self.reg_covar * self.survey.weight / self.n_components
        return Penalty(strength, self._scale**2)

    @cached_property
    def pseudo_rows(self) -> PseudoRows | None:
        """What the prior adds to the components; None without one."""
        if self.prior is None:
            return None
        return self.prior.pseudo_rows(self.family, np.array([self.n_components]))

    @cached_property
    def _scale(self) -> FloatArray:
        return self.survey.scale

    @property
    def has_labels(self) -> bool:
        """Whether the components of some rows are known."""
        return self.survey.largest_label >= 0

    @cached_property
    def _has_gaps(self) -> bool:
        return self.survey.n_gappy > 0

    @cached_property
    def _is_whole(self) -> bool:
        """Whether joint densities must be whole even where covariances are shared."""
        by_rows = self._has_gaps or not self.source.is_plain
        by_model = self.is_student or self.noise is not None
        return by_rows or by_model or self.family.scatter.rank is not None

    @cached_property
    def _feature_rows(self) -> int:
        """Rows of features a block needs: fewer where the quadratic is pooled and cancels."""
        kind = self.family.scatter
        may_be_one = self.n_components == 1 or self.bayes is not None
        cancels = kind.pooled and not may_be_one and not self._is_whole
        quadratic = 0 if cancels else quadratic_rows(kind.quadratic, self.n_features)
        return quadratic + self.n_features + 1

    @cached_property
    def _numbers_per_row(self) -> int:
        """Numbers that a pass writes for each row."""
        hidden = 0 if self.source.is_plain else self.n_components * (self.n_features + 1) ** 2
        return self._feature_rows + self.n_components * (1 + self.is_student) + hidden

    @cached_property
    def _cut(self) -> Cut:
        return self.source.cut(block_size(self._numbers_per_row), self.survey.centre, rare=True)

    @property
    def n_blocks(self) -> int:
        """How many blocks the rows are cut into."""
        return self._cut.n_blocks

    @cached_property
    def n_lots(self) -> int:
        """Into how many lots a lap cuts the rows; 1 where every pass is at one set of parameters.

        It follows from the rows alone, so that a result does not depend on threads.
        """
        if self.bayes is None:
            return 1
        return int(np.clip(self._cut.n_pieces // _LEAST_PIECES, 1, _MOST_LOTS))

    def lots(self) -> Generator[Lot, None, None]:
        """The rows in `n_lots` lots at most; see `Cut.lots`."""
        return self._cut.lots(self.n_lots)

    @property
    def work(self) -> int:
        """Numbers that one pass over the rows writes."""
        return self.source.n_rows * self._numbers_per_row

    @cached_property
    def _pools(self) -> dict[int, ScratchPool]:
        return {}

    def _scratch(self, n_joint: int, n_falls: int) -> ScratchPool:
        """Working arrays for passes with so many joint densities; those of the last are kept."""
        pool = self._pools.get(n_joint)
        if pool is None:
            pool = ScratchPool(n_joint, self._feature_rows, self._cut.size, n_falls)
            self._pools.clear()
            self._pools[n_joint] = pool
        return pool

    @cached_property
    def _total_scatter(self) -> FloatArray:
        """Scatter (Q,) of all rows about the centre, summed once."""
        kind = self.family.scatter
        together = assigned_statistics(
            self._cut, lambda block: np.ones((1, block.n_rows)), kind, 1, Team()
        ).rebase(self.survey.centre[None])
        return together.scatter.reshape(-1)

    def kernel(self, components: Components, level: float = 0.0) -> Kernel:
        """The densities of components about the survey's centre."""
        return Kernel(components, self.survey.centre, self._scale, level, self._is_whole)

    def needs_exact(self, kernel: Kernel) -> BoolArray:
        """Components (K,) that the certificate denies the fast kernel."""
        if not self.source.is_plain:
            return np.ones(kernel.components.n_components, dtype=np.bool_)
        return self._is_beyond_fast(kernel, 1.0)

    def _is_beyond_fast(self, kernel: Kernel, slack: float) -> BoolArray:
        exact = kernel.needs_exact(self.survey.radius, slack)
        if self._has_gaps:
            exact |= ~kernel.mends_gaps(self.survey.radius, _SLACK)
        return exact

    def is_coarse(self, kernel: Kernel, reference: FloatArray, exact: BoolArray) -> BoolArray:
        """Components (K,) that the statistics they were made from cannot tell precisely.

        Fast statistics are about the common centre, and lose digits to the radius of the
        rows; exact ones are about their points, and lose them to the distance of the new
        mean from there.

        Parameters
        ----------
        kernel : Kernel
            Of the new components.
        reference : (..., K, D) array
            What statistics are about.
        exact : (K,) array of bool
            Components with exact statistics.
        """
        moved = (kernel.components.means - reference) / self._scale
        distance = np.sqrt(np.einsum("...kd,...kd->...k", moved, moved))
        lost = kernel.is_lost(distance.reshape(-1, len(exact)).max(axis=0), slack=_SLACK)
        return np.where(exact, lost, self._is_beyond_fast(kernel, _SLACK))

    def expect(
        self,
        kernel: Kernel,
        exact: BoolArray,
        wide: set[int],
        team: Team,
        points: FloatArray | None = None,
        *,
        lot: Lot | None = None,
        total_scatter: FloatArray | None = None,
    ) -> SufficientStatistics:
        """One pass over the rows.

        Parameters
        ----------
        kernel : Kernel
        exact : (K,) array of bool
            Components that take the exact kernel.
        wide : set of int
            What earlier passes of the same run learnt about blocks; see `Expectation`.
        team : Team
        points : (K, D) array or None
            What exact statistics are about; None for the components' means.
        lot : Lot or None
            The rows to look at; None for all.
        total_scatter : (Q,) array or None
            Scatter of the lot's rows about the centre, which shared covariances need unless
            the kernel is whole.
        """
        points = kernel.components.means if points is None else points
        covariances, kind = kernel.components.covariances, self.family.scatter
        shared = covariances.is_shared
        assert covariances.quadratic is kind.quadratic, "covariances of another family"
        kind = kind.at(covariances)
        assert kind.pooled or not shared, "scatter per component needs a stack of covariances"
        if kernel.has_quadratic or exact.any():
            total_scatter = np.empty(0)
        elif total_scatter is None:
            total_scatter = self._total_scatter
        scratch = self._scratch(kernel.n_joint, kernel.n_falls)
        step = Expectation(kernel, kind, exact, points, scratch, total_scatter, wide)
        rows = lot or self._cut
        step.observer.prepare(rows.patterns)
        return step.finish(rows.sum(step, team))

    def sum(self, function: Callable[[Block], Sum], team: Team) -> Sum:
        """Sum of what the function makes of each block."""
        return self._cut.sum(function, team)

    def statistics_at(self, components: Components, team: Team) -> SufficientStatistics:
        """Statistics of all rows under these components."""
        kernel = self.kernel(components)
        return self.expect(kernel, self.needs_exact(kernel), set(), team)

    def maximize(
        self,
        statistics: SufficientStatistics,
        before: Components | None = None,
        penalty: Penalty | None = None,
    ) -> Components:
        """Parameters of largest expected penalised log-likelihood.

        Parameters
        ----------
        statistics : SufficientStatistics
        before : Components or None
            Those of the pass that made the statistics. Rules that iterate go on from there.
        penalty : Penalty or None
            In the place of the problem's own, or of its prior of all parameters.
        """
        covariances = None if before is None else before.covariances
        if self.bayes is not None and penalty is None:
            return self.bayes.posterior(statistics, covariances)
        penalty = penalty or self.penalty
        if before is not None:
            statistics = eased(
                statistics, before, self.family, penalty, prior=self.pseudo_rows, fixed=self.fixed
            )
        components = maximize(
            statistics,
            self.family,
            penalty,
            self.noise,
            self.fixed,
            prior=self.pseudo_rows,
            before=covariances,
        )
        return components if statistics.tails is not None else self.begun(components)

    def begun(self, gaussians: Components) -> Components:
        """What a fit begins at that goes on from Gaussians."""
        if not self.is_student:
            return gaussians
        return replace(gaussians, dof=np.full(gaussians.n_components, FIRST_DOF))

    def order(self, statistics: SufficientStatistics) -> IntArray | None:
        """Numbers of the components to go on with, in their order; None for all as they are."""
        if self.bayes is None:
            return None
        order = self.bayes.order(statistics)
        return None if np.array_equal(order, np.arange(len(statistics.mass))) else order

    def objective(self, components: Components, log_likelihood: float) -> float:
        """Penalised log-likelihood per row, with the log prior up to a constant.

        Of a posterior the lower bound of the log evidence, per row.
        """
        if isinstance(components, Posterior):
            return components.bound(log_likelihood) / self.survey.weight
        total = log_likelihood + self.penalty.objective(components)
        if self.pseudo_rows is not None:
            total += self.pseudo_rows.objective(components)
        return total / self.survey.weight

    def assigned(self, responsibilities: Responsibilities, team: Team) -> SufficientStatistics:
        """Statistics for given responsibilities."""
        statistics = assigned_statistics(
            self._cut,
            responsibilities,
            self.family.scatter,
            self.n_components,
            team,
            filler=self._observer,
        )
        if self.noise is None:
            return statistics
        left = statistics.weight - statistics.mass.sum()
        least = _FIRST_NOISE * statistics.weight
        return replace(statistics, noise_mass=left if left > 1e-9 * least else least)

    def with_noise(
        self, weights: FloatArray, means: FloatArray, covariances: Covariances
    ) -> Components:
        """Components with these parameters, and noise where the problem has it.

        The weights leave the noise its proportion; where they leave none, they are made to.
        """
        if self.noise is None:
            return self.begun(Components(weights, means, covariances))
        left = 1.0 - float(weights.sum())
        if left <= 1e-9:
            weights, left = self.fixed.impose_shares((1.0 - _FIRST_NOISE) * weights, _FIRST_NOISE)
        noise = replace(self.noise, weight=left)
        return self.begun(Components(weights, means, covariances, noise))

    @cached_property
    def _observer(self) -> Observer | None:
        """What fills gaps."""
        return None if self.filler is None else Observer(self.kernel(self.filler))

    @property
    def filled(self) -> Callable[[Block], FloatArray]:
        """A block to its rows about the centre, gaps filled where there are any, (D, B)."""
        return partial(filled, centre=self.survey.centre, filler=self._observer)

    def with_rows(self, X: FloatArray, weight: FloatArray) -> "Problem":
        """The same problem for a sample of its rows without gaps, in the same units."""
        total = replace(self.survey, weight=float(weight.sum()), n_gappy=0)
        return replace(self, source=ArraySource(X, Details(weight)), survey=total, filler=None)
