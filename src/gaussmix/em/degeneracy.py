"""Components that describe copies, a constant or nothing at all, and why."""

from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import labels
from gaussmix.em.engine import Fit
from gaussmix.em.problem import Problem
from gaussmix.execution import Team

#: A standardised variance within this factor of what the penalty alone makes of a component
#: measures the penalty, not the data.
_NEAR_FLOOR = 5.0
#: Components of more rows than this many times D + 1 are not searched for copies.
_MANY = 8
#: Rows compared at a time.
_AT_ONCE = 4_096
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
    """

    component: int
    reason: str


def find_degenerate(
    problem: Problem, fit: Fit, names: tuple[str, ...], team: Team
) -> tuple[Finding, ...]:
    """Everything degenerate about a fit; empty for a sound one."""
    findings = [
        Finding(-1, errors.constant_column(names[j], problem.survey.centre[j]))
        for j in np.flatnonzero(problem.survey.is_constant)
    ]
    varying = np.flatnonzero(~problem.survey.is_constant)
    flat = _flat_directions(problem, fit, varying)
    crowd = _rows_of_small(problem, fit, set(flat), team)
    for k in range(problem.n_components):
        share = fit.mass[k] * problem.n_components / problem.survey.weight
        if share < _EMPTY:
            findings.append(Finding(k, errors.empty_component(k)))
        elif k in crowd and (few := _few_distinct(problem, crowd[k])) is not None:
            findings.append(Finding(k, errors.few_distinct_rows(k, *few, problem.n_features + 1)))
        elif k in flat:
            columns = [names[j] for j in varying[flat[k]]]
            findings.append(Finding(k, errors.flat_component(k, columns)))
    return tuple(findings)


def _flat_directions(problem: Problem, fit: Fit, varying: IntArray) -> dict[int, IntArray]:
    """For each component at the penalty's floor, the columns that its flat direction involves."""
    if problem.penalty.strength == 0.0 or len(varying) == 0:
        return {}
    floor = _floor(problem, fit)
    scale = problem.survey.scale[varying]
    covariances = fit.components.covariances.marginal(varying)
    suspects = np.flatnonzero(covariances.largest_precision(scale) * floor * _NEAR_FLOOR >= 1.0)
    flat = {}
    for k in suspects:
        values, vectors = np.linalg.eigh(covariances.matrix(int(k)) / np.outer(scale, scale))
        if values[0] <= _NEAR_FLOOR * floor[k]:
            loading = np.abs(vectors[:, 0])
            flat[int(k)] = np.flatnonzero(loading >= 0.3 * loading.max())
    return flat


def _floor(problem: Problem, fit: Fit) -> FloatArray:
    """Standardised variance (K,) that the penalty alone gives each component."""
    strength = problem.penalty.strength
    if problem.family.scatter.pooled:
        total = strength * problem.n_components / problem.survey.weight
        return np.full(problem.n_components, total)
    return np.asarray(strength / np.maximum(fit.mass, np.finfo(np.float64).tiny))


def _rows_of_small(problem: Problem, fit: Fit, flat: set[int], team: Team) -> dict[int, IntArray]:
    """Numbers of the rows whose likeliest component is k, for every k that may hold copies."""
    if problem.family.scatter.pooled:
        return {}
    source = problem.source
    typical = problem.survey.weight / source.n_rows
    small = fit.mass <= _MANY * (problem.n_features + 1) * typical
    suspects = sorted(flat | set(np.flatnonzero(small).tolist()))
    if not suspects:
        return {}
    label = labels(fit.components, source, team)
    weight = np.ones(source.n_rows) if source.weight is None else source.weight
    rows = {k: np.flatnonzero((label == k) & (weight > 0.0)) for k in suspects}
    # A component that shares its rows with others does not sit on the few it has to itself.
    return {k: own for k, own in rows.items() if weight[own].sum() >= 0.5 * fit.mass[k]}


def _few_distinct(problem: Problem, rows: IntArray) -> tuple[int, IntArray] | None:
    """Number of distinct rows and the repeated ones, where there are fewer than D + 1."""
    seen = np.empty((0, problem.n_features))
    for start in range(0, len(rows), _AT_ONCE):
        chunk = problem.source.rows(rows[start : start + _AT_ONCE])
        seen = np.unique(np.concatenate([seen, chunk]), axis=0)
        if len(seen) > problem.n_features:
            return None
    # No more than D distinct rows: that many comparisons find which are repeated.
    values = problem.source.rows(rows)
    copies = np.zeros(len(rows), dtype=np.bool_)
    for row in seen:
        same = (values == row).all(axis=1)
        copies |= same & (np.count_nonzero(same) > 1)
    return len(seen), rows[copies]
