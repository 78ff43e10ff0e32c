"""What a fitted mixture can do, whichever way it was fitted."""

from typing import Any

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    DensityMixin,
    TransformerMixin,
)
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data import Source, is_dask
from gaussmix.density import (
    Components,
    Totals,
    labels,
    log_density,
    n_blocks,
    posterior,
    totals,
)
from gaussmix.estimators.attributes import DENSE, components_of, dense
from gaussmix.estimators.intake import Beside, local, take_in
from gaussmix.execution import team
from gaussmix.mixture import Mixture, generator_of, sample


def check_points(components: Any, source: Source) -> None:
    """Refuse rows that are no points where components are Student t's."""
    if isinstance(components, Components) and not components.is_gaussian and not source.is_plain:
        raise errors.tails_need_points()


class FittedMixture(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]  # scikit-learn has no types
    TransformerMixin,  # type: ignore[misc]
    DensityMixin,  # type: ignore[misc]
    BaseEstimator,  # type: ignore[misc]
):
    """Prediction, scores and samples from the fitted attributes."""

    covariance_type: str
    random_state: Any
    n_jobs: int | None
    weights_: AnyArray
    means_: AnyArray
    covariances_: AnyArray
    precisions_: AnyArray
    precisions_cholesky_: AnyArray
    mixture_: Mixture

    def _answer(
        self, question: Any, X: Any, X_covariance: Any = None, of: Any = None, **options: Any
    ) -> AnyArray:
        """Ask a row-wise question of the density room, of the weighing components or others."""
        check_is_fitted(self)
        components = self._weighing if of is None else of
        if is_dask(X):
            from gaussmix.estimators.on_dask import ask_lazily  # noqa: PLC0415  needs Dask

            lazy: AnyArray = ask_lazily(
                self, question, components, X, X_covariance, options=options
            )
            return lazy
        source = local(take_in(self, X, Beside(X_covariance=X_covariance), reset=False))
        check_points(components, source)
        with team(self.n_jobs, tasks=n_blocks(self._weighing, source.n_rows)) as threads:
            answer: AnyArray = question(components, source, threads, **options)
        return answer

    def predict(self, X: Any, *, X_covariance: Any = None) -> IntArray:
        """Likeliest component of each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), IntervalData, path, stream or Dask collection
            NaN for missing values; what was observed counts. Of a Dask collection the answer is
            a lazy one of the same kind.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors.

        Returns
        -------
        (N,) array of int
            Numbers 0..K-1, the first among equals; -1 for the noise component.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> gm = GaussianMixture.from_parameters([0.5, 0.5], [[0.0], [4.0]], [[[1.0]], [[1.0]]])
        >>> gm.predict([[0.5], [3.0]])
        array([0, 1])
        >>> gm.predict_proba([[2.0]])
        array([[0.5, 0.5]])
        >>> gm.score_samples([[0.0]]).round(3)
        array([-1.612])
        """
        return self._answer(labels, X, X_covariance)

    def predict_proba(self, X: Any, *, X_covariance: Any = None) -> AnyArray:
        """Posterior probability of each component for each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), IntervalData, path, stream or Dask collection
            NaN for missing values; what was observed counts. Of a Dask collection the answer is
            a lazy one of the same kind.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors.

        Returns
        -------
        (N, K) array, or (N, K + 1) with a noise component
            Each row sums to one; of the type of the fitted attributes. The last column is the
            noise's. A row without a value has the weights; for rows so far away that squares
            overflow it is the limit along their direction.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.
        """
        check_is_fitted(self)
        return self._answer(posterior, X, X_covariance, dtype=np.asarray(self.means_).dtype)

    def transform(self, X: Any, *, X_covariance: Any = None) -> AnyArray:
        """Posterior probabilities (N, K), as `predict_proba` gives them."""
        return self.predict_proba(X, X_covariance=X_covariance)

    def score_samples(self, X: Any, *, X_covariance: Any = None) -> FloatArray:
        """Log density of each row.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), IntervalData, path, stream or Dask collection
            NaN for missing values; what was observed counts. Of a Dask collection the answer is
            a lazy one of the same kind.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors.

        Returns
        -------
        (N,) array of float64
            In nats, per unit of each observed column; 0 for a row without a value, -inf where
            squares overflow. Of an interval the log of its probability.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.
        """
        return self._answer(log_density, X, X_covariance)

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, X_covariance: Any = None
    ) -> float:
        """Mean log density of the rows.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        y : ignored
        sample_weight : array-like of shape (N,), optional
            How often each row counts.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors.

        Returns
        -------
        float
            In nats per row: sum_n w_n log p(x_n) / sum_n w_n.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, text or infinity.
        """
        found = self._totals(X, sample_weight, X_covariance)
        return found.log_likelihood / found.weight

    def _totals(self, X: Any, sample_weight: Any, X_covariance: Any) -> Totals:
        check_is_fitted(self)
        beside = Beside(sample_weight, X_covariance=X_covariance)
        source = take_in(self, X, beside, reset=False).source
        components = components_of(self)
        check_points(components, source)
        with team(self.n_jobs, tasks=n_blocks(components, source.n_rows)) as threads:
            return totals(components, source, threads)

    def sample(self, n_samples: int = 1, random_state: Any = None) -> tuple[FloatArray, IntArray]:
        """Random rows from the fitted mixture, in random order.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : None, int, Generator or RandomState
            None draws fresh rows at every call, from a stream that an integer
            `random_state` of the estimator fixes.

        Returns
        -------
        X : (n_samples, D) array
        y : (n_samples,) array of int
            The component that each row was drawn from.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For less than one row.
        """
        check_is_fitted(self)
        if n_samples < 1:
            raise errors.invalid_n_samples(n_samples)
        rng = self._stream() if random_state is None else generator_of(random_state)
        return sample(components_of(self), n_samples, rng)

    def sample_like(
        self,
        table: Any,
        n_samples: int | None = None,
        *,
        known: Any = None,
        gaps: bool = False,
        copies: str = "redraw",
        random_state: Any = None,
    ) -> Any:
        """Random rows as a table like another one; see `Mixture.sample_like`.

        Parameters
        ----------
        table : array-like or data frame
            As a rule that of the fit.
        n_samples : int, optional
            None is as many as the table has.
        known, gaps, copies
            As for `Mixture.sample_like`.
        random_state : None, int, Generator or RandomState
            As for `sample`.

        Returns
        -------
        table
            Of the same library, its columns in the same order; an array for an array.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            As `Mixture.sample_like`.
        """
        check_is_fitted(self)
        rng = self._stream() if random_state is None else generator_of(random_state)
        options = {"known": known, "gaps": gaps, "copies": copies}
        return self.mixture_.sample_like(table, n_samples, **options, random_state=rng)

    def _stream(self) -> np.random.Generator:
        """The estimator's own stream of samples, which every call moves on."""
        if not hasattr(self, "_sample_stream"):
            self._sample_stream = generator_of(self.random_state)
        return self._sample_stream

    @property
    def _n_features_out(self) -> int:
        return len(self.weights_) + hasattr(self, "noise_weight_")

    @property
    def _weighing(self) -> Components:
        """The components as they weigh rows."""
        return components_of(self)

    def _components(self) -> Components:
        check_is_fitted(self)
        return components_of(self)

    def __getattr__(self, name: str) -> Any:
        """The whole matrices of factors, which are made when they are asked for."""
        mixture = vars(self).get("mixture_")
        if name in DENSE and mixture is not None:
            return dense(mixture, name).astype(np.asarray(self.means_).dtype, copy=False)
        # What a property has refused is refused again in its own words.
        return super().__getattribute__(name)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
