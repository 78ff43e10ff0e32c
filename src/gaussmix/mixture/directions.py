"""`Projection`: the directions that best show how components differ."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.data import as_rows, check_weight
from gaussmix.density import Components
from gaussmix.errors.tables import table
from gaussmix.errors.words import counted
from gaussmix.linalg import cholesky, eigen, invert_lower
from gaussmix.mixture.distribution import Mixture

#: Directions of a smaller eigenvalue show nothing.
_LEAST = 1.5e-8
#: Columns named for each direction.
_NAMED = 4


@dataclass(frozen=True)
class Projection:
    """Directions in the space of the columns, the one that tells most first.

    Attributes
    ----------
    basis : (D, M) array
        Directions of length one, per unit of each column.
    eigenvalues : (M,) array
        How much each tells, from 0 to 2.
    centre : (D,) array
        What is projected to the origin: the mean of the Gaussians.
    loadings : (D, M) array
        The directions in columns of variance one, again of length one; in each the largest in
        size is positive.
    mean_share : float
        Weight of the means' differences against the covariances'.
    mixture : Mixture
        The projected one, of M columns; without noise.
    feature_names : tuple of str or None
        Of the columns that are projected.

    Notes
    -----
    Scrucca (2010), Stat. Comput. 20, 471-484; Scrucca (2014), Adv. Data Anal. Classif. 8, 147-165.
    """

    basis: FloatArray
    eigenvalues: FloatArray
    centre: FloatArray
    loadings: FloatArray
    mean_share: float
    mixture: Mixture
    feature_names: tuple[str, ...] | None = None

    @property
    def n_directions(self) -> int:
        """Number M of directions."""
        return len(self.eigenvalues)

    def transform(self, X: Any) -> FloatArray:
        """Coordinates of rows along the directions.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)

        Returns
        -------
        (N, M) array
            (X - centre) @ basis; NaN for a row with a gap.

        Raises
        ------
        ValueError
            For other columns, and for infinity.
        """
        rows = as_rows(X, len(self.basis), self.feature_names)
        return np.asarray((rows - self.centre) @ self.basis)

    def __str__(self) -> str:
        what = {1.0: "means", 0.0: "covariances"}.get(self.mean_share, "means and covariances")
        sentence = (
            f"{counted(self.n_directions, 'direction')} in which the {what} of "
            f"{counted(self.mixture.n_components, 'component')} differ"
        )
        return f"{sentence}\n\n{table(self.table())}"

    def __repr__(self) -> str:
        return str(self)

    def table(self) -> dict[str, list[object]]:
        """A row per direction: its eigenvalue, share, and the columns that load most."""
        total = float(self.eigenvalues.sum())
        return {
            "direction": list(range(1, self.n_directions + 1)),
            "eigenvalue": self.eigenvalues.tolist(),
            "share": (self.eigenvalues / total).tolist(),
            "loads most": [self._heaviest(m) for m in range(self.n_directions)],
        }

    def _heaviest(self, m: int) -> str:
        """Names and loadings of the columns that load most on direction m."""
        names = self.feature_names or tuple(f"column {j}" for j in range(len(self.basis)))
        loads = self.loadings[:, m]
        order = np.argsort(-np.abs(loads), kind="stable")[:_NAMED]
        return ", ".join(f"{names[j]} {loads[j]:+.2f}" for j in order)


def find_directions(
    mixture: Mixture,
    n_directions: int | None = None,
    *,
    mean_share: float = 1.0,
    covariance: FloatArray | None = None,
) -> Projection:
    """The directions in which the components of a mixture differ most.

    Parameters
    ----------
    mixture : Mixture
        Its noise is left out.
    n_directions : int, optional
        The first ones; by default all that show a difference, which for `mean_share=1` are at
        most K - 1.
    mean_share : float, default=1.0
        Weight of the differences of means; the rest is that of the covariances'.
    covariance : (D, D) array, optional
        Of all rows; by default the mixture's.

    Returns
    -------
    Projection

    Raises
    ------
    ValueError
        For components that do not differ, more directions than there are, and a `mean_share`
        that is not from 0 to 1.

    Notes
    -----
    With S the covariance of all rows, B = sum_k w_k (mu_k - mu)(mu_k - mu)' and
    W = sum_k w_k Sigma_k, the directions solve M v = l S v for the kernel matrix

    M = 2 s B inverse(S) B + 2 (1 - s) sum_k w_k (Sigma_k - W) inverse(S) (Sigma_k - W),

    s = `mean_share`. For s = 1 that takes an eigenproblem of the size K, not D. Of Student t's
    Sigma_k is the shape.
    """
    share = _checked_share(mean_share)
    components = mixture.components
    weights = components.weights / components.weights.sum()
    centre = weights @ components.means
    within = _within(components, weights)
    between = (components.means - centre).T * np.sqrt(weights)
    total = within + between @ between.T if covariance is None else covariance
    std = np.sqrt(np.diagonal(total))
    whitener = invert_lower(cholesky((total / np.outer(std, std))[None]))[0] / std
    values, turned = (
        _of_means(whitener @ between)
        if share == 1.0
        else _of_both(whitener @ between, _kernel(components, weights, within, whitener), share)
    )
    n_found = int((values > _LEAST).sum())
    if n_found == 0:
        raise errors.no_directions(mixture.n_components, share)
    n_kept = n_found if n_directions is None else _checked_number(n_directions, n_found, share)
    basis = whitener.T @ turned[:, :n_kept]
    loadings = _unit(basis * std[:, None])
    signs = np.sign(loadings[np.abs(loadings).argmax(axis=0), np.arange(n_kept)])
    basis, loadings = _unit(basis) * signs, loadings * signs
    return Projection(
        basis,
        values[:n_kept],
        centre,
        loadings,
        share,
        _projected(components, weights, centre, basis),
        mixture.feature_names,
    )


def rows_covariance(mixture: Mixture, X: Any, weight: Any = None) -> FloatArray:
    """Covariance (D, D) of the rows without gaps, divided by their weight.

    Parameters
    ----------
    mixture : Mixture
        Whose columns the rows have.
    X : array-like or data frame of shape (N, D)
    weight : array-like of shape (N,), optional
        How often each row counts.

    Raises
    ------
    ValueError
        For other columns, weights that are none, and where D or fewer rows are without gaps.
    """
    rows = as_rows(X, mixture.n_features, mixture.feature_names).astype(np.float64)
    given = check_weight(weight, len(rows))
    weights = np.ones(len(rows)) if given is None else given
    counts = (weights > 0.0) & ~np.isnan(rows).any(axis=1)
    n_counting = int(np.count_nonzero(counts))
    if n_counting <= mixture.n_features:
        raise errors.too_few_whole_rows(n_counting, mixture.n_features)
    rows, share = rows[counts], weights[counts] / weights[counts].sum()
    away = rows - share @ rows
    return np.asarray((away.T * share) @ away)


def _checked_share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise errors.invalid_mean_share(value)
    if not 0.0 <= value <= 1.0:
        raise errors.invalid_mean_share(value)
    return float(value)


def _checked_number(value: object, most: int, mean_share: float) -> int:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or not 1 <= value <= most:  # type: ignore[operator]  # a whole number
        raise errors.too_many_directions(value, most, mean_share)
    return int(value)  # type: ignore[call-overload, no-any-return]  # as above


def _within(components: Components, weights: FloatArray) -> FloatArray:
    """Weighted mean of the covariances, (D, D), one after the other."""
    total = np.zeros((components.n_features, components.n_features))
    for k, weight in enumerate(weights):
        total += weight * components.covariances.matrix(k)
    return total


def _of_means(between: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Falling eigenvalues, and eigenvectors (D, K), of 2 (Z Z')^2 for whitened Z (D, K)."""
    values, vectors = eigen(between.T @ between)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    return 2.0 * values**2, between @ vectors


