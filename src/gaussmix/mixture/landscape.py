"""The density as a landscape: slope, curvature, summits."""

from collections.abc import Callable
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.data import ArraySource, as_rows
from gaussmix.density import LOG_ZERO, far_log_joint, log_density
from gaussmix.execution import team
from gaussmix.mixture.modes import Modes, find_modes
from gaussmix.mixture.terrain import Sight, Terrain, log_joint
from gaussmix.mixture.value import Value

#: Numbers held for rows that are looked at together.
_AT_ONCE = 1 << 20


class Landscape(Value):
    """Adds derivatives and modes to a mixture."""

    __slots__ = ()

    def gradient(self, X: Any) -> FloatArray:
        """Gradient of the log density at each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)

        Returns
        -------
        (N, D) array
            In nats per unit of each column. Finite wherever its entries can be written as
            float64, however far the row is.

        Raises
        ------
        ValueError
            For another number of columns, gaps or infinity, and for Student t's.

        Notes
        -----
        sum_k r_k inverse(Sigma_k) (mu_k - x) with r_k the posterior of component k. Noise is
        flat: it takes its part of the posterior inside its box, and pulls nowhere.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.5, 0.5], [[-1.0], [1.0]], [[[1.0]], [[1.0]]])
        >>> mixture.gradient([[0.0], [1e200]])
        array([[ 0.e+000],
               [-1.e+200]])
        """
        return self._derivatives(X, "gradient", (), lambda sight, _: sight.gradient)

    def hessian(self, X: Any) -> FloatArray:
        """Second derivatives of the log density at each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)

        Returns
        -------
        (N, D, D) array
            In nats per unit of each of two columns.

        Raises
        ------
        ValueError
            For another number of columns, gaps or infinity, and for Student t's.

        Notes
        -----
        sum_k r_k g_k g_k' - g g' - sum_k r_k inverse(Sigma_k), with
        g_k = inverse(Sigma_k) (mu_k - x) and g = sum_k r_k g_k; the first two terms are summed
        as one covariance, in which nothing cancels.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[3.0]], [[[0.5]]]).hessian([[7.0]])
        array([[[-2.]]])
        """
        size = (self.n_features,)
        return self._derivatives(X, "hessian", size, lambda sight, at: sight.hessian(at.precisions))

    def _derivatives(
        self,
        X: Any,
        verb: str,
        shape: tuple[int, ...],
        answer: Callable[[Sight, Terrain], FloatArray],
    ) -> FloatArray:
        """An answer for each row (N, D, ...) from what it sees."""
        self._check_gaussian(verb)
        rows = as_rows(X, self.n_features, self._feature_names).astype(np.float64, copy=False)
        gaps = np.isnan(rows)
        if gaps.any():
            row, column = np.argwhere(gaps)[0]
            names = self._feature_names or [f"column {j}" for j in range(self.n_features)]
            raise errors.gap_in_point(verb, int(row), names[column])
        terrain = Terrain.of(self._components)
        out = np.empty((*rows.shape, *shape))
        size = max(1, _AT_ONCE // (self.n_features * (self.n_components + out[:1].size)))
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(rows), size):
                piece = slice(start, start + size)
                out[piece] = answer(self._see(terrain, rows[piece]), terrain)
        return out

    def _see(self, terrain: Terrain, x: FloatArray) -> Sight:
        """What rows x (S, D) see, the noise with the rest."""
        components = self._components
        joint = log_joint(components, x)
        top = joint.max(axis=1)
        far = ~(top > LOG_ZERO / 2.0)
        if far.any():
            joint[far, : self.n_components] = far_log_joint(components, x[far].T).T
            top[far] = joint[far].max(axis=1)
        resp = np.exp(joint - top[:, None])
        resp /= resp.sum(axis=1, keepdims=True)
        noise = None if components.noise is None else resp[:, -1]
        pull = terrain.pulls(x, np.zeros(len(x), dtype=np.intp))
        return Sight(resp[:, : self.n_components], pull, noise)

    def modes(self) -> Modes:
        """The local maxima of the density.

        Returns
        -------
        Modes
            Their places, the highest first, their densities, and which of them each
            component's mean leads to.

        Raises
        ------
        ValueError
            For Student t's.

        Notes
        -----
        Climbs start at the mean of each component and, where covariances differ, at the tops of
        the ridges between two, x(a) = inverse(P) ((1 - a) inverse(Sigma_i) mu_i +
        a inverse(Sigma_j) mu_j) with P = (1 - a) inverse(Sigma_i) + a inverse(Sigma_j): on them
        lie all modes of a mixture of two (Ray & Lindsay 2005, Ann. Stat. 33, 2042-2065), of
        which there may be more than two. Steps are Newton's where the density is seen to rise
        and the mean shift of Carreira-Perpinan (2000), IEEE Trans. Pattern Anal. 22, 1318-1323,
        else. Noise is flat and makes no mode; its density counts at the modes of the Gaussians.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.6, 0.4], [[0.0], [4.0]], [[[1.0]], [[1.0]]])
        >>> mixture.modes().points.round(4)
        array([[9.000e-04],
               [3.998e+00]])
        >>> Mixture([0.6, 0.4], [[0.0], [1.5]], [[[1.0]], [[1.0]]]).modes().of_components
        array([0, 0])
        """
        self._check_gaussian("modes")
        points, of_components = find_modes(Terrain.of(self._components))
        with team(n_jobs=1) as threads:
            heights = log_density(self._components, ArraySource(points), threads)
        return Modes(points, heights, of_components)
