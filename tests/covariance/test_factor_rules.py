"""Rules for factor analysers against the likelihood of whole matrices."""

import itertools
import pickle

import numpy as np
import pytest

from gaussmix.covariance import (
    FACTOR_NAMES,
    FactorCovariances,
    ScatterKind,
    Within,
    family_named,
    first_projections,
)
from gaussmix.covariance.factor_names import factor_model

MODELS = FACTOR_NAMES[1:]
N_COMPONENTS, N_FEATURES, RANK = 3, 9, 2


@pytest.fixture
def scatters():
    """Scatter matrices (K, D, D) and masses (K,) of unequal components."""
    rng = np.random.default_rng(5)
    mass = np.array([40.0, 90.0, 25.0])
    matrices, common = [], np.linspace(-1.5, 1.5, N_FEATURES * RANK).reshape(N_FEATURES, RANK) ** 2
    for k in range(N_COMPONENTS):
        loadings = common + 0.3 * rng.normal(size=(N_FEATURES, RANK))
        rows = rng.normal(size=(2000, RANK)) @ loadings.T
        rows += rng.normal(size=rows.shape) * rng.uniform(0.6, 1.2, N_FEATURES)
        matrices.append(mass[k] * np.cov(rows.T))
    return np.array(matrices), mass


def within(kind: ScatterKind, scatters, before=None) -> Within:
    """What the rule is given of scatter matrices, projected as `kind` says."""
    matrices, mass = scatters
    sums = kind.quadratic.of_matrices(matrices)
    if kind.pooled:
        sums = sums.sum(axis=0)
    return Within(sums, mass, N_FEATURES, before=before, quadratic=kind.quadratic)


def expected(covariances: FactorCovariances, scatters) -> float:
    """Expected log-likelihood of rows with these scatters, up to a constant."""
    matrices, mass = scatters
    precisions = np.linalg.inv(covariances.dense())
    traces = np.einsum("kij,kji->k", precisions, matrices)
    return -0.5 * float(mass @ np.linalg.slogdet(covariances.dense())[1] + traces.sum())


def first(name: str, scatters) -> FactorCovariances:
    """The covariances that a start makes of scatter matrices, two turns of the directions on."""
    family = family_named(f"{name}:{RANK}")
    kind = family.scatter
    squares = kind.quadratic.of_matrices(scatters[0])
    squares = squares.sum(axis=0) if kind.pooled else squares
    projected = first_projections(squares, RANK + 1, in_common=kind.in_common)
    for _ in range(2):
        sums = within(kind.along(projected.directions), scatters).scatter
        projected = projected.sharpened(sums, in_common=kind.in_common)
    return family.rule(within(kind.along(projected.directions), scatters))


def steps(name: str, scatters, start: FactorCovariances, n_steps: int):
    """The covariances after each of some steps."""
    family = family_named(f"{name}:{RANK}")
    before = start
    for _ in range(n_steps):
        before = family.rule(within(family.scatter.at(before), scatters, before))
        yield before


@pytest.mark.parametrize("name", MODELS)
def test_no_step_lowers_the_expected_likelihood(name, scatters):
    start = first(name, scatters)
    values = [expected(start, scatters)]
    values += [expected(value, scatters) for value in steps(name, scatters, start, 60)]
    assert np.diff(values).min() >= -1e-10 * abs(values[-1])
    assert values[-1] > values[0]


@pytest.mark.parametrize("name", MODELS)
def test_no_step_from_anywhere_lowers_the_expected_likelihood(name, scatters):
    rng = np.random.default_rng(0)
    rule = factor_model(name).rule
    for _ in range(20):
        n_loadings = 1 if rule.common_loadings else N_COMPONENTS
        n_noise = 1 if rule.common_noise else N_COMPONENTS
        noise = rng.uniform(0.01, 5.0, (n_noise, N_FEATURES))
        noise = np.broadcast_to(noise[:, :1], noise.shape) if rule.isotropic else noise
        loadings = rng.normal(size=(n_loadings, N_FEATURES, RANK)) * rng.uniform(0.1, 5.0)
        start = FactorCovariances(loadings, noise, N_COMPONENTS)
        (after,) = steps(name, scatters, start, 1)
        assert expected(after, scatters) >= expected(start, scatters) - 1e-9


