"""Priors of the proportions against numerical integration, high precision and draws."""

import itertools

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import beta, dirichlet

from gaussmix.maximization import PROPORTIONS
from gaussmix.maximization.proportions import Dirichlet, StickBreaking, worth_keeping

KINDS = tuple(PROPORTIONS.values())


def _prior(kind, concentration, n_slots):
    return kind(concentration, np.zeros(n_slots))


def _log_density_of_three(proportions, pi):
    """Log density (M,) of the first two of three proportions pi (3, M)."""
    if isinstance(proportions, Dirichlet):
        return dirichlet.logpdf(pi, proportions.parameters)
    (a1, a2, _), (b1, b2, _) = proportions.parameters
    # pi_1 = v_1 and pi_2 = v_2 (1 - v_1): the second changes area by 1 - v_1.
    log_density = beta.logpdf(pi[0], a1, b1) + beta.logpdf(pi[1] / (1.0 - pi[0]), a2, b2)
    return log_density - np.log1p(-pi[0])


def _grid():
    """Three proportions pi (3, M) all over their triangle, and areas (M,).

    Double exponential quadrature (Takahasi & Mori 1974), at home with integrands that have no
    end at a corner.
    """
    t = np.linspace(-2.9, 2.9, 350)
    point = 0.5 * (1.0 + np.tanh(0.5 * np.pi * np.sinh(t)))
    weight = 0.25 * np.pi * np.cosh(t) / np.cosh(0.5 * np.pi * np.sinh(t)) ** 2 * (t[1] - t[0])
    v, u = (of.ravel() for of in np.meshgrid(point, point))
    areas = np.outer(weight, weight).ravel() * (1.0 - v)
    return np.stack([v, (1.0 - v) * u, (1.0 - v) * (1.0 - u)]), areas


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concentration", [0.6, 1.0, 4.0])
def test_of_three_slots_all_integrals_agree(kind, concentration):
    prior = _prior(kind, concentration, 3)
    proportions = prior.given(np.array([4.0, 2.5, 1.2]))
    pi, areas = _grid()
    log_density = _log_density_of_three(proportions, pi)
    share = np.exp(log_density) * areas
    assert share.sum() == pytest.approx(1.0, abs=1e-8)
    np.testing.assert_allclose(proportions.mean, pi @ share, atol=1e-8)
    np.testing.assert_allclose(proportions.mean_log, np.log(pi) @ share, atol=1e-7)
    found = share @ (log_density - _log_density_of_three(prior, pi))
    assert proportions.divergence == pytest.approx(found, abs=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("masses", [(7.0, 3.0), (3.0, 7.0), (5.0, 0.0), (0.0, 5.0)])
def test_of_two_slots_all_integrals_agree(kind, masses):
    prior = _prior(kind, 0.8, 2)
    proportions = prior.given(np.array(masses))
    if kind is Dirichlet:
        (a, b), (a0, b0) = proportions.parameters, prior.parameters
    else:
        (a, b), (a0, b0) = (
            (first[0], second[0]) for first, second in (proportions.parameters, prior.parameters)
        )
    own, before = beta(a, b), beta(a0, b0)
    # At a density's corners integrands may have no end; quantiles make them smooth.
    expect = [
        own.ppf,
        lambda u: np.log(own.ppf(u)),
        lambda u: np.log1p(-own.ppf(u)),
        lambda u: own.logpdf(own.ppf(u)) - before.logpdf(own.ppf(u)),
    ]
    mean, first, second, divergence = (
        quad(f, 1e-13, 1.0 - 1e-13, epsabs=1e-8, limit=400)[0] for f in expect
    )
    np.testing.assert_allclose(proportions.mean, [mean, 1.0 - mean], atol=1e-6)
    np.testing.assert_allclose(proportions.mean_log, [first, second], atol=2e-6)
    assert proportions.divergence == pytest.approx(divergence, abs=2e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concentration", [0.05, 1.0, 20.0])
def test_draws_have_the_expected_proportions_and_logarithms(kind, concentration):
    proportions = _prior(kind, concentration, 5).given(np.array([30.0, 9.0, 2.0]))
    draws = proportions.draw(20_000, np.random.default_rng(0))
    np.testing.assert_allclose(draws.sum(axis=1), 1.0, rtol=1e-12)
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - proportions.mean) < 5.0 * error + 1e-15).all()
    logs = np.log(draws[:, :3])
    error = logs.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(logs.mean(axis=0) - proportions.mean_log[:3]) < 5.0 * error).all()


