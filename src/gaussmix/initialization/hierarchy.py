"""Model-based agglomeration: partitions into any number of clusters from one hierarchy.

Fraley (1998), "Algorithms for model-based Gaussian hierarchical clustering", SIAM J. Sci.
Comput. 20, 270-281: each row starts as a cluster, and at each step the two clusters merge
whose merger costs the classification likelihood the least.
"""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.initialization.clusters import Clusters, Ellipsoids, Penalised, Spheres
from gaussmix.initialization.partners import Partners
from gaussmix.linalg import eigen

#: Columns and directions in which the rows vary by no more than rounding are left out.
_FLAT = 1e-12


@dataclass(frozen=True)
class Hierarchy:
    """The order in which M rows merge.

    Attributes
    ----------
    merges : (M - 1, 2) array of int
        First rows of the two clusters that merge at each step, the lesser first: the number
        by which the merged one goes from then on.
    """

    merges: IntArray

    @property
    def n_rows(self) -> int:
        """Number M of rows."""
        return len(self.merges) + 1

    def labels(self, n_clusters: int) -> IntArray:
        """Labels (M,) of a partition into `n_clusters`, numbered in order of their first rows."""
        first = list(range(self.n_rows))
        for kept, gone in self.merges[: self.n_rows - n_clusters][::-1].tolist():
            first[gone] = first[kept]
        return np.unique(first, return_inverse=True)[1]


def agglomerate_spheres(rows: FloatArray, weight: FloatArray) -> Hierarchy:
    """Hierarchy by the likelihood of spheres of one variance: Ward's sum of squares.

    Parameters
    ----------
    rows : (M, D) array
    weight : (M,) array
        A row of weight w is w equal rows.
    """
    return _agglomerate(Spheres(rows, weight))


def agglomerate_ellipsoids(rows: FloatArray, weight: FloatArray) -> Hierarchy:
    """Hierarchy by the likelihood of ellipsoids, as Fraley (1998) mends it for small clusters.

    A cluster of weight n and scatter W adds n log(|W/n| + (tr W + a) / n), with a the mean
    variance of the columns. The trace rules wherever it exceeds the determinant, which for
    rows of small variance is everywhere.

    Parameters
    ----------
    rows : (M, D) array
    weight : (M,) array
        A row of weight w is w equal rows.
    """
    return _agglomerate(Ellipsoids(rows, weight))


def agglomerate_penalised(rows: FloatArray, weight: FloatArray, strength: float = 0.3) -> Hierarchy:
    """Hierarchy by the penalised likelihood of ellipsoids.

    A cluster of weight n and scatter W adds n log |(W + r I)/n|: what its likelihood, penalised
    by the pseudo-scatter r I, comes to at its maximum. On sphered rows the hierarchy depends
    neither on the columns' units nor on their directions, so long parallel clusters are found
    however long they are.

    Parameters
    ----------
    rows : (M, D) array
    weight : (M,) array
        A row of weight w is w equal rows.
    strength : float
        The pseudo-scatter r, in units of the mean variance of the columns.
    """
    return _agglomerate(Penalised(rows, weight, strength))


def svd_scores(rows: FloatArray, weight: FloatArray) -> FloatArray:
    """Scores (M, R) of standardised rows along their principal directions, halfway to sphered.

    With the standardised rows Z = U S V', each row counted by its weight, these are Z V S^-1/2
    (Scrucca & Raftery 2015, "Improved initialisation of model-based clustering using Gaussian
    hierarchical partitions", Adv. Data Anal. Classif. 9, 447-460). Directions in which the
    rows do not vary are left out; rows that do not vary at all give one column of zeros.

    Parameters
    ----------
    rows : (M, D) array
    weight : (M,) array
    """
    share = weight / weight.sum()
    away = rows - share @ rows
    spread = np.sqrt(share @ away**2)
    varies = spread > _FLAT * np.abs(rows).max(axis=0)
    if not varies.any():
        return np.zeros((len(rows), 1))
    away = away[:, varies] / spread[varies]
    values, vectors = eigen((away * share[:, None]).T @ away)
    kept = values > _FLAT * values[-1]
    singular = np.sqrt(values[kept] * weight.sum())
    return np.asarray(away @ (vectors[:, kept] / np.sqrt(singular)))


def _agglomerate(clusters: Clusters) -> Hierarchy:
    """Merge the two clusters that it costs the least, until one is left."""
    partners = Partners(clusters.first_costs())
    first_row = list(range(partners.n_left))
    merges = np.empty((partners.n_left - 1, 2), dtype=np.intp)
    for merge in merges:
        kept, gone, cost = partners.cheapest()
        merge[:] = sorted((first_row[kept], first_row[gone]))
        partners.remove(kept, gone)
        clusters.merge(kept, gone, cost)
        clusters.move(partners.n_left, gone)
        first_row[gone] = first_row[partners.n_left]
        first_row[kept] = int(merge[0])
        partners.renew(kept, clusters.costs(kept, partners.n_left))
    return Hierarchy(merges)
