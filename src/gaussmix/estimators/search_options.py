"""What `GaussianMixtureSearch` is asked to try, checked."""

from bisect import bisect_left
from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix.covariance import check_columns, everyday_names
from gaussmix.estimators.preflight import check_component, check_noise
from gaussmix.estimators.starting import check_init_params
from gaussmix.estimators.validation import (
    check_bool,
    check_float,
    check_int,
    check_n_jobs,
    check_prior,
)
from gaussmix.maximization import ConjugatePrior
from gaussmix.selection import CRITERIA, Patience

#: A `GaussianMixtureSearch`, whose file imports this one.
Model = Any

#: The numbers of components that are tried where the caller does not say.
_USUAL = range(1, 10)


def owner_of(model: Model) -> str:
    """Whose parameters messages speak of: the search's, or those of the job it serves."""
    return getattr(model, "_owner", None) or type(model).__name__


def check_search(model: Model, groups: Any) -> None:
    """Refuse constructor parameters of the wrong type or out of range."""
    owner = owner_of(model)
    check_n_jobs(owner, model.n_jobs)
    check_noise(owner, model)
    check_component(model.component)
    check_bool(owner, "equal_proportions", model.equal_proportions)
    check_bool(owner, "progress", model.progress)
    check_float(owner, "tol", model.tol)
    check_float(owner, "reg_covar", model.reg_covar)
    check_int(owner, "max_iter", model.max_iter, 0)
    check_int(owner, "n_init", model.n_init, 1)
    check_init_params(model.init_params)
    if not isinstance(model.init_params, str) and not callable(model.init_params):
        needed = "a name or a callable, as an array fixes the number of components"
        raise errors.out_of_range(owner, "init_params", needed, model.init_params)
    if model.criterion not in CRITERIA:
        raise errors.unknown_choice("criterion", model.criterion, CRITERIA)
    if model.callback is not None and not callable(model.callback):
        raise errors.out_of_range(owner, "callback", "None or a callable", model.callback)
    patience_of(model)
    priors_to_try(model)
    if groups is not None and not is_cross_validated(model):
        raise errors.groups_unused(model.criterion)


def is_cross_validated(model: Model) -> bool:
    """Whether rows are held out: to decide, or to stand beside what does."""
    return bool(model.criterion == "cv") or model.cv is not None


def patience_of(model: Model) -> Patience | None:
    """When to give up a family; None for never."""
    if model.patience is None:
        return None
    patience = check_int(owner_of(model), "patience", model.patience, 1)
    if model.criterion == "cv":
        raise errors.patience_with_cv()
    return Patience(model.criterion, patience)


def numbers_to_try(model: Model, n_rows: int, n_labels: int = 0) -> list[int]:
    """The numbers of components to try, rising; never fewer than there are labels."""
    owner, asked = owner_of(model), model.n_components
    if asked is None:
        last = max(_USUAL.stop, n_labels + 1)
        return [k for k in range(max(_USUAL.start, n_labels), last) if k <= n_rows]
    numbers = [asked] if isinstance(asked, Integral) else asked
    if isinstance(numbers, str) or not isinstance(numbers, Iterable):
        raise errors.out_of_range(owner, "n_components", "an int or several", asked)
    if isinstance(asked, range):
        _check_range(asked)
    checked = sorted({check_int(owner, "n_components", k, 1) for k in numbers})
    if not checked:
        raise errors.empty_range(asked)
    if checked[0] < n_labels:
        raise errors.fewer_than_labels(checked[0], n_labels)
    if checked[-1] > n_rows:
        raise errors.too_few_rows(checked[-1], n_rows)
    return checked


def _check_range(asked: range) -> None:
    """Refuse a range that begins below one, with the one that was meant."""
    rising = asked if asked.step > 0 else asked[::-1]
    if rising and rising[0] < 1:
        better = rising[bisect_left(rising, 1) :]
        raise errors.none_is_no_mixture(asked, better or range(1, 2))


def families_to_try(model: Model, n_features: int) -> list[str]:
    """The families to try, by their everyday names."""
    asked = model.covariance_types
    if isinstance(asked, str) and asked == "all":
        # In one column there are two shapes only: with one variance or with several.
        return everyday_names(["full", "tied"] if n_features == 1 else None)
    if isinstance(asked, str):
        asked = [asked]
    if not isinstance(asked, Iterable) or not (names := list(asked)):
        owner = owner_of(model)
        raise errors.out_of_range(owner, "covariance_types", "'all' or some names", asked)
    shapes = everyday_names(names)
    for name in names:
        check_columns(name, n_features)
    return shapes


def priors_to_try(model: Model) -> dict[str, ConjugatePrior | None]:
    """The priors to try, by what they are called: "" is none."""
    several = _several_priors(model)
    if not several:
        raise errors.no_priors()
    priors: dict[str, ConjugatePrior | None] = {}
    for value in several:
        prior = check_prior(value)
        if not any(prior == known for known in priors.values()):
            priors[_prior_name(prior)] = prior
    return priors


def prior_called(model: Model, name: str) -> Any:
    """The prior of that name as it was given."""
    return next(p for p in _several_priors(model) if _prior_name(check_prior(p)) == name)


def _several_priors(model: Model) -> list[Any]:
    asked = model.prior
    return list(asked) if isinstance(asked, list | tuple) else [asked]


def _prior_name(prior: ConjugatePrior | None) -> str:
    """What tables call a prior: "default", or what it has that is not the default's."""
    if prior is None:
        return ""
    own, usual = vars(prior), vars(ConjugatePrior())
    given = [f"{name}={_figure(own[name])}" for name in usual if not _same(own[name], usual[name])]
    return ", ".join(given) or "default"


def _figure(value: Any) -> str:
    return " ".join(str(np.asarray(value).tolist()).split())


def _same(one: Any, other: Any) -> bool:
    return one is other or (one is not None and other is not None and np.array_equal(one, other))
