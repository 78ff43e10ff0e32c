"""The named ways to propose responsibilities for the rows of a sketch."""

from collections.abc import Callable

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.initialization.hierarchy import Hierarchy
from gaussmix.initialization.lloyd import lloyd, nearest_centre, plus_plus
from gaussmix.initialization.sketch import TRIAL_ROWS, Sketch

#: (sketch, K, rng) -> labels (M,) of integers or responsibilities (M, K) of floats
Proposal = Callable[[Sketch, int, np.random.Generator], IntArray | FloatArray]


def _kmeans(sketch: Sketch, n_components: int, rng: np.random.Generator) -> IntArray:
    part = sketch.thin(TRIAL_ROWS, rng)
    return nearest_centre(sketch.rows, lloyd(part.rows, part.weight, n_components, rng))


def _kmeans_sphered(sketch: Sketch, n_components: int, rng: np.random.Generator) -> IntArray:
    return _kmeans(Sketch(sketch.sphered, sketch.weight), n_components, rng)


def _plus_plus(sketch: Sketch, n_components: int, rng: np.random.Generator) -> IntArray:
    chosen = plus_plus(sketch.rows, sketch.weight, n_components, rng)
    return nearest_centre(sketch.rows, sketch.rows[chosen])


def _random_from_data(sketch: Sketch, n_components: int, rng: np.random.Generator) -> IntArray:
    return nearest_centre(sketch.rows, sketch.rows[sketch.draw(n_components, rng)])


def _of_hierarchy(sketch: Sketch, hierarchy: Hierarchy, n_components: int) -> IntArray:
    """Labels of the rows that a hierarchy is of, -1 for the others."""
    labels = np.full(sketch.n_rows, -1, dtype=np.intp)
    labels[sketch.sample] = hierarchy.labels(min(n_components, hierarchy.n_rows))
    return labels


def _hierarchical(sketch: Sketch, n_components: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001  nothing is drawn
    return _of_hierarchy(sketch, sketch.hierarchy, n_components)


def _hierarchical_sphered(strength: float) -> Proposal:
    def propose(sketch: Sketch, n_components: int, rng: np.random.Generator) -> IntArray:  # noqa: ARG001  nothing is drawn
        return _of_hierarchy(sketch, sketch.hierarchy_sphered(strength), n_components)

    return propose


def _random(sketch: Sketch, n_components: int, rng: np.random.Generator) -> FloatArray:
    resp = rng.random((sketch.n_rows, n_components))
    return np.asarray(resp / resp.sum(axis=1, keepdims=True))


#: By the names of `init_params`.
PROPOSALS: dict[str, Proposal] = {
    "kmeans": _kmeans,
    "k-means++": _plus_plus,
    "random": _random,
    "random_from_data": _random_from_data,
    "kmeans_sphered": _kmeans_sphered,
    "hierarchical": _hierarchical,
    "hierarchical_sphered": _hierarchical_sphered(0.3),
    "hierarchical_flat": _hierarchical_sphered(0.1),
    "hierarchical_round": _hierarchical_sphered(1.0),
}
