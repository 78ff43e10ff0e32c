"""Which columns and which rows a picture shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.mixture import Mixture

#: Points that a scatter still shows one by one.
_MOST_POINTS = 5_000
#: Columns whose pairs are compared; of more, those that tell the components apart alone.
_MOST_COLUMNS = 24


@dataclass(frozen=True, slots=True)
class ShownRows:
    """Rows of a picture, in the columns that it shows.

    Attributes
    ----------
    X : (N, d) array
        Every row that has a value in each of these columns, for histograms.
    weight : (N,) array
    points : (M,) array of int
        Numbers of the rows that a scatter shows.
    labels : (M,) array of int
        Component of each of these.
    n_hidden : int
        Rows that count and have a gap in a column shown.
    """

    X: FloatArray
    weight: FloatArray
    points: IntArray
    labels: IntArray
    n_hidden: int


def shown_rows(
    mixture: Mixture, X: FloatArray, weight: FloatArray | None, labels: Any, columns: list[int]
) -> ShownRows:
    """The rows of a picture of some columns, with labels for as many as a scatter shows."""
    weights = np.ones(len(X)) if weight is None else weight
    given = None if labels is None else np.asarray(labels)
    if given is not None and given.shape != (len(X),):
        raise errors.wrong_shape("labels", (len(X),), given.shape)
    counts = weights > 0.0
    is_whole = ~np.isnan(X[:, columns]).any(axis=1)
    whole = np.flatnonzero(is_whole)
    points = np.flatnonzero(counts[whole])
    if len(points) > _MOST_POINTS:
        rng = np.random.default_rng(0)
        points = np.sort(rng.choice(points, _MOST_POINTS, replace=False))
    chosen = whole[points]
    return ShownRows(
        X[whole][:, columns],
        weights[whole],
        points,
        _labels(mixture, X[chosen]) if given is None else given[chosen],
        int((counts & ~is_whole).sum()),
    )


def _labels(mixture: Mixture, X: FloatArray) -> IntArray:
    """Likeliest component of each row, -1 for noise."""
    if not len(X):
        return np.empty(0, dtype=np.intp)
    label = mixture.posterior(X).argmax(axis=1)
    return np.where(label == mixture.n_components, -1, label)


def most_telling(mixture: Mixture) -> list[int]:
    """The two columns in which the components differ most, in their order; one where D is 1."""
    n_features = mixture.n_features
    if n_features <= 2:
        return list(range(n_features))
    alone = [_separation(mixture, [j]) for j in range(n_features)]
    best = sorted(np.argsort(-np.array(alone), kind="stable")[:_MOST_COLUMNS].tolist())
    pairs = [[i, j] for i in best for j in best if i < j]
    return max(pairs, key=lambda pair: _separation(mixture, pair))


def _separation(mixture: Mixture, columns: list[int]) -> float:
    """Chance that two draws come from components told apart by the columns.

    sum over a < b of w_a w_b (1 - BC), BC the Bhattacharyya coefficient of two Gaussians.
    """
    part = mixture.marginal(columns)
    weights, means, matrices = part.weights, part.means, part.components.covariances.dense()
    a, b = np.triu_indices(part.n_components, 1)
    middle = 0.5 * (matrices[a] + matrices[b])
    away = (means[a] - means[b])[:, :, None]
    squares = (away * np.linalg.solve(middle, away)).sum(axis=(1, 2))
    log_det = np.linalg.slogdet(matrices)[1]
    overlap = np.linalg.slogdet(middle)[1] - 0.5 * (log_det[a] + log_det[b])
    return float((weights[a] * weights[b]) @ -np.expm1(-squares / 8.0 - 0.5 * overlap))
