"""The checkpoint of an estimator's fit: where it is, and which parameters it belongs to."""

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields, is_dataclass
from numbers import Number
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from gaussmix.covariance import family_named
from gaussmix.em import Checkpoint, Identity, Ledger, Problem, kept
from gaussmix.execution import Team
from gaussmix.mixture import generator_of

#: Parameters that may be others when a fit goes on: they do not change where it gets to, or,
#: like `max_iter`, only how far along its way.
_FREE = frozenset(
    {
        "callback",
        "checkpoint",
        "component_order",
        "max_iter",
        "n_jobs",
        "progress",
        "verbose",
        "verbose_interval",
        "warm_start",
    }
)


def draw_seed(random_state: Any) -> list[int]:
    """Four numbers that fix every random number of a fit."""
    seed: list[int] = generator_of(random_state).integers(2**32, size=4).tolist()
    return seed


def kept_fit(
    estimator: Any, problem: Problem, team: Team, beside: Mapping[str, Any]
) -> AbstractContextManager[Ledger | None]:
    """The ledger of a fit that runs inside; None where the estimator has no `checkpoint`.

    Parameters
    ----------
    estimator : estimator
        With parameters `checkpoint` and `random_state`.
    problem : Problem
    team : Team
    beside : mapping
        See `essential_parameters`.
    """
    checkpoint = Checkpoint.of(estimator.checkpoint)
    if checkpoint is None:
        return nullcontext()
    identity = Identity.of(problem, essential_parameters(estimator, beside))
    return kept(checkpoint, identity, draw_seed(estimator.random_state), team)


def essential_parameters(
    estimator: BaseEstimator, beside: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What must be the same for a fit to go on from a checkpoint, as plain values.

    An array is its shape and a digest, a function its name, a generator its kind; two names of
    one covariance family are the same.

    Parameters
    ----------
    estimator : BaseEstimator
    beside : mapping or None
        What the fit was given beside X, by the arguments' names.
    """
    parameters = estimator.get_params(deep=False)
    given = {name: value for name, value in parameters.items() if name not in _FREE}
    given["covariance_type"] = family_named(parameters["covariance_type"]).code
    return {name: _plain(value) for name, value in (given | dict(beside or {})).items()}


def _plain(value: Any) -> Any:
    """The value itself where it is plain, else words that tell it from others."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, str | bool | Number):
        return value
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return str({name: _plain(part) for name, part in value.items()})
    if callable(value):
        return f"the function {getattr(value, '__qualname__', type(value).__qualname__)}"
    if isinstance(value, np.random.Generator | np.random.RandomState):
        return f"a {type(value).__name__}"
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        return f"a {type(value).__name__}"
    array = array.astype(np.float64)
    digest = hashlib.sha256(array.tobytes()).hexdigest()[:12]
    return f"an array of shape {array.shape} ({digest})"