@pytest.mark.parametrize("kind", KINDS)
def test_draws_of_equal_generators_are_equal(kind):
    proportions = _prior(kind, 0.3, 4).given(np.array([3.0, 1.0]))
    one, other = (proportions.draw(7, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concentration", [1e-5, 1e5])
def test_draws_of_extreme_priors_are_proportions(kind, concentration):
    draws = _prior(kind, concentration, 4).draw(500, np.random.default_rng(1))
    assert (draws >= 0.0).all()
    np.testing.assert_allclose(draws.sum(axis=1), 1.0, rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_without_rows_all_is_as_the_prior_has_it(kind):
    prior = _prior(kind, 0.4, 6)
    again = prior.given(np.array([3.0, 2.0])).given(np.zeros(0))
    np.testing.assert_array_equal(again.mass, np.zeros(6))
    assert again.concentration == 0.4
    assert prior.divergence == pytest.approx(0.0, abs=1e-13)
    assert prior.mean.sum() == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_masses_fill_the_first_slots(kind):
    filled = _prior(kind, 0.4, 4).given(np.array([3.0, 2.0]))
    np.testing.assert_array_equal(filled.mass, [3.0, 2.0, 0.0, 0.0])
    assert type(filled) is kind


@pytest.mark.parametrize("kind", KINDS)
def test_one_slot_has_everything(kind):
    one = _prior(kind, 0.4, 1).given(np.array([12.0]))
    np.testing.assert_array_equal(one.mean, [1.0])
    np.testing.assert_allclose(one.mean_log, [0.0], atol=1e-14)
    assert one.divergence == pytest.approx(0.0, abs=1e-13)
    np.testing.assert_array_equal(one.draw(2, np.random.default_rng(0)), np.ones((2, 1)))


def test_empty_slots_of_a_dirichlet_are_all_alike():
    proportions = _prior(Dirichlet, 0.5, 5).given(np.array([6.0, 3.0]))
    np.testing.assert_allclose(proportions.parameters, [6.5, 3.5, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(proportions.mean, np.array([6.5, 3.5, 0.5, 0.5, 0.5]) / 11.5)
    assert len(set(proportions.mean_log[2:])) == 1


def test_sticks_count_the_rows_that_come_after():
    first, second = _prior(StickBreaking, 0.5, 4).given(np.array([6.0, 3.0])).parameters
    np.testing.assert_allclose(first, [7.0, 4.0, 1.0, 1.0])
    np.testing.assert_allclose(second, [3.5, 0.5, 0.5, 0.0])


def test_the_last_slot_has_what_the_sticks_leave():
    proportions = _prior(StickBreaking, 0.5, 3).given(np.array([6.0, 3.0, 2.0]))
    v1, v2 = 7.0 / (7.0 + 5.5), 4.0 / (4.0 + 2.5)
    expected = [v1, (1.0 - v1) * v2, (1.0 - v1) * (1.0 - v2)]
    np.testing.assert_allclose(proportions.mean, expected, rtol=1e-14)
    assert proportions.mean.sum() == pytest.approx(1.0, rel=1e-15)


def _in_high_precision(kind, concentration, masses):
    """Mean logarithms and divergence with 60 digits."""
    mpmath.mp.dps = 60
    c, mass = mpmath.mpf(concentration), [mpmath.mpf(m) for m in masses]
    if kind is Dirichlet:
        own, total = [c + m for m in mass], c * len(mass) + sum(mass)
        logs = [mpmath.digamma(a) - mpmath.digamma(total) for a in own]
        value = mpmath.loggamma(total) - mpmath.loggamma(c * len(mass))
        value -= sum(mpmath.loggamma(a) - mpmath.loggamma(c) for a in own)
        return logs, value + sum(m * log for m, log in zip(mass, logs, strict=True))
    logs, before, value = [], mpmath.mpf(0), mpmath.mpf(0)
    for k, m in enumerate(mass[:-1]):
        a, later = 1 + m, sum(mass[k + 1 :])
        b = c + later
        broken = mpmath.digamma(a) - mpmath.digamma(a + b)
        left = mpmath.digamma(b) - mpmath.digamma(a + b)
        logs.append(before + broken)
        before += left
        value += mpmath.log(mpmath.beta(1, c)) - mpmath.log(mpmath.beta(a, b))
        value += m * broken + later * left
    return [*logs, before], value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("concentration", [1e-5, 1.0, 1e5])
@pytest.mark.parametrize("masses", [(1e6, 300.0, 0.5), (40.0, 3.0, 0.0), (2e-4, 0.0, 0.0)])
def test_logarithms_and_divergences_keep_their_digits(kind, concentration, masses):
    proportions = _prior(kind, concentration, 3).given(np.array(masses))
    logs, divergence = _in_high_precision(kind, concentration, masses)
    np.testing.assert_allclose(proportions.mean_log, [float(log) for log in logs], 1e-12, 1e-13)
    # Logarithms of gamma functions cancel: what is lost is a share of their own size.
    size = concentration * 3 + sum(masses)
    allowed = 1e-11 * abs(float(divergence)) + 1e-14 * size * np.log(size + 2.0) + 1e-13
    assert proportions.divergence == pytest.approx(float(divergence), rel=0.0, abs=allowed)


@pytest.mark.parametrize("concentration", [1e-5, 0.3, 1.0])
def test_sticks_are_likeliest_by_falling_mass_up_to_a_concentration_of_one(concentration):
    masses = (31.0, 17.0, 6.5, 1.0, 0.0)
    prior = _prior(StickBreaking, concentration, 5)

    def worth(order):
        proportions = prior.given(np.array(order))
        return proportions.mass @ proportions.mean_log - proportions.divergence

    best = max(worth(order) for order in itertools.permutations(masses))
    assert worth(masses) == pytest.approx(best, abs=1e-9)


def test_an_order_of_sticks_changes_what_the_formulas_say():
    c, masses = 2.3, np.array([31.0, 17.0, 6.5, 1.0])
    prior = _prior(StickBreaking, c, 4)

    def worth(mass):
        proportions = prior.given(mass)
        return proportions.mass @ proportions.mean_log - proportions.divergence

    def formula(mass):
        later = np.cumsum(mass[::-1])[::-1]
        return gammaln(c + mass[-1]) - gammaln(1.0 + mass[-1]) - np.log(c + later[1:-1]).sum()

    for order in itertools.permutations(range(4)):
        other = masses[list(order)]
        expected = formula(other) - formula(masses)
        assert worth(other) - worth(masses) == pytest.approx(expected, abs=1e-10)


def test_components_that_hold_rows_are_kept_in_their_order():
    mass = np.array([2.0, 0.0, 5.0, 1e-10, 3.0])
    np.testing.assert_array_equal(worth_keeping(mass, 10.0, by_mass=False), [0, 2, 4])
    np.testing.assert_array_equal(worth_keeping(mass, 10.0, by_mass=True), [2, 4, 0])


def test_components_of_equal_mass_stay_in_their_order():
    mass = np.array([2.0, 4.0, 2.0, 4.0])
    np.testing.assert_array_equal(worth_keeping(mass, 12.0, by_mass=True), [1, 3, 0, 2])


def test_one_component_is_kept_where_none_holds_rows():
    np.testing.assert_array_equal(worth_keeping(np.zeros(3), 0.0, by_mass=True), [0])
