"""What is checked of a `GaussianMixture` and its rows before anything is fitted."""

import os
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import BoolArray, FloatArray
from gaussmix.covariance import check_columns, family_named
from gaussmix.data import Source, Survey
from gaussmix.density import Noise
from gaussmix.em import Checkpoint
from gaussmix.estimators.attributes import structure_of
from gaussmix.estimators.order import check_order
from gaussmix.estimators.starting import Given, check_init_params
from gaussmix.estimators.validation import (
    check_bool,
    check_float,
    check_int,
    check_n_jobs,
    check_positive,
    check_prior,
    feature_names,
)
from gaussmix.maximization import NOTHING_FIXED, Fixed
from gaussmix.mixture import Mixture, check_means, check_precisions, check_weights

#: A `GaussianMixture`, whose file imports this one.
Model = Any
#: What components may be.
COMPONENTS = ("gaussian", "student_t")
Box = tuple[FloatArray, FloatArray]


def check_engine_parameters(model: Model) -> None:
    """Refuse parameters that every estimator has which fits, of the wrong type or out of range."""
    owner = type(model).__name__
    check_int(owner, "n_components", model.n_components, 1)
    check_int(owner, "max_iter", model.max_iter, 0)
    check_int(owner, "n_init", model.n_init, 1)
    check_int(owner, "verbose_interval", model.verbose_interval, 1)
    check_n_jobs(owner, model.n_jobs)
    if model.callback is not None and not callable(model.callback):
        raise errors.out_of_range(owner, "callback", "None or a callable", model.callback)
    check_float(owner, "tol", model.tol)
    check_float(owner, "reg_covar", model.reg_covar)
    check_positive(owner, "stream_decay", model.stream_decay, 0.5, 1.0)
    if model.stream_memory is not None:
        check_positive(owner, "stream_memory", model.stream_memory)
    check_bool(owner, "progress", model.progress)
    check_init_params(model.init_params)


def check_parameters(model: Model) -> None:
    """Refuse constructor parameters of the wrong type or out of range."""
    owner = type(model).__name__
    check_engine_parameters(model)
    check_noise(owner, model)
    check_component(model.component)
    check_prior(model.prior)
    check_bool(owner, "equal_proportions", model.equal_proportions)
    if not isinstance(model.checkpoint, None | str | os.PathLike | Checkpoint):
        needed = "None, a path or a gaussmix.Checkpoint"
        raise errors.out_of_range(owner, "checkpoint", needed, model.checkpoint)
    check_int(owner, "n_factors", getattr(model, "n_factors", 1), 0)
    family_named(structure_of(model))


def check_component(component: Any) -> None:
    """Refuse what no component can be."""
    if component not in COMPONENTS:
        raise errors.unknown_choice("component", component, COMPONENTS)


def check_source(model: Model, source: Source) -> None:
    """Refuse rows that are no points where the components are Student t's."""
    if is_student(model) and not source.is_plain:
        raise errors.tails_need_points()


def is_student(model: Model) -> bool:
    """Whether an estimator's components are to be Student t's."""
    return bool(getattr(model, "component", "gaussian") == "student_t")


def check_noise(owner: str, model: Any) -> None:
    """Refuse a noise component, or a volume of one, that is none."""
    check_bool(owner, "noise_component", model.noise_component)
    if model.noise_volume is None:
        return
    check_positive(owner, "noise_volume", model.noise_volume, most=np.finfo(np.float64).max)
    if not model.noise_component:
        raise errors.volume_without_noise(model.noise_volume)


def check_fit(model: Model, facts: Survey, before: Mixture | None, stacklevel: int) -> None:
    """Refuse what the rows do not allow, and warn of shapes that they cannot show.

    Parameters
    ----------
    facts : Survey
        Of the rows.
    before : Mixture or None
        The fit that is to be gone on from.
    stacklevel : int
        As for `warnings.warn`.
    """
    n_features, n_counted = len(facts.centre), facts.n_rows
    check_order(model.component_order, feature_names(model), n_features)
    check_columns(structure_of(model), n_features)
    check_size(model, facts)
    if before is not None:
        check_unchanged(model, before)
    needed = family_named(structure_of(model)).rows_needed(model.n_components, n_features)
    if n_counted <= needed and (model.prior is None or n_counted <= n_features):
        message = errors.hopeless_shape(structure_of(model), needed, n_counted, n_features)
        warnings.warn(message, errors.DataWarning, stacklevel=stacklevel)


def check_size(model: Model, facts: Survey) -> None:
    """Refuse fewer rows than components, and labels of more."""
    if facts.n_rows < model.n_components:
        raise errors.too_few_rows(model.n_components, facts.n_rows)
    if facts.largest_label >= model.n_components:
        raise errors.label_beyond_components(facts.largest_label, model.n_components)


