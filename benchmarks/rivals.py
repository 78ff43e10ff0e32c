"""Everybody who is measured, behind one face."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture
from workloads import Array, Clusters, Start

from gaussmix import GaussianMixture

#: Cores that each rival may use at most.
THREADS = 2
OURS, SKLEARN, ONEDAL = "gaussmix", "scikit-learn", "oneDAL"
#: Shapes that oneDAL has, and its words for them.
_DAAL_STORAGE = {"full": "full", "diag": "diagonal"}


@dataclass(frozen=True)
class Fitted:
    """Where a rival came to.

    Attributes
    ----------
    means : (K, D) array
    n_iter : int
        Iterations made.
    model : object
        With `score`; None where the rival has no such thing.
    """

    means: Array
    n_iter: int
    model: Any = None


class Rival(ABC):
    """A program that runs EM from a given start."""

    name: str
    #: BLAS threads it is held to; None where it minds its threads itself.
    blas_threads: int | None = None

    @abstractmethod
    def can_fit(self, shape: str) -> bool:
        """Whether it knows this covariance structure."""

    @abstractmethod
    def fit(self, rows: Array, start: Start, n_iter: int) -> Fitted:
        """Exactly `n_iter` iterations, without regularisation."""


class Gaussmix(Rival):
    """The library measured."""

    name = OURS

    def can_fit(self, shape: str) -> bool:
        """Whether it knows this covariance structure: it knows them all."""
        return bool(shape)

    def fit(self, rows: Array, start: Start, n_iter: int) -> Fitted:
        """Exactly `n_iter` iterations, without regularisation."""
        return _fit(ours(**_options(start, n_iter)), rows)


class Sklearn(Rival):
    """scikit-learn, whose threads are those of its matrix products."""

    def __init__(self, blas_threads: int) -> None:
        self.name = f"{SKLEARN} {blas_threads}t"
        self.blas_threads = blas_threads

    def can_fit(self, shape: str) -> bool:
        """Whether it knows this covariance structure: all that are measured."""
        return bool(shape)

    def fit(self, rows: Array, start: Start, n_iter: int) -> Fitted:
        """Exactly `n_iter` iterations, without regularisation."""
        return _fit(SklearnMixture(**_options(start, n_iter)), rows)


class OneDal(Rival):
    """oneDAL's EM through daal4py, which has full and diagonal covariances."""

    name = ONEDAL

    def __init__(self) -> None:
        import daal4py  # noqa: PLC0415  # optional: its absence is reported, not fatal

        self._daal = daal4py
        daal4py.daalinit(THREADS)

    def can_fit(self, shape: str) -> bool:
        """Whether it knows this covariance structure."""
        return shape in _DAAL_STORAGE

    def fit(self, rows: Array, start: Start, n_iter: int) -> Fitted:
        """Exactly `n_iter` iterations; it regularises only what is ill conditioned."""
        k = len(start.weights)
        one = np.diag(start.variance) if start.shape == "full" else start.variance[None]
        algorithm = self._daal.em_gmm(
            nComponents=k,
            maxIterations=n_iter,
            accuracyThreshold=0.0,
            covarianceStorage=_DAAL_STORAGE[start.shape],
            fptype="float" if rows.dtype == np.float32 else "double",
        )
        covariances = [one.astype(rows.dtype) for _ in range(k)]
        result = algorithm.compute(rows, start.weights[None], start.means, covariances)
        return Fitted(result.means, int(result.nIterations.item()))


def assemble(*, daal: bool) -> tuple[list[Rival], str | None]:
    """All rivals, and why one of them is missing."""
    rivals: list[Rival] = [Gaussmix(), Sklearn(1), Sklearn(THREADS)]
    if not daal:
        return rivals, "left out on request"
    try:
        return [*rivals, OneDal()], None
    except (ImportError, OSError) as error:
        return rivals, f"cannot be imported ({type(error).__name__}: {str(error).splitlines()[0]})"


def ours(**parameters: Any) -> GaussianMixture:
    """Our estimator, on as many threads as the rivals may use."""
    return GaussianMixture(n_jobs=THREADS, **parameters)


def with_parameters(clusters: Clusters) -> tuple[GaussianMixture, SklearnMixture]:
    """Our estimator and scikit-learn's with the same known parameters, fitted to nothing."""
    mine = GaussianMixture.from_parameters(
        clusters.weights, clusters.means, clusters.covariances
    ).set_params(n_jobs=THREADS)
    theirs = SklearnMixture(mine.n_components)
    for name in ("weights", "means", "covariances", "precisions_cholesky", "precisions"):
        setattr(theirs, f"{name}_", getattr(mine, f"{name}_"))
    theirs.n_features_in_ = mine.n_features_in_
    return mine, theirs


@contextmanager
def unfinished() -> Iterator[None]:
    """Without the warning that a run was cut short, which is what was asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def _options(start: Start, n_iter: int) -> dict[str, Any]:
    return {
        "n_components": len(start.weights),
        "covariance_type": start.shape,
        "tol": 0.0,
        "reg_covar": 0.0,
        "max_iter": n_iter,
        "weights_init": start.weights,
        "means_init": start.means,
        "precisions_init": start.precisions,
    }


def _fit(model: Any, rows: Array) -> Fitted:
    with unfinished():
        model.fit(rows)
    return Fitted(model.means_, model.n_iter_, model)
