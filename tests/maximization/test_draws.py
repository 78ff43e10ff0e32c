"""Draws of the parameters have the distributions that they are said to have."""

import numpy as np
import pytest
from scipy import stats

from gaussmix.covariance import FAMILIES, PACKED, RADIAL, SQUARES
from gaussmix.maximization import PROPORTIONS, Posterior, VariationalPrior, draw
from gaussmix.maximization.draws import degrees_of_freedom, mean_precisions

CODES = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
PRIORS = ("dirichlet_process", "dirichlet_distribution")
#: Of what four slots hold when two of them are empty.
MASS = np.array([30.0, 11.5])
N_DRAWS = 1000


def believed(make, code, kind="dirichlet_process", n_features=3, *, n_slots=4, dof=12.0):
    """A posterior with rows in two slots."""
    components = make.components(code, 2, n_features)
    matrix = make.spd(np.random.default_rng(5), 1, n_features)[0]
    prior = VariationalPrior(
        FAMILIES[code],
        PROPORTIONS[kind](0.7, np.zeros(n_slots)),
        np.arange(n_features) - 1.0,
        0.5,
        dof,
        FAMILIES[code].scatter.quadratic.of_matrices(dof * matrix),
    )
    return Posterior.of(prior, MASS, components.means, components.covariances)


def many(posterior, n=N_DRAWS, seed=0):
    rng = np.random.default_rng(seed)
    return [draw(posterior, rng) for _ in range(n)]


def assert_mean(values, exact):
    """The mean of draws (S, ...) is the exact one, within five of its standard errors."""
    error = values.std(axis=0, ddof=1) / np.sqrt(len(values))
    assert (np.abs(values.mean(axis=0) - exact) <= 5.0 * error + 1e-12).all()


@pytest.mark.parametrize("code", CODES)
def test_the_mean_of_precisions_is_the_inverse_of_what_is_expected(make, code):
    posterior = believed(make, code)
    precisions = np.linalg.inv([d.covariances.dense() for d in many(posterior)])
    assert_mean(precisions, np.linalg.inv(posterior.slots.covariances.dense()))


@pytest.mark.parametrize("code", CODES)
def test_the_mean_log_determinant_is_the_one_that_rows_are_weighed_by(make, code):
    posterior = believed(make, code)
    logs = np.array([-d.covariances.log_det[: len(MASS)] for d in many(posterior)])
    assert_mean(logs, posterior.excess_log_det - posterior.covariances.log_det)


@pytest.mark.parametrize("code", CODES)
def test_means_have_their_mean_and_variance(make, code):
    posterior = believed(make, code)
    slots, quadratic = posterior.slots, posterior.prior.quadratic
    means = np.array([d.means for d in many(posterior)])
    dof, n_features = degrees_of_freedom(posterior)[:, None], slots.n_features
    inflated = {
        PACKED: dof / (dof - n_features - 1.0),
        SQUARES: dof / (dof - 2.0),
        RADIAL: dof * n_features / (dof * n_features - 2.0),
    }[quadratic]
    beta = mean_precisions(posterior)[:, None]
    assert_mean(means, slots.means)
    assert_mean((means - slots.means) ** 2, slots.covariances.variances * inflated / beta)


@pytest.mark.parametrize("kind", PRIORS)
def test_proportions_have_their_mean_and_variance(make, kind):
    posterior = believed(make, "VVV", kind)
    weights = np.array([d.weights for d in many(posterior)])
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    mean = posterior.proportions.mean
    if kind == "dirichlet_distribution":
        variance = mean * (1.0 - mean) / (1.0 + posterior.proportions.parameters.sum())
    else:
        a, b = posterior.proportions.parameters
        square = a * (a + 1.0) / ((a + b) * (a + b + 1.0))
        left = (b * (b + 1.0) / ((a + b) * (a + b + 1.0)))[:-1]
        variance = square * np.append(1.0, np.cumprod(left)) - mean**2
    assert_mean(weights, mean)
    assert_mean((weights - mean) ** 2, variance)


