"""How many rows with gaps pass by."""

from collections.abc import Iterable, Iterator

import numpy as np

from gaussmix import errors
from gaussmix.cli.say import note
from gaussmix.data import Batch


class Gaps:
    """A count of rows, of those with gaps, and of those with nothing else."""

    def __init__(self) -> None:
        self.n_rows = self.n_gappy = self.n_empty = 0

    def watch(self, parts: Iterable[Batch]) -> Iterator[Batch]:
        """The same parts, counted as they pass."""
        for part in parts:
            missing = np.isnan(part.columns)
            self.n_rows += part.n_rows
            self.n_gappy += int(missing.any(axis=0).sum())
            self.n_empty += int(missing.all(axis=0).sum())
            yield part

    def tell(self, nothing: str, *, quiet: bool) -> None:
        """Say how many there were; `nothing` is what is true of rows with gaps alone."""
        if self.n_gappy:
            words = errors.gaps_in_use(self.n_gappy, self.n_empty, self.n_rows, nothing)
            note(words, quiet=quiet)
