"""How far a mixture is from another, and its components from each other."""

from typing import Any, Self

import numpy as np

from gaussmix.mixture import divergences, transport
from gaussmix.mixture.information import Information, told
from gaussmix.mixture.overlaps import pair_overlaps


class Apart(Information):
    """Adds transport between mixtures and overlap of components to a mixture."""

    __slots__ = ()

    def wasserstein(self, other: Self, *, return_plan: bool = False) -> Any:
        """Wasserstein distance of order 2 between mixtures, MW2.

        Parameters
        ----------
        other : Mixture
            Of the same columns.
        return_plan : bool, default=False
            Whether the plan is returned too.

        Returns
        -------
        distance : float
            In the units of the data, which all columns share.
        plan : (K, J) array
            Only if `return_plan`: how much of each of these components' weight goes to each
            of the other's.

        Raises
        ------
        ValueError
            For other columns, noise and Student t's.

        Notes
        -----
        The root of the least mean squared distance between rows of both among the joint
        distributions that are themselves Gaussian mixtures (Delon & Desolneux 2020, SIAM J.
        Imaging Sci. 13, 936-970): the least sum over k and j of plan_kj times
        |mu_k - nu_j|^2 + tr(Sigma_k + T_j - 2 (Sigma_k^{1/2} T_j Sigma_k^{1/2})^{1/2}). A
        metric, and no smaller than the Wasserstein distance among all joint distributions, which
        it equals for single Gaussians. By linear programming, to 1e-10 of the largest of those
        costs.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> p = Mixture([0.5, 0.5], [[0.0], [10.0]], [[[1.0]], [[1.0]]])
        >>> q = Mixture([0.5, 0.5], [[12.0], [2.0]], [[[1.0]], [[1.0]]])
        >>> distance, plan = p.wasserstein(q, return_plan=True)
        >>> distance
        2.0
        >>> plan
        array([[0. , 0.5],
               [0.5, 0. ]])
        """
        theirs = self._partner(other, "wasserstein", "a box is no Gaussian").components
        cost = transport.costs(self._components, theirs)
        plan = transport.cheapest_plan(cost, self._components.weights, theirs.weights)
        distance = float(np.sqrt(max(float((plan * cost).sum()), 0.0)))
        return (distance, plan) if return_plan else distance

    def overlap(
        self,
        *,
        return_error: bool = False,
        tol: float = 1e-4,
        max_points: int = 1 << 16,
        random_state: object = 0,
    ) -> Any:
        """How often rows of one component are likelier under another.

        Parameters
        ----------
        return_error, tol, max_points, random_state
            As in `entropy`; here the tolerance is of probabilities.

        Returns
        -------
        overlap : (K, K) array
            Entry (i, j) is the probability that a row of component i is likelier j's than i's,
            0 for i = j. The sum of (i, j) and (j, i) is the overlap of the pair, and the largest
            sum how near two components come. See `misclassification` for all at once.
        errors : (K, K) array
            Only if `return_error`: standard errors; 0 where the probability is known exactly, of
            one column and of covariances that are all the same.

        Raises
        ------
        ValueError
            For Student t's, and a `tol` or `max_points` that is not above 0.

        Notes
        -----
        P(w_i N(x | mu_i, Sigma_i) < w_j N(x | mu_j, Sigma_j)) for x from component i (Maitra &
        Melnykov 2010, J. Comput. Graph. Stat. 19, 354-376). In coordinates in which Sigma_i is the
        identity and Sigma_j diagonal the log odds are a sum of quadratic polynomials of
        independent normals: exact along the one that counts most, given the others, over which
        that is averaged with Sobol points. Noise is left out.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.5, 0.5], [[0.0], [2.0]], [[[1.0]], [[1.0]]])
        >>> mixture.overlap().round(4)
        array([[0.    , 0.1587],
               [0.1587, 0.    ]])
        """
        points = self._points("overlap", random_state, tol, max_points)
        found = pair_overlaps(self._components, points)
        return found if return_error else found[0]

    def misclassification(
        self,
        *,
        return_error: bool = False,
        tol: float = 1e-5,
        max_points: int = 1 << 16,
        random_state: object = 0,
    ) -> Any:
        """Share of rows whose likeliest component is not the one that they came from.

        Parameters
        ----------
        return_error, tol, max_points, random_state
            As in `entropy`; here the tolerance is of a probability.

        Returns
        -------
        share : float
            E(1 - max_k r_k), the error of Bayes' rule; noise counts as a component.
        error : float
            Only if `return_error`.

        Raises
        ------
        ValueError
            For Student t's, and a `tol` or `max_points` that is not above 0.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.5, 0.5], [[0.0], [2.0]], [[[1.0]], [[1.0]]])
        >>> round(mixture.misclassification(), 4)
        0.1587
        """
        points = self._points("misclassification", random_state, tol, max_points)
        return told(divergences.doubt(self._components, points), return_error)
