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

What is believed of the parameters follows in the same way, the rows remembered counting as so many.
Statistics then have an entry for each of the K slots, zero for those that are empty. A batch is
offered one empty slot, as wide as the prior has a row of an unknown component; if a row's worth or
more goes there, the slot is taken, else the batch is looked at again without it.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import PACKED, Family, side_by_side
from gaussmix.data import Source, Survey
from gaussmix.density import Components, Noise
from gaussmix.em.beliefs import Beliefs
from gaussmix.em.prior import unbiased
from gaussmix.em.problem import Problem
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import unpack
from gaussmix.maximization import (
    NOTHING_FIXED,
    ConjugatePrior,
    Fixed,
    Penalty,
    Posterior,
    SettledPrior,
    maximize,
    worth_keeping,
)

#: A column whose spread is below so many ulps of its mean is constant.
_CONSTANT_ULPS = 16.0


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
    n_rows : int
        How many they were; 0 where that is not known.
    """

    statistics: SufficientStatistics
    spread: Spread
    weight: float
    n_rows: int = 0

    def __add__(self, other: "Learnt") -> "Learnt":
        """What two machines have learnt, about the references of the first."""
        theirs = other.statistics.rebase(self.statistics.reference)
        return Learnt(
            self.statistics + theirs,
            self.spread + other.spread,
            self.weight + other.weight,
            self.n_rows + other.n_rows if self.n_rows and other.n_rows else 0,
        )

    def fade(self, factor: float) -> "Learnt":
        """The same, remembered less."""
        statistics, spread = self.statistics.scale(factor), self.spread.scale(factor)
        return replace(self, statistics=statistics, spread=spread)

    @property
    def row_weight(self) -> float:
        """Mean weight of a row; 1 where it is not known."""
        return self.weight / self.n_rows if self.n_rows else 1.0

    def components(self, rules: "Rules") -> Components:
        """The parameters that follow from it, or what is to be believed of them."""
        if isinstance(rules.prior, Beliefs):
            return self._posterior(rules.family, rules.prior)
        strength = rules.reg_covar * self.statistics.weight / len(self.statistics.mass)
        penalty = Penalty(strength, self.spread.variance)
        pseudo_rows = None
        if rules.prior is not None:
            sizes = np.array([len(self.statistics.mass)])
            pseudo_rows = self.settled(rules.prior).pseudo_rows(rules.family, sizes)
        return maximize(
            self.statistics, rules.family, penalty, rules.noise, rules.fixed, prior=pseudo_rows
        )

    def _posterior(self, family: Family, beliefs: Beliefs) -> Posterior:
        """What is to be believed; slots stay as they are numbered, and the last ones are empty."""
        mass, spread = self.statistics.mass, self.spread
        covariance = self._covariance
        if covariance.ndim == 1:
            covariance = np.diag(covariance)
        rounding = _CONSTANT_ULPS * np.finfo(np.float64).eps * np.abs(spread.mean)
        covariance = covariance + np.diag(1.0 * (spread.variance <= rounding**2))
        covariance = unbiased(covariance, self.statistics.weight)
        prior = beliefs.settled(family, len(mass), spread.mean, covariance, keeps_order=True)
        last = worth_keeping(mass, self.statistics.weight, by_mass=False)[-1]
        return prior.posterior(self.statistics.take(np.arange(last + 1)))

    @property
    def _covariance(self) -> FloatArray:
        """That of the rows that the components hold, (D, D), or (D,) of the columns alone."""
        if self.statistics.kind.quadratic is not PACKED:
            return self.spread.variance
        mass, means = self.statistics.mass, self.statistics.means
        centre = mass @ means / mass.sum()
        scatter = self.statistics.rebase(np.broadcast_to(centre, means.shape)).scatter
        total = scatter if scatter.ndim == 1 else scatter.sum(axis=0)
        return unpack(total / mass.sum(), len(centre))

    def settled(self, prior: ConjugatePrior) -> SettledPrior:
        """A prior whose defaults follow from the rows still remembered."""
        covariance = unbiased(self._covariance, self.statistics.weight)
        return prior.settled(self.spread.mean, covariance)


@dataclass(frozen=True, slots=True)
class Rules:
    """What parameters follow from statistics by; see `Problem`."""

    family: Family
    reg_covar: float
    noise: Noise | None = None
    fixed: Fixed = NOTHING_FIXED
    prior: ConjugatePrior | Beliefs | None = None

    def problem(self, source: Source, survey: Survey, before: Components) -> Problem:
        """The problem of fitting rows by these rules, of as many components as there were."""
        bayes = before.prior if isinstance(before, Posterior) else None
        size = before.n_components if bayes is None else bayes.n_slots
        problem = Problem(source, survey, self.family, size, self.reg_covar, self.noise, self.fixed)
        return replace(problem, bayes=bayes, is_student=bayes is None and not before.is_gaussian)


def follow(
    learnt: Learnt,
    components: Components,
    batch: Problem,
    schedule: Schedule,
    team: Team,
    *,
    rules: Rules,
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
    rules : Rules
        The defaults of their prior follow what has been learnt.

    Raises
    ------
    errors.CollapsedComponent
        Where a covariance becomes singular.
    """
    if isinstance(components, Posterior):
        statistics = _of_slots(components, batch, team)
    else:
        statistics = batch.statistics_at(components, team)
    weight = statistics.weight
    share = schedule.share(weight, learnt.weight)
    fading = weight * (1.0 - share) / (share * learnt.statistics.weight)
    here = Learnt(statistics, Spread.of(batch.survey), weight, batch.survey.n_rows)
    # About means that lie among the rows remembered, whatever the batch's centre.
    about_means = replace(learnt, statistics=learnt.statistics.rebase(statistics.reference))
    after = about_means.fade(fading) + here
    return after, after.components(rules), statistics.log_likelihood


