"""What it costs to merge two clusters, by the criteria of model-based agglomeration."""

from abc import ABC, abstractmethod
from typing import final

import numpy as np

from gaussmix._typing import FloatArray

#: The pivots of a scatter matrix stay above rounding when this share of its diagonal is added
#: to it, and no column gives a pivot below the least.
_LIFT, _LEAST = 1e-12, 1e-80
#: Entries of the first table of costs that are made at once.
_AT_ONCE = 1 << 15


class Clusters(ABC):
    """Clusters, each a column of a table, so that a loop over them is one array operation.

    At first every row is a cluster.

    Attributes
    ----------
    table : (S, M) array
        All that is known of the clusters; the other attributes are views of it.
    mass : (M,) array
        Weights.
    mean : (D, M) array
    """

    def __init__(self, rows: FloatArray, weight: FloatArray, n_more: int = 0) -> None:
        n_features = rows.shape[1]
        self.table = np.zeros((1 + n_features + n_more, len(rows)))
        self.mass, self.mean = self.table[0], self.table[1 : 1 + n_features]
        self.mass[:] = weight
        self.mean[:] = rows.T

    @abstractmethod
    def costs_of_rows(self, square: FloatArray, mass: FloatArray, at: slice) -> FloatArray:
        """What it costs to merge the rows `at` with each row, (m, M).

        Parameters
        ----------
        square : (m, M) array
            Scatter of the pair: squared distance times w_i w_j / (w_i + w_j).
        mass : (m, M) array
            Weight of the pair.
        at : slice
        """

    @abstractmethod
    def costs(self, one: int, n_clusters: int) -> FloatArray:
        """What it costs to merge cluster `one` with each of the first, (n_clusters,)."""

    def merge(self, kept: int, gone: int, cost: float) -> None:  # noqa: ARG002  not all keep terms
        """Add cluster `gone` to cluster `kept`, at a cost that is known."""
        mass = self.mass[kept] + self.mass[gone]
        step = (self.mean[:, gone] - self.mean[:, kept]) * (self.mass[gone] / mass)
        self.mean[:, kept] += step
        self.mass[kept] = mass

    @final
    def move(self, source: int, target: int) -> None:
        """Put cluster `source` in the place of cluster `target`."""
        self.table[:, target] = self.table[:, source]

    @final
    def first_costs(self) -> FloatArray:
        """What it costs to merge any two rows, (M, M); infinite on the diagonal."""
        n_rows = len(self.mass)
        table = np.empty((n_rows, n_rows))
        step = max(1, _AT_ONCE // n_rows)
        for start in range(0, n_rows, step):
            at = slice(start, start + step)
            mass = self.mass[at, None] + self.mass
            square = np.zeros_like(mass)
            for column in self.mean:
                away = column - column[at, None]
                square += np.square(away, out=away)
            square *= self.mass[at, None] * self.mass / mass
            table[at] = self.costs_of_rows(square, mass, at)
        np.fill_diagonal(table, np.inf)
        return table

    @final
    def _beside(self, one: int, n: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mass (n,) of `one` with each of the first n; differences of means, plain and weighted."""
        mass = self.mass[:n] + self.mass[one]
        away = self.mean[:, :n] - self.mean[:, one, None]
        return mass, away, away * (self.mass[:n] * self.mass[one] / mass)


@final
class Spheres(Clusters):
    """Clusters of one common variance: a merge costs what it adds to the sum of squares."""

    def costs_of_rows(self, square: FloatArray, mass: FloatArray, at: slice) -> FloatArray:  # noqa: ARG002
        """The scatter of the pairs."""
        return square

    def costs(self, one: int, n_clusters: int) -> FloatArray:
        """Weighted squared distances of means."""
        _, away, weighted = self._beside(one, n_clusters)
        return np.asarray(np.einsum("dm,dm->m", away, weighted))


class Shaped(Clusters):
    """Clusters that each have a scatter matrix of their own, and a term in the criterion.

    Attributes
    ----------
    scatter : (D, D, M) array
    term : (M,) array
        What each cluster adds to minus twice the classification log-likelihood.
    """

    def __init__(self, rows: FloatArray, weight: FloatArray) -> None:
        n_features = rows.shape[1]
        super().__init__(rows, weight, 1 + n_features**2)
        self.term = self.table[1 + n_features]
        self.scatter = self.table[2 + n_features :].reshape(n_features, n_features, -1)

    @abstractmethod
    def terms_of_pairs(self, square: FloatArray, mass: FloatArray) -> FloatArray:
        """Terms of pairs of rows; of rows alone where `square` is zero."""

    @abstractmethod
    def terms(self, scatter: FloatArray, mass: FloatArray) -> FloatArray:
        """Terms (m,) of clusters of given scatter (D, D, m), which is overwritten."""

    @final
    def costs_of_rows(self, square: FloatArray, mass: FloatArray, at: slice) -> FloatArray:
        """Terms of the pairs, less those of the rows."""
        return np.asarray(self.terms_of_pairs(square, mass) - (self.term[at, None] + self.term))

    @final
    def costs(self, one: int, n_clusters: int) -> FloatArray:
        """Terms of the merged clusters, less those of the two."""
        mass, away, weighted = self._beside(one, n_clusters)
        scatter = away[:, None] * weighted
        scatter += self.scatter[:, :, :n_clusters]
        scatter += self.scatter[:, :, one, None]
        return np.asarray(self.terms(scatter, mass) - (self.term[:n_clusters] + self.term[one]))

    @final
    def merge(self, kept: int, gone: int, cost: float) -> None:
        """Add cluster `gone` to cluster `kept`, at a cost that is known."""
        away = self.mean[:, gone] - self.mean[:, kept]
        away *= np.sqrt(self.mass[kept] * self.mass[gone] / (self.mass[kept] + self.mass[gone]))
        self.scatter[:, :, kept] += self.scatter[:, :, gone] + away[:, None] * away
        self.term[kept] += self.term[gone] + cost
        super().merge(kept, gone, cost)


@final
class Ellipsoids(Shaped):
    """Own covariances, and a share of the trace for clusters that have no volume yet.

    The term is n log(|W/n| + (tr W + a) / n), with a the mean variance of the columns.
    """

    def __init__(self, rows: FloatArray, weight: FloatArray) -> None:
        super().__init__(rows, weight)
        self._spread = _mean_variance(rows, weight)
        self.term[:] = self.terms_of_pairs(np.zeros_like(weight), weight)

    def terms_of_pairs(self, square: FloatArray, mass: FloatArray) -> FloatArray:
        """In one column the scatter of a pair is its determinant; else that is zero."""
        volume = square if len(self.mean) == 1 else 0.0
        return np.asarray(mass * np.log((square + volume + self._spread) / mass))

    def terms(self, scatter: FloatArray, mass: FloatArray) -> FloatArray:
        """By a scatter whose diagonal is lifted above rounding."""
        n_features = len(scatter)
        trace = np.einsum("iim->m", scatter)
        diagonal = scatter.reshape(n_features**2, -1)[:: n_features + 1]
        diagonal *= 1.0 + _LIFT
        diagonal += _LEAST
        volume = np.exp(_log_det(scatter) - n_features * np.log(mass))
        return np.asarray(mass * np.log(volume + (trace + self._spread) / mass))


@final
class Penalised(Shaped):
    """Own covariances, each with some pseudo-scatter r I.

    The term is n log |(W + r I)/n|, which the penalised likelihood of a cluster comes to at its
    maximum. `strength` is r in units of the mean variance of the columns.
    """

    def __init__(self, rows: FloatArray, weight: FloatArray, strength: float) -> None:
        super().__init__(rows, weight)
        self._pseudo = strength * _mean_variance(rows, weight)
        self.term[:] = self.terms_of_pairs(np.zeros_like(weight), weight)

    def terms_of_pairs(self, square: FloatArray, mass: FloatArray) -> FloatArray:
        """By the determinant of a multiple of I and one outer product."""
        level = len(self.mean) * np.log(self._pseudo / mass)
        return np.asarray(mass * (level + np.log1p(square / self._pseudo)))

    def terms(self, scatter: FloatArray, mass: FloatArray) -> FloatArray:
        """By the scatter and the pseudo-scatter."""
        n_features = len(scatter)
        scatter.reshape(n_features**2, -1)[:: n_features + 1] += self._pseudo
        return np.asarray(mass * (_log_det(scatter) - n_features * np.log(mass)))


def _mean_variance(rows: FloatArray, weight: FloatArray) -> float:
    """Mean variance of the columns; 1 where none varies."""
    share = weight / weight.sum()
    return float((share @ (rows - share @ rows) ** 2).mean()) or 1.0


def _log_det(matrices: FloatArray) -> FloatArray:
    """Log-determinants (m,) of positive definite matrices (D, D, m), which are overwritten.

    By elimination with all matrices at once: for a few columns a small part of what LAPACK
    takes, which is called once for each matrix.
    """
    n = len(matrices)
    for k in range(n - 1):
        below = matrices[k, k + 1 :]
        matrices[k + 1 :, k + 1 :] -= (below / matrices[k, k])[:, None] * below
    pivots = matrices.reshape(n * n, -1)[:: n + 1]
    return np.asarray(np.log(pivots).sum(axis=0))
