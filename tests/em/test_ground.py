import numpy as np
import pytest
from scipy.special import logsumexp

from gaussmix.covariance import FAMILIES, Lineup
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import Components, Noise, totals
from gaussmix.em import Problem
from gaussmix.em.ground import Ground
from gaussmix.execution import Team

SIZES = (1, 2, 2, 3, 5)
LINEUP = Lineup(np.array(SIZES))
#: One for each feature space, and those with shared covariances.
CODES = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")


def _weights(n_rows, is_weighted):
    return np.random.default_rng(1).uniform(0.0, 3.0, n_rows) if is_weighted else None


def _mixtures(make, code, X):
    return [make.start(code, X, size, seed=seed) for seed, size in enumerate(SIZES)]


def _assert_like_the_engine(stacks, problem, mixtures, rtol):
    """A pass over a stack is the engine's pass with each mixture, and so is its doubt."""
    ground, n_features = stacks.ground(problem), problem.n_features
    log_likelihood, sums = ground.visit(stacks.joined(mixtures), LINEUP, np.zeros(len(SIZES)))
    doubt, counts = ground.labelled(
        stacks.joined(mixtures), LINEUP, log_likelihood / problem.survey.weight
    )
    weight, unit = problem.survey.weight, problem.survey.scale
    for run, mixture in enumerate(mixtures):
        alone = stacks.own(problem, mixture).statistics_at(mixture, Team())
        alone = alone.rebase(np.broadcast_to(problem.survey.centre, mixture.means.shape))
        part = sums[LINEUP.heads[run] : LINEUP.heads[run] + SIZES[run]]
        assert log_likelihood[run] == pytest.approx(alone.log_likelihood, rel=rtol)
        np.testing.assert_allclose(part[:, -1], alone.mass, rtol=0.0, atol=rtol * weight)
        shift = part[:, -1 - n_features : -1]
        np.testing.assert_allclose(
            shift / unit, alone.shift / unit, rtol=0.0, atol=10.0 * rtol * weight
        )
        scatter = part[:, : -1 - n_features]
        scatter = scatter.sum(axis=0) if problem.family.scatter.pooled else scatter
        np.testing.assert_allclose(
            scatter, alone.scatter, rtol=0.0, atol=rtol * np.abs(alone.scatter).max()
        )
        by_rows = totals(mixture, problem.source, Team())
        assert counts[LINEUP.heads[run] : LINEUP.heads[run] + SIZES[run]].sum() == len(
            ground.weight
        )
        assert doubt[run] == pytest.approx(by_rows.doubt, abs=rtol * weight)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("n_features", [1, 2, 5])
@pytest.mark.parametrize("code", CODES)
def test_a_pass_over_a_stack_is_the_engines_pass_with_each_mixture(
    stacks, make, code, n_features, is_weighted
):
    X = make.rows(make.components("VVV", 3, n_features), 230)
    problem = stacks.problem(X, code, weight=_weights(len(X), is_weighted))
    _assert_like_the_engine(stacks, problem, _mixtures(make, code, X), 1e-12)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("placed", [(1e6, 1.0), (-1e6, 1e-2), (0.0, 1e6), (0.0, 1e-6), (1e12, 1e6)])
@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_neither_offset_nor_unit_of_the_rows_matters(stacks, make, code, placed, is_weighted):
    offset, scale = placed
    X = scale * make.rows(make.components("VVV", 3, 3), 120) + offset
    problem = stacks.problem(X, code, weight=_weights(len(X), is_weighted))
    # Means are stored with the offset: their last digits are lost alike in both passes.
    _assert_like_the_engine(stacks, problem, _mixtures(make, code, X), 1e-9)


@pytest.mark.parametrize("code", CODES)
def test_columns_of_very_different_units_do_not_matter(stacks, make, code):
    X = make.rows(make.components("VVV", 3, 3), 120) * np.array([1e-3, 1.0, 1e3])
    _assert_like_the_engine(stacks, stacks.problem(X, code), _mixtures(make, code, X), 1e-9)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("is_weighted", [False, True])
def test_rows_whose_exponentials_underflow_are_told_apart_all_the_same(
    stacks, make, code, is_weighted
):
    X = np.concatenate([make.rows(make.components("VVV", 3, 2), 60), [[300.0, -200.0]]])
    weight = _weights(len(X), is_weighted)
    problem = stacks.problem(X, code, weight=weight)
    rng = np.random.default_rng(3)
    mixtures = [
        Components(
            np.full(k, 1.0 / k),
            X[rng.choice(60, k, replace=False)],
            FAMILIES[code].nearest(np.tile(0.5 * np.eye(2), (k, 1, 1))),
        )
        for k in SIZES
    ]
    density = totals(mixtures[-1], ArraySource(X[-1:]), Team()).log_likelihood
    assert density < -50_000.0  # exp(density) is zero
    _assert_like_the_engine(stacks, problem, mixtures, 1e-8)


