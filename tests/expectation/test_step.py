"""The E-step of complete rows, by every path, against the definition."""

import numpy as np
import pytest
from scipy.special import logsumexp

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details, LocalCut, survey
from gaussmix.density import Components
from gaussmix.em import Problem
from gaussmix.execution import Team, team

CODES = tuple(FAMILIES)
FIELDS = ("mass", "shift", "scatter", "log_likelihood", "weight")


def _brute(brute, components, X, weight, *, kind, reference):
    """The sums by definition, and for each the sum of its terms' absolute values."""
    dense = components.covariances.dense()
    joint = brute.log_joint(components.weights, components.means, dense, X)
    log_density = logsumexp(joint, axis=1)
    mass_of = weight[:, None] * np.exp(joint - log_density[:, None])
    away = X[:, None] - reference
    features = kind.quadratic.of(away)
    axes = (0, 1) if kind.pooled else 0
    sums = {
        "mass": mass_of.sum(axis=0),
        "shift": (mass_of[..., None] * away).sum(axis=0),
        "scatter": (mass_of[..., None] * features).sum(axis=axes),
        "log_likelihood": weight @ log_density,
        "weight": weight.sum(),
    }
    total = weight.sum()
    sizes = {
        "mass": total,
        "shift": (weight[:, None, None] * np.abs(away)).sum(axis=(0, 1)).max(),
        "scatter": (weight[:, None, None] * np.abs(features)).sum(axis=(0, 1)).max(),
        "log_likelihood": total,
        "weight": total,
    }
    return sums, sizes


