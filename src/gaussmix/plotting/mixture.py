"""`plot_mixture`: a mixture and the rows it describes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.data import as_rows, check_weight
from gaussmix.mixture import Mixture
from gaussmix.plotting.curves import draw_curves
from gaussmix.plotting.ellipses import draw_ellipses
from gaussmix.plotting.style import tidy
from gaussmix.plotting.views import most_telling, shown_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Inches, and dots per inch.
_SIZE = (7.5, 5.0)
_DPI = 150


def plot_mixture(
    mixture: Any,
    X: Any = None,
    weight: Any = None,
    labels: Any = None,
    *,
    columns: Sequence[int | str] | None = None,
    title: str | None = None,
) -> "Figure":
    """A picture of a mixture, and of rows where there are any.

    One column: the rows as a histogram, the density and each component's share of it. More
    columns: the rows in two of them, coloured by component, with each component's ellipses of
    one and two standard deviations.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
    X : array-like or data frame of shape (N, D), optional
    weight : array-like of shape (N,), optional
        How often each row counts.
    labels : array-like of shape (N,), optional
        Component of each row; by default its likeliest.
    columns : one or two columns by number or name, optional
        What to show; by default the two columns in which the components differ most.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Free of pyplot's global state; `figure.savefig(path)` writes it.

    Raises
    ------
    ValueError
        For rows, weights or columns that do not fit the mixture.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> from gaussmix.plotting import plot_mixture
    >>> figure = plot_mixture(Mixture([0.5, 0.5], [[0.0], [4.0]], [[[1.0]], [[1.0]]]))
    >>> figure.axes[0].get_ylabel()
    'density'
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  heavy, and an extra

    value: Mixture = getattr(mixture, "mixture_", mixture)
    rows = None
    if X is not None:
        table = as_rows(X, value.n_features, value.feature_names).astype(np.float64)
        rows = shown_rows(value, table, check_weight(weight, len(table)), labels)
    chosen = most_telling(value) if columns is None else list(columns)
    view, index = _view(value, chosen)
    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    axes = figure.add_subplot()
    draw = draw_curves if view.n_features == 1 else draw_ellipses
    draw(axes, view, None if rows is None else rows.of(index))
    tidy(axes)
    axes.set_title(title if title is not None else _title(value), fontsize=11)
    return figure


def _view(mixture: Mixture, columns: Sequence[int | str]) -> tuple[Mixture, list[int]]:
    """The mixture of the columns shown, with names, and the columns' numbers."""
    names = mixture.feature_names or tuple(f"column {j}" for j in range(mixture.n_features))
    named = Mixture.from_components(mixture.components, mixture.covariance_type, names)
    view = named.marginal(list(columns)[:2])
    return view, [names.index(name) for name in view.feature_names or ()]


def _title(mixture: Mixture) -> str:
    plural = "" if mixture.n_components == 1 else "s"
    return f"Gaussian mixture: {mixture.n_components} component{plural}, {mixture.covariance_type}"
