"""Quantiles of weights and means against integrals, other formulas and draws."""

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

from gaussmix.covariance import FAMILIES
from gaussmix.maximization import (
    PROPORTIONS,
    Posterior,
    VariationalPrior,
    draw,
    mean_quantiles,
    weight_quantiles,
)
from gaussmix.maximization.quantiles import _log_gamma_ratio

CODES = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
LEVELS = (0.005, 0.025, 0.5, 0.975, 0.995)


def believed(make, code="VII", *, kind="dirichlet_process", mass=(30.0, 11.5), n_slots=4, c=0.25):
    n_features = 3
    components = make.components(code, len(mass), n_features)
    prior = VariationalPrior(
        FAMILIES[code],
        PROPORTIONS[kind](c, np.zeros(n_slots)),
        np.zeros(n_features),
        1.0,
        5.0,
        FAMILIES[code].scatter.quadratic.of_matrices(5.0 * np.eye(n_features)),
    )
    return Posterior.of(prior, np.array(mass), components.means, components.covariances)


def chance_of_second_piece(posterior, x):
    """P(pi_2 <= x) by an integral over what the first piece leaves."""
    (a, a2, *_), (b, b2, *_) = posterior.proportions.parameters
    left, second = stats.beta(b, a), stats.beta(a2, b2)
    places = sorted({*left.ppf([1e-9, 0.01, 0.5, 0.99, 1.0 - 1e-9]), x})

    def density(u):
        return left.pdf(u) * second.cdf(min(1.0, x / u))

    parts = [
        integrate.quad(density, *ends, epsabs=1e-12, limit=200)[0]
        for ends in zip([1e-300, *places], [*places, 1.0], strict=True)
    ]
    return sum(parts)


@pytest.mark.parametrize("p", LEVELS)
@pytest.mark.parametrize(
    ("mass", "c"), [((175.0, 97.0), 0.1), ((3.0, 2.0), 1.0), ((9e3, 4e3), 5.0)]
)
def test_the_second_piece_of_a_stick_against_an_integral(make, mass, c, p):
    posterior = believed(make, mass=mass, c=c)
    x = weight_quantiles(posterior, np.array([p]))[0][1]
    assert chance_of_second_piece(posterior, x) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("p", LEVELS)
def test_of_next_to_no_rows_the_stated_error_holds(make, p):
    posterior = believed(make, mass=(0.5, 0.25), c=0.5)
    x = weight_quantiles(posterior, np.array([p]))[0][1]
    assert chance_of_second_piece(posterior, x) == pytest.approx(p, abs=1e-7)


@pytest.mark.parametrize("c", [1e-3, 0.1])
def test_weights_of_empty_slots_over_hundreds_of_orders_of_magnitude(make, c):
    posterior = believed(make, mass=(20.0,), c=c)
    (a, a2, *_), (b, b2, *_) = posterior.proportions.parameters
    rng, n = np.random.default_rng(0), 200_000
    # Beta(b, a) is U^(1/b) Beta(b + 1, a - 1), of which the first factor leaves float64.
    logs = np.log(rng.random(n)) / b + np.log(rng.beta(b + 1.0, a - 1.0, n))
    logs += np.log(rng.beta(a2, b2, n))
    for p in LEVELS:
        x = weight_quantiles(posterior, np.array([p]))[0, 1]
        share = (logs <= np.log(max(x, 5e-324))).mean()
        # Where the quantile itself is no number of float64 it is zero.
        least = p if x > 0.0 else max(p, share)
        assert share == pytest.approx(least, abs=4.5 * np.sqrt(p * (1.0 - p) / n))


def test_pieces_that_are_betas_by_another_way(make):
    # Of two slots the second is what the first leaves.
    posterior = believed(make, n_slots=2)
    a, b = (of[0] for of in posterior.proportions.parameters)
    for p in LEVELS:
        expected = [stats.beta(a, b).ppf(p), stats.beta(b, a).ppf(p)]
        np.testing.assert_allclose(
            weight_quantiles(posterior, np.array([p]))[0], expected, rtol=1e-9
        )


