"""How often rows of one Gaussian are likelier under another."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import Components
from gaussmix.linalg import eigen
from gaussmix.mixture.boxes import Points
from gaussmix.mixture.structure import as_full

#: Numbers held for pairs that are looked at together.
_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Quadratics:
    """log(w_j N_j(x) / (w_i N_i(x))) = c + sum_l (a_l z_l^2 + b_l z_l) for P pairs (i, j).

    For rows of component i the z_l are independent standard normal.

    Attributes
    ----------
    square, linear : (P, L) arrays
        a and b, of which the first columns count most.
    constant : (P,) array
    """

    square: FloatArray
    linear: FloatArray
    constant: FloatArray

    @classmethod
    def of(cls, components: Components, i: IntArray, j: IntArray) -> "Quadratics":
        """Those of the components of numbers i and j, (P,) each."""
        log_odds = components.log_weights[j] - components.log_weights[i]
        own = as_full(components.covariances).take(i)
        away = own.whiten_each(components.means[j] - components.means[i])
        if own.is_shared:
            distance = np.sqrt(np.square(away).sum(axis=1))
            linear = distance[:, None]
            return cls(np.zeros_like(linear), linear, log_odds - 0.5 * distance**2)
        root = np.matmul(own.chol_inverse, as_full(components.covariances).take(j).chol)
        values, vectors = eigen(np.matmul(root, root.swapaxes(1, 2)))
        away = np.matmul(vectors.swapaxes(1, 2), away[..., None])[..., 0]
        square, linear = 0.5 * (1.0 - 1.0 / values), away / values
        constant = log_odds - 0.5 * (np.log(values) + away * linear).sum(axis=1)
        order = np.argsort(-(np.abs(square) + np.abs(linear)), axis=1, kind="stable")
        square, linear = (np.take_along_axis(part, order, axis=1) for part in (square, linear))
        return cls(square, linear, constant)

    def take(self, pairs: IntArray) -> "Quadratics":
        """Those of some pairs."""
        return Quadratics(self.square[pairs], self.linear[pairs], self.constant[pairs])

    def probabilities(self, points: Points, size: int) -> tuple[FloatArray, FloatArray]:
        """Probabilities of being above zero, and their standard errors, (P,) each.

        In the first column it is known, given the others; over these it is averaged.
        """
        first = self.square[:, :1], self.linear[:, :1]
        if self.square.shape[1] == 1:
            exact = _probability(*first, self.constant[:, None])[:, 0]
            return exact, np.zeros_like(exact)
        means = []
        for share in points.shares(self.square.shape[1] - 1, size):
            z = ndtri(share).T
            rest = self.constant[:, None] + self.square[:, 1:] @ z**2 + self.linear[:, 1:] @ z
            means.append(_probability(*first, rest).mean(axis=1))
        error = np.std(means, axis=0, ddof=1) / np.sqrt(len(means))
        return np.mean(means, axis=0), np.asarray(error)


def _probability(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
    """Probability that a z^2 + b z + c is above zero, for a standard normal z."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        discriminant = b * b - 4.0 * a * c
        half = -0.5 * (b + np.copysign(np.sqrt(discriminant), b))
        roots = np.stack([half / a, c / half])
        low, high = roots.min(axis=0), roots.max(axis=0)
        between = np.where(low > 0.0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))
        beyond = ndtr(low) + ndtr(-high)
        crossing = np.where(a < 0.0, between, beyond)
        straight = np.where(b != 0.0, ndtr(c / np.abs(b)), c > 0.0)
        found = np.where(discriminant > 0.0, crossing, np.where(a > 0.0, 1.0, 0.0))
        return np.where(a == 0.0, straight, found)


def pair_overlaps(components: Components, points: Points) -> tuple[FloatArray, FloatArray]:
    """Entry (i, j): probability that a row of i is likelier j's, and its standard error."""
    n_components = components.n_components
    i, j = (part.ravel() for part in np.indices((n_components, n_components)))
    i, j = i[i != j], j[i != j]
    mean, error = np.zeros((2, n_components, n_components))
    together = max(1, _AT_ONCE // (components.n_features**2 << 3))
    for start in range(0, len(i), together):
        a, b = i[start : start + together], j[start : start + together]
        mean[a, b], error[a, b] = _pairs(Quadratics.of(components, a, b), points)
    return mean, error


def _pairs(quadratics: Quadratics, points: Points) -> tuple[FloatArray, FloatArray]:
    """The same of P pairs, with more points until the errors are small enough."""
    n_pairs = len(quadratics.constant)
    mean, error = np.zeros(n_pairs), np.full(n_pairs, np.inf)
    for size in points.sizes():
        some = np.flatnonzero(error > points.tol)
        together = max(1, _AT_ONCE >> size)
        for start in range(0, len(some), together):
            part = some[start : start + together]
            mean[part], error[part] = quadratics.take(part).probabilities(points, size)
    return mean, error
