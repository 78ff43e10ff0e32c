from dataclasses import replace

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.em import Stack, run, with_prior
from gaussmix.errors import CollapsedComponent
from gaussmix.execution import Team
from gaussmix.maximization import ConjugatePrior, Fixed

SIZES = (1, 2, 2, 3, 5)
CODES = tuple(FAMILIES)
OPTIONS = ("plain", "weighted", "equal", "prior", "own prior")


def _problem(stacks, X, code, option):
    weight = np.random.default_rng(1).uniform(0.2, 3.0, len(X)) if option == "weighted" else None
    fixed = Fixed(equal_weights=option == "equal")
    problem = stacks.problem(X, code, weight=weight, fixed=fixed)
    if option == "prior":
        return with_prior(problem, ConjugatePrior(), Team())
    if option == "own prior":
        prior = ConjugatePrior(shrinkage=2.0, dof=X.shape[1] + 6.0, scale=0.3)
        return with_prior(problem, prior, Team())
    return problem


def _mixtures(make, code, X, option="plain"):
    mixtures = [make.start(code, X, size, seed=seed) for seed, size in enumerate(SIZES)]
    if option != "equal":
        return mixtures
    return [replace(m, weights=np.full(m.n_components, 1.0 / m.n_components)) for m in mixtures]


def _assert_equal(found, expected, rtol):
    np.testing.assert_allclose(found.weights, expected.weights, rtol=rtol)
    unit = np.sqrt(expected.covariances.variances)
    np.testing.assert_allclose((found.means - expected.means) / unit, 0.0, atol=rtol)
    unit = unit[:, :, None] * unit[:, None, :]
    change = (found.covariances.dense() - expected.covariances.dense()) / unit
    np.testing.assert_allclose(change, 0.0, atol=rtol)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("code", CODES)
def test_a_step_of_a_stack_is_the_engines_step_of_every_mixture(stacks, make, code, option):
    X = make.rows(make.components("VVV", 3, 3), 140)
    problem = _problem(stacks, X, code, option)
    mixtures = _mixtures(make, code, X, option)
    stack = stacks.at(problem, mixtures).step().step()
    assert stack.lineup.sizes.tolist() == list(SIZES)
    for place, mixture in enumerate(mixtures):
        alone = run(stacks.own(problem, mixture), mixture, Team(), tol=0.0, max_iter=2)
        _assert_equal(stack.one(place), alone.components, 1e-9)
        assert stack.log_likelihood[place] == pytest.approx(alone.log_likelihood, rel=1e-11)
        assert stack.per_row[place] == pytest.approx(alone.objective, rel=1e-11)
        # The first step is from the start, whose objective a stack does not know.
        assert stack.gain[place] == pytest.approx(alone.progress.gain, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("option", ["plain", "prior"])
@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2])
def test_steps_are_the_engines_in_few_columns_too(stacks, make, code, n_features, option):
    X = make.rows(make.components("VVV", 3, n_features), 90)
    problem = _problem(stacks, X, code, option)
    mixtures = _mixtures(make, code, X)
    stack = stacks.at(problem, mixtures).step()
    for place, mixture in enumerate(mixtures):
        alone = run(stacks.own(problem, mixture), mixture, Team(), tol=0.0, max_iter=1)
        _assert_equal(stack.one(place), alone.components, 1e-9)


@pytest.mark.parametrize("code", CODES)
def test_what_remains_is_told_as_the_engine_tells_it(stacks, make, code):
    X = make.rows(make.components("VVV", 2, 2), 100)
    problem, mixtures = stacks.problem(X, code), _mixtures(make, code, X)
    stack = stacks.at(problem, mixtures)
    for _ in range(4):
        stack = stack.step()
    for place, mixture in enumerate(mixtures):
        alone = run(stacks.own(problem, mixture), mixture, Team(), tol=1e-300, max_iter=4)
        if alone.progress.gain > 1e-9 and np.isfinite(alone.progress.remaining):
            assert stack.remaining[place] == pytest.approx(alone.progress.remaining, rel=1e-3)


@pytest.mark.parametrize("code", CODES)
def test_runs_from_partitions_are_those_of_the_mixtures_that_partitions_give(stacks, make, code):
    X = make.rows(make.components("VVV", 3, 3), 140)
    problem = stacks.problem(X, code)
    labels = stacks.partitions(len(X), SIZES, seed=1)
    stack = stacks.from_labels(problem, labels).step()
    for place, own in enumerate(labels):
        parts = [X[own == k] for k in range(own.max() + 1)]
        one = stack.one(place)
        np.testing.assert_allclose(one.weights, [len(p) / len(X) for p in parts], rtol=1e-12)
        np.testing.assert_allclose(one.means, [p.mean(axis=0) for p in parts], atol=1e-12)
        alone = stacks.from_labels(problem, [own]).step()
        _assert_equal(one, alone.one(0), 1e-9)


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "EII", "VEV", "EVE"])
def test_picked_runs_go_on_as_if_the_others_had_never_been(stacks, make, code):
    X = make.rows(make.components("VVV", 3, 2), 90)
    problem, mixtures = stacks.problem(X, code), _mixtures(make, code, X)
    whole = stacks.at(problem, mixtures).step()
    for chosen in ([0], [1, 3], [4]):
        few = whole.pick(np.array(chosen)).step()
        all_on = whole.step()
        assert few.names.tolist() == chosen
        for place, name in enumerate(chosen):
            _assert_equal(few.one(place), all_on.one(name), 1e-11)
            assert few.per_row[place] == pytest.approx(all_on.per_row[name], rel=1e-13)
            assert few.gain[place] == pytest.approx(all_on.gain[name], abs=1e-13)
    assert all_on.among(few).names.tolist() == few.names.tolist()


