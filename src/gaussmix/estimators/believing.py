"""What follows from a posterior: fitted attributes, and streams that go on from it."""

from typing import Any

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import PACKED, RADIAL
from gaussmix.density import Components
from gaussmix.em import Learnt, Problem, Rules, in_slots
from gaussmix.estimators.bayesian_checks import beliefs_of
from gaussmix.estimators.fitting import FittingMixture
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization import Posterior, degrees_of_freedom, mean_precisions


class BelievingMixture(FittingMixture):
    """Adds the attributes of a posterior to an estimator that fits."""

    posterior_: Posterior

    @property
    def _reached(self) -> Components:
        return self.posterior_

    @property
    def _weighing(self) -> Components:
        return self.posterior_.slots

    def _remember(self, problem: Problem, statistics: SufficientStatistics) -> None:
        assert problem.bayes is not None
        statistics = in_slots(statistics, problem.bayes.n_slots, problem.bayes.mean)
        super()._remember(problem, statistics)
        self._count()

    @property
    def _rules(self) -> Rules:
        beliefs = beliefs_of(self, self.n_features_in_)
        return Rules(self._family, float(self.reg_covar), prior=beliefs)

    def _learn(self, learnt: Learnt, components: Components, mean_log_likelihood: float) -> None:
        super()._learn(learnt, components, mean_log_likelihood)
        self._count()

    def _count(self) -> None:
        """Count the components that hold a row's weight."""
        self.n_active_ = int(np.count_nonzero(self.posterior_.mass >= self.learnt_.row_weight))

    def _publish(self, components: Components, dtype: np.dtype[Any]) -> None:
        """Set the arrays that follow from a posterior, each with an entry for every slot."""
        assert isinstance(components, Posterior)
        slots = components.slots
        super()._publish(Components(slots.weights, slots.means, slots.covariances), dtype)
        self.believe(components)

    def believe(self, posterior: Posterior) -> None:
        """Set the attributes that are a posterior's, and no mixture's.

        Parameters
        ----------
        posterior : Posterior
        """
        self.posterior_ = posterior
        prior, dof = posterior.prior, degrees_of_freedom(posterior)
        self.weight_concentration_ = posterior.proportions.parameters
        self.mean_precision_ = mean_precisions(posterior)
        self.degrees_of_freedom_ = dof[0] if prior.is_shared else dof
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
