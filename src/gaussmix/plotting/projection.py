"""`plot_projection`: rows and components along the directions that tell them apart."""

from typing import TYPE_CHECKING, Any

from gaussmix._typing import IntArray
from gaussmix.data import ArraySource, as_rows
from gaussmix.density import labels as labels_of
from gaussmix.density import n_blocks
from gaussmix.errors.words import counted
from gaussmix.execution import team
from gaussmix.mixture import Mixture, Projection, find_directions
from gaussmix.plotting.mixture import plot_mixture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_projection(
    mixture: Any,
    X: Any = None,
    weight: Any = None,
    labels: Any = None,
    *,
    projection: Projection | None = None,
    title: str | None = None,
) -> "Figure":
    """A picture of a mixture along the two directions in which its components differ most.

    Where there is one direction only, the rows are a histogram.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
    X : array-like or data frame of shape (N, D), optional
        A row with a gap is left out, and the picture says how many there are.
    weight : array-like of shape (N,), optional
        How often each row counts.
    labels : array-like of shape (N,), optional
        Component of each row, -1 for noise; by default its likeliest, by all columns.
    projection : Projection, optional
        By default the directions of the means; with two components, of which there is but
        one, of means and covariances alike.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Free of pyplot's global state; `figure.savefig(path)` writes it.

    Raises
    ------
    ValueError
        For components that do not differ, and for rows that do not fit the mixture.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> from gaussmix.plotting import plot_projection
    >>> mixture = Mixture(
    ...     [0.5, 0.5], [[0.0, 0.0], [4.0, 1.0]], [1.0, 1.0], covariance_type="spherical"
    ... )
    >>> plot_projection(mixture).axes[0].get_xlabel()
    'direction 1'
    """
    value: Mixture = getattr(mixture, "mixture_", mixture)
    shown = projection
    if shown is None:
        # The means of two components differ in one direction only.
        shown = find_directions(value, mean_share=1.0 if value.n_components > 2 else 0.5)
    points = None
    if X is not None:
        points = shown.transform(X)
        labels = _likeliest(value, X) if labels is None else labels
    columns = list(range(min(2, shown.n_directions)))
    return plot_mixture(
        shown.mixture, points, weight, labels, columns=columns, title=title or _title(shown)
    )


def _likeliest(mixture: Mixture, X: Any) -> IntArray:
    """Likeliest component of each row by all columns, (N,); -1 for noise."""
    source = ArraySource(as_rows(X, mixture.n_features, mixture.feature_names))
    with team(tasks=n_blocks(mixture.components, source.n_rows)) as threads:
        return labels_of(mixture.components, source, threads)


def _title(projection: Projection) -> str:
    """What the picture shows, and how much of all differences."""
    apart = counted(projection.mixture.n_components, "component")
    if projection.n_directions == 1:
        return f"The direction that tells {apart} apart"
    shown = projection.eigenvalues[:2].sum() / projection.eigenvalues.sum()
    share = f" ({shown:.0%} of their difference)" if projection.n_directions > 2 else ""
    return f"The two directions that best tell {apart} apart{share}"
