"""Components that describe copies, a constant or nothing at all, and why."""

from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import Block
from gaussmix.density import RowWise
from gaussmix.em.engine import Fit
from gaussmix.em.problem import Problem
from gaussmix.execution import Team

#: A standardised variance within this factor of what the penalty alone makes of a component
#: measures the penalty, not the data.
_NEAR_FLOOR = 5.0
#: Components of more rows than this many times those they need are not searched for copies.
_MANY = 8
#: Rows among which more than D distinct ones are usually found.
_LOOKED_AT = 64
#: Copies that a message names.
_NAMED = 10
#: Share of an equal part below which a component is empty.
_EMPTY = 1e-8


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a component, or with the data (component -1).

    Attributes
    ----------
    component : int
    reason : str
        A sentence for the user.
    on_one_row : bool
        Whether all that the component holds is copies of one row.
    """

    component: int
    reason: str
    on_one_row: bool = False


def find_degenerate(
    problem: Problem, fit: Fit, names: tuple[str, ...], team: Team
) -> tuple[Finding, ...]:
    """Everything degenerate about a fit; empty for a sound one.

    Of rows that are intervals, or were measured with error, the likelihood is bounded: copies
    and constants make no component degenerate, only a lack of rows does.
    """
    if not problem.source.is_plain:
        return tuple(
            Finding(k, errors.empty_component(k))
            for k in range(problem.n_components)
            if _is_empty(problem, fit, k)
        )
    findings = [
        Finding(-1, errors.constant_column(names[j], problem.survey.centre[j]))
        for j in np.flatnonzero(problem.survey.is_constant)
    ]
    varying = np.flatnonzero(~problem.survey.is_constant)
    flat = _flat_directions(problem, fit, varying)
    crowd = _rows_of_small(problem, fit, set(flat), team)
    needed = problem.family.rows_of_each(problem.n_features)
    for k in range(problem.n_components):
        if _is_empty(problem, fit, k):
            findings.append(Finding(k, errors.empty_component(k)))
        elif k in crowd and (few := crowd[k]).n_distinct < needed:
            findings.append(
                Finding(
                    k,
                    errors.few_distinct_rows(k, few.n_distinct, few.copies, few.n_copies, needed),
                    few.n_distinct == 1 and few.n_copies > 1,
                )
            )
        elif k in flat:
            columns = [names[j] for j in varying[flat[k]]]
            findings.append(Finding(k, errors.flat_component(k, columns)))
    return tuple(findings)


def _is_empty(problem: Problem, fit: Fit, k: int) -> bool:
    """Whether next to no row belongs to a component."""
    return bool(fit.mass[k] * problem.n_components < _EMPTY * problem.survey.weight)


def _flat_directions(problem: Problem, fit: Fit, varying: IntArray) -> dict[int, IntArray]:
    """For each component at the penalty's floor, the columns that its flat direction involves."""
    if problem.penalty.strength == 0.0 or len(varying) == 0:
        return {}
    floor = _floor(problem, fit)
    scale = problem.survey.scale[varying]
    covariances = fit.components.covariances
    if problem.survey.is_constant.any():
        covariances = covariances.marginal(varying)
    suspects = np.flatnonzero(covariances.largest_precision(scale) * floor * _NEAR_FLOOR >= 1.0)
    flat = {}
    for k in suspects:
        smallest, direction = covariances.flattest(int(k), scale)
        if smallest <= _NEAR_FLOOR * floor[k]:
            loading = np.abs(direction)
            flat[int(k)] = np.flatnonzero(loading >= 0.3 * loading.max())
    return flat


def _floor(problem: Problem, fit: Fit) -> FloatArray:
    """Standardised variance (K,) that the penalty alone gives each component."""
    strength = problem.penalty.strength
    mass = fit.mass if problem.pseudo_rows is None else fit.mass + problem.pseudo_rows.mass
    if problem.family.is_equal_in_size:
        total = problem.survey.weight + (mass - fit.mass).sum()
        return np.full(problem.n_components, strength * problem.n_components / total)
    return np.asarray(strength / np.maximum(mass, np.finfo(np.float64).tiny))