@pytest.mark.parametrize("name", MODELS)
def test_the_steps_end_at_a_maximum(name, scatters):
    rule = factor_model(name).rule
    *_, end = steps(name, scatters, first(name, scatters), 1500)
    log_noise = np.log(end.noise[:, :1] if rule.isotropic else end.noise)
    parameters = np.concatenate([end.loadings.ravel(), log_noise.ravel()])

    def value_at(parameters):
        loadings = parameters[: end.loadings.size].reshape(end.loadings.shape)
        noise = np.exp(parameters[end.loadings.size :]).reshape(log_noise.shape)
        noise = np.broadcast_to(noise, end.noise.shape)
        return expected(FactorCovariances(loadings, noise, N_COMPONENTS), scatters)

    there = value_at(parameters)
    assert there == pytest.approx(expected(end, scatters), rel=1e-12)
    rng = np.random.default_rng(1)
    for step in 1e-3 * np.concatenate(
        [np.eye(len(parameters)), rng.normal(size=(50, len(parameters)))]
    ):
        assert value_at(parameters + step) <= there + 1e-6
        assert value_at(parameters - step) <= there + 1e-6


@pytest.mark.parametrize("name", MODELS)
def test_a_start_is_near_the_end_where_the_scatter_has_the_structure(name):
    rng = np.random.default_rng(3)
    rule = factor_model(name).rule
    n_loadings = 1 if rule.common_loadings else N_COMPONENTS
    n_noise = 1 if rule.common_noise else N_COMPONENTS
    noise = rng.uniform(0.5, 1.0, (n_noise, N_FEATURES))
    noise = np.broadcast_to(noise[:, :1], noise.shape) if rule.isotropic else noise
    loadings = 3.0 * rng.normal(size=(n_loadings, N_FEATURES, RANK))
    truth = FactorCovariances(loadings, noise, N_COMPONENTS)
    mass = np.array([40.0, 90.0, 25.0])
    scatters = mass[:, None, None] * truth.dense(), mass
    best = expected(truth, scatters)
    start = first(name, scatters)
    together = np.tensordot(mass, truth.variances, 1)[None] / mass.sum()
    nothing = FactorCovariances(np.zeros((1, N_FEATURES, 1)), together, N_COMPONENTS)
    without = expected(nothing, scatters)
    assert expected(start, scatters) >= without + 0.5 * (best - without)
    *_, end = steps(name, scatters, start, 2000)
    assert expected(end, scatters) == pytest.approx(best, abs=1e-3)


def test_noise_that_the_factors_explain_away_stays_above_zero():
    # A Heywood case: one factor is the first column itself.
    matrix = np.eye(4)
    matrix[0, 1:] = matrix[1:, 0] = 0.55
    scatters = 50.0 * matrix[None], np.array([50.0])
    family = family_named("factor:1")
    loadings = np.array([0.99, 0.5, 0.5, 0.5]).reshape(1, 4, 1)
    before = FactorCovariances(loadings, np.full((1, 4), 0.02), 1)
    values = []
    for _ in range(500):
        kind = family.scatter.at(before)
        sums = kind.quadratic.of_matrices(scatters[0]).reshape(kind.shape(1, 4))
        before = family.rule(Within(sums, scatters[1], 4, before=before, quadratic=kind.quadratic))
        values.append(expected(before, scatters))
    assert np.diff(values).min() >= -1e-10 * abs(values[-1])
    assert before.noise.min() > 0.0


@pytest.mark.parametrize("name", MODELS)
def test_codes_are_told_in_words(name):
    words = family_named(f"{name}:2").words
    letters = name.removeprefix("factor_")
    sharing = {"C": "equal", "U": "varying"}
    assert words.startswith("2 factors, ")
    assert f"{sharing[letters[0]]} loadings" in words
    assert f"{sharing[letters[1]]} noise" in words
    assert ("the same in every column" in words) == (letters[2] == "C")
    assert family_named(f"{name}:2").words_for(3, 5) == words
    alone = family_named(f"{name}:2").words_for(1, 5)
    assert alone == f"2 factors, noise {words.rpartition(' noise ')[2]}"


@pytest.mark.parametrize("name", ["factor", "factor:1", "factor_UUU", "factor_UUU:1"])
def test_names_of_one_family_are_one(name):
    assert family_named(name) is family_named("factor:1")
    assert family_named(name).code == "factor:1"


@pytest.mark.parametrize(
    "name", ["factor:", "factor:two", "factor_UUX:2", "factors:2", "factor:-1"]
)
def test_names_of_no_family_are_refused(name):
    with pytest.raises(ValueError, match="Unknown covariance_type"):
        family_named(name)


def test_families_of_factors_survive_a_pickle():
    for name, rank in itertools.product(MODELS, (0, 3)):
        family = family_named(f"{name}:{rank}")
        assert pickle.loads(pickle.dumps(family)) is family
