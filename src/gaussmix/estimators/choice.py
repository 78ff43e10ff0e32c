"""What every job shares: parameters of a search, and the mixture that it finds."""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import Tags

from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.search import GaussianMixtureSearch


class ChoosingEstimator(BaseEstimator):  # type: ignore[misc]  # untyped base
    """An estimator whose mixture is chosen: how many components, and of which shape."""

    n_components: Any
    covariance_types: Any
    criterion: str
    init_params: Any
    n_init: int
    tol: float
    max_iter: int
    reg_covar: float
    prior: Any
    n_jobs: int | None
    random_state: Any

    def _choose(
        self, X: Any, sample_weight: Any = None, *, labels: Any = None, **others: Any
    ) -> GaussianMixture:
        """The best of the mixtures that the parameters leave open, fitted to rows.

        Parameters
        ----------
        X, sample_weight, labels
            As for `GaussianMixtureSearch.fit`.
        others
            Parameters of the search that differ from the estimator's own.
        """
        return self._search(**others).fit(X, None, sample_weight, labels=labels).best_estimator_

    def _search(self, **others: Any) -> GaussianMixtureSearch:
        """The search that the parameters describe."""
        given = {
            "n_components": self.n_components,
            "covariance_types": self.covariance_types,
            "criterion": self.criterion,
            "init_params": self.init_params,
            "n_init": self.n_init,
            "tol": self.tol,
            "max_iter": self.max_iter,
            "reg_covar": self.reg_covar,
            "prior": self.prior,
            "n_jobs": self.n_jobs,
            "random_state": self.random_state,
        }
        search = GaussianMixtureSearch(**(given | others))
        search._owner = type(self).__name__  # noqa: SLF001  messages name the caller's parameters
        return search

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags
