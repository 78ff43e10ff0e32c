"""Which rows are outliers: a share of them, or a tail probability under the mixture."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.density import Components
from gaussmix.execution import Team
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

    def log_tails(self, X: AnyArray, log_density: FloatArray, team: Team) -> FloatArray:
        """Log probabilities that a draw's log density is at most a row's, (N,).

        Of rows X (N, D) with gaps that of the density of the same columns; 0 without a value.
        """
        out = np.zeros(len(X))
        for rows, tails in team.map(
            lambda one: (one[0], self._of(one[1]).log_tail(log_density[one[0]])), _patterns(X)
        ):
            out[rows] = tails
        return out

    def levels(self, X: AnyArray, log_tail: float, team: Team) -> FloatArray:
        """The log density in each row's columns with that log tail probability, (N,).

        0, which is also its log density, of a row without a value.
        """
        out = np.zeros(len(X))
        for rows, level in team.map(
            lambda one: (one[0], self._of(one[1]).level(log_tail)), _patterns(X)
        ):
            out[rows] = level
        return out

    def _of(self, known: IntArray) -> Rarity:
        """That of rows with values in those columns."""
        if len(known) == self.components.n_features:
            return self.complete()
        return rarity_of(self.components.marginal(known), np.random.default_rng(self.seed))


def _patterns(X: AnyArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Numbers of the rows that have values in the same columns, any at all, and these columns."""
    patterns, of = np.unique(~np.isnan(X), axis=0, return_inverse=True)
    order = np.argsort(of.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(of.ravel(), minlength=len(patterns)))[:-1]
    for rows, known in zip(np.split(order, ends), patterns, strict=True):
        if known.any():
            yield rows, np.flatnonzero(known)


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
