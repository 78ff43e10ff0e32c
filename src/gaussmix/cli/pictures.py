"""Pictures of a fit and its rows."""

from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.cli.rows import Rows
from gaussmix.data import ArraySource
from gaussmix.mixture import Mixture
from gaussmix.plotting import plot_mixture
from gaussmix.plotting.views import most_telling

#: Rows of a stream that a picture is made of.
_MOST_ROWS = 20_000


def picture(mixture: Mixture, rows: Rows) -> tuple[Any, list[str]]:
    """A matplotlib figure, and what the user should be told of it."""
    if rows.bins is not None:
        named = Mixture.from_components(mixture.components, mixture.covariance_type, rows.names)
        return plot_mixture(named, rows.bins), []
    X, weight = _values(rows)
    notes = [] if len(X) == rows.n_rows else [errors.some_drawn(len(X), rows.n_rows)]
    columns = most_telling(mixture)
    n_hidden = int(np.isnan(X[:, columns]).any(axis=1).sum())
    if n_hidden:
        notes.append(errors.not_drawn(n_hidden, [rows.names[j] for j in columns]))
    return plot_mixture(mixture, X, weight, columns=columns), notes


def _values(rows: Rows) -> tuple[FloatArray, FloatArray | None]:
    """Rows (M, D) and their weights: all of those in memory, some of a stream."""
    source = rows.source
    if isinstance(source, ArraySource):
        return source.X, source.details.weight
    n_rows = source.n_rows
    chosen = np.arange(n_rows)
    if n_rows > _MOST_ROWS:
        rng = np.random.default_rng(0)
        chosen = np.sort(rng.choice(n_rows, _MOST_ROWS, replace=False, shuffle=False))
    return source.rows(chosen), source.weights_of(chosen) if source.has_weights else None