@pytest.mark.parametrize("scale", [1e-8, 1e8])
@pytest.mark.parametrize("n_runs", [2, 40])
def test_densities_beyond_the_range_of_floats_raise_no_warning(stacks, make, scale, n_runs):
    X = scale * np.random.default_rng(0).normal(size=(90, 60))
    problem = stacks.problem(X, "VVI")
    mixtures = [make.start("VVI", X, 2, seed=seed) for seed in range(n_runs)]
    lineup = Lineup(np.full(n_runs, 2))
    with np.errstate(all="warn"):
        found, sums = stacks.ground(problem).visit(
            stacks.joined(mixtures), lineup, np.zeros(n_runs)
        )
        doubt, _ = stacks.ground(problem).labelled(
            stacks.joined(mixtures), lineup, np.zeros(n_runs)
        )
    assert np.isfinite(sums).all()
    assert np.isfinite(doubt).all()
    alone = [stacks.own(problem, m).statistics_at(m, Team()).log_likelihood for m in mixtures]
    assert abs(alone[0]) > 710.0 * len(X)
    np.testing.assert_allclose(found, alone, rtol=1e-12)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 3])
def test_a_pass_is_what_the_formulas_say(stacks, make, brute, code, n_features):
    X = make.rows(make.components("VVV", 3, n_features), 80)
    weight = _weights(len(X), True)
    problem, mixtures = stacks.problem(X, code, weight=weight), _mixtures(make, code, X)
    level = np.linspace(-3.0, 2.0, len(SIZES))
    log_likelihood, sums = stacks.ground(problem).visit(stacks.joined(mixtures), LINEUP, level)
    doubt, counts = stacks.ground(problem).labelled(stacks.joined(mixtures), LINEUP, level)
    away = X - problem.survey.centre
    for run, m in enumerate(mixtures):
        joint = brute.log_joint(m.weights, m.means, m.covariances.dense(), X)
        density = logsumexp(joint, axis=1)
        resp = np.exp(joint - density[:, None])
        assert log_likelihood[run] == pytest.approx(weight @ density, rel=1e-12)
        assert doubt[run] == pytest.approx(-weight @ np.log(resp.max(axis=1)), rel=1e-10, abs=1e-12)
        part = sums[LINEUP.heads[run] : LINEUP.heads[run] + SIZES[run]]
        own = slice(LINEUP.heads[run], LINEUP.heads[run] + SIZES[run])
        expected = np.bincount(resp.argmax(axis=1), minlength=SIZES[run])
        assert counts[own].tolist() == expected.tolist()
        resp *= weight[:, None]
        np.testing.assert_allclose(part[:, -1], resp.sum(axis=0), rtol=1e-9)
        np.testing.assert_allclose(part[:, -1 - n_features : -1], resp.T @ away, atol=1e-9)
        dense = np.einsum("nk,ni,nj->kij", resp, away, away)
        expected = problem.family.scatter.quadratic.of_matrices(dense)
        np.testing.assert_allclose(part[:, : -1 - n_features], expected, rtol=1e-9, atol=1e-9)


def test_rows_of_a_pass_may_fill_many_blocks(stacks, make):
    X = make.rows(make.components("VVV", 3, 2), 700)
    problem = stacks.problem(X, "VVV")
    mixtures = [make.start("VVV", X, 4, seed=seed) for seed in range(60)]
    lineup = Lineup(np.full(60, 4))  # 240 components: blocks of 273 rows
    found, sums = stacks.ground(problem).visit(stacks.joined(mixtures), lineup, np.zeros(60))
    for run in (0, 31, 59):
        alone, one = stacks.ground(problem).visit(mixtures[run], Lineup(np.array([4])), np.zeros(1))
        assert found[run] == pytest.approx(alone[0], rel=1e-13)
        np.testing.assert_allclose(sums[4 * run : 4 * run + 4], one, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("code", CODES)
def test_summed_responsibilities_are_sums_over_the_rows(stacks, make, code):
    X = make.rows(make.components("VVV", 3, 3), 50)
    problem = stacks.problem(X, code)
    resp = np.random.default_rng(0).random((4, 50))
    sums, away = stacks.ground(problem).summed(resp), X - problem.survey.centre
    np.testing.assert_allclose(sums[:, -1], resp.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(sums[:, -4:-1], resp @ away, atol=1e-12)
    dense = np.einsum("kn,ni,nj->kij", resp, away, away)
    expected = problem.family.scatter.quadratic.of_matrices(dense)
    np.testing.assert_allclose(sums[:, :-4], expected, atol=1e-11)


def test_stacks_carry_only_few_complete_plain_rows(stacks, make):
    X = make.rows(make.components("VVV", 2, 2), 40)
    problem = stacks.problem(X, "VVV", 2)
    assert Ground.carries(problem)
    assert Ground.carries(stacks.problem(X, "EII", 2, weight=_weights(40, True)))

    gappy = X.copy()
    gappy[3, 1] = np.nan
    assert not Ground.carries(stacks.problem(gappy, "VVV", 2))

    noise = Noise(0.1, X.min(axis=0), X.max(axis=0))
    assert not Ground.carries(stacks.problem(X, "VVV", 2, noise=noise))

    def detailed(**details):
        source = ArraySource(X, Details(**details))
        return Problem(source, survey(source, Team()), FAMILIES["VVV"], 2, 1e-6)

    labels = np.full(40, -1)
    labels[0] = 1
    assert not Ground.carries(detailed(label=labels))
    assert not Ground.carries(detailed(error=np.tile(0.1 * np.eye(2), (40, 1, 1))))


def test_the_more_features_the_fewer_rows_are_carried():
    packed, radial = (FAMILIES[code].scatter.quadratic for code in ("VVV", "VII"))
    assert Ground.largest(2, packed) > Ground.largest(20, packed)
    assert Ground.largest(20, radial) > Ground.largest(20, packed)
