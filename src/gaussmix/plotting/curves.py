"""One column: histogram, density and the components' shares of it."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.data import IntervalData
from gaussmix.mixture import Mixture
from gaussmix.plotting.style import (
    GREY,
    INK,
    PALE,
    colour_of,
    legend,
    line_of,
    name_of,
    noise_name,
)
from gaussmix.plotting.views import ShownRows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Values more than this are binned, even where they are evenly spaced.
_MOST_BARS = 80
_FEWEST_BINS, _MOST_BINS = 10, 100
_POINTS = 600


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of a histogram.

    Attributes
    ----------
    low, high : (M,) arrays
        Where each bar begins and ends.
    height : (M,) array
        Density.
    """

    low: FloatArray
    high: FloatArray
    height: FloatArray


def bars_of_rows(rows: ShownRows) -> Bars | None:
    """Bars for rows of one column; None where no row counts."""
    if not rows.weight.any():
        return None
    middle, height, width = histogram(rows.X[:, 0], rows.weight)
    return Bars(middle - 0.5 * width, middle + 0.5 * width, height)


def bars_of_bins(bins: IntervalData) -> Bars | None:
    """Bars for the bins that have two ends; None where none has."""
    drawn = np.isfinite(bins.lower) & np.isfinite(bins.upper) & (bins.count > 0.0)
    if not drawn.any():
        return None
    low, high = bins.lower[drawn], bins.upper[drawn]
    return Bars(low, high, bins.count[drawn] / (bins.count.sum() * (high - low)))


def draw_curves(axes: "Axes", mixture: Mixture, bars: Bars | None) -> None:
    """Draw the density of a mixture of one column over a histogram."""
    if bars is not None:
        axes.bar(
            bars.low,
            bars.height,
            bars.high - bars.low,
            align="edge",
            color=PALE,
            edgecolor="white",
            linewidth=0.5,
            label="data",
        )
    x = _grid(mixture, bars)
    for k, weight in enumerate(mixture.weights):
        share = weight * _component(mixture, k).pdf(x)
        axes.fill_between(x, share, color=colour_of(k), alpha=0.12, linewidth=0)
        axes.plot(x, share, line_of(k), color=colour_of(k), linewidth=1.8, label=name_of(k, weight))
    noise = mixture.components.noise
    if noise is not None:
        height = np.where(noise.misses(x[None]), 0.0, np.exp(noise.log_joint))
        axes.plot(x, height, ":", color=GREY, linewidth=1.8, label=noise_name(noise.weight))
    if mixture.n_components > 1 or noise is not None:
        # Wide and below, so that a component that stands alone shows on top of it.
        axes.plot(x, mixture.pdf(x), color=INK, linewidth=3.2, label="mixture", zorder=1.5)
    axes.set_xlabel((mixture.feature_names or ("value",))[0])
    axes.set_ylabel("density")
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(bottom=0.0)
    legend(axes, mixture.n_components)


def _component(mixture: Mixture, k: int) -> Mixture:
    """One component of a mixture of one column as a distribution."""
    own = replace(mixture.components.take(np.array([k])), weights=np.ones(1), noise=None)
    return Mixture.from_components(own, mixture.covariance_type)


def _grid(mixture: Mixture, bars: Bars | None) -> FloatArray:
    """Where the curves are drawn: wherever there are rows or density."""
    means = mixture.means[:, 0]
    std = np.sqrt(mixture.components.covariances.variances[:, 0])
    low, high = (means - 3.5 * std).min(), (means + 3.5 * std).max()
    if bars is not None:
        margin = 0.04 * (bars.high.max() - bars.low.min())
        low, high = min(low, bars.low.min() - margin), max(high, bars.high.max() + margin)
    # A narrow component needs points of its own to be drawn to its top.
    near = means[:, None] + std[:, None] * np.linspace(-4.0, 4.0, 81)
    x = np.concatenate([np.linspace(low, high, _POINTS), near.ravel()])
    return np.unique(x[(x >= low) & (x <= high)])


def histogram(x: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Middles and heights of the bars, as densities, and their width.

    A few evenly spaced values, as counts and rounded measurements are, get a bar each.
    """
    x, weight = x[weight > 0.0], weight[weight > 0.0]
    values, inverse = np.unique(x, return_inverse=True)
    spacing = _spacing(values)
    if spacing is not None:
        mass = np.bincount(inverse, weight)
        return values, mass / (weight.sum() * spacing), spacing
    edges = np.linspace(values[0], values[-1], _n_bins(x, weight) + 1)
    mass, _ = np.histogram(x, edges, weights=weight)
    width = float(edges[1] - edges[0])
    return 0.5 * (edges[1:] + edges[:-1]), mass / (weight.sum() * width), width


def _spacing(values: FloatArray) -> float | None:
    """The step of a few values that lie on a grid; None where they do not."""
    if len(values) == 1:
        return float(abs(values[0]) * 0.01 or 1.0)
    gaps = np.diff(values)
    steps = gaps / gaps.min()
    if len(values) > _MOST_BARS or np.abs(steps - steps.round()).max() > 0.01:
        return None
    return float(gaps.min())


def _n_bins(x: FloatArray, weight: FloatArray) -> int:
    """Freedman & Diaconis (1981): bins of 2 IQR n^(-1/3), within reason."""
    order = np.argsort(x)
    share = np.cumsum(weight[order]) / weight.sum()
    low, high = x[order][np.searchsorted(share, [0.25, 0.75])]
    width = 2.0 * (high - low) * weight.sum() ** (-1.0 / 3.0)
    wanted = np.ptp(x) / width if width > 0.0 else _FEWEST_BINS
    return int(np.clip(np.ceil(wanted), _FEWEST_BINS, _MOST_BINS))
