"""Standard errors by brute force: coordinates of mclust's shapes, written out, and differences.

Sigma_k = exp(volume_k) turn_k diag(exp(shape_k)) turn_k', where turn_k is a rotation of the
estimate's axes by Cayley's transform of a skew matrix. The Hessian of the log-likelihood is taken
by central differences of a plain implementation.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

STEP = 1e-3


@dataclass(frozen=True)
class Direct:
    """Coordinates of the mixtures of one family about an estimate."""

    code: str
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def __post_init__(self):
        n_features = self.means.shape[1]
        turns = np.array([np.linalg.eigh(matrix)[1] for matrix in self.covariances])
        if self.code[2] == "E":
            turns[:] = turns[np.argmax(np.ptp(np.linalg.eigvalsh(self.covariances), axis=1))]
        if self.code[2] == "I":
            turns[:] = np.eye(n_features)
        values = np.einsum("kji,kjl,kli->ki", turns, self.covariances, turns)
        rebuilt = turns * values[:, None] @ turns.swapaxes(1, 2)
        assert np.abs(rebuilt - self.covariances).max() < 1e-5 * np.abs(self.covariances).max()
        volume = np.log(values).mean(axis=1)
        object.__setattr__(self, "turns", turns)
        object.__setattr__(self, "volume", volume)
        object.__setattr__(self, "shape", np.log(values) - volume[:, None])

    @property
    def counts(self):
        n_components, n_features = self.means.shape
        each = {"E": 1, "V": n_components, "I": 0}
        return (
            n_components - 1,
            n_components * n_features,
            each[self.code[0]],
            each[self.code[1]] * (n_features - 1),
            each[self.code[2]] * n_features * (n_features - 1) // 2,
        )

    def parameters(self, point):
        """Weights, means and covariances at a point."""
        n_features = self.means.shape[1]
        ratios, means, volume, shape, turn = np.split(point, np.cumsum(self.counts)[:-1])
        weights = self.weights * np.exp(np.append(ratios, 0.0))
        shapes, turns = np.zeros_like(self.shape), self.turns
        if self.code[1] != "I":
            free = shape.reshape(-1, n_features - 1)
            shapes = self.shape + np.column_stack([free, -free.sum(axis=1)])
        if self.code[2] in "EV":
            angles = turn.reshape(-1, n_features * (n_features - 1) // 2)
            turns = turns @ np.array([_rotation(own) for own in angles])
        values = np.exp((self.volume + volume)[:, None] + shapes)
        covariances = turns * values[:, None] @ turns.swapaxes(1, 2)
        units = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        moved = self.means + units * means.reshape(self.means.shape)
        return weights / weights.sum(), moved, covariances


def _rotation(angles):
    n_features = int((1 + np.sqrt(1 + 8 * len(angles))) / 2)
    skew = np.zeros((n_features, n_features))
    skew[np.triu_indices(n_features, 1)] = 0.5 * angles
    skew -= skew.T
    return np.linalg.solve(np.eye(n_features) - skew, np.eye(n_features) + skew)


def log_likelihood(X, parameters):
    """Log-likelihood of the observed values of the rows."""
    weights, means, covariances = parameters
    total = 0.0
    for seen, own, own_weight in X:
        joint = [
            np.log(w) + _log_gaussian(own - m[seen], S[np.ix_(seen, seen)])
            for w, m, S in zip(weights, means, covariances, strict=True)
        ]
        total += own_weight @ logsumexp(joint, axis=0)
    return total


def by_pattern(X, weight):
    """The rows by which of their values are observed."""
    patterns, which = np.unique(np.isnan(X), axis=0, return_inverse=True)
    groups = [(~pattern, which.reshape(-1) == n) for n, pattern in enumerate(patterns)]
    return [(seen, X[own][:, seen], weight[own]) for seen, own in groups if seen.any()]


def _log_gaussian(away, matrix):
    squares = np.einsum("nd,nd->n", away, np.linalg.solve(matrix, away.T).T)
    return -0.5 * (squares + np.linalg.slogdet(2.0 * np.pi * matrix)[1])


def pull(parameters, mass, scatter, shrinkage, centre):
    """Log density of a prior, or a penalty, that is worth `mass` rows of a scatter (D, D)."""
    _, means, covariances = parameters
    away = means - centre
    about = scatter + shrinkage * away[:, :, None] * away[:, None, :]
    log_det = np.linalg.slogdet(covariances)[1]
    return (
        -0.5 * (mass * log_det + np.einsum("kij,kji->k", np.linalg.inv(covariances), about)).sum()
    )


def standard_errors(direct, objective):
    """Standard errors of weights, means and covariances at the maximum of an objective."""
    size = sum(direct.counts)

    def value(point):
        return objective(direct.parameters(point))

    information = -hessian(value, size)
    covariance = np.linalg.inv(information)
    found = []
    for part in range(3):
        moves = np.stack([_slope(direct, line, part) for line in np.eye(size)], axis=-1)
        found.append(np.sqrt(np.einsum("...a,ab,...b->...", moves, covariance, moves)))
    return found


def _slope(direct, line, part):
    ends = [direct.parameters(step * line)[part] for step in (STEP, -STEP)]
    return (ends[0] - ends[1]) / (2.0 * STEP)


def hessian(function, size):
    """Second derivatives at the origin of a function of a point (size,)."""
    found = np.empty((size, size))
    for a in range(size):
        for b in range(a + 1):
            found[a, b] = found[b, a] = _mixed(function, size, a, b, STEP)
    return found


def _mixed(function, size, a, b, h):
    e, f = h * np.eye(size)[a], h * np.eye(size)[b]
    return (function(e + f) - function(e - f) - function(f - e) + function(-e - f)) / (4.0 * h * h)
