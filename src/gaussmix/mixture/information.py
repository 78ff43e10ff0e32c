"""What a mixture tells, and what is lost by taking it for another."""

from typing import Any, Self

import numpy as np

from gaussmix import errors
from gaussmix.density import Components
from gaussmix.mixture import combination, divergences
from gaussmix.mixture.probability import Probable


class Information(Probable):
    """Adds entropy and divergences to a mixture."""

    __slots__ = ()

    def entropy(
        self,
        *,
        return_error: bool = False,
        tol: float = 1e-5,
        max_points: int = 1 << 16,
        random_state: object = 0,
    ) -> Any:
        """Differential entropy, -E log p(x).

        Parameters
        ----------
        return_error : bool, default=False
            Whether the error is returned too.
        tol : float, default=1e-5
            The standard error sought, in nats, where random points are needed; see Notes.
        max_points : int, default=65536
            The most of them for a component.
        random_state : None, int, Generator or RandomState, default=0
            Where their shifts come from: the same call gives the same number unless it is None.

        Returns
        -------
        entropy : float
            In nats, of densities per unit of each column.
        error : float
            Only if `return_error`: of one column what quadrature may have cost, else the
            standard error.

        Raises
        ------
        ValueError
            For Student t's, and a `tol` or `max_points` that is not above 0.

        Notes
        -----
        sum_k w_k (h_k - log w_k + E_k log r_k), with h_k the entropy of component k, E_k its
        mean, and r_k its posterior: only what rows leave open of their component is worked out
        by quadrature (one column, to about 1e-10) or over Sobol points of each component under
        eight random shifts, more of them until the standard error is below `tol`.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> round(Mixture([1.0], [[0.0]], [[[1.0]]]).entropy(), 6)
        1.418939
        >>> far = Mixture([0.5, 0.5], [[0.0], [40.0]], [[[1.0]], [[1.0]]])
        >>> round(far.entropy(), 6)  # log 2 more
        2.112086
        """
        points = self._points("entropy", random_state, tol, max_points)
        return told(divergences.entropy(self._components, points), return_error)

    def entropy_bounds(self) -> tuple[float, float]:
        """Bounds of the entropy that need no integral.

        Returns
        -------
        lower, upper : float
            In nats.

        Raises
        ------
        ValueError
            For noise and Student t's.

        Notes
        -----
        With the entropies h_k, the Kullback-Leibler divergences KL_kj and the Bhattacharyya
        distances B_kj of the Gaussians (Kolchinsky & Tracey 2017, Entropy 19, 361),

        H >= sum_k w_k (h_k - log sum_j w_j exp(-B_kj)),
        H <= sum_k w_k (h_k - log sum_j w_j exp(-KL_kj)),

        and H >= -sum_k w_k log sum_j w_j N(mu_k; mu_j, Sigma_k + Sigma_j) (Huber et al. 2008,
        IEEE Int. Conf. Multisensor Fusion and Integration, 181-188); the better of the lower
        ones is returned.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [[[1.0]], [[1.0]]])
        >>> lower, upper = mixture.entropy_bounds()
        >>> round(lower, 3), round(mixture.entropy(), 3), round(upper, 3)
        (1.985, 2.052, 2.112)
        """
        self._check_gaussian("entropy_bounds")
        self._check_no_noise("entropy_bounds", "its bounds are of pairs of Gaussians")
        return divergences.entropy_bounds(self._components)

    def kl_divergence(
        self,
        other: Self,
        *,
        return_error: bool = False,
        tol: float = 1e-5,
        max_points: int = 1 << 16,
        random_state: object = 0,
    ) -> Any:
        """Kullback-Leibler divergence of this density p from another q, E_p log(p / q).

        Parameters
        ----------
        other : Mixture
            q, of the same columns.
        return_error, tol, max_points, random_state
            As in `entropy`.

        Returns
        -------
        divergence : float
            In nats; inf where q has no density and p has.
        error : float
            Only if `return_error`.

        Raises
        ------
        ValueError
            For other columns, Student t's, and a `tol` or `max_points` that is not above 0.

        Notes
        -----
        sum_k w_k (log(w_k / v_j) + KL(N_k, N_j) + E_k (log s_j - log r_k)), with r and s the
        posteriors under p and q, and j the component of q that is nearest to k of p. So the
        divergence of one Gaussian from another is exact, and a mixture's from itself is 0; what
        is left is worked out as the entropy is.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> p = Mixture([1.0], [[0.0]], [[[1.0]]])
        >>> q = Mixture([1.0], [[1.0]], [[[1.0]]])
        >>> p.kl_divergence(q)
        0.5
        """
        aligned = self._other("kl_divergence", other)
        points = self._points("kl_divergence", random_state, tol, max_points)
        found = divergences.divergence(self._components, aligned, points)
        return told(found, return_error)

    def symmetric_divergence(
        self,
        other: Self,
        *,
        return_error: bool = False,
        tol: float = 1e-5,
        max_points: int = 1 << 16,
        random_state: object = 0,
    ) -> Any:
        """Jeffreys' divergence: the Kullback-Leibler divergences both ways, added.

        Parameters
        ----------
        other : Mixture
            Of the same columns.
        return_error, tol, max_points, random_state
            As in `entropy`.

        Returns
        -------
        divergence : float
            In nats.
        error : float
            Only if `return_error`.

        Raises
        ------
        ValueError
            As in `kl_divergence`.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> p = Mixture([1.0], [[0.0]], [[[1.0]]])
        >>> p.symmetric_divergence(Mixture([1.0], [[1.0]], [[[1.0]]]))
        1.0
        """
        theirs = self._other("symmetric_divergence", other)
        points = self._points("symmetric_divergence", random_state, tol, max_points)
        there = divergences.divergence(self._components, theirs, points)
        back = divergences.divergence(theirs, self._components, points)
        return told((there[0] + back[0], float(np.hypot(there[1], back[1]))), return_error)

    def jensen_shannon_divergence(
        self,
        other: Self,
        *,
        return_error: bool = False,
        tol: float = 1e-5,
        max_points: int = 1 << 16,
        random_state: object = 0,
    ) -> Any:
        """Jensen and Shannon's divergence: from 0 for the same density to log 2 for no overlap.

        Parameters
        ----------
        other : Mixture
            Of the same columns.
        return_error, tol, max_points, random_state
            As in `entropy`.

        Returns
        -------
        divergence : float
            In nats; its square root is a metric.
        error : float
            Only if `return_error`.

        Raises
        ------
        ValueError
            As in `kl_divergence`, and for noise in boxes that differ.

        Notes
        -----
        Half of the Kullback-Leibler divergences of both from their equal mixture, added
        (Lin 1991, IEEE Trans. Inf. Theory 37, 145-151).

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> p = Mixture([1.0], [[0.0]], [[[1.0]]])
        >>> round(p.jensen_shannon_divergence(Mixture([1.0], [[90.0]], [[[1.0]]])), 6)
        0.693147
        """
        theirs = self._other("jensen_shannon_divergence", other)
        points = self._points("jensen_shannon_divergence", random_state, tol, max_points)
        mine = self._components
        if not combination.have_one_box([mine, theirs]):
            raise errors.different_noise()
        kinds = (self._covariance_type, other.covariance_type)
        parts = list(zip((mine, theirs), kinds, strict=True))
        both, _ = combination.union(parts, np.array([0.5, 0.5]))
        one, two = (divergences.divergence(part, both, points) for part in (mine, theirs))
        value, error = 0.5 * (one[0] + two[0]), 0.5 * float(np.hypot(one[1], two[1]))
        return told((value, error), return_error)

    def _other(self, verb: str, other: Self) -> Components:
        """Another mixture's components, its columns in this one's order; of Gaussians."""
        aligned = self._aligned(other)
        aligned._check_gaussian(verb)  # noqa: SLF001  of this class
        return aligned.components


def told(found: tuple[float, float], return_error: bool) -> Any:  # noqa: FBT001  passed on
    """A value, with its error where that is asked for."""
    return found if return_error else found[0]
