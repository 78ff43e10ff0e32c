"""The plain kernel: the formula, in float64, with whole arrays. Tests hold the others to it."""

import numpy as np
from scipy.linalg import solve_triangular

from gaussmix._typing import FloatArray
from gaussmix.density.components import Components


def reference_log_joint(components: Components, X: FloatArray) -> FloatArray:
    """log w_k + log N(x_n | mu_k, Sigma_k), (N, K), for rows X (N, D)."""
    n_features = components.n_features
    log_joint = np.empty((len(X), components.n_components))
    dense = components.covariances.dense()
    for k, (weight, mean) in enumerate(zip(components.weights, components.means, strict=True)):
        factor = np.linalg.cholesky(dense[k])
        y = solve_triangular(factor, (X - mean).T, lower=True)
        log_det = 2.0 * np.log(np.diagonal(factor)).sum()
        log_joint[:, k] = np.log(weight) - 0.5 * (
            (y * y).sum(axis=0) + log_det + n_features * np.log(2.0 * np.pi)
        )
    return log_joint
