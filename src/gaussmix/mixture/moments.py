"""Third and fourth moments of a mixture, exact."""

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.density import Components
from gaussmix.linalg import cholesky, invert_lower
from gaussmix.mixture.value import Value


class Shaped(Value):
    """Adds skewness and kurtosis to a mixture."""

    __slots__ = ()

    def skewness(self) -> FloatArray:
        """Skewness of each column, (D,): the mean cube of what is standardised.

        Zero where a column is symmetric.

        Notes
        -----
        With d_k = mu_k - mu, sum_k w_k (d_k^3 + 3 s_k^2 d_k) / s^3, s_k^2 and s^2 the variances of
        the component and of the mixture; noise counts as a uniform density over its box.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.9, 0.1], [[0.0], [3.0]], [[[1.0]], [[1.0]]]).skewness().round(4)
        array([0.7983])
        """
        self._check_gaussian("skewness")
        away, variances, weights = _parts(self._components)
        third = weights @ (away**3 + 3.0 * variances * away)
        return np.asarray(third / (weights @ (variances + away**2)) ** 1.5)

    def kurtosis(self) -> FloatArray:
        """Excess kurtosis of each column, (D,).

        The mean fourth power of what is standardised, less 3: zero for a Gaussian, above where
        tails are heavier.

        Notes
        -----
        With d_k = mu_k - mu, sum_k w_k (d_k^4 + 6 s_k^2 d_k^2 + 3 s_k^4) / s^4 - 3; of a uniform
        density the last term is 9/5 s_k^4.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.5, 0.5], [[0.0], [0.0]], [[[1.0]], [[9.0]]]).kurtosis()
        array([1.92])
        """
        self._check_gaussian("kurtosis")
        away, variances, weights = _parts(self._components)
        own = np.full((len(weights), 1), 3.0)
        own[self.n_components :] = 9.0 / 5.0
        fourth = weights @ (away**4 + 6.0 * variances * away**2 + own * variances**2)
        return np.asarray(fourth / (weights @ (variances + away**2)) ** 2 - 3.0)

    def mardia_skewness(self) -> float:
        """Mardia's skewness of all columns together.

        Zero for a symmetric distribution, and the same in any units and directions.

        Notes
        -----
        E[((x - mu)' S^-1 (y - mu))^3] for independent x and y with mean mu and covariance S
        (Mardia 1970, Biometrika 57, 519-530): the squared length of the third moments of
        whitened columns. For one column it is the square of `skewness`.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.9, 0.1], [[0.0], [3.0]], [[[1.0]], [[1.0]]])
        >>> round(mixture.mardia_skewness(), 4)
        0.6373
        """
        self._check_gaussian("mardia_skewness")
        means, covariances, weights = _whitened(self._components)
        third = np.einsum("k,ki,kj,kl->ijl", weights, means, means, means, optimize=True)
        mixed = np.einsum("k,kij,kl->ijl", weights, covariances, means, optimize=True)
        third += mixed + mixed.transpose(0, 2, 1) + mixed.transpose(2, 1, 0)
        return float(np.square(third).sum())

    def mardia_kurtosis(self) -> float:
        """Mardia's kurtosis of all columns together, D (D + 2) for a Gaussian.

        The same in any units and directions.

        Notes
        -----
        E[((x - mu)' S^-1 (x - mu))^2] (Mardia 1970, Biometrika 57, 519-530). With m_k and C_k the
        means and covariances of whitened components, sum_k w_k ((tr C_k + m_k'm_k)^2 + 2 tr C_k^2
        + 4 m_k' C_k m_k). For one column it is `kurtosis` plus 3.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0, 5.0]], [[[2.0, 1.0], [1.0, 3.0]]]).mardia_kurtosis()
        8.0
        """
        self._check_gaussian("mardia_kurtosis")
        means, covariances, weights = _whitened(self._components)
        lengths = np.einsum("kii->k", covariances) + np.einsum("ki,ki->k", means, means)
        fourth = lengths**2 + 2.0 * np.einsum("kij,kij->k", covariances, covariances)
        fourth += 4.0 * np.einsum("ki,kij,kj->k", means, covariances, means)
        return float(weights @ fourth + _flatness(self._components))


def _parts(components: Components) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means about the mixture's, variances (K, D) and weights (K,), noise last."""
    away = components.means - components.mean
    variances, weights = components.covariances.variances, components.weights
    noise = components.noise
    if noise is None:
        return away, variances, weights
    return (
        np.vstack([away, noise.mean - components.mean]),
        np.vstack([variances, noise.variances]),
        np.append(weights, noise.weight),
    )


def _whitener(components: Components) -> FloatArray:
    """W with W S W' the identity, (D, D)."""
    return np.asarray(invert_lower(cholesky(components.covariance[None]))[0])


def _whitened(components: Components) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means (K, D) and covariances (K, D, D) of whitened components, and weights, noise last."""
    whitener = _whitener(components)
    away, _, weights = _parts(components)
    covariances = components.covariances.dense()
    if components.noise is not None:
        covariances = np.concatenate([covariances, np.diag(components.noise.variances)[None]])
    return away @ whitener.T, whitener @ covariances @ whitener.T, weights


def _flatness(components: Components) -> float:
    """What noise takes from Mardia's kurtosis, its columns being uniform and not normal.

    For independent columns of variance v_j, sum_j (E[u_j^4] - 3 v_j^2) (S^-1)_jj^2.
    """
    noise = components.noise
    if noise is None:
        return 0.0
    precision = np.square(_whitener(components)).sum(axis=0)
    return float(noise.weight * (-6.0 / 5.0) * (noise.variances**2 @ precision**2))
