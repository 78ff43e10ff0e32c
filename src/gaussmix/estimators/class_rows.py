"""The rows a classifier learns from, and how long it may iterate over them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, BoolArray, FloatArray, IntArray
from gaussmix.covariance import Family
from gaussmix.data import ArraySource, Details, Survey, survey
from gaussmix.em import Problem, with_filler, with_prior
from gaussmix.estimators.class_labels import Labels
from gaussmix.execution import Team
from gaussmix.maximization import ConjugatePrior


@dataclass(frozen=True)
class Settings:
    """What every fit of a classifier shares.

    Attributes
    ----------
    tol : float
    max_iter : int
    reg_covar : float
    prior : ConjugatePrior or None
    """

    tol: float
    max_iter: int
    reg_covar: float
    prior: ConjugatePrior | None


@dataclass(frozen=True)
class Training:
    """Rows, their classes and their weights.

    Attributes
    ----------
    X : (N, D) array
        NaN for gaps.
    labels : Labels
    weight : (N,) array or None
        Above zero; None for ones.
    names : tuple of str or None
        Of the columns.
    settings : Settings
    """

    X: AnyArray
    labels: Labels
    weight: FloatArray | None
    names: tuple[str, ...] | None
    settings: Settings

    @property
    def n_features(self) -> int:
        """Number D of columns."""
        return int(self.X.shape[1])

    @property
    def column_names(self) -> tuple[str, ...]:
        """What messages call the columns."""
        return self.names or tuple(str(j) for j in range(self.n_features))

    @cached_property
    def weights(self) -> FloatArray:
        """A weight (N,) for each row."""
        return np.ones(len(self.X)) if self.weight is None else self.weight

    @cached_property
    def class_weight(self) -> FloatArray:
        """Weight (C,) of the rows known to be of each class."""
        known = self.labels.code >= 0
        code = self.labels.code[known]
        weight = np.zeros(self.labels.n_classes)
        np.add.at(weight, code, self.weights[known])
        return weight

    @cached_property
    def unlabelled(self) -> BoolArray:
        """Rows (N,) whose class is not known."""
        return np.asarray(self.labels.code < 0)

    def empty_column_of(self, c: int) -> str | None:
        """What a message calls the first column without a value that may be of class c."""
        empty = np.isnan(self.X[self.labels.own(c) | self.unlabelled]).all(axis=0)
        return errors.column_label(int(np.argmax(empty)), self.names) if empty.any() else None

    def take(self, rows: Any) -> "Training":
        """The same of some of the rows."""
        weight = None if self.weight is None else self.weight[rows]
        labels = self.labels.take(rows)
        return Training(self.X[rows], labels, weight, self.names, self.settings)

    def problem(self, family: Family, team: Team) -> Problem:
        """One Gaussian per class, to be fitted to all rows; see `Problem`."""
        source = ArraySource(self.X, Details(self.weight, self.labels.code))
        facts = survey(source, team, self.names)
        return self._settled(source, facts, family, self.labels.n_classes, team)

    def problem_of(
        self, rows: IntArray, weight: FloatArray, family: Family, n_components: int, team: Team
    ) -> Problem:
        """A mixture for some of the rows, of these weights, whatever their classes."""
        source = ArraySource(self.X[rows], Details(weight))
        facts = survey(source, team, self.names)
        return self._settled(source, facts, family, n_components, team)

    def _settled(
        self, source: ArraySource, facts: Survey, family: Family, n_components: int, team: Team
    ) -> Problem:
        problem = Problem(source, facts, family, n_components, self.settings.reg_covar)
        return with_prior(with_filler(problem, team), self.settings.prior, team)
