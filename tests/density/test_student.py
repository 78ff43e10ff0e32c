"""Mixtures of Student t's: their densities, marginals, far rows and draws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import logsumexp

from gaussmix.covariance import FAMILIES, SQUARES
from gaussmix.data import ArraySource, Details
from gaussmix.density import StudentComponents, student_log_density, student_totals
from gaussmix.execution import Team, team

#: A family of each structure and sharing.
CODES = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
FAR = np.array([[1e200, 0.0], [0.0, -1e160], [1.7e308, -1.7e308], [-1e300, 1e-300], [1e155, 3.0]])


def students(make, code, n_components=3, n_features=2, *, seed=0, condition=30.0):
    gaussian = make.components(code, n_components, n_features, seed=seed, condition=condition)
    rng = np.random.default_rng(seed + 17)
    return StudentComponents(
        gaussian.weights,
        gaussian.means,
        gaussian.covariances,
        rng.uniform(0.5, 3.0, size=n_components),
        rng.uniform(1.0, 9.0, size=n_components),
        gaussian.covariances.quadratic is SQUARES,
    )


def brute_log_density(components, X):
    """The same by scipy, for rows X (N, D) without gaps."""
    logs = []
    matrices = components.spread[:, None, None] * components.covariances.dense()
    for k, (mean, matrix, dof) in enumerate(
        zip(components.means, matrices, components.dof, strict=True)
    ):
        if components.by_column:
            each = stats.t(dof, mean, np.sqrt(np.diagonal(matrix))).logpdf(X)
            logs.append(np.log(components.weights[k]) + each.sum(axis=1))
        else:
            whole = stats.multivariate_t(mean, matrix, dof).logpdf(X)
            logs.append(np.log(components.weights[k]) + np.atleast_1d(whole))
    return logsumexp(logs, axis=0)


def ask(components, X):
    return student_log_density(components, ArraySource(np.asarray(X)), Team())


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("n_features", [1, 2, 5])
def test_the_density_is_that_of_scipy(make, tolerance, code, n_features):
    components = students(make, code, n_features=n_features)
    X = np.random.default_rng(3).normal(scale=4.0, size=(200, n_features))
    found = ask(components, X)
    np.testing.assert_allclose(found, brute_log_density(components, X), rtol=tolerance.rounding)


@pytest.mark.parametrize("code", CODES)
def test_with_many_degrees_of_freedom_it_is_the_gaussian_mixture(make, brute, code):
    components = replace(students(make, code, n_features=3), dof=np.full(3, 1e13))
    X = np.random.default_rng(3).normal(scale=2.0, size=(50, 3))
    matrices = components.spread[:, None, None] * components.covariances.dense()
    joint = brute.log_joint(components.weights, components.means, matrices, X)
    np.testing.assert_allclose(ask(components, X), logsumexp(joint, axis=1), atol=1e-8)


@pytest.mark.parametrize("code", CODES)
def test_a_gap_is_its_column_integrated_out(make, code):
    components = students(make, code)

    def density(missing, observed):
        return float(np.exp(ask(components, [[observed, missing]]))[0])

    for observed in (-1.0, 2.5):
        whole, _ = integrate.quad(
            lambda u, at=observed: density(np.tan(u), at) / np.cos(u) ** 2,
            *(-0.5 * np.pi, 0.5 * np.pi),
            epsabs=1e-12,
            epsrel=1e-10,
            limit=200,
        )
        found = ask(components, [[observed, np.nan]])
        np.testing.assert_allclose(found, np.log(whole), atol=1e-8)


@pytest.mark.parametrize("code", CODES)
def test_rows_with_gaps_have_the_density_of_their_own_columns(make, tolerance, code):
    components = students(make, code, n_features=4)
    rng = np.random.default_rng(5)
    X = rng.normal(scale=3.0, size=(300, 4))
    X[rng.random(X.shape) < 0.4] = np.nan
    found = ask(components, X)
    for row, value in zip(X, found, strict=True):
        columns = np.flatnonzero(~np.isnan(row))
        if len(columns):
            part = replace(
                components,
                means=components.means[:, columns],
                covariances=FAMILIES[code].nearest(
                    components.covariances.dense()[:, columns[:, None], columns]
                ),
            )
            expected = brute_log_density(part, row[columns][None])[0]
        else:
            expected = 0.0
        assert value == pytest.approx(expected, abs=tolerance.rounding, rel=tolerance.rounding)


@pytest.mark.parametrize("condition", [1e2, 1e9])
@pytest.mark.parametrize("code", CODES)
def test_rows_of_rare_patterns_are_answered_like_those_of_common_ones(
    make, tolerance, code, condition
):
    components = students(make, code, n_features=5, condition=condition)
    components = replace(components, dof=components.dof / 20.0)
    rng = np.random.default_rng(9)
    X = components.means[rng.integers(3, size=40)] + rng.normal(scale=0.1, size=(40, 5))
    X[rng.random(X.shape) < 0.4] = np.nan
    # Of 70 rows alike none is rare.
    common = ask(components, np.repeat(X, 70, axis=0))[::70]
    np.testing.assert_allclose(ask(components, X), common, rtol=0.0, atol=tolerance.certified)


@pytest.mark.parametrize("code", CODES)
def test_far_rows_have_the_density_that_their_direction_and_distance_give(make, code):
    components = students(make, code)
    found = ask(components, FAR)
    assert np.isfinite(found).all()
    # Out there the density falls as a power, which is known from where squares are numbers.
    unit = np.array([[0.6, 0.8]])
    near, far = ask(components, 1e60 * unit)[0], ask(components, 1e200 * unit)[0]
    columns = 2 if components.by_column else 1
    power = (components.dof + 2 / columns).min() * columns
    assert far == pytest.approx(near - power * 140.0 * np.log(10.0), rel=1e-12)


@pytest.mark.parametrize("code", CODES)
def test_near_rows_and_gaps_beside_far_ones_are_answered_as_without_them(make, code):
    components = students(make, code)
    near = np.random.default_rng(1).normal(size=(20, 2))
    near[::4, 0] = np.nan
    beside = np.concatenate([near, FAR, [[np.nan, 1e308], [np.nan, np.nan]]])
    found = ask(components, beside)
    np.testing.assert_allclose(found[:20], ask(components, near), rtol=1e-14)
    assert np.isfinite(found).all()
    assert found[-1] == pytest.approx(0.0, abs=1e-15)


def test_a_far_offset_of_rows_and_means_loses_no_digits(make, tolerance):
    components = students(make, "VVV")
    X = np.random.default_rng(2).normal(size=(20, 2))
    # Numbers that keep all their digits when they are moved.
    X, means = (np.round(of * 2.0**20) / 2.0**20 for of in (X, components.means))
    here = replace(components, means=means)
    there = replace(components, means=means + 2.0**30)
    np.testing.assert_allclose(ask(there, X + 2.0**30), ask(here, X), rtol=tolerance.ulps)


@pytest.mark.parametrize("code", ["VVV", "EEI"])
def test_any_number_of_threads_gives_the_same_bits(make, code):
    components = students(make, code, n_components=4, n_features=3)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150_000, 3))
    X[rng.random(X.shape) < 0.05] = np.nan
    source = ArraySource(X, Details(weight=rng.random(len(X))))
    with team(1) as threads:
        alone = student_log_density(components, source, threads)
        total = student_totals(components, source, threads)
    with team(3) as threads:
        np.testing.assert_array_equal(student_log_density(components, source, threads), alone)
        assert student_totals(components, source, threads) == total


def test_float32_rows_are_taken_at_their_own_values(make):
    components = students(make, "VVV")
    X = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    np.testing.assert_array_equal(ask(components, X), ask(components, X.astype(np.float64)))


def test_totals_are_weighted_sums_of_which_rows_of_no_weight_are_no_part(make, tolerance):
    components = students(make, "VVI")
    rng = np.random.default_rng(0)
    X, weight = rng.normal(size=(100, 2)), rng.integers(0, 3, size=100).astype(float)
    X[weight == 0.0] = 1e300
    found = student_totals(components, ArraySource(X, Details(weight=weight)), Team())
    counts = weight > 0.0
    assert found.weight == weight.sum()
    assert found.log_likelihood == pytest.approx(
        weight[counts] @ ask(components, X[counts]), rel=tolerance.rounding
    )


@pytest.mark.parametrize("code", ["VVV", "VVI", "VII"])
def test_draws_follow_each_component_along_any_direction(make, code):
    components = students(make, code)
    X, label = components.draw(12_000, np.random.default_rng(4))
    counts = np.bincount(label, minlength=3)
    assert stats.chisquare(counts, 12_000 * components.weights).pvalue > 1e-3
    matrices = components.spread[:, None, None] * components.covariances.dense()
    directions = np.eye(2) if components.by_column else np.array([[1.0, 0.0], [0.6, -0.8]])
    for k in range(3):
        for along in directions:
            scale = np.sqrt(along @ matrices[k] @ along)
            law = stats.t(components.dof[k], components.means[k] @ along, scale)
            assert stats.kstest(X[label == k] @ along, law.cdf).pvalue > 1e-3


def test_draws_of_columns_by_themselves_are_independent_in_size_and_others_are_not(make):
    sizes = {}
    for code in ("VVI", "VII"):
        components = replace(students(make, code, n_components=1), dof=np.array([1.5]))
        X, _ = components.draw(4000, np.random.default_rng(8))
        away = np.abs(X - components.means[0])
        sizes[code] = stats.spearmanr(away[:, 0], away[:, 1]).statistic
    assert abs(sizes["VVI"]) < 0.06
    assert sizes["VII"] > 0.2