def _assert_equals_brute(found, sums, sizes, off):
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(found, name), sums[name], rtol=1e-12, atol=off * sizes[name], err_msg=name
        )


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 7, 9, 17])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_exact", [0, 1, 3])
def test_statistics_equal_the_definition(
    make, brute, tolerance, code, *, n_features, weighted, n_exact
):
    components = make.components(code, 3, n_features)
    X = make.rows(components, 150) + 3.0
    weight = np.random.default_rng(0).uniform(0.1, 2.0, 150) if weighted else np.ones(150)
    problem = make.problem(X, code, 3, weight=weight if weighted else None)
    ask = np.arange(3) < n_exact
    if n_exact == 1 and components.covariances.is_shared:
        ask[:] = True  # a shared quadratic is left out for all or for none
    found, exact = make.expect(problem, components, Team(), exact=ask)
    np.testing.assert_array_equal(exact, ask)
    means, centre = components.means, problem.survey.centre
    np.testing.assert_array_equal(found.reference, np.where(ask[:, None], means, centre))
    kind = FAMILIES[code].scatter
    sums, sizes = _brute(brute, components, X, weight, kind=kind, reference=found.reference)
    _assert_equals_brute(found, sums, sizes, tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
def test_one_component_equals_the_definition(make, brute, tolerance, code):
    components = make.components(code, 1, 3)
    X = make.rows(components, 50)
    found, _ = make.expect(make.problem(X, code, 1), components, Team())
    kind = FAMILIES[code].scatter
    sums, sizes = _brute(brute, components, X, np.ones(50), kind=kind, reference=found.reference)
    _assert_equals_brute(found, sums, sizes, tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
def test_fast_and_exact_statistics_agree_about_one_reference(make, tolerance, code):
    components = make.components(code, 4, 3, condition=1e4)
    X = make.rows(components, 300)
    problem = make.problem(X, code, 4)
    fast, chosen = make.expect(problem, components, Team())
    exact, _ = make.expect(problem, components, Team(), exact=np.ones(4, dtype=bool))
    assert not chosen.any()
    moved = exact.rebase(fast.reference)
    for name in FIELDS:
        expected = getattr(moved, name)
        off = tolerance.statistics * np.abs(expected).max()
        np.testing.assert_allclose(getattr(fast, name), expected, atol=off)


@pytest.mark.parametrize("code", CODES)
def test_the_level_does_not_change_the_sums(make, tolerance, code):
    components = make.components(code, 3, 2)
    problem = make.problem(make.rows(components, 80), code, 3)
    plain, _ = make.expect(problem, components, Team())
    for level in (-4.0, 30.0, -2000.0):
        lowered, _ = make.expect(problem, components, Team(), level=level)
        for name in FIELDS:
            expected = getattr(plain, name)
            off = tolerance.rounding * np.abs(expected).max()
            np.testing.assert_allclose(getattr(lowered, name), expected, atol=off)


@pytest.mark.parametrize("code", CODES)
def test_log_densities_that_spread_too_far_for_one_level_equal_the_definition(
    make, brute, tolerance, code
):
    components = make.components(code, 3, 2)
    X = make.rows(components, 60)
    X[::10] *= 200.0
    problem = make.problem(X, code, 3)
    wide: set[int] = set()
    found, _ = make.expect(problem, components, Team(), wide=wide)
    again, _ = make.expect(problem, components, Team(), wide=wide)
    assert wide == {0}
    np.testing.assert_array_equal(found.scatter, again.scatter)
    assert found.log_likelihood == again.log_likelihood
    kind = FAMILIES[code].scatter
    sums, sizes = _brute(brute, components, X, np.ones(60), kind=kind, reference=found.reference)
    _assert_equals_brute(found, sums, sizes, tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
def test_weight_two_is_the_row_twice_and_weight_zero_is_the_row_gone(make, tolerance, code):
    components = make.components(code, 3, 3)
    X = make.rows(components, 60)
    weight = np.random.default_rng(1).integers(0, 3, 60)
    weighted = make.problem(X, code, 3, weight=weight.astype(float))
    repeated = make.problem(np.repeat(X, weight, axis=0), code, 3)
    for name in ("weight", "centre", "variance", "radius", "reach"):
        np.testing.assert_allclose(
            getattr(weighted.survey, name), getattr(repeated.survey, name), rtol=1e-12, atol=1e-13
        )
    found, _ = make.expect(weighted, components, Team())
    expected, _ = make.expect(repeated, components, Team())
    found, expected = found.rebase(components.means), expected.rebase(components.means)
    for name in FIELDS:
        value = getattr(expected, name)
        off = tolerance.rounding * np.abs(value).max()
        np.testing.assert_allclose(getattr(found, name), value, atol=off)


@pytest.mark.parametrize("code", CODES)
def test_a_row_of_weight_zero_is_gone_however_far_it_lies(make, tolerance, code):
    components = make.components(code, 2, 2)
    X = make.rows(components, 40)
    expected, _ = make.expect(make.problem(X, code, 2), components, Team())
    far = np.concatenate([X, [[1e9, -1e9]]])
    weight = np.append(np.ones(40), 0.0)
    found, exact = make.expect(make.problem(far, code, 2, weight=weight), components, Team())
    assert not exact.any()
    for name in FIELDS:
        value = getattr(expected, name)
        np.testing.assert_allclose(
            getattr(found, name), value, rtol=1e-10, atol=tolerance.rounding * np.abs(value).max()
        )


@pytest.mark.parametrize("code", CODES)
def test_chunked_is_whole(make, tolerance, code):
    """The statistics of parts, about one reference, add up to those of all rows."""
    components = make.components(code, 3, 2)
    X = make.rows(components, 200)
    whole = make.problem(X, code, 3)
    expected, _ = make.expect(whole, components, Team())
    total = None
    for rows in np.split(X, [13, 14, 120]):
        part = Problem(ArraySource(rows), whole.survey, whole.family, 3, 1e-6)
        found, _ = make.expect(part, components, Team())
        total = found if total is None else total + found
    for name in FIELDS:
        value = getattr(expected, name)
        off = tolerance.rounding * np.abs(value).max()
        np.testing.assert_allclose(getattr(total, name), value, atol=off)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("weighted", [False, True])
def test_same_bits_for_any_number_of_threads(make, code, weighted):
    components = make.components(code, 3, 5)
    X = make.rows(components, 240_000)
    weight = np.random.default_rng(2).uniform(size=len(X)) if weighted else None
    results = []
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            source = ArraySource(X, Details(weight))
            problem = Problem(source, survey(source, workers), FAMILIES[code], 3, 1e-6)
            assert problem.n_blocks > 3
            results.append((problem.survey, make.expect(problem, components, workers)[0]))
    for look, statistics in results[1:]:
        np.testing.assert_array_equal(look.variance, results[0][0].variance)
        assert look.radius == results[0][0].radius
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(statistics, name), getattr(results[0][1], name))


@pytest.mark.parametrize("code", CODES)
def test_a_large_source_is_centred_block_by_block_with_the_same_result(
    make, brute, tolerance, code, monkeypatch
):
    components = make.components(code, 2, 2)
    X = make.rows(components, 300) + 50.0
    moved = Components(components.weights, components.means + 50.0, components.covariances)
    kept, _ = make.expect(make.problem(X, code, 2), moved, Team())
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    problem = make.problem(X, code, 2)
    assert isinstance(problem._cut, LocalCut)
    assert all(block.ready is None for block in problem._cut.blocks)
    found, _ = make.expect(problem, moved, Team())
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(found, name), getattr(kept, name))


@pytest.mark.parametrize("code", CODES)
def test_a_component_of_weight_zero_gets_nothing(make, code):
    three = make.components(code, 3, 2)
    components = Components(np.array([0.4, 0.0, 0.6]), three.means, three.covariances)
    problem = make.problem(make.rows(three, 51), code, 3)
    for ask in (np.zeros(3, dtype=bool), np.ones(3, dtype=bool)):
        found, _ = make.expect(problem, components, Team(), exact=ask)
        assert found.mass[1] == 0.0
        assert not found.shift[1].any()
        assert np.isfinite(found.scatter).all()
        assert np.isfinite(found.log_likelihood)
