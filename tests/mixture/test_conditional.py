"""Conditioning against the chain rule, sums over grids, and draws that happen to agree."""

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture
from gaussmix.mixture import ConditionalMixture, conditionals

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
CODES = ("VEE", "EVE", "EEV", "VVE")


@pytest.fixture
def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("name", TYPES + CODES)
def test_the_joint_density_is_that_of_what_is_known_times_that_of_the_rest(
    make, knows, tolerance, rng, name
):
    if name in CODES:
        components = make.components(name, 3, 4, 1)
        mixture = Mixture.from_components(components, name)
    else:
        mixture = knows.mixture(make, name, 3, 4, seed=1).mixture()
    X = rng.normal(size=(60, 4)) * 2.0
    rest = mixture.condition({3: X[:, 3], 1: X[:, 1]})
    chained = mixture.marginal([1, 3]).log_pdf(X[:, [1, 3]]) + rest.log_pdf(X[:, [0, 2]])
    np.testing.assert_allclose(mixture.log_pdf(X), chained, atol=tolerance.certified)


def test_a_row_of_many_is_the_mixture_for_that_row_alone(make, knows, rng):
    mixture = knows.mixture(make, "full", 3, 4).mixture(list("abcd"))
    given = rng.normal(size=(5, 2))
    many = mixture.condition({"b": given[:, 0], "d": given[:, 1]})
    assert isinstance(many, ConditionalMixture)
    assert len(many) == 5
    for row, (b, d) in zip(many, given, strict=True):
        alone = mixture.condition({"b": b, "d": d})
        np.testing.assert_allclose(row.weights, alone.weights, rtol=1e-12)
        np.testing.assert_allclose(row.means, alone.means, rtol=1e-12)
        np.testing.assert_array_equal(row.covariances, alone.covariances)
        assert alone.feature_names == ("a", "c")
    np.testing.assert_allclose(many.mean(), [row.mean() for row in many], atol=1e-13)
    np.testing.assert_allclose(many.covariance(), [row.covariance() for row in many], atol=1e-12)
    variances = np.einsum("nii->ni", many.covariance())
    np.testing.assert_allclose(many.variance(), variances, atol=1e-12)
    np.testing.assert_array_equal(many[1:3].mean(), many.mean()[1:3])


@pytest.mark.parametrize("noise", [False, True])
def test_mean_variance_and_density_are_those_of_sums_over_a_grid(rng, noise):
    X = np.concatenate([rng.normal(0.0, 1.0, (80, 2)), rng.normal([5.0, 2.0], 0.7, (80, 2))])
    X = np.concatenate([X, rng.uniform(-8.0, 12.0, (30, 2))])
    fit = GaussianMixture(2, noise_component=noise, random_state=0, tol=1e-6, max_iter=2000).fit(X)
    mixture = fit.mixture_
    grid = np.linspace(-30.0, 40.0, 70_001)
    for x in (-1.0, 2.5, 5.2):
        density = mixture.pdf(np.column_stack([np.full_like(grid, x), grid]))
        share = density / density.sum()
        mean = share @ grid
        rest = mixture.condition({0: [x]})
        assert rest.mean()[0, 0] == pytest.approx(mean, abs=5e-4)
        assert rest.variance()[0, 0] == pytest.approx(share @ (grid - mean) ** 2, rel=5e-4)
        found = np.exp(mixture.condition({0: np.full_like(grid, x)}).log_pdf(grid[:, None]))
        np.testing.assert_allclose(found, share / 0.001, atol=2e-4)
        left = 1.0 if rest.noise_weight is None else 1.0 - rest.noise_weight[0]
        assert mixture.condition({0: x}).weights.sum() == pytest.approx(left)


@pytest.mark.parametrize("noise", [False, True])
def test_quantiles_and_draws_agree(rng, noise):
    X = np.concatenate([rng.normal(0.0, 1.0, (80, 3)), rng.normal([5.0, 2.0, 0.0], 0.7, (80, 3))])
    X = np.concatenate([X, rng.uniform(-8.0, 12.0, (40, 3))])
    mixture = GaussianMixture(2, noise_component=noise, random_state=0).fit(X).mixture_
    rest = mixture.condition({1: np.full(40_000, 1.0)})
    draws = rest.sample(random_state=1)
    for q in (0.05, 0.5, 0.9):
        below = (draws <= rest[:1].quantile(q)).mean(axis=0)
        assert (np.abs(below - q) < 5 * np.sqrt(q * (1 - q) / 40_000)).all()
    lower, upper = rest[:1].interval(0.8)
    np.testing.assert_allclose(lower, rest[:1].quantile(0.1), rtol=1e-12)
    np.testing.assert_allclose(upper, rest[:1].quantile(0.9), rtol=1e-12)
    np.testing.assert_array_equal(draws, rest.sample(random_state=1))


