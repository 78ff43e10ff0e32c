"""`BayesianGaussianMixture`: variational Bayes, with scikit-learn's names."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Self

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import PACKED, RADIAL
from gaussmix.data import Survey
from gaussmix.density import Components
from gaussmix.em import Callback, Effort, Finding, FitReport, Ledger, Outcome, Problem, with_filler
from gaussmix.em.beliefs import Beliefs, with_beliefs
from gaussmix.errors import Status
from gaussmix.estimators.attributes import publish, structure_of
from gaussmix.estimators.fitting import FittingMixture
from gaussmix.estimators.intake import Beside, Intake
from gaussmix.estimators.starting import NOTHING_GIVEN, Given, Wanted
from gaussmix.estimators.validation import feature_names
from gaussmix.execution import Team
from gaussmix.maximization import Posterior
from gaussmix.mixture import Mixture, generator_of


class BayesianGaussianMixture(FittingMixture):
    """Bayesian Gaussian mixture, fitted by variational inference."""

    component_order = "auto"

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
        """Find what is to be believed of the parameters."""
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
        pass

    def _check_fit(self, facts: Survey, stacklevel: int) -> None:
        pass

    def _given(self, n_features: int) -> Given:
        return NOTHING_GIVEN

    def _problem_of(self, intake: Intake, facts: Survey, given: Given, threads: Team) -> Problem:
        problem = Problem(
            intake.source, facts, self._family, self.n_components, float(self.reg_covar)
        )
        problem = with_filler(problem, threads)
        return with_beliefs(problem, self._beliefs(len(facts.centre)), threads)

    def _beliefs(self, n_features: int) -> Beliefs:
        def default(value: Any, otherwise: float) -> float:
            return otherwise if value is None else float(value)

        return Beliefs(
            self.weight_concentration_prior_type,
            default(self.weight_concentration_prior, 1.0 / self.n_components),
            default(self.mean_precision_prior, 1.0),
            None if self.mean_prior is None else np.asarray(self.mean_prior, dtype=np.float64),
            default(self.degrees_of_freedom_prior, float(n_features)),
            None
            if self.covariance_prior is None
            else np.asarray(self.covariance_prior, dtype=np.float64),
            1.0,
            float(self.reg_covar),
        )

    def _ledger(
        self, problem: Problem, threads: Team, known: Mapping[str, Any]
    ) -> AbstractContextManager[Ledger | None]:
        return nullcontext()

    def _find_degenerate(
        self, problem: Problem, outcome: Outcome, threads: Team
    ) -> tuple[Finding, ...]:
        return ()

    def _chosen(
        self, problem: Problem, outcome: Outcome, seed: Sequence[int], effort: Effort, threads: Team
    ) -> Outcome:
        return outcome

    def _order(self, components: Components, wanted: Wanted, problem: Problem) -> IntArray:
        if problem.has_labels:
            return np.arange(components.n_components)
        return np.lexsort((components.means[:, 0], -components.weights))

    @property
    def _reached(self) -> Components:
        return self.posterior_

    @property
    def _weighing(self) -> Components:
        return self.posterior_.slots

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
        mean_weight = problem.survey.weight / problem.survey.n_rows
        self.n_active_ = int(np.count_nonzero(best.components.mass >= mean_weight))

    def _publish(self, posterior: Posterior, dtype: np.dtype[Any]) -> None:
        """Set the arrays that follow from a posterior, each with an entry for every slot."""
        slots, prior = posterior.slots, posterior.prior
        plain = Components(slots.weights, slots.means, slots.covariances)
        names = feature_names(self)
        publish(self, Mixture.from_components(plain, structure_of(self), names), dtype)
        self.posterior_ = posterior
        mass = posterior.proportions.mass
        self.weight_concentration_ = posterior.proportions.parameters
        self.mean_precision_ = prior.mean_precision + mass
        rows = mass.sum() if prior.is_shared else mass
        self.degrees_of_freedom_ = prior.dof + rows
        self.weight_concentration_prior_ = prior.proportions.concentration
        self.mean_precision_prior_ = prior.mean_precision
        self.mean_prior_ = prior.mean
        self.degrees_of_freedom_prior_ = prior.dof
        self.covariance_prior_ = self._covariance_prior(posterior)

    def _covariance_prior(self, posterior: Posterior) -> FloatArray | float:
        """S_0 as the family has it."""
        prior = posterior.prior
        matrix = prior.dof * prior.covariances.dense()[0]
        if prior.quadratic is PACKED:
            return np.asarray(matrix)
        variances = np.diagonal(matrix).copy()
        return float(variances[0]) if prior.quadratic is RADIAL else variances
