"""The M-step of variational Bayes: what is believed of the parameters, given statistics.

The posterior of parameters and assignments is taken to factor, q(z) q(pi) prod_k q(mu_k, Lambda_k)
(Attias 2000, NIPS 12; Bishop 2006, *Pattern Recognition and Machine Learning*, section 10.2). The
best factors are then conjugate: with N_k, xbar_k the mass and mean of component k,

    beta_k = beta_0 + N_k,   m_k = (beta_0 m_0 + N_k xbar_k) / beta_k,
    nu_k = nu_0 + N_k,       S_k = S_0 + scatter about m_k + beta_0 (m_k - m_0)(m_k - m_0)',

and covariances that are shared have nu = nu_0 + sum N_k and the sum of the scatters. This is the
M-step of a conjugate prior's mode with mass nu_0 and scatter S_0 as pseudo-rows, so the family's
own rule makes Psi_k = S_k / nu_k, the inverse of the expected precision. A row then weighs
component k by

    exp(E log pi_k + E log N(x | mu_k, Lambda_k)) = omega_k N(x | m_k, Psi_k),
    log omega_k = E log pi_k + (E log |Lambda_k| + log |Psi_k|) / 2 - D / (2 beta_k),

a Gaussian again: the E-step is that of maximum likelihood. With f(x) the sum of these over k,

    bound = sum_n w_n log f(x_n) - KL(q(pi), p) - sum_k KL(q(mu_k, Lambda_k), p)

is at most the log evidence, constants included.

What is written for ellipsoids holds for the other shapes with their own density of precisions;
see docs/formulas.md.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import digamma, gammaln, multigammaln

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import (
    PACKED,
    RADIAL,
    SQUARES,
    Covariances,
    Family,
    Quadratic,
    Within,
    side_by_side,
)
from gaussmix.density import LOG_ZERO, Components, StudentComponents
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization.likelihood import maximize
from gaussmix.maximization.penalty import Penalty
from gaussmix.maximization.prior import PseudoRows
from gaussmix.maximization.proportions import Proportions, worth_keeping


def _mean_log_det(quadratic: Quadratic, dof: FloatArray, n_features: int) -> FloatArray:
    """E log |Lambda| + log |Psi| for precisions of mean inverse(Psi), (...)."""
    if quadratic is PACKED:
        halves = 0.5 * (dof[..., None] - np.arange(n_features))
        return np.asarray(digamma(halves).sum(axis=-1) + n_features * np.log(2.0 / dof))
    rows = dof * n_features if quadratic is RADIAL else dof
    return np.asarray(n_features * (digamma(0.5 * rows) + np.log(2.0 / rows)))


def _log_normaliser(
    quadratic: Quadratic, log_det: FloatArray, dof: FloatArray, n_features: int
) -> FloatArray:
    """Log of what makes the density of precisions of mean inverse(Psi) integrate to one, (...).

    Parameters
    ----------
    log_det : (...) array
        log |Psi|.
    dof : (...) array
    """
    rows = dof * n_features if quadratic is RADIAL else dof
    power = 0.5 * dof * (log_det + n_features * np.log(0.5 * rows))
    if quadratic is PACKED:
        return np.asarray(power - np.array([multigammaln(0.5 * of, n_features) for of in dof]))
    return np.asarray(power - (1 if quadratic is RADIAL else n_features) * gammaln(0.5 * rows))


@dataclass(frozen=True, eq=False)
class VariationalPrior:
    """What is believed of the parameters before any row is seen.

    mu_k | Lambda_k ~ N(mean, inverse(mean_precision Lambda_k)), and Lambda_k as the family has it:
    Wishart for ellipsoids, gamma for each column's precision, or for that of a ball.

    Attributes
    ----------
    family : Family
        One whose covariances are each component's own, or the same in all.
    proportions : Proportions
        The prior's.
    mean : (D,) array
    mean_precision : float
        beta_0: rows that the mean counts as.
    dof : float
        nu_0: rows that the covariance counts as.
    scatter : (Q,) array
        S_0 as sums of features: nu_0 times the covariance that is expected, roughly.
    keeps_order : bool
        Whether components must stay as they are numbered, and none is given up.
    """

    family: Family
    proportions: Proportions
    mean: FloatArray
    mean_precision: float
    dof: float
    scatter: FloatArray
    keeps_order: bool = False

    @property
    def n_slots(self) -> int:
        """Largest number K of components."""
        return len(self.proportions.mass)

    @property
    def quadratic(self) -> Quadratic:
        """The feature space of the family."""
        return self.family.scatter.quadratic

    @property
    def is_shared(self) -> bool:
        """Whether all components have the same covariance."""
        return self.family.scatter.pooled

    @cached_property
    def covariances(self) -> Covariances:
        """S_0 / nu_0, for one component."""
        scatter = self.scatter if self.is_shared else self.scatter[None]
        return self.family.rule(Within(scatter, np.array([self.dof]), len(self.mean)))

    @cached_property
    def log_normaliser(self) -> float:
        """Log of what makes the prior density of one covariance's precision integrate to one."""
        return float(self.log_normalisers(self.covariances.log_det, np.array([self.dof]))[0])

    def log_normalisers(self, log_det: FloatArray, dof: FloatArray) -> FloatArray:
        """Those of precisions of mean inverse(Psi), from log |Psi| and nu, (...) each."""
        return _log_normaliser(self.quadratic, log_det, dof, len(self.mean))

    def pseudo_rows(self, n_components: int) -> PseudoRows:
        """What it adds to each of so many components; each has its part of what is shared."""
        part = 1.0 / n_components if self.is_shared else 1.0
        scatter = np.tile(part * self.scatter, (n_components, 1))
        mass = np.full(n_components, part * self.dof)
        return PseudoRows(self.mean, self.mean_precision, scatter, mass)

    def order(self, statistics: SufficientStatistics) -> IntArray:
        """Numbers of the components that are not empty, in the order they are to have."""
        if self.keeps_order:
            return np.arange(len(statistics.mass))
        mass, proportions = statistics.mass, self.proportions
        order = worth_keeping(mass, statistics.weight, by_mass=proportions.by_mass)
        if proportions.by_mass and proportions.concentration > 1.0:
            held = np.zeros_like(mass)
            held[order] = mass[order]
            if proportions.given(mass[order]).evidence < proportions.given(held).evidence:
                # Then the last slot, which has what is left, may be a heavy one's best place.
                return np.arange(len(mass))
        return order

    def posterior(
        self, statistics: SufficientStatistics, before: Covariances | None = None
    ) -> "Posterior":
        """What is believed once these statistics are known."""
        order = self.order(statistics)
        if not np.array_equal(order, np.arange(len(statistics.mass))):
            statistics = statistics.take(order)
            before = None if before is None else before.take(order)
        mass = statistics.mass
        none = Penalty(0.0, np.ones(len(self.mean)))
        mode = maximize(
            statistics, self.family, none, prior=self.pseudo_rows(len(mass)), before=before
        )
        return Posterior.of(self, mass, mode.means, mode.covariances)


