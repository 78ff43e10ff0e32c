"""The rows that a verb works on, wherever they come from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from gaussmix.data import ArraySource, Batch, IntervalData, LocalSource


@dataclass(frozen=True, slots=True)
class Rows:
    """What the data hold for a verb.

    Attributes
    ----------
    path : str
        What messages call the data.
    names : tuple of str
        Names of the D columns.
    source : LocalSource
        The rows with their weights and labels: in memory, or a stream.
    notes : tuple of str
        What the user should be told of how they were read.
    bins : IntervalData or None
        The rows, where they are intervals; the source then has their points.
    groups : sequence or None
        What is held out together, an entry for each row.
    """

    path: str
    names: tuple[str, ...]
    source: LocalSource
    notes: tuple[str, ...] = ()
    bins: IntervalData | None = None
    groups: Sequence[object] | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.source.n_rows

    def parts(self, size: int) -> Iterator[Batch]:
        """The rows in parts of `size`, the last one shorter."""
        return self.source.batches(size)

    def fit(self, estimator: Any) -> None:
        """Fit an estimator to the rows."""
        source = self.source
        groups = {} if self.groups is None else {"groups": self.groups}
        if not isinstance(source, ArraySource):
            estimator.fit(source)
            return
        details = source.details
        if self.bins is not None:
            estimator.fit(self.bins, labels=details.label, **groups)
            return
        table = pa.table({name: source.X[:, j] for j, name in enumerate(self.names)})
        estimator.fit(table, sample_weight=details.weight, labels=details.label, **groups)
