"""`GaussianMixture`: maximum likelihood by EM, with scikit-learn's names."""

from os import PathLike
from typing import Any, Self

import numpy as np

from gaussmix._typing import IntArray
from gaussmix.em import Callback, Checkpoint
from gaussmix.estimators.attributes import publish
from gaussmix.estimators.criteria import CriteriaMixture
from gaussmix.estimators.fitting import FittingMixture
from gaussmix.estimators.intake import Beside
from gaussmix.estimators.merging import ClusteringMixture
from gaussmix.estimators.uncertainty import UncertainMixture
from gaussmix.maximization import ConjugatePrior
from gaussmix.mixture import Mixture


class GaussianMixture(ClusteringMixture, UncertainMixture, CriteriaMixture, FittingMixture):
    """Gaussian mixture fitted by expectation maximisation.

    A drop-in for `sklearn.mixture.GaussianMixture`: the same parameters, defaults, methods and
    attributes, and more. Differences are listed in *Migrating from scikit-learn*.

    Parameters
    ----------
    n_components : int, default=1
        Number K of components.
    covariance_type : str, default="full"
        Structure of the covariances: "full", "tied", "diag", "spherical", "tied_diag",
        "tied_spherical", or one of mclust's fourteen codes for volume, shape and orientation
        (E equal, V varying, I the identity's): "EII", "VII", "EEI", "VEI", "EVI", "VVI", "EEE",
        "VEE", "EVE", "VVE", "EEV", "VEV", "EVV", "VVV"; "E" and "V" for one column;
        or "factor", "factor_UCU" and so on, mixtures of factor analysers for many columns,
        with `n_factors` factors (see *Wide tables*).
    tol : float, default=1e-3
        Stop when the gain still to come is estimated below this, in mean log density per
        row. 0 runs exactly `max_iter` iterations.
    reg_covar : float, default=1e-6
        Strength of the penalty that keeps covariances from collapsing, relative to the
        columns' variances: as many pseudo-rows of the whole table's variance as `reg_covar`
        times the number of rows are shared out among the components. The result does not
        depend on the columns' units.
    max_iter : int, default=100
        Largest number of iterations; 0 returns the start.
    n_init : int, default=1
        Number of starts; the best end is kept.
    init_params : str, array-like or callable, default="kmeans"
        "kmeans" (the most promising of a few, on columns in units of their spread),
        "k-means++", "random", "random_from_data", "hierarchical" (model-based agglomeration of
        at most 500 rows, as in mclust); "auto" races many short runs of all these kinds,
        finishes the best few, and keeps the best end that is not degenerate; labels (N,) of
        integers 0..K-1; responsibilities (N, K); or a callable `(X, n_components, rng)` that
        returns either.
    weights_init : array-like of shape (K,), optional
    means_init : array-like of shape (K, D), optional
        Given alone, the rest comes from assigning rows to the nearest mean.
    precisions_init : array-like, optional
        In the layout of `precisions_`.
    random_state : None, int, RandomState or Generator, default=None
        The same integer gives the same bits, whatever the number of threads.
    warm_start : bool, default=False
        Whether `fit` goes on from the fit before.
    verbose, verbose_interval : int, default=0, 10
        1 prints every `verbose_interval`-th iteration, 2 its objective too.
    component_order : {"auto", "weight", "start"}, int or str, default="auto"
        How components are numbered: "weight" by falling weight; "start" as the start
        numbered them; a column by its rising mean. "auto" is "start" where the start
        numbers them (`means_init` and the like, or an array or callable as `init_params`),
        else "weight".
    noise_component : bool, default=False
        Whether to add a component that is uniform over the box around the rows that count, for
        rows that belong to no cluster. Its label is -1; in the criteria it counts two parameters.
    noise_volume : float, optional
        The volume that the noise component is spread over, in the product of the columns' units,
        instead of the box's. Every row is then taken to lie within.
    fixed : str or dict, optional
        What is not estimated: "means", "weights,covariances" and so on, or a mask of components
        for each, {"means": [True, False]}. The values are those of `weights_init`, `means_init`
        and `precisions_init`.
    equal_proportions : bool, default=False
        Whether all components have the same proportion, as in R's mclust with equalPro; that of
        the noise component stays free. `n_parameters_` counts none of them then.
    n_factors : int, default=1
        Number q of factors of each component where `covariance_type` is "factor" or one of its
        kin and does not name it itself ("factor:5"); fewer than there are columns.
    component : {"gaussian", "student_t"}, default="gaussian"
        "student_t" fits Student t's, whose degrees of freedom are estimated: rows far out pull less
        at means and covariances, so that outliers neither move a component nor build their own.
    prior : None, "default" or ConjugatePrior, default=None
        A prior of means and covariances that keeps every component from collapsing, for every
        `covariance_type` without factors: the fit is then the mode of the posterior. "default" is
        R's mclust's: means are drawn towards the columns' means with the weight of 0.01 rows, and
        covariances towards the rows' own over K^(2/D). The penalty of `reg_covar` counts beside
        it. Likelihoods and criteria are those of the parameters found, without the prior.
    stream_decay : float, default=0.7
        How fast `partial_fit` settles: between 0.5 (excluded), where late batches move the
        parameters as much as noise allows, and 1, where every row counts alike for ever.
    stream_memory : float, optional
        Rows after which `partial_fit` has forgotten all but 1/e of what it had learnt, for
        streams that drift; None never forgets at a constant rate. Per row the forgetting factor
        is exp(-1 / stream_memory).
    n_jobs : int or None, default=None
        Threads; None uses every core. Results have the same bits for any number.
    callback : callable, optional
        Called after each iteration with an object that has `start`, `number`, `objective`,
        `gain`, `remaining` and `components`; a true answer stops the run. With one, starts run
        one after the other.
    progress : bool, default=False
        Whether to show how far the fit is: a bar on standard error at a terminal, else lines
        in the log "gaussmix". Then too, starts run one after the other.
    checkpoint : path or Checkpoint, optional
        Where the fit writes its state every minute (`Checkpoint(path, every=seconds)` for
        another interval). A fit of the same model to the same rows that finds the file goes on
        from it, to the same bits as if it had never been interrupted; `max_iter` may be larger.
        The file goes when the fit ends, and stays where Ctrl-C ends it.

    Attributes
    ----------
    weights_ : (K,) array
    means_ : (K, D) array
    covariances_, precisions_, precisions_cholesky_ : arrays
        (K, D, D) for "full", (D, D) for "tied", (K, D) for "diag", (K,) for "spherical",
        (K, D, D) for every other type; in squared units of the columns, and their inverses.
        precisions_ = P P' with P = precisions_cholesky_. Of factors made when asked for. Of
        Student t's the shape matrices: covariances are dof / (dof - 2) times these.
    loadings_, noise_variances_ : (K, D, q) and (K, D) arrays
        Of factors only: covariances_ = loadings_ loadings_' + diag(noise_variances_).
    dof_ : (K,) array
        Degrees of freedom, between 0.5 and 1000; only of Student t's.
    noise_weight_ : float
        Proportion of the noise component, which `weights_` leaves to it; only with one.
    converged_ : bool
        Whether `fit_report_.status` is CONVERGED.
    n_iter_ : int
        Iterations of the best run.
    lower_bound_ : float
        Mean log-likelihood per row of the fitted parameters: `score(X)`.
    lower_bounds_ : list of float
        Penalised log-likelihood per row after each iteration, with the log prior up to a
        constant where there is one; it never falls.
    log_likelihood_ : float
        Log-likelihood of the fitted parameters, a total over the (weighted) rows.
    n_parameters_ : int
        Free parameters; a prior takes none away.
    statistics_ : SufficientStatistics
        Sums over the rows about stated references that the parameters follow from; those of two
        fits add (see `merge`).
    fit_report_ : FitReport
        Status, starts, failures, kernel and what is degenerate.
    mixture_ : Mixture
        The fitted distribution as a value.
    n_features_in_ : int
    feature_names_in_ : array of str
        Only where X had names.

    Notes
    -----
    Maximises sum_n w_n log sum_k pi_k N(x_n | mu_k, Sigma_k)
    - (nu / 2) sum_k tr(inverse(Sigma_k) diag(s^2)), nu = reg_covar sum_n w_n / K, with s^2 the
    columns' variances. Dempster, Laird & Rubin (1977), J. R. Stat. Soc. B 39, 1-38.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> gm = GaussianMixture(n_components=2, random_state=0).fit(X)
    >>> gm.means_.round(2)
    array([[ 4.29, 79.97],
           [ 2.04, 54.48]])
    >>> gm.predict([[4.0, 80.0], [2.0, 50.0]])
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
        weights_init: Any = None,
        means_init: Any = None,
        precisions_init: Any = None,
        random_state: Any = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        component_order: str | int = "auto",
        noise_component: bool = False,
        noise_volume: float | None = None,
        fixed: Any = None,
        equal_proportions: bool = False,
        n_factors: int = 1,
        component: str = "gaussian",
        prior: ConjugatePrior | str | None = None,
        stream_decay: float = 0.7,
        stream_memory: float | None = None,
        n_jobs: int | None = None,
        callback: Callback | None = None,
        progress: bool = False,
        checkpoint: Checkpoint | str | PathLike[str] | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval
        self.component_order = component_order
        self.noise_component = noise_component
        self.noise_volume = noise_volume
        self.fixed = fixed
        self.equal_proportions = equal_proportions
        self.n_factors = n_factors
        self.component = component
        self.prior = prior
        self.stream_decay = stream_decay
        self.stream_memory = stream_memory
        self.n_jobs = n_jobs
        self.callback = callback
        self.progress = progress
        self.checkpoint = checkpoint

    @classmethod
    def from_parameters(
        cls,
        weights: Any,
        means: Any,
        covariances: Any,
        *,
        covariance_type: str = "full",
        feature_names: Any = None,
    ) -> Self:
        """An estimator with known parameters, fitted to no data.

        Parameters
        ----------
        weights : array-like of shape (K,)
        means : array-like of shape (K, D)
        covariances : array-like
            In the layout of `covariance_type`.
        covariance_type : str, default="full"
        feature_names : sequence of str, optional

        Returns
        -------
        GaussianMixture
            Ready to predict, score and sample.

        Raises
        ------
        ValueError
            For parameters that are those of no mixture; see `Mixture`.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> gm = GaussianMixture.from_parameters(
        ...     [0.5, 0.5], [[0.0], [4.0]], [1.0, 1.0], covariance_type="spherical"
        ... )
        >>> gm.score([[0.0], [4.0]]).__round__(3)
        -1.612
        """
        mixture = Mixture(
            weights,
            means,
            covariances,
            covariance_type=covariance_type,
            feature_names=feature_names,
        )
        estimator = cls(mixture.n_components, covariance_type=covariance_type)
        estimator.n_features_in_ = mixture.n_features
        if feature_names is not None:
            estimator.feature_names_in_ = np.asarray(feature_names, dtype=object)
        publish(estimator, mixture, np.float64)
        return estimator

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        labels: Any = None,
        X_covariance: Any = None,
    ) -> Self:
        """Estimate the parameters.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D), IntervalData, path, stream or Dask collection
            pandas, polars and pyarrow tables keep their column names. NaN, None and null are
            missing values: a row counts with the density of what was observed, which is right
            where what hides a value depends on observed values only (missing at random).
            A path, folder, glob or list of them, and what `open_stream` gives, is read batch by
            batch at every pass, with the bits that the rows would give in memory; a Dask array
            or dataframe stays where it is.
        y : ignored
        sample_weight : array-like of shape (N,), optional
            How often each row counts: 2 is the row twice, 0 is the row gone. Weights that say
            how reliable rows are should be scaled to sum to the number of independent rows.
        labels : array-like of int of shape (N,), optional
            The component that each row is known to come from, -1 where it is not known.
        X_covariance : array-like of shape (N, D) or (N, D, D), optional
            Variances, or covariances, of the known error that each row was measured with. The
            fitted covariances are then those of the values without error.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that cannot be used, and where every start collapses.

        Warns
        -----
        ConvergenceWarning
            Where the best run reached `max_iter`, and where Ctrl-C ended the fit: then the
            best parameters so far are kept, with status STOPPED.
        DegenerateFitWarning
            Where a component describes copies of a row, a constant, or nothing.
        DataWarning
            Where the covariances have more directions than the rows can show.
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
