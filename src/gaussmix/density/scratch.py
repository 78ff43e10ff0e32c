"""Working arrays that threads reuse from block to block and from pass to pass."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import numpy as np


class Scratch:
    """Working arrays of one thread.

    Parameters
    ----------
    n_joint : int
        Rows of joint densities: K, and one more with noise.
    n_rows : int
        Rows F of features.
    size : int
        Rows in the largest block.
    n_falls : int
        Rows of what tells how far Student t's have fallen: K, or 0 for Gaussians.

    Attributes
    ----------
    features : (F, B) array
        Quadratic rows, then `x`, then ones.
    x : (D, B) array
        The linear rows of `features`.
    log_joint, falls : (K, B) arrays
    total, spare : (B,) arrays
    """

    def __init__(self, n_joint: int, n_rows: int, size: int, n_falls: int = 0) -> None:
        self._features = np.empty((n_rows, size))
        self._features[-1] = 1.0
        self._log_joint = np.empty((n_joint, size))
        self._falls = np.empty((n_falls, size))
        self._vectors = np.empty((2, size))

    def resize(self, n_features: int, n_rows: int, size: int) -> None:
        """Give views for a block of `size` rows with fewer features or as many."""
        self.features = self._features[len(self._features) - n_rows :, :size]
        self.x = self.features[-1 - n_features : -1]
        self.log_joint, self.falls = self._log_joint[:, :size], self._falls[:, :size]
        self.total, self.spare = self._vectors[:, :size]


class ScratchPool:
    """Lends each thread its own scratch; makes a new one only when all are lent.

    Parameters
    ----------
    n_joint, n_rows, size, n_falls : int
        The largest that will be asked for; see `Scratch`.
    """

    def __init__(self, n_joint: int, n_rows: int, size: int, n_falls: int = 0) -> None:
        self._shape = (n_joint, n_rows, size, n_falls)
        self._idle: SimpleQueue[Scratch] = SimpleQueue()

    def __reduce__(self) -> tuple[type, tuple[int, int, int, int]]:
        return ScratchPool, self._shape

    @contextmanager
    def lend(self, n_features: int, n_rows: int, size: int) -> Iterator[Scratch]:
        """A scratch for a block of `size` rows of D = `n_features` columns and F = `n_rows`."""
        try:
            scratch = self._idle.get_nowait()
        except Empty:
            scratch = Scratch(*self._shape)
        scratch.resize(n_features, n_rows, size)
        try:
            yield scratch
        finally:
            self._idle.put(scratch)
