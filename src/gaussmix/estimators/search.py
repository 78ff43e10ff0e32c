"""`GaussianMixtureSearch`: how many components, and of which shape."""

import warnings
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any, Self

from sklearn.base import BaseEstimator, DensityMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.covariance import everyday_names, family_named
from gaussmix.data import Survey, survey
from gaussmix.em import QUICK, Effort, Problem, Start, with_filler
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.intake import Beside, take_in
from gaussmix.estimators.preflight import check_noise, noise_box
from gaussmix.estimators.starting import Wanted, check_init_params, choose_starts
from gaussmix.estimators.validation import (
    check_float,
    check_int,
    check_n_jobs,
    feature_names,
)
from gaussmix.execution import Team, team
from gaussmix.mixture import generator_of
from gaussmix.selection import CRITERIA, Candidate, Grid, Search, best_of
from gaussmix.summary import SearchSummary, summarize_search


class GaussianMixtureSearch(DensityMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Choice of the number of components and of their shape by an information criterion.

    Parameters
    ----------
    n_components : int, iterable of int or None, default=None
        Numbers to try; None is 1 to 9.
    covariance_types : "all" or iterable of str, default="all"
        Families to try; "all" is every one there is (in one column: "full" and "tied", as the
        others repeat them).
    criterion : {"bic", "aic", "aicc", "icl"}, default="bic"
        Lower is better for each.
    init_params : str or callable, default="auto"
        As for `GaussianMixture`.
    n_init : int, default=1
        Starts per candidate; with "auto", the least number of races' winners to finish.
    tol, max_iter, reg_covar : float, int, float, default=1e-6, 2000, 1e-6
        As for `GaussianMixture`.
    noise_component, noise_volume : bool, float or None, default=False, None
        As for `GaussianMixture`.
    n_jobs : int or None, default=None
        Threads; None uses every core.
    random_state : None, int, RandomState or Generator, default=None
    callback : callable, optional
        Told of each candidate as it is done.

    Attributes
    ----------
    best_estimator_ : GaussianMixture
        Fitted, the winner.
    best_candidate_ : Candidate
        The winner's outcome, report and criteria.
    candidates_ : list of Candidate
        All of them, in the order they were fitted.
    interrupted_ : bool
        Whether the user stopped the search; then the best of what was fitted is kept.
    best_params_ : dict
        Its `n_components` and `covariance_type`.
    best_score_ : float
        Its criterion.
    results_ : dict of str to list
        A row per candidate in the columns n_components, covariance_type, log_likelihood,
        n_parameters, bic, aic, aicc, icl, status, and reason: why it cannot win, or "".

    Notes
    -----
    The winner is run on to 1e-5 of `tol` in tables of at most 50,000 rows.

    A fit in which a component describes copies of a row, or in which a variance is the one
    that the penalty makes, is degenerate: its likelihood measures `reg_covar`. It is listed,
    and never wins.

    Examples
    --------
    >>> from gaussmix import GaussianMixtureSearch
    >>> from gaussmix.datasets import load_old_faithful
    >>> X = load_old_faithful().to_numpy()
    >>> search = GaussianMixtureSearch(range(1, 5), random_state=0).fit(X)
    >>> search.best_params_
    {'n_components': 3, 'covariance_type': 'tied'}
    """

    def __init__(
        self,
        n_components: Any = None,
        *,
        covariance_types: Any = "all",
        criterion: str = "bic",
        init_params: Any = "auto",
        n_init: int = 1,
        tol: float = 1e-6,
        max_iter: int = 2000,
        reg_covar: float = 1e-6,
        noise_component: bool = False,
        noise_volume: float | None = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        callback: Callable[[Candidate], object] | None = None,
    ) -> None:
        self.n_components = n_components
        self.covariance_types = covariance_types
        self.criterion = criterion
        self.init_params = init_params
        self.n_init = n_init
        self.tol = tol
        self.max_iter = max_iter
        self.reg_covar = reg_covar
        self.noise_component = noise_component
        self.noise_volume = noise_volume
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.callback = callback

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        labels: Any = None,
        X_covariance: Any = None,
    ) -> Self:
        """Fit every candidate and keep the best.

        Parameters
        ----------
        X : array-like, data frame, IntervalData, path or stream
            As for `GaussianMixture.fit`.
        y : ignored
        sample_weight : array-like of shape (N,), optional
            Frequency weights: n of the criteria is their sum.
        labels, X_covariance : optional
            As for `GaussianMixture.fit`. There are never fewer components than labels.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or parameters that cannot be used, and where every candidate failed.

        Warns
        -----
        DegenerateFitWarning
            Where the winner is degenerate, as then every candidate is, or a column is constant.
        ConvergenceWarning
            Where the winner reached `max_iter`, and where Ctrl-C ended the search.
        DataWarning
            Where a shape has more directions than the rows can show.
        """
        intake = take_in(self, X, Beside(sample_weight, labels, X_covariance), reset=True)
        n_features = intake.source.n_features
        names = feature_names(self) or tuple(map(str, range(n_features)))
        with team(self.n_jobs) as threads:
            facts = survey(intake.source, threads, feature_names(self))
            grid = self._grid(intake.rows, n_features, facts)
            self._warn_hopeless(grid, facts.n_rows, n_features)
            owner = type(self).__name__
            reg_covar = check_float(owner, "reg_covar", self.reg_covar)
            any_family = family_named(grid.covariance_types[0])
            noise = noise_box(self, facts, intake.box)
            rows = Problem(intake.source, facts, any_family, 1, reg_covar, noise)
            search = Search(with_filler(rows, threads), names, intake.dtype, grid, threads)
            self.candidates_ = search.run(self.callback)
            best = best_of(self.candidates_, self.criterion)
            winner = search.finish(best)
            self.interrupted_ = threads.interrupted.is_set()
        self.candidates_[self.candidates_.index(best)] = winner
        self._adopt(search, winner)
        if self.interrupted_:
            message = errors.stopped_early(len(self.candidates_), len(grid.cells))
            warnings.warn(message, ConvergenceWarning, stacklevel=2)
        return self

    def _warn_hopeless(self, grid: Grid, n_rows: int, n_features: int) -> None:
        """Warn of shapes that the rows cannot show with any of the numbers tried."""
        for name in grid.covariance_types:
            needed = family_named(name).rows_needed(min(grid.n_components), n_features)
            if n_rows <= needed:
                message = errors.hopeless_shape(name, needed, n_rows, n_features)
                warnings.warn(message, errors.DataWarning, stacklevel=3)

    def _adopt(self, search: Search, winner: Candidate) -> None:
        """Set the fitted attributes, and warn of what is wrong with the winner."""
        self.best_candidate_ = winner
        self.results_ = _results(self.candidates_)
        self.best_params_ = {
            "n_components": winner.n_components,
            "covariance_type": winner.covariance_type,
        }
        self.best_score_ = winner.value(self.criterion)
        estimator = GaussianMixture(
            winner.n_components,
            covariance_type=winner.covariance_type,
            tol=self.tol,
            max_iter=self.max_iter,
            reg_covar=self.reg_covar,
            init_params=self.init_params,
            n_init=self.n_init,
            noise_component=self.noise_component,
            noise_volume=self.noise_volume,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )
        self.best_estimator_ = estimator.adopt(self, search, winner)
        estimator.warn(stacklevel=4)

    def _grid(self, rows: AnyArray | None, n_features: int, facts: Survey) -> Grid:
        owner = type(self).__name__
        check_n_jobs(owner, self.n_jobs)
        check_noise(owner, self)
        check_int(owner, "max_iter", self.max_iter, 0)
        check_int(owner, "n_init", self.n_init, 1)
        check_init_params(self.init_params)
        if not isinstance(self.init_params, str) and not callable(self.init_params):
            needed = "a name or a callable, as an array fixes the number of components"
            raise errors.out_of_range(owner, "init_params", needed, self.init_params)
        if self.criterion not in CRITERIA:
            raise errors.unknown_choice("criterion", self.criterion, CRITERIA)
        seed = generator_of(self.random_state).integers(2**32, size=4).tolist()

        wanted = Wanted(self.init_params, self.n_init, rules=QUICK)

        def starts(problem: Problem, threads: Team) -> list[Start]:
            return choose_starts(problem, rows, wanted, seed, threads)

        return Grid(
            self._numbers(facts.n_rows, facts.largest_label + 1),
            self._families(n_features),
            Effort(
                check_float(owner, "tol", self.tol),
                self.max_iter,
                in_turn=callable(self.init_params),
            ),
            starts,
            seed,
        )

    def n_candidates(self, n_rows: int, n_features: int) -> int:
        """How many candidates a table of this shape will have."""
        return len(self._numbers(n_rows)) * len(self._families(n_features))

    def _numbers(self, n_rows: int, n_labels: int = 0) -> list[int]:
        """The numbers of components to try; never fewer than there are labels."""
        owner, asked = type(self).__name__, self.n_components
        if asked is None:
            return [k for k in range(max(1, n_labels), max(10, n_labels + 1)) if k <= n_rows]
        numbers = [asked] if isinstance(asked, Integral) else asked
        if isinstance(numbers, str) or not isinstance(numbers, Iterable):
            raise errors.out_of_range(owner, "n_components", "an int or several", asked)
        checked = sorted({check_int(owner, "n_components", k, 1) for k in numbers})
        if not checked:
            raise errors.out_of_range(owner, "n_components", "an int or several", asked)
        if checked[0] < n_labels:
            raise errors.label_beyond_components(n_labels - 1, checked[0])
        if checked[-1] > n_rows:
            raise errors.too_few_rows(checked[-1], n_rows)
        return checked

    def _families(self, n_features: int) -> list[str]:
        """The families to try, by their everyday names."""
        asked = self.covariance_types
        if isinstance(asked, str) and asked == "all":
            # In one column there are two shapes only: with one variance or with several.
            return everyday_names(["full", "tied"] if n_features == 1 else None)
        if isinstance(asked, str):
            return everyday_names([asked])
        if not isinstance(asked, Iterable) or not (names := list(asked)):
            owner = type(self).__name__
            raise errors.out_of_range(owner, "covariance_types", "'all' or some names", asked)
        return everyday_names(names)

    def summary(self) -> SearchSummary:
        """What won, the best five and why others cannot win; prints as text."""
        check_is_fitted(self)
        return summarize_search(self.candidates_, self.best_candidate_, self.criterion)

    def predict(self, X: Any) -> IntArray:
        """Likeliest component of each row (N,), -1 for noise, by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.predict(X)

    def predict_proba(self, X: Any) -> AnyArray:
        """Posterior probabilities (N, K), by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.predict_proba(X)

    def score_samples(self, X: Any) -> FloatArray:
        """Log density of each row (N,), in nats, by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.score_samples(X)

    def score(
        self, X: Any, y: Any = None, sample_weight: Any = None, *, X_covariance: Any = None
    ) -> float:
        """Mean log density of the rows, by the best estimator."""
        check_is_fitted(self)
        return self.best_estimator_.score(X, y, sample_weight, X_covariance=X_covariance)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _results(candidates: list[Candidate]) -> dict[str, list[object]]:
    """A table with a row per candidate."""
    nan = float("nan")
    return {
        "n_components": [c.n_components for c in candidates],
        "covariance_type": [c.covariance_type for c in candidates],
        "log_likelihood": [c.criteria.log_likelihood if c.criteria else nan for c in candidates],
        "n_parameters": [c.n_parameters for c in candidates],
        **{
            name: [c.criteria.value(name) if c.criteria else nan for c in candidates]
            for name in CRITERIA
        },
        "status": [str(c.report.status) if c.report else "failed" for c in candidates],
        "reason": [c.reason for c in candidates],
    }
