"""`plot_merges`: how components become clusters."""

from typing import TYPE_CHECKING

import numpy as np

from gaussmix.errors.words import counted
from gaussmix.plotting.style import GREY, INK, colour_of, tidy
from gaussmix.selection import Cluster, MergeTree

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Inches, and dots per inch.
_SIZE = (10.0, 4.4)
_DPI = 150


def plot_merges(tree: MergeTree, *, title: str | None = None) -> "Figure":
    """A picture of merged components: the entropy of the assignments, and the tree.

    Left: the entropy for each number of clusters against the weight of the rows merged; the
    number chosen is ringed. Right: which components merge, the clusters chosen in colour.

    Parameters
    ----------
    tree : MergeTree
        Of at least two components.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        Free of pyplot's global state; `figure.savefig(path)` writes it.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> from gaussmix.datasets import load_old_faithful
    >>> from gaussmix.plotting import plot_merges
    >>> X = load_old_faithful().to_numpy()
    >>> gm = GaussianMixture(3, covariance_type="tied", random_state=0).fit(X)
    >>> len(plot_merges(gm.merge_components(X)).axes)
    2
    """
    from matplotlib.figure import Figure  # noqa: PLC0415  heavy, and an extra

    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    curve, branches = figure.subplots(1, 2)
    named = f"{counted(tree.n_components, 'component')} in {counted(tree.n_clusters, 'cluster')}"
    figure.suptitle(title if title is not None else f"{named}, by {tree.method}", fontsize=11)
    tidy(curve)
    tidy(branches)  # before the components' numbers take their colours
    _draw_entropy(curve, tree)
    _draw_tree(branches, tree)
    return figure


def _draw_entropy(axes: "Axes", tree: MergeTree) -> None:
    """Entropy against the weight merged from K clusters on, each point with its number."""
    merged = np.cumsum([0.0, *(merge.weight for merge in tree.merges)])
    entropy = tree.entropies[::-1]
    numbers = range(tree.n_components, 0, -1)
    axes.plot(merged, entropy, "o-", color=colour_of(0), linewidth=1.8, markersize=5)
    chosen = tree.n_components - tree.n_clusters
    axes.plot(
        merged[chosen],
        entropy[chosen],
        "o",
        color="none",
        markeredgecolor=colour_of(1),
        markeredgewidth=2.0,
        markersize=14,
        label=f"chosen: {counted(tree.n_clusters, 'cluster')}",
    )
    for x, y, number in zip(merged, entropy, numbers, strict=True):
        axes.annotate(str(number), (x, y), (7, 7), textcoords="offset points", color=INK)
    axes.set_xlabel("weight of the rows merged so far")
    axes.set_ylabel("entropy of the assignments (nats)")
    axes.margins(x=0.08, y=0.1)
    axes.legend(frameon=False, fontsize=9)


def _draw_tree(axes: "Axes", tree: MergeTree) -> None:
    """Each merge as a bridge at the number of clusters that it leaves."""
    clusters = tree.clusters()
    colours = {k: colour_of(c) for c, cluster in enumerate(clusters) for k in cluster}
    place: dict[Cluster, float] = {(k,): float(x) for x, k in enumerate(_order(tree))}
    height = dict.fromkeys(place, float(tree.n_components))
    cut = tree.n_clusters - 0.5
    for done, merge in enumerate(tree.merges, start=1):
        left = float(tree.n_components - done)
        ends = [merge.first, merge.second]
        for end in ends:
            bend = min(max(left, cut), height[end])
            for low, high, shade in ((height[end], bend, colours[end[0]]), (bend, left, GREY)):
                if low > high:
                    axes.plot([place[end]] * 2, [low, high], color=shade, linewidth=1.8)
        colour = colours[merge.first[0]] if left > cut else GREY
        axes.plot([place[end] for end in ends], [left, left], color=colour, linewidth=1.8)
        place[merge.cluster] = 0.5 * sum(place[end] for end in ends)
        height[merge.cluster] = left
    axes.axhline(cut, color=INK, linestyle=":", linewidth=1.0)
    axes.set_xticks(range(tree.n_components), [str(k) for k in _order(tree)])
    for label, k in zip(axes.get_xticklabels(), _order(tree), strict=True):
        label.set_color(colours[k])
        label.set_fontweight("bold")
    axes.set_ylim(tree.n_components, 0.4)
    axes.set_yticks(range(1, tree.n_components + 1))
    axes.set_xlabel("component")
    axes.set_ylabel("clusters left")


def _order(tree: MergeTree) -> list[int]:
    """The components, those that merge side by side."""
    order: dict[Cluster, list[int]] = {(k,): [k] for k in range(tree.n_components)}
    for merge in tree.merges:
        order[merge.cluster] = order[merge.first] + order[merge.second]
    return order[tuple(range(tree.n_components))]
