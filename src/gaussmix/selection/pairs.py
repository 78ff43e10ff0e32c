"""Sums over rows that say how far clusters of components are apart, pair by pair."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import entr, rel_entr

from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import Block
from gaussmix.density import RowWise

#: Numbers of the components of one cluster, rising.
Cluster = tuple[int, ...]


def membership(clusters: Sequence[Cluster], n_components: int, *, has_noise: bool) -> FloatArray:
    """Ones (C, K) where a cluster holds a component; with noise a row and a column more."""
    members = np.zeros((len(clusters) + has_noise, n_components + has_noise))
    for number, cluster in enumerate(clusters):
        members[number, list(cluster)] = 1.0
    if has_noise:
        members[-1, -1] = 1.0
    return members


@dataclass(frozen=True, slots=True)
class PairSums:
    """Sums over rows that say how far pairs of clusters are apart; they add.

    Attributes
    ----------
    mass : (C,) array
        Expected weight of each cluster's rows.
    gains : (P,) array
        Entropy that merging each of the pairs asked for would free.
    taken : (C, C) array
        Entry (i, j): expected weight of cluster j's rows that are taken for cluster i's.
    doubt : float
        Entropy of the choice between noise and all clusters together.
    """

    mass: FloatArray
    gains: FloatArray
    taken: FloatArray
    doubt: float

    def __add__(self, other: "PairSums") -> "PairSums":
        return PairSums(
            self.mass + other.mass,
            self.gains + other.gains,
            self.taken + other.taken,
            self.doubt + other.doubt,
        )

    @property
    def overlaps(self) -> FloatArray:
        """The larger probability of each pair that one's row is taken for the other's, (C, C)."""
        share = self.taken / np.where(self.mass > 0.0, self.mass, 1.0)
        np.fill_diagonal(share, 0.0)
        return np.maximum(share, share.T)


@dataclass(frozen=True)
class SumPairs:
    """The pair sums of one block.

    Attributes
    ----------
    row_wise : RowWise
        Of the components.
    members : (C, K) array, or (C + 1, K + 1) with noise
        Which cluster holds which component.
    pairs : (P, 2) array of int
        Clusters whose merging is looked at.
    """

    row_wise: RowWise
    members: FloatArray
    pairs: IntArray

    def __call__(self, block: Block) -> PairSums:
        """The sums over the rows of a block."""
        posterior = self.row_wise.posterior(block)
        weight = np.ones(len(posterior)) if block.weight is None else block.weight
        counts = weight > 0.0
        weight = weight[counts]
        parts = self.members @ posterior[counts].T
        has_noise = self.row_wise.components.noise is not None
        clusters = parts[: len(parts) - has_noise]
        owners = parts.argmax(axis=0) == np.arange(len(clusters))[:, None]
        weighted = clusters * weight
        return PairSums(
            clusters @ weight,
            np.array([_gain(clusters[i], clusters[j]) @ weight for i, j in self.pairs]),
            owners @ weighted.T,
            float(_doubt(clusters, parts[-1]) @ weight) if has_noise else 0.0,
        )


def _gain(one: FloatArray, other: FloatArray) -> FloatArray:
    """(a + b) log(a + b) - a log a - b log b for posteriors (B,), as a sum without cancelling."""
    both = one + other
    return np.asarray(-rel_entr(one, both) - rel_entr(other, both))


def _doubt(clusters: FloatArray, noise: FloatArray) -> FloatArray:
    """Entropy (B,) of the choice between noise and all clusters (C, B)."""
    return np.asarray(entr(noise) + entr(clusters.sum(axis=0)))
