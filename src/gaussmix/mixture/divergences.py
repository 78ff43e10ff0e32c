"""Information in mixtures: of pairs of Gaussians in closed form, and as means over the density."""

from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp, ndtri

from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import Components
from gaussmix.mixture.boxes import Points
from gaussmix.mixture.combination import log_contacts, pairs_of, sums_of
from gaussmix.mixture.pairs import integrate
from gaussmix.mixture.structure import as_full
from gaussmix.mixture.terrain import log_joint

#: rows (n, D) -> what each counts if it is a row of each component, (n, K), and last of noise
Count = Callable[[FloatArray], FloatArray]

#: Where intervals of one column end, in standard deviations from a mean; nothing is left beyond.
_ENDS = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0])
#: Numbers held for rows that are looked at together, and nodes of an interval and its halves.
_AT_ONCE, _NODES = 1 << 20, 16
#: Least points of a component in each shift.
_FEWEST = 64


def gaussian_entropies(components: Components) -> FloatArray:
    """Entropies of the Gaussians, (K,), in nats."""
    return np.asarray(0.5 * components.n_features - components.log_peaks)


def gaussian_divergences(first: Components, second: Components) -> FloatArray:
    """Kullback-Leibler divergences of the Gaussians of one from those of another, (K, J)."""
    one, other = as_full(first.covariances), as_full(second.covariances)
    out = np.empty((first.n_components, second.n_components))
    for j in range(second.n_components):
        whitener = other.chol_inverse[0 if other.is_shared else j]
        stretch = np.square(np.matmul(whitener, one.chol)).sum(axis=(1, 2))
        away = np.square(whitener @ (first.means - second.means[j]).T).sum(axis=0)
        log_ratio = other.log_det[j] - one.log_det
        out[:, j] = 0.5 * (stretch + away + log_ratio - first.n_features)
    return np.maximum(out, 0.0)


def bhattacharyya_distances(components: Components) -> FloatArray:
    """-log of the integral of sqrt(N_i N_j) for all pairs of the Gaussians, (K, K)."""
    i, j = pairs_of(components, components)
    full = as_full(components.covariances)
    summed = sums_of(full.take(i), full.take(j))
    away = np.square(summed.whiten_each(components.means[j] - components.means[i])).sum(axis=1)
    log_det = full.log_det
    spread = summed.log_det - components.n_features * np.log(2.0)
    distance = 0.25 * away + 0.5 * (spread - 0.5 * (log_det[i] + log_det[j]))
    return np.asarray(np.maximum(distance, 0.0).reshape(components.n_components, -1))


def entropy_bounds(components: Components) -> tuple[float, float]:
    """Bounds of the entropy of a mixture without noise."""
    alive = components.take(np.flatnonzero(components.weights > 0.0))
    weights, within = alive.weights, float(alive.weights @ gaussian_entropies(alive))
    near, far = bhattacharyya_distances(alive), gaussian_divergences(alive, alive)
    lower, upper = (
        within - float(weights @ logsumexp(alive.log_weights - distance, axis=1))
        for distance in (near, far)
    )
    contact = -float(weights @ logsumexp(log_contacts(alive, alive), axis=1))
    contact += float(weights @ alive.log_weights)
    return max(lower, contact), upper


def entropy(components: Components, points: Points) -> tuple[float, float]:
    """The entropy, and its error.

    That of the choice of a component and of what is drawn from it, less what a row does not
    tell of the choice: sum_k w_k (h_k - log w_k + E_k log r_k).
    """
    weights = components.weights
    alive = weights > 0.0
    value = float(weights[alive] @ (gaussian_entropies(components) - components.log_weights)[alive])
    if components.noise is not None and components.noise.weight > 0.0:
        value -= components.noise.weight * components.noise.log_joint
    less, error = expected(components, _log_posterior(components), components, points)
    return value + less, error


def _log_posterior(components: Components) -> Count:
    def count(x: FloatArray) -> FloatArray:
        joint = log_joint(components, x)
        return np.asarray(joint - logsumexp(joint, axis=1, keepdims=True))

    return count


def divergence(first: Components, second: Components, points: Points) -> tuple[float, float]:
    """Kullback-Leibler divergence of the first from the second, and its error.

    With component j of the second for each k of the first, and posteriors r_k and s_j,
    sum_k w_k (log(w_k / v_j) + KL(N_k, N_j) + E_k(log s_j - log r_k)): where two components
    stand for each other little is left to average.
    """
    if not second.weights.any():
        return _from_noise(first, second, points)
    alive = first.weights > 0.0
    costs = gaussian_divergences(first, second) - second.log_weights
    match = costs.argmin(axis=1)
    known = first.log_weights + costs[np.arange(len(match)), match]

    def count(x: FloatArray) -> FloatArray:
        own, other = log_joint(first, x), log_joint(second, x)
        log_p, log_q = (logsumexp(joint, axis=1, keepdims=True) for joint in (own, other))
        counts = np.broadcast_to(log_p - log_q, own.shape).copy()
        n = first.n_components
        counts[:, :n] = (other[:, match] - log_q) - (own[:, :n] - log_p)
        return counts

    value, error = expected(first, count, second, points)
    return max(value + float(first.weights[alive] @ known[alive]), 0.0), error


