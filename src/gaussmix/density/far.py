"""Rows so far away that their squares overflow: which component is likeliest out there."""

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.density.components import Components
from gaussmix.density.tails import Tails

_TIE = 1e-9


def far_log_joint(components: Components, x: FloatArray) -> FloatArray:
    """Log weights (K, B) of the components that win at rows x (D, B); -inf for the others.

    Along a ray s u, s -> inf, log densities differ first by -s^2 u'P_k u / 2, then, where
    the precisions P_k agree along u, by s u'P_k mu_k, and at last by the weights.
    """
    covariances = components.covariances
    u = x / np.abs(x).max(axis=0)
    white = [covariances.whiten(k, u) for k in range(components.n_components)]
    square = np.stack([np.einsum("db,db->b", y, y) for y in white])
    square[components.weights <= 0.0] = np.inf
    pull = covariances.unwhiten_each(covariances.whiten_each(components.means)) @ u
    wins = square <= square.min(axis=0) * (1.0 + _TIE)
    pull = np.where(wins, pull, -np.inf)
    best = pull.max(axis=0)
    wins &= pull >= best - _TIE * np.abs(best)
    weights = np.where(wins, components.weights[:, None], 1.0)
    return np.where(wins, np.log(weights), -np.inf)


def far_student_log_joint(components: Components, x: FloatArray) -> FloatArray:
    """Log joint densities (K, B) of t's at rows x (D, B), each worked out in a unit of its size.

    -inf for components without weight.
    """
    assert components.dof is not None
    tails = Tails(components.dof, len(x))
    peaks = components.log_weights + components.log_peaks + tails.log_excess
    out = np.full((components.n_components, x.shape[1]), -np.inf)
    for k in np.flatnonzero(components.weights > 0.0):
        mean = components.means[k][:, None]
        unit = np.maximum(np.abs(x), np.abs(mean)).max(axis=0)
        square = components.covariances.square_distance(int(k), x / unit - mean / unit)
        with np.errstate(divide="ignore"):
            log_ratio = np.log(square) + 2.0 * np.log(unit) - np.log(components.dof[k])
        out[k] = peaks[k] + tails.powers[k] * np.logaddexp(0.0, log_ratio)
    return out
