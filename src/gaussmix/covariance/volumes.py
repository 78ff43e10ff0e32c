"""Rules for a shared shape under varying volumes: lambda_k B, found by turns.

Given the volumes the likeliest shape is B = sum (W_k / lambda_k) / m, given the shape the
likeliest volumes are lambda_k = tr(W_k inverse(B)) / (D m_k) (Celeux & Govaert 1995, "Gaussian
parsimonious clustering models", Pattern Recognition 28, 781-793). The profile is convex in the
logarithms of the volumes, so the turns end at its only minimum. A factor may move from the
volumes to the shape: only their product means anything.
"""

from collections.abc import Callable

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance.rules import along_axes, positive, principal_axes, refuse_rounding
from gaussmix.covariance.scatter import Within
from gaussmix.covariance.values import Covariances, DiagonalCovariances, FullCovariances
from gaussmix.linalg import (
    NotPositiveDefinite,
    cholesky,
    invert_lower,
    triangle,
    unpack,
)

#: Turns end where no volume changes by more than this share of itself...
_TOLERANCE = 1e-10
#: ...or after so many from volumes of one...
_TURNS = 500
#: ...and so many from those of the step before: EM needs no more.
_TURNS_AFTER = 4

#: Shapes (R, Q) -> coefficients (R, Q) of the traces tr(W inverse(B)).
Precisions = Callable[[FloatArray], FloatArray]


def vei(within: Within) -> Covariances:
    """Shape and axes are shared."""
    volumes, shapes = _balanced(within, positive(within.scatter), np.reciprocal)
    return DiagonalCovariances(volumes[:, None] * within.to_each(shapes), within.n_components)


def vev(within: Within) -> Covariances:
    """The shape is shared: as `vei` along the axes of each W_k."""
    values, axes = principal_axes(within)
    volumes, shapes = _balanced(within, values, np.reciprocal)
    return along_axes(axes, volumes[:, None] * within.to_each(shapes))


def vee(within: Within) -> Covariances:
    """Shape and orientation are shared."""
    d = within.n_features
    volumes, shapes = _balanced(within, within.scatter, lambda shapes: _precisions(shapes, d))
    factors = within.to_each(_factors(shapes, d))
    factors = np.sqrt(volumes)[:, None, None] * refuse_rounding(factors)
    return FullCovariances(factors, within.n_components)


def _factors(shapes: FloatArray, n_features: int) -> FloatArray:
    """Lower factors (R, D, D) of packed shapes (R, Q), NaN where there is none."""
    matrices, lost = unpack(shapes, n_features), []
    while True:
        try:
            factors = cholesky(matrices)
        except NotPositiveDefinite as error:
            matrices[error.index] = np.eye(n_features)
            lost.append(error.index)
        else:
            factors[lost] = np.nan
            return factors


def _precisions(shapes: FloatArray, n_features: int) -> FloatArray:
    """Coefficients (R, Q) of x' inverse(B) x for packed B (R, Q)."""
    inverse = invert_lower(_factors(shapes, n_features))
    rows, columns = triangle(n_features)
    precision = np.matmul(inverse.swapaxes(-1, -2), inverse)[:, rows, columns]
    return np.asarray(precision * np.where(rows == columns, 1.0, 2.0))


def _balanced(
    within: Within, scatter: FloatArray, precisions: Precisions
) -> tuple[FloatArray, FloatArray]:
    """Volumes (T,) and shapes (R, Q) that are likeliest together.

    Raises
    ------
    NotPositiveDefinite
        Naming a component without volume.
    """
    if within.before is None:
        volumes, n_turns = np.ones(within.n_components), _TURNS
    else:
        log_volume = within.before.log_det / within.n_features
        # Up to a common factor of each mixture, so that nothing overflows.
        volumes = np.exp(log_volume - within.to_each(log_volume[within.heads]))
        n_turns = _TURNS_AFTER
    with np.errstate(divide="ignore", invalid="ignore"):  # where there is no shape
        volumes = _volumes(within, scatter, precisions, volumes, n_turns)
    volumes = positive(volumes)
    return volumes, _shapes(within, scatter, volumes)


def _shapes(within: Within, scatter: FloatArray, volumes: FloatArray) -> FloatArray:
    """The likeliest shapes (R, Q) for volumes (T,)."""
    return within.over_each(scatter / volumes[:, None]) / within.total_mass[:, None]


def _volumes(
    within: Within, scatter: FloatArray, precisions: Precisions, volumes: FloatArray, n_turns: int
) -> FloatArray:
    """Volumes (T,) after so many turns; those of a mixture that is done stay as they are.

    NaN for a component without volume, and for all of a mixture without shape.
    """
    is_open = np.ones(within.lined_up.n_runs, dtype=np.bool_)
    while n_turns > 0 and is_open.any():
        of_each = within.to_each(is_open)
        if 2 * np.count_nonzero(is_open) <= len(is_open):
            # Most are done: the others go on alone.
            rest = within.only(is_open), scatter[of_each], precisions, volumes[of_each], n_turns
            volumes[of_each] = _volumes(*rest)
            break
        coefficients = within.to_each(precisions(_shapes(within, scatter, volumes)))
        traces = np.einsum("tq,tq->t", scatter, coefficients)
        found = traces / (within.n_features * within.mass)
        found[~(found > 0.0)] = np.nan
        change = within.largest_of_each(np.abs(found - volumes) / volumes)
        volumes = np.where(of_each, found, volumes)
        is_open &= change > _TOLERANCE
        n_turns -= 1
    return volumes
