from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix.covariance import FAMILIES
from gaussmix.datasets import load_old_faithful
from gaussmix.em import with_prior
from gaussmix.em.acceleration import cycle
from gaussmix.execution import Team
from gaussmix.maximization import ConjugatePrior, Fixed

CODES = tuple(FAMILIES)
SIZES = (1, 2, 3, 3, 5)
#: Per row; two passes of the fast kernel may differ by as much where components are narrow.
ROUNDING = 1e-9


def _tables(make):
    rng = np.random.default_rng(5)
    rows = make.rows(make.components("VVV", 3, 3), 60)
    return {
        "faithful": load_old_faithful().to_numpy(),
        "iris": load_iris().data,
        "copies": np.repeat(rng.normal(size=(9, 2)), 4, axis=0),
        "few rows": rng.normal(size=(7, 2)),
        "fewer rows than components": rng.normal(size=(4, 3)),
        "one row": np.array([[3.0, 1.0]]),
        "one distinct row for each component": np.repeat(10.0 * np.eye(5), 6, axis=0),
        "collinear": np.column_stack([rows[:, 0], 2.0 * rows[:, 0], rows[:, 1]]),
        "constant column": np.column_stack([rows[:, :2], np.full(60, 7.0)]),
        "more columns than rows": rng.normal(size=(9, 12)),
        "far rows": rng.standard_cauchy(size=(80, 2)),
        "units": rows * np.array([1e-2, 1.0, 1e2]),
        "one column": rng.gamma(1.0, size=(60, 1)),
    }


TABLES = (
    "faithful",
    "iris",
    "copies",
    "few rows",
    "fewer rows than components",
    "one row",
    "one distinct row for each component",
    "collinear",
    "constant column",
    "more columns than rows",
    "far rows",
    "units",
    "one column",
)


def _partitions(n_rows, seed):
    """Partitions in which every part but perhaps a middle one has a row."""
    rng = np.random.default_rng([seed, n_rows])
    partitions = [rng.integers(0, size, n_rows) for size in SIZES]
    for labels, size in zip(partitions, SIZES, strict=True):
        labels[-1] = size - 1
    return partitions


def _assert_never_falls(stack, n_cycles):
    """The objective of every run rises, or stays, with every cycle."""
    last = {}
    for _ in range(n_cycles):
        stack = cycle(stack)
        assert np.isfinite(stack.per_row).all()
        for name, value in zip(stack.names.tolist(), stack.per_row.tolist(), strict=True):
            assert value >= last.get(name, -np.inf) - ROUNDING * max(1.0, abs(value)), name
            last[name] = value
    return stack


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("code", CODES)
def test_the_objective_never_falls_along_cycles(stacks, make, code, table):
    X = _tables(make)[table]
    problem = stacks.problem(X, code)
    stack = _assert_never_falls(stacks.from_labels(problem, _partitions(len(X), 1)), 10)
    assert stack.lineup.n_runs == len(SIZES)


