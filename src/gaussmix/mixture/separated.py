"""Boxes in many columns of one Gaussian, taken column by column with the best of proposals.

With R = L L' the correlations, x = L z lies in a box where each z_j lies between limits that
follow from z_1 ... z_j-1 (Genz 1992, J. Comput. Graph. Stat. 1, 141-149). Drawn in turn from
normals of mean mu_j between those limits, z has the weight exp(psi(z, mu)),

    psi(z, mu) = sum_j log P_j(z, mu) + mu_j^2 / 2 - mu_j z_j,

with P_j what the normal of mean mu_j gives to its limits and mu_D = 0. Its mean is the box's
probability. psi falls away on all sides of a point in z and rises away from one in mu; at the
saddle its value bounds the weights, and so closely that most draws are kept by rejection, and few
are needed for the mean, however small it is (Botev 2017, J. R. Stat. Soc. B 79, 125-148).
"""

from dataclasses import dataclass

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.linalg import solve
from gaussmix.mixture.normals import log_between, log_between_and_quantile

_LOG_ROOT_2PI = 0.5 * float(np.log(2.0 * np.pi))
#: Newton's steps, and halvings of one, before a row goes without tilt.
_MOST_STEPS = 300
_MOST_HALVINGS = 12
#: What a Newton step may still change of psi where the saddle is reached, and near enough.
_CLOSE, _NEAR = 1e-12, 1e-6
#: Least share of a column's variance that may be left given others.
_THIN = 1e-15


