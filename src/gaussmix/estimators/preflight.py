"""What is checked of a `GaussianMixture` and its rows before anything is fitted."""

import warnings
from typing import Any

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.covariance import family_named
from gaussmix.estimators.order import check_order
from gaussmix.estimators.starting import Given, check_init_params
from gaussmix.estimators.validation import (
    check_float,
    check_int,
    check_n_jobs,
    count_rows,
    feature_names,
)
from gaussmix.mixture import Mixture, check_means, check_precisions, check_weights

#: A `GaussianMixture`, whose file imports this one.
Model = Any


def check_parameters(model: Model) -> None:
    """Refuse constructor parameters of the wrong type or out of range."""
    owner = type(model).__name__
    check_int(owner, "n_components", model.n_components, 1)
    check_int(owner, "max_iter", model.max_iter, 0)
    check_int(owner, "n_init", model.n_init, 1)
    check_int(owner, "verbose_interval", model.verbose_interval, 1)
    check_n_jobs(owner, model.n_jobs)
    check_float(owner, "tol", model.tol)
    check_float(owner, "reg_covar", model.reg_covar)
    family_named(model.covariance_type)
    check_init_params(model.init_params)


def check_fit(
    model: Model,
    rows: AnyArray,
    weight: FloatArray | None,
    before: Mixture | None,
    stacklevel: int,
) -> None:
    """Refuse what the rows do not allow, and warn of shapes that they cannot show.

    Parameters
    ----------
    before : Mixture or None
        The fit that is to be gone on from.
    stacklevel : int
        As for `warnings.warn`.
    """
    n_features, n_counted = rows.shape[1], count_rows(rows, weight)
    check_order(model.component_order, feature_names(model), n_features)
    if n_counted < model.n_components:
        raise errors.too_few_rows(model.n_components, n_counted)
    if before is not None:
        _check_unchanged(model, before)
    needed = family_named(model.covariance_type).rows_needed(model.n_components, n_features)
    if n_counted <= needed:
        message = errors.hopeless_shape(model.covariance_type, needed, n_counted, n_features)
        warnings.warn(message, errors.DataWarning, stacklevel=stacklevel)


def _check_unchanged(model: Model, before: Mixture) -> None:
    """Refuse to go on from a fit of another size or shape."""
    if before.n_components != model.n_components:
        raise errors.warm_start_changed("n_components", before.n_components, model.n_components)
    if family_named(before.covariance_type) is not family_named(model.covariance_type):
        raise errors.warm_start_changed(
            "covariance_type", before.covariance_type, model.covariance_type
        )


def given_parameters(model: Model, n_features: int) -> Given:
    """The start's parameters that the caller fixed, once they are known to be valid."""
    k, weights, means = model.n_components, model.weights_init, model.means_init
    precisions = model.precisions_init
    return Given(
        None if weights is None else check_weights(weights, k),
        None if means is None else check_means(means, k, n_features),
        None
        if precisions is None
        else check_precisions(precisions, model.covariance_type, k, n_features),
    )
