"""Mixtures of Student t's in one column, given the others, for each row."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp, stdtr, stdtrit

from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.density import Components, Tails

#: Squared distances beyond which nothing changes any more.
_FARTHEST = 1e300
#: Halvings of a bracket until it is a float64 wide.
_HALVINGS = 100
#: Steps of mean shift at most, and how close in scales it ends.
_STEPS, _CLOSE = 200, 1e-10


@dataclass(frozen=True, eq=False)
class StudentColumns:
    """N mixtures of K Student t's in one column.

    Attributes
    ----------
    weights : (N, K) array
        Each row sums to one.
    places : (N, K) array
        Where each t is highest.
    scales : (N, K) array
    dof : (K,) array
    """

    weights: FloatArray
    places: FloatArray
    scales: FloatArray
    dof: FloatArray

    def mean(self) -> FloatArray:
        """Means, (N,); NaN where a t has none."""
        if (self.dof <= 1.0).any():
            return np.full(len(self.weights), np.nan)
        return np.asarray(np.einsum("nk,nk->n", self.weights, self.places))

    def variance(self) -> FloatArray:
        """Variances, (N,); infinite or NaN where a t has none."""
        with np.errstate(divide="ignore"):
            factors = np.where(self.dof > 2.0, self.dof / (self.dof - 2.0), np.inf)
        away = np.square(self.places - self.mean()[:, None])
        within = np.square(self.scales) * factors
        return np.asarray(np.sum(self.weights * (within + away), axis=1))

    def log_pdf(self, x: FloatArray) -> FloatArray:
        """Log densities of x (N,), (N,)."""
        return np.asarray(self._log_densities(x[:, None])[:, 0])

    def _log_densities(self, x: FloatArray) -> FloatArray:
        """Log densities of points x (N, S), (N, S)."""
        return np.asarray(logsumexp(self._joint(x), axis=2))

    def _joint(self, x: FloatArray) -> FloatArray:
        """Logs of weight times density, (N, S, K), at points x (N, S)."""
        half = 0.5 * (self.dof + 1.0)
        peaks = gammaln(half) - gammaln(0.5 * self.dof) - 0.5 * np.log(np.pi * self.dof)
        with np.errstate(divide="ignore", over="ignore"):
            tops = np.log(self.weights) + peaks - np.log(self.scales)
            square = np.square((x[:, :, None] - self.places[:, None]) / self.scales[:, None])
        return np.asarray(tops[:, None] - half * np.log1p(square / self.dof))

    def interval(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Quantiles that leave out as much on either side, (N,) each."""
        tail = 0.5 * (1.0 - level)
        return self._quantile(tail), self._quantile(1.0 - tail)

    def _quantile(self, q: float) -> FloatArray:
        """What each mixture is at most with probability q, (N,), by bisection."""
        parts = self.places + self.scales * stdtrit(self.dof, q)
        low, high = parts.min(axis=1), parts.max(axis=1)
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            z = (middle[:, None] - self.places) / self.scales
            is_low = np.sum(self.weights * stdtr(self.dof, z), axis=1) < q
            low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
        return np.asarray(0.5 * (low + high))

    def mode(self) -> FloatArray:
        """Highest mode of each mixture, (N,), by mean shift from where each t is highest."""
        x = self.places.copy()
        widest = self.scales.min(axis=1)[:, None]
        for _ in range(_STEPS):
            joint = self._joint(x)
            resp = np.exp(joint - joint.max(axis=2, keepdims=True))
            square = np.square((x[:, :, None] - self.places[:, None]) / self.scales[:, None])
            pull = resp * (self.dof + 1.0) / (self.dof + square) / np.square(self.scales)[:, None]
            new = np.sum(pull * self.places[:, None], axis=2) / pull.sum(axis=2)
            is_done = (np.abs(new - x) <= _CLOSE * widest).all()
            x = new
            if is_done:
                break
        best = self._log_densities(x).argmax(axis=1)
        return np.asarray(x[np.arange(len(x)), best])


def student_columns(
    components: Components, X: AnyArray, column: int
) -> Iterator[tuple[IntArray, StudentColumns]]:
    """What each row's values say of one column, one pattern of gaps after the other.

    Parameters
    ----------
    components : Components
        Student t's without noise.
    X : (N, D) array
        NaN for what is not known; the column itself is not looked at.
    column : int

    Yields
    ------
    rows : (B,) array of int
    columns : StudentColumns
        Of those rows.

    Notes
    -----
    Given the d known columns o, a t is one of v + d degrees of freedom about the Gaussian's
    conditional mean, with the Gaussian's conditional variance times (v + q) / (v + d), q the
    squared distance of the known columns (Ding 2016, The American Statistician 70, 293-295).
    """
    known = ~np.isnan(X)
    known[:, column] = False
    patterns, of = np.unique(known, axis=0, return_inverse=True)
    for p, pattern in enumerate(patterns):
        rows = np.flatnonzero(of.ravel() == p)
        yield rows, _given(components, X[rows], np.flatnonzero(pattern), column)


def _given(components: Components, X: AnyArray, known: IntArray, column: int) -> StudentColumns:
    """Those of rows X (B, D) that have values in the same columns."""
    dof = components.dof
    assert dof is not None
    n_known = len(known)
    part = components.marginal(np.append(known, column))
    split = part.covariances.split(np.arange(n_known))
    marginal = part.marginal(np.arange(n_known), split.marginal)
    x = np.asarray(X, dtype=np.float64)[:, known]
    square = np.empty((components.n_components, len(x)))
    places = np.empty_like(square)
    for k in range(components.n_components):
        away = (x - marginal.means[k]).T
        with np.errstate(over="ignore"):
            square[k] = np.minimum(split.marginal.square_distance(k, away), _FARTHEST)
        places[k] = part.means[k, -1] + split.missing_mean(k, away)[0]
    peaks = (marginal.log_weights + marginal.log_peaks)[:, None]
    joint = peaks - 0.5 * square
    Tails(dof, n_known).fatten(joint, peaks, np.empty_like(joint))
    joint -= logsumexp(joint, axis=0)
    factors = (dof[:, None] + square) / (dof + n_known)[:, None]
    variance = np.broadcast_to(split.remainder[:, -1, -1], components.n_components)
    scales = np.sqrt(variance[:, None] * factors)
    return StudentColumns(np.exp(joint).T, places.T, scales.T, dof + n_known)
