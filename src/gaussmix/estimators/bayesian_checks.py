"""What is checked of a `BayesianGaussianMixture` and its rows before anything is fitted."""

from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import (
    PACKED,
    RADIAL,
    Family,
    check_columns,
    family_named,
    known_names,
)
from gaussmix.data import Survey
from gaussmix.em.beliefs import BELIEFS, Beliefs
from gaussmix.estimators.attributes import structure_of
from gaussmix.estimators.preflight import check_engine_parameters, check_size, check_unchanged
from gaussmix.estimators.validation import check_bool
from gaussmix.linalg import eigen
from gaussmix.maximization import PROPORTIONS
from gaussmix.mixture import Mixture

#: A `BayesianGaussianMixture`, whose file imports this one.
Model = Any

#: Entries of a symmetric matrix may differ by this share of the larger.
_SYMMETRIC = 1e-8


def check_bayesian(model: Model) -> None:
    """Refuse constructor parameters of the wrong type or out of range."""
    owner = type(model).__name__
    check_engine_parameters(model)
    check_bool(owner, "moves", model.moves)
    check_conjugate(structure_of(model))
    kind = model.weight_concentration_prior_type
    if not isinstance(kind, str) or kind not in PROPORTIONS:
        raise errors.unknown_choice("weight_concentration_prior_type", kind, tuple(PROPORTIONS))
    if not (model.prior is None or isinstance(model.prior, str)) or model.prior not in BELIEFS:
        known = [name for name in BELIEFS if name is not None]
        raise errors.unknown_beliefs(model.prior, known)
    for name in ("weight_concentration_prior", "mean_precision_prior"):
        value = getattr(model, name)
        if value is not None and not (_is_number(value) and 0.0 < value < np.inf):
            raise errors.prior_not_above_zero(owner, name, value)
    dof = model.degrees_of_freedom_prior
    if dof is not None and not (_is_number(dof) and np.isfinite(dof)):
        raise errors.prior_not_finite("degrees_of_freedom_prior", dof)


def check_conjugate(name: str) -> None:
    """Refuse a family whose covariances have no posterior of their own kind."""
    if not _is_conjugate(family_named(name)):
        known = [known for known in known_names() if _is_conjugate(family_named(known))]
        raise errors.no_posterior_of(name, known)


def _is_conjugate(family: Family) -> bool:
    """Whether each component has covariances of its own, or all have one and the same."""
    scatter = family.scatter
    return scatter.rank is None and (scatter.pooled or not family.shares)


def check_bayesian_fit(model: Model, facts: Survey, before: Mixture | None) -> None:
    """Refuse what the rows do not allow.

    Parameters
    ----------
    facts : Survey
        Of the rows.
    before : Mixture or None
        The fit that is to be gone on from.
    """
    check_columns(structure_of(model), len(facts.centre))
    check_size(model, facts)
    if before is not None:
        check_unchanged(model, before)


def beliefs_of(model: Model, n_features: int) -> Beliefs:
    """The prior that the parameters stand for, once it is known to be one.

    Raises
    ------
    ValueError
        For a part of it that no prior has, or that is for another number of columns.
    """
    defaults = BELIEFS[model.prior]
    dof = model.degrees_of_freedom_prior
    if dof is not None and not dof > n_features - 1:
        raise errors.too_few_degrees(float(dof), n_features)

    def given(value: Any, otherwise: float) -> float:
        return otherwise if value is None else float(value)

    return Beliefs(
        model.weight_concentration_prior_type,
        given(model.weight_concentration_prior, 1.0 / model.n_components),
        given(model.mean_precision_prior, defaults.mean_precision),
        _mean_prior(model.mean_prior, n_features),
        given(dof, float(n_features)),
        _covariance_prior(model, n_features),
        defaults.parts,
        float(model.reg_covar),
    )


def _mean_prior(value: Any, n_features: int) -> FloatArray | None:
    """A value (D,) for each column."""
    if value is None:
        return None
    mean = _finite("mean_prior", value)
    if mean.shape != (n_features,):
        raise errors.mean_prior_shape(mean.shape, n_features)
    return mean


def _covariance_prior(model: Model, n_features: int) -> FloatArray | None:
    """S_0 as the family has it: (D, D), (D,) or ()."""
    if model.covariance_prior is None:
        return None
    name = structure_of(model)
    covariance = _finite("covariance_prior", model.covariance_prior)
    quadratic = family_named(name).scatter.quadratic
    n_axes = {PACKED: 2, RADIAL: 0}.get(quadratic, 1)
    if covariance.shape != (n_features,) * n_axes:
        raise errors.covariance_prior_shape(name, (n_features,) * n_axes, covariance.shape)
    if n_axes == 2:
        _check_symmetric(covariance)
        smallest = float(eigen(covariance)[0][0])
        rounding = n_features * np.finfo(np.float64).eps * np.abs(covariance).max()
    else:
        smallest, rounding = float(covariance.min()), 0.0
    if not smallest > rounding:
        raise errors.covariance_prior_not_positive(name, smallest)
    return covariance


def _check_symmetric(matrix: FloatArray) -> None:
    size = np.maximum(np.abs(matrix), np.abs(matrix.T))
    apart = np.abs(matrix - matrix.T) > _SYMMETRIC * size
    if apart.any():
        i, j = map(int, np.argwhere(apart)[0])
        raise errors.covariance_prior_not_symmetric(i, j, matrix[i, j], matrix[j, i])


def _finite(parameter: str, value: Any) -> FloatArray:
    """The value as an own array of finite numbers."""
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise errors.prior_not_finite(parameter, value) from None
    if not np.isfinite(array).all():
        raise errors.prior_not_finite(parameter, value)
    return array


def _is_number(value: object) -> bool:
    kinds = int | float | np.integer | np.floating
    return isinstance(value, kinds) and not isinstance(value, bool)
