"""EM where something is hidden, written plainly: dense matrices, one row at a time.

Rows may have gaps (NaN), weights, known labels (-1 for none) and known errors; there may be a
uniform component over a box, and parameters that are fixed. Nothing here is the library's.
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class Rows:
    """Rows X (N, D), weight (N,), label (N,) and error (N, D, D)."""

    X: np.ndarray
    weight: np.ndarray = None
    label: np.ndarray = None
    error: np.ndarray = None

    def __post_init__(self):
        n_rows, n_features = self.X.shape
        self.weight = np.ones(n_rows) if self.weight is None else self.weight
        self.label = np.full(n_rows, -1) if self.label is None else self.label
        if self.error is None:
            self.error = np.zeros((n_rows, n_features, n_features))
        elif self.error.ndim == 2:
            self.error = self.error[:, :, None] * np.eye(n_features)

    @property
    def variance(self):
        """Weighted variance of each column's observed values."""
        seen = self.weight[:, None] * ~np.isnan(self.X)
        x = np.where(np.isnan(self.X), 0.0, self.X)
        mean = (seen * x).sum(axis=0) / seen.sum(axis=0)
        return (seen * (x - mean) ** 2).sum(axis=0) / seen.sum(axis=0)


@dataclass
class Theta:
    """Weights (K,), means (K, D), matrices (K, D, D), and the noise's weight and sides (D,)."""

    weights: np.ndarray
    means: np.ndarray
    matrices: np.ndarray
    noise: float = 0.0
    sides: np.ndarray = None


def explain(x, error, mean, matrix):
    """Log density of a row's observed values; mean (D,) and covariance (D, D) of the true ones."""
    o = np.flatnonzero(~np.isnan(x))
    total = matrix[np.ix_(o, o)] + error[np.ix_(o, o)]
    gain = matrix[:, o] @ np.linalg.inv(total)
    away = x[o] - mean[o]
    log_det = np.linalg.slogdet(total)[1] if len(o) else 0.0
    quadratic = away @ np.linalg.solve(total, away) if len(o) else 0.0
    log_density = -0.5 * (quadratic + log_det + len(o) * np.log(2.0 * np.pi))
    return log_density, mean + gain @ away, matrix - gain @ matrix[o]


def log_joint(rows, theta):
    """Log joint densities (N, K), the noise's last where there is one."""
    components = list(zip(theta.means, theta.matrices, strict=True))
    joint = np.array(
        [
            [explain(x, e, m, S)[0] for m, S in components]
            for x, e in zip(rows.X, rows.error, strict=True)
        ]
    ) + np.log(theta.weights)
    if theta.sides is not None:
        log_volume = np.where(np.isnan(rows.X), 0.0, np.log(theta.sides)).sum(axis=1)
        joint = np.column_stack([joint, np.log(theta.noise) - log_volume])
    others = np.arange(joint.shape[1]) != rows.label[:, None]
    joint[others & (rows.label[:, None] >= 0)] = -np.inf
    return joint


def log_likelihood(rows, theta):
    """Weighted sum of log densities."""
    return rows.weight @ np.logaddexp.reduce(log_joint(rows, theta), axis=1)


def objective(rows, theta, reg_covar):
    """Penalised log-likelihood per row."""
    nu = reg_covar * rows.weight.sum() / len(theta.weights)
    traces = sum(np.trace(np.linalg.inv(S) @ np.diag(rows.variance)) for S in theta.matrices)
    return (log_likelihood(rows, theta) - 0.5 * nu * traces) / rows.weight.sum()


def by_family(code, scatter, mass):
    """Covariances (K, D, D) of largest likelihood for scatter (K, D, D)."""
    n_components, n_features, _ = scatter.shape
    if code[0] == "E":
        scatter = np.broadcast_to(scatter.sum(axis=0), scatter.shape)
        mass = np.full(n_components, mass.sum())
    matrices = scatter / mass[:, None, None]
    eye = np.eye(n_features)
    if code[2] == "I":
        matrices = matrices * eye
    if code[1] == "I":
        matrices = np.trace(matrices, axis1=1, axis2=2)[:, None, None] / n_features * eye
    return matrices


def step(code, rows, theta, *, reg_covar=0.0, fixed=None):
    """The parameters after one step.

    `fixed` holds masks (K,) by the names "weights", "means", "covariances"; what is fixed keeps
    theta's value.
    """
    fixed = fixed or {}
    n_components = len(theta.weights)
    never = np.zeros(n_components, dtype=bool)
    joint = log_joint(rows, theta)
    resp = np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None]) * rows.weight[:, None]
    mass = resp[:, :n_components].sum(axis=0)
    noise_mass = resp[:, n_components:].sum()

    free = ~fixed.get("weights", never)
    left = 1.0 - theta.weights[~free].sum()
    share = left / (mass[free].sum() + noise_mass) if free.any() or noise_mass else 0.0
    weights = np.where(free, mass * share, theta.weights)

    means, scatter = np.empty_like(theta.means), np.empty_like(theta.matrices)
    nu = reg_covar * rows.weight.sum() / n_components
    for k in range(n_components):
        pairs = zip(rows.X, rows.error, strict=True)
        told = [explain(x, e, theta.means[k], theta.matrices[k]) for x, e in pairs]
        z, hidden = np.array([t[1] for t in told]), np.array([t[2] for t in told])
        r = resp[:, k]
        is_fixed = fixed.get("means", never)[k]
        means[k] = theta.means[k] if is_fixed else r @ z / mass[k]
        away = z - means[k]
        scatter[k] = (away * r[:, None]).T @ away + np.tensordot(r, hidden, axes=1)
        scatter[k] += nu * np.diag(rows.variance)
    keeps = fixed.get("covariances", never)
    if code[0] == "E":
        matrices = theta.matrices if keeps.all() else by_family(code, scatter, mass)
    else:
        matrices = np.where(keeps[:, None, None], theta.matrices, by_family(code, scatter, mass))
    return Theta(weights, means, matrices, noise_mass * share, theta.sides)


def run(code, rows, theta, n_iter, **options):
    """The parameters after some steps."""
    for _ in range(n_iter):
        theta = step(code, rows, theta, **options)
    return theta
