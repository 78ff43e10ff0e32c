"""Mixtures of Student t's by the formulas of Peel & McLachlan (2000), row by row in float64.

With gaps the observed part of a row has the t of its columns; given the row's scale u, what is
missing is normal with covariance C / u (Liu & Rubin 1995, Statistica Sinica 5, 19-39).
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln, logsumexp


def log_density(x, mean, matrix, dof):
    """Log density of a t at the values (d,) of a row."""
    d = len(x)
    away = x - mean
    square = away @ np.linalg.solve(matrix, away) if d else 0.0
    peak = gammaln(0.5 * (dof + d)) - gammaln(0.5 * dof) - 0.5 * d * np.log(dof * np.pi)
    if d:
        peak -= 0.5 * np.linalg.slogdet(matrix)[1]
    return peak - 0.5 * (dof + d) * np.log1p(square / dof), square


def expect(X, weight, theta):
    """Log-likelihood, and for each component the sums of one pass over the rows.

    Theta is weights, means, matrices and degrees of freedom. The sums are mass, pull,
    sum r E[log U], sum r u x, and sum r u (x - mean)(x - mean)'.
    """
    weights, means, matrices, dof = theta
    n_components, n_features = means.shape
    mass, pull, log_scale = np.zeros((3, n_components))
    first = np.zeros((n_components, n_features))
    second = np.zeros((n_components, n_features, n_features))
    total = 0.0
    for row, w in zip(X, weight, strict=True):
        seen = np.flatnonzero(~np.isnan(row))
        lost = np.flatnonzero(np.isnan(row))
        joint, squares = np.empty((2, n_components))
        for k in range(n_components):
            part = matrices[k][np.ix_(seen, seen)]
            joint[k], squares[k] = log_density(row[seen], means[k][seen], part, dof[k])
            joint[k] += np.log(weights[k])
        total += w * logsumexp(joint)
        resp = w * np.exp(joint - logsumexp(joint))
        for k in range(n_components):
            d = len(seen)
            u = (dof[k] + d) / (dof[k] + squares[k])
            away, left = np.zeros(n_features), np.zeros((n_features, n_features))
            away[seen] = row[seen] - means[k][seen]
            cross = matrices[k][np.ix_(lost, seen)]
            inverse = np.linalg.inv(matrices[k][np.ix_(seen, seen)])
            away[lost] = cross @ inverse @ away[seen]
            left[np.ix_(lost, lost)] = matrices[k][np.ix_(lost, lost)] - cross @ inverse @ cross.T
            mass[k] += resp[k]
            pull[k] += resp[k] * u
            log_scale[k] += resp[k] * (
                digamma(0.5 * (dof[k] + d)) - np.log(0.5 * (dof[k] + squares[k]))
            )
            first[k] += resp[k] * u * (means[k] + away)
            second[k] += resp[k] * (u * np.outer(away, away) + left)
    return total, mass, pull, log_scale, first, second


def maximize(sums, old_means, *, tied=False):
    """Parameters after the plain M-step, without any speeding up."""
    mass, pull, log_scale, first, second = sums
    means = first / pull[:, None]
    move = means - old_means
    scatter = second - pull[:, None, None] * move[:, :, None] * move[:, None, :]
    matrices = scatter / mass[:, None, None]
    if tied:
        matrices = np.tile(scatter.sum(axis=0) / mass.sum(), (len(mass), 1, 1))
    dof = np.empty(len(mass))
    for k in range(len(mass)):
        constant = 1.0 + (log_scale[k] - pull[k]) / mass[k]

        def slope(v, constant=constant):
            return np.log(0.5 * v) - digamma(0.5 * v) + constant

        dof[k] = brentq(slope, 1e-2, 1e6) if slope(1e6) < 0.0 else 1e6
    return mass / mass.sum(), means, matrices, np.clip(dof, 0.5, 1000.0)
