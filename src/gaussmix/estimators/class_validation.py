"""Models of classes by how likely they make the classes of rows that they have not seen."""

import warnings
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from scipy.special import log_softmax

from gaussmix import errors
from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.data import ArraySource
from gaussmix.density import Components, log_density
from gaussmix.estimators.class_gaussians import SharedShapes
from gaussmix.estimators.class_mixtures import ClassMixture, MakeSearch
from gaussmix.estimators.class_model import of_one
from gaussmix.estimators.class_rows import Training
from gaussmix.execution import Team

#: How many parts the rows of each class are cut into, each held out once.
_FOLDS = 5
#: Stands for the log density of rows where a fold has no fit.
_NO_FIT = -1e6


class HeldOutClasses:
    """Losses of models of classes, in folds that hold out rows of every class.

    The loss is the mean negative log probability of a held-out row's class. Rows without a class
    have no part in it.

    Parameters
    ----------
    training : Training
    make_search : callable
    seed : int
    team : Team

    Raises
    ------
    ValueError
        Where a class has a single row.
    """

    def __init__(self, training: Training, make_search: MakeSearch, seed: int, team: Team) -> None:
        known = np.flatnonzero(~training.unlabelled)
        self.training = training.take(known)
        self.make_search = make_search
        self.team = team
        self.fold = _stratified(self.training, np.random.default_rng(seed))
        self._of_class: dict[tuple[int, int, str], FloatArray] = {}

    @cached_property
    def _train(self) -> list[BoolArray]:
        """Rows (N,) that are not held out, of each fold."""
        return [np.asarray(self.fold != v) for v in range(int(self.fold.max()) + 1)]

    @cached_property
    def _shapes(self) -> list[SharedShapes]:
        return [SharedShapes(self.training.take(rows), self.team) for rows in self._train]

    @cached_property
    def _log_shares(self) -> FloatArray:
        """Log shares (N, C) of the classes among the rows of training, for each row."""
        answer = np.empty((len(self.fold), self.training.labels.n_classes))
        for v, rows in enumerate(self._train):
            weight = self.training.take(rows).class_weight
            answer[self.fold == v] = np.log(weight / weight.sum())
        return answer

    def loss_of_shape(self, name: str) -> float:
        """The loss of one shape for all classes."""
        n_classes = self.training.labels.n_classes
        densities = np.full((len(self.fold), n_classes), _NO_FIT)
        for v, shapes in enumerate(self._shapes):
            components, out = shapes.of(name).components, self.fold == v
            if components is None:
                continue
            model = shapes.of(name).model()
            densities[out] = model.log_joint(self.training.X[out], np.zeros(n_classes), self.team)
        return self._loss(densities)

    def best(self, several: Sequence[Sequence[ClassMixture]]) -> tuple[list[ClassMixture], float]:
        """The best mixture for each class among its few, and their loss.

        One class after the other takes the mixture that is best beside those of the others, until
        none changes.
        """
        chosen = [0] * len(several)
        columns = [[self._densities(c, one) for one in few] for c, few in enumerate(several)]
        loss, before = self._loss_of(columns, chosen), None
        while chosen != before:
            before = list(chosen)
            for c, few in enumerate(several):
                tried = [[*chosen[:c], m, *chosen[c + 1 :]] for m in range(len(few))]
                losses = [self._loss_of(columns, one) for one in tried]
                if min(losses) < loss:
                    chosen, loss = tried[int(np.argmin(losses))], min(losses)
        return [few[m] for few, m in zip(several, chosen, strict=True)], loss

    def _loss_of(self, columns: Sequence[Sequence[FloatArray]], chosen: Sequence[int]) -> float:
        picked = [few[m] for few, m in zip(columns, chosen, strict=True)]
        return self._loss(np.column_stack(picked))

    def _loss(self, densities: FloatArray) -> float:
        """Mean negative log probability of the rows' classes, for log densities (N, C)."""
        log_posterior = log_softmax(densities + self._log_shares, axis=1)
        own = log_posterior[np.arange(len(self.fold)), self.training.labels.code]
        return float(-(self.training.weights @ own) / self.training.weights.sum())

    def _densities(self, c: int, mixture: ClassMixture) -> FloatArray:
        """Log density of every row (N,) in class c, fitted to the other folds' rows of it."""
        densities = np.full(len(self.fold), _NO_FIT)
        for v, train in enumerate(self._train):
            out = self.fold == v
            part = self._fitted(c, mixture, v, train)
            if part is not None:
                source = ArraySource(self.training.X[out])
                densities[out] = log_density(part, source, self.team)
        return densities

    def _fitted(self, c: int, mixture: ClassMixture, v: int, train: BoolArray) -> Components | None:
        """A mixture of that size and shape for class c without fold v; None where there is none."""
        name = mixture.covariance_type
        if mixture.borrowed:
            shared = self._shapes[v].of(name).components
            return None if shared is None else of_one(shared, c)
        rows = np.flatnonzero(train & self.training.labels.own(c))
        weight = None if self.training.weight is None else self.training.weights[rows]
        search = self.make_search([mixture.components.n_components], [name])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                search.fit(self.training.X[rows], None, weight)
            except ValueError:
                return None
        return search.best_estimator_.mixture_.components


def _stratified(training: Training, rng: np.random.Generator) -> IntArray:
    """A fold (N,) for each row, each class shared out evenly."""
    n_folds = min(_FOLDS, len(training.X))
    fold, start = np.empty(len(training.X), dtype=np.intp), 0
    for c, label in enumerate(training.labels.names()):
        rows = np.flatnonzero(training.labels.own(c))
        if len(rows) < 2:
            raise errors.more_folds_than_labels(label, len(rows))
        fold[rng.permutation(rows)] = (start + np.arange(len(rows))) % n_folds
        start += len(rows)
    return fold
