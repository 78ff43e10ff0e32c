"""Moments of rows with gaps, mended: from those of the observed columns to those of all.

Rows are missing at random: what hides a value may depend on what was observed, not on the
value. Then EM fills a gap with its conditional mean, and adds its conditional covariance to the
scatter (Ghahramani & Jordan 1994, "Supervised learning from incomplete data via an EM approach",
NIPS 6). The conditional mean is linear in what was observed, so the sums over rows can be mended
instead of the rows. About a reference c, with u = x_o - c_o,

    E[x - c | x_o] = T u + d,  T = [1; slopes],  d = [0; mu_m - c_m - slopes (mu_o - c_o)]

up to the order of the columns.
"""

from dataclasses import replace

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import PACKED, RADIAL, Quadratic
from gaussmix.density import View
from gaussmix.expectation.moments import Moments
from gaussmix.linalg import unpack


def mend(moments: Moments, view: View, centre: FloatArray, quadratic: Quadratic) -> Moments:
    """Moments of all columns about a centre (D,) from those of the observed columns.

    Parameters
    ----------
    moments : Moments
        Of the columns that the view observes, about the centre.
    view : View
    centre : (D,) array
    quadratic : Quadratic
    """
    if quadratic is PACKED:
        return _mend_dense(moments, view, centre)
    return _mend_along_axes(moments, view, centre, quadratic)


def _mend_dense(moments: Moments, view: View, centre: FloatArray) -> Moments:
    observed, missing = view.observed, view.missing
    slopes = view.slopes
    away = view.whole.components.means - centre
    offset = away[:, missing] - _apply(slopes, away[:, observed])
    pull, seen_shift = moments.pull, moments.shift
    seen = unpack(moments.scatter, len(observed))
    # Sums over rows of the mended values, less their offsets, times the observed ones.
    sloped = _apply(slopes, seen_shift)
    hidden_shift = sloped + pull[:, None] * offset
    cross = np.matmul(slopes, seen) + offset[:, :, None] * seen_shift[:, None, :]
    within = np.matmul(np.matmul(slopes, seen), np.swapaxes(slopes, 1, 2))
    within += (
        sloped[:, :, None] * offset[:, None, :] + offset[:, :, None] * hidden_shift[:, None, :]
    )
    within += moments.mass[:, None, None] * view.split.remainder
    shift, scatter = _assembled(
        (seen_shift, hidden_shift), (seen, cross, within), (observed, missing)
    )
    return replace(moments, shift=shift, scatter=scatter)


def _apply(slopes: FloatArray, points: FloatArray) -> FloatArray:
    """Slopes (K, Dm, Do) times points (K, Do)."""
    return np.asarray(np.matmul(slopes, points[:, :, None])[:, :, 0])


def _assembled(
    shifts: tuple[FloatArray, FloatArray],
    scatters: tuple[FloatArray, FloatArray, FloatArray],
    columns: tuple[IntArray, IntArray],
) -> tuple[FloatArray, FloatArray]:
    """Shift and packed scatter of all columns from those of observed and missing ones."""
    n_features = len(columns[0]) + len(columns[1])
    order = np.argsort(np.concatenate(columns))
    seen, cross, within = scatters
    top = np.concatenate([seen, np.swapaxes(cross, 1, 2)], axis=2)
    dense = np.concatenate([top, np.concatenate([cross, within], axis=2)], axis=1)
    rows, others = np.triu_indices(n_features)
    packed = dense[:, order[rows], order[others]]
    return np.concatenate(shifts, axis=1)[:, order], packed


def _mend_along_axes(
    moments: Moments, view: View, centre: FloatArray, quadratic: Quadratic
) -> Moments:
    """The case of no slopes: gaps are filled with means."""
    observed, missing = view.observed, view.missing
    away = view.whole.components.means - centre
    mass, pull, away_missing = moments.mass[:, None], moments.pull[:, None], away[:, missing]
    shift = np.empty_like(away)
    shift[:, observed], shift[:, missing] = moments.shift, pull * away_missing
    squares = pull * away_missing**2
    squares += mass * np.diagonal(view.split.remainder, axis1=1, axis2=2)
    if quadratic is RADIAL:
        scatter = moments.scatter + squares.sum(axis=1, keepdims=True)
    else:
        scatter = np.empty_like(away)
        scatter[:, observed], scatter[:, missing] = moments.scatter, squares
    return replace(moments, shift=shift, scatter=scatter)
