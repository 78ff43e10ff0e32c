"""What merging two components, or giving one up, would do to the bound before the loop goes on.

At given assignments the bound of the best posterior is

    sum_k Phi(N_k, xbar_k, W_k) + P(N_1, ..., N_K) + H,

where Phi is the log evidence of a component's rows under its prior, P that of the assignments
under the prior of the proportions, and H the entropy of the assignments. Merging two components
adds up their statistics, and loses the entropy of who has which row; a removal leaves its rows to
the others.
"""

from dataclasses import dataclass, replace

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import Lineup, Within
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization import Posterior, VariationalPrior


@dataclass(frozen=True, slots=True)
class Shares:
    """Whose the rows of a sketch are.

    Attributes
    ----------
    posterior : (M, J) array
        Probabilities of the components.
    weight : (M,) array
        They sum to the weight of all rows.
    """

    posterior: FloatArray
    weight: FloatArray


def pair_gains(
    posterior: Posterior, statistics: SufficientStatistics, shares: Shares
) -> list[tuple[float, int, int]]:
    """Gain in the bound, in nats, of merging j < k, for every pair, the largest first."""
    first, second = np.triu_indices(len(posterior.mass), 1)
    gains = _evidence_gains(posterior.prior, statistics, first, second)
    gains += _assignment_gains(posterior, first, second)
    gains -= _shared_entropy(shares, first, second)
    order = np.argsort(-gains, kind="stable")
    return [(float(gains[i]), int(first[i]), int(second[i])) for i in order]


def _evidence_gains(
    prior: VariationalPrior, statistics: SufficientStatistics, first: IntArray, second: IntArray
) -> FloatArray:
    """What the sum of Phi gains by each pair's merging."""
    own = statistics.rebase(statistics.means)
    mass, means = own.mass, own.means
    of, n_features = prior.quadratic.of, len(prior.mean)
    both = mass[first] + mass[second]
    share = np.divide(mass[second], both, out=np.zeros_like(both), where=both > 0.0)
    middle = means[first] + share[:, None] * (means[second] - means[first])
    between = (share * mass[first])[:, None] * of(means[second] - means[first])

    def pulled(n: FloatArray, mean: FloatArray) -> FloatArray:
        """Scatter that the prior's mean adds to that of n rows about their mean."""
        ratio = prior.mean_precision * n / (prior.mean_precision + n)
        return np.asarray(ratio[:, None] * of(mean - prior.mean))

    apart = pulled(mass, means)
    change = between + pulled(both, middle) - apart[first] - apart[second]
    precision = np.log(prior.mean_precision + mass) - np.log(prior.mean_precision)
    merged_precision = np.log(prior.mean_precision + both) - np.log(prior.mean_precision)
    gain = 0.5 * n_features * (precision[first] + precision[second] - merged_precision)
    if prior.is_shared:
        dof = prior.dof + mass.sum()
        whole = prior.scatter + own.scatter + apart.sum(axis=0)
        before = _log_normalisers(prior, whole[None], np.array([dof]))
        after = _log_normalisers(prior, whole + change, np.full(len(first), dof))
        return np.asarray(gain + before - after)
    scatter = prior.scatter + own.scatter + apart
    each = _log_normalisers(prior, scatter, prior.dof + mass)
    together = scatter[first] + scatter[second] - prior.scatter + change
    after = _log_normalisers(prior, together, prior.dof + both)
    return np.asarray(gain + each[first] + each[second] - after - prior.log_normaliser)


def _log_normalisers(prior: VariationalPrior, scatter: FloatArray, dof: FloatArray) -> FloatArray:
    """Log normalisers (P,) of precisions with these scatters (P, Q)."""
    apart = Lineup(np.ones(len(dof), dtype=np.intp))
    covariances = prior.family.rule(Within(scatter, dof, len(prior.mean), apart))
    return prior.log_normalisers(covariances.log_det, dof)


def _assignment_gains(posterior: Posterior, first: IntArray, second: IntArray) -> FloatArray:
    """What P gains by each pair's merging."""
    proportions, mass = posterior.proportions, posterior.mass
    before = proportions.evidence
    gains = np.empty(len(first))
    for i, (j, k) in enumerate(zip(first, second, strict=True)):
        both = np.delete(mass, k)
        both[j] += mass[k]
        if proportions.by_mass:
            both = -np.sort(-both)
        gains[i] = proportions.given(both).evidence - before
    return gains


def _shared_entropy(shares: Shares, first: IntArray, second: IntArray) -> FloatArray:
    """Entropy of which of two components a row belongs to, summed over rows, for each pair."""
    own = _neg_log(shares.posterior)
    entropy = np.empty(len(first))
    for j in np.unique(first):
        pairs = np.flatnonzero(first == j)
        others = second[pairs]
        both = shares.posterior[:, [j]] + shares.posterior[:, others]
        lost = own[:, [j]] + own[:, others] - _neg_log(both)
        entropy[pairs] = shares.weight @ lost
    return entropy


def _neg_log(p: FloatArray) -> FloatArray:
    """-p log p."""
    return np.asarray(-p * np.log(np.maximum(p, np.finfo(np.float64).tiny)))


def removal_gains(posterior: Posterior, shares: Shares) -> FloatArray:
    """Gain in the bound, in nats, of giving each component's rows to the others, (J,)."""
    left = np.maximum(1.0 - shares.posterior, np.finfo(np.float64).tiny)
    return np.asarray(posterior.divergences + shares.weight @ np.log(left))


def merged(statistics: SufficientStatistics, pairs: list[tuple[int, int]]) -> SufficientStatistics:
    """The statistics once the components of each pair are one; no component is in two pairs."""
    mass, means = statistics.mass, statistics.means
    reference = means.copy()
    for j, k in pairs:
        both = mass[j] + mass[k]
        middle = means[j] + (mass[k] / both if both > 0.0 else 0.0) * (means[k] - means[j])
        reference[[j, k]] = middle
    sums = statistics.rebase(reference)
    mass, shift = sums.mass.copy(), sums.shift.copy()
    scatter = sums.scatter.copy()
    for j, k in pairs:
        mass[j] += mass[k]
        shift[j] += shift[k]
        if not sums.kind.pooled:
            scatter[j] += scatter[k]
    kept = np.delete(np.arange(len(mass)), [k for _, k in pairs])
    return replace(sums, mass=mass, shift=shift, scatter=scatter).take(kept)
