"""What a classifier's parameters ask for, checked."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.estimators.class_choice import Wish
from gaussmix.estimators.class_labels import Labels, per_class
from gaussmix.estimators.class_rows import Settings
from gaussmix.estimators.search import GaussianMixtureSearch
from gaussmix.estimators.search_options import families_to_try, numbers_to_try
from gaussmix.estimators.starting import check_init_params
from gaussmix.estimators.validation import check_float, check_int, check_n_jobs, check_prior

#: A `GaussianMixtureClassifier`, whose file imports this one.
Model = Any

#: Components that are tried in each class where the caller does not say.
_USUAL = range(1, 6)
_MODELS = ("auto", "mclustda", "edda")
_CRITERIA = ("bic", "cv")


def checked_settings(model: Model) -> Settings:
    """What every fit shares, once the constructor's parameters are known to be usable."""
    owner = type(model).__name__
    check_n_jobs(owner, model.n_jobs)
    check_int(owner, "n_init", model.n_init, 1)
    check_init_params(model.init_params)
    if not isinstance(model.init_params, str) and not callable(model.init_params):
        needed = "a name or a callable, as every class has rows of its own"
        raise errors.out_of_range(owner, "init_params", needed, model.init_params)
    for name, known in (("model", _MODELS), ("criterion", _CRITERIA)):
        if getattr(model, name) not in known:
            raise errors.unknown_choice(name, getattr(model, name), known)
    if model.reject_below is not None:
        errors.check_level(model.reject_below, "reject_below")
    return Settings(
        check_float(owner, "tol", model.tol),
        check_int(owner, "max_iter", model.max_iter, 0),
        check_float(owner, "reg_covar", model.reg_covar),
        check_prior(model.prior),
    )


def wish_of(
    model: Model,
    search: Callable[..., GaussianMixtureSearch],
    labels: Labels,
    n_features: int,
    seed: int,
) -> Wish:
    """What the parameters leave open.

    Parameters
    ----------
    model : GaussianMixtureClassifier
    search : callable
        Makes a search with the model's parameters, and given ones in their place.
    labels : Labels
    n_features : int
    seed : int
        Of all searches, and of the folds.
    """
    numbers = _numbers(model, labels)
    kinds = ("edda", "mclustda") if model.model == "auto" else (model.model,)
    if not all(1 in few for few in numbers):
        if model.model == "edda":
            raise errors.one_gaussian_per_class(model.n_components)
        kinds = ("mclustda",)

    def make_search(numbers: list[int], names: list[str]) -> GaussianMixtureSearch:
        return search(
            n_components=numbers, covariance_types=names, criterion="bic", random_state=seed
        )

    return Wish(
        kinds,
        families_to_try(model, n_features),
        numbers,
        model.criterion,
        make_search,
        model.n_components is None,
        seed,
    )


def _numbers(model: Model, labels: Labels) -> tuple[Sequence[int], ...]:
    """Numbers of components to try in each class."""
    asked = model.n_components
    if not isinstance(asked, Mapping):
        return (_several(model, asked),) * labels.n_classes
    entries = per_class("n_components", asked, labels.names())
    return tuple(_several(model, entry) for entry in entries)


def _several(model: Model, asked: Any) -> Sequence[int]:
    if asked is None:
        return list(_USUAL)
    return numbers_to_try(type(model)(asked), sys.maxsize)


def reject_label_of(model: Model, classes: AnyArray) -> Any:
    """What rejected rows are answered with.

    Raises
    ------
    ValueError
        Where it is a class.
    """
    label = model.reject_label
    if label is None and classes.dtype.kind in "iuf":
        label = -1
    if model.reject_below is not None and label in classes.tolist():
        raise errors.reject_label_taken(label)
    return label


def with_label(answer: AnyArray, rejected: AnyArray, label: Any) -> AnyArray:
    """Predicted classes (N,), with a label in the places of rejected rows.

    Of a type that holds both, whether any row is rejected or not.
    """
    kind = np.asarray(label).dtype.kind
    numbers = "iuf"
    alike = (kind in numbers and answer.dtype.kind in numbers) or kind == answer.dtype.kind == "U"
    both = np.result_type(answer, np.min_scalar_type(label)) if alike else np.dtype(object)
    answer = answer.astype(both)
    answer[rejected] = label
    return answer
