"""Fitted mixtures, taken apart into arrays and plain values, and made again."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gaussmix._typing import AnyArray
from gaussmix.covariance import family_named, structured
from gaussmix.density import Components
from gaussmix.em import Finding, FitReport, Learnt, Progress
from gaussmix.em.beliefs import Held
from gaussmix.estimators.attributes import components_of, publish, structure_of
from gaussmix.estimators.bayesian import BayesianGaussianMixture
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.validation import feature_names
from gaussmix.maximization import ConjugatePrior
from gaussmix.mixture import Mixture, check_means, check_weights
from gaussmix.persistence import below, pack, unpack

#: What a fit leaves beside its arrays: values, and plain attributes.
_VALUES: dict[str, type[Any]] = {
    "fit_report_": FitReport,
    "progress_": Progress,
    "learnt_": Learnt,
}
_ATTRIBUTES = (
    "converged_",
    "n_iter_",
    "log_likelihood_",
    "lower_bound_",
    "total_weight_",
    "n_fixed_",
    "n_active_",
)
#: Constructor parameters that are left out where they are no plain values.
_LEFT_OUT = ("callback", "checkpoint", "random_state")

Estimator = GaussianMixture | BayesianGaussianMixture
#: Estimators by the names that files have for them.
ESTIMATORS: dict[str, type[Estimator]] = {
    kind.__name__: kind for kind in (GaussianMixture, BayesianGaussianMixture)
}


def pack_mixture(mixture: Mixture) -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """Arrays and metadata of a distribution."""
    arrays, metadata = pack(mixture.components)
    metadata |= {
        "class": "Mixture",
        "covariance_type": mixture.covariance_type,
        "feature_names": mixture.feature_names,
    }
    return arrays, metadata


def unpack_mixture(arrays: Mapping[str, AnyArray], metadata: Mapping[str, Any]) -> Mixture:
    """The distribution in what `pack_mixture` or `pack_estimator` gave.

    Raises
    ------
    KeyError, TypeError, IndexError, ValueError
        Where there is none.
    """
    family_named(metadata["covariance_type"])
    components = _unpack_components(arrays, metadata)
    return Mixture.from_components(
        components, metadata["covariance_type"], metadata["feature_names"]
    )


def _unpack_components(arrays: Mapping[str, AnyArray], metadata: Mapping[str, Any]) -> Components:
    components = unpack(Components, arrays, metadata)
    weights, means, value = components.weights, components.means, components.covariances
    check_means(means, *means.shape)
    all_weights = weights if components.noise is None else [*weights, components.noise.weight]
    check_weights(all_weights, len(all_weights))
    if value.variances.shape != means.shape or not np.isfinite(value.log_det).all():
        raise ValueError("weights, means and covariances do not belong together")
    dof = components.dof
    if dof is not None and (dof.shape != weights.shape or not (dof > 0.0).all()):
        raise ValueError("degrees of freedom must be above zero, one for each component")
    return replace(components, covariances=structured(metadata["covariance_type"], value))


def pack_estimator(model: Estimator) -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """Arrays and metadata of a fitted estimator."""
    arrays, metadata = pack(components_of(model))
    parameters: dict[str, Any] = {}
    for name, value in model.get_params(deep=False).items():
        if isinstance(value, str | int | float | bool | type(None)):
            parameters[name] = value
        elif isinstance(value, np.integer | np.floating):
            parameters[name] = value.item()
        elif isinstance(value, Mapping):
            parameters[name] = {key: np.asarray(own).tolist() for key, own in value.items()}
        elif isinstance(value, ConjugatePrior):
            inner, metadata[name] = pack(value)
            arrays |= {f"{name}.{key}": array for key, array in inner.items()}
        elif name in _LEFT_OUT or callable(value):
            continue
        else:
            arrays[f"parameter.{name}"] = np.asarray(value)
    metadata |= {
        "class": _name_of(model),
        "covariance_type": structure_of(model),
        "feature_names": feature_names(model),
        "parameters": parameters,
        "dtype": str(np.asarray(model.means_).dtype),
    }
    if hasattr(model, "fit_report_"):
        metadata["findings"] = [[f.component, f.reason] for f in model.fit_report_.findings]
    for name, value in _fitted(model).items():
        inner, metadata[name] = pack(value)
        arrays |= {f"{name}.{key}": array for key, array in inner.items()}
    metadata["attributes"] = {n: getattr(model, n) for n in _ATTRIBUTES if hasattr(model, n)}
    return arrays, metadata


def _name_of(model: Estimator) -> str:
    """What files call an estimator's class, or the class that it derives from."""
    return next(name for name, kind in ESTIMATORS.items() if isinstance(model, kind))


def _fitted(model: Estimator) -> dict[str, Any]:
    """The values that describe a fit, by the names of their attributes; none without one."""
    fitted = {name: getattr(model, name) for name in _VALUES if hasattr(model, name)}
    if "fit_report_" in fitted:
        # Its findings are values in a list, which stand on their own.
        fitted["fit_report_"] = replace(model.fit_report_, findings=())
    if isinstance(model, BayesianGaussianMixture):
        fitted["posterior_"] = Held.of(model.posterior_)
    return fitted


def unpack_estimator(arrays: Mapping[str, AnyArray], metadata: Mapping[str, Any]) -> Estimator:
    """The estimator that `pack_estimator` took apart; raises as `unpack_mixture` does."""
    mixture = unpack_mixture(arrays, metadata)
    kind = ESTIMATORS[metadata["class"]]
    parameters = dict(metadata["parameters"])
    for name, array in arrays.items():
        if name.startswith("parameter."):
            parameters[name.removeprefix("parameter.")] = array
    if "prior" in metadata:
        prior = unpack(ConjugatePrior, below(arrays, "prior"), metadata["prior"])
        parameters["prior"] = prior
    model = kind(**parameters)
    model.n_features_in_ = mixture.n_features
    if mixture.feature_names is not None:
        model.feature_names_in_ = np.array(mixture.feature_names, dtype=object)
    publish(model, mixture, np.dtype(metadata["dtype"]))
    if isinstance(model, BayesianGaussianMixture):
        held = unpack(Held, below(arrays, "posterior_"), metadata["posterior_"])
        model.believe(held.posterior(family_named(mixture.covariance_type)))
    for name, own in _VALUES.items():
        if name in metadata:
            setattr(model, name, unpack(own, below(arrays, name), metadata[name]))
    for name, value in metadata["attributes"].items():
        setattr(model, name, value)
    if "fit_report_" in metadata:
        findings = tuple(Finding(*finding) for finding in metadata["findings"])
        model.fit_report_ = replace(model.fit_report_, findings=findings)
        model.lower_bounds_ = list(model.fit_report_.objectives)
    return model