def test_conditioning_commutes_with_taking_columns(make, knows, rng):
    mixture = knows.mixture(make, "full", 3, 4).mixture()
    x = rng.normal(size=20)
    whole, part = mixture.condition({0: x}), mixture.marginal([0, 2]).condition({0: x})
    np.testing.assert_allclose(whole.weights, part.weights, atol=1e-13)
    np.testing.assert_allclose(whole.means[:, :, 1], part.means[:, :, 0], atol=1e-12)
    for n in (0, 7):
        assert whole[n].marginal(1).covariance() == pytest.approx(part[n].covariance())


def test_values_beyond_squares_leave_weights_that_are_a_distribution(make, knows):
    mixture = knows.mixture(make, "full", 3, 3).mixture()
    rest = mixture.condition({0: [1e200, -1e200, 0.0]})
    np.testing.assert_allclose(rest.weights.sum(axis=1), 1.0)
    assert np.isfinite(rest.mean()).all()


def test_each_pattern_of_gaps_is_answered_by_what_its_rows_know(make, knows, rng):
    mixture = knows.mixture(make, "full", 3, 4).mixture()
    X = rng.normal(size=(50, 4))
    X[rng.random(X.shape) < 0.4] = np.nan
    X[0] = np.nan
    filled = X.copy()
    for rows, columns, rest in conditionals(mixture.components, X, Mixture.from_components):
        filled[np.ix_(rows, columns)] = rest.mean()
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled[0], mixture.mean(), atol=1e-12)
    for n in range(1, 50):
        gaps = np.isnan(X[n])
        if gaps.any() and not gaps.all():
            known = {int(j): X[n, j] for j in np.flatnonzero(~gaps)}
            np.testing.assert_allclose(filled[n, gaps], mixture.condition(known).mean())


def test_wanted_columns_are_answered_for_every_row(make, knows, rng):
    mixture = knows.mixture(make, "diag", 3, 4).mixture()
    X = rng.normal(size=(30, 4))
    X[rng.random(X.shape) < 0.3] = np.nan
    wanted, seen = np.array([2, 0]), []
    for rows, columns, rest in conditionals(
        mixture.components, X, Mixture.from_components, covariance_type="diag", wanted=wanted
    ):
        np.testing.assert_array_equal(columns, wanted)
        assert rest.covariance_type == "diag"
        assert rest.n_features == 2
        seen.extend(rows.tolist())
    assert sorted(seen) == list(range(30))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"e": 1.0}, ["no column 'e'", "'a', 'b', 'c'"]),
        ({7: 1.0}, ["no column '7'"]),
        ({"a": 1.0, "b": 2.0, "c": 3.0}, ["Every column is given ('a', 'b', 'c')", "log_pdf"]),
        ({}, ["one or more different columns"]),
        ({"a": 1.0, 0: 2.0}, ["one or more different columns"]),
        ({"a": np.nan}, ["finite numbers for the known column 'a', got nan", "Leave a column out"]),
        ({"b": [1.0, np.inf]}, ["known column 'b', got inf in row 1"]),
        ({"a": [1.0, 2.0], "b": [1.0]}, ["'a' has 2, 'b' has 1"]),
        ({"a": [[1.0]]}, ["known column 'a'", "shape (1, 1)"]),
    ],
)
def test_conditions_that_cannot_be_met_are_named(make, knows, known, words):
    mixture = knows.mixture(make, "full", 2, 3).mixture(list("abc"))
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the text is what is tested
        mixture.condition(known)
    for word in words:
        assert word in str(caught.value)


def test_levels_and_rows_that_do_not_fit_are_named(make, knows):
    rest = knows.mixture(make, "full", 2, 3).mixture().condition({0: [0.0, 1.0]})
    for level in (0.0, 1.0, 1.5, "much", np.nan, True):
        with pytest.raises(ValueError, match="level to be a probability between 0 and 1, both"):
            rest.interval(level)
    with pytest.raises(ValueError, match=r"Expected q to be a probability from 0 to 1, .*got 2"):
        rest.quantile(2)
    with pytest.raises(ValueError, match="Expected 2 rows, one for each mixture, got 3"):
        rest.log_pdf(np.zeros((3, 2)))