def _of_both(
    between: FloatArray, kernel: FloatArray, share: float
) -> tuple[FloatArray, FloatArray]:
    """Falling eigenvalues, and eigenvectors (D, D), of the whole kernel matrix, whitened."""
    means = between @ (between.T @ between) @ between.T
    values, vectors = eigen(2.0 * share * means + 2.0 * (1.0 - share) * kernel)
    return np.maximum(values[::-1], 0.0), vectors[:, ::-1]


def _kernel(
    components: Components, weights: FloatArray, within: FloatArray, whitener: FloatArray
) -> FloatArray:
    """Sum over k of w_k C_k^2 with C_k the whitened difference Sigma_k - W, (D, D)."""
    kernel = np.zeros_like(within)
    for k, weight in enumerate(weights):
        away = whitener @ (components.covariances.matrix(k) - within) @ whitener.T
        kernel += weight * (away @ away.T)
    return kernel


def _unit(vectors: FloatArray) -> FloatArray:
    """Columns divided by their lengths."""
    return np.asarray(vectors / np.sqrt(np.square(vectors).sum(axis=0)))


def _projected(
    components: Components, weights: FloatArray, centre: FloatArray, basis: FloatArray
) -> Mixture:
    """The components along the directions."""
    matrices = np.array(
        [basis.T @ components.covariances.matrix(k) @ basis for k in range(len(weights))]
    )
    projected = Mixture(
        weights,
        (components.means - centre) @ basis,
        0.5 * (matrices + matrices.swapaxes(1, 2)),
        feature_names=[f"direction {m + 1}" for m in range(basis.shape[1])],
    )
    if components.is_gaussian:
        return projected
    tailed = replace(projected.components, dof=components.dof)
    return Mixture.from_components(tailed, projected.covariance_type, projected.feature_names)
