"""Saved models as the verbs use them."""

from collections.abc import Iterator

from gaussmix._typing import FloatArray
from gaussmix.estimators import load
from gaussmix.mixture import Mixture

#: Rows answered for in one go: the answers for all components of so many stay small.
_AT_ONCE = 50_000


def read_model(path: str) -> Mixture:
    """The distribution in a model file."""
    model = load(path)
    return model if isinstance(model, Mixture) else model.mixture_


def column_names(mixture: Mixture) -> tuple[str, ...]:
    """The model's column names; those that a table without a header gets where it has none."""
    return mixture.feature_names or tuple(f"column_{j + 1}" for j in range(mixture.n_features))


def in_parts(X: FloatArray) -> Iterator[FloatArray]:
    """The rows in parts of a size that answers fit in memory."""
    for start in range(0, len(X), _AT_ONCE):
        yield X[start : start + _AT_ONCE]


def posteriors(mixture: Mixture, X: FloatArray) -> Iterator[list[FloatArray]]:
    """For each part of the rows the posterior of each component, K arrays (B,)."""
    for part in in_parts(X):
        yield list(mixture.posterior(part).T)


def memberships(mixture: Mixture, X: FloatArray) -> Iterator[list[FloatArray]]:
    """For each part of the rows the likeliest component and its posterior, two arrays (B,)."""
    for part in in_parts(X):
        posterior = mixture.posterior(part)
        yield [posterior.argmax(axis=1), posterior.max(axis=1)]
