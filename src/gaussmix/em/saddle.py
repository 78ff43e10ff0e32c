"""Components that coincide: a stationary point that is no maximum."""

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.density import Components

#: Means this many standard deviations apart, and log variances this different, are the same.
_SAME = 0.1
#: Components of less weight than this have no say.
_NEGLIGIBLE = 1e-6


def coincide(components: Components) -> bool:
    """Whether two components with weight are nearly the same Gaussian.

    Where two components are equal EM stands still, and near there it barely moves; but
    likelihood is to be gained by telling them apart. Soft random starts begin close to such
    a point.
    """
    weighty = np.flatnonzero(components.weights > _NEGLIGIBLE)
    means = components.means[weighty]
    variances = components.covariances.variances[weighty]
    dof = None if components.dof is None else np.log(components.dof[weighty])
    for k in range(len(weighty) - 1):
        apart = np.abs(means[k + 1 :] - means[k]) / np.sqrt(variances[k])
        wider = np.abs(np.log(variances[k + 1 :] / variances[k]))
        if dof is not None:
            wider = np.maximum(wider, np.abs(dof[k + 1 :] - dof[k])[:, None])
        for near in np.flatnonzero(np.maximum(apart, wider).max(axis=1) < _SAME):
            if _same_shape(components, weighty[k], weighty[k + 1 + near], variances[k]):
                return True
    return False


def _same_shape(components: Components, j: int, k: int, variance: FloatArray) -> bool:
    """Whether two covariances differ little in units of the variances (D,)."""
    covariances = components.covariances
    if covariances.is_shared:
        return True
    return covariances.largest_difference(int(j), int(k), np.sqrt(variance)) < _SAME
