"""Working arrays that threads reuse from block to block and from pass to pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import numpy as np


class Scratch:
    """Working arrays of one thread.

    Parameters
    ----------
    n_features, n_components, n_rows : int
        D, K and the rows F of features.
    size : int
        Rows in the largest block.

    Attributes
    ----------
    features : (F, B) array
        Quadratic rows, then `x`, then ones.
    x : (D, B) array
        The linear rows of `features`.
    log_joint : (K, B) array
    total, spare : (B,) arrays
    """

    def __init__(self, n_features: int, n_components: int, n_rows: int, size: int) -> None:
        self._features = np.empty((n_rows, size))
        self._features[-1] = 1.0
        self._log_joint = np.empty((n_components, size))
        self._vectors = np.empty((2, size))
        self._n_features = n_features
        self.resize(size)

    def resize(self, size: int) -> None:
        """Give views for a block of `size` rows."""
        self.features = self._features[:, :size]
        self.x = self.features[-1 - self._n_features : -1]
        self.log_joint = self._log_joint[:, :size]
        self.total, self.spare = self._vectors[:, :size]


class ScratchPool:
    """Lends each thread its own scratch; makes a new one only when all are lent."""

    def __init__(self, n_features: int, n_components: int, n_rows: int, size: int) -> None:
        self._shape = (n_features, n_components, n_rows, size)
        self._idle: SimpleQueue[Scratch] = SimpleQueue()

    @contextmanager
    def lend(self, size: int) -> Iterator[Scratch]:
        """A scratch for a block of `size` rows."""
        try:
            scratch = self._idle.get_nowait()
        except Empty:
            scratch = Scratch(*self._shape)
        scratch.resize(size)
        try:
            yield scratch
        finally:
            self._idle.put(scratch)
