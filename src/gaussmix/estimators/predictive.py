"""The posterior predictive density of a mixture whose parameters are not known."""

from typing import Any

from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import IntervalData
from gaussmix.density import (
    StudentComponents,
    log_density,
    n_blocks,
    student_log_density,
    student_totals,
)
from gaussmix.estimators.attributes import components_of
from gaussmix.estimators.fitted import FittedMixture
from gaussmix.estimators.intake import Beside, take_in
from gaussmix.execution import team
from gaussmix.maximization import Posterior
from gaussmix.mixture import generator_of


class PredictiveMixture(FittedMixture):
    """Density, score and samples of a further row, given a posterior of the parameters."""

    posterior_: Posterior

    def score_samples(
        self, X: Any, *, X_covariance: Any = None, plug_in: bool = False
    ) -> FloatArray:
        r"""Log of the posterior predictive density of each row.

        What is not known of the parameters is averaged out, so the density has heavier tails than
        any one Gaussian mixture, the more so the fewer rows were fitted.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), path, stream or Dask collection
            NaN for missing values; what was observed counts. Of a Dask collection the answer is
            a lazy one of the same kind. With `plug_in` also IntervalData.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors; with `plug_in` only.
        plug_in : bool, default=False
            Whether to take the parameters for known and as the posterior expects them: the
            density of the Gaussian mixture `mixture_`.

        Returns
        -------
        (N,) array of float64
            In nats, per unit of each observed column; 0 for a row without a value. However far
            the row it is finite; with `plug_in` it is -inf where squares overflow.

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError
            For intervals or measurement errors without `plug_in`: there is no closed form.
        ValueError
            For other columns than fitted, text or infinity.

        Notes
        -----
        The density is a mixture of Student t's,

        .. math:: p(x \mid X) = \sum_{k=1}^{K} E[\pi_k]\, t(x \mid m_k, V_k, a_k)

        over all `n_components` slots; empty ones have the parameters of the prior. With
        :math:`\beta_k`, :math:`\nu_k` and :math:`\Psi_k` for `mean_precision_`,
        `degrees_of_freedom_` and `covariances_`:

        - full and tied: :math:`a_k = \nu_k + 1 - D`,
          :math:`V_k = \Psi_k (1 + 1/\beta_k) \nu_k / a_k`;
        - a variance for each column: in each a t by itself, :math:`a_k = \nu_k`,
          :math:`V_k = \Psi_k (1 + 1/\beta_k)`;
        - one variance: :math:`a_k = \nu_k D`, :math:`V_k = \Psi_k (1 + 1/\beta_k)`.

        Bishop (2006), *Pattern Recognition and Machine Learning*, section 10.2.3; Gelman et al.
        (2013), *Bayesian Data Analysis*, sections 3.3 and 3.6. It is exact for the posterior that
        was fitted, which is itself an approximation.

        Examples
        --------
        >>> from gaussmix import BayesianGaussianMixture
        >>> bgm = BayesianGaussianMixture(1, mean_prior=[0.0], covariance_prior=[[1.0]])
        >>> bgm = bgm.fit([[-1.0], [0.0], [1.0]])
        >>> bgm.score_samples([[0.0], [9.0]]).round(2)
        array([-0.95, -8.74])
        >>> bgm.score_samples([[0.0], [9.0]], plug_in=True).round(2)
        array([ -0.78, -54.78])
        """
        check_is_fitted(self)
        if plug_in:
            return self._answer(log_density, X, X_covariance, of=components_of(self))
        predictive = self._predictive(X, X_covariance, "score_samples")
        return self._answer(student_log_density, X, of=predictive)

    def score(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        X_covariance: Any = None,
        plug_in: bool = False,
    ) -> float:
        """Mean log of the posterior predictive density of the rows.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), path, stream or Dask collection
            NaN for missing values. With `plug_in` also IntervalData.
        y : ignored
        sample_weight : array-like of shape (N,), optional
            How often each row counts.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors; with `plug_in` only.
        plug_in : bool, default=False
            Whether to take the parameters for known; see `score_samples`.

        Returns
        -------
        float
            In nats per row: sum_n w_n log p(x_n) / sum_n w_n.

        Raises
        ------
        NotFittedError
            Before `fit`.
        TypeError
            For intervals or measurement errors without `plug_in`: there is no closed form.
        ValueError
            For other columns than fitted, text or infinity.
        """
        check_is_fitted(self)
        if plug_in:
            return super().score(X, y, sample_weight, X_covariance=X_covariance)
        predictive = self._predictive(X, X_covariance, "score")
        source = take_in(self, X, Beside(sample_weight), reset=False).source
        with team(self.n_jobs, tasks=n_blocks(self._weighing, source.n_rows)) as threads:
            found = student_totals(predictive, source, threads)
        return found.log_likelihood / found.weight

    def sample(
        self, n_samples: int = 1, random_state: Any = None, *, plug_in: bool = False
    ) -> tuple[FloatArray, IntArray]:
        """Random rows from the posterior predictive distribution, in random order.

        Each row is as if it were drawn from parameters of its own draw from the posterior.

        Parameters
        ----------
        n_samples : int, default=1
        random_state : None, int, Generator or RandomState
            None draws fresh rows at every call, from a stream that an integer
            `random_state` of the estimator fixes.
        plug_in : bool, default=False
            Whether to take the parameters for known: rows of the Gaussian mixture `mixture_`.

        Returns
        -------
        X : (n_samples, D) array
        y : (n_samples,) array of int
            The component that each row was drawn from; rows from empty ones follow the prior.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            For less than one row.

        Notes
        -----
        The distribution is that of `score_samples`. Where a t has two degrees of freedom or fewer
        its variance is infinite, and so rows far from all others are to be expected.
        """
        check_is_fitted(self)
        if plug_in:
            return super().sample(n_samples, random_state)
        if n_samples < 1:
            raise errors.invalid_n_samples(n_samples)
        rng = self._stream() if random_state is None else generator_of(random_state)
        X, label = self.posterior_.predictive.draw(n_samples, rng)
        # The last of the components stands for all the empty slots.
        n_full, weights = len(self.posterior_.mass), self.posterior_.slots.weights
        empty = label == n_full
        if empty.any():
            rest = weights[n_full:]
            own = rng.choice(len(rest), size=empty.sum(), p=rest / rest.sum())
            label[empty] = n_full + own
        return X, label

    def _predictive(self, X: Any, X_covariance: Any, method: str) -> StudentComponents:
        """Density of a further row, for rows X that it has a formula for."""
        if X_covariance is not None:
            raise errors.no_predictive_density("rows measured with error (X_covariance)", method)
        if isinstance(X, IntervalData):
            raise errors.no_predictive_density("intervals", method)
        return self.posterior_.predictive
