"""Student t's made of Gaussians, held against scipy's density and against draws."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_t

from gaussmix import Mixture, errors
from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details
from gaussmix.density import (
    Components,
    Noise,
    Tails,
    labels,
    log_density,
    posterior,
    reference_log_joint,
    totals,
)
from gaussmix.execution import Team
from gaussmix.mixture import sample

DOF = np.array([0.7, 3.0, 40.0])


def _student(make, code="VVV", n_features=3, dof=DOF, seed=0) -> Components:
    return replace(make.components(code, len(dof), n_features, seed=seed), dof=dof)


def _expected(components, X):
    """Log joint densities (N, K), each of the values that the row has."""
    out = np.empty((len(X), components.n_components))
    for n, row in enumerate(X):
        seen = np.flatnonzero(~np.isnan(row))
        for k, matrix in enumerate(components.covariances.dense()):
            part, mean = matrix[np.ix_(seen, seen)], components.means[k][seen]
            law = multivariate_t(mean, part, df=components.dof[k]) if len(seen) else None
            density = 0.0 if law is None else law.logpdf(row[seen])
            out[n, k] = np.log(components.weights[k]) + density
    return out


def _rows(components, n_rows, seed=0, gaps=0.0):
    rng = np.random.default_rng(seed)
    X = components.means[rng.integers(components.n_components, size=n_rows)]
    X = X + rng.standard_t(1.5, size=X.shape)
    X[rng.random(X.shape) < gaps] = np.nan
    return X


@pytest.mark.parametrize("code", tuple(FAMILIES))
def test_densities_are_those_of_scipy(make, tolerance, code):
    components = _student(make, code)
    X = _rows(components, 60)
    expected = _expected(components, X)
    top = np.logaddexp.reduce(expected, axis=1)
    source = ArraySource(X)
    np.testing.assert_allclose(log_density(components, source, Team()), top, rtol=1e-12)
    np.testing.assert_allclose(
        posterior(components, source, Team()),
        np.exp(expected - top[:, None]),
        atol=tolerance.certified,
    )
    np.testing.assert_array_equal(labels(components, source, Team()), expected.argmax(axis=1))
    assert totals(components, source, Team()).log_likelihood == pytest.approx(top.sum(), rel=1e-12)


@pytest.mark.parametrize("code", ["VVV", "EEE", "VVI", "VII"])
@pytest.mark.parametrize("common", [1, 10**9])
def test_densities_of_rows_with_gaps_are_those_of_the_observed_values(
    make, monkeypatch, code, common
):
    monkeypatch.setattr("gaussmix.data.batch._COMMON", common)
    components = _student(make, code, n_features=5)
    X = _rows(components, 80, gaps=0.4)
    X[0] = np.nan
    expected = _expected(components, X)
    top = np.logaddexp.reduce(expected, axis=1)
    source = ArraySource(X)
    np.testing.assert_allclose(log_density(components, source, Team()), top, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(
        posterior(components, source, Team()), np.exp(expected - top[:, None]), atol=1e-11
    )


def test_narrow_components_take_the_exact_kernel(make):
    components = _student(make)
    away = np.array([1e7, -1e7, 1e7])
    moved = replace(components, means=components.means + away)
    X = _rows(components, 50).round(3)
    far = np.concatenate([X + away, 1e5 * X + away])
    expected = np.logaddexp.reduce(_expected(moved, far), axis=1)
    found = log_density(moved, ArraySource(far), Team())
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_noise_stands_beside(make):
    components = _student(make, n_features=2)
    noise = Noise(0.2, np.full(2, -5.0), np.full(2, 5.0))
    components = replace(components, weights=0.8 * components.weights, noise=noise)
    X = _rows(components, 40)
    inside = (np.abs(X) <= 5.0).all(axis=1)
    joint = np.column_stack([_expected(components, X), np.where(inside, np.log(0.002), -np.inf)])
    found = log_density(components, ArraySource(X), Team())
    np.testing.assert_allclose(found, np.logaddexp.reduce(joint, axis=1), rtol=1e-12)
    assert posterior(components, ArraySource(X), Team()).shape == (40, 4)


def test_many_degrees_of_freedom_are_a_gaussian(make):
    components = _student(make, dof=np.full(3, 1e12))
    X = make.rows(components, 100)
    expected = np.logaddexp.reduce(reference_log_joint(components, X), axis=1)
    np.testing.assert_allclose(log_density(components, ArraySource(X), Team()), expected, atol=1e-8)


@pytest.mark.parametrize("gaps", [False, True])
def test_rows_beyond_all_squares_have_densities_and_posteriors(make, gaps):
    components = _student(make)
    near, far = 1e60, 1e200
    direction = np.array([1.0, -2.0, 0.5])
    X = np.array([near * direction, far * direction, 1e308 * np.sign(direction)])
    if gaps:
        X[:, 1] = np.nan
    source = ArraySource(X)
    density = log_density(components, source, Team())
    assert np.isfinite(density).all()
    # Along a ray a density falls with the power of its fewest degrees of freedom.
    n_columns = 2 if gaps else 3
    fall = (density[1] - density[0]) / np.log(far / near)
    assert fall == pytest.approx(-(DOF[0] + n_columns), rel=1e-6)
    resp = posterior(components, source, Team())
    np.testing.assert_allclose(resp.sum(axis=1), 1.0)
    np.testing.assert_allclose(resp[1:, 0], 1.0)
    np.testing.assert_array_equal(labels(components, source, Team()), 0)


def test_a_component_without_weight_has_no_row(make):
    components = replace(_student(make), weights=np.array([0.0, 0.6, 0.4]))
    X = np.concatenate([_rows(components, 20), np.full((1, 3), 1e200)])
    resp = posterior(components, ArraySource(X), Team())
    np.testing.assert_array_equal(resp[:, 0], 0.0)
    assert np.isfinite(log_density(components, ArraySource(X), Team())).all()


def test_expected_scales_and_their_slope_are_those_of_the_gamma_law():
    rng = np.random.default_rng(0)
    square, resp = rng.exponential(5.0, size=(3, 7)), rng.random((3, 7))
    away = 1e-5

    def sums(dof):
        tails = Tails(dof, 4)
        joint, falls = -0.5 * square, np.empty_like(square)
        tails.fatten(joint, np.zeros((3, 1)), falls)
        return (*tails.weigh(resp, falls), falls)

    log_scale, bend, pulls = sums(DOF)
    # U given a row is Gamma((v + d) / 2, (v + q) / 2).
    shape, rate = 0.5 * (DOF + 4)[:, None], 0.5 * (DOF[:, None] + square)
    np.testing.assert_allclose(pulls, resp * shape / rate, rtol=1e-12)
    draws = rng.gamma(np.broadcast_to(shape, rate.shape), 1.0 / rate, size=(200_000, 3, 7))
    expected = (resp * np.log(draws).mean(axis=0)).sum(axis=1)
    np.testing.assert_allclose(log_scale, expected, atol=0.02)
    (high, _, pulls_high), (low, _, pulls_low) = sums(DOF + away), sums(DOF - away)
    slope = (high - low - (pulls_high - pulls_low).sum(axis=1)) / (2.0 * away)
    np.testing.assert_allclose(bend, slope, rtol=1e-6)


def test_marginals_keep_the_degrees_of_freedom(make):
    components = _student(make)
    part = Mixture.from_components(components, "full").marginal([2, 0])
    np.testing.assert_array_equal(part.components.dof, DOF)
    X = _rows(components, 20)[:, [2, 0]]
    expected = np.logaddexp.reduce(_expected(part.components, X), axis=1)
    np.testing.assert_allclose(part.log_pdf(X), expected, rtol=1e-12)


def test_moments_are_those_of_draws(make):
    components = _student(make, n_features=2, dof=np.array([8.0, 9.0, 12.0]))
    X, _ = sample(components, 400_000, np.random.default_rng(0))
    np.testing.assert_allclose(X.mean(axis=0), components.mean, atol=0.02)
    np.testing.assert_allclose(np.cov(X.T), components.covariance, rtol=0.03, atol=0.03)


def test_draws_have_the_density_that_is_claimed(make):
    components = _student(make, n_features=2)
    X, drawn = sample(components, 50_000, np.random.default_rng(1))
    np.testing.assert_allclose(np.bincount(drawn) / 50_000, components.weights, atol=0.01)
    own = X[drawn == 1]
    square = components.covariances.square_distance(1, (own - components.means[1]).T)
    # q / d has the F distribution with d and v degrees of freedom.
    from scipy.stats import f, kstest  # noqa: PLC0415  for this test alone

    assert kstest(square / 2.0, f(2, DOF[1]).cdf).pvalue > 1e-3


def test_moments_that_do_not_exist_say_so(make):
    heavy = _student(make, dof=np.array([1.5, 3.0, 4.0]))
    np.testing.assert_array_equal(np.diagonal(heavy.covariance), np.inf)
    assert np.isnan(heavy.covariance[0, 1])
    assert np.isfinite(heavy.mean).all()
    cauchy = _student(make, dof=np.array([1.0, 3.0, 4.0]))
    assert np.isnan(cauchy.mean).all()
    assert np.isnan(cauchy.covariance).all()
    unused = replace(cauchy, weights=np.array([0.0, 0.5, 0.5]))
    assert np.isfinite(unused.covariance).all()


def test_mixtures_of_other_tails_are_not_equal(make):
    one = Mixture.from_components(_student(make), "full")
    other = Mixture.from_components(_student(make, dof=DOF + 1.0), "full")
    gaussian = Mixture.from_components(replace(_student(make), dof=None), "full")
    assert one == Mixture.from_components(_student(make), "full")
    assert one != other
    assert one != gaussian
    assert gaussian.components.is_gaussian
    assert not one.components.is_gaussian


def test_order_takes_the_degrees_of_freedom_along(make):
    taken = _student(make).take(np.array([2, 0]))
    np.testing.assert_array_equal(taken.dof, DOF[[2, 0]])


def test_intervals_and_errors_are_refused(make):
    components = _student(make, n_features=1)
    details = Details(interval=np.array([[0.0, 1.0]]))
    with pytest.raises(ValueError, match="X_covariance belong to Gaussians"):
        log_density(components, ArraySource(np.array([[0.5]]), details), Team())


def test_the_message_about_gaussian_verbs_names_the_verb():
    message = str(errors.gaussian_only("cdf"))
    assert message.startswith("cdf is for mixtures of Gaussians")
    assert "component='gaussian'" in message
