"""Why a row is outlying: how far each of its values is from what the others let expect."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gaussmix._typing import AnyArray, FloatArray, IntArray
from gaussmix.data import frame_like
from gaussmix.mixture import ConditionalMixture, Mixture, conditionals, student_columns


@dataclass(frozen=True, eq=False)
class Reasons:
    """What a mixture makes of each value of N rows; NaN where there is no value.

    Attributes
    ----------
    values : (N, D) array
    expected, lower, upper : (N, D) arrays
        Mode and central interval of each column given the row's others.
    given, alone : (N, D) arrays
        Distance from the column's mean in standard deviations: those given the row's others,
        and those of the column by itself. Of Student t's without a variance 0, without a mean NaN.
    gain : (N, D) array
        What the row's log density would gain were the value the expected one.
    """

    values: FloatArray
    expected: FloatArray
    lower: FloatArray
    upper: FloatArray
    given: FloatArray
    alone: FloatArray
    gain: FloatArray

    @classmethod
    def of(cls, mixture: Mixture, X: AnyArray, level: float) -> "Reasons":
        """The reasons for rows X (N, D), with intervals of that level."""
        components = mixture.components
        values = np.asarray(X, dtype=np.float64)
        alone = (values - components.mean) / np.sqrt(components.covariance.diagonal())
        expected, lower, upper, given, gain = np.full((5, *values.shape), np.nan)
        for j in range(values.shape[1]):
            known = np.flatnonzero(~np.isnan(values[:, j]))
            for some, given_others in _columns(mixture, values[known], j):
                at = known[some]
                x, best = values[at, j], given_others.mode()
                expected[at, j] = best
                lower[at, j], upper[at, j] = given_others.interval(level)
                given[at, j] = (x - given_others.mean()) / np.sqrt(given_others.variance())
                gain[at, j] = given_others.log_pdf(best) - given_others.log_pdf(x)
        gain = np.maximum(gain, 0.0)
        return cls(values, expected, lower, upper, given, alone, gain)

    def to_frame(self, names: tuple[str, ...] | None, n_columns: int | None, like: Any) -> Any:
        """A table with a line for each value, those that cost their row most first.

        Parameters
        ----------
        names : tuple of str or None
            Names of the D columns; else they are numbers.
        n_columns : int or None
            The most lines for a row.
        like : object
            Whose data-frame library the table is of.
        """
        row, column = self._order(n_columns)
        at = (row, column)
        return frame_like(
            {
                "row": row.tolist(),
                "column": [j if names is None else names[j] for j in column.tolist()],
                "value": self.values[at].tolist(),
                "expected": self.expected[at].tolist(),
                "lower": self.lower[at].tolist(),
                "upper": self.upper[at].tolist(),
                "given_others": self.given[at].tolist(),
                "alone": self.alone[at].tolist(),
                "gain": self.gain[at].tolist(),
            },
            like,
        )

    def _order(self, n_columns: int | None) -> tuple[IntArray, IntArray]:
        """Numbers of rows and columns, row by row, by falling gain."""
        order = np.argsort(-self.gain, axis=1, kind="stable")[:, :n_columns]
        row = np.repeat(np.arange(len(order)), order.shape[1])
        column = order.ravel()
        told = ~np.isnan(self.values[row, column])
        return row[told], column[told]


class _Columns(Protocol):
    """Distributions of one column, one for each of B rows."""

    def mean(self) -> FloatArray: ...
    def variance(self) -> FloatArray: ...
    def mode(self) -> FloatArray: ...
    def interval(self, level: float) -> tuple[FloatArray, FloatArray]: ...
    def log_pdf(self, x: FloatArray) -> FloatArray: ...


@dataclass(frozen=True, eq=False)
class _Gaussians:
    """Those of a conditional mixture of one column."""

    conditional: ConditionalMixture

    def mean(self) -> FloatArray:
        return self.conditional.column(0).mean()

    def variance(self) -> FloatArray:
        return self.conditional.column(0).variance()

    def mode(self) -> FloatArray:
        return self.conditional.mode()[:, 0]

    def interval(self, level: float) -> tuple[FloatArray, FloatArray]:
        return self.conditional.column(0).interval(level)

    def log_pdf(self, x: FloatArray) -> FloatArray:
        return self.conditional.log_pdf(x[:, None])


def _columns(mixture: Mixture, X: FloatArray, j: int) -> Iterator[tuple[IntArray, _Columns]]:
    """Numbers of some rows of X (N, D), and column j given the others of each."""
    if not mixture.components.is_gaussian:
        yield from student_columns(mixture.components, X, j)
        return
    pieces = conditionals(
        mixture.components,
        X,
        Mixture.from_components,
        covariance_type=mixture.covariance_type,
        wanted=np.array([j]),
    )
    for rows, _, conditional in pieces:
        yield rows, _Gaussians(conditional)
