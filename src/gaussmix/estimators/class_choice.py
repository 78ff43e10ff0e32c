"""Which of the models of the classes is best: by BIC, or by rows held out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.estimators.class_gaussians import Shared, SharedShapes
from gaussmix.estimators.class_joint import chances, fit_jointly, model_of
from gaussmix.estimators.class_mixtures import Chooser, MakeSearch, Note, borrowed_words
from gaussmix.estimators.class_model import ClassModel
from gaussmix.estimators.class_rows import Training
from gaussmix.estimators.class_validation import HeldOutClasses
from gaussmix.execution import Team

#: So many mixtures of each class, the best by BIC, are held against rows that are held out.
_SEVERAL = 4


@dataclass(frozen=True)
class Wish:
    """What a classifier's parameters leave open.

    Attributes
    ----------
    kinds : tuple of str
        Of "edda" and "mclustda", those to choose among.
    names : sequence of str
        Shapes.
    numbers : tuple of sequences of int
        Numbers of components, for each class.
    criterion : {"bic", "cv"}
    make_search : callable
    quiet : bool
        Whether nothing is said of the largest number of components being the best.
    seed : int
        Of the folds.
    """

    kinds: tuple[str, ...]
    names: Sequence[str]
    numbers: tuple[Sequence[int], ...]
    criterion: str
    make_search: MakeSearch
    quiet: bool
    seed: int


def choose_model(training: Training, wish: Wish, team: Team) -> ClassModel:
    """The best model of the classes of some rows."""
    shared = SharedShapes(training, team)
    validation = None
    if wish.criterion == "cv":
        validation = HeldOutClasses(training, wish.make_search, wish.seed, team)
    models: list[tuple[float, ClassModel]] = []
    if "edda" in wish.kinds:
        models.append(_gaussians(shared, wish, validation))
    if "mclustda" in wish.kinds:
        models.append(_mixtures(shared, training, wish, validation, team))
    return min(models, key=lambda one: one[0])[1]


def _gaussians(
    shared: SharedShapes, wish: Wish, validation: HeldOutClasses | None
) -> tuple[float, ClassModel]:
    """The best shape for all classes, and its loss."""
    best = shared.best(wish.names)
    loss = best.bic
    if validation is not None and not best.reason:
        sound = [one for one in shared.each(wish.names) if not one.reason] or [best]
        losses = [validation.loss_of_shape(one.name) for one in sound]
        best, loss = sound[int(np.argmin(losses))], min(losses)
    model = best.model()
    return loss, replace(model, notes=tuple(_notes(best, shared.training)))


def _notes(best: Shared, training: Training) -> list[Note]:
    """What there is to warn of one shape for all classes."""
    notes: list[Note] = []
    if best.reason:
        notes.append((errors.DegenerateFitWarning, errors.no_sound_shape(best.reason)))
    n_features, words = training.n_features, borrowed_words(best.name)
    for c, label in enumerate(training.labels.names()):
        n_rows, empty = int(training.labels.own(c).sum()), training.empty_column_of(c)
        if empty is not None:
            reason = errors.empty_column_of_class(empty)
            message = errors.unsound_class(label, n_rows, n_features, reason, words)
            notes.append((errors.DataWarning, message))
        elif n_rows <= n_features and n_features > 1:
            message = errors.few_rows_of_class(label, n_rows, n_features, words)
            notes.append((errors.DataWarning, message))
    return notes


def _mixtures(
    shared: SharedShapes,
    training: Training,
    wish: Wish,
    validation: HeldOutClasses | None,
    team: Team,
) -> tuple[float, ClassModel]:
    """The best mixture for each class, and their loss."""
    chance = _first_chances(shared, training, wish, team)
    chooser = Chooser(
        training,
        wish.numbers,
        wish.names,
        wish.make_search,
        shared,
        team,
        1 if validation is None else _SEVERAL,
        wish.quiet,
    )
    several = [chooser.choose(c, chance[:, c]) for c in range(training.labels.n_classes)]
    chosen, loss = [mixtures[0] for mixtures in several], None
    if validation is not None:
        chosen, loss = validation.best(several)
    shares = training.weights @ chance
    model = model_of(chosen, shares / shares.sum(), training, team)
    if training.labels.has_unlabelled:
        model = fit_jointly(model, training, team)
    model = replace(model, notes=tuple(chooser.notes))
    return (model.bic if loss is None else loss), model


def _first_chances(shared: SharedShapes, training: Training, wish: Wish, team: Team) -> FloatArray:
    """Probability (N, C) of each row being of each class, as Gaussians of one shape have it."""
    if not training.labels.has_unlabelled:
        known = np.arange(training.labels.n_classes) == training.labels.code[:, None]
        return np.asarray(known, dtype=np.float64)
    return chances(shared.best(wish.names).model(), training, team)