@dataclass(frozen=True)
class Separated:
    """One Gaussian and B boxes, ready to be walked through.

    Attributes
    ----------
    order : (B, D) array of int
        The column of each step.
    spread : (B, D) array
        Diagonal of the Cholesky factor of the correlations in that order.
    slopes : (B, D, D) array
        The factor's rows over its diagonal, zero on and above the diagonal.
    low, high : (B, D) arrays
        Ends of the boxes in that order, in units of `spread`.
    tilt : (B, D) array
        mu; the last is zero.
    log_bound : (B,) array
        What no log weight exceeds.
    """

    order: IntArray
    spread: FloatArray
    slopes: FloatArray
    low: FloatArray
    high: FloatArray
    tilt: FloatArray
    log_bound: FloatArray

    def log_weights(self, shares: FloatArray) -> FloatArray:
        """psi (B, M) at points that uniform shares (M, D - 1) stand for."""
        return self._walk(shares)[0]

    def draws(self, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Points (M, D) in the first box, in standard units, and psi (M,), for shares (M, D)."""
        psi, z = self._walk(shares)
        placed = np.empty(shares.shape)
        x = z + np.einsum("ij,mj->mi", self.slopes[0], z)
        placed[:, self.order[0]] = x * self.spread[0]
        return placed, psi[0]

    def _walk(self, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
        """psi (B, M), and z of the first box (M, D) as far as there are shares."""
        n_steps = self.low.shape[1]
        psi = np.zeros((len(self.low), len(shares)))
        z = np.zeros((n_steps, *psi.shape))
        for j in range(n_steps):
            moved = self.tilt[:, j, None] + np.einsum("bi,ibm->bm", self.slopes[:, j, :j], z[:j])
            low, high = self.low[:, j, None] - moved, self.high[:, j, None] - moved
            if j == shares.shape[1]:
                psi += log_between(low, high)
                break
            log_p, x = log_between_and_quantile(low, high, shares[None, :, j])
            tilt = self.tilt[:, j, None]
            z[j] = x + tilt
            psi += log_p + tilt * (0.5 * tilt - z[j])
        return psi, z[:, 0].T


def separated(correlations: FloatArray, low: FloatArray, high: FloatArray) -> Separated:
    """Boxes (B, D), D > 1, of a standard normal with correlations (D, D), ready to be walked."""
    order, factor, low, high, inside = _ordered(correlations, low, high)
    spread = np.einsum("bii->bi", factor).copy()
    slopes = factor / spread[:, :, None]
    slopes[:, range(len(correlations)), range(len(correlations))] = 0.0
    low, high = low / spread, high / spread
    tilt, log_bound = _saddle(_Psi(slopes, low, high), inside[:, :-1])
    return Separated(order, spread, slopes, low, high, tilt, log_bound)


def _ordered(
    correlations: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """Orders (B, D), factors (B, D, D), the ends in that order, and means of z in turn, (B, D).

    First the column whose interval is least likely, then the one that is so given the mean of
    the first inside, and so on (Gibson, Glasbey & Elston 1994, Advances in Numerical Methods).
    """
    n_rows, n_columns = low.shape
    low, high = low.copy(), high.copy()
    order = np.tile(np.arange(n_columns), (n_rows, 1))
    factor = np.zeros((n_rows, n_columns, n_columns))
    inside = np.zeros((n_rows, n_columns))
    rows = np.arange(n_rows)
    for j in range(n_columns):
        left = np.maximum(1.0 - np.square(factor[:, j:, :j]).sum(axis=2), _THIN)
        root = np.sqrt(left)
        centre = np.einsum("bij,bj->bi", factor[:, j:, :j], inside[:, :j])
        log_p = log_between((low[:, j:] - centre) / root, (high[:, j:] - centre) / root)
        chosen = j + np.argmin(log_p, axis=1)
        for array in (order, low, high, factor):
            array[rows, chosen], array[:, j] = array[:, j].copy(), array[rows, chosen]
        factor[:, j, j] = root[rows, chosen - j]
        pair = correlations[order[:, j, None], order[:, j + 1 :]]
        pair = pair - np.einsum("bij,bj->bi", factor[:, j + 1 :, :j], factor[:, j, :j])
        factor[:, j + 1 :, j] = pair / factor[:, j, j, None]
        middle = np.einsum("bj,bj->b", factor[:, j, :j], inside[:, :j])
        ends = np.stack([low[:, j], high[:, j]]) - middle
        inside[:, j] = _mean_and_fall(*(ends / factor[:, j, j]))[0]
    return order, factor, low, high, inside


def _mean_and_fall(low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of a standard normal between limits, and its variance there less one."""
    log_p = log_between(low, high)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        at_low = np.exp(-0.5 * np.square(low) - log_p - _LOG_ROOT_2PI)
        at_high = np.exp(-0.5 * np.square(high) - log_p - _LOG_ROOT_2PI)
        mean = at_low - at_high
        low, high = (np.where(np.isfinite(end), end, 0.0) for end in (low, high))
        return mean, low * at_low - high * at_high - np.square(mean)


@dataclass(frozen=True)
class _Psi:
    """psi of B boxes as a function of x and mu, both without their last entries, which are 0."""

    slopes: FloatArray
    low: FloatArray
    high: FloatArray

    def take(self, rows: IntArray) -> "_Psi":
        return _Psi(self.slopes[rows], self.low[rows], self.high[rows])

    def _limits(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What is left of the limits after all moves, (B, D) each."""
        n = self.low.shape[1] - 1
        moved = np.einsum("bij,bj->bi", self.slopes[:, :, :n], at[:, :n])
        moved[:, :n] += at[:, n:]
        return self.low - moved, self.high - moved

    def value(self, at: FloatArray) -> FloatArray:
        """psi, (B,), at x and mu (B, 2 (D - 1))."""
        n = self.low.shape[1] - 1
        x, tilt = at[:, :n], at[:, n:]
        log_p = log_between(*self._limits(at)).sum(axis=1)
        return np.asarray(log_p + np.einsum("bi,bi->b", tilt, 0.5 * tilt - x))

    def gradient(self, at: FloatArray) -> FloatArray:
        """Derivatives by x and mu, (B, 2 (D - 1))."""
        n = self.low.shape[1] - 1
        x, tilt = at[:, :n], at[:, n:]
        mean = _mean_and_fall(*self._limits(at))[0]
        by_x = np.einsum("bij,bi->bj", self.slopes[:, :, :n], mean) - tilt
        return np.concatenate([by_x, tilt - x + mean[:, :n]], axis=1)

    def hessian(self, at: FloatArray) -> FloatArray:
        """Second derivatives, (B, 2 (D - 1), 2 (D - 1))."""
        n = self.low.shape[1] - 1
        fall = _mean_and_fall(*self._limits(at))[1]
        known = self.slopes[:, :, :n]
        bent = fall[:, :, None] * known
        eye = np.eye(n)
        hessian = np.empty((len(at), 2 * n, 2 * n))
        hessian[:, :n, :n] = known.swapaxes(1, 2) @ bent
        hessian[:, n:, :n] = bent[:, :n] - eye
        hessian[:, :n, n:] = hessian[:, n:, :n].swapaxes(1, 2)
        hessian[:, n:, n:] = (1.0 + fall[:, :n])[:, :, None] * eye
        return hessian


def _saddle(psi: _Psi, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The tilt (B, D) at the saddle of psi, and psi there (B,), by damped Newton steps.

    They set out from x (B, D - 1) and mu = 0. Rows where they do not arrive go without: with
    mu = 0 no weight exceeds 1.
    """
    n_rows, n = start.shape
    at = np.concatenate([start, np.zeros((n_rows, n))], axis=1)
    slope = psi.gradient(at)
    left = np.full(n_rows, np.inf)
    open_ = np.arange(n_rows)
    for _ in range(_MOST_STEPS):
        part = psi.take(open_)
        step = -solve(part.hessian(at[open_]), slope[open_][:, :, None])[:, :, 0]
        left[open_] = np.abs(np.einsum("bi,bi->b", step, slope[open_]))
        step[~np.isfinite(step).all(axis=1)] = 0.0
        before = at[open_]
        at[open_], slope[open_] = _shortened(part, before, slope[open_], step)
        moving = (at[open_] != before).any(axis=1) & ~(left[open_] < _CLOSE)
        open_ = open_[moving]
        if len(open_) == 0:
            break
    log_bound = psi.value(at)
    lost = ~(left < _NEAR) | ~np.isfinite(log_bound)
    at[lost], log_bound[lost] = 0.0, 0.0
    tilt = np.concatenate([at[:, n:], np.zeros((n_rows, 1))], axis=1)
    return tilt, np.minimum(log_bound, 0.0)


def _shortened(
    psi: _Psi, at: FloatArray, slope: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Where steps lead that are halved until the gradient falls, and the gradient there."""
    norm = np.einsum("bi,bi->b", slope, slope)
    length = np.ones(len(at))
    found, found_slope = at.copy(), slope.copy()
    todo = np.arange(len(at))
    for _ in range(_MOST_HALVINGS):
        there = at[todo] + length[todo, None] * step[todo]
        new = psi.take(todo).gradient(there)
        better = np.einsum("bi,bi->b", new, new) < norm[todo]
        found[todo[better]], found_slope[todo[better]] = there[better], new[better]
        todo = todo[~better]
        if len(todo) == 0:
            break
        length[todo] *= 0.5
    return found, found_slope
