"""Random rows of a mixture inside a box."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import FullCovariances
from gaussmix.density import Components, Noise
from gaussmix.mixture.normals import log_between, log_between_and_quantile
from gaussmix.mixture.sampling import sample
from gaussmix.mixture.separated import Separated, separated

#: Log probability below which a box is refused.
_LEAST = -690.0
#: Numbers held for proposals that are made together.
_AT_ONCE = 1 << 20
#: Proposals after which it ends where less than a thousandth of them were kept.
_MOST = 1 << 22


class Proposal(ABC):
    """A part of a mixture inside a box, as what is drawn and then kept or not."""

    log_bound: float

    @abstractmethod
    def draw(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Rows (n, D) in the units of the data, and logs (n,) of the chances to keep them.

        The part's density at a row is exp(log_bound) times the chance times the density that the
        row was drawn from.
        """


@dataclass(frozen=True)
class UniformPart(Proposal):
    """Noise inside a box: every draw is kept."""

    low: FloatArray
    high: FloatArray
    log_bound: float

    @classmethod
    def of(cls, noise: Noise, lower: FloatArray, upper: FloatArray) -> "UniformPart":
        """Of the noise's own box."""
        low, high = np.maximum(lower, noise.low), np.minimum(upper, noise.high)
        with np.errstate(divide="ignore"):
            shared = np.log(np.maximum(high - low, 0.0) / (noise.high - noise.low))
        return cls(low, high, float(shared.sum()))

    def draw(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:  # noqa: D102  as above
        return rng.uniform(self.low, self.high, (n, len(self.low))), np.zeros(n)


@dataclass(frozen=True)
class IndependentPart(Proposal):
    """A Gaussian of independent columns inside a box, by inverses: every draw is kept."""

    mean: FloatArray
    std: FloatArray
    low: FloatArray
    high: FloatArray
    log_bound: float

    def draw(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:  # noqa: D102  as above
        z = log_between_and_quantile(self.low, self.high, rng.random((n, len(self.mean))))[1]
        return self.mean + self.std * z, np.zeros(n)


@dataclass(frozen=True)
class DependentPart(Proposal):
    """Any Gaussian inside a box, by the proposals of `separated`."""

    mean: FloatArray
    std: FloatArray
    box: Separated
    log_bound: float

    def draw(self, n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:  # noqa: D102  as above
        z, psi = self.box.draws(rng.random((n, len(self.mean))))
        return self.mean + self.std * z, psi - self.log_bound


def truncated_sample(
    components: Components,
    box: tuple[FloatArray, FloatArray],
    n: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, IntArray]:
    """Rows (n, D) inside a box with corners (D,) each, and their components (n,); -1 for noise.

    Columns with an end are drawn first, the others given them.
    """
    lower, upper = box
    bounded = np.isfinite(lower) | np.isfinite(upper) | ~(lower < upper)
    if not bounded.any():
        return sample(components, n, rng)
    if bounded.all() or components.covariances.quadratic.along_axes:
        return _inside(components, lower, upper, n, rng)
    known, others = np.flatnonzero(bounded), np.flatnonzero(~bounded)
    X = np.empty((n, components.n_features))
    part = components.marginal(known)
    X[:, known], label = _inside(part, lower[known], upper[known], n, rng)
    for k in range(components.n_components):
        mine = np.flatnonzero(label == k)
        split = components.covariances.take(np.array([k])).split(known)
        away = X[np.ix_(mine, known)] - components.means[k, known]
        spread = FullCovariances.from_dense(split.remainder, 1)
        z = spread.colorize(0, rng.standard_normal((len(mine), len(others))))
        X[np.ix_(mine, others)] = components.means[k, others] + split.missing_mean(0, away.T).T + z
    if components.noise is not None:
        noise, own = components.noise.marginal(others), np.flatnonzero(label == -1)
        X[np.ix_(own, others)] = rng.uniform(noise.low, noise.high, (len(own), len(others)))
    return X, label


def _inside(
    components: Components,
    lower: FloatArray,
    upper: FloatArray,
    n: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, IntArray]:
    """The same, of columns that are drawn together.

    A component is proposed by its weight times the bound of its weights, then a row of it, and
    the row is kept by its chance. So kept rows follow the mixture inside the box exactly, though
    no component's probability of the box is known.
    """
    parts: list[Proposal] = [
        _part(components, k, lower, upper) for k in range(components.n_components)
    ]
    weights = components.weights
    if components.noise is not None:
        parts.append(UniformPart.of(components.noise, lower, upper))
        weights = np.append(weights, components.noise.weight)
    with np.errstate(divide="ignore"):
        log_share = np.log(weights) + [part.log_bound for part in parts]
    total = float(logsumexp(log_share))
    if not total > _LEAST:
        raise errors.box_without_rows(total)
    share = np.exp(log_share - total)
    X, label = _kept(parts, share / share.sum(), components.n_features, n, rng)
    if components.noise is not None:
        label[label == components.n_components] = -1
    return np.clip(X, lower, upper), label


def _part(components: Components, k: int, lower: FloatArray, upper: FloatArray) -> Proposal:
    """One component inside the box."""
    mean, std = components.means[k], np.sqrt(components.covariances.variances[k])
    low, high = (lower - mean) / std, (upper - mean) / std
    if len(mean) == 1 or components.covariances.quadratic.along_axes:
        log_p = float(log_between(low, high).sum())
        return IndependentPart(mean, std, low, high, log_p)
    if not (low < high).all():
        return IndependentPart(mean, std, low, high, -np.inf)
    correlations = components.covariances.matrix(k) / np.outer(std, std)
    box = separated(correlations, low[None], high[None])
    return DependentPart(mean, std, box, float(box.log_bound[0]))


def _kept(
    parts: list[Proposal],
    share: FloatArray,
    n_features: int,
    n: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, IntArray]:
    """Rows (n, D) kept of the parts' proposals, and the parts that they are of, (n,)."""
    X, label = np.empty((n, n_features)), np.empty(n, dtype=np.intp)
    most = max(1, _AT_ONCE // n_features)
    n_kept = n_tried = 0
    while n_kept < n:
        if n_tried > _MOST and n_kept < n_tried / 1000:
            raise errors.box_too_rare(n_tried, n_kept)
        count = min(most, n - n_kept + (n - n_kept) // 4 + 16)
        of = rng.choice(len(parts), size=count, p=share)
        rows, log_chance = np.empty((count, n_features)), np.empty(count)
        for k, part in enumerate(parts):
            mine = np.flatnonzero(of == k)
            if len(mine):
                rows[mine], log_chance[mine] = part.draw(len(mine), rng)
        # 1 - u lies above zero.
        good = np.flatnonzero(np.log(1.0 - rng.random(count)) <= log_chance)[: n - n_kept]
        X[n_kept : n_kept + len(good)] = rows[good]
        label[n_kept : n_kept + len(good)] = of[good]
        n_kept += len(good)
        n_tried += count
    return X, label
