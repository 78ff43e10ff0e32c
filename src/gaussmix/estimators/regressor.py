"""`GaussianMixtureRegressor`: what rows' inputs say of their targets."""

from typing import Any, Self

import numpy as np
from sklearn.base import MultiOutputMixin, RegressorMixin

from gaussmix import errors
from gaussmix._typing import IntArray
from gaussmix.estimators.choice import ChoosingEstimator
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.regress_answers import RegressionAnswers
from gaussmix.estimators.regress_targets import Targets, joint_table
from gaussmix.estimators.validation import feature_names, fitted_rows, row_weights

_MISSING_TARGETS = ("error", "use")
#: Distinct rows from which on some are held out.
_ENOUGH = 10


class GaussianMixtureRegressor(
    RegressorMixin,  # type: ignore[misc]  # scikit-learn has no types
    MultiOutputMixin,  # type: ignore[misc]
    RegressionAnswers,
    ChoosingEstimator,
):
    """Regression by the joint distribution of inputs and targets.

    A mixture is fitted to rows of inputs and targets together; given the inputs, the targets
    have a mixture too, which has a mean, quantiles, a density and as many branches as it takes.

    Parameters
    ----------
    n_components : int, iterable of int or None, default=None
        Numbers of components to choose from; None is 1 to 9.
    covariance_types : "all" or iterable of str, default=("full", "tied", "diag")
        Shapes to choose from. Within a component a target depends on the inputs linearly where
        the shape has slants ("full", "tied"), and not at all where it has none ("diag").
    criterion : {"cv", "bic", "aic", "aicc", "icl"}, default="cv"
        What the choice is made by: "cv" is the log density of held-out targets given their
        inputs, by five-fold cross-validation (with fewer than ten distinct rows it is "bic");
        the others weigh the joint density of inputs and targets, in which the inputs have most
        of the say, and take a sixth of the time.
    missing_targets : {"error", "use"}, default="error"
        What becomes of rows that lack a target: an error, or they count by what they have.
    init_params, n_init, tol, max_iter, reg_covar, prior
        As for `GaussianMixtureSearch`.
    n_jobs : int or None, default=None
        Threads; None uses every core.
    random_state : None, int, RandomState or Generator, default=None

    Attributes
    ----------
    mixture_ : Mixture
        The joint distribution; targets are its last columns.
    n_outputs_ : int
        Number T of targets.
    n_iter_ : int
        Iterations of the fit that was kept.
    target_ndim_ : int
        Dimensions of the targets of the fit: 1 for a column, 2 for a table.
    n_features_in_ : int
    feature_names_in_ : (D,) array of str
        Only where inputs have names.

    Notes
    -----
    With w_k(x) = w_k N(x | mu_k,x, Sigma_k,xx) / sum_j w_j N(x | mu_j,x, Sigma_j,xx),
    p(y | x) = sum_k w_k(x) N(y | mu_k,y + B_k (x - mu_k,x), Sigma_k,yy - B_k Sigma_k,xy) and
    B_k = Sigma_k,yx inverse(Sigma_k,xx); its mean is sum_k w_k(x) (mu_k,y + B_k (x - mu_k,x)).
    Gaps in the inputs are left out of x, in a fit and afterwards: that is right where the reason
    for a gap has nothing to do with the value it hides (Ghahramani & Jordan 1994, *Supervised
    learning from incomplete data via an EM approach*; Sung 2004, *Gaussian mixture regression
    and classification*).

    Examples
    --------
    >>> from gaussmix import GaussianMixtureRegressor
    >>> from gaussmix.datasets import load_old_faithful
    >>> eruptions, waiting = load_old_faithful().to_numpy().T
    >>> regressor = GaussianMixtureRegressor(2, random_state=0).fit(waiting[:, None], eruptions)
    >>> regressor.predict([[55.0], [80.0]]).round(1)
    array([2. , 4.3])
    >>> lower, upper = regressor.predict_interval([[55.0], [80.0]], level=0.9)
    """

    def __init__(
        self,
        n_components: Any = None,
        *,
        covariance_types: Any = ("full", "tied", "diag"),
        criterion: str = "cv",
        missing_targets: str = "error",
        init_params: Any = "auto",
        n_init: int = 1,
        tol: float = 1e-6,
        max_iter: int = 2000,
        reg_covar: float = 1e-6,
        prior: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.missing_targets = missing_targets
        self.init_params = init_params
        self.n_init = n_init
        self.tol = tol
        self.max_iter = max_iter
        self.reg_covar = reg_covar
        self.prior = prior
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Choose and fit the joint mixture.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for missing values.
        y : array-like, series or data frame of shape (N,) or (N, T)
        sample_weight : array-like of shape (N,), optional
            How often each row counts.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that cannot be used; a missing target, unless
            `missing_targets="use"`.

        Warns
        -----
        DegenerateFitWarning, DataWarning, SearchWarning, ConvergenceWarning
            As `GaussianMixtureSearch.fit`.
        """
        if self.missing_targets not in _MISSING_TARGETS:
            raise errors.unknown_choice("missing_targets", self.missing_targets, _MISSING_TARGETS)
        if y is None:
            raise errors.no_target(type(self).__name__)
        rows = fitted_rows(self, X, reset=True)
        targets = Targets.of(y, len(rows), type(self).__name__)
        weight = row_weights(sample_weight, len(rows))
        counts = np.ones(len(rows), dtype=np.bool_) if weight is None else weight > 0.0
        if self.missing_targets == "error":
            targets.check_known(counts)
        targets.check_seen(counts)
        joint = np.column_stack([rows, targets.values])
        table = joint_table(joint, X, feature_names(self), targets)
        copy_of = np.unique(joint, axis=0, return_inverse=True)[1].ravel()
        n_distinct = len(np.unique(copy_of[counts]))
        best = self._chosen(table, weight, copy_of if n_distinct >= _ENOUGH else None)
        self.mixture_, self.n_iter_ = best.mixture_, best.n_iter_
        self.n_outputs_ = targets.values.shape[1]
        self.target_ndim_ = targets.ndim
        return self

    def _chosen(self, table: Any, weight: Any, copy_of: IntArray | None) -> GaussianMixture:
        """The mixture of inputs and targets that the parameters lead to.

        Copies of a row are held out together, so that a weight of two is the row twice.
        """
        if self.criterion != "cv":
            return self._choose(table, weight)
        if copy_of is None:
            return self._choose(table, weight, criterion="bic")
        search = self._search()
        search._given = np.arange(self.n_features_in_)  # noqa: SLF001  for jobs to set
        return search.fit(table, None, weight, groups=copy_of).best_estimator_
