"""Tail probabilities of log densities: closed forms, high precision and plain draws."""

import mpmath
import numpy as np
import pytest
from scipy import stats

from gaussmix import Mixture
from gaussmix.density import Components
from gaussmix.mixture import rarity_of
from gaussmix.mixture.rarity import Draws

DIMENSIONS = [1, 2, 5, 20]


@pytest.fixture(name="rng")
def random_numbers():
    return np.random.default_rng(0)


def spread(n_features, seed=0):
    """A covariance that is none of the simple ones."""
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(n_features, n_features)) + 2.0 * np.eye(n_features)
    return half @ half.T


def gaussian(n_features, copies=1):
    """One Gaussian, also as several copies of itself."""
    covariances = np.tile(spread(n_features), (copies, 1, 1))
    return Mixture(np.full(copies, 1.0 / copies), np.zeros((copies, n_features)), covariances)


def student(n_features, dof, copies=1):
    """The same as Student t's."""
    like = gaussian(n_features, copies).components
    return Components(like.weights, like.means, like.covariances, dof=np.full(copies, float(dof)))


@pytest.mark.parametrize("n_features", DIMENSIONS)
def test_one_gaussian_has_the_chi_square_of_its_squared_distance(n_features, rng):
    mixture = gaussian(n_features)
    X = 2.0 * rng.normal(size=(50, n_features))
    square = np.einsum("ni,ij,nj->n", X, np.linalg.inv(spread(n_features)), X)
    tails = rarity_of(mixture.components, rng).log_tail(mixture.log_pdf(X))
    assert tails == pytest.approx(stats.chi2.logsf(square, n_features), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n_features", [1, 2, 7, 120])
def test_beyond_float64_the_logarithm_goes_on(n_features, rng):
    mixture = gaussian(n_features)
    rarity = rarity_of(mixture.components, rng)
    peak = float(mixture.components.log_peaks[0])
    for fall in (800.0, 5e4):
        exact = mpmath.log(mpmath.gammainc(n_features / 2, fall, mpmath.inf, regularized=True))
        found = rarity.log_tail(np.array([peak - fall]))[0]
        assert found == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("n_features", DIMENSIONS)
@pytest.mark.parametrize("dof", [0.7, 4.0])
def test_one_student_t_has_the_f_of_its_squared_distance(n_features, dof, rng):
    components = student(n_features, dof)
    shape = stats.multivariate_t(np.zeros(n_features), spread(n_features), df=dof)
    X = 4.0 * rng.normal(size=(50, n_features))
    square = np.einsum("ni,ij,nj->n", X, np.linalg.inv(spread(n_features)), X)
    log_density = np.atleast_1d(shape.logpdf(X))
    tails = rarity_of(components, rng).log_tail(log_density)
    expected = stats.f.logsf(square / n_features, n_features, dof)
    assert tails == pytest.approx(expected, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("log_tail", [-0.5, -4.6, -60.0, -5000.0])
@pytest.mark.parametrize("make", [lambda: gaussian(3).components, lambda: student(3, 5.0)])
def test_a_level_has_the_tail_that_it_was_asked_for(make, log_tail, rng):
    for rarity in (rarity_of(make(), rng), Draws.of(make(), rng)):
        level = rarity.level(log_tail)
        assert rarity.log_tail(np.array([level]))[0] == pytest.approx(log_tail, rel=1e-9)


@pytest.mark.parametrize("n_features", [1, 3, 20, 60])
def test_draws_agree_with_the_closed_form_far_into_the_tail(n_features, rng):
    one = rarity_of(gaussian(n_features).components, rng)
    draws = rarity_of(gaussian(n_features, copies=3).components, rng)
    for tail, error in [(0.5, 0.02), (0.01, 0.03), (1e-6, 0.05), (1e-12, 0.08), (1e-20, 0.12)]:
        level = np.array([one.level(np.log(tail))])
        stated = np.interp(level, draws.levels, draws.errors)[0]
        assert stated < error
        assert abs(draws.log_tail(level)[0] - np.log(tail)) < 4.0 * stated


def test_draws_of_student_ts_agree_with_the_closed_form(rng):
    one, draws = rarity_of(student(4, 3.0), rng), rarity_of(student(4, 3.0, copies=2), rng)
    for tail in (0.5, 0.01, 1e-6):
        level = np.array([one.level(np.log(tail))])
        stated = np.interp(level, draws.levels, draws.errors)[0]
        assert stated < 0.1
        assert abs(draws.log_tail(level)[0] - np.log(tail)) < 4.0 * stated


def test_tails_of_unlike_components_are_those_of_many_plain_draws(rng):
    mixture = Mixture(
        [0.2, 0.5, 0.3],
        [[0.0, 0.0], [4.0, 1.0], [0.0, 6.0]],
        [np.eye(2), [[4.0, 1.9], [1.9, 1.0]], 0.1 * np.eye(2)],
    )
    rarity = rarity_of(mixture.components, rng)
    drawn = mixture.log_pdf(mixture.sample(400_000, random_state=1)[0])
    levels = np.quantile(drawn, [0.9, 0.5, 0.1, 0.01, 0.001])
    share = [np.mean(drawn <= level) for level in levels]
    assert np.exp(rarity.log_tail(levels)) == pytest.approx(share, rel=0.12)


@pytest.mark.parametrize("make", [lambda: gaussian(3).components, lambda: student(3, 5.0)])
def test_no_density_at_all_has_no_probability(make, rng):
    assert rarity_of(make(), rng).log_tail(np.array([-np.inf]))[0] == -np.inf


def test_tails_fall_without_a_floor_and_end_at_one(rng):
    rarity = rarity_of(gaussian(2, copies=2).components, rng)
    tails = rarity.log_tail(np.array([-np.inf, -1e6, -1e3, -10.0, 100.0]))
    assert (np.diff(tails[1:]) > 0.0).all()
    assert tails[0] == -np.inf
    assert tails[-1] == 0.0


def test_the_same_seed_gives_the_same_table():
    components = gaussian(2, copies=2).components
    one, same = (rarity_of(components, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.levels, same.levels)
    assert np.array_equal(one.log_tails, same.log_tails)
