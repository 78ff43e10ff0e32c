"""Which columns and which rows a picture shows."""

from dataclasses import dataclass, replace
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
    """Rows of a picture.

    Attributes
    ----------
    X : (N, D) array
        Every row, for histograms.
    weight : (N,) array
    points : (M,) array of int
        Numbers of the rows that a scatter shows.
    labels : (M,) array of int
        Component of each of these.
    """

    X: FloatArray
    weight: FloatArray
    points: IntArray
    labels: IntArray

    def of(self, columns: list[int]) -> "ShownRows":
        """The same rows in some of the columns."""
        return replace(self, X=self.X[:, columns])


def shown_rows(
    mixture: Mixture, X: FloatArray, weight: FloatArray | None, labels: Any
) -> ShownRows:
    """The rows of a picture, with labels for as many as a scatter shows."""
    weights = np.ones(len(X)) if weight is None else weight
    points = np.flatnonzero(weights > 0.0)
    if len(points) > _MOST_POINTS:
        rng = np.random.default_rng(0)
        points = np.sort(rng.choice(points, _MOST_POINTS, replace=False))
    if labels is None:
        return ShownRows(X, weights, points, mixture.posterior(X[points]).argmax(axis=1))
    given = np.asarray(labels)
    if given.shape != (len(X),):
        raise errors.wrong_shape("labels", (len(X),), given.shape)
    return ShownRows(X, weights, points, given[points])


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
