"""Mixtures of all classes together: their likelihood, and EM over rows without a class.

The class of such a row is one more thing that EM does not know: each class sees the row with the
probability of being of it, and labelled rows stay where they are.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.special import entr, logsumexp, softmax
from sklearn.exceptions import ConvergenceWarning

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import family_named
from gaussmix.data import ArraySource, Details
from gaussmix.density import log_density
from gaussmix.em import Problem, Progress
from gaussmix.estimators.class_mixtures import ClassMixture
from gaussmix.estimators.class_model import ClassModel
from gaussmix.estimators.class_rows import Training
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics
from gaussmix.maximization import Fixed


def model_of(
    mixtures: Sequence[ClassMixture], shares: FloatArray, training: Training, team: Team
) -> ClassModel:
    """The classes with these mixtures, in these shares (C,) of the rows."""
    n_features = training.n_features
    n_parameters = sum(mixture.n_parameters for mixture in mixtures) + len(mixtures) - 1
    # A shape that several classes borrow is estimated once.
    for name in {mixture.covariance_type for mixture in mixtures if mixture.borrowed}:
        n_parameters += family_named(name).n_parameters(len(mixtures), n_features)
    model = ClassModel(
        "mclustda",
        tuple(mixture.components for mixture in mixtures),
        tuple(mixture.covariance_type for mixture in mixtures),
        shares,
        0.0,
        n_parameters,
        float(training.weights[_told(training)].sum()),
        tuple(mixture.borrowed for mixture in mixtures),
        max(mixture.n_iter for mixture in mixtures),
    )
    return replace(model, log_likelihood=log_likelihood(model, training, team))


def _told(training: Training) -> IntArray:
    """Numbers of the rows that hold any value."""
    return np.flatnonzero(~np.isnan(training.X).all(axis=1))


def log_likelihood(model: ClassModel, training: Training, team: Team) -> float:
    """Log-likelihood of rows and their classes, a total; of rows without a class, of the row."""
    log_shares, total = np.log(model.shares), 0.0
    for c, part in enumerate(model.parts):
        own = np.flatnonzero(training.labels.own(c))
        density = log_density(part, ArraySource(training.X[own]), team)
        total += float(training.weights[own] @ (density + log_shares[c]))
    if training.labels.has_unlabelled:
        rows = training.unlabelled
        joint = model.log_joint(training.X[rows], log_shares, team)
        total += float(training.weights[rows] @ logsumexp(joint, axis=1))
    return total


def chances(model: ClassModel, training: Training, team: Team) -> FloatArray:
    """Probability (N, C) of each row being of each class; zeros and ones where it is known."""
    known = np.arange(model.n_classes) == training.labels.code[:, None]
    answer = np.asarray(known, dtype=np.float64)
    if training.labels.has_unlabelled:
        rows = training.unlabelled
        answer[rows] = np.exp(model.log_posterior(training.X[rows], model.shares, team)[0])
    return answer


def fit_jointly(model: ClassModel, training: Training, team: Team) -> ClassModel:
    """The mixtures of all classes by EM, from those of `model`, once rows without a class count.

    Warns
    -----
    ConvergenceWarning
        Where `max_iter` is reached.
    """
    joint, settings, progress = _Joint.of(model, training, team), training.settings, Progress()
    for n_iter in range(max(1, settings.max_iter)):
        seen = joint.look(model)
        progress = progress.after(seen.objective, settings.tol)
        most = max(model.n_iter, n_iter)
        model = replace(model, log_likelihood=seen.log_likelihood, n_iter=most)
        if progress.has_converged(settings.tol) or team.interrupted.is_set():
            return model
        model = joint.step(model, seen)
    message = errors.not_converged(settings.max_iter, progress.remaining)
    warnings.warn(message, ConvergenceWarning, stacklevel=4)
    return replace(model, log_likelihood=log_likelihood(model, training, team))


@dataclass(frozen=True)
class _Seen:
    """What a pass over the rows says of parameters.

    Attributes
    ----------
    statistics : tuple of SufficientStatistics
        Of each class.
    mass : (C,) array
        Weight of the rows of each class.
    log_likelihood : float
        A total.
    objective : float
        Penalised log-likelihood per row.
    """

    statistics: tuple[SufficientStatistics, ...]
    mass: FloatArray
    log_likelihood: float
    objective: float


@dataclass(frozen=True)
class _Joint:
    """EM over the mixtures of all classes.

    Attributes
    ----------
    training : Training
    problems : tuple of Problem
        Of each class: its own rows, then those without a class.
    team : Team
    """

    training: Training
    problems: tuple[Problem, ...]
    team: Team

    @classmethod
    def of(cls, model: ClassModel, training: Training, team: Team) -> Self:
        """For the classes of a model."""
        free, problems = np.flatnonzero(training.unlabelled), []
        for c, part in enumerate(model.parts):
            rows = np.concatenate([np.flatnonzero(training.labels.own(c)), free])
            family = family_named(model.covariance_types[c])
            weight = training.weights[rows]
            problem = training.problem_of(rows, weight, family, part.n_components, team)
            if model.borrowed[c]:
                fixed = Fixed(covariances=part.covariances, has_covariance=np.ones(1, np.bool_))
                problem = replace(problem, fixed=fixed)
            problems.append(problem)
        return cls(training, tuple(problems), team)

    def look(self, model: ClassModel) -> _Seen:
        """A pass over the rows at the parameters of a model."""
        free = self.training.unlabelled
        weight = self.training.weights[free]
        joint = model.log_joint(self.training.X[free], np.log(model.shares), self.team)
        chance = softmax(joint, axis=1)
        statistics, penalty = [], 0.0
        for c, (problem, part) in enumerate(zip(self.problems, model.parts, strict=True)):
            own = self.training.weights[self.training.labels.own(c)]
            details = Details(np.concatenate([own, weight * chance[:, c]]))
            assert isinstance(problem.source, ArraySource)
            seen = replace(problem, source=ArraySource(problem.source.X, details))
            statistics.append(seen.statistics_at(part, self.team))
            penalty += problem.penalty.objective(part)
            if problem.pseudo_rows is not None:
                penalty += problem.pseudo_rows.objective(part)
        mass = np.array([each.weight for each in statistics])
        doubt = float(weight @ entr(chance).sum(axis=1))
        total = sum(each.log_likelihood for each in statistics)
        total += float(mass @ np.log(model.shares)) + doubt
        return _Seen(tuple(statistics), mass, total, (total + penalty) / float(mass.sum()))

    def step(self, model: ClassModel, seen: _Seen) -> ClassModel:
        """The parameters of largest expected likelihood after a pass."""
        parts = tuple(
            problem.maximize(statistics, part)
            for problem, statistics, part in zip(
                self.problems, seen.statistics, model.parts, strict=True
            )
        )
        return replace(model, parts=parts, shares=seen.mass / seen.mass.sum())
