"""Draws of a mixture's parameters from what is believed of them.

A precision is drawn by Bartlett's decomposition of the Wishart distribution (Bartlett 1933, Proc.
R. Soc. Edinburgh 53, 260-283), with the triangle turned about so that the factor of its inverse
comes out lower: for T lower triangular, T_ii^2 ~ chi^2(nu - D + i), i = 1..D, and T_ij ~ N(0, 1)
below the diagonal,

    T T' reversed in both axes is Wishart(nu, I),  and  L = sqrt(nu) chol(Psi) inverse(T)

is the lower factor of a covariance whose precision is Wishart(nu, inverse(nu Psi)). No matrix is
inverted but T. Diagonal and spherical covariances are nu Psi over a chi^2 of the rows that they
count as. Then mu = m + L z / sqrt(beta).
"""

from collections.abc import Callable

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import (
    PACKED,
    RADIAL,
    SQUARES,
    Covariances,
    DiagonalCovariances,
    FullCovariances,
    Quadratic,
    SphericalCovariances,
)
from gaussmix.density import Components
from gaussmix.linalg import invert_lower
from gaussmix.maximization.variational import Posterior

#: A chi^2 of very few degrees of freedom may be zero in float64, and its inverse none.
_LEAST = 1e-200


def mean_precisions(posterior: Posterior) -> FloatArray:
    """beta of all K slots, (K,)."""
    return np.asarray(posterior.prior.mean_precision + posterior.proportions.mass)


def degrees_of_freedom(posterior: Posterior) -> FloatArray:
    """nu of all K slots, (K,)."""
    mass = posterior.proportions.mass
    rows = np.full_like(mass, mass.sum()) if posterior.prior.is_shared else mass
    return np.asarray(posterior.prior.dof + rows)


def draw(posterior: Posterior, rng: np.random.Generator) -> Components:
    """One draw of the parameters of all K slots; those of empty slots come from the prior.

    Parameters
    ----------
    posterior : Posterior
    rng : Generator
    """
    slots, prior = posterior.slots, posterior.prior
    dof = degrees_of_freedom(posterior)
    if slots.covariances.is_shared:
        dof = dof[:1]
    weights = posterior.proportions.draw(1, rng)[0]
    covariances = _DRAWS[prior.quadratic](slots.covariances, dof, rng)
    z = rng.standard_normal(slots.means.shape)
    away = np.stack([covariances.colorize(k, point) for k, point in enumerate(z)])
    means = slots.means + away / np.sqrt(mean_precisions(posterior))[:, None]
    return Components(weights, means, covariances)


def _ellipsoids(expected: Covariances, dof: FloatArray, rng: np.random.Generator) -> Covariances:
    assert isinstance(expected, FullCovariances)
    n_features = expected.n_features
    factors = np.tril(rng.standard_normal((len(dof), n_features, n_features)), -1)
    rows = dof[:, None] - n_features + np.arange(1, n_features + 1)
    diagonal = np.arange(n_features)
    factors[:, diagonal, diagonal] = np.sqrt(_chi_square(rows, rng))
    root = np.sqrt(dof)[:, None, None]
    chol = root * np.matmul(expected.chol, invert_lower(factors))
    inverse = np.matmul(factors, expected.chol_inverse) / root
    return FullCovariances.of_factors(chol, inverse, expected.n_components)


def _along_axes(expected: Covariances, dof: FloatArray, rng: np.random.Generator) -> Covariances:
    assert isinstance(expected, DiagonalCovariances)
    rows = np.broadcast_to(dof[:, None], expected.variance.shape)
    variance = expected.variance * rows / _chi_square(rows, rng)
    return DiagonalCovariances(variance, expected.n_components)


def _balls(expected: Covariances, dof: FloatArray, rng: np.random.Generator) -> Covariances:
    assert isinstance(expected, SphericalCovariances)
    rows = dof * expected.n_features
    variance = expected.variance * rows / _chi_square(rows, rng)
    return SphericalCovariances(variance, expected.n_components, expected.n_features)


def _chi_square(rows: FloatArray, rng: np.random.Generator) -> FloatArray:
    """One draw for each of these degrees of freedom (...)."""
    return np.maximum(rng.chisquare(rows), _LEAST)


_DRAWS: dict[Quadratic, Callable[[Covariances, FloatArray, np.random.Generator], Covariances]] = {
    PACKED: _ellipsoids,
    SQUARES: _along_axes,
    RADIAL: _balls,
}