def _with_a_lone_row(X):
    """Labels of which the third part is one row, repeated."""
    labels = np.arange(len(X)) % 2
    labels[:4] = 2
    X[:4] = X[0]
    return X, labels


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII", "EVV", "VEV", "VVE"])
def test_a_run_that_collapses_leaves_and_does_not_hurt_the_others(stacks, make, code):
    X, lone = _with_a_lone_row(make.rows(make.components("VVV", 2, 2), 80))
    problem = stacks.problem(X, code, reg_covar=0.0)
    good = [np.zeros(80, dtype=int), *stacks.partitions(80, (2, 3, 4), seed=2)]
    with_lone = [*good[:2], lone, *good[2:]]
    stack = stacks.from_labels(problem, with_lone).step()
    assert stack.names.tolist() == [0, 1, 3, 4]
    others = stacks.from_labels(problem, good).step()
    for _ in range(5):
        stack, others = stack.step(), others.step()
    for place in range(len(good)):
        assert stack.per_row[place] == pytest.approx(others.per_row[place], rel=1e-10)
        _assert_equal(stack.one(place), others.one(place), 1e-8)


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_a_stack_whose_every_run_collapses_is_empty(stacks, make, code):
    X, lone = _with_a_lone_row(make.rows(make.components("VVV", 2, 2), 80))
    problem = stacks.problem(X, code, reg_covar=0.0)
    stack = stacks.from_labels(problem, [lone, lone]).step()
    assert stack.lineup.n_runs == 0
    assert len(stack.per_row) == 0
    own = stacks.own(problem, make.start(code, X, 3))
    with pytest.raises(CollapsedComponent):
        own.maximize(own.assigned(lambda block: np.eye(3)[:, lone[block.rows]], Team()))


def test_a_run_that_collapses_goes_back_to_safe_statistics(stacks, make):
    X, lone = _with_a_lone_row(make.rows(make.components("VVV", 2, 2), 80))
    problem = stacks.problem(X, "VVV", reg_covar=0.0)
    good = stacks.partitions(80, (2, 3, 3), seed=2)
    safe = stacks.from_labels(problem, good)
    bad = stacks.from_labels(problem, [*good[:2], lone])
    stack = bad.step(safe=safe.statistics)
    assert stack.names.tolist() == [0, 1, 2]
    expected = safe.step()
    np.testing.assert_allclose(stack.per_row, expected.per_row, rtol=1e-12)
    # What is not safe either leaves.
    assert bad.step(safe=bad.statistics).names.tolist() == [0, 1]


def test_a_fall_of_rounding_is_not_taken_for_a_gain_that_is_left(stacks):
    # Clusters this far apart in units of their width lose digits to the fast kernel.
    rng = np.random.default_rng(0)
    far = rng.normal(size=(60, 2)) + np.array([3000.0, 0.0])
    X = np.concatenate([rng.normal(size=(60, 2)), far])
    problem = stacks.problem(X, "VVV", reg_covar=0.0)
    stack = stacks.from_labels(problem, [np.repeat([0, 1], 60)])
    calm = 0
    for _ in range(12):
        stack = stack.step()
        calm += bool(stack.remaining[0] < 1e-8)
    assert calm >= 9


@pytest.mark.parametrize("option", ["plain", "weighted", "prior"])
@pytest.mark.parametrize(
    "codes",
    [
        ("VVV", "EVV", "VEV", "EEV", "VVE", "EVE", "VEE", "EEE"),
        ("VVI", "EVI", "VEI", "EEI"),
        ("VII", "EII"),
    ],
)
def test_families_of_one_feature_space_step_side_by_side(stacks, make, codes, option):
    X = make.rows(make.components("VVV", 3, 3), 100)
    problem = _problem(stacks, X, codes[0], option)
    begun = [(code, m) for code in codes for m in _mixtures(make, code, X)[:4]]
    families = tuple(FAMILIES[code] for code in codes)
    kinds = np.repeat(np.arange(len(codes)), 4)
    mixtures = [mixture for _, mixture in begun]
    stack = Stack.at(problem, stacks.ground(problem), mixtures, (families, kinds)).step().step()
    picked = stack.pick(np.arange(len(begun)) % 3 == 1).step()
    stack = stack.step()
    assert stack.lineup.n_runs == len(begun)
    for place, (code, mixture) in enumerate(begun):
        own = replace(problem, family=FAMILIES[code], n_components=mixture.n_components)
        alone = run(own, mixture, Team(), tol=0.0, max_iter=3)
        _assert_equal(stack.one(place), alone.components, 1e-8)
        assert stack.per_row[place] == pytest.approx(alone.objective, rel=1e-11)
        assert stack.family_of(place).code == code
        is_shared = FAMILIES[code].scatter.pooled and mixture.n_components > 1
        assert stack.one(place).covariances.is_shared == is_shared
    np.testing.assert_allclose(picked.per_row, stack.per_row[picked.names], rtol=1e-12)


def test_bits_do_not_depend_on_earlier_calls(stacks, make):
    X = make.rows(make.components("VVV", 3, 2), 90)
    first, again = (
        stacks.at(stacks.problem(X, "VVV"), _mixtures(make, "VVV", X)).step().step()
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.per_row, again.per_row)
    np.testing.assert_array_equal(first.statistics, again.statistics)
