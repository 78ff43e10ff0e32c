"""Optimal transport between mixtures, component by component."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from gaussmix._typing import FloatArray
from gaussmix.density import Components
from gaussmix.linalg import nearest_turn
from gaussmix.mixture.structure import as_full

#: Numbers held for pairs that are looked at together.
_AT_ONCE = 1 << 20
#: Relative to the largest cost, what may still be saved.
_CLOSE = 1e-10


def costs(first: Components, second: Components) -> FloatArray:
    """Squared Wasserstein distances between the Gaussians of two mixtures, (K, J).

    |mu - nu|^2 + |L - M Q|^2 for Sigma = L L', T = M M' and the orthogonal Q nearest to M'L:
    that is tr(Sigma + T - 2 (Sigma^{1/2} T Sigma^{1/2})^{1/2}) as a sum of squares.
    """
    away = first.means[:, None] - second.means
    cost = np.square(away).sum(axis=2)
    one, other = as_full(first.covariances).chol, as_full(second.covariances).chol
    between = np.empty((len(one), len(other)))
    size = max(1, _AT_ONCE // (len(other) * first.n_features**2))
    for start in range(0, len(one), size):
        part = one[start : start + size, None]
        turned = np.matmul(other, nearest_turn(np.matmul(other.swapaxes(-1, -2), part)))
        between[start : start + size] = np.square(part - turned).sum(axis=(2, 3))
    return np.asarray(cost + between)


def cheapest_plan(cost: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """The plan (K, J) of least cost (K, J) that moves the weights (K,) to the weights (J,).

    By HiGHS (Huangfu & Hall 2018, Math. Program. Comput. 10, 119-142).
    """
    n_first, n_second = cost.shape
    if n_first == 1 or n_second == 1:
        return np.outer(first, second)
    pairs = np.arange(cost.size)
    rows = np.concatenate([pairs // n_second, n_first + pairs % n_second])
    sums = coo_array((np.ones(2 * cost.size), (rows, np.tile(pairs, 2))))
    found = linprog(  # type: ignore[call-overload]  # sparse rows are taken, too
        cost.ravel() / max(float(cost.max()), np.finfo(np.float64).tiny),
        A_eq=sums.tocsr(),
        b_eq=np.concatenate([first / first.sum(), second / second.sum()]),
        method="highs-ds",
        options={"dual_feasibility_tolerance": _CLOSE, "primal_feasibility_tolerance": _CLOSE},
    )
    assert found.status == 0, found.message
    return np.where(found.x > 0.0, found.x, 0.0).reshape(cost.shape)
