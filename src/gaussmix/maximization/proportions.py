"""Priors of the proportions, and what is known of them once rows are counted.

Of K slots the first J hold rows; the others are empty and keep their prior.

*Dirichlet*: pi ~ Dirichlet(c, ..., c), so that pi | z ~ Dirichlet(c + N_k).

*Stick breaking*: pi_k = v_k prod_{j<k} (1 - v_j) with v_k ~ Beta(1, c) for k < K, and v_K = 1: the
last slot has whatever is left of the stick, so that the proportions sum to one. This is the
Dirichlet process truncated at K (Ishwaran & James 2001, J. Am. Stat. Assoc. 96, 161-173; Blei &
Jordan 2006, Bayesian Analysis 1, 121-144). Then v_k | z ~ Beta(1 + N_k, c + sum_{j>k} N_j).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import betaln, digamma, gammaln

from gaussmix._typing import FloatArray, IntArray


@dataclass(frozen=True)
class Proportions(ABC):
    """What is known of the proportions of K slots.

    Attributes
    ----------
    concentration : float
        c, of the prior.
    mass : (K,) array
        Weight N_k of the rows in each slot; zeros for none, which is the prior.
    """

    concentration: float
    mass: FloatArray

    #: Whether slots of more mass come first: where their order matters it is the likeliest.
    by_mass = False

    @property
    @abstractmethod
    def parameters(self) -> FloatArray | tuple[FloatArray, FloatArray]:
        """Those of the distribution, under scikit-learn's conventions."""

    @property
    @abstractmethod
    def mean(self) -> FloatArray:
        """Expected proportions, (K,); they sum to one."""

    @property
    @abstractmethod
    def mean_log(self) -> FloatArray:
        """Expected logarithms of the proportions, (K,)."""

    @property
    @abstractmethod
    def divergence(self) -> float:
        """Kullback-Leibler divergence from the prior to this, in nats."""

    @property
    def evidence(self) -> float:
        """Log probability of the slots' counts with the proportions integrated out, in nats."""
        return float(self.mass @ self.mean_log) - self.divergence

    @abstractmethod
    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Independent draws of the proportions, (n, K)."""

    def given(self, mass: FloatArray) -> "Proportions":
        """The same prior once rows of this mass (J,), J <= K, are in the first slots."""
        full = np.zeros(len(self.mass))
        full[: len(mass)] = mass
        return type(self)(self.concentration, full)


class Dirichlet(Proportions):
    """Proportions with one Dirichlet distribution."""

    @property
    def parameters(self) -> FloatArray:
        """c + N_k, (K,)."""
        return self.concentration + self.mass

    @property
    def mean(self) -> FloatArray:
        """Expected proportions, (K,)."""
        return np.asarray(self.parameters / self.parameters.sum())

    @cached_property
    def mean_log(self) -> FloatArray:
        """Expected logarithms of the proportions, (K,)."""
        return np.asarray(digamma(self.parameters) - digamma(self.parameters.sum()))

    @property
    def divergence(self) -> float:
        """Kullback-Leibler divergence from the prior, in nats."""
        prior = np.full_like(self.mass, self.concentration)
        own = self.parameters
        normalisers = gammaln(own.sum()) - gammaln(own).sum()
        normalisers -= gammaln(prior.sum()) - gammaln(prior).sum()
        return float(normalisers + self.mass @ self.mean_log)

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Independent draws of the proportions, (n, K)."""
        return np.asarray(rng.dirichlet(self.parameters, size=n))


class StickBreaking(Proportions):
    """Proportions that are broken off a stick one after the other."""

    by_mass = True

    @cached_property
    def parameters(self) -> tuple[FloatArray, FloatArray]:
        """Those of the Beta distributions, (K,) each; the second of the last is 0."""
        after = np.append(np.cumsum(self.mass[:0:-1])[::-1], 0.0)
        second = self.concentration + after
        second[-1] = 0.0
        return 1.0 + self.mass, second

    @property
    def mean(self) -> FloatArray:
        """Expected proportions, (K,)."""
        first, second = self.parameters
        left = np.cumprod(second[:-1] / (first + second)[:-1])
        return np.asarray(first / (first + second) * np.append(1.0, left))

    @cached_property
    def _mean_logs(self) -> tuple[FloatArray, FloatArray]:
        """Expected logarithms of the sticks and of what they leave, but of the last, (K - 1,)."""
        first, second = (of[:-1] for of in self.parameters)
        whole = digamma(first + second)
        return digamma(first) - whole, digamma(second) - whole

    @cached_property
    def mean_log(self) -> FloatArray:
        """Expected logarithms of the proportions, (K,)."""
        broken, left = self._mean_logs
        return np.asarray(np.append(broken, 0.0) + np.append(0.0, np.cumsum(left)))

    @property
    def divergence(self) -> float:
        """Kullback-Leibler divergence from the prior, in nats."""
        broken, left = self._mean_logs
        first, second = (of[:-1] for of in self.parameters)
        normalisers = betaln(1.0, self.concentration) - betaln(first, second)
        change = (first - 1.0) * broken + (second - self.concentration) * left
        return float((normalisers + change).sum())

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Independent draws of the proportions, (n, K)."""
        first, second = (of[:-1] for of in self.parameters)
        sticks = rng.beta(first, second, size=(n, len(first)))
        left = np.cumprod(1.0 - sticks, axis=1)
        ones = np.ones((n, 1))
        return np.asarray(np.append(sticks, ones, axis=1) * np.append(ones, left, axis=1))


#: Proportions by scikit-learn's names of their priors.
PROPORTIONS: dict[str, type[Proportions]] = {
    "dirichlet_process": StickBreaking,
    "dirichlet_distribution": Dirichlet,
}


def worth_keeping(mass: FloatArray, weight: float, *, by_mass: bool) -> IntArray:
    """Numbers of the components that hold rows, in the order that they are to have.

    Parameters
    ----------
    mass : (J,) array
    weight : float
        Of all rows. A component of less than `EMPTY` times it is empty: to leave it out
        changes no row's density by more than that.
    by_mass : bool
        Whether to put those of more mass first.
    """
    kept = np.flatnonzero(mass > EMPTY * weight)
    if not len(kept):
        kept = np.array([int(np.argmax(mass))])
    return kept[np.argsort(-mass[kept], kind="stable")] if by_mass else kept


#: Share of all rows below which a component is empty.
EMPTY = 1e-9