def test_entries_of_a_wishart_precision_scatter_as_they_should(make):
    posterior = believed(make, "VVV", n_features=2)
    precisions = np.linalg.inv([d.covariances.dense() for d in many(posterior)])
    dof = degrees_of_freedom(posterior)
    expected = np.linalg.inv(posterior.slots.covariances.dense())
    for k in range(4):
        wishart = stats.wishart(dof[k], expected[k] / dof[k])
        assert_mean((precisions[:, k] - expected[k]) ** 2, wishart.var())
        scaled = precisions[:, k, 0, 0] * dof[k] / expected[k, 0, 0]
        assert stats.kstest(scaled, stats.chi2(dof[k]).cdf).pvalue > 1e-3
        # A column's own variance follows an inverse chi^2 of D - 1 degrees of freedom fewer.
        own = posterior.slots.covariances.variances[k, 1] * dof[k]
        variance = np.array([d.covariances.variances[k, 1] for d in many(posterior, 400, k)])
        assert stats.kstest(own / variance, stats.chi2(dof[k] - 1.0).cdf).pvalue > 1e-3


@pytest.mark.parametrize("code", ["VVI", "VII"])
def test_variances_along_axes_are_inverse_chi_squares(make, code):
    posterior = believed(make, code)
    variance = np.array([d.covariances.variances[1, 2] for d in many(posterior)])
    rows = degrees_of_freedom(posterior)[1] * (3 if code == "VII" else 1)
    scaled = posterior.slots.covariances.variances[1, 2] * rows / variance
    assert stats.kstest(scaled, stats.chi2(rows).cdf).pvalue > 1e-3


@pytest.mark.parametrize("code", CODES)
def test_covariances_are_of_the_family_and_know_their_inverse(make, code):
    posterior = believed(make, code)
    covariances = many(posterior, 1)[0].covariances
    assert covariances.quadratic is FAMILIES[code].scatter.quadratic
    assert covariances.is_shared == FAMILIES[code].scatter.pooled
    z = np.random.default_rng(1).normal(size=(5, 3))
    x = covariances.colorize(1, z)
    np.testing.assert_allclose(covariances.whiten(1, x.T), z.T, atol=1e-10)
    np.testing.assert_allclose(
        covariances.dense()[1] @ covariances.precision(1), np.eye(3), atol=1e-9
    )


def test_a_shared_precision_is_drawn_once(make):
    dense = many(believed(make, "EEE"), 1)[0].covariances.dense()
    assert len(dense) == 4
    np.testing.assert_array_equal(dense, np.broadcast_to(dense[0], dense.shape))


def test_empty_slots_are_drawn_from_the_prior(make):
    posterior = believed(make, "VVI")
    draws = many(posterior)
    prior = posterior.prior
    means = np.array([d.means[3, 1] for d in draws])
    scale = np.sqrt(prior.covariances.variances[0, 1] / prior.mean_precision)
    student = stats.t(prior.dof, prior.mean[1], scale)
    assert stats.kstest(means, student.cdf).pvalue > 1e-3


def test_a_prior_of_next_to_no_rows_draws_numbers_all_the_same(make):
    posterior = believed(make, "VVI", dof=1e-3)
    for found in many(posterior, 50):
        assert np.isfinite(found.means).all()
        assert np.isfinite(found.covariances.variances).all()
        assert (found.covariances.variances > 0.0).all()


def test_the_same_generator_draws_the_same(make):
    posterior = believed(make, "VVV")
    for one, other in zip(many(posterior, 3), many(posterior, 3), strict=True):
        np.testing.assert_array_equal(one.weights, other.weights)
        np.testing.assert_array_equal(one.means, other.means)
        np.testing.assert_array_equal(one.covariances.dense(), other.covariances.dense())
