"""`plot_mixture`: a mixture and the rows it describes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix import errors
from gaussmix.data import IntervalData, as_rows, check_weight
from gaussmix.errors.words import counted
from gaussmix.mixture import Mixture
from gaussmix.plotting.curves import bars_of_bins, bars_of_rows, draw_curves
from gaussmix.plotting.ellipses import draw_ellipses
from gaussmix.plotting.style import footnote, tidy
from gaussmix.plotting.views import ShownRows, most_telling, shown_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
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
    X : array-like or data frame of shape (N, D), or IntervalData, optional
        A row with a gap in a column shown is left out, and so is an interval without end; the
        picture says how many there are.
    weight : array-like of shape (N,), optional
        How often each row counts.
    labels : array-like of shape (N,), optional
        Component of each row, -1 for noise; by default its likeliest.
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
    chosen = most_telling(value) if columns is None else list(columns)
    view, index = _view(value, chosen)
    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title if title is not None else _title(value), fontsize=11)
    if isinstance(X, IntervalData):
        footnote(axes, _draw_bins(axes, view, X, weight))
    else:
        rows = None if X is None else _rows(value, X, weight, labels, index)
        _draw_rows(axes, view, rows)
        if rows is not None and rows.n_hidden:
            hidden = "1 row" if rows.n_hidden == 1 else f"{rows.n_hidden:,} rows"
            footnote(axes, f"{hidden} with gaps not shown")
    tidy(axes)
    return figure


def _rows(value: Mixture, X: Any, weight: Any, labels: Any, columns: list[int]) -> ShownRows:
    """The rows that are shown."""
    table = as_rows(X, value.n_features, value.feature_names).astype(np.float64)
    return shown_rows(value, table, check_weight(weight, len(table)), labels, columns)


def _draw_rows(axes: "Axes", view: Mixture, rows: ShownRows | None) -> None:
    """Curves for one column, ellipses for two."""
    if view.n_features == 1:
        draw_curves(axes, view, None if rows is None else bars_of_rows(rows))
    else:
        draw_ellipses(axes, view, rows)


def _draw_bins(axes: "Axes", view: Mixture, bins: IntervalData, weight: Any) -> str:
    """Curves over bins; what is to be said of them."""
    if view.n_features != 1:
        raise errors.wrong_row_shape((bins.n_rows, 1), view.n_features)
    counts = check_weight(weight, bins.n_rows)
    if counts is not None:
        bins = IntervalData(bins.lower, bins.upper, bins.count * counts)
    draw_curves(axes, view, bars_of_bins(bins))
    is_open = (np.isinf(bins.lower) | np.isinf(bins.upper)) & (bins.count > 0.0)
    if not is_open.any():
        return ""
    share = bins.count[is_open].sum() / bins.count.sum()
    bins_left_out = counted(int(is_open.sum()), "open-ended bin")
    return f"{bins_left_out} ({share:.1%} of the counts) not shown"


def _view(mixture: Mixture, columns: Sequence[int | str]) -> tuple[Mixture, list[int]]:
    """The mixture of the columns shown, with names, and the columns' numbers."""
    names = mixture.feature_names or tuple(f"column {j}" for j in range(mixture.n_features))
    named = Mixture.from_components(mixture.components, mixture.covariance_type, names)
    view = named.marginal(list(columns)[:2])
    return view, [names.index(name) for name in view.feature_names or ()]


def _title(mixture: Mixture) -> str:
    plural = "" if mixture.n_components == 1 else "s"
    return f"Gaussian mixture: {mixture.n_components} component{plural}, {mixture.covariance_type}"
