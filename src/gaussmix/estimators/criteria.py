"""Criteria that charge a fitted mixture for its parameters."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from gaussmix.covariance import family_named
from gaussmix.estimators.attributes import structure_of
from gaussmix.estimators.fitted import FittedMixture
from gaussmix.selection import Criteria


class CriteriaMixture(FittedMixture):
    """Adds criteria to an estimator whose parameters are estimates of largest likelihood."""

    #: How many parameters were fixed rather than estimated.
    n_fixed_: int = 0

    def bic(self, X: Any, sample_weight: Any = None, *, X_covariance: Any = None) -> float:
        """Bayesian information criterion, -2 log L + p log n; lower is better.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
        sample_weight : array-like of shape (N,), optional
            Frequency weights: n is their sum.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances or covariances of the rows' measurement errors.

        Returns
        -------
        float

        Notes
        -----
        p = `n_parameters_`; n counts rows with gaps like others, but not rows without any value.
        Schwarz (1978), Ann. Stat. 6, 461-464.
        """
        return self._criteria(X, sample_weight, X_covariance).bic

    def aic(self, X: Any, sample_weight: Any = None, *, X_covariance: Any = None) -> float:
        """Akaike's information criterion, -2 log L + 2 p; lower is better. See `bic`."""
        return self._criteria(X, sample_weight, X_covariance).aic

    def aicc(self, X: Any, sample_weight: Any = None, *, X_covariance: Any = None) -> float:
        """AIC corrected for few rows (Hurvich & Tsai 1989); lower is better. See `bic`."""
        return self._criteria(X, sample_weight, X_covariance).aicc

    def icl(self, X: Any, sample_weight: Any = None, *, X_covariance: Any = None) -> float:
        """Integrated completed likelihood; lower is better. See `bic`.

        BIC - 2 sum_n w_n log(posterior of row n's likeliest component), which charges for
        rows that no component clearly owns (Biernacki, Celeux & Govaert 2000).
        """
        return self._criteria(X, sample_weight, X_covariance).icl

    @property
    def n_parameters_(self) -> int:
        """Number of free parameters: proportions, means, covariances and degrees of freedom."""
        check_is_fitted(self)
        return self._n_parameters()

    def _n_parameters(self) -> int:
        n_components, n_features = np.asarray(self.means_).shape
        free = family_named(structure_of(self)).n_free(n_components, n_features)
        free += int(n_components) * hasattr(self, "dof_")
        # Noise has a proportion and a volume.
        return free - self.n_fixed_ + 2 * hasattr(self, "noise_weight_")

    def _criteria(self, X: Any, sample_weight: Any, X_covariance: Any) -> Criteria:
        found = self._totals(X, sample_weight, X_covariance)
        return Criteria(found.log_likelihood, self.n_parameters_, found.told, found.doubt)
