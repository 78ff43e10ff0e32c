"""Which kernel and which kind of observation the rows of a block call for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import Split
from gaussmix.data import Block
from gaussmix.density.grouped import IntervalRows
from gaussmix.density.kernel import Kernel
from gaussmix.density.measured import MeasuredRows
from gaussmix.density.observation import CompleteRows, Observation, RowsWithGaps
from gaussmix.density.scattered import ScatteredRows


@dataclass(frozen=True)
class View:
    """A kernel as rows see it that have only some of the columns.

    Attributes
    ----------
    whole : Kernel
        Of all columns.
    observed : (Do,) array of int
        Columns that the rows have.
    """

    whole: Kernel
    observed: IntArray

    @cached_property
    def split(self) -> Split:
        """The covariances taken apart into observed and missing columns."""
        return self.whole.components.covariances.split(self.observed)

    @cached_property
    def missing(self) -> IntArray:
        """Columns that the rows lack, (Dm,)."""
        return np.delete(np.arange(len(self.whole.centre)), self.observed)

    @cached_property
    def slopes(self) -> FloatArray:
        """Slopes of the missing columns against the observed ones; see `Split`."""
        return self.split.slopes

    @cached_property
    def kernel(self) -> Kernel:
        """The densities of the observed columns."""
        return self.whole.marginal(self.observed, self.split.marginal)


class Observer:
    """A kernel and, for each pattern of gaps that it meets, what becomes of it there.

    Parameters
    ----------
    kernel : Kernel
        Of all columns.
    """

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self._views: dict[bytes, View] = {}

    def __reduce__(self) -> tuple[type, tuple[Kernel]]:
        return Observer, (self.kernel,)

    def view(self, observed: IntArray) -> View:
        """The kernel as rows see it that have the given columns."""
        # Two threads may make the same view; which of them is kept makes no difference.
        key = observed.tobytes()
        return self._views.get(key) or self._views.setdefault(key, View(self.kernel, observed))

    def kernel_of(self, block: Block) -> Kernel:
        """The kernel of the columns that a block's rows have."""
        return self.kernel if block.observed is None else self.view(block.observed).kernel

    def observe(self, block: Block, narrow: BoolArray | None = None) -> Observation:
        """What the components see of a block.

        Parameters
        ----------
        block : Block
        narrow : (K,) array of bool or None
            Components that the certificate denies the fast kernel; None for none.
        """
        components = self.kernel.components
        if block.lacking is not None:
            if narrow is None:
                narrow = np.zeros(components.n_components, dtype=np.bool_)
            return ScatteredRows(components, narrow, block)
        if block.details.interval is not None:
            return IntervalRows(components, block)
        if block.details.error is not None:
            return MeasuredRows(components, block)
        if block.observed is None:
            return CompleteRows(components, block)
        view = self.view(block.observed)
        return RowsWithGaps(components, view.kernel.components, view.split, block)
