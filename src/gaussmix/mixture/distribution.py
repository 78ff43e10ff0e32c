"""`Mixture`: a Gaussian mixture distribution as a frozen value."""

from collections.abc import Sequence
from typing import Any, final

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import family_named
from gaussmix.data import ArraySource, as_rows
from gaussmix.density import Components, log_density, n_blocks, posterior
from gaussmix.execution import team
from gaussmix.mixture.algebra import Algebra
from gaussmix.mixture.checks import check_covariances, check_means, check_weights
from gaussmix.mixture.conditioned import Conditioned
from gaussmix.mixture.distance import Apart
from gaussmix.mixture.landscape import Landscape
from gaussmix.mixture.limits import one_box
from gaussmix.mixture.moments import Shaped
from gaussmix.mixture.probability import Probable
from gaussmix.mixture.reduction import Reduced
from gaussmix.mixture.region import Regional
from gaussmix.mixture.sampling import check_count, generator_of, sample
from gaussmix.mixture.synthesis import Synthetic
from gaussmix.mixture.truncation import truncated_sample
from gaussmix.mixture.value import Column, Value


@final
class Mixture(
    Synthetic,
    Conditioned,
    Algebra,
    Apart,
    Landscape,
    Probable,
    Regional,
    Shaped,
    Reduced,
    Value,
):
    """A Gaussian mixture distribution.

    p(x) = sum_k w_k N(x | mu_k, Sigma_k). A frozen value: it needs no fit, and nothing
    changes it.

    Parameters
    ----------
    weights : array-like of shape (K,)
        Proportions of the components; at least zero, summing to one.
    means : array-like of shape (K, D)
        In the units of the data.
    covariances : array-like
        In squared units of the data; (K, D, D) for `covariance_type="full"`, (D, D) for
        "tied", (K, D) for "diag", (K,) for "spherical", (K, D, D) for every other type.
    covariance_type : str, default="full"
        One of "full", "tied", "diag", "spherical", "tied_diag", "tied_spherical" or of
        mclust's fourteen codes, "EII" to "VVV".
    feature_names : sequence of str, optional
        Names of the D columns.

    Raises
    ------
    ValueError
        For arrays of the wrong shape, weights that are no distribution, covariances that
        are not positive definite or lack the structure of their type.

    Notes
    -----
    McLachlan & Peel (2000), *Finite Mixture Models*, chapter 3.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
    >>> mixture.mean()
    array([2.8])
    >>> mixture.covariance()
    array([[5.06]])
    >>> mixture.posterior([[0.0], [2.0]]).round(3)
    array([[0.971, 0.029],
           [0.182, 0.818]])
    """

    __slots__ = ()

    def __init__(
        self,
        weights: Any,
        means: Any,
        covariances: Any,
        *,
        covariance_type: str = "full",
        feature_names: Sequence[str] | None = None,
    ) -> None:
        family_named(covariance_type)
        means = np.asarray(means, dtype=np.float64)
        if means.ndim != 2 or means.shape[1] == 0:
            raise errors.wrong_shape("means", (len(np.atleast_1d(weights)), -1), means.shape)
        components = Components(
            check_weights(weights, len(means)),
            check_means(means, *means.shape),
            check_covariances(covariances, covariance_type, *means.shape),
        )
        self._fill(components, covariance_type, feature_names)

    def _source(self, X: Any) -> ArraySource:
        return ArraySource(as_rows(X, self.n_features, self._feature_names))

    def log_pdf(self, X: Any) -> FloatArray:
        """Log density of each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            A vector is N rows where D = 1. NaN for what is not known.

        Returns
        -------
        (N,) array
            In nats; the density is of a row's known values, per unit of each column. -inf where
            squares of the values overflow.

        Raises
        ------
        ValueError
            For another number of columns, and infinity.
        """
        source = self._source(X)
        with team(tasks=n_blocks(self._components, source.n_rows)) as threads:
            return log_density(self._components, source, threads)

    def pdf(self, X: Any) -> FloatArray:
        """Density of each row, (N,); see `log_pdf`."""
        return np.exp(self.log_pdf(X))

    def posterior(self, X: Any) -> FloatArray:
        """Probability that each row came from each component.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for what is not known.

        Returns
        -------
        (N, K) array
            w_k N(x | mu_k, Sigma_k) / p(x); each row sums to one. A fit with noise has one
            column more, the noise's.
        """
        source = self._source(X)
        with team(tasks=n_blocks(self._components, source.n_rows)) as threads:
            return np.asarray(posterior(self._components, source, threads))

    def sample(
        self, n: int = 1, random_state: object = None, *, lower: Any = None, upper: Any = None
    ) -> tuple[FloatArray, IntArray]:
        """Random rows, in random order; on request of the part inside a box.

        Parameters
        ----------
        n : int, default=1
            Number of rows.
        random_state : None, int, Generator or RandomState
            None draws afresh at every call.
        lower, upper : number, array-like of shape (D,) or mapping, optional
            Ends of a box that rows are to lie in: numbers where D = 1, or one for each column,
            -inf and inf for a column without an end; a mapping names the columns that have one.

        Returns
        -------
        X : (n, D) array
        labels : (n,) array
            The component that each row was drawn from; -1 for noise.

        Raises
        ------
        ValueError
            For less than one row, what is no whole number or seeds no generator, ends of another
            shape or the wrong way round, and a box of no probability.

        Notes
        -----
        Inside a box rows are exact: of proposals that keep to the box each is kept by its chance
        (Botev 2017, J. R. Stat. Soc. B 79, 125-148), however unlikely the box is.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])
        >>> X, labels = mixture.sample(5, random_state=0)
        >>> X.shape, labels.shape
        ((5, 1), (5,))
        >>> bool((mixture.sample(100, random_state=0, lower=3.0)[0] >= 3.0).all())
        True
        """
        n, rng = check_count(n), generator_of(random_state)
        if lower is None and upper is None:
            return sample(self._components, n, rng)
        self._check_gaussian("sample inside a box")
        return truncated_sample(self._components, one_box(self, lower, upper), n, rng)

    def mean(self) -> FloatArray:
        """Mean of the distribution, (D,)."""
        return self._components.mean

    def covariance(self) -> FloatArray:
        """Covariance of the distribution, (D, D): within plus between components."""
        return self._components.covariance

    def marginal(self, columns: Column | Sequence[Column]) -> "Mixture":
        """The distribution of some of the columns.

        Parameters
        ----------
        columns : int, str or sequence of them
            Numbers or names, in the order wanted.

        Returns
        -------
        Mixture
            Of the same covariance type.

        Raises
        ------
        ValueError
            For an unknown or repeated column, or none.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> names = ["length", "width"]
        >>> mixture = Mixture([1.0], [[3.0, 5.0]], [[[2.0, 0.5], [0.5, 1.0]]], feature_names=names)
        >>> mixture.marginal("width").means
        array([[5.]])
        """
        index = self._index(columns)
        components = self._components.marginal(index)
        return Mixture.from_components(components, self._covariance_type, self._names_of(index))