@dataclass(frozen=True)
class Posterior(Components):
    """What is believed of the parameters: to rows, components with weights of their own.

    As `Components` these are the parameters' means: expected proportions, m_k and Psi_k.

    Attributes
    ----------
    mass : (J,) array
        N_k.
    prior : VariationalPrior
    """

    mass: FloatArray = None  # type: ignore[assignment]  # fields after defaults must have one
    prior: VariationalPrior = None  # type: ignore[assignment]

    @classmethod
    def of(
        cls,
        prior: VariationalPrior,
        mass: FloatArray,
        means: FloatArray,
        covariances: Covariances,
    ) -> "Posterior":
        """The posterior with these masses, means m_k and covariances Psi_k."""
        proportions, n = prior.proportions.given(mass), len(mass)
        bare = cls(proportions.mean[:n], means, covariances, mass=mass, prior=prior)
        excess = 0.5 * bare.excess_log_det - 0.5 * bare.n_features / bare.mean_precision
        return replace(bare, expected_log_weights=proportions.mean_log[:n] + excess)

    @cached_property
    def proportions(self) -> Proportions:
        """What is believed of the proportions of all K slots."""
        return self.prior.proportions.given(self.mass)

    @property
    def mean_precision(self) -> FloatArray:
        """beta_k, (J,)."""
        return self.prior.mean_precision + self.mass

    @property
    def precision_dof(self) -> FloatArray:
        """nu_k, (J,)."""
        rows = np.full_like(self.mass, self.mass.sum()) if self.prior.is_shared else self.mass
        return np.asarray(self.prior.dof + rows)

    @cached_property
    def excess_log_det(self) -> FloatArray:
        """E log |Lambda_k| + log |Psi_k|, (J,)."""
        return _mean_log_det(self.prior.quadratic, self.precision_dof, self.n_features)

    @cached_property
    def divergence(self) -> float:
        """Kullback-Leibler divergence from the prior to all that is believed, in nats."""
        return float(
            self.proportions.divergence
            + self._divergence_of_means.sum()
            + self._divergence_of_precisions.sum()
        )

    @property
    def divergences(self) -> FloatArray:
        """What of the divergence is each component's own, (J,)."""
        own = self._divergence_of_means
        return own if self.prior.is_shared else own + self._divergence_of_precisions

    @property
    def _divergence_of_means(self) -> FloatArray:
        """E KL(q(mu_k | Lambda_k), p), (J,)."""
        ratio = self.prior.mean_precision / self.mean_precision
        away = self.prior.quadratic.of(self.means - self.prior.mean)
        distance = (self.covariances.precision_features * away).sum(axis=-1)
        spread = self.n_features * (ratio - 1.0 - np.log(ratio))
        return np.asarray(0.5 * (spread + self.prior.mean_precision * distance))

    @property
    def _divergence_of_precisions(self) -> FloatArray:
        """KL(q(Lambda_k), p), (J,), or (1,) where it is shared."""
        prior, n_features = self.prior, self.n_features
        n = 1 if prior.is_shared else len(self.mass)
        log_det, dof = self.covariances.log_det[:n], self.precision_dof[:n]
        own = prior.log_normalisers(log_det, dof)
        trace = (self.covariances.precision_features[:n] * prior.scatter).sum(axis=-1)
        mean_log_det = self.excess_log_det[:n] - log_det
        grown = 0.5 * (dof - prior.dof) * mean_log_det - 0.5 * (dof * n_features - trace)
        return np.asarray(own - prior.log_normaliser + grown)

    def bound(self, log_likelihood: float) -> float:
        """Lower bound of the log evidence, a total over rows."""
        return log_likelihood - self.divergence

    def take(self, order: IntArray) -> "Posterior":
        """The same components in another order, or some of them."""
        means, covariances = self.means[order], self.covariances.take(order)
        return Posterior.of(self.prior, self.mass[order], means, covariances)

    @cached_property
    def predictive(self) -> StudentComponents:
        """Distribution of a further row, all that is not known of the parameters averaged out.

        The empty slots are all alike, and so are one component, the last.
        """
        slots, n, prior = self.slots, len(self.mass), self.prior
        count = min(n + 1, prior.n_slots)
        weights = np.append(slots.weights[:n], slots.weights[n:].sum())[:count]
        rows = np.append(self.mean_precision, prior.mean_precision)[:count]
        known = self.precision_dof
        dof = np.append(known, known[0] if prior.is_shared else prior.dof)[:count]
        spread = 1.0 + 1.0 / rows
        if prior.quadratic is PACKED:
            spread *= dof / (dof + 1.0 - self.n_features)
            dof = dof + 1.0 - self.n_features
        elif prior.quadratic is RADIAL:
            dof = dof * self.n_features
        return StudentComponents(
            weights,
            slots.means[:count],
            slots.covariances.take(np.arange(count)),
            spread,
            dof,
            prior.quadratic is SQUARES,
        )

    @cached_property
    def slots(self) -> Components:
        """All K slots; the empty ones are as the prior has them, and no row is theirs."""
        n_empty = self.prior.n_slots - len(self.mass)
        means = np.concatenate([self.means, np.tile(self.prior.mean, (n_empty, 1))])
        logs = np.append(self.log_weights, np.full(n_empty, LOG_ZERO))
        if self.prior.is_shared and n_empty:
            own = np.zeros(self.prior.n_slots, dtype=np.intp)
            covariances = self.covariances.take(own).as_shared()
        elif n_empty:
            empty = self.prior.covariances.take(np.zeros(n_empty, dtype=np.intp))
            covariances = side_by_side([self.covariances, empty])
        else:
            covariances = self.covariances
        return Components(self.proportions.mean, means, covariances, None, logs)
