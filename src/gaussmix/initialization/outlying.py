"""Starts for data with noise: the rows that stand alone are left out of the clusters."""

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.initialization.sketch import Sketch
from gaussmix.initialization.starts import Proposal

#: A row stands alone where its distance to this many-th nearest of the reference rows is large;
#: so many reference rows are looked at, so many rows at a time.
_NEIGHBOUR, _REFERENCES, _AT_ONCE = 8, 1_000, 2_000


def without_outlying(proposal: Proposal, share: float) -> Proposal:
    """The proposal for all but the most outlying rows, which are labelled -1: noise.

    Parameters
    ----------
    proposal : callable
        One that answers with labels.
    share : float
        How much of the weight is left out.
    """

    def propose(sketch: Sketch, n_components: int, rng: np.random.Generator) -> IntArray:
        kept = _crowded(sketch, share)
        labels = np.full(sketch.n_rows, -1, dtype=np.intp)
        inner = Sketch(sketch.rows[kept], sketch.weight[kept])
        labels[kept] = proposal(inner, n_components, rng)
        return labels

    return propose


def _crowded(sketch: Sketch, share: float) -> BoolArray:
    """Which rows are not among the share of the weight that stands most alone."""
    order = np.argsort(_loneliness(sketch), kind="stable")
    cumulative = np.cumsum(sketch.weight[order])
    kept = np.zeros(sketch.n_rows, dtype=np.bool_)
    kept[order[cumulative <= (1.0 - share) * cumulative[-1]]] = True
    kept[order[0]] = True
    return kept


def _loneliness(sketch: Sketch) -> FloatArray:
    """Squared distance (M,) of each row to one of its near neighbours, by sphered columns.

    Among a few of the rows, spread evenly over their order, which is the same for the same rows.
    """
    rows = sketch.sphered
    step = max(1, len(rows) // _REFERENCES)
    references = rows[::step]
    squares = np.einsum("rd,rd->r", references, references)
    nth = min(_NEIGHBOUR, len(references) - 1)
    lonely = np.empty(len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        distance = squares - 2.0 * part @ references.T
        own = np.einsum("md,md->m", part, part)
        lonely[start : start + _AT_ONCE] = own + np.partition(distance, nth, axis=1)[:, nth]
    return lonely
