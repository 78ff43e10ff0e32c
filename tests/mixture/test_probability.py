"""Probabilities and quantiles beside scipy's, integrals and each other."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from gaussmix import Mixture
from gaussmix.density import Noise

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")


def _with_noise(mixture, share=0.2):
    """The same with a share of noise over a box around the means."""
    components = mixture.components
    low, high = components.means.min(axis=0) - 1.0, components.means.max(axis=0) + 1.5
    noisy = replace(
        components, weights=(1.0 - share) * components.weights, noise=Noise(share, low, high)
    )
    return Mixture.from_components(noisy, mixture.covariance_type)


def _scipy_cdf(known, x, accuracy=1e-7):
    return sum(
        w * multivariate_normal.cdf(x, m, S, abseps=accuracy, releps=accuracy, maxpts=2_000_000)
        for w, m, S in zip(known.weights, known.means, known.dense, strict=True)
    )


@pytest.fixture
def line():
    return Mixture([0.3, 0.7], [[0.0], [4.0]], [[[1.0]], [[2.0]]])


def test_one_column_is_a_sum_of_normals(line):
    x = np.linspace(-8.0, 12.0, 41)
    expected = 0.3 * norm.cdf(x) + 0.7 * norm.cdf(x, 4.0, np.sqrt(2.0))
    np.testing.assert_allclose(line.cdf(x), expected, rtol=1e-12)
    np.testing.assert_allclose(line.log_cdf(x), np.log(expected), rtol=1e-12, atol=1e-15)


def test_both_tails_of_one_column_have_all_digits(line):
    below = 0.3 * norm.cdf(-30.0) + 0.7 * norm.cdf(-30.0, 4.0, np.sqrt(2.0))
    assert line.cdf([-30.0])[0] == pytest.approx(below, rel=1e-11)
    assert line.interval_probability(None, -30.0) == line.cdf([-30.0])[0]
    above = 0.7 * norm.sf(40.0, 4.0, np.sqrt(2.0))
    assert line.interval_probability(40.0, None) == pytest.approx(above, rel=1e-10)
    assert line.interval_probability(20.0, 21.0) == pytest.approx(
        0.7 * (norm.sf(20.0, 4.0, np.sqrt(2.0)) - norm.sf(21.0, 4.0, np.sqrt(2.0))), rel=1e-10
    )
    narrow = line.interval_probability(3.0, 3.0 + 2.0**-40)
    assert narrow == pytest.approx(line.pdf([3.0])[0] * 2.0**-40, rel=1e-10)
    assert line.log_cdf([-1000.0])[0] == pytest.approx(
        np.logaddexp(
            np.log(0.3) + norm.logcdf(-1000.0),
            np.log(0.7) + norm.logcdf(-1004.0, scale=np.sqrt(2.0)),
        ),
        rel=1e-12,
    )


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("n_features", [2, 3])
def test_two_and_three_columns_agree_with_scipy(make, knows, name, n_features):
    known = knows.mixture(make, name, 3, n_features, seed=2)
    mixture = known.mixture()
    X = mixture.sample(3, random_state=0)[0]
    p, error = mixture.cdf(X, return_error=True)
    np.testing.assert_allclose(p, [_scipy_cdf(known, x) for x in X], atol=5e-7)
    assert (error < 1e-9).all()


@pytest.mark.parametrize("correlation", [0.0, 0.5, -0.9, 0.9999, -0.9999])
def test_two_columns_agree_with_an_integral(correlation):
    matrix = np.array([[1.0, correlation], [correlation, 1.0]])
    mixture = Mixture([1.0], [[0.0, 0.0]], [matrix])
    root = np.sqrt(1.0 - correlation**2)
    for low, high in (([-1.0, 0.2], [0.5, 1.5]), ([0.3, -3.0], [2.0, 0.31]), ([0.0, 0.0], [9, 9])):

        def density(x, low=low, high=high):
            a, b = (low[1] - correlation * x) / root, (high[1] - correlation * x) / root
            return norm.pdf(x) * (norm.cdf(b) - norm.cdf(a))

        kinks = [end / correlation for end in (low[1], high[1]) if correlation]
        inside = [kink for kink in kinks if low[0] < kink < high[0]]
        expected = quad(density, low[0], high[0], points=inside, epsabs=1e-13, limit=500)[0]
        found = mixture.interval_probability(low, high)
        assert found == pytest.approx(expected, abs=1e-11)


def test_three_columns_that_all_but_determine_each_other():
    # x_3 is x_1 + x_2 up to a thousandth: the integrand has a kink on that scale.
    loadings = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 1e-3]])
    mixture = Mixture([1.0], [[0.0, 0.0, 0.0]], [loadings @ loadings.T])

    def density(x):
        return norm.pdf(x) * norm.cdf(min(1.0, 0.5 - x))

    expected = quad(density, -10.0, 0.3, points=[-0.5], epsabs=1e-13)[0]
    assert mixture.cdf([[0.3, 1.0, 0.5]])[0] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("n_features", [4, 6])
def test_more_columns_agree_with_scipy_within_the_error(make, knows, n_features):
    known = knows.mixture(make, "full", 2, n_features, seed=1)
    mixture = known.mixture()
    X = mixture.sample(4, random_state=1)[0]
    p, error = mixture.cdf(X, tol=2e-5, return_error=True)
    assert (error <= 2e-5).all()
    expected = [_scipy_cdf(known, x, 1e-6) for x in X]
    assert (np.abs(p - expected) < 5.0 * error + 5e-6).all()


def test_the_stated_error_is_what_other_shifts_show(make, knows):
    mixture = knows.mixture(make, "full", 2, 6, seed=1).mixture()
    box = np.full(6, -2.0), np.full(6, 3.0)
    runs = [
        mixture.interval_probability(
            *box, random_state=seed, tol=1e-3, max_points=1024, return_error=True
        )
        for seed in range(20)
    ]
    values, errors = np.array(runs).T
    assert 0.5 < values.std(ddof=1) / errors.mean() < 2.0


def test_more_points_make_the_error_smaller(make, knows):
    mixture = knows.mixture(make, "full", 2, 5, seed=1).mixture()
    x = mixture.sample(3, random_state=0)[0]
    few = mixture.cdf(x, tol=1e-9, max_points=1024, return_error=True)[1]
    many = mixture.cdf(x, tol=1e-9, max_points=1 << 16, return_error=True)[1]
    assert (many < 0.2 * few).all()


def test_the_same_call_gives_the_same_bits_and_none_gives_others(make, knows):
    mixture = knows.mixture(make, "full", 2, 5, seed=1).mixture()
    x = mixture.sample(3, random_state=0)[0]
    np.testing.assert_array_equal(mixture.cdf(x), mixture.cdf(x))
    assert not np.array_equal(mixture.cdf(x, random_state=None), mixture.cdf(x, random_state=None))


@pytest.mark.parametrize("name", ["diag", "spherical", "tied_diag", "tied_spherical"])
def test_covariances_along_the_axes_are_products_in_any_number_of_columns(make, knows, name):
    known = knows.mixture(make, name, 3, 30, seed=5)
    mixture = known.mixture()
    x = known.means.mean(axis=0) + 2.5
    std = np.sqrt(np.einsum("kii->ki", known.dense))
    expected = known.weights @ norm.cdf((x - known.means) / std).prod(axis=1)
    p, error = mixture.cdf(x[None], return_error=True)
    assert p[0] == pytest.approx(expected, rel=1e-11)
    assert error[0] < 1e-10 * p[0]


@pytest.mark.parametrize("n_features", [2, 3, 5])
def test_a_far_corner_has_the_digits_of_its_integral(n_features):
    # Equal correlations of 1/2: x_j = (u + e_j) / sqrt 2 given one common normal u.
    matrix = 0.5 * (np.eye(n_features) + 1.0)
    mixture = Mixture([1.0], [np.zeros(n_features)], [matrix])

    def density(u):
        return norm.pdf(u) * norm.sf(np.sqrt(2.0) * 9.0 - u) ** n_features

    expected = quad(density, 0.0, 14.0, epsabs=0.0, epsrel=1e-10, points=[8.0, 10.0])[0]
    p, error = mixture.interval_probability(np.full(n_features, 9.0), None, return_error=True)
    assert expected < 1e-19
    assert p == pytest.approx(expected, rel=3e-3)
    assert 0.0 < error < 1e-3 * p


@pytest.mark.parametrize("n_features", [1, 2, 3, 4])
def test_a_box_is_what_corners_add_up_to(make, knows, n_features):
    mixture = _with_noise(knows.mixture(make, "full", 2, n_features, seed=3).mixture())
    low, high = np.full(n_features, -1.5), np.full(n_features, 2.0)
    total = 0.0
    for corner in np.ndindex(*(2,) * n_features):
        x = np.where(corner, low, high)
        total += (-1.0) ** sum(corner) * mixture.cdf(x[None], tol=1e-6)[0]
    found = mixture.interval_probability({j: low[j] for j in range(n_features)}, [high])
    assert found[0] == pytest.approx(total, abs=1e-12 if n_features < 4 else 1e-4)


def test_noise_counts_by_its_box(line):
    noisy = _with_noise(line, 0.25)
    # The box goes from -1 to 5.5.
    expected = 0.75 * line.cdf([0.0])[0] + 0.25 * 1.0 / 6.5
    assert noisy.cdf([0.0])[0] == pytest.approx(expected, rel=1e-12)
    assert noisy.interval_probability(7.0, None) == pytest.approx(
        0.75 * line.interval_probability(7.0, None), rel=1e-12
    )
    q = noisy.quantile([1e-3, 0.3, 0.8])
    np.testing.assert_allclose(noisy.cdf(q), [1e-3, 0.3, 0.8], rtol=1e-12)


def test_quantiles_invert_the_distribution_function(line):
    q = np.array([[1e-300, 1e-12, 0.2], [0.5, 0.9, 1.0 - 1e-12]])
    x = line.quantile(q)
    assert x.shape == q.shape
    np.testing.assert_allclose(line.cdf(x.ravel()).reshape(q.shape), q, rtol=1e-12)
    upper = line.quantile(1.0 - 2.0**-40)
    assert line.interval_probability(upper, None) == pytest.approx(2.0**-40, rel=1e-10)
    assert isinstance(upper, float)
    assert line.quantile([0.0, 1.0]).tolist() == [-np.inf, np.inf]


def test_inverse_draws_are_spread_evenly(line):
    x = line.inverse_sample(1000, random_state=0)
    np.testing.assert_array_equal(np.sort(np.floor(1000 * line.cdf(x))), np.arange(1000))
    assert not (np.diff(x) > 0.0).all()
    np.testing.assert_array_equal(x, line.inverse_sample(1000, random_state=0))
    free = line.inverse_sample(1000, random_state=0, stratified=False)
    steps = np.bincount(np.floor(1000 * line.cdf(free)).astype(int), minlength=1000)
    assert 300 < np.count_nonzero(steps == 0) < 440


def test_ends_are_given_in_several_ways(make, knows):
    mixture = knows.mixture(make, "full", 2, 2).mixture(["a", "b"])
    p = mixture.interval_probability([-1.0, -np.inf], [2.0, np.inf])
    assert isinstance(p, float)
    assert mixture.interval_probability({"a": -1.0}, {"a": 2.0}) == p
    assert mixture.interval_probability({0: -1.0}, [[2.0, np.inf]]).tolist() == [p]
    several = mixture.interval_probability({"a": [-1.0, -1.0]}, {"a": 2.0})
    assert several.tolist() == [p, p]
    assert mixture.interval_probability() == pytest.approx(1.0, abs=1e-15)
    assert mixture.interval_probability([1.0, 1.0], [1.0, 2.0]) == 0.0
    assert mixture.marginal("a").interval_probability(-1.0, 2.0) == pytest.approx(p, rel=1e-12)


def test_a_table_gives_its_columns_by_name(make, knows):
    pandas = pytest.importorskip("pandas")
    mixture = knows.mixture(make, "full", 2, 2).mixture(["a", "b"])
    X = np.array([[0.0, 1.0], [np.inf, 0.5]])
    table = pandas.DataFrame({"b": X[:, 1], "a": X[:, 0]})
    np.testing.assert_array_equal(mixture.cdf(table), mixture.cdf(X))


def test_quantiles_keep_their_digits_beside_a_component_far_away():
    mixture = Mixture([1e-12, 1.0 - 1e-12], [[0.0], [1e6]], [[[1e-16]], [[1.0]]])
    q = np.array([1e-300, 1e-13, 5e-13, 9.9e-13])
    np.testing.assert_allclose(mixture.cdf(mixture.quantile(q)), q, rtol=1e-12)