def _rows_of_small(problem: Problem, fit: Fit, flat: set[int], team: Team) -> dict[int, "_Crowd"]:
    """The rows whose likeliest component is k, for every k that may hold copies.

    With a prior copies do no harm, but where it leaves a component to the penalty.
    """
    if problem.family.is_equal_in_size:
        return {}
    typical = problem.survey.weight / problem.survey.n_rows
    needed = problem.family.rows_of_each(problem.n_features)
    small = fit.mass <= _MANY * needed * typical
    small &= problem.prior is None
    if fit.n_distinct is not None:
        small &= fit.n_distinct < needed
    suspects = sorted(flat | set(np.flatnonzero(small).tolist()))
    if not suspects:
        return {}
    row_wise = RowWise.of(fit.components, problem.source)
    crowds = row_wise.cut(problem.source).sum(_Gather(row_wise, tuple(suspects)), team)
    # A component that shares its rows with others does not sit on the few it has to itself.
    return {k: own for k, own in crowds.of.items() if own.weight >= 0.5 * fit.mass[k]}


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Rows that belong to one component; their values as long as there are few distinct ones.

    Attributes
    ----------
    weight : float
    distinct : (M, D) array
        Distinct rows, gaps as infinities; of more than D of them only so many.
    counts : (M,) array of int
        How many rows there are of each.
    numbers, which : (n,) arrays of int
        Numbers of the first few rows of each kind, and which kind they are; empty where M > D.
    """

    weight: float
    distinct: FloatArray
    counts: IntArray
    numbers: IntArray
    which: IntArray

    @classmethod
    def of(cls, weight: float, rows: FloatArray, numbers: IntArray) -> "_Crowd":
        """The crowd of rows (n, D)."""
        each = cls(weight, rows, np.ones_like(numbers), numbers, np.arange(len(rows)))
        return each.told_apart()

    def told_apart(self) -> "_Crowd":
        """The same with equal rows made one."""
        if not len(self.distinct):
            return self
        n_features = self.distinct.shape[1]
        # Adding zero makes zeros of both signs one.
        few = {row.tobytes(): row for row in self.distinct[:_LOOKED_AT] + 0.0}
        if len(few) > n_features:
            return self._crowded(np.array(list(few.values())))
        distinct, kind = np.unique(self.distinct, axis=0, return_inverse=True)
        kind = kind.reshape(-1)
        counts = np.bincount(kind, self.counts).astype(np.intp)
        which = kind[self.which]
        if len(distinct) > n_features:
            return self._crowded(distinct)
        first = np.concatenate([np.flatnonzero(which == m)[:_NAMED] for m in range(len(distinct))])
        return _Crowd(self.weight, distinct, counts, self.numbers[first], which[first])

    def _crowded(self, distinct: FloatArray) -> "_Crowd":
        """The same where more than D rows are distinct: then their number does not matter."""
        most, nobody = distinct.shape[1] + 1, np.empty(0, dtype=np.intp)
        return _Crowd(self.weight, distinct[:most], np.ones(most, dtype=np.intp), nobody, nobody)

    def __add__(self, other: "_Crowd") -> "_Crowd":
        return _Crowd(
            self.weight + other.weight,
            np.concatenate([self.distinct, other.distinct]),
            np.concatenate([self.counts, other.counts]),
            np.concatenate([self.numbers, other.numbers]),
            np.concatenate([self.which, len(self.distinct) + other.which]),
        ).told_apart()

    @property
    def n_distinct(self) -> int:
        """Number M of distinct rows, D + 1 for more than D."""
        return len(self.distinct)

    @property
    def n_copies(self) -> int:
        """How many rows are not the only one of their kind."""
        return int(self.counts[self.counts > 1].sum())

    @property
    def copies(self) -> IntArray:
        """Numbers of the first of those."""
        return np.sort(self.numbers[self.counts[self.which] > 1])[:_NAMED]


@dataclass(frozen=True, slots=True)
class _Crowds:
    """A crowd for each suspect; they add."""

    of: dict[int, _Crowd]

    def __add__(self, other: "_Crowds") -> "_Crowds":
        return _Crowds({k: own + other.of[k] for k, own in self.of.items()})


@dataclass(frozen=True)
class _Gather:
    """The suspects' rows in one block."""

    row_wise: RowWise
    suspects: tuple[int, ...]

    def __call__(self, block: Block) -> _Crowds:
        label = self.row_wise.labels(block)
        weight = np.ones(len(label)) if block.weight is None else block.weight
        n_features = self.row_wise.components.n_features
        crowds = {}
        for k in self.suspects:
            own = np.flatnonzero((label == k) & (weight > 0.0))
            rows = np.full((len(own), n_features), np.inf)
            columns = slice(None) if block.observed is None else block.observed
            values = block.columns[:, own].T
            rows[:, columns] = np.where(np.isnan(values), np.inf, values)
            crowds[k] = _Crowd.of(float(weight[own].sum()), rows, block.numbers[own])
        return _Crowds(crowds)