def test_pieces_of_an_even_stick_are_those_of_a_dirichlet(make):
    # With Beta(1, 2) and Beta(1, 1) the three pieces are uniform on the simplex: each Beta(1, 2).
    posterior = believed(make, mass=(0.0, 0.0), n_slots=3, c=1.0)
    posterior.proportions.__dict__["parameters"] = (np.ones(3), np.array([2.0, 1.0, 0.0]))
    for p in LEVELS:
        expected = np.full(3, stats.beta(1.0, 2.0).ppf(p))
        np.testing.assert_allclose(
            weight_quantiles(posterior, np.array([p]))[0], expected, atol=1e-7
        )


@pytest.mark.parametrize("kind", ["dirichlet_process", "dirichlet_distribution"])
@pytest.mark.parametrize("c", [1e-3, 0.25, 1e3])
def test_intervals_of_weights_hold_their_share_of_draws(make, kind, c):
    posterior = believed(make, kind=kind, c=c, n_slots=6)
    weights = posterior.proportions.draw(20_000, np.random.default_rng(0))
    for p in (0.1, 0.5, 0.9):
        bound = weight_quantiles(posterior, np.array([p]))[0]
        # Below 1e-17 draws of what is left of a stick are lost to rounding.
        told = bound > 1e-12
        assert told[:2].all()
        np.testing.assert_allclose((weights <= bound).mean(axis=0)[told], p, atol=0.016)


def test_one_slot_has_the_whole_stick(make):
    for kind in ("dirichlet_process", "dirichlet_distribution"):
        posterior = believed(make, kind=kind, mass=(7.0,), n_slots=1)
        np.testing.assert_array_equal(weight_quantiles(posterior, np.array([0.025]))[0], [1.0])


def test_levels_next_to_one_end_where_the_distribution_does(make):
    posterior = believed(make)
    low, high = (
        weight_quantiles(posterior, np.array([1e-16]))[0],
        weight_quantiles(posterior, np.array([1.0 - 1e-16]))[0],
    )
    assert (low >= 0.0).all()
    assert (low < high).all()
    assert (high <= 1.0).all()


@pytest.mark.parametrize("code", CODES)
def test_means_have_the_marginals_of_their_draws(make, code):
    posterior = believed(make, code, n_slots=3)
    rng = np.random.default_rng(0)
    means = np.array([draw(posterior, rng).means for _ in range(1200)])
    for p in (0.05, 0.5, 0.95):
        share = (means <= mean_quantiles(posterior, np.array([p]))[0]).mean(axis=0)
        np.testing.assert_allclose(share, p, atol=5.0 * np.sqrt(p * (1.0 - p) / 1200))


def test_the_t_of_an_ellipsoid_by_integrating_its_column(make):
    posterior = believed(make, "VVV", n_slots=2)
    # A column's variance is inverse chi^2 of nu - D + 1, given which its mean is normal.
    nu, beta = 5.0 + 30.0, 1.0 + 30.0
    scatter = nu * posterior.covariances.variances[0, 1]
    x = mean_quantiles(posterior, np.array([0.975]))[0][0, 1] - posterior.means[0, 1]

    def density(chi):
        return stats.chi2.pdf(chi, nu - 2.0) * stats.norm.cdf(x * np.sqrt(beta * chi / scatter))

    assert integrate.quad(density, 0.0, 200.0, limit=200)[0] == pytest.approx(0.975, abs=1e-9)


@pytest.mark.parametrize("a", [1e-3, 0.7, 40.0, 99.9, 100.1, 1e4, 1e9])
def test_ratios_of_gamma_functions_keep_their_digits(a):
    t = np.array([0.0, 0.01, 1.0, 3.0, 30.0]) * np.sqrt(a)
    with mpmath.workdps(40):
        exact = [complex(mpmath.loggamma(mpmath.mpc(a, of)) - mpmath.loggamma(a)) for of in t]
    found = _log_gamma_ratio(np.array([a]), t)[0]
    np.testing.assert_allclose(found.real, np.real(exact), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.imag, np.imag(exact), rtol=1e-13, atol=1e-12)
