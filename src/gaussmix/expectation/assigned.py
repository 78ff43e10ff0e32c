"""Statistics of rows whose responsibilities are given: the M-step's food at the start."""

from collections.abc import Callable

import numpy as np

from gaussmix._typing import FloatArray
from gaussmix.covariance import ScatterKind
from gaussmix.data import Block, Centred
from gaussmix.execution import Team
from gaussmix.expectation.statistics import SufficientStatistics

#: block -> responsibilities (K, B)
Responsibilities = Callable[[Block], FloatArray]


def assigned_statistics(
    rows: Centred,
    responsibilities: Responsibilities,
    kind: ScatterKind,
    n_components: int,
    team: Team,
) -> SufficientStatistics:
    """Statistics about the components' own means, in two passes over the rows.

    Parameters
    ----------
    rows : Centred
    responsibilities : callable
        block -> (K, B).
    kind : ScatterKind
    n_components : int
    team : Team
    """
    centre = rows.centre

    def about(reference: FloatArray) -> SufficientStatistics:
        def of(block: Block) -> SufficientStatistics:
            return _assigned(block, responsibilities(block), reference, reference - centre, kind)

        return team.sum(of, rows.blocks)

    rough = about(np.broadcast_to(centre, (n_components, len(centre))))
    return about(rough.means)


def _assigned(
    block: Block, resp: FloatArray, reference: FloatArray, away: FloatArray, kind: ScatterKind
) -> SufficientStatistics:
    """Statistics of one block about the references, which lie `away` from the centre."""
    x = block.centred()
    weighted = resp if block.weight is None else resp * block.weight
    n_components, n_features = reference.shape
    shift = np.empty((n_components, n_features))
    scatter = np.empty((n_components, kind.quadratic.size(n_features)))
    for k in range(n_components):
        difference = x - away[k][:, None]
        shift[k] = difference @ weighted[k]
        scatter[k] = kind.quadratic.weighted(difference, weighted[k])
    return SufficientStatistics(
        kind,
        reference,
        weighted.sum(axis=1),
        shift,
        scatter.sum(axis=0) if kind.pooled else scatter,
        0.0,
        block.total_weight,
    )
