"""`save` and `load`: fitted mixtures and jobs in files that are not pickles."""

import platform
from importlib.metadata import version
from os import PathLike
from typing import Any

from sklearn.utils.validation import check_is_fitted

from gaussmix import errors
from gaussmix.estimators.job_files import JOBS, Job, pack_job, unpack_job
from gaussmix.estimators.mixture_files import (
    Estimator,
    pack_estimator,
    pack_mixture,
    unpack_estimator,
    unpack_mixture,
)
from gaussmix.estimators.search import GaussianMixtureSearch
from gaussmix.mixture import Mixture
from gaussmix.persistence import Document, load_document, save_document


def save(
    model: Estimator | GaussianMixtureSearch | Mixture | Job, path: str | PathLike[str]
) -> None:
    """Write a fitted model to a file.

    The arrays are stored bit for bit as safetensors, the rest as JSON beside them. The file
    is complete or not there at all. What is code or state rather than a value is left out and
    has its default again after loading: `callback`, a callable as `init_params`, a `checkpoint`
    that is more than a string, and a `random_state` that is a generator. Arrays among the
    parameters are kept whole.

    Parameters
    ----------
    model : estimator or Mixture
        A fitted GaussianMixture, BayesianGaussianMixture, GaussianMixtureSearch, of which the
        best estimator is saved, GaussianMixtureImputer, GaussianMixtureOutlierDetector,
        GaussianMixtureClassifier or GaussianMixtureRegressor; or a Mixture.
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
        arrays, metadata = pack_mixture(model)
    elif isinstance(model, Estimator | Job):
        check_is_fitted(model)
        arrays, metadata = (pack_job if isinstance(model, Job) else pack_estimator)(model)
    else:
        raise errors.cannot_save(type(model).__name__)
    metadata["versions"] = {
        "python": platform.python_version(),
        **{name: version(name) for name in ("gaussmix", "numpy", "scipy", "scikit-learn")},
    }
    save_document(path, arrays, metadata)


def load(path: str | PathLike[str]) -> Any:
    """Read what `save` wrote. Nothing in the file is executed.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    estimator or Mixture
        As it was saved: its answers have the same bits.

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


def _unpack(document: Document) -> Estimator | Mixture | Job:
    arrays, metadata = document.arrays, document.metadata
    if metadata["class"] == "Mixture":
        return unpack_mixture(arrays, metadata)
    if metadata["class"] in JOBS:
        return unpack_job(arrays, metadata)
    return unpack_estimator(arrays, metadata)
