"""Fitted jobs, taken apart into arrays and plain values, and made again.

A job is what its constructor took and what its fit left in it, each a tree of plain values, arrays,
mixtures, other estimators and the values named here.
"""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any, get_args

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray
from gaussmix.density import Components
from gaussmix.estimators import mixture_files
from gaussmix.estimators.class_model import ClassModel
from gaussmix.estimators.classifier import GaussianMixtureClassifier
from gaussmix.estimators.imputer import GaussianMixtureImputer
from gaussmix.estimators.outlier_detector import GaussianMixtureOutlierDetector
from gaussmix.estimators.outlier_threshold import Calibration
from gaussmix.estimators.regressor import GaussianMixtureRegressor
from gaussmix.maximization import ConjugatePrior
from gaussmix.mixture import Mixture
from gaussmix.persistence import Kind, fold, pack, record, unfold, unpack

Job = (
    GaussianMixtureImputer
    | GaussianMixtureOutlierDetector
    | GaussianMixtureClassifier
    | GaussianMixtureRegressor
)
#: Jobs by the names that files have for them.
JOBS: dict[str, type[Job]] = {kind.__name__: kind for kind in get_args(Job)}
#: Values made of fields that a job's parameters or attributes may be.
_VALUES = (Calibration, ClassModel, ConjugatePrior)


def pack_job(job: Job) -> tuple[dict[str, AnyArray], dict[str, Any]]:
    """Arrays and metadata of a fitted job.

    Raises
    ------
    TypeError
        For an attribute that a file cannot hold.
    """
    given = job.get_params(deep=False)
    parameters = {name: value for name, value in given.items() if not _is_left_out(name, value)}
    fitted = {name: value for name, value in vars(job).items() if name not in given}
    arrays, plain = fold({"parameters": parameters, "fitted": fitted}, _kinds())
    name = next(name for name, kind in JOBS.items() if isinstance(job, kind))
    return arrays, {"class": name, "job": plain}


def unpack_job(arrays: Mapping[str, AnyArray], metadata: Mapping[str, Any]) -> Job:
    """The job that `pack_job` took apart.

    Raises
    ------
    KeyError, TypeError, IndexError, ValueError
        Where there is none.
    """
    content = unfold(metadata["job"], arrays, _kinds())
    job = JOBS[metadata["class"]](**content["parameters"])
    for name, value in content["fitted"].items():
        setattr(job, name, value)
    return job


def _is_left_out(name: str, value: Any) -> bool:
    """Whether a parameter is code or state rather than a value."""
    is_state = name == "random_state" and not isinstance(value, int | np.integer | type(None))
    return is_state or callable(value)


@cache
def _kinds() -> Sequence[Kind]:
    """What the trees of a job may hold besides plain values and arrays."""
    return (
        Kind(Mixture, mixture_files.pack_mixture, mixture_files.unpack_mixture),
        Kind(Components, pack, partial(unpack, Components)),
        Kind(type, lambda category: ({}, category.__name__), _category),
        *(
            Kind(owner, mixture_files.pack_estimator, mixture_files.unpack_estimator)
            for owner in mixture_files.ESTIMATORS.values()
        ),
        *(Kind(owner, pack_job, unpack_job) for owner in JOBS.values()),
        *(record(owner, _kinds) for owner in _VALUES),
    )


def _category(_arrays: Mapping[str, AnyArray], name: str) -> type[Warning]:
    """The kind of warning of that name."""
    found = getattr(errors, name)
    if not (isinstance(found, type) and issubclass(found, Warning)):
        raise TypeError(f"{name!r} is no kind of warning")
    return found
