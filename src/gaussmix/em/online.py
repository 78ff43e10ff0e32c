"""Streams: parameters that follow rows as they come, each row seen once.

Stepwise EM keeps a running average of the statistics. A batch of weight m, after rows of weight
W, enters it with the share

    gamma = max((m / (W + m))^decay, 1 - exp(-m / memory)),

the rest is what was there, and the M-step follows (Cappe & Moulines 2009, "On-line
expectation-maximization algorithm for latent data models", J. R. Stat. Soc. B 71, 593-613, with
the batches of Liang & Klein 2009, NAACL, 611-619). For batches of one size the first term is
t^-decay: with a decay between 1/2 and 1 what was learnt from early, bad parameters is forgotten,
and the average still settles. A finite memory keeps a share for the present, so that a drift is
followed; then nothing settles.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import PACKED, Family
from gaussmix.data import Source, Survey
from gaussmix.density import Components, Noise
from gaussmix.em.prior import unbiased
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import unpack
from gaussmix.maximization import ConjugatePrior, Fixed, Penalty, SettledPrior, maximize


@dataclass(frozen=True, slots=True)
class Schedule:
    """How fast a stream is followed.

    Attributes
    ----------
    decay : float
        Between 1/2 (excluded) and 1.
    memory : float
        Weight of rows after which what was learnt has faded to 1/e; infinite for never.
    """

    decay: float
    memory: float

    def share(self, weight: float, before: float) -> float:
        """The share gamma of a batch of this weight after rows of weight `before`."""
        settling = (weight / (before + weight)) ** self.decay
        return float(max(settling, -np.expm1(-weight / self.memory)))


@dataclass(frozen=True, slots=True)
class Spread:
    """Weight, mean and variance of each column's values so far; they add.

    Attributes
    ----------
    weight, mean, variance : (D,) arrays
    """

    weight: FloatArray
    mean: FloatArray
    variance: FloatArray

    @classmethod
    def of(cls, survey: Survey) -> Self:
        """That of surveyed rows."""
        return cls(survey.observed, survey.centre, survey.variance)

    def scale(self, factor: float) -> "Spread":
        """The same with every weight multiplied."""
        return replace(self, weight=factor * self.weight)

    def __add__(self, other: "Spread") -> "Spread":
        weight = self.weight + other.weight
        share = other.weight / np.where(weight > 0.0, weight, 1.0)
        away = other.mean - self.mean
        within = (1.0 - share) * self.variance + share * other.variance
        between = share * (1.0 - share) * away**2
        return Spread(weight, self.mean + share * away, within + between)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a stream has taught so far.

    Attributes
    ----------
    statistics : SufficientStatistics
        Their weight is that of the rows still remembered.
    spread : Spread
    weight : float
        Of all rows seen.
    """

    statistics: SufficientStatistics
    spread: Spread
    weight: float

    def __add__(self, other: "Learnt") -> "Learnt":
        """What two machines have learnt, about the references of the first."""
        theirs = other.statistics.rebase(self.statistics.reference)
        return Learnt(
            self.statistics + theirs, self.spread + other.spread, self.weight + other.weight
        )

    def fade(self, factor: float) -> "Learnt":
        """The same, remembered less."""
        return Learnt(self.statistics.scale(factor), self.spread.scale(factor), self.weight)

    def components(self, rules: "Rules") -> Components:
        """The parameters that follow from it."""
        strength = rules.reg_covar * self.statistics.weight / len(self.statistics.mass)
        penalty = Penalty(strength, self.spread.variance)
        pseudo_rows = None
        if rules.prior is not None:
            sizes = np.array([len(self.statistics.mass)])
            pseudo_rows = self.settled(rules.prior).pseudo_rows(rules.family, sizes)
        return maximize(
            self.statistics, rules.family, penalty, rules.noise, rules.fixed, prior=pseudo_rows
        )

    def settled(self, prior: ConjugatePrior) -> SettledPrior:
        """A prior whose defaults follow from the rows still remembered.

        Their covariance is that of the rows that the components hold.
        """
        covariance = self.spread.variance
        if self.statistics.kind.quadratic is PACKED:
            mass, means = self.statistics.mass, self.statistics.means
            centre = mass @ means / mass.sum()
            scatter = self.statistics.rebase(np.broadcast_to(centre, means.shape)).scatter
            total = scatter if scatter.ndim == 1 else scatter.sum(axis=0)
            covariance = unpack(total / mass.sum(), len(centre))
        weight = self.statistics.weight
        return prior.settled(self.spread.mean, unbiased(covariance, weight))


@dataclass(frozen=True, slots=True)
class Rules:
    """What parameters follow from statistics by; see `Problem`."""

    family: Family
    reg_covar: float
    noise: Noise | None
    fixed: Fixed
    prior: ConjugatePrior | None = None

    def problem(self, source: Source, survey: Survey, n_components: int) -> Problem:
        """The problem of fitting rows by these rules."""
        return Problem(
            source, survey, self.family, n_components, self.reg_covar, self.noise, self.fixed
        )


def follow(
    learnt: Learnt,
    components: Components,
    batch: Problem,
    schedule: Schedule,
    team: Team,
    *,
    prior: ConjugatePrior | None = None,
) -> tuple[Learnt, Components, float]:
    """What is learnt and the parameters after one more batch, and its log-likelihood before.

    Parameters
    ----------
    learnt : Learnt
    components : Components
        The parameters before.
    batch : Problem
        The rows of the batch.
    schedule : Schedule
    team : Team
    prior : ConjugatePrior or None
        Its defaults follow what has been learnt.

    Raises
    ------
    errors.CollapsedComponent
        Where a covariance becomes singular.
    """
    statistics = batch.statistics_at(components, team)
    weight = statistics.weight
    share = schedule.share(weight, learnt.weight)
    fading = weight * (1.0 - share) / (share * learnt.statistics.weight)
    here = Learnt(statistics, Spread.of(batch.survey), weight)
    # About means that lie among the rows remembered, whatever the batch's centre.
    about_means = replace(learnt, statistics=learnt.statistics.rebase(components.means))
    after = about_means.fade(fading) + here
    rules = Rules(batch.family, batch.reg_covar, batch.noise, batch.fixed, prior)
    return after, after.components(rules), statistics.log_likelihood
