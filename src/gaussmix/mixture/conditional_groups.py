"""Conditional mixtures of rows that do not all know the same columns."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import as_rows
from gaussmix.mixture.conditional import ConditionalMixture
from gaussmix.mixture.sampling import generator_of

if TYPE_CHECKING:
    from gaussmix.mixture.distribution import Mixture

#: Numbers of rows (B,), and what is known of them.
Part = tuple[IntArray, ConditionalMixture]


def gathered(
    parts: Iterable[Part], n_rows: int, answer: Callable[[ConditionalMixture], FloatArray]
) -> FloatArray:
    """What each part answers (B, ...), put where its rows stand, (N, ...)."""
    out: FloatArray | None = None
    for rows, conditional in parts:
        found = answer(conditional)
        if out is None:
            out = np.empty((n_rows, *found.shape[1:]))
        out[rows] = found
    assert out is not None
    return out


@dataclass(frozen=True, eq=False)
class ConditionalGroups(Sequence["Mixture"]):
    """A mixture of M columns for each of N rows, of which groups know different columns.

    It answers as `ConditionalMixture` does. What a row knows fixes the covariances of its
    mixture, so they are the same within a group only.

    Attributes
    ----------
    parts : tuple of ((B,) array of int, ConditionalMixture)
        Numbers of a group's rows, and their mixtures; each row is in one group.
    """

    parts: tuple[Part, ...]

    def __len__(self) -> int:
        return sum(len(rows) for rows, _ in self.parts)

    @cached_property
    def _places(self) -> IntArray:
        """The part of each row, and where in it the row stands, (N, 2)."""
        places = np.empty((len(self), 2), dtype=np.intp)
        for p, (rows, _) in enumerate(self.parts):
            places[rows, 0], places[rows, 1] = p, np.arange(len(rows))
        return places

    @overload
    def __getitem__(self, index: int) -> "Mixture": ...
    @overload
    def __getitem__(self, index: slice) -> "ConditionalGroups": ...
    def __getitem__(self, index: int | slice) -> "Mixture | ConditionalGroups":
        if not isinstance(index, slice):
            part, place = self._places[index]
            conditional = self.parts[int(part)][1]
            return conditional[int(place)]
        chosen = np.full(len(self), -1, dtype=np.intp)
        kept = np.arange(len(self))[index]
        chosen[kept] = np.arange(len(kept))
        parts = []
        for rows, conditional in self.parts:
            mine = np.flatnonzero(chosen[rows] >= 0)
            if len(mine):
                parts.append((chosen[rows[mine]], conditional.take(mine)))
        return ConditionalGroups(tuple(parts))

    def __repr__(self) -> str:
        return (
            f"ConditionalGroups({len(self)} rows in {len(self.parts)} groups, "
            f"{self.n_components} components, {self.n_features} features)"
        )

    @property
    def n_components(self) -> int:
        """Number K of components."""
        return self.parts[0][1].n_components

    @property
    def n_features(self) -> int:
        """Number M of columns that are asked for."""
        return self.parts[0][1].n_features

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the M columns, or None."""
        return self.parts[0][1].feature_names

    @property
    def weights(self) -> FloatArray:
        """Weights of each row's components, (N, K)."""
        return self._gathered(lambda part: part.weights)

    @property
    def means(self) -> FloatArray:
        """Means of each row's components, (N, K, M)."""
        return self._gathered(lambda part: part.means)

    def mean(self) -> FloatArray:
        """Mean of each row's mixture, (N, M)."""
        return self._gathered(ConditionalMixture.mean)

    def variance(self) -> FloatArray:
        """Variance of each column of each row's mixture, (N, M)."""
        return self._gathered(ConditionalMixture.variance)

    def covariance(self) -> FloatArray:
        """Covariance of each row's mixture, (N, M, M)."""
        return self._gathered(ConditionalMixture.covariance)

    def mode(self) -> FloatArray:
        """Highest mode of each row's mixture, (N, M)."""
        return self._gathered(ConditionalMixture.mode)

    def quantile(self, q: float) -> FloatArray:
        """Quantile of each column of each row's mixture, (N, M)."""
        return self._gathered(lambda part: part.quantile(q))

    def interval(self, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Central intervals of each column: lower and upper ends, (N, M) each."""
        both = self._gathered(lambda part: np.stack(part.interval(level), axis=1))
        return both[:, 0], both[:, 1]

    def log_pdf(self, Y: Any) -> FloatArray:
        """Log density of a row's M values (N, M) under its own mixture, (N,)."""
        y = as_rows(Y, self.n_features, self.feature_names)
        if len(y) != len(self):
            raise errors.wrong_row_count(len(y), len(self))
        out = np.empty(len(self))
        for rows, conditional in self.parts:
            out[rows] = conditional.log_pdf(y[rows])
        return out

    def sample(self, random_state: object = None) -> FloatArray:
        """One draw of all M columns for each row, (N, M)."""
        rng = generator_of(random_state)
        return self._gathered(lambda part: part.sample(rng))

    def _gathered(self, answer: Callable[[ConditionalMixture], FloatArray]) -> FloatArray:
        return gathered(self.parts, len(self), answer)
