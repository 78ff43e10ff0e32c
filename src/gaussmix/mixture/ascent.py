"""The way up: from points to the maxima of the mixtures they belong to."""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import Covariances
from gaussmix.linalg import cholesky, eigen, invert_lower, solve
from gaussmix.mixture.terrain import Sight, Terrain

#: Numbers held for the points that climb together.
_AT_ONCE = 1 << 20
#: Steps after which even a flat summit is as near as rounding lets it be.
_MOST_STEPS = 200
#: Lengths in units of the mixture's own spread: of a step that ends the climb, of the longest
#: one that the curvature alone justifies, and of the one that leaves a saddle.
_SHORT, _LONG, _NUDGE = 1e-9, 0.5, 0.1
#: Curvatures nearer to zero than this are flat.
_FLAT = 1e-6
#: Relative to a log density, what rounding may take off it.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Steps:
    """Where S points may go next.

    Attributes
    ----------
    shift : (S, M) array
        The mean-shift step, which never leads down.
    bold : (S, M) array
        Newton's, turned upwards along every axis.
    is_last : (S,) array of bool
        Whether a maximum is nearer than matters.
    """

    shift: FloatArray
    bold: FloatArray
    is_last: BoolArray


def next_steps(sight: Sight, precisions: FloatArray) -> Steps:
    """Steps from what points see.

    In coordinates in which P = sum_k r_k inverse(Sigma_k) is the identity, the gradient is the
    mean-shift step (Carreira-Perpinan 2000, IEEE Trans. Pattern Anal. 22, 1318-1323), and the
    negative Hessian I - C has eigenvalues of at most one.
    """
    whitener = invert_lower(cholesky(sight.mean_precision(precisions)))
    gradient = np.matmul(whitener, sight.gradient[..., None])[..., 0]
    roots = np.matmul(whitener, sight.differences)
    curvature = np.eye(gradient.shape[1]) - np.matmul(roots, roots.swapaxes(1, 2))
    values, vectors = eigen(curvature)
    along = np.matmul(vectors.swapaxes(1, 2), gradient[..., None])[..., 0]
    along /= np.maximum(np.abs(values), _FLAT)
    length = np.sqrt(np.square(along).sum(axis=1))
    most = np.maximum(np.sqrt(np.square(gradient).sum(axis=1)), _LONG)
    along *= np.minimum(1.0, most / np.maximum(length, most))[:, None]
    is_short = length <= _SHORT
    is_saddle = values[:, 0] < -_FLAT
    along[is_short & is_saddle, 0] = _NUDGE
    bold = np.matmul(vectors, along[..., None])
    back = whitener.swapaxes(1, 2)
    return Steps(
        np.matmul(back, gradient[..., None])[..., 0],
        np.matmul(back, bold)[..., 0],
        is_short & ~is_saddle,
    )


def climb(terrain: Terrain, x: FloatArray, of: IntArray) -> FloatArray:
    """The maxima (S, M) that points x (S, M) of the mixtures of numbers `of` climb to."""
    size = terrain.n_features * (2 * terrain.n_features + 3 * terrain.n_components)
    size = max(1, _AT_ONCE // size)
    pieces = [slice(start, start + size) for start in range(0, len(x), size)]
    return np.concatenate([_climb(terrain, x[piece], of[piece]) for piece in pieces])


def _climb(terrain: Terrain, x: FloatArray, of: IntArray) -> FloatArray:
    """The same of points that are few enough."""
    x = x.copy()
    log_density = terrain.log_density(x, of)
    climbing = np.arange(len(x))
    for _ in range(_MOST_STEPS):
        at, whose = x[climbing], of[climbing]
        steps = next_steps(terrain.see(at, whose), terrain.precisions)
        new = at + steps.bold
        height = terrain.log_density(new, whose)
        old = log_density[climbing]
        lower = np.flatnonzero(height < old - _ROUNDING * (1.0 + np.abs(old)))
        new[lower] = at[lower] + steps.shift[lower]
        height[lower] = terrain.log_density(new[lower], whose[lower])
        x[climbing], log_density[climbing] = new, height
        climbing = climbing[~steps.is_last]
        if len(climbing) == 0:
            break
    return x


def highest_modes(weights: FloatArray, means: FloatArray, covariances: Covariances) -> FloatArray:
    """The highest mode of each of N mixtures that have their covariances in common.

    Parameters
    ----------
    weights : (N, K) array
        At least zero; only their ratios within a row count.
    means : (N, K, M) array
    covariances : Covariances
        Of the K components, in M columns.

    Returns
    -------
    (N, M) array

    Notes
    -----
    Climbs start at the means of the components and, where covariances differ, at the maximum of
    the product of each two: the only maximum of a mixture of two may lie where they cross. With
    h_k = w_k times component k's largest density, a maximum as high as max_k h_k is mostly owed
    to a component with h_k of at least max_k h_k / K; starts lower than the highest start's
    density / K are left out, and crossings lower than half of it.
    """
    terrain = Terrain.of_weights(weights, means, covariances)
    crossings = _gains(covariances)
    out = np.empty((len(weights), terrain.n_features))
    size = max(1, _AT_ONCE // ((terrain.n_components + len(crossings)) * terrain.n_features))
    for start in range(0, len(weights), size):
        piece = slice(start, start + size)
        part = Terrain(terrain.log_heights[piece], means[piece], covariances)
        out[piece] = _highest(part, crossings)
    return out


def _gains(covariances: Covariances) -> dict[tuple[int, int], FloatArray]:
    """Sigma_i inverse(Sigma_i + Sigma_j), (M, M), of all pairs whose covariances differ."""
    if covariances.is_shared:
        return {}
    dense = covariances.dense()
    first, second = np.triu_indices(len(dense), 1)
    gains = solve(dense[first] + dense[second], dense[first]).swapaxes(-1, -2)
    return dict(zip(zip(first.tolist(), second.tolist(), strict=True), gains, strict=True))


def _highest(terrain: Terrain, crossings: dict[tuple[int, int], FloatArray]) -> FloatArray:
    """The highest mode of each mixture, (N, M)."""
    heights = terrain.log_heights
    n_rows, n_components = heights.shape
    log_k = np.log(n_components)
    is_high = heights >= heights.max(axis=1, keepdims=True) - log_k
    of, which = np.nonzero(is_high)
    starts, owners, share = [terrain.means[of, which]], [of], [np.full(len(of), log_k)]
    for (i, j), gain in crossings.items():
        rows = np.flatnonzero(is_high[:, i] & is_high[:, j])
        first, second = terrain.means[rows, i], terrain.means[rows, j]
        starts.append(first + (second - first) @ gain.T)
        owners.append(rows)
        share.append(np.full(len(rows), np.log(2.0)))
    x, of = np.concatenate(starts), np.concatenate(owners)
    log_density = terrain.log_density(x, of)
    best = np.full(n_rows, -np.inf)
    np.maximum.at(best, of, log_density)
    kept = log_density >= best[of] - np.concatenate(share) - _ROUNDING * (1.0 + np.abs(best[of]))
    x, of = x[kept], of[kept]
    x = climb(terrain, x, of)
    order = np.lexsort((-terrain.log_density(x, of), of))
    first_of = np.searchsorted(of[order], np.arange(n_rows))
    return np.asarray(x[order[first_of]])
