"""Two columns: rows and the ellipses of one and two standard deviations."""

from typing import TYPE_CHECKING

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.mixture import Mixture
from gaussmix.plotting.style import (
    GREY,
    INK,
    PALE,
    colour_of,
    legend,
    mark_of,
    name_of,
    noise_name,
)
from gaussmix.plotting.views import ShownRows

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_ellipses(axes: "Axes", mixture: Mixture, rows: ShownRows | None) -> None:
    """Draw a mixture of two columns and rows coloured by component."""
    noise = mixture.components.noise
    if rows is not None:
        _scatter(axes, mixture.n_components, rows, of_none=PALE if noise is None else GREY)
    matrices = mixture.components.covariances.dense()
    for k, weight in enumerate(mixture.weights):
        _component(axes, k, mixture.means[k], matrices[k])
        axes.plot(
            [], [], color=colour_of(k), linewidth=1.8, marker=mark_of(k), label=name_of(k, weight)
        )
    if noise is not None:
        axes.plot([], [], "o", color=GREY, markersize=4, label=noise_name(noise.weight))
    names = mixture.feature_names or ("column 0", "column 1")
    axes.set_xlabel(names[0])
    axes.set_ylabel(names[1])
    unit = "sd" if mixture.components.is_gaussian else "scales"
    legend(axes, mixture.n_components, f"ellipses: 1 and 2 {unit}")


def _component(axes: "Axes", k: int, mean: FloatArray, matrix: FloatArray) -> None:
    """Ellipses of one component, and its number at its mean, clear of the points below."""
    from matplotlib.patheffects import withStroke  # noqa: PLC0415  heavy

    halo = [withStroke(linewidth=3.6, foreground="white")]
    edge = _circle() @ _root(matrix)
    for radius, style in ((1.0, "-"), (2.0, "--")):
        x, y = (mean + radius * edge).T
        axes.plot(x, y, style, color=colour_of(k), linewidth=1.8, zorder=3, path_effects=halo)
    axes.text(
        mean[0],
        mean[1],
        str(k),
        color=colour_of(k),
        fontsize=13,
        fontweight="bold",
        ha="center",
        va="center",
        zorder=4,
        path_effects=halo,
    )


def _scatter(axes: "Axes", n_components: int, rows: ShownRows, of_none: str) -> None:
    """Points in the colour of their component, or in that of none. Area shows weight."""
    points, weight = rows.X[rows.points], rows.weight[rows.points]
    if not len(points):
        return
    base = float(np.clip(9_000.0 / len(points), 4.0, 22.0))
    size = base * np.clip(weight / np.median(weight), 0.2, 20.0)
    for label in np.unique(rows.labels):
        known = 0 <= label < n_components
        mine = rows.labels == label
        x, y = points[mine].T
        axes.scatter(
            x,
            y,
            s=size[mine],
            c=colour_of(int(label)) if known else of_none,
            marker=mark_of(int(label)) if known else "o",
            edgecolors=INK if len(points) < 500 else "none",
            linewidths=0.2,
            alpha=0.55 if len(points) < 2_000 else 0.35 + 0.4 * (not known),
            zorder=2,
        )


def _circle() -> FloatArray:
    """Points (P, 2) of the unit circle, the last one the first."""
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _root(matrix: FloatArray) -> FloatArray:
    """A (2, 2) with A'A = matrix, whose rows are the ellipse's axes."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)
