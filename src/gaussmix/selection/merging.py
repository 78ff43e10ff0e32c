"""Components merged into clusters: which pair first, and how far."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data import Source
from gaussmix.density import RowWise
from gaussmix.errors.tables import table
from gaussmix.errors.words import counted
from gaussmix.execution import Team
from gaussmix.mixture import Mixture
from gaussmix.selection.elbow import elbow
from gaussmix.selection.pairs import Cluster, SumPairs, membership

#: Rules that say which pair is merged next.
MERGE_METHODS = ("entropy", "overlap")
#: Pairs with less misclassification are two clusters (Hennig 2010).
LEAST_OVERLAP = 0.025
#: Merging does not end with a merge that frees less entropy per row than this, in nats.
LEAST_GAIN = 0.05


@dataclass(frozen=True, slots=True)
class Merge:
    """Two clusters that become one.

    Attributes
    ----------
    first, second : tuple of int
        Numbers of their components; the first holds the lowest.
    gain : float
        Entropy of the assignments that it frees, a total over rows, in nats.
    overlap : float
        The larger of the two probabilities that a row of one is taken for the other's.
    weight : float
        Expected weight of the rows of both.
    """

    first: Cluster
    second: Cluster
    gain: float
    overlap: float
    weight: float

    @property
    def cluster(self) -> Cluster:
        """What both become."""
        return tuple(sorted(self.first + self.second))


@dataclass(frozen=True)
class MergeTree:
    """The order in which components merge, and the clusters that they make.

    Attributes
    ----------
    mixture : Mixture
        Of K components.
    method : str
        "entropy" or "overlap".
    merges : tuple of Merge
        The first leaves K - 1 clusters, the last one.
    entropies : tuple of float
        Entropy of the assignments to 1, 2, ..., K clusters: -sum_n w_n sum_c t_nc log t_nc, in
        nats.
    n_clusters : int
        The number chosen.

    Notes
    -----
    Clusters are numbered by the lowest number of their components. Noise is never merged: its
    label is -1, and its posterior the last column.
    """

    mixture: Mixture
    method: str
    merges: tuple[Merge, ...]
    entropies: tuple[float, ...]
    n_clusters: int

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return self.mixture.n_components

    def clusters(self, n_clusters: int | None = None) -> tuple[Cluster, ...]:
        """Numbers of the components of each cluster.

        Parameters
        ----------
        n_clusters : int, optional
            By default the number chosen.

        Raises
        ------
        ValueError
            For a number that is not one from 1 to K.
        """
        asked = self.n_clusters if n_clusters is None else n_clusters
        n = check_n_clusters(asked, self.n_components)
        groups: list[Cluster] = [(k,) for k in range(self.n_components)]
        for merge in self.merges[: self.n_components - n]:
            groups = joined(groups, merge.first, merge.second)
        return tuple(groups)

    def labels(self, n_clusters: int | None = None) -> IntArray:
        """The cluster of each component, (K,)."""
        labels = np.empty(self.n_components, dtype=np.intp)
        for number, cluster in enumerate(self.clusters(n_clusters)):
            labels[list(cluster)] = number
        return labels

    def combine(self, posterior: Any, n_clusters: int | None = None) -> AnyArray:
        """Posterior probabilities of the clusters from those of the components.

        Parameters
        ----------
        posterior : array-like of shape (N, K), or (N, K + 1) with noise
            As `predict_proba` gives them.
        n_clusters : int, optional

        Returns
        -------
        (N, n_clusters) array, or (N, n_clusters + 1) with noise
        """
        has_noise = self.mixture.components.noise is not None
        values = np.asarray(posterior)
        if values.ndim != 2 or values.shape[1] != self.n_components + has_noise:
            raise errors.not_posteriors(values.shape, self.n_components + has_noise)
        members = membership(self.clusters(n_clusters), self.n_components, has_noise=has_noise)
        return np.asarray(values @ members.T.astype(values.dtype))

    def posterior(self, X: Any, n_clusters: int | None = None) -> FloatArray:
        """Soft assignment: the probability that each row came from each cluster.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for missing values.
        n_clusters : int, optional

        Returns
        -------
        (N, n_clusters) array, or (N, n_clusters + 1) with noise
        """
        return np.asarray(self.combine(self.mixture.posterior(X), n_clusters))

    def predict(self, X: Any, n_clusters: int | None = None) -> IntArray:
        """Likeliest cluster of each row, (N,); -1 for noise.

        Not always the cluster of the likeliest component: two components of one cluster count
        together.
        """
        n = len(self.clusters(n_clusters))
        label = self.posterior(X, n_clusters).argmax(axis=1)
        return np.where(label == n, -1, label)

    def table(self) -> dict[str, list[object]]:
        """A row per merge: the clusters left, what is merged, and what it frees."""
        return {
            "clusters": [self.n_components - 1 - i for i in range(len(self.merges))],
            "merged": [f"{_words(m.first)} + {_words(m.second)}" for m in self.merges],
            "entropy": list(self.entropies[-2::-1]) if self.merges else [],
            "gain": [m.gain for m in self.merges],
            "gain per row": [gain_per_row(m) for m in self.merges],
            "overlap": [m.overlap for m in self.merges],
        }

    def __str__(self) -> str:
        made = ", ".join(_words(cluster) for cluster in self.clusters())
        sentence = (
            f"{counted(self.n_components, 'component')} in {counted(self.n_clusters, 'cluster')}, "
            f"merged by {self.method}: {made}"
        )
        if not self.merges:
            return sentence
        return f"{sentence}\n\nentropy unmerged {self.entropies[-1]:.6g}\n{table(self.table())}"

    def __repr__(self) -> str:
        return str(self)


def _words(cluster: Cluster) -> str:
    """A cluster's components in words."""
    return "{" + " ".join(map(str, cluster)) + "}"