def _of_slots(posterior: Posterior, batch: Problem, team: Team) -> SufficientStatistics:
    """Statistics of a batch in every slot; a further slot is taken where rows ask for it."""
    prior, weight = posterior.prior, batch.survey.weight
    if batch.has_labels:
        # Slots that are known by name are offered as the prior has them.
        mass = np.append(posterior.mass, np.zeros(prior.n_slots - len(posterior.mass)))
        slots = posterior.slots
        posterior = Posterior.of(prior, mass, slots.means, slots.covariances)
    elif len(posterior.mass) < prior.n_slots:
        opened = batch.statistics_at(_with_newcomer(posterior), team)
        if opened.mass[-1] * batch.survey.n_rows >= weight:
            return in_slots(opened, prior.n_slots, prior.mean)
    return in_slots(batch.statistics_at(posterior, team), prior.n_slots, prior.mean)


def _with_newcomer(posterior: Posterior) -> Components:
    """The components, and an empty slot with the spread of rows whose component is not known."""
    prior, n = posterior.prior, len(posterior.mass)
    wider = replace(prior, scatter=(1.0 + 1.0 / prior.mean_precision) * prior.scatter)
    weight = posterior.proportions.mean[n]
    return Components(
        np.append(posterior.weights, weight),
        np.concatenate([posterior.means, prior.mean[None]]),
        side_by_side([posterior.covariances, wider.covariances]),
        None,
        np.append(posterior.log_weights, np.log(weight)),
    )


def in_slots(
    statistics: SufficientStatistics, n_slots: int, where: FloatArray
) -> SufficientStatistics:
    """The same sums with an entry for each slot; the empty ones' are about `where` (D,)."""
    n_empty = n_slots - len(statistics.mass)
    if not n_empty:
        return statistics

    def grown(sums: FloatArray) -> FloatArray:
        return np.concatenate([sums, np.zeros((n_empty, *sums.shape[1:]))])

    pooled = statistics.kind.pooled
    return replace(
        statistics,
        reference=np.concatenate([statistics.reference, np.tile(where, (n_empty, 1))]),
        mass=grown(statistics.mass),
        shift=grown(statistics.shift),
        scatter=statistics.scatter if pooled else grown(statistics.scatter),
    )
