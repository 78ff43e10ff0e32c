"""Fitting to what comes in parts: streams, and rows that lie on several machines."""

import warnings
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix.covariance import family_named, is_factor_name
from gaussmix.data import survey
from gaussmix.density import Components
from gaussmix.em import FitReport, Learnt, Rules, Schedule, follow
from gaussmix.errors import Status
from gaussmix.estimators.attributes import publish, structure_of
from gaussmix.estimators.fitted import FittedMixture
from gaussmix.estimators.intake import Beside, take_in
from gaussmix.estimators.preflight import (
    check_unchanged,
    fixed_parameters,
    given_parameters,
)
from gaussmix.estimators.validation import check_prior, feature_names
from gaussmix.execution import team
from gaussmix.expectation import SufficientStatistics
from gaussmix.mixture import Mixture


class StreamingMixture(FittedMixture):
    """Adds `partial_fit` and `merge` to an estimator that fits."""

    n_components: int
    reg_covar: float
    prior: Any
    stream_decay: float
    stream_memory: float | None
    fit_report_: FitReport
    mixture_: Mixture
    #: What the rows so far have taught.
    learnt_: Learnt

    @property
    def statistics_(self) -> SufficientStatistics:
        """Sums over the rows, about stated references, that the parameters follow from."""
        return _learnt_by(self).statistics

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        labels: Any = None,
        X_covariance: Any = None,
    ) -> Self:
        """Learn from one more batch of rows, and keep none of them.

        The first batch is fitted as `fit` would, so it should hold some rows of every
        component; after `fit`, the stream goes on from there. Each later batch moves the
        running average of the statistics by the share
        max((m / (W + m))^stream_decay, 1 - exp(-m / stream_memory)), where m is its weight and W
        that of all rows before.

        Parameters
        ----------
        X : array-like or data frame of shape (N, D)
            NaN for missing values.
        y : ignored
        sample_weight : array-like of shape (N,), optional
        labels, X_covariance : optional
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data that cannot be used, and for a first batch of fewer rows than components.

        Notes
        -----
        Cappe & Moulines (2009), J. R. Stat. Soc. B 71, 593-613. Batches should hold more rows
        than there are components; the order of rows should not depend on their values.
        The box of a noise component grows with the rows (give `noise_volume` for one that stays).
        `lower_bound_` is the mean log density of the last batch before it was learnt from; of a
        `BayesianGaussianMixture` it is what the batch's rows add to the bound.

        Of a `BayesianGaussianMixture` the rows that are remembered count against the prior as so
        many rows, and what of the prior follows from the rows follows them. Components keep their
        numbers. A cluster that shows up late takes an empty slot, once a batch has a row or more
        that are likelier to come from a component not seen before; nothing is merged or split.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import GaussianMixture
        >>> rng = np.random.default_rng(0)
        >>> gm = GaussianMixture(2, random_state=0)
        >>> for _ in range(200):
        ...     centre = rng.choice([0.0, 10.0], size=(500, 1), p=[0.3, 0.7])
        ...     gm = gm.partial_fit(rng.normal(centre))
        >>> gm.weights_.round(2)
        array([0.7, 0.3])
        """
        self._check_parameters()
        _check_sums_add(self, "partial_fit")
        beside = Beside(sample_weight, labels, X_covariance)
        if not hasattr(self, "learnt_"):
            with warnings.catch_warnings():
                # The first batch is only the beginning.
                warnings.simplefilter("ignore", ConvergenceWarning)
                self._fit(X, beside)
            return self
        check_unchanged(self, self.mixture_, "partial_fit")
        intake = take_in(self, X, beside, reset=False)
        memory = float("inf") if self.stream_memory is None else float(self.stream_memory)
        schedule = Schedule(float(self.stream_decay), memory)
        with team(self.n_jobs) as threads:
            facts = survey(intake.source, threads, feature_names(self), partial=True)
            rules, before = self._rules, self._reached
            if before.noise is not None:
                noise = before.noise.united(*(intake.box or (facts.low, facts.high)))
                rules, before = replace(rules, noise=noise), replace(before, noise=noise)
            batch = rules.problem(intake.source, facts, before)
            learnt, components, total = follow(
                self.learnt_, before, batch, schedule, threads, rules=rules
            )
        self._learn(learnt, components, total / facts.weight)
        return self

    def merge(self, *others: "StreamingMixture") -> Self:
        """Add what others have learnt from their rows, and estimate the parameters anew.

        Where all were given the same parameters and made one pass over their rows each
        (`max_iter=0` does that and no more), this is one exact iteration over all the rows. The
        components must correspond: number k of one is number k of the others. A noise component
        is then uniform over the box around all their boxes; give `noise_volume` to have each of
        them see the same.

        Parameters
        ----------
        *others : GaussianMixture or BayesianGaussianMixture, as this one is
            Fitted; of the same number of components, columns and covariance type.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For others that do not fit in.

        Examples
        --------
        >>> from gaussmix import GaussianMixture
        >>> from gaussmix.datasets import load_old_faithful
        >>> X = load_old_faithful().to_numpy()
        >>> start = {"means_init": [[2.0, 50.0], [4.0, 80.0]], "max_iter": 0}
        >>> halves = [GaussianMixture(2, **start).fit(part) for part in (X[:136], X[136:])]
        >>> halves[0].merge(halves[1]).total_weight_
        272.0
        """
        _check_sums_add(self, "merge")
        learnt = _learnt_by(self)
        for other in others:
            if hasattr(other, "posterior_") != hasattr(self, "posterior_"):
                raise errors.merge_of_another_kind(type(self).__name__, type(other).__name__)
            check_unchanged(self, other.mixture_, "merge")
            if feature_names(other) != feature_names(self):
                raise errors.different_columns(*(_names(own) for own in (self, other)))
            if other.n_features_in_ != self.n_features_in_:
                raise errors.wrong_column_count(
                    other.n_features_in_, self.n_features_in_, type(self).__name__
                )
            learnt = learnt + _learnt_by(other)
        rules = self._rules
        for box in (other.mixture_.components.noise for other in others):
            if rules.noise is not None and box is not None:
                rules = replace(rules, noise=rules.noise.united(box.low, box.high))
        components = learnt.components(rules)
        mean = learnt.statistics.log_likelihood / learnt.statistics.weight
        self._learn(learnt, components, mean)
        return self

    @property
    def _rules(self) -> Rules:
        """How parameters follow from statistics: as in the fit before."""
        fixed = fixed_parameters(self, given_parameters(self, self.n_features_in_))
        noise = self.mixture_.components.noise
        family, prior = family_named(structure_of(self)), check_prior(self.prior)
        return Rules(family, float(self.reg_covar), noise, fixed, prior)

    def _learn(self, learnt: Learnt, components: Components, mean_log_likelihood: float) -> None:
        """Set what has changed with a batch."""
        self.learnt_ = learnt
        self._publish(components, self.means_.dtype)
        self.total_weight_ = learnt.weight
        self.lower_bound_ = mean_log_likelihood
        self.converged_ = False
        for name in ("log_likelihood_", "progress_"):
            if hasattr(self, name):
                delattr(self, name)
        report = self.fit_report_
        n_iter = report.n_iter + 1 if report.status is Status.STREAMING else 1
        self.fit_report_ = replace(
            report, status=Status.STREAMING, ended=Status.STREAMING, n_iter=n_iter, findings=()
        )
        self.n_iter_ = n_iter

    def _publish(self, components: Components, dtype: np.dtype[Any]) -> None:
        """Set the arrays that follow from components."""
        publish(self, Mixture.from_components(components, *self._kind), dtype)

    @property
    def _kind(self) -> tuple[str, tuple[str, ...] | None]:
        return structure_of(self), feature_names(self)

    @property
    def _reached(self) -> Components:
        """Where a warm start or the next batch begins."""
        return self._components()

    def _check_parameters(self) -> None:
        """Refuse constructor parameters of the wrong type or out of range."""
        raise NotImplementedError

    def _fit(self, X: Any, beside: Beside) -> Self:
        """What `fit` does: for the class that fits to fill in."""
        raise NotImplementedError


def _check_sums_add(estimator: StreamingMixture, what: str) -> None:
    """Refuse covariances for which the sums of two passes do not add."""
    if is_factor_name(structure_of(estimator)):
        raise errors.no_stream_of_factors(what)


def _learnt_by(estimator: StreamingMixture) -> Learnt:
    """What an estimator's rows have taught it."""
    check_is_fitted(estimator)
    if not hasattr(estimator, "learnt_"):
        raise errors.no_statistics(type(estimator).__name__)
    return estimator.learnt_


def _names(estimator: StreamingMixture) -> tuple[str, ...]:
    return feature_names(estimator) or tuple(map(str, range(estimator.n_features_in_)))
