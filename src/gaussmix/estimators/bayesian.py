"""`BayesianGaussianMixture`: variational Bayes, with scikit-learn's names."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self

import numpy as np

from gaussmix._typing import IntArray
from gaussmix.data import Survey
from gaussmix.density import Components
from gaussmix.em import (
    Callback,
    Effort,
    Finding,
    FitReport,
    Ledger,
    Outcome,
    Problem,
    with_filler,
)
from gaussmix.em.beliefs import with_beliefs
from gaussmix.em.moves import warm_up, with_moves
from gaussmix.errors import Status
from gaussmix.estimators.bayesian_checks import beliefs_of, check_bayesian, check_bayesian_fit
from gaussmix.estimators.believing import BelievingMixture
from gaussmix.estimators.credible import CredibleMixture
from gaussmix.estimators.intake import Beside, Intake
from gaussmix.estimators.predictive import PredictiveMixture
from gaussmix.estimators.starting import NOTHING_GIVEN, Given, Wanted
from gaussmix.execution import Team
from gaussmix.maximization import Posterior
from gaussmix.mixture import generator_of


class BayesianGaussianMixture(CredibleMixture, PredictiveMixture, BelievingMixture):
    """Bayesian Gaussian mixture, fitted by variational inference.

    A drop-in for `sklearn.mixture.BayesianGaussianMixture`: the same parameters, defaults, methods
    and attributes, and more. Weights, means and covariances are not estimated but believed in, and
    `n_components` is the most components that there may be: those that no row needs stay empty.
    Differences are listed in *Migrating from scikit-learn*.

    Parameters
    ----------
    n_components : int, default=1
        Number K of slots: the largest number of components.
    covariance_type : str, default="full"
        Structure of the covariances: "full", "tied", "diag", "spherical", "tied_diag" or
        "tied_spherical", or mclust's codes of these: "VVV", "EEE", "VVI", "VII", "EEI", "EII".
    tol : float, default=1e-3
        Stop when the gain still to come is estimated below this, in `lower_bound_` (nats per
        row). 0 runs exactly `max_iter` iterations.
    reg_covar : float, default=1e-6
        Share of each column's variance that is added to the diagonal of the default
        `covariance_prior`, so that it is positive definite where columns are collinear. Nothing
        else depends on it: the prior keeps covariances from collapsing.
    max_iter : int, default=100
        Largest number of iterations; 0 returns the start.
    n_init : int, default=1
        Number of starts; the end of highest bound is kept.
    init_params : str, array-like or callable, default="kmeans"
        "kmeans", "k-means++", "random", "random_from_data", "hierarchical"; "auto" races many
        short runs of all these kinds; labels (N,) of integers 0..K-1, where all zeros start from
        one component; responsibilities (N, K); or a callable `(X, n_components, rng)` that returns
        either.
    weight_concentration_prior_type : str, default="dirichlet_process"
        "dirichlet_process": weights are broken off a stick one after the other, so that few large
        ones are likelier than many equal ones; "dirichlet_distribution": one symmetric Dirichlet
        distribution of all K.
    weight_concentration_prior : float, optional
        c, above 0. Of the Dirichlet process each stick has a Beta(1, c) distribution: 1 / (1 + c)
        of what is left is expected to go to each slot, and about c log(N / c) components are
        expected of N rows. Of the Dirichlet distribution every slot counts as if c rows had been
        seen in it: small values empty slots, large ones keep all of them alike. None is 1 / K, or
        as `prior` has it.
    mean_precision_prior : float, optional
        beta_0, above 0: how many rows `mean_prior` counts as in the mean of each component. None
        is 1, or as `prior` has it.
    mean_prior : array-like of shape (D,), optional
        m_0, in the columns' units: where means are expected. None is the columns' means.
    degrees_of_freedom_prior : float, optional
        nu_0, above D - 1: how many rows `covariance_prior` counts as in the covariance of each
        component. None is D, or as `prior` has it.
    covariance_prior : float or array-like, optional
        S_0, in squared units of the columns: the scatter that nu_0 rows are believed to have
        shown. A component of N_k rows has the covariance
        (S_0 + scatter of its rows) / (nu_0 + N_k), the part of `mean_prior` aside. (D, D) for
        "full" and "tied", (D,) for "diag" and "tied_diag", a number for "spherical" and
        "tied_spherical". None is the rows' own covariance, or as `prior` has it.
    random_state : None, int, RandomState or Generator, default=None
        The same integer gives the same bits, whatever the number of threads.
    warm_start : bool, default=False
        Whether `fit` goes on from the fit before.
    verbose, verbose_interval : int, default=0, 10
        1 prints every `verbose_interval`-th iteration, 2 its bound too.
    prior : None or "scaled", default=None
        Where the five parts of the prior that are not given come from: None for scikit-learn's
        defaults, under which a component is as wide as all rows together until its own rows say
        otherwise; "scaled" for weaker ones: means pulled by 0.02 rows instead of 1, and as
        `covariance_prior` the rows' covariance over 10^(2/D), the tenth part of its volume. It
        finds components that are many, or small beside their distances. Neither depends on units.
    moves : bool, default=True
        Whether components are merged, given up and split where that raises the bound, which the
        iterations alone would not do.
    stream_decay : float, default=0.7
        How fast `partial_fit` settles: between 0.5 (excluded), where late batches move the
        parameters as much as noise allows, and 1, where every row counts alike for ever.
    stream_memory : float, optional
        Rows after which `partial_fit` has forgotten all but 1/e of what it had learnt.
    n_jobs : int or None, default=None
        Threads; None uses every core. Results have the same bits for any number.
    callback : callable, optional
        Called after each iteration with an object that has `start`, `number`, `objective` (the
        bound per row), `gain`, `remaining` and `components`; a true answer stops the run. Not
        while moves are tried, each of which counts as one iteration once it is made.
    progress : bool, default=False
        Whether to show how far the fit is: a bar on standard error at a terminal, else lines
        in the log "gaussmix".

    Attributes
    ----------
    weights_ : (K,) array
        Expected proportions; they sum to one.
    means_ : (K, D) array
        Expected means m_k. Slots without rows hold the prior, here and below.
    covariances_, precisions_, precisions_cholesky_ : arrays
        Psi_k = S_k / nu_k, the inverse of the expected precision: (K, D, D) for "full", (D, D) for
        "tied", (K, D) for "diag", (K,) for "spherical", (K, D, D) for every other type.
    n_active_ : int
        Components that hold at least the weight of one row.
    weight_concentration_ : (K,) array, or two of them
        Parameters of the weights' distribution: c + N_k of the Dirichlet distribution; of the
        Dirichlet process those of each stick's Beta distribution, 1 + N_k and
        c + sum_{j>k} N_j. The last slot takes all that is left of the stick, so its second
        parameter is 0.
    mean_precision_ : (K,) array
        beta_k = beta_0 + N_k, in rows.
    degrees_of_freedom_ : (K,) array, or float where the covariance is shared
        nu_k = nu_0 + N_k, in rows; with the sum of all N_k where it is shared.
    weight_concentration_prior_, mean_precision_prior_, degrees_of_freedom_prior_ : float
    mean_prior_ : (D,) array
    covariance_prior_ : array or float
        The prior that was used.
    posterior_ : Posterior
        What is believed of the parameters, as a value.
    converged_ : bool
        Whether `fit_report_.status` is CONVERGED.
    n_iter_ : int
        Iterations of the best run.
    lower_bound_ : float
        The variational lower bound of the log evidence log p(X), constants included, in nats per
        row. Times `total_weight_` it compares with a log evidence, and bounds of different priors
        and numbers of slots compare with each other.
    lower_bounds_ : list of float
        The bound after each iteration; it never falls.
    total_weight_ : float
        Of the rows.
    statistics_ : SufficientStatistics
        Sums over the rows about stated references, one entry for each slot.
    fit_report_ : FitReport
        Status, starts, failures and kernel.
    mixture_ : Mixture
        The Gaussian mixture of the expected parameters as a value.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only where X had names.

    Notes
    -----
    The posterior is approximated by q(z) q(pi) prod_k q(mu_k, Lambda_k) with mu_k | Lambda_k ~
    N(m_0, inverse(beta_0 Lambda_k)) and Lambda_k ~ Wishart(nu_0, inverse(S_0)) as the prior of
    means and precisions; the other types have gamma distributed precisions, see
    *Formulas*. `predict_proba` is q(z) of a row, in which empty slots get none; `score_samples`
    the log density of a further row with all that is not known averaged out.

    References
    ----------
    Attias (2000), "A variational Bayesian framework for graphical models", NIPS 12.
    Bishop (2006), *Pattern Recognition and Machine Learning*, section 10.2.
    Blei & Jordan (2006), "Variational inference for Dirichlet process mixtures", Bayesian
    Analysis 1, 121-144.
    Hughes & Sudderth (2013), "Memoized online variational inference for Dirichlet process mixture
    models", NIPS 26.
    Ishwaran & James (2001), "Gibbs sampling methods for stick-breaking priors", J. Am. Stat.
    Assoc. 96, 161-173.

    Examples
    --------
    >>> from gaussmix import BayesianGaussianMixture
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> bgm = BayesianGaussianMixture(n_components=10, prior="scaled", random_state=0).fit(X)
    >>> bgm.n_active_
    2
    >>> bgm.means_[:2].round(1)
    array([[ 4.3, 80. ],
           [ 2. , 54.5]])
    >>> bgm.predict([[4.0, 80.0], [2.0, 50.0]])
    array([0, 1])
    """

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: Any = "kmeans",
        weight_concentration_prior_type: str = "dirichlet_process",
        weight_concentration_prior: float | None = None,
        mean_precision_prior: float | None = None,
        mean_prior: Any = None,
        degrees_of_freedom_prior: float | None = None,
        covariance_prior: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        prior: str | None = None,
        moves: bool = True,
        stream_decay: float = 0.7,
        stream_memory: float | None = None,
        n_jobs: int | None = None,
        callback: Callback | None = None,
        progress: bool = False,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weight_concentration_prior_type = weight_concentration_prior_type
        self.weight_concentration_prior = weight_concentration_prior
        self.mean_precision_prior = mean_precision_prior
        self.mean_prior = mean_prior
        self.degrees_of_freedom_prior = degrees_of_freedom_prior
        self.covariance_prior = covariance_prior
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.prior = prior
        self.moves = moves
        self.stream_decay = stream_decay
        self.stream_memory = stream_memory
        self.n_jobs = n_jobs
        self.callback = callback
        self.progress = progress

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        labels: Any = None,
        X_covariance: Any = None,
    ) -> Self:
        """Find what is to be believed of the parameters.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), IntervalData, path, stream or Dask collection
            As for `GaussianMixture.fit`; NaN, None and null are missing values.
        y : ignored
        sample_weight : array-like of shape (N,), optional
            How often each row counts: 2 is the row twice, 0 is the row gone.
        labels : array-like of int of shape (N,), optional
            The component that each row is known to come from, -1 where it is not known. Then
            components keep their numbers.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances, or covariances, of the known error that each row was measured with.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data, parameters or priors that cannot be used.

        Warns
        -----
        ConvergenceWarning
            Where the best run reached `max_iter`, and where Ctrl-C ended the fit: then what was
            found so far is kept, with status STOPPED.
        """
        return self._fit(X, Beside(sample_weight, labels, X_covariance))

    def fit_predict(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        labels: Any = None,
        X_covariance: Any = None,
    ) -> IntArray:
        """`fit`, then `predict` the same rows."""
        beside = Beside(sample_weight, labels, X_covariance)
        return self._fit(X, beside).predict(X, X_covariance=X_covariance)

    # What `FittingMixture` asks of those who fit.

    def _check_parameters(self) -> None:
        check_bayesian(self)

    def _check_fit(self, facts: Survey, stacklevel: int) -> None:
        check_bayesian_fit(self, facts, self.mixture_ if self._is_warm else None)

    def _given(self, n_features: int) -> Given:
        return NOTHING_GIVEN

    def _problem_of(self, intake: Intake, facts: Survey, given: Given, threads: Team) -> Problem:
        problem = Problem(
            intake.source, facts, self._family, self.n_components, float(self.reg_covar)
        )
        problem = with_filler(problem, threads)
        return with_beliefs(problem, beliefs_of(self, len(facts.centre)), threads)

    def _ledger(
        self, problem: Problem, threads: Team, known: Mapping[str, Any]
    ) -> AbstractContextManager[Ledger | None]:
        return nullcontext()

    def _find_degenerate(
        self, problem: Problem, outcome: Outcome, threads: Team
    ) -> tuple[Finding, ...]:
        return ()

    def _wanted(self, given: Given) -> Wanted:
        return Wanted(self.init_params, self.n_init, given, is_rough=bool(self.moves))

    def _first(self, problem: Problem, effort: Effort) -> Effort:
        return warm_up(problem, effort) if self.moves else effort

    def _chosen(
        self, problem: Problem, outcome: Outcome, seed: Sequence[int], effort: Effort, threads: Team
    ) -> Outcome:
        if not self.moves or outcome.best.status is Status.STOPPED:
            return outcome
        return with_moves(problem, outcome, seed, effort, threads)

    def _order(self, components: Components, wanted: Wanted, problem: Problem) -> IntArray:
        assert isinstance(components, Posterior)
        prior = components.prior
        if prior.keeps_order or prior.proportions.by_mass:
            return np.arange(components.n_components)
        return np.lexsort((components.means[:, 0], -components.weights))

    def _adopt(
        self, problem: Problem, outcome: Outcome, report: FitReport, dtype: np.dtype[Any]
    ) -> None:
        """Set the fitted attributes."""
        best = outcome.best
        assert isinstance(best.components, Posterior)
        self._publish(best.components, dtype)
        self._sample_stream = generator_of(self.random_state)
        self.fit_report_ = report
        self.converged_ = report.status is Status.CONVERGED
        self.n_iter_ = best.n_iter
        self.lower_bound_ = best.objective
        self.lower_bounds_ = list(best.objectives)
        self.total_weight_ = problem.survey.weight
        self.progress_ = best.progress