def _from_noise(first: Components, second: Components, points: Points) -> tuple[float, float]:
    """The divergence of the first from what is noise alone, and its error."""
    noise, box = first.noise, second.noise
    assert box is not None
    is_inside = (
        noise is not None
        and not first.weights.any()
        and bool((noise.low >= box.low).all() and (noise.high <= box.high).all())
    )
    if box.has_end and not is_inside:
        return np.inf, 0.0
    value, error = entropy(first, points)
    return box.log_volume - value, error


def doubt(components: Components, points: Points) -> tuple[float, float]:
    """Share of rows whose likeliest component is not theirs, and its error."""

    def count(x: FloatArray) -> FloatArray:
        joint = log_joint(components, x)
        posterior = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        posterior[np.arange(len(x)), joint.argmax(axis=1)] = 0.0
        return np.broadcast_to(posterior.sum(axis=1, keepdims=True), joint.shape)

    return expected(components, count, components, points)


def expected(
    components: Components, count: Count, others: Components, points: Points
) -> tuple[float, float]:
    """Mean over the density of what rows count, and its error; the others tell where that changes.

    In one column by quadrature, else over points, more of them until the error is small enough.
    """
    if components.n_features == 1:
        return _by_quadrature(components, count, others)
    value, error = 0.0, np.inf
    for size in points.sizes():
        if error <= points.tol:
            break
        value, error = _by_points(components, count, points, size)
    return value, error


def _by_points(
    components: Components, count: Count, points: Points, size: int
) -> tuple[float, float]:
    """The mean over 2^size points of each shift for the heaviest components, fewer for others."""
    noise, totals = components.noise, []
    for share in points.shares(components.n_features, size):
        z, total = ndtri(share), 0.0
        for k in np.flatnonzero(components.weights):
            weight = components.weights[k]
            n = min(len(z), 1 << int(np.ceil(np.log2(max(weight * len(z), _FEWEST)))))
            x = components.means[k] + components.covariances.colorize(int(k), z[:n])
            total += weight * float(count(x)[:, k].mean())
        if noise is not None and noise.weight > 0.0:
            x = noise.low + (noise.high - noise.low) * share
            total += noise.weight * float(count(x)[:, -1].mean())
        totals.append(total)
    error = float(np.std(totals, ddof=1) / np.sqrt(len(totals)))
    return float(np.mean(totals)), error


def _by_quadrature(components: Components, count: Count, others: Components) -> tuple[float, float]:
    """The mean in one column, by Gauss and Legendre over intervals that are cut where need be."""
    ends = _ends(components, others)

    def density(_: IntArray, x: FloatArray) -> FloatArray:
        joint, counts = np.exp(log_joint(components, x[:, None])), count(x[:, None])
        counts = np.where(joint > 0.0, counts, 0.0)
        return np.asarray(np.einsum("nk,nk->n", joint, counts))

    at = components.means
    posterior = np.exp(_log_posterior(components)(at))
    size = max(1.0, float(np.abs(np.where(posterior > 0.0, count(at), 0.0) * posterior).max()))
    together = max(1, _AT_ONCE // (_NODES * (components.n_components + others.n_components)))
    value = error = 0.0
    for start in range(0, len(ends) - 1, together):
        some = ends[start : start + together + 1]
        part, off = integrate(lambda rows, x: density(rows, x) / size, some[:-1], some[1:])
        value, error = value + size * float(part.sum()), error + size * float(off.sum())
    return value, error


def _ends(components: Components, others: Components) -> FloatArray:
    """Ends of the intervals, rising, from where the density begins to where it ends."""
    steps = np.concatenate([-_ENDS, _ENDS])
    ends, low, high = [], np.inf, -np.inf
    for part in (components, others):
        std = np.sqrt(part.covariances.variances)
        ends.append((part.means + std * steps).ravel())
        if part is components:
            low, high = float(ends[0].min()), float(ends[0].max())
        if part.noise is not None:
            box = np.concatenate([part.noise.low, part.noise.high])
            ends.append(box)
            if part is components:
                low, high = min(low, float(box[0])), max(high, float(box[1]))
    return np.unique(np.clip(np.concatenate(ends), low, high))
