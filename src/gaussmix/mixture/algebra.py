"""Calculating with mixtures: affine maps, sums, products, unions."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy.special import logsumexp

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.mixture import combination
from gaussmix.mixture.checks import check_weights
from gaussmix.mixture.structure import columns_moved, rank
from gaussmix.mixture.value import Value


class Algebra(Value):
    """Adds calculation to a mixture."""

    __slots__ = ()

    def affine(self, A: Any, b: Any = None, feature_names: Sequence[str] | None = None) -> Self:
        """The distribution of A x + b.

        Parameters
        ----------
        A : array-like of shape (M, D)
            With independent rows, so that M is at most D.
        b : array-like of shape (M,), optional
            Zero by default.
        feature_names : sequence of str, optional
            Names of the M new columns. By default those of the old ones where each new column
            is a multiple of one, else none.

        Returns
        -------
        Mixture
            Of the same covariance type where A leaves its structure: always for "tied"; for
            diagonal ones where A only scales and picks columns; for spherical ones where
            A A' is a multiple of the identity. Else of "full" covariances, or "tied" ones.

        Raises
        ------
        ValueError
            For another shape, entries that are not finite, rows that depend on each other, and
            a mixture with noise where A mixes columns: a box that is turned is no box.

        Notes
        -----
        Means A mu_k + b and covariances A Sigma_k A'; of Student t's likewise, with their
        degrees of freedom.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.5, 0.5], [[0.0, 1.0], [4.0, 5.0]], [1.0, 2.0],
        ...                   covariance_type="spherical")
        >>> total = mixture.affine([[1.0, 1.0]], feature_names=["total"])
        >>> total.means
        array([[1.],
               [9.]])
        >>> total.covariances
        array([2., 4.])
        """
        matrix, offset = self._map(A, b)
        moved = columns_moved(matrix)
        if self._components.noise is not None and moved is None:
            raise errors.without_noise_only("affine", "a box that is turned is no box")
        components, kind = combination.affine(
            self._components, self._covariance_type, matrix, offset
        )
        if feature_names is None and moved is not None:
            feature_names = self._names_of(moved)
        return self.from_components(components, kind, feature_names)

    def _map(self, A: Any, b: Any) -> tuple[FloatArray, FloatArray]:
        """The matrix (M, D) and the offset (M,), checked."""
        matrix = np.asarray(A, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != self.n_features or len(matrix) == 0:
            raise errors.wrong_shape("A", (-1, self.n_features), matrix.shape)
        offset = np.zeros(len(matrix)) if b is None else np.asarray(b, dtype=np.float64)
        if offset.shape != (len(matrix),):
            raise errors.wrong_shape("b", (len(matrix),), offset.shape)
        for name, values in (("A", matrix), ("b", offset)):
            if not np.isfinite(values).all():
                raise errors.not_finite_parameter(name)
        found = rank(matrix, self._components.centre_and_scale[1])
        if found < len(matrix):
            raise errors.rank_too_low(found, matrix.shape)
        return matrix, offset

    def add_error(self, covariance: Any) -> Self:
        """The distribution of x + e, with an independent normal error e of mean zero.

        Parameters
        ----------
        covariance : float, array-like of shape (D,) or (D, D)
            Of the error: one variance for all columns, one for each, or the whole matrix, in
            squared units of the data. May be zero in some directions.

        Returns
        -------
        Mixture
            Of the same covariance type where its structure stays, else of "full" covariances,
            or "tied" ones.

        Raises
        ------
        ValueError
            For another shape, what is no covariance, and for noise and Student t's, whose sums
            with a normal error are none of their kind.

        Notes
        -----
        sum_k w_k N(mu_k, Sigma_k + covariance).

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.5, 0.5], [[0.0], [4.0]], [[1.0], [2.0]], covariance_type="diag")
        >>> mixture.add_error(0.5).covariances
        array([[1.5],
               [2.5]])
        """
        self._check_gaussian("add_error")
        self._check_no_noise("add_error", "a box with blurred walls is no box")
        error = np.asarray(covariance, dtype=np.float64)
        size = self.n_features
        if error.shape not in ((), (size,), (size, size)):
            raise errors.wrong_error_shape(error.shape, size)
        if not np.isfinite(error).all():
            raise errors.not_finite_parameter("covariance")
        if error.ndim == 2 and np.abs(error - error.T).max() > 1e-8 * np.abs(error).max():
            raise errors.not_symmetric_error(float(np.abs(error - error.T).max()))
        variances = np.diagonal(error) if error.ndim == 2 else np.atleast_1d(error)
        if (variances < 0.0).any():
            raise errors.not_a_covariance(float(variances.min()))
        return self.from_components(
            *combination.plus_error(self._components, self._covariance_type, error),
            self._feature_names,
        )

    def convolve(self, other: Self) -> Self:
        """The distribution of the sum of a row from here and an independent one from another.

        Parameters
        ----------
        other : Mixture
            Of the same columns.

        Returns
        -------
        Mixture
            Of K times J components, the other's J for each of these.

        Raises
        ------
        ValueError
            For other columns, noise and Student t's.

        Notes
        -----
        sum_kj w_k v_j N(mu_k + nu_j, Sigma_k + T_j).

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> dice = Mixture([0.5, 0.5], [[0.0], [1.0]], [[[0.1]], [[0.1]]])
        >>> two = dice.convolve(dice)
        >>> two.weights, two.means.ravel()
        (array([0.25, 0.25, 0.25, 0.25]), array([0., 1., 1., 2.]))
        """
        other = self._partner(other, "convolve", "a box with blurred walls is no box")
        return self._combined(combination.convolution, other)

    def product(self, other: Self) -> Self:
        """The density in proportion to the product of two densities.

        Parameters
        ----------
        other : Mixture
            Of the same columns.

        Returns
        -------
        Mixture
            Of K times J components, the other's J for each of these. What the product was
            divided by is `exp(log_product_integral(other))`.

        Raises
        ------
        ValueError
            For other columns, noise and Student t's.

        Notes
        -----
        N(mu, S) N(nu, T) = N(mu; nu, S + T) N(m, V) with inverse(V) = inverse(S) + inverse(T)
        and m = mu + S inverse(S + T) (nu - mu).

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> prior = Mixture([0.5, 0.5], [[0.0], [4.0]], [[[1.0]], [[1.0]]])
        >>> seen = Mixture([1.0], [[3.0]], [[[1.0]]])
        >>> prior.product(seen).means
        array([[1.5],
               [3.5]])
        >>> prior.product(seen).weights.round(3)
        array([0.119, 0.881])
        """
        other = self._partner(other, "product", "a Gaussian within a box is no Gaussian")
        return self._combined(combination.product, other)

    def log_product_integral(self, other: Self) -> float:
        """Logarithm of the integral of the product of two densities.

        Parameters
        ----------
        other : Mixture
            Of the same columns.

        Returns
        -------
        float
            In nats, with densities per unit of each column.

        Raises
        ------
        ValueError
            For other columns, noise and Student t's.

        Notes
        -----
        log sum_kj w_k v_j N(mu_k; nu_j, Sigma_k + T_j).

        Examples
        --------
        >>> import math
        >>> from gaussmix import Mixture
        >>> normal = Mixture([1.0], [[0.0]], [[[1.0]]])
        >>> math.isclose(normal.log_product_integral(normal), -math.log(2 * math.sqrt(math.pi)))
        True
        """
        why = "a Gaussian within a box is no Gaussian"
        other = self._partner(other, "log_product_integral", why)
        return float(logsumexp(combination.log_contacts(self._components, other.components)))

    @classmethod
    def union(cls, mixtures: Sequence[Self], weights: Any = None) -> Self:
        """The mixture of mixtures: a row comes from each with some probability.

        Parameters
        ----------
        mixtures : sequence of Mixture
            Of the same columns.
        weights : array-like, optional
            The probability of each; equal by default.

        Returns
        -------
        Mixture
            With the components of all, in their order. Of their common covariance type where
            that asks nothing of several components together, else "full", or "tied" where all
            have one covariance.

        Raises
        ------
        ValueError
            For no mixtures, other columns, weights that are no distribution, noise in boxes
            that differ, and Gaussians beside Student t's.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> low = Mixture([1.0], [[0.0]], [[[1.0]]])
        >>> high = Mixture([0.5, 0.5], [[4.0], [9.0]], [[[1.0]], [[2.0]]])
        >>> Mixture.union([low, high], weights=[0.2, 0.8]).weights
        array([0.2, 0.4, 0.4])
        """
        if len(mixtures) == 0:
            raise errors.no_mixtures()
        first, *others = mixtures
        if not isinstance(first, Value):
            raise errors.not_a_mixture(first)
        parts = [first, *(first._aligned(other) for other in others)]  # noqa: SLF001  of this class
        shares = (
            np.full(len(parts), 1.0 / len(parts))
            if weights is None
            else check_weights(weights, len(parts))
        )
        if len({part.components.is_gaussian for part in parts}) > 1:
            raise errors.gaussians_and_tails()
        if not combination.have_one_box([part.components for part in parts]):
            raise errors.different_noise()
        structured = [(part.components, part.covariance_type) for part in parts]
        return cls.from_components(*combination.union(structured, shares), first.feature_names)

    def _combined(self, combine: Any, other: Self) -> Self:
        """What a rule makes of two."""
        components, kind = combine(
            self._components, self._covariance_type, other.components, other.covariance_type
        )
        return self.from_components(components, kind, self._feature_names)
