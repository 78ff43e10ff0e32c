"""How much of a clustering other samples of the same rows find again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.errors.tables import table
from gaussmix.errors.words import counted

#: Mean Jaccard similarities from which a cluster is called so (Hennig 2007, 2008).
_READINGS = ((0.85, "highly stable"), (0.75, "stable"), (0.6, "a pattern, its edges in doubt"))
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far one clustering agrees with another.

    Attributes
    ----------
    adjusted_rand : float
        1 for the same clusters, 0 on average for independent ones.
    jaccard : (K,) array
        For each cluster of the first the largest Jaccard similarity to one of the second; NaN
        where it has no row.
    """

    adjusted_rand: float
    jaccard: FloatArray


@dataclass(frozen=True)
class ClusterStability:
    """What refits to resampled rows made of the clusters.

    Attributes
    ----------
    adjusted_rand : (B,) array
        Adjusted Rand index of each refit's labels with the original ones, over all rows.
    jaccard : (B, K) array
        For each refit and component the largest Jaccard similarity to a component of the refit.
    failures : tuple of str
        Why other refits failed.

    Notes
    -----
    Hubert & Arabie (1985), J. Classif. 2, 193-218; Hennig (2007), Comput. Stat. Data Anal. 52,
    258-271; Fang & Wang (2012), Comput. Stat. Data Anal. 56, 468-477.
    """

    adjusted_rand: FloatArray
    jaccard: FloatArray
    failures: tuple[str, ...] = ()

    @property
    def mean(self) -> float:
        """Mean adjusted Rand index."""
        return float(self.adjusted_rand.mean())

    @property
    def n_failed(self) -> int:
        """How many refits failed."""
        return len(self.failures)

    @property
    def component_stability(self) -> FloatArray:
        """Mean Jaccard similarity of each component, (K,)."""
        return np.asarray(self.jaccard.mean(axis=0))

    def quantile(self, q: float | Sequence[float]) -> FloatArray:
        """Quantiles of the adjusted Rand index."""
        return np.asarray(np.quantile(self.adjusted_rand, q))

    def table(self) -> dict[str, list[object]]:
        """A row per component: its mean and lowest tenth of similarity, and what that means."""
        means = self.component_stability
        return {
            "component": list(range(len(means))),
            "jaccard": means.tolist(),
            "10% below": np.quantile(self.jaccard, 0.1, axis=0).tolist(),
            "reading": [_reading(mean) for mean in means.tolist()],
        }

    def __str__(self) -> str:
        levels = ", ".join(
            f"{100 * q:g}% {value:.3f}"
            for q, value in zip(_QUANTILES, self.quantile(_QUANTILES).tolist(), strict=True)
        )
        refits = counted(len(self.adjusted_rand), "refit")
        sentence = f"Adjusted Rand index with {refits} to resampled rows: mean {self.mean:.3f}"
        parts = [f"{sentence} ({levels})", table(self.table())]
        if self.failures:
            parts.append(f"{counted(self.n_failed, 'refit')} failed; first: {self.failures[0]}")
        return "\n\n".join(parts)

    def __repr__(self) -> str:
        return str(self)


def _reading(similarity: float) -> str:
    """What a mean Jaccard similarity says of a cluster."""
    if np.isnan(similarity):
        return "no row"
    named = (words for least, words in _READINGS if similarity >= least)
    return next(named, "not to be trusted")


def stability_of(ends: Sequence[Agreement | str]) -> ClusterStability:
    """The stability from what became of each refit: its agreement, or why it failed.

    Raises
    ------
    ValueError
        Where every refit failed.
    """
    found = [end for end in ends if isinstance(end, Agreement)]
    failures = tuple(end for end in ends if isinstance(end, str))
    if not found:
        raise errors.every_refit_failed(len(ends), failures)
    return ClusterStability(
        np.array([end.adjusted_rand for end in found]),
        np.array([end.jaccard for end in found]),
        failures,
    )


def resample(weight: FloatArray, rng: np.random.Generator) -> FloatArray:
    """How often each row comes in a bootstrap sample, (N,).

    As many draws as the weights (N,) count rows; a row of weight 2 is drawn as two rows would be.
    """
    total = float(weight.sum())
    counts = rng.multinomial(max(1, round(total)), weight / total)
    return counts.astype(np.float64)


def agreement(
    labels: IntArray, others: IntArray, n_components: int, weight: FloatArray
) -> Agreement:
    """How far two clusterings of the same rows agree.

    Parameters
    ----------
    labels, others : (N,) arrays of int
        From 0 to K - 1, and -1 for noise, which counts as one cluster more.
    n_components : int
        K.
    weight : (N,) array
        How often each row counts.
    """
    size = n_components + 1
    cells = (labels + 1) * size + (others + 1)
    counts = np.bincount(cells, weight, minlength=size * size)
    shared = counts.astype(np.float64, copy=False).reshape(size, size)
    return Agreement(adjusted_rand_index(shared), _jaccard(shared)[1:])


def adjusted_rand_index(shared: FloatArray) -> float:
    """Hubert & Arabie's index of the weights that clusters share, (K, L)."""
    together = float(_pairs(shared).sum())
    rows = float(_pairs(shared.sum(axis=1)).sum())
    columns = float(_pairs(shared.sum(axis=0)).sum())
    every = float(_pairs(shared.sum()))
    expected = rows * columns / every if every > 0.0 else 0.0
    most = 0.5 * (rows + columns)
    return (together - expected) / (most - expected) if most > expected else 1.0


def _pairs(weight: FloatArray) -> FloatArray:
    """Pairs among as many rows; none where there is less than one row."""
    return np.asarray(0.5 * weight * np.maximum(weight - 1.0, 0.0))


def _jaccard(shared: FloatArray) -> FloatArray:
    """Largest |A and B| / |A or B| of each cluster A with a cluster B that is not noise, (K,)."""
    mine, theirs = shared.sum(axis=1), shared.sum(axis=0)
    either = mine[:, None] + theirs - shared
    share = shared / np.where(either > 0.0, either, 1.0)
    return np.where(mine > 0.0, share[:, 1:].max(axis=1), np.nan)
