"""Which kernel and which kind of observation the rows of a block call for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gaussmix._typing import BoolArray, FloatArray, IntArray
from gaussmix.covariance import Covariances, FullCovariances, Split
from gaussmix.data import Block
from gaussmix.density.components import Components
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
    split : Split
        The covariances taken apart into observed and missing columns.
    """

    whole: Kernel
    observed: IntArray
    split: Split

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
        view = self._views.get(key)
        if view is None:
            split = self.kernel.components.covariances.split(observed)
            view = self._views.setdefault(key, View(self.kernel, observed, split))
        return view

    def prepare(self, patterns: Sequence[IntArray]) -> None:
        """Make the views of several patterns at once, which is cheaper than one by one."""
        covariances = self.kernel.components.covariances
        if not isinstance(covariances, FullCovariances):
            return
        by_size: dict[int, list[IntArray]] = {}
        for observed in patterns:
            by_size.setdefault(len(observed), []).append(observed)
        for alike in by_size.values():
            splits = covariances.splits(np.array(alike))
            views = [
                View(self.kernel, observed, split)
                for observed, split in zip(alike, splits, strict=True)
            ]
            _evaluate([view.kernel for view in views])
            self._views |= {view.observed.tobytes(): view for view in views}

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


def _evaluate(kernels: Sequence[Kernel]) -> None:
    """Compute the coefficients of kernels of as many columns, in one go."""
    first, parts = kernels[0], [kernel.components for kernel in kernels]
    if first.components.covariances.is_shared:
        return
    whiteners = np.concatenate([part.covariances.whiteners for part in parts])
    factors = np.concatenate([_factors(part.covariances) for part in parts])
    covariances = FullCovariances.of_factors(factors, whiteners, len(factors))
    weights = np.concatenate([part.weights for part in parts])
    log_weights = np.concatenate([part.log_weights for part in parts])
    means = np.concatenate([kernel.means for kernel in kernels])
    together = replace(
        first,
        components=Components(weights, means, covariances, None, log_weights),
        centre=np.zeros_like(first.centre),
    )
    each = np.split(together.coefficients, len(kernels))
    for kernel, own in zip(kernels, each, strict=True):
        kernel.__dict__["coefficients"] = own  # where the cached property keeps it


def _factors(covariances: Covariances) -> FloatArray:
    assert isinstance(covariances, FullCovariances)
    return covariances.chol
