"""What a Bayesian fit leaves open: draws of parameters, intervals, numbers of components."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from gaussmix._typing import IntArray
from gaussmix.density import n_blocks
from gaussmix.estimators.attributes import structure_of
from gaussmix.estimators.checkpoints import draw_seed
from gaussmix.estimators.fitted import FittedMixture
from gaussmix.estimators.intake import Beside, take_in
from gaussmix.estimators.uncertainty import check_level
from gaussmix.estimators.validation import check_int, feature_names
from gaussmix.execution import team
from gaussmix.maximization import Posterior, draw
from gaussmix.mixture import Mixture, generator_of
from gaussmix.selection import n_occupied
from gaussmix.summary import CredibleIntervals, PosteriorSummary, summarize_posterior

#: Of the intervals that the summary shows.
_LEVEL = 0.95


class CredibleMixture(FittedMixture):
    """Adds what is believed of the parameters to a mixture fitted by variational Bayes."""

    posterior_: Posterior
    n_active_: int

    def posterior_sample(self, n_samples: int = 1, random_state: Any = None) -> list[Mixture]:
        """Mixtures whose parameters are drawn from the variational posterior.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : None, int, Generator or RandomState
            None draws afresh at every call, from the stream that `sample` draws from.

        Returns
        -------
        list of Mixture
            Of all `n_components` slots each; those that hold no rows are drawn from the prior.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For less than one draw.

        Notes
        -----
        The posterior factors, q(pi) prod_k q(mu_k, Lambda_k): proportions are drawn from their
        Dirichlet or their sticks, precisions from Wishart or gamma distributions (a shared one
        once), and means given the precisions from Gaussians. It is about one numbering of the
        components: draws do not swap them. Variational posteriors are narrower than the exact
        ones where components overlap (Bishop 2006, *Pattern Recognition and Machine Learning*,
        section 10.1.2).

        Examples
        --------
        How sure is it that the longer eruptions of Old Faithful are the more frequent ones, and
        how long do they last?

        >>> import numpy as np
        >>> from gaussmix import BayesianGaussianMixture
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> bgm = BayesianGaussianMixture(5, max_iter=1000, random_state=0).fit(X)
        >>> draws = bgm.posterior_sample(1000, random_state=0)
        >>> float(np.mean([draw.weights[0] > draw.weights[1] for draw in draws]))
        1.0
        >>> np.quantile([draw.means[0, 0] for draw in draws], [0.05, 0.95]).round(1)
        array([4.2, 4.3])
        """
        check_is_fitted(self)
        n_samples = check_int(type(self).__name__, "n_samples", n_samples, 1)
        rng = self._stream() if random_state is None else generator_of(random_state)
        structure, names = structure_of(self), feature_names(self)
        return [
            Mixture.from_components(draw(self.posterior_, rng), structure, names)
            for _ in range(n_samples)
        ]

    def credible_intervals(self, level: float = 0.95) -> CredibleIntervals:
        """Intervals that hold weights and means with a given probability.

        Parameters
        ----------
        level : float, default=0.95
            Between 0 and 1; half of the rest is below each interval, half above.

        Returns
        -------
        CredibleIntervals
            With `lower` and `upper`, each with `weights` (K,) and `means` (K, D), `estimate`,
            the parameters' posterior means, and `table()`; prints as a table. Of slots without
            rows the intervals are the prior's.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For a level that is not between 0 and 1.

        Notes
        -----
        Of each parameter by itself, under the variational posterior. A column's mean has
        Student's t with nu - D + 1 degrees of freedom for ellipsoids, nu for diagonal and nu D
        for spherical covariances. A weight has a Beta distribution, or, broken off a stick, is a
        product of independent Betas, whose quantiles come from its characteristic function
        (Davies 1973, Biometrika 60, 415-417). The ends are exact within 1e-10 of a probability,
        those of empty slots' weights within 1e-4.

        Examples
        --------
        >>> from gaussmix import BayesianGaussianMixture
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> bgm = BayesianGaussianMixture(2, max_iter=1000, random_state=0).fit(X)
        >>> found = bgm.credible_intervals(0.9)
        >>> found.lower.weights.round(1), found.upper.weights.round(1)
        (array([0.6, 0.3]), array([0.7, 0.4]))
        >>> found.lower.means.round()
        array([[ 4., 79.],
               [ 2., 54.]])
        """
        check_is_fitted(self)
        level = check_level(type(self).__name__, level)
        names = feature_names(self) or tuple(map(str, range(self.posterior_.n_features)))
        return CredibleIntervals.of(self.posterior_, self._active, level, names)

    def n_components_posterior(
        self,
        X: Any,
        n_samples: int = 1000,
        random_state: Any = None,
        sample_weight: Any = None,
        *,
        X_covariance: Any = None,
    ) -> dict[int, float]:
        """Probability of each number of components that hold rows.

        In a partition each row belongs to one component, which it picks by its posterior
        probabilities; counted are the components that some row picks.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), IntervalData, path, stream or Dask collection
            As a rule the rows of the fit; NaN for missing values.
        n_samples : int, default=1000
            Partitions to draw.
        random_state : None, int, Generator or RandomState
            None goes on with the stream that an integer `random_state` of the estimator fixes.
        sample_weight : array-like of shape (N,), optional
            A row is in a partition once whatever its weight, but for those of weight zero.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors.

        Returns
        -------
        dict of int to float
            Numbers that occurred, in rising order, with the share of the partitions that have
            them; the standard error of a share p is sqrt(p (1 - p) / n_samples).

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For other columns than fitted, and less than one partition.

        Notes
        -----
        Rows pick independently of each other, as the variational posterior q(z) has it. What it
        tells are the partitions about this fit: other fits, with more or fewer components, are
        told by their `lower_bound_`. Two passes over the rows; components that are certain to
        hold rows (or none) in all but one of 1e12 partitions are not drawn, so that where all
        are, the answer is exact.

        Examples
        --------
        >>> from gaussmix import BayesianGaussianMixture
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> bgm = BayesianGaussianMixture(5, max_iter=1000, random_state=0).fit(X)
        >>> bgm.n_components_posterior(X)
        {2: 1.0}
        """
        check_is_fitted(self)
        n_samples = check_int(type(self).__name__, "n_samples", n_samples, 1)
        seed = draw_seed(self._stream() if random_state is None else random_state)
        beside = Beside(sample_weight, None, X_covariance)
        source = take_in(self, X, beside, reset=False).source
        components = self._weighing
        with team(self.n_jobs, tasks=n_blocks(components, source.n_rows)) as threads:
            shares = n_occupied(components, source, n_samples, seed, threads)
        return {int(n): float(shares[n]) for n in np.flatnonzero(shares)}

    def summary(self) -> PosteriorSummary:
        """Tables and sentences about the fit; prints as text.

        Returns
        -------
        PosteriorSummary
            With `components` (a table of the active components as a dict of columns, with 95 %
            credible intervals of weights and means; see `credible_intervals`), `n_empty`,
            `facts` and `str()`.
        """
        intervals = self.credible_intervals(_LEVEL)
        report = getattr(self, "fit_report_", None)
        return summarize_posterior(
            self.posterior_, structure_of(self), intervals, report, self._facts()
        )

    @property
    def _active(self) -> IntArray:
        """Numbers of the components that hold at least a row."""
        mass = self.posterior_.mass
        return np.sort(np.argsort(-mass, kind="stable")[: self.n_active_])

    def _facts(self) -> dict[str, float]:
        """What there is to say of the fit in numbers."""
        facts = {"rows": self.total_weight_, "lower_bound": self.lower_bound_}
        return facts | {"n_active": self.n_active_}
