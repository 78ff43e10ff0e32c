"""Weighted k-means: seeding by k-means++ and Lloyd's iterations.

Arthur & Vassilvitskii (2007), "k-means++: the advantages of careful seeding", SODA, with the
greedy choice among 2 + log K candidates. In one thread and in a fixed order, so the same seed
gives the same bits; and without the fixed cost of a general tool, which for a few hundred
rows is longer than a whole fit.
"""

import numpy as np

from gaussmix._typing import FloatArray, IntArray

#: A start for EM need not be k-means to the last row: it may end when no more than this share
#: of the points changes cluster.
_MAX_ITERATIONS, _RESTLESS = 50, 1e-3
#: With more columns than this a matrix product is faster than a count for each.
_MANY_COLUMNS = 32


def _square_distances(points: FloatArray, centres: FloatArray) -> FloatArray:
    """Squared distances (M, K), less each point's own |x|^2."""
    return np.asarray(np.einsum("kd,kd->k", centres, centres) - points @ (2.0 * centres.T))


def plus_plus(
    points: FloatArray, weight: FloatArray, n_clusters: int, rng: np.random.Generator
) -> IntArray:
    """Numbers of `n_clusters` points that lie apart; fewer where fewer are distinct."""
    n_candidates = 2 + int(np.log(n_clusters))
    chosen = [_pick(weight, rng.random(1))[0]]
    nearest = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < n_clusters:
        pull = nearest * weight
        if not pull.sum() > 0.0:
            break
        candidates = _pick(pull, rng.random(n_candidates))
        squares = [np.minimum(((points - points[c]) ** 2).sum(axis=1), nearest) for c in candidates]
        best = int(np.argmin([square @ weight for square in squares]))
        chosen.append(candidates[best])
        nearest = squares[best]
    return np.array(chosen, dtype=np.intp)


def _pick(weight: FloatArray, places: FloatArray) -> IntArray:
    """Numbers of the points at the given places (in 0..1) of the cumulative weight."""
    cumulative = np.cumsum(weight)
    index = np.searchsorted(cumulative, places * cumulative[-1], side="right")
    return np.asarray(np.minimum(index, len(weight) - 1))


def nearest_centre(points: FloatArray, centres: FloatArray) -> IntArray:
    """Number of the nearest centre for each point, (M,)."""
    return np.asarray(np.argmin(_square_distances(points, centres), axis=1))


def lloyd(
    points: FloatArray, weight: FloatArray, n_clusters: int, rng: np.random.Generator
) -> FloatArray:
    """Centres (K, D) near a local optimum of weighted k-means; fewer for fewer distinct points."""
    centres = points[plus_plus(points, weight, n_clusters, rng)]
    labels = nearest_centre(points, centres)
    for _ in range(_MAX_ITERATIONS):
        centres = _centroids(points, weight, labels, centres)
        moved = nearest_centre(points, centres)
        n_moved = np.count_nonzero(moved != labels)
        if n_moved <= _RESTLESS * len(labels):
            break
        labels = moved
    return centres


def _centroids(
    points: FloatArray, weight: FloatArray, labels: IntArray, centres: FloatArray
) -> FloatArray:
    """Weighted means (K, D) of the clusters; an empty one keeps its centre."""
    n_clusters = len(centres)
    mass = np.bincount(labels, weight, n_clusters)
    if points.shape[1] > _MANY_COLUMNS:
        sums = ((labels == np.arange(n_clusters)[:, None]) * weight) @ points
    else:
        each = [np.bincount(labels, weight * column, n_clusters) for column in points.T]
        sums = np.array(each).T
    occupied = mass > 0.0
    means = sums / np.where(occupied, mass, 1.0)[:, None]
    return np.where(occupied[:, None], means, centres)
