"""Fewer components for almost the same density."""

from typing import Self

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import FullCovariances
from gaussmix.density import Components
from gaussmix.linalg import log_det
from gaussmix.mixture.structure import as_full, lower_factor
from gaussmix.mixture.value import Value

#: Numbers held for pairs that are looked at together.
_AT_ONCE = 1 << 20


class Reduced(Value):
    """Adds reduction to a mixture."""

    __slots__ = ()

    def reduce(self, n_components: int) -> Self:
        """A mixture of fewer components that is close to this one.

        Parameters
        ----------
        n_components : int
            From 1 to K.

        Returns
        -------
        Mixture
            Of "full" covariances, with this one's mean and covariance; for K components it is
            this one. Noise stays as it is.

        Raises
        ------
        ValueError
            For another number, and for Student t's.

        Notes
        -----
        Two components after the other become one with the weight, mean and covariance that
        both have together: those of the lowest

        B_ij = 1/2 ((w_i + w_j) log |Sigma_ij| - w_i log |Sigma_i| - w_j log |Sigma_j|),

        which bounds the Kullback-Leibler divergence of what there is before from what there is
        after (Runnalls 2007, IEEE Trans. Aerosp. Electron. Syst. 43, 989-999). Time grows with
        K^2.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.4, 0.4, 0.2], [[-1.0], [1.0], [9.0]], [[[1.0]], [[1.0]], [[2.0]]])
        >>> fewer = mixture.reduce(2)
        >>> fewer.means, fewer.covariances.ravel()
        (array([[0.],
               [9.]]), array([2., 2.]))
        """
        self._check_gaussian("reduce")
        _check_number(n_components, self.n_components)
        if n_components == self.n_components:
            return self
        merging = _Merging(self._components)
        for _ in range(self.n_components - n_components):
            merging.merge_cheapest()
        return self.from_components(merging.components(), "full", self._feature_names)


def _check_number(n_components: object, most: int) -> None:
    """Nothing, where there can be so many components, of `most`."""
    is_whole = isinstance(n_components, int | np.integer) and not isinstance(n_components, bool)
    if not is_whole or not 1 <= n_components <= most:  # type: ignore[operator]  # a whole number
        raise errors.wrong_reduction(n_components, most)


class _Merging:
    """Components that become fewer, and what it costs to merge any two.

    Parameters
    ----------
    components : Components
    """

    def __init__(self, components: Components) -> None:
        n_components = components.n_components
        chol = as_full(components.covariances).chol
        self._noise = components.noise
        self._weights = components.weights.copy()
        self._means = components.means.copy()
        self._chol = np.broadcast_to(chol, (n_components, *chol.shape[1:])).copy()
        self._costs = np.full((n_components, n_components), np.inf)
        first, second = np.triu_indices(n_components, 1)
        size = max(1, _AT_ONCE // (components.n_features * (2 * components.n_features + 1)))
        for start in range(0, len(first), size):
            self._price(first[start : start + size], second[start : start + size])

    def _together(self, i: IntArray, j: IntArray) -> tuple[FloatArray, FloatArray]:
        """Shares of component i in each pair (P,), and factors of both together (P, D, D)."""
        weight = self._weights[i] + self._weights[j]
        share = np.where(weight > 0.0, self._weights[i], 0.5) / np.where(weight > 0.0, weight, 1.0)
        first, second = np.sqrt(share)[:, None, None], np.sqrt(1.0 - share)[:, None, None]
        away = (self._means[j] - self._means[i])[..., None]
        parts = [first * self._chol[i], second * self._chol[j], first * second * away]
        return share, lower_factor(np.concatenate(parts, axis=2))

    def _price(self, i: IntArray, j: IntArray) -> None:
        """Work out what merging costs for pairs (P,) of components, the lower numbers first."""
        _, chol = self._together(i, j)
        own = self._weights * log_det(self._chol)
        both = (self._weights[i] + self._weights[j]) * log_det(chol)
        self._costs[i, j] = 0.5 * (both - own[i] - own[j])

    def merge_cheapest(self) -> None:
        """Put the two whose merging costs least in the place of the first."""
        i, j = np.unravel_index(np.argmin(self._costs), self._costs.shape)
        share, chol = self._together(np.array([i]), np.array([j]))
        self._means[i] += (1.0 - share[0]) * (self._means[j] - self._means[i])
        self._chol[i] = chol[0]
        self._weights[i] += self._weights[j]
        self._weights, self._means, self._chol = (
            np.delete(values, j, axis=0) for values in (self._weights, self._means, self._chol)
        )
        self._costs = np.delete(np.delete(self._costs, j, axis=0), j, axis=1)
        others = np.delete(np.arange(len(self._weights)), i)
        if len(others):
            self._price(np.minimum(others, i), np.maximum(others, i))

    def components(self) -> Components:
        """What there is now."""
        covariances = FullCovariances(self._chol, len(self._weights))
        return Components(self._weights, self._means, covariances, self._noise)
