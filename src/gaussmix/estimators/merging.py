"""From components to clusters: merging, stability, and the directions that show them."""

import warnings
from typing import Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.data import IntervalData, is_dask
from gaussmix.density import n_blocks
from gaussmix.em import generator
from gaussmix.estimators.checkpoints import draw_seed
from gaussmix.estimators.fitted import FittedMixture
from gaussmix.estimators.intake import Beside, is_stream, take_in
from gaussmix.estimators.validation import (
    check_int,
    check_n_jobs,
    feature_names,
    fitted_rows,
    row_weights,
)
from gaussmix.execution import team
from gaussmix.mixture import Mixture, Projection, find_directions, rows_covariance
from gaussmix.selection import (
    Agreement,
    ClusterStability,
    MergeTree,
    agreement,
    merge_tree,
    resample,
    stability_of,
)

#: What a refit of the bootstrap does differently.
_QUIET: dict[str, Any] = {
    "n_jobs": 1,
    "warm_start": False,
    "verbose": 0,
    "callback": None,
    "progress": False,
    "checkpoint": None,
    "component_order": "weight",
}


class ClusteringMixture(FittedMixture):
    """Adds what makes clusters of the components of a fitted mixture."""

    def merge_components(
        self,
        X: Any,
        n_clusters: int | None = None,
        *,
        method: str = "entropy",
        sample_weight: Any = None,
        X_covariance: Any = None,
    ) -> MergeTree:
        """Merge components that overlap into clusters.

        A cluster that is no ellipsoid takes several components; merging leaves the fit as it is
        and says which components are one cluster.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), IntervalData, path, stream or Dask collection
            Rows whose assignments are to become clear, as a rule those of the fit. NaN for
            missing values.
        n_clusters : int, optional
            How many to end with; by default "entropy" stops at the elbow and "overlap" where
            every pair overlaps by less than 0.025.
        method : {"entropy", "overlap"}, default="entropy"
            Whether the next pair to merge is the one that frees most entropy, or the one of
            which most rows are taken for the other's.
        sample_weight : array-like of shape (N,), optional
            How often each row counts.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors.

        Returns
        -------
        MergeTree
            With `clusters`, `posterior(X)` and `predict(X)` for any number of clusters; prints
            as a table. `plotting.plot_merges` draws it.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For a number of clusters that is not one from 1 to K, and other columns than fitted.

        Notes
        -----
        Merging clusters a and b frees sum_n w_n [(t_na + t_nb) log(t_na + t_nb)
        - t_na log t_na - t_nb log t_nb], t the posteriors (Baudry, Raftery, Celeux, Lo &
        Gottardo 2010, J. Comput. Graph. Stat. 19, 332-353). The elbow is where two lines fit
        best the entropy against the weight of the rows merged so far; the last merges before it
        are taken back where they free less than 0.05 nats per row of the pair. Of two components
        no elbow is seen: both stay.

        The overlap of a pair is the larger of the two probabilities that a row of one has its
        largest posterior in the other (Hennig 2010, Adv. Data Anal. Classif. 4, 3-34).

        Each merge takes one pass over the rows, and no array of their number is made.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> gm = GaussianMixture(3, covariance_type="tied", random_state=0).fit(X)
        >>> tree = gm.merge_components(X)
        >>> tree.clusters()
        ((0, 2), (1,))
        >>> tree.posterior(X[:2]).round(2)
        array([[1., 0.],
               [0., 1.]])
        """
        mixture = self._named_mixture()
        source = take_in(self, X, Beside(sample_weight, None, X_covariance), reset=False).source
        with team(self.n_jobs, tasks=n_blocks(mixture.components, source.n_rows)) as threads:
            return merge_tree(mixture, source, threads, method, n_clusters)

    def cluster_stability(
        self,
        X: Any,
        sample_weight: Any = None,
        *,
        n_resamples: int = 100,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> ClusterStability:
        """How much of the clustering comes back when the rows are drawn again.

        Each refit has the estimator's parameters and starts of its own, sees a bootstrap sample
        of the rows, and labels all of them. Known labels and measurement errors are left out.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            The rows of the fit.
        sample_weight : array-like of shape (N,), optional
            How often each row counts; so many are drawn.
        n_resamples : int, default=100
        n_jobs : int or None, default=None
            Refits at a time; None is what the estimator has. The result is the same.
        random_state : None, int, RandomState or Generator, default=None
            None goes on with the stream that an integer `random_state` of the estimator fixes.

        Returns
        -------
        ClusterStability
            With `mean`, `quantile`, `component_stability` and `failures`; prints as text.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, and where every refit failed.
        TypeError
            For rows that are not in memory.

        Notes
        -----
        The adjusted Rand index compares the labels of all rows (Hubert & Arabie 1985; Fang &
        Wang 2012, Comput. Stat. Data Anal. 56, 468-477). Of each component it is asked which
        component of the refit is most like it, by Jaccard's similarity; a mean of at least 0.75
        is stable, of less than 0.6 not to be trusted (Hennig 2007, Comput. Stat. Data Anal. 52,
        258-271).

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> gm = GaussianMixture(2, random_state=0).fit(X)
        >>> gm.cluster_stability(X, n_resamples=20).mean > 0.95
        True
        """
        owner = type(self).__name__
        n_resamples = check_int(owner, "n_resamples", n_resamples, 1)
        check_n_jobs(owner, n_jobs)
        check_is_fitted(self)
        if isinstance(X, IntervalData) or is_dask(X) or is_stream(X):
            raise errors.resampling_needs_rows(type(X).__name__)
        rows = fitted_rows(self, X, reset=False)
        given = row_weights(sample_weight, len(rows))
        weight = np.ones(len(rows)) if given is None else given
        labels = self.predict(X)
        seed = draw_seed(self._stream() if random_state is None else random_state)

        def refit(number: int) -> Agreement | str:
            rng = generator(seed, number)
            try:
                others = self._refitted(rows, resample(weight, rng), rng).predict(rows)
            except ValueError as failure:
                return str(failure)
            return agreement(labels, others, len(self.weights_), weight)

        with (
            team(self.n_jobs if n_jobs is None else n_jobs, tasks=n_resamples) as threads,
            warnings.catch_warnings(),
        ):
            # What one refit warns of, most would.
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", errors.DataWarning)
            return stability_of(list(threads.map(refit, range(n_resamples))))

    def _refitted(self, rows: AnyArray, weight: FloatArray, rng: np.random.Generator) -> Self:
        """Another estimator of the same parameters, fitted to the rows as often as weighted."""
        other = type(self)(**(self.get_params(deep=False) | _QUIET))
        other.set_params(n_components=len(self.weights_), random_state=rng)
        fitted: Self = other.fit(rows, sample_weight=weight)
        return fitted

    def projection(
        self,
        n_directions: int | None = None,
        *,
        mean_share: float = 1.0,
        X: Any = None,
        sample_weight: Any = None,
    ) -> Projection:
        """The directions that best show how the components differ.

        Parameters
        ----------
        n_directions : int, optional
            By default all that show a difference; with `mean_share=1` at most K - 1.
        mean_share : float, default=1.0
            How much differences of means count, from 0 to 1; the rest is for differences of
            covariances. 1 separates clusters, 0.5 also shows their shapes.
        X : array-like or data frame of shape (N, D), optional
            Rows whose covariance, of those without gaps, is used in place of the mixture's.
        sample_weight : array-like of shape (N,), optional
            How often each of these rows counts.

        Returns
        -------
        Projection
            With `basis` (D, M), `eigenvalues`, `transform(X)` and the projected `mixture`;
            prints as a table of the columns that load most. `plotting.plot_projection` draws it.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For components that do not differ, or more directions than there are.

        Notes
        -----
        See `gaussmix.mixture.find_directions`. Scrucca (2010), Stat. Comput. 20, 471-484.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> gm = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0, 0.0], [4.0, 0.0]], [1.0, 1.0], covariance_type="spherical"
        ... )
        >>> gm.projection().basis.round(3)
        array([[1.],
               [0.]])
        """
        mixture = self._named_mixture()
        covariance: FloatArray | None = None
        if X is not None:
            covariance = rows_covariance(mixture, X, sample_weight)
        return find_directions(mixture, n_directions, mean_share=mean_share, covariance=covariance)

    def _named_mixture(self) -> Mixture:
        """The fitted distribution, with the names of its columns."""
        return Mixture.from_components(
            self._components(), self.covariance_type, feature_names(self)
        )