def check_n_clusters(n_clusters: object, n_components: int) -> int:
    """A number of clusters that there can be."""
    is_whole = isinstance(n_clusters, int | np.integer) and not isinstance(n_clusters, bool)
    if not is_whole or not 1 <= n_clusters <= n_components:  # type: ignore[operator]  # a whole number
        raise errors.wrong_n_clusters(n_clusters, n_components)
    return int(n_clusters)  # type: ignore[call-overload, no-any-return]  # as above


def joined(groups: Sequence[Cluster], first: Cluster, second: Cluster) -> list[Cluster]:
    """The clusters once two of them are one, in the first one's place."""
    both = tuple(sorted(first + second))
    return [both if group == first else group for group in groups if group != second]


def gain_per_row(merge: Merge) -> float:
    """Entropy that a merge frees per row of the two clusters, in nats."""
    return merge.gain / merge.weight if merge.weight > 0.0 else 0.0


def merge_tree(
    mixture: Mixture, source: Source, team: Team, method: str, n_clusters: int | None = None
) -> MergeTree:
    """Merge two components after the other until one cluster is left; choose where to stop.

    One pass over the rows for each merge, and no array of their number.

    Parameters
    ----------
    mixture : Mixture
    source : Source
    team : Team
    method : {"entropy", "overlap"}
    n_clusters : int or None
        Where to stop; None chooses.
    """
    if method not in MERGE_METHODS:
        raise errors.unknown_choice("method", method, MERGE_METHODS)
    n_components = mixture.n_components
    if n_clusters is not None:
        check_n_clusters(n_clusters, n_components)
    merges, doubt = _merge_all(mixture, source, team, method)
    # Summed from below, where nothing cancels.
    entropies = tuple(accumulate((merge.gain for merge in reversed(merges)), initial=doubt))
    if n_clusters is None:
        n_clusters = _choose(merges, entropies, method)
    return MergeTree(mixture, method, tuple(merges), entropies, int(n_clusters))


def _merge_all(
    mixture: Mixture, source: Source, team: Team, method: str
) -> tuple[list[Merge], float]:
    """Every merge, and the entropy that is left of noise."""
    components = mixture.components
    row_wise = RowWise.of(components, source)
    cut = row_wise.cut(source)
    groups: list[Cluster] = [(k,) for k in range(mixture.n_components)]
    gains: dict[tuple[Cluster, Cluster], float] = {}
    merges: list[Merge] = []
    doubt = 0.0
    while len(groups) > 1:
        pairs = list(combinations(range(len(groups)), 2))
        fresh = [(i, j) for i, j in pairs if (groups[i], groups[j]) not in gains]
        members = membership(groups, mixture.n_components, has_noise=components.noise is not None)
        sums = cut.sum(SumPairs(row_wise, members, np.array(fresh, dtype=np.intp)), team)
        for (i, j), gain in zip(fresh, sums.gains.tolist(), strict=True):
            gains[groups[i], groups[j]] = gain
        overlaps, doubt = sums.overlaps, sums.doubt
        rank = {
            (i, j): gains[groups[i], groups[j]] if method == "entropy" else overlaps[i, j]
            for i, j in pairs
        }
        i, j = max(pairs, key=rank.__getitem__)
        first, second = groups[i], groups[j]
        weight = float(sums.mass[i] + sums.mass[j])
        merges.append(Merge(first, second, gains[first, second], float(overlaps[i, j]), weight))
        groups = joined(groups, first, second)
    return merges, doubt


def _choose(merges: Sequence[Merge], entropies: Sequence[float], method: str) -> int:
    """The number of clusters where merging should stop."""
    n_components = len(merges) + 1
    if method == "overlap":
        small = (i for i, merge in enumerate(merges) if merge.overlap < LEAST_OVERLAP)
        return n_components - next(small, len(merges))
    if n_components < 3:
        return n_components
    merged = list(accumulate((merge.weight for merge in reversed(merges)), initial=0.0))
    n_clusters = 1 + elbow(np.array(merged), np.array(entropies))
    while n_clusters < n_components and gain_per_row(merges[-n_clusters]) < LEAST_GAIN:
        n_clusters += 1
    return n_clusters
