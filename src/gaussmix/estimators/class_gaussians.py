"""One Gaussian for each class, with one shape for all: EDDA (Bensmail & Celeux 1996).

Where every row is complete and has a class, the fit is one M-step; rows without a class, or with
gaps, join by EM.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import everyday_names, family_named
from gaussmix.data import Block
from gaussmix.density import Components
from gaussmix.em import Problem, find_degenerate, fit_responsibilities, run, with_prior
from gaussmix.estimators.class_model import ClassModel, of_one
from gaussmix.estimators.class_rows import Training
from gaussmix.execution import Team
from gaussmix.selection import Criteria


@dataclass(frozen=True)
class Shared:
    """Gaussians of one shape.

    Attributes
    ----------
    name : str
        The shape.
    components : Components or None
        One of each class; None where there is no fit.
    criteria : Criteria or None
        Of rows and classes together.
    reason : str
        Why it is not sound; empty where it is.
    n_iter : int
        Iterations.
    """

    name: str
    components: Components | None
    criteria: Criteria | None
    reason: str = ""
    n_iter: int = 0

    @property
    def bic(self) -> float:
        """Its BIC; infinite without a fit."""
        return float("inf") if self.criteria is None else self.criteria.bic

    def model(self) -> ClassModel:
        """The classes as these Gaussians have them."""
        assert self.components is not None
        assert self.criteria is not None
        n_classes = self.components.n_components
        return ClassModel(
            "edda",
            tuple(of_one(self.components, c) for c in range(n_classes)),
            (self.name,) * n_classes,
            self.components.weights,
            self.criteria.log_likelihood,
            self.criteria.n_parameters,
            self.criteria.n,
            (False,) * n_classes,
            self.n_iter,
        )


class SharedShapes:
    """The Gaussians of each shape, fitted when they are asked for.

    Parameters
    ----------
    training : Training
    team : Team
    """

    def __init__(self, training: Training, team: Team) -> None:
        self.training = training
        self.team = team
        self._fitted: dict[str, Shared] = {}
        self._problem: Problem | None = None

    def each(self, names: Sequence[str]) -> list[Shared]:
        """The Gaussians of every named shape."""
        return [self.of(name) for name in names]

    def of(self, name: str) -> Shared:
        """The Gaussians of the named shape."""
        if name not in self._fitted:
            self._fitted[name] = self._fit(name)
        return self._fitted[name]

    def best(self, names: Sequence[str]) -> Shared:
        """The sound one of least BIC; among all shapes where none of the named is sound.

        Raises
        ------
        ValueError
            Where there is no fit at all.
        """
        for tried in (names, everyday_names()):
            sound = [one for one in self.each(tried) if not one.reason]
            if sound:
                return min(sound, key=lambda one: one.bic)
        # Where all classes have the same matrix, none is likelier for being narrower.
        fitted = [one for one in self._fitted.values() if one.components is not None]
        pooled = [one for one in fitted if family_named(one.name).scatter.pooled]
        if not fitted:
            reasons = [f"{one.name}: {one.reason}" for one in self._fitted.values()]
            raise errors.no_shape_for_classes(reasons)
        return min(pooled or fitted, key=lambda one: one.bic)

    def _fit(self, name: str) -> Shared:
        if family_named(name).turns and self._fewest <= self.training.n_features:
            return Shared(name, None, None, errors.orientation_of_few_rows(self._fewest))
        if not family_named(name).scatter.pooled:
            for c in range(self.training.labels.n_classes):
                empty = self.training.empty_column_of(c)
                if empty is not None:
                    return Shared(name, None, None, errors.empty_column_of_class(empty))
        problem, settings = self._problem_of(name), self.training.settings
        as_labelled = _AsLabelled(problem.n_components)
        try:
            start = fit_responsibilities(problem, problem, as_labelled, self.team)
            fit = run(problem, start, self.team, tol=settings.tol, max_iter=settings.max_iter)
        except errors.CollapsedComponent as reason:
            return Shared(name, None, None, str(reason))
        findings = find_degenerate(problem, fit, self.training.column_names, self.team)
        # A column that never varies says nothing of the classes, and harms none.
        reasons = [finding.reason for finding in findings if finding.component >= 0]
        criteria = Criteria(fit.log_likelihood, problem.n_free, problem.survey.told)
        return Shared(name, fit.components, criteria, " ".join(reasons), fit.n_iter)

    @property
    def _fewest(self) -> int:
        """Rows of the smallest class, those without a class left out."""
        code = self.training.labels.code
        return int(np.bincount(code[code >= 0]).min())

    def _problem_of(self, name: str) -> Problem:
        family = family_named(name)
        if self._problem is None:
            self._problem = self.training.problem(family, self.team)
        problem = replace(self._problem, family=family)
        prior = self.training.settings.prior
        return problem if prior is None else with_prior(problem, prior, self.team, [family])


@dataclass(frozen=True)
class _AsLabelled:
    """Responsibilities (C, B) of a block: its classes, and nobody for rows without one."""

    n_classes: int

    def __call__(self, block: Block) -> FloatArray:
        label = block.details.label
        return np.asarray(label == np.arange(self.n_classes)[:, None], dtype=np.float64)
