"""Saved models as the verbs use them, and what they say of rows."""

from collections.abc import Iterable, Iterator

import numpy as np

from gaussmix import errors
from gaussmix._typing import AnyArray, FloatArray
from gaussmix.cli.rows import Rows
from gaussmix.data import ArraySource, Batch, Details
from gaussmix.density import log_density, n_blocks, posterior
from gaussmix.estimators import GaussianMixtureClassifier, GaussianMixtureRegressor, load
from gaussmix.execution import team
from gaussmix.mixture import Mixture

#: Models that answer otherwise than by components.
_OTHER_ANSWERS = (GaussianMixtureClassifier, GaussianMixtureRegressor)
#: Rows answered for in one go: the answers for all components of so many stay small.
_AT_ONCE = 50_000


def read_model(path: str, *, for_components: bool = False) -> Mixture:
    """The distribution in a model file, of whatever kind.

    Parameters
    ----------
    path : str
    for_components : bool
        Whether it is going to be asked for components.

    Raises
    ------
    OSError, ValueError
        Where there is none, and for components of what answers otherwise, naming its verb.
    """
    model = load(path)
    if isinstance(model, Mixture):
        return model
    if for_components and isinstance(model, _OTHER_ANSWERS):
        raise errors.components_of_job(path, type(model).__name__)
    return model.mixture_  # type: ignore[no-any-return]  # every model has one


def column_names(mixture: Mixture) -> tuple[str, ...]:
    """The model's column names; those that a table without a header gets where it has none."""
    return mixture.feature_names or tuple(f"column_{j + 1}" for j in range(mixture.n_features))


def in_parts(X: FloatArray) -> Iterator[FloatArray]:
    """The rows in parts of a size that answers fit in memory."""
    for start in range(0, len(X), _AT_ONCE):
        yield X[start : start + _AT_ONCE]


def parts_of(rows: Rows) -> Iterator[Batch]:
    """The rows in parts of the same size."""
    return rows.parts(_AT_ONCE)


def posterior_names(mixture: Mixture) -> list[str]:
    """Names of what `posteriors` gives."""
    names = [f"component_{k}" for k in range(mixture.n_components)]
    return names if mixture.components.noise is None else [*names, "noise"]


def posteriors(mixture: Mixture, parts: Iterable[Batch]) -> Iterator[list[AnyArray]]:
    """For each part of the rows the posterior of each component, and last of noise, (B,) each."""
    for part in parts:
        yield list(_posterior(mixture, part).T)


def memberships(mixture: Mixture, parts: Iterable[Batch]) -> Iterator[list[AnyArray]]:
    """For each part the likeliest component, -1 for noise, and its posterior, two arrays (B,)."""
    for part in parts:
        of = _posterior(mixture, part)
        label = of.argmax(axis=1)
        label[label == mixture.n_components] = -1
        yield [label, of.max(axis=1)]


def log_densities(
    mixture: Mixture, parts: Iterable[Batch]
) -> Iterator[tuple[FloatArray, FloatArray | None]]:
    """For each part of the rows the log density and the weight of each, (B,)."""
    for part in parts:
        source = _source(part)
        with team(tasks=n_blocks(mixture.components, source.n_rows)) as threads:
            yield log_density(mixture.components, source, threads), part.details.weight


def _posterior(mixture: Mixture, part: Batch) -> FloatArray:
    """Posterior probabilities (B, K), with noise (B, K + 1)."""
    source = _source(part)
    with team(tasks=n_blocks(mixture.components, source.n_rows)) as threads:
        return np.asarray(posterior(mixture.components, source, threads))


def _source(part: Batch) -> ArraySource:
    """The rows by themselves: weights say how often they count, not what they are."""
    return ArraySource(part.columns.T, Details(interval=part.details.interval))
