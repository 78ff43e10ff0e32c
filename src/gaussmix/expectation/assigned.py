"""Statistics of rows whose responsibilities are given: the M-step's food at the start."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import ScatterKind, first_projections
from gaussmix.data import Block, Cut
from gaussmix.density import Observer
from gaussmix.execution import Team
from gaussmix.expectation.statistics import SufficientStatistics

#: How many directions more than factors are followed, and how often they are turned.
_MORE_AXES, _TURNS = 5, 2

#: block -> responsibilities (K, B)
Responsibilities = Callable[[Block], FloatArray]


def assigned_statistics(
    rows: Cut,
    responsibilities: Responsibilities,
    kind: ScatterKind,
    n_components: int,
    team: Team,
    *,
    filler: Observer | None = None,
) -> SufficientStatistics:
    """Statistics about the components' own means, in two passes over the rows.

    Parameters
    ----------
    rows : Cut
    responsibilities : callable
        block -> (K, B).
    kind : ScatterKind
    n_components : int
    team : Team
    filler : Observer or None
        Of one Gaussian; see `filled`.
    """
    centre = rows.centre

    def about(reference: FloatArray, kind: ScatterKind) -> SufficientStatistics:
        def of(block: Block) -> SufficientStatistics:
            resp = responsibilities(block)
            weighted = resp if block.weight is None else resp * block.weight
            x = filled(block, centre, filler)
            statistics = _assigned(kind, reference, x, reference - centre, weighted)
            return replace(statistics, weight=block.total_weight)

        return rows.sum(of, team)

    rough = about(np.broadcast_to(centre, (n_components, len(centre))), kind)
    if kind.rank is None:
        return about(rough.means, kind)
    return _along_axes(about, rough, kind.rank)


def _along_axes(
    about: Callable[[FloatArray, ScatterKind], SufficientStatistics],
    rough: SufficientStatistics,
    rank: int,
) -> SufficientStatistics:
    """Statistics projected on a few leading principal axes of each component.

    By subspace iteration: every pass turns the directions towards the axes.
    """
    kind, means = rough.kind, rough.means
    squares, in_common = rough.rebase(means).scatter, kind.in_common
    projected = first_projections(squares, rank + _MORE_AXES, in_common=in_common)
    for number in range(_TURNS + 1):
        statistics = about(means, kind.along(projected.directions))
        if number < _TURNS:
            projected = projected.sharpened(statistics.scatter, in_common=in_common)
    return statistics


def filled(block: Block, centre: FloatArray, filler: Observer | None) -> FloatArray:
    """The rows of a block less the centre, (D, B), with one Gaussian's guesses in the gaps.

    The centre itself fills them where no Gaussian is given.
    """
    if not block.n_missing:
        return block.centred()
    if filler is not None:
        return filler.observe(block).completed(0, centre)
    x = np.zeros((len(centre), block.n_rows))
    x[slice(None) if block.observed is None else block.observed] = block.centred()
    return x


def _assigned(
    kind: ScatterKind, reference: FloatArray, x: FloatArray, away: FloatArray, weighted: FloatArray
) -> SufficientStatistics:
    """Statistics about the references of rows x (D, B), which lie `away` (K, D) from x's origin.

    Their weighted responsibilities are (K, B).
    """
    n_components, n_features = reference.shape
    shift = np.empty((n_components, n_features))
    scatter = np.empty((n_components, kind.quadratic.size(n_features)))
    for k in range(n_components):
        own = weighted[k]
        # Labels give a component to few of the rows.
        near = np.flatnonzero(own)
        if 2 * len(near) > len(own):
            difference = x - away[k][:, None]
        else:
            own, difference = own[near], x[:, near] - away[k][:, None]
        shift[k] = difference @ own
        scatter[k] = kind.quadratic.each(k).weighted(difference, own)
    mass = weighted.sum(axis=1)
    scatter = scatter.sum(axis=0) if kind.pooled else scatter
    return SufficientStatistics(kind, reference, mass, shift, scatter, 0.0, 0.0)
