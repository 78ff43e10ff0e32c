"""A sketch: the distinct rows of a source, or of a sample of it, on which starts are found."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import Source, Survey
from gaussmix.initialization.hierarchy import (
    Hierarchy,
    agglomerate_ellipsoids,
    agglomerate_penalised,
    svd_scores,
)
from gaussmix.linalg import NotPositiveDefinite, cholesky, invert_lower

#: Rows that short trials are run on.
TRIAL_ROWS = 5_000
#: Rows that hierarchies are built of: their cost grows with the square.
HIERARCHY_ROWS = 500
#: Principal directions that hierarchies look along.
_DIRECTIONS = 10
#: Rows looked at: all of a source this small, a sample of a larger one.
SKETCH_ROWS = 20_000


@dataclass(frozen=True)
class Sketch:
    """Distinct rows in sorted order, so that weight 2 and a repeated row are the same thing.

    Attributes
    ----------
    rows : (M, D) array
        Centred, columns in units of their spread.
    weight : (M,) array
        Total weight of each row.
    """

    rows: FloatArray
    weight: FloatArray

    @property
    def n_rows(self) -> int:
        """Number M of distinct rows."""
        return len(self.rows)

    @cached_property
    def sphered(self) -> FloatArray:
        """The rows in axes where their covariance is the identity, (M, D).

        The rows as they are where that covariance is singular.
        """
        share = self.weight / self.weight.sum()
        away = self.rows - share @ self.rows
        try:
            factor = cholesky(((away * share[:, None]).T @ away)[None])
        except NotPositiveDefinite:
            return self.rows
        return np.asarray(away @ invert_lower(factor)[0].T)

    @cached_property
    def sample(self) -> IntArray:
        """Numbers of the rows that hierarchies are of: all, or some spread evenly."""
        if self.n_rows <= HIERARCHY_ROWS:
            return np.arange(self.n_rows)
        places = (np.arange(HIERARCHY_ROWS) + 0.5) * (self.n_rows / HIERARCHY_ROWS)
        return places.astype(np.intp)

    @cached_property
    def _counts(self) -> FloatArray:
        """Weights of the sample, of mean one: a common factor of all weights says nothing."""
        weight = self.weight[self.sample]
        return np.asarray(weight / weight.mean())

    @cached_property
    def _scores(self) -> FloatArray:
        """Scores of the sample along its first principal directions."""
        scores = svd_scores(self.rows[self.sample], self._counts)
        return scores[:, -_DIRECTIONS:]

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The hierarchy of ellipsoids by the rows' principal directions."""
        return agglomerate_ellipsoids(self._scores, self._counts)

    def hierarchy_sphered(self, strength: float) -> Hierarchy:
        """The hierarchy of ellipsoids on sphered rows, which finds long parallel clusters.

        Parameters
        ----------
        strength : float
            Of the penalty that keeps small clusters from being flat.
        """
        if strength not in self._sphered_hierarchies:
            spread = self._scores.std(axis=0)
            sphered = self._scores / np.where(spread > 0.0, spread, 1.0)
            hierarchy = agglomerate_penalised(sphered, self._counts, strength)
            self._sphered_hierarchies[strength] = hierarchy
        return self._sphered_hierarchies[strength]

    @cached_property
    def _sphered_hierarchies(self) -> dict[float, Hierarchy]:
        return {}

    def thin(self, limit: int, rng: np.random.Generator) -> "Sketch":
        """At most `limit` of the rows, which stand for all of the weight."""
        if self.n_rows <= limit:
            return self
        index = np.sort(rng.choice(self.n_rows, limit, replace=False))
        share = self.weight.sum() / self.weight[index].sum()
        return Sketch(self.rows[index], self.weight[index] * share)

    def draw(self, size: int, rng: np.random.Generator) -> IntArray:
        """Numbers of `size` rows drawn in proportion to their weight, without repetition.

        Fewer where there are fewer distinct rows.
        """
        # Gumbel's trick: the largest of log weight + noise are a sample without replacement.
        keys = np.log(self.weight) + rng.gumbel(size=self.n_rows)
        return np.argsort(-keys, kind="stable")[:size]


def draw_sketch(
    source: Source,
    survey: Survey,
    rng: np.random.Generator,
    limit: int = SKETCH_ROWS,
    fill: Callable[[FloatArray], FloatArray] | None = None,
) -> Sketch:
    """The sketch of a source: of all its rows, or of `limit` drawn by weight.

    Rows without any value are left out.

    Parameters
    ----------
    source : Source
    survey : Survey
    rng : Generator
    limit : int
    fill : callable or None
        Rows (M, D) with gaps, NaN -> the same rows with guesses in the gaps. None puts the
        columns' means there.
    """
    index, share = draw_rows(source, survey, limit, rng)
    rows = source.rows(index)
    if survey.n_empty:
        tells = ~np.isnan(rows).all(axis=1)
        if tells.any():
            rows, share = rows[tells], share[tells]
    if fill is not None and survey.n_gappy:
        rows = fill(rows)
    scaled = (rows - survey.centre) / survey.scale
    return _merge(np.nan_to_num(scaled, copy=False), share)


def draw_rows(
    source: Source, survey: Survey, limit: int, rng: np.random.Generator | None = None
) -> tuple[IntArray, FloatArray]:
    """Numbers of at most `limit` rows, rising, and the weight that each stands for.

    All rows that count of a source this small. Else one place in each of `limit` equal parts
    of the total weight: a random one, or the middle where no generator is given.
    """
    if source.n_rows <= limit:
        index = np.arange(source.n_rows)
        weight = source.weights_of(index)
        return index[weight > 0.0], weight[weight > 0.0]
    places = (np.arange(limit) + (0.5 if rng is None else rng.random(limit))) / limit
    total = survey.weight if source.has_weights else float(source.n_rows)
    index = source.locate(places * total)
    return index, np.full(len(index), survey.weight / limit)


def _merge(rows: FloatArray, weight: FloatArray) -> Sketch:
    """Sort the rows and add up the weights of equal ones."""
    order = np.lexsort(rows.T[::-1])
    rows, weight = rows[order], weight[order]
    is_new = np.ones(len(rows), dtype=np.bool_)
    is_new[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    first = np.flatnonzero(is_new)
    return Sketch(rows[first], np.add.reduceat(weight, first))