def check_unchanged(model: Model, before: Mixture, how: str = "warm_start=True") -> None:
    """Refuse to go on from a fit of another size or shape."""
    if before.n_components != model.n_components:
        raise errors.size_changed(how, "n_components", before.n_components, model.n_components)
    if family_named(before.covariance_type) is not family_named(structure_of(model)):
        raise errors.size_changed(
            how, "covariance_type", before.covariance_type, structure_of(model)
        )
    was_student = not before.components.is_gaussian
    if was_student != is_student(model):
        raise errors.size_changed(
            how, "component", COMPONENTS[was_student], COMPONENTS[not was_student]
        )
    had_noise, noise = before.components.noise is not None, getattr(model, "noise_component", False)
    if had_noise != bool(noise) and how != "warm_start=True":
        raise errors.size_changed(how, "noise_component", had_noise, noise)


def given_parameters(model: Model, n_features: int) -> Given:
    """The start's parameters that the caller fixed, once they are known to be valid."""
    k, weights, means = model.n_components, model.weights_init, model.means_init
    precisions = model.precisions_init
    return Given(
        None if weights is None else check_weights(weights, k, leave_some=model.noise_component),
        None if means is None else check_means(means, k, n_features),
        None
        if precisions is None
        else check_precisions(precisions, structure_of(model), k, n_features),
    )


def noise_box(model: Model, facts: Survey, box: Box | None) -> Noise | None:
    """The noise component's box, of weight zero as yet; None where none is asked for."""
    if not model.noise_component:
        return None
    low, high = box or (facts.low, facts.high)
    if model.noise_volume is None:
        if facts.is_constant.any():
            column = errors.column_label(int(np.argmax(facts.is_constant)), feature_names(model))
            raise errors.noise_without_volume(column)
        return Noise(0.0, low, high)
    # A box of that volume, with sides as the rows' own box has them.
    width = np.where(facts.is_constant, 1.0, high - low)
    log_factor = (np.log(model.noise_volume) - np.log(width).sum()) / len(width)
    middle, half = 0.5 * (low + high), 0.5 * width * np.exp(log_factor)
    return Noise(0.0, middle - half, middle + half, has_end=False)


def fixed_parameters(model: Model, given: Given) -> Fixed:
    """What is not estimated, and the values that it keeps."""
    if model.equal_proportions and model.weights_init is not None:
        raise errors.equal_and_given_weights("weights_init")
    equal = bool(model.equal_proportions)
    if model.fixed is None:
        return Fixed(equal_weights=True) if equal else NOTHING_FIXED
    if not isinstance(model.component_order, str) or model.component_order not in _AS_STARTED:
        raise errors.fixed_and_ordered(model.component_order)
    masks = _masks(model.fixed, model.n_components)
    if equal and "weights" in masks:
        raise errors.equal_and_given_weights("fixed")
    for name, mask in masks.items():
        if mask.any() and getattr(given, name) is None:
            raise errors.fixed_without_value(name, _INIT[name])
    weights = _where(masks.get("weights"), given.weights)
    others = model.noise_component or (weights is not None and np.isnan(weights).any())
    if weights is not None and others and np.nansum(weights) >= 1.0:
        raise errors.fixed_weights_leave_nothing(float(np.nansum(weights)))
    own = masks.get("covariances")
    if own is None or not own.any():
        return Fixed(weights, _where(masks.get("means"), given.means), equal_weights=equal)
    family = family_named(structure_of(model))
    if family.shares and not own.all():
        raise errors.fixed_in_part(structure_of(model), is_one=family.scatter.pooled)
    means = _where(masks.get("means"), given.means)
    return Fixed(weights, means, given.covariances, own, equal)


def _where(mask: BoolArray | None, values: FloatArray | None) -> FloatArray | None:
    """The values (K, ...) of masked components, NaN for the others; None for no such component."""
    if mask is None or values is None or not mask.any():
        return None
    return np.where(mask.reshape(-1, *[1] * (values.ndim - 1)), values, np.nan)


#: Orders that leave components as their start numbers them.
_AS_STARTED = ("auto", "start")
_INIT = {"weights": "weights_init", "means": "means_init", "covariances": "precisions_init"}


def _masks(fixed: Any, n_components: int) -> dict[str, BoolArray]:
    """A mask (K,) for each kind of parameter that is fixed in a component at least."""
    if isinstance(fixed, str):
        fixed = {name.strip(): True for name in fixed.split(",")}
    if not isinstance(fixed, Mapping):
        raise errors.fixed_kind(fixed)
    masks = {}
    for name, mask in fixed.items():
        if name not in _INIT:
            raise errors.unknown_choice("fixed", name, tuple(_INIT))
        given = np.asarray(mask)
        if given.dtype != np.bool_ or given.shape not in ((), (n_components,)):
            raise errors.fixed_mask(name, mask, n_components)
        masks[name] = np.broadcast_to(given, n_components)
    return masks
