"""Which rows are outliers: a share of them, or a tail probability under the mixture."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.density import Components
from gaussmix.mixture import Mixture, Rarity, rarity_of

#: Of a share of rows, relative.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Calibration:
    """Tail probabilities of log densities, in whichever columns a row has.

    Attributes
    ----------
    components : Components
        Without noise.
    seed : tuple of int
        Of the draws; those of each pattern of gaps begin anew.
    """

    components: Components
    seed: tuple[int, ...]

    def complete(self) -> Rarity:
        """That of rows without gaps."""
        return rarity_of(self.components, np.random.default_rng(self.seed))

    def log_tails(self, X: AnyArray, log_density: FloatArray) -> FloatArray:
        """Log probabilities that a draw's log density is at most a row's, (N,).

        Of rows X (N, D) with gaps that of the density of the same columns; 0 without a value.
        """
        out = np.zeros(len(X))
        for rows, rarity in self._patterns(X):
            out[rows] = rarity.log_tail(log_density[rows])
        return out

    def levels(self, X: AnyArray, log_tail: float) -> FloatArray:
        """The log density in each row's columns with that log tail probability, (N,).

        0, which is also its log density, of a row without a value.
        """
        out = np.zeros(len(X))
        for rows, rarity in self._patterns(X):
            out[rows] = rarity.level(log_tail)
        return out

    def _patterns(self, X: AnyArray) -> Iterator[tuple[IntArray, Rarity]]:
        """Numbers of the rows that have the same values, any at all, and how rare theirs are."""
        patterns, of = np.unique(np.isnan(X), axis=0, return_inverse=True)
        for p, gaps in enumerate(patterns):
            rows = np.flatnonzero(of.ravel() == p)
            if not gaps.any():
                yield rows, self.complete()
            elif not gaps.all():
                part = self.components.marginal(np.flatnonzero(~gaps))
                yield rows, rarity_of(part, np.random.default_rng(self.seed))


def threshold(values: FloatArray, weight: FloatArray | None, share: float) -> float:
    """What the smallest of values (N,) are below: so many that they are no more than that share.

    Half way between the largest value below and the smallest that is not; equal values are on
    the same side. Where even one is too many, the smallest value.
    """
    if weight is not None:
        values, weight = values[weight > 0.0], weight[weight > 0.0]
    rising, of = np.unique(values, return_inverse=True)
    below = np.cumsum(np.bincount(of.ravel(), weight))
    n_below = int(np.searchsorted(below, share * below[-1] * (1.0 + _ROUNDING), side="right"))
    if n_below == 0:
        return float(rising[0])
    last, first = rising[n_below - 1], rising[n_below]
    middle = last + 0.5 * (first - last) if np.isfinite(last) else first
    # There may be no float between the two.
    return float(middle if middle > last else first)


def without_noise(mixture: Mixture) -> Mixture:
    """The mixture of the components alone."""
    components = mixture.components
    if components.noise is None:
        return mixture
    weights = components.weights / components.weights.sum()
    ordinary = replace(components, weights=weights, noise=None)
    return Mixture.from_components(ordinary, mixture.covariance_type, mixture.feature_names)


def ordinary_part(mixture: Mixture, share: float) -> Mixture:
    """The heaviest components, as few as together hold that share of what is no noise."""
    components = without_noise(mixture).components
    order = np.argsort(-components.weights, kind="stable")
    held = np.cumsum(components.weights[order])
    n_kept = int(np.searchsorted(held, share * held[-1] * (1.0 - _ROUNDING))) + 1
    kept = components.take(np.sort(order[:n_kept]))
    kept = replace(kept, weights=kept.weights / kept.weights.sum())
    return Mixture.from_components(kept, mixture.covariance_type, mixture.feature_names)


def check_threshold(contamination: Any, p_value: Any) -> None:
    """Refuse thresholds that are none."""
    is_auto = isinstance(contamination, str) and contamination == "auto"
    if not is_auto and not (_is_number(contamination) and 0.0 < contamination <= 0.5):
        raise errors.contamination_out_of_range(contamination)
    if p_value is None:
        return
    if not (_is_number(p_value) and 0.0 < p_value < 1.0):
        raise errors.tail_out_of_range(p_value)
    if not is_auto:
        raise errors.two_thresholds(contamination, p_value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
