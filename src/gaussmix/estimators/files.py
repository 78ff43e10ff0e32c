"""`save` and `load`: fitted mixtures in files that are not pickles."""

import platform
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from os import PathLike
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.covariance import family_named, structured
from gaussmix.density import Components
from gaussmix.em import Finding, FitReport, Learnt, Progress
from gaussmix.em.beliefs import Held
from gaussmix.estimators.attributes import components_of, publish, structure_of
from gaussmix.estimators.bayesian import BayesianGaussianMixture
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.search import GaussianMixtureSearch
from gaussmix.estimators.validation import feature_names
from gaussmix.maximization import ConjugatePrior
from gaussmix.mixture import Mixture, check_means, check_weights
from gaussmix.persistence import Document, below, load_document, pack, save_document, unpack

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
_ESTIMATORS: dict[str, type[Estimator]] = {
    kind.__name__: kind for kind in (GaussianMixture, BayesianGaussianMixture)
}


def save(model: Estimator | GaussianMixtureSearch | Mixture, path: str | PathLike[str]) -> None:
    """Write a fitted model to a file.

    The arrays are stored bit for bit as safetensors, the rest as JSON beside them. The file
    is complete or not there at all. What is code or state rather than a value is left out and
    has its default again after loading: `callback`, a callable as `init_params`, a `checkpoint`
    that is more than a string, and a `random_state` that is a generator. Arrays among the
    parameters are kept whole.

    Parameters
    ----------
    model : GaussianMixture, BayesianGaussianMixture, GaussianMixtureSearch or Mixture
        Of a search its best estimator is saved.
    path : str or path

    Raises
    ------
    sklearn.exceptions.NotFittedError
        For an estimator without a fit.
    TypeError
        For anything else.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from gaussmix import Mixture, load, save
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [3.0]], [[[1.0]], [[1.0]]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(mixture, pathlib.Path(folder) / "model.gaussmix")
    ...     load(pathlib.Path(folder) / "model.gaussmix") == mixture
    True
    """
    if isinstance(model, GaussianMixtureSearch):
        check_is_fitted(model)
        model = model.best_estimator_
    if isinstance(model, Mixture):
        arrays, metadata = pack(model.components)
        metadata |= {
            "class": "Mixture",
            "covariance_type": model.covariance_type,
            "feature_names": model.feature_names,
        }
    elif isinstance(model, Estimator):
        check_is_fitted(model)
        arrays, metadata = _pack_estimator(model)
    else:
        raise errors.cannot_save(type(model).__name__)
    metadata["versions"] = {
        "python": platform.python_version(),
        **{name: version(name) for name in ("gaussmix", "numpy", "scipy", "scikit-learn")},
    }
    save_document(path, arrays, metadata)


def load(path: str | PathLike[str]) -> Estimator | Mixture:
    """Read what `save` wrote. Nothing in the file is executed.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    GaussianMixture, BayesianGaussianMixture or Mixture
        As it was saved: predictions have the same bits.

    Raises
    ------
    FileNotFoundError
    ValueError
        For a truncated or foreign file.
    """
    document = load_document(path)
    try:
        return _unpack(document)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise errors.not_a_model(path, f"{type(error).__name__}: {error}") from error


def _unpack(document: Document) -> Estimator | Mixture:
    metadata = document.metadata
    family_named(metadata["covariance_type"])
    mixture = Mixture.from_components(
        _unpack_components(document), metadata["covariance_type"], metadata["feature_names"]
    )
    if metadata["class"] == "Mixture":
        return mixture
    return _unpack_estimator(document, mixture)


def _unpack_components(document: Document) -> Components:
    components = unpack(Components, document.arrays, document.metadata)
    weights, means, value = components.weights, components.means, components.covariances
    check_means(means, *means.shape)
    all_weights = weights if components.noise is None else [*weights, components.noise.weight]
    check_weights(all_weights, len(all_weights))
    if value.variances.shape != means.shape or not np.isfinite(value.log_det).all():
        raise ValueError("weights, means and covariances do not belong together")
    name = document.metadata["covariance_type"]
    return replace(components, covariances=structured(name, value))


def _pack_estimator(model: Estimator) -> tuple[dict[str, AnyArray], dict[str, Any]]:
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
    return next(name for name, kind in _ESTIMATORS.items() if isinstance(model, kind))


def _fitted(model: Estimator) -> dict[str, Any]:
    """The values that describe a fit, by the names of their attributes; none without one."""
    fitted = {name: getattr(model, name) for name in _VALUES if hasattr(model, name)}
    if "fit_report_" in fitted:
        # Its findings are values in a list, which stand on their own.
        fitted["fit_report_"] = replace(model.fit_report_, findings=())
    if isinstance(model, BayesianGaussianMixture):
        fitted["posterior_"] = Held.of(model.posterior_)
    return fitted


def _unpack_estimator(document: Document, mixture: Mixture) -> Estimator:
    metadata = document.metadata
    kind = _ESTIMATORS[metadata["class"]]
    parameters = dict(metadata["parameters"])
    for name, array in document.arrays.items():
        if name.startswith("parameter."):
            parameters[name.removeprefix("parameter.")] = array
    if "prior" in metadata:
        prior = unpack(ConjugatePrior, below(document.arrays, "prior"), metadata["prior"])
        parameters["prior"] = prior
    model = kind(**parameters)
    model.n_features_in_ = mixture.n_features
    if mixture.feature_names is not None:
        model.feature_names_in_ = np.array(mixture.feature_names, dtype=object)
    publish(model, mixture, np.dtype(metadata["dtype"]))
    if isinstance(model, BayesianGaussianMixture):
        held = unpack(Held, below(document.arrays, "posterior_"), metadata["posterior_"])
        model.believe(held.posterior(family_named(mixture.covariance_type)))
    for name, own in _VALUES.items():
        if name in metadata:
            setattr(model, name, unpack(own, below(document.arrays, name), metadata[name]))
    for name, value in metadata["attributes"].items():
        setattr(model, name, value)
    if "fit_report_" in metadata:
        findings = tuple(Finding(*finding) for finding in metadata["findings"])
        model.fit_report_ = replace(model.fit_report_, findings=findings)
        model.lower_bounds_ = list(model.fit_report_.objectives)
    return model
