"""EM for grouped data, written plainly: the formulas, in float64, with whole arrays.

Rows are (lower, upper, count), each (N,).
"""

import numpy as np
from scipy.stats import norm


def probabilities(lower, upper, means, std):
    """Probability (K, N) of each interval under each component."""
    return norm.cdf(upper, means[:, None], std[:, None]) - norm.cdf(
        lower, means[:, None], std[:, None]
    )


def log_likelihood(rows, weights, means, std):
    """sum_n count_n log sum_k weight_k P_k(lower_n, upper_n)."""
    lower, upper, count = rows
    return float(count @ np.log(weights @ probabilities(lower, upper, means, std)))


def truncated_moments(lower, upper, means, std):
    """E[z - m_k] and E[(z - m_k)^2], each (K, N), of component k inside interval n."""
    a, b = (lower - means[:, None]) / std[:, None], (upper - means[:, None]) / std[:, None]
    p = norm.cdf(b) - norm.cdf(a)
    at_a = np.where(np.isfinite(a), a, 0.0) * norm.pdf(a)
    at_b = np.where(np.isfinite(b), b, 0.0) * norm.pdf(b)
    first = std[:, None] * (norm.pdf(a) - norm.pdf(b)) / p
    second = std[:, None] ** 2 * (1.0 + (at_a - at_b) / p)
    return first, second


def step(rows, weights, means, std):
    """Weights, means and standard deviations (K,) after one step of EM."""
    lower, upper, count = rows
    joint = weights[:, None] * probabilities(lower, upper, means, std)
    resp = count * joint / joint.sum(axis=0)
    first, second = truncated_moments(lower, upper, means, std)
    mass = resp.sum(axis=1)
    move = (resp * first).sum(axis=1) / mass
    variance = (resp * second).sum(axis=1) / mass - move**2
    return mass / mass.sum(), means + move, np.sqrt(variance)


def em(rows, start, n_iter):
    """Weights, means, standard deviations, and the log-likelihoods before each step and at the end.

    Start: (weights, means, std), each (K,).
    """
    parameters = tuple(np.asarray(values, dtype=float) for values in start)
    found = [log_likelihood(rows, *parameters)]
    for _ in range(n_iter):
        parameters = step(rows, *parameters)
        found.append(log_likelihood(rows, *parameters))
    return *parameters, np.array(found)