@pytest.mark.parametrize("option", ["weighted", "equal", "prior", "no penalty"])
@pytest.mark.parametrize("code", CODES)
def test_nor_with_weights_equal_proportions_a_prior_or_without_a_penalty(
    stacks, make, code, option
):
    X = make.rows(make.components("VVV", 3, 2), 70)
    weight = np.random.default_rng(2).uniform(0.0, 3.0, 70) if option == "weighted" else None
    reg_covar = 0.0 if option == "no penalty" else 1e-6
    fixed = Fixed(equal_weights=option == "equal")
    problem = stacks.problem(X, code, weight=weight, reg_covar=reg_covar, fixed=fixed)
    if option == "prior":
        problem = with_prior(problem, ConjugatePrior(), Team())
    stack = stacks.from_labels(problem, _partitions(len(X), 2))
    stack = _assert_never_falls(stack, 12)
    assert stack.lineup.n_runs >= len(SIZES) - 2


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "VII"])
def test_runs_that_collapse_leave_the_others_to_go_on(stacks, make, code):
    X = make.rows(make.components("VVV", 2, 2), 80)
    X[:4] = X[0]
    lone = np.arange(80) % 2
    lone[:4] = 2
    good = stacks.partitions(80, (2, 3, 5), seed=3)
    problem = stacks.problem(X, code, reg_covar=0.0)
    mixed = stacks.from_labels(problem, [good[0], lone, *good[1:]])
    alone = stacks.from_labels(problem, good)
    mixed, alone = _assert_never_falls(mixed, 4), _assert_never_falls(alone, 4)
    shared = code == "EEE"
    assert mixed.names.tolist() == ([0, 1, 2, 3] if shared else [0, 2, 3])
    np.testing.assert_allclose(
        mixed.per_row[[0, 2, 3]] if shared else mixed.per_row, alone.per_row, rtol=1e-9
    )


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "VEI", "EII", "VEV", "EVE"])
def test_a_jump_is_that_of_the_formula_where_it_leads_higher(stacks, make, code):
    X = make.rows(make.components("VVV", 3, 2, spread=1.0), 150)
    problem = stacks.problem(X, code)
    start = stacks.from_labels(problem, [stacks.partitions(150, (3,), seed=4)[0]])
    n_jumps = 0
    for _ in range(12):
        first = start.step()
        second = first.step()
        found = cycle(start)
        assert found.objective[0] >= second.objective[0]
        # Varadhan & Roland's step, in units in which a mean row has one of each statistic.
        r = first.statistics - start.statistics
        v = second.statistics - first.statistics - r
        units = start.ground.units
        length = np.linalg.norm(r * units) / np.linalg.norm(v * units)
        a = min(max(1.0, length), 64.0)
        ahead = replace(second, statistics=start.statistics + 2.0 * a * r + a**2 * v)
        if (ahead.statistics[:, -1] > 0.2 * second.statistics[:, -1]).all():
            third = ahead.step()
            if third.lineup.n_runs and third.objective[0] > second.objective[0] + 1e-9:
                n_jumps += 1
                assert found.objective[0] == pytest.approx(third.objective[0], rel=1e-12)
                np.testing.assert_allclose(found.components.means, third.components.means)
        start = found
    assert n_jumps >= 3


def test_gain_and_remaining_are_those_of_the_plain_iterations(stacks, make):
    X = make.rows(make.components("VVV", 3, 2, spread=1.0), 150)
    problem = stacks.problem(X, "VVV")
    start = stacks.from_labels(problem, stacks.partitions(150, (2, 3), seed=4))
    for _ in range(4):
        plain, start = start.step().step(), cycle(start)
        np.testing.assert_array_equal(start.gain, plain.gain)
        np.testing.assert_array_equal(start.remaining, plain.remaining)


def test_cycles_get_further_than_as_many_plain_iterations(stacks, make):
    X = make.rows(make.components("VVV", 3, 2, spread=0.8), 300)
    problem = stacks.problem(X, "VVV")
    plain = jumping = stacks.from_labels(problem, stacks.partitions(300, (3, 3, 3, 3), seed=6))
    for _ in range(20):
        jumping = cycle(jumping)
        plain = plain.step().step().step()
    assert jumping.n_iter == plain.n_iter == 60
    assert (jumping.remaining < plain.remaining).sum() >= 3
    assert jumping.per_row.sum() > plain.per_row.sum()


@pytest.mark.parametrize("unit", [1e-120, 1e120])
@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_cycles_in_any_unit_of_the_rows_are_the_same(stacks, make, code, unit):
    X = make.rows(make.components("VVV", 3, 2), 60)
    labels = stacks.partitions(60, (2, 3), seed=1)
    plain, scaled = (
        stacks.from_labels(stacks.problem(size * X, code), labels) for size in (1.0, unit)
    )
    for _ in range(3):
        plain, scaled = cycle(plain), cycle(scaled)
    # Densities of two columns are per unit squared.
    np.testing.assert_allclose(scaled.per_row + 2.0 * np.log(unit), plain.per_row, atol=1e-9)
