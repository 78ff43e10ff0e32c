"""Many runs over the same few rows, side by side in one stack of components.

On a few hundred rows an iteration of one mixture takes as long as the calls it is made of. So
the mixtures of one family, of all numbers of components and from all starts, are one stack: a
pass evaluates all of their components with one matrix product, and an M-step is one call of the
family's rule. Runs that are done leave the stack.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import (
    PACKED,
    Covariances,
    Family,
    Lineup,
    Quadratic,
    ScatterKind,
    Within,
    family_named,
    side_by_side,
)
from gaussmix.density import Components
from gaussmix.em.ground import Ground
from gaussmix.em.problem import Problem
from gaussmix.errors import CollapsedComponent
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import NotPositiveDefinite
from gaussmix.maximization import Penalty, PseudoRows, maximize

#: Gains below this many ulps of the objective are rounding.
_ROUNDING = 64.0 * float(np.finfo(np.float64).eps)
#: Share of the columns' variances that is added to where rules begin.
_TINY = 1e-6


#: Families, and the number of each run's.
Crew = tuple[tuple[Family, ...], IntArray]


@dataclass(frozen=True, slots=True)
class Part:
    """The runs of one family in a stack.

    Attributes
    ----------
    kind : int
        Number of the family.
    components : slice
    lineup : Lineup
        How its mixtures lie in them.
    """

    kind: int
    components: slice
    lineup: Lineup


def _parts(lineup: Lineup, kinds: IntArray) -> tuple[Part, ...]:
    """The families of runs (R,) whose numbers rise."""
    heads = np.append(lineup.heads, lineup.n_components).tolist()
    first = np.flatnonzero(np.append(len(kinds) > 0, kinds[1:] != kinds[:-1])[: len(kinds)])
    return tuple(
        Part(int(kinds[run]), slice(heads[run], heads[end]), Lineup(lineup.sizes[run:end]))
        for run, end in pairwise([*first.tolist(), len(kinds)])
    )


@dataclass(frozen=True)
class Stack:
    """Runs of one or several families, each as far as it has come.

    Attributes
    ----------
    problem : Problem
        What keeps covariances from collapsing, and what is fixed; any family.
    ground : Ground
    lineup : Lineup
    families : tuple of Family
        All of the ground's feature space.
    kinds : (R,) array of int
        Number of each run's family, rising.
    parts : tuple of Part
        The families that run.
    penalty : Penalty
        For every component.
    prior : PseudoRows or None
    names : (R,) array of int
        What the runs are called outside.
    statistics : (T, Q + D + 1) array
        That the next M-step is made of: sums about the centre.
    before : Covariances or None
        What rules that iterate go on from.
    objective : (R,) array
        Penalised log-likelihood of the last parameters; NaN before the first.
    gain : (R,) array
        What the last plain iteration gained.
    remaining : (R,) array
        Estimated gain still to come.
    log_likelihood : (R,) array
        Of the last parameters; zero before the first.
    components : Components or None
        The last parameters.
    n_iter : int
        Iterations so far.
    """

    problem: Problem
    ground: Ground
    lineup: Lineup
    families: tuple[Family, ...]
    kinds: IntArray
    parts: tuple[Part, ...]
    penalty: Penalty
    prior: PseudoRows | None
    names: IntArray
    statistics: FloatArray
    before: Covariances | None
    objective: FloatArray
    gain: FloatArray
    remaining: FloatArray
    log_likelihood: FloatArray
    components: Components | None = None
    n_iter: int = 0

    @classmethod
    def begin(
        cls,
        problem: Problem,
        ground: Ground,
        sizes: IntArray,
        statistics: FloatArray,
        crew: Crew | None = None,
    ) -> "Stack":
        """Runs that begin at statistics (T, Q + D + 1) of mixtures of some sizes (R,).

        Of the problem's family, or of those that the crew says.
        """
        lineup, names = Lineup(sizes), np.arange(len(sizes))
        families, kinds = crew or ((problem.family,), np.zeros(len(sizes), dtype=np.intp))
        nan = np.full(len(sizes), np.nan)
        return cls(
            problem,
            ground,
            lineup,
            families,
            kinds,
            _parts(lineup, kinds),
            _penalty(problem, lineup),
            _prior(problem, lineup, families, kinds),
            names,
            statistics,
            _common(ground, lineup, statistics),
            nan,
            nan,
            np.full(len(sizes), np.inf),
            np.zeros(len(sizes)),
        )

    @classmethod
    def at(
        cls,
        problem: Problem,
        ground: Ground,
        mixtures: Sequence[Components],
        crew: Crew | None = None,
    ) -> "Stack":
        """Runs that begin at the parameters of mixtures; see `begin`."""
        sizes = np.array([mixture.n_components for mixture in mixtures])
        components = Components(
            np.concatenate([mixture.weights for mixture in mixtures]),
            np.concatenate([mixture.means for mixture in mixtures]),
            side_by_side([mixture.covariances for mixture in mixtures]),
        )
        _, statistics = ground.visit(components, Lineup(sizes), np.zeros(len(sizes)))
        stack = cls.begin(problem, ground, sizes, statistics, crew)
        return replace(stack, before=components.covariances)

    @property
    def per_row(self) -> FloatArray:
        """Penalised log-likelihood per row, (R,)."""
        return self.objective / self.problem.survey.weight

    def one(self, run: int) -> Components:
        """The last parameters of one run."""
        assert self.components is not None
        lineup = self.lineup
        own = np.arange(lineup.heads[run], lineup.heads[run] + lineup.sizes[run])
        components = self.components.take(own)
        if not self.family_of(run).scatter.pooled:
            return components
        return replace(components, covariances=components.covariances.as_shared())

    def family_of(self, run: int) -> Family:
        """The family of a run."""
        return self.families[int(self.kinds[run])]

    def pick(self, runs: BoolArray | IntArray) -> "Stack":
        """Some of the runs, in rising order."""
        own, lineup, kinds = (
            self.lineup.components_of(runs),
            self.lineup.pick(runs),
            self.kinds[runs],
        )
        return replace(
            self,
            lineup=lineup,
            kinds=kinds,
            parts=_parts(lineup, kinds),
            penalty=_penalty(self.problem, lineup),
            prior=_prior(self.problem, lineup, self.families, kinds),
            names=self.names[runs],
            statistics=self.statistics[own],
            before=None if self.before is None else self.before.take(own),
            objective=self.objective[runs],
            gain=self.gain[runs],
            remaining=self.remaining[runs],
            log_likelihood=self.log_likelihood[runs],
            components=None if self.components is None else self.components.take(own),
        )

    def step(self, safe: FloatArray | None = None) -> "Stack":
        """One iteration of every run; those that collapse leave.

        Parameters
        ----------
        safe : (T, Q + D + 1) array or None
            Statistics that runs go back to where no parameters follow from theirs.
        """
        stack, components = self._maximize(safe)
        if components is None:
            return stack
        problem, lineup = stack.problem, stack.lineup
        weight = problem.survey.weight
        level = stack.log_likelihood / weight
        log_likelihood, statistics = stack.ground.visit(components, lineup, level)
        pull = stack.penalty.of_each(components)
        if stack.prior is not None:
            pull = pull + stack.prior.of_each(components)
        objective = log_likelihood + lineup.over_each(pull)
        gain = (objective - stack.objective) / weight
        rate = np.full_like(gain, np.inf)
        np.divide(gain, stack.gain, out=rate, where=stack.gain > 0.0)
        remaining = np.full_like(gain, np.inf)
        is_slowing = (rate > 0.0) & (rate < 1.0)
        np.divide(gain * np.minimum(rate, 1.0), 1.0 - rate, out=remaining, where=is_slowing)
        # An iteration never lowers the objective: a fall shows how large rounding is.
        fell = np.fmin(gain, stack.gain) < 0.0
        remaining[fell] = np.fmax(np.abs(gain), np.abs(stack.gain))[fell]
        remaining[np.abs(gain) <= _ROUNDING * np.maximum(1.0, np.abs(objective) / weight)] = 0.0
        return replace(
            stack,
            statistics=statistics,
            before=components.covariances,
            objective=objective,
            gain=gain,
            remaining=remaining,
            log_likelihood=log_likelihood,
            components=components,
            n_iter=stack.n_iter + 1,
        )

    def _maximize(self, safe: FloatArray | None) -> tuple["Stack", Components | None]:
        """The runs whose parameters can be told, and those; None where no run is left."""
        stack = self
        while stack.lineup.n_runs:
            try:
                return stack, _parameters(stack)
            except CollapsedComponent as failure:
                lost = int(np.searchsorted(stack.lineup.heads, failure.component, "right")) - 1
                own = stack.lineup.components_of(np.array([lost]))
                if safe is not None and (stack.statistics[own] != safe[own]).any():
                    statistics = stack.statistics.copy()
                    statistics[own] = safe[own]
                    stack = replace(stack, statistics=statistics)
                    continue
                left = np.arange(stack.lineup.n_runs) != lost
                safe = None if safe is None else safe[stack.lineup.components_of(left)]
                stack = stack.pick(left)
        return stack, None

    def among(self, others: "Stack") -> "Stack":
        """Those of the runs that are among the others."""
        if self.lineup.n_runs == others.lineup.n_runs:
            return self
        return self.pick(np.isin(self.names, others.names))


def _penalty(problem: Problem, lineup: Lineup) -> Penalty:
    """The penalty of the problem for every component of a stack."""
    strength = problem.reg_covar * problem.survey.weight / lineup.sizes
    return Penalty(lineup.to_each(strength), problem.penalty.variance)


def _common(ground: Ground, lineup: Lineup, statistics: FloatArray) -> Covariances | None:
    """Covariances common to each mixture's components: where rules begin that iterate.

    None in families of no orientation.
    """
    if ground.quadratic is not PACKED:
        return None
    n_features = ground.rows.n_features
    scatter, mass = within_components(statistics, PACKED, n_features)
    floor = _TINY * PACKED.of_matrices(np.diag(np.square(ground.rows.survey.scale)))
    scatter = scatter + mass[:, None] * floor
    return family_named("tied").rule(Within(scatter, mass, n_features, lineup))


def within_components(
    statistics: FloatArray, quadratic: Quadratic, n_features: int
) -> tuple[FloatArray, FloatArray]:
    """Scatter (T, Q) about the means, and mass (T,), of sums about the centre."""
    mass = statistics[:, -1]
    safe = np.where(mass > 0.0, mass, 1.0)
    means = statistics[:, -1 - n_features : -1] / safe[:, None]
    scatter = statistics[:, : -1 - n_features] - safe[:, None] * quadratic.of(means)
    return scatter, mass


def _prior(
    problem: Problem, lineup: Lineup, families: tuple[Family, ...], kinds: IntArray
) -> PseudoRows | None:
    """The prior of the problem for every component of a stack."""
    if problem.prior is None or not lineup.n_runs:
        return None
    parts = [
        problem.prior.pseudo_rows(families[kind], lineup.sizes[kinds == kind])
        for kind in np.unique(kinds)
    ]
    scatter = np.concatenate([part.scatter for part in parts])
    return replace(parts[0], scatter=scatter, mass=np.concatenate([part.mass for part in parts]))


@dataclass(frozen=True, slots=True)
class _Rules:
    """The rules of a stack's families as one."""

    stack: Stack

    def rule(self, within: Within) -> Covariances:
        """Each family's covariances for its own runs, side by side."""
        families, kinds = self.stack.families, self.stack.kinds
        if kinds[0] == kinds[-1]:
            return families[int(kinds[0])].rule(within)
        parts = []
        for part in self.stack.parts:
            try:
                own = within.part(part.components, part.lineup)
                parts.append(families[part.kind].rule(own))
            except NotPositiveDefinite as error:
                raise NotPositiveDefinite(part.components.start + error.index) from None
        return side_by_side(parts)


def _parameters(stack: Stack) -> Components:
    """The parameters that follow from the statistics of a stack."""
    problem, lineup = stack.problem, stack.lineup
    quadratic, centre = stack.ground.quadratic, problem.survey.centre
    n_features = problem.n_features
    sums = stack.statistics
    statistics = SufficientStatistics(
        ScatterKind(quadratic, pooled=False),
        centre[None],
        sums[:, -1],
        sums[:, -1 - n_features : -1],
        sums[:, : -1 - n_features],
        0.0,
        problem.survey.weight,
    )
    return maximize(
        statistics,
        _Rules(stack),
        stack.penalty,
        fixed=problem.fixed,
        prior=stack.prior,
        before=stack.before,
        lineup=lineup,
    )
