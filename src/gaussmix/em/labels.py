"""Starts for rows whose components are known in part: component k must be what label k means."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from gaussmix._typing import FloatArray
from gaussmix.data import Block
from gaussmix.density import Components, RowWise
from gaussmix.em.problem import Problem
from gaussmix.execution import Team


@dataclass(frozen=True, slots=True)
class _Sum:
    """Arrays that add, entry by entry."""

    arrays: tuple[FloatArray, ...]

    def __add__(self, other: "_Sum") -> "_Sum":
        return _Sum(tuple(a + b for a, b in zip(self.arrays, other.arrays, strict=True)))


@dataclass(frozen=True, slots=True)
class _SumByLabel:
    """Weight and sum of the observed values of each label's rows, (K, D) each."""

    n_components: int
    n_features: int

    def __call__(self, block: Block) -> _Sum:
        mass, total = np.zeros((2, self.n_components, self.n_features))
        columns = slice(None) if block.observed is None else block.observed
        x, there = block.centred(), ~np.isnan(block.columns)
        for k in range(self.n_components):
            own = _weights_of(block, k)
            mass[k, columns] = there @ own
            total[k, columns] = x @ own
        return _Sum((mass, total))


def _weights_of(block: Block, k: int) -> FloatArray:
    """Weights (B,) of the rows known to be of component k, zero for others."""
    assert block.details.label is not None
    own = block.details.label == k
    return np.asarray(own if block.weight is None else own * block.weight, dtype=np.float64)


def label_means(problem: Problem, team: Team) -> FloatArray:
    """Means (K, D) of the rows of each label; NaN where a label has no row with a value."""
    summed = problem.sum(_SumByLabel(problem.n_components, problem.n_features), team)
    mass, total = summed.arrays
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(problem.survey.centre + total / mass)


@dataclass(frozen=True)
class _Confusion:
    """Posterior weight (K, K) that the rows of each label give to each component."""

    row_wise: RowWise

    def __call__(self, block: Block) -> _Sum:
        posterior = self.row_wise.posterior(block)
        n_components = self.row_wise.components.n_components
        rows = [_weights_of(block, k) @ posterior for k in range(n_components)]
        return _Sum((np.array(rows)[:, :n_components],))


def align(problem: Problem, components: Components, team: Team) -> Components:
    """The components in the order that fits the labels best."""
    row_wise = RowWise.of(components, problem.source)
    (agreement,) = row_wise.cut(problem.source).sum(_Confusion(row_wise), team).arrays
    _, order = linear_sum_assignment(agreement, maximize=True)
    return components.take(order)
