"""Regression by the joint mixture: against least squares, sums over grids, and known branches."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.datasets import load_iris
from sklearn.utils.estimator_checks import (
    check_regressors_train,
    check_sample_weight_equivalence_on_dense_data,
    parametrize_with_checks,
)

from gaussmix import GaussianMixture, GaussianMixtureRegressor
from gaussmix.datasets import load_old_faithful
from gaussmix.mixture import ConditionalGroups, ConditionalMixture

pytestmark = [
    pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning"),
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning"),
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DataWarning"),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([GaussianMixtureRegressor(range(1, 3), criterion="bic")])
def test_estimator_checks(estimator, check):
    check(estimator)


def test_a_weight_of_two_is_the_row_twice_where_rows_are_held_out():
    name, model = "GaussianMixtureRegressor", GaussianMixtureRegressor(range(1, 3))
    check_sample_weight_equivalence_on_dense_data(name, model)
    check_regressors_train(name, model)


@pytest.fixture(scope="module")
def linear():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    Y = X @ [[1.0, 0.0], [2.0, -1.0], [0.0, 3.0]] + 4.0 + 0.1 * rng.normal(size=(200, 2))
    return X, Y


@pytest.fixture(scope="module")
def iris():
    X = load_iris().data
    model = GaussianMixtureRegressor(3, covariance_types="full", random_state=0)
    return X, model.fit(X[:, :2], X[:, 2:])


def test_one_full_component_is_least_squares(linear):
    X, Y = linear
    model = GaussianMixtureRegressor(1, covariance_types="full", reg_covar=0.0).fit(X, Y)
    design = np.column_stack([np.ones(len(X)), X])
    coefficients = np.linalg.lstsq(design, Y, rcond=None)[0]
    expected = design @ coefficients
    mean, std = model.predict(X, return_std=True)
    np.testing.assert_allclose(mean, expected, atol=1e-9)
    residual = np.sqrt(np.square(Y - expected).mean(axis=0))
    np.testing.assert_allclose(std, np.broadcast_to(residual, std.shape), rtol=1e-9)
    lower, upper = model.predict_interval(X, level=0.9)
    np.testing.assert_allclose(upper - lower, 2 * 1.6448536269514722 * std, rtol=1e-9)


def test_answers_are_those_of_sums_over_the_joint_density():
    eruptions, waiting = load_old_faithful().to_numpy().T
    model = GaussianMixtureRegressor(3, covariance_types="tied", criterion="bic", random_state=0)
    model.fit(waiting[:, None], eruptions)
    grid = np.linspace(-5.0, 12.0, 40_001)
    for x in (50.0, 66.0, 85.0):
        joint = model.mixture_.pdf(np.column_stack([np.full_like(grid, x), grid]))
        share = joint / joint.sum()
        mean, std = model.predict([[x]], return_std=True)
        assert mean[0] == pytest.approx(share @ grid, abs=1e-6)
        assert std[0] == pytest.approx(np.sqrt(share @ (grid - mean[0]) ** 2), rel=1e-6)
        low, high = model.predict_interval([[x]], level=0.8)
        cumulative = np.cumsum(share)
        assert low[0] == pytest.approx(np.interp(0.1, cumulative, grid), abs=5e-4)
        assert high[0] == pytest.approx(np.interp(0.9, cumulative, grid), abs=5e-4)
        for at in (15_000, 22_000):
            density = np.exp(model.log_density([[x]], [grid[at]])[0])
            assert density == pytest.approx(share[at] / (grid[1] - grid[0]), rel=1e-6)


def test_an_inverse_with_two_branches_shows_both():
    rng = np.random.default_rng(2)
    y = rng.uniform(-2.0, 2.0, 1200)
    X = (y**2 + rng.normal(0.0, 0.1, 1200))[:, None]
    model = GaussianMixtureRegressor(random_state=0, covariance_types="full", criterion="bic")
    model.fit(X[:800], y[:800])
    for x in (1.5, 2.5):
        tallest = model.conditional([[x]])[0].modes().points[:2, 0]
        np.testing.assert_allclose(np.sort(tallest), [-np.sqrt(x), np.sqrt(x)], atol=0.12)
        assert abs(model.predict([[x]])[0]) < 0.3
    _check_coverage(model, X[800:], y[800:])


def test_bishops_inverse_has_its_three_branches():
    rng = np.random.default_rng(0)
    t = rng.uniform(0.0, 1.0, 1500)
    X = (t + 0.3 * np.sin(2.0 * np.pi * t) + rng.normal(0.0, 0.03, 1500))[:, None]
    model = GaussianMixtureRegressor(
        range(4, 9), covariance_types="full", criterion="bic", random_state=0
    ).fit(X[:1000], t[:1000])
    conditional = model.conditional([[0.5]])[0]
    modes = conditional.modes().points[:, 0]
    grid = np.linspace(0.0, 1.0, 100_000)
    curve = grid + 0.3 * np.sin(2.0 * np.pi * grid) - 0.5
    branches = grid[np.flatnonzero(np.diff(np.sign(curve)))]
    assert len(branches) == 3
    for branch in branches:
        assert np.abs(modes - branch).min() < 0.05
        between = 0.5 * (branches[:2] + branches[1:])
        assert conditional.pdf([[branch]])[0] > 2.0 * conditional.pdf(between[:, None]).max()
    _check_coverage(model, X[1000:], t[1000:])


def _check_coverage(model, X, y):
    lower, upper = model.predict_interval(X, level=0.9)
    inside = ((lower <= y) & (y <= upper)).mean()
    assert 0.9 - 3.5 * np.sqrt(0.09 / len(y)) < inside < 0.9 + 3.5 * np.sqrt(0.09 / len(y))


def test_an_input_that_is_not_known_is_left_out_of_account(iris):
    X, model = iris
    rows = X[::10, :2].copy()
    rows[1::3, 0] = np.nan
    rows[2::3] = np.nan
    found, std = model.predict(rows, return_std=True)
    for row, mean, spread in zip(rows, found, std, strict=True):
        known = {j: row[j] for j in (0, 1) if not np.isnan(row[j])}
        alone = model.mixture_.condition(known) if known else model.mixture_
        last = alone.mean()[-2:]
        np.testing.assert_allclose(mean, last, rtol=1e-10)
        np.testing.assert_allclose(spread**2, np.diag(alone.covariance())[-2:], rtol=1e-9)


def test_rows_with_other_gaps_answer_as_they_do_alone(iris):
    X, model = iris
    rows, targets = X[::7, :2].copy(), X[::7, 2:]
    rows[1::3, 1] = np.nan
    rows[2::5] = np.nan
    together = model.conditional(rows)
    assert isinstance(together, ConditionalGroups)
    assert len(together) == len(rows)
    each = [model.conditional(row[None]) for row in rows]
    assert all(isinstance(one, ConditionalMixture) for one in each)
    for verb in ("mean", "variance", "covariance", "mode"):
        expected = np.concatenate([getattr(one, verb)() for one in each])
        np.testing.assert_allclose(getattr(together, verb)(), expected, atol=1e-7)
    np.testing.assert_allclose(
        together.quantile(0.3), np.concatenate([one.quantile(0.3) for one in each]), rtol=1e-9
    )
    for side in (0, 1):
        expected = np.concatenate([one.interval(0.7)[side] for one in each])
        np.testing.assert_allclose(together.interval(0.7)[side], expected, rtol=1e-9)
    density = np.concatenate(
        [one.log_pdf(target[None]) for one, target in zip(each, targets, strict=True)]
    )
    np.testing.assert_allclose(together.log_pdf(targets), density, rtol=1e-10)
    np.testing.assert_allclose(model.log_density(rows, targets), density, rtol=1e-10)
    np.testing.assert_allclose(together[4].mean(), each[4].mean()[0])
    np.testing.assert_allclose(together[-1].mean(), each[-1].mean()[0])
    np.testing.assert_allclose(together[3:12:2].mean(), together.mean()[3:12:2])
    assert together.weights.shape == (len(rows), 3)
    assert together.means.shape == (len(rows), 3, 2)
    assert "3 groups" in repr(together)
    with pytest.raises(ValueError, match="Expected 22 rows"):
        together.log_pdf(targets[:3])


def test_draws_have_the_quantiles_and_shapes_they_should(iris):
    X, model = iris
    rows = X[::50, :2].copy()
    rows[1, 0] = np.nan
    draws = model.sample_targets(rows, 4000, random_state=3)
    assert draws.shape == (3, 2, 4000)
    quantiles = model.predict_quantiles(rows, [0.1, 0.5, 0.9])
    assert quantiles.shape == (3, 2, 3)
    below = (draws[..., None] <= quantiles[:, :, None, :]).mean(axis=2)
    np.testing.assert_allclose(below, np.broadcast_to([0.1, 0.5, 0.9], below.shape), atol=0.025)
    np.testing.assert_array_equal(model.predict_quantiles(rows, 0.5), quantiles[..., 1])
    np.testing.assert_array_equal(draws, model.sample_targets(rows, 4000, random_state=3))
    assert model.conditional(rows).sample(1).shape == (3, 2)


def test_a_column_gives_a_column_and_a_table_a_table(linear):
    X, Y = linear
    shape = {"n_components": 1, "covariance_types": "full", "criterion": "bic"}
    column = GaussianMixtureRegressor(**shape).fit(X, Y[:, 0])
    table = GaussianMixtureRegressor(**shape).fit(X, Y[:, :1])
    assert column.predict(X).shape == (200,)
    assert table.predict(X).shape == (200, 1)
    np.testing.assert_array_equal(column.predict(X), table.predict(X)[:, 0])
    assert column.predict_quantiles(X, [0.2, 0.4]).shape == (200, 2)
    assert column.predict_interval(X)[0].shape == (200,)
    assert column.sample_targets(X, 2).shape == (200, 2)
    assert column.score(X, Y[:, 0]) > 0.99


@pytest.mark.parametrize("library", [pd, pl])
def test_names_of_inputs_and_targets_are_kept(linear, library):
    X, Y = linear
    frame = library.DataFrame({"a": X[:, 0], "target": X[:, 1], "c": X[:, 2]})
    series = library.DataFrame({"yield": Y[:, 0]})["yield"]
    model = GaussianMixtureRegressor(1, covariance_types="full", criterion="bic")
    model.fit(frame, series)
    assert model.mixture_.feature_names == ("a", "target", "c", "yield")
    plain = GaussianMixtureRegressor(1, covariance_types="full", criterion="bic").fit(X, Y[:, 0])
    np.testing.assert_array_equal(model.predict(frame), plain.predict(X))
    np.testing.assert_array_equal(model.log_density(frame, series), plain.log_density(X, Y[:, 0]))
    model.fit(frame, Y[:, 0])
    assert model.mixture_.feature_names == ("a", "target", "c", "target (target)")
    model.fit(frame, library.DataFrame({"u": Y[:, 0], "v": Y[:, 1]}))
    assert model.mixture_.feature_names[3:] == ("u", "v")
    assert model.conditional(frame).feature_names == ("u", "v")


def test_rows_without_a_target_count_by_what_they_have(linear):
    X, Y = linear
    y = Y[:, 0].copy()
    y[::4] = np.nan
    model = GaussianMixtureRegressor(
        1, covariance_types="full", missing_targets="use", criterion="bic"
    ).fit(X, y)
    joint = GaussianMixture(1, tol=1e-9, max_iter=2000).fit(np.column_stack([X, y]))
    np.testing.assert_allclose(model.mixture_.means, joint.means_, atol=1e-5)
    np.testing.assert_allclose(model.mixture_.covariances, joint.covariances_, atol=1e-4)
    rows = np.column_stack([X, Y[:, 0]])
    dropped = GaussianMixture(1).fit(rows[~np.isnan(y)])
    np.testing.assert_allclose(model.mixture_.means[0, :3], X.mean(axis=0), atol=1e-5)
    assert np.abs(dropped.means_[0, :3] - X.mean(axis=0)).max() > 1e-3


def test_gaps_in_the_inputs_of_a_fit_do_little_harm(linear):
    X, Y = linear
    gappy = X.copy()
    gappy[np.random.default_rng(0).random(X.shape) < 0.2] = np.nan
    model = GaussianMixtureRegressor(1, covariance_types="full", criterion="bic")
    assert model.fit(gappy, Y).score(X, Y) > 0.99


def test_what_is_held_out_is_the_density_of_targets_given_inputs(linear):
    X, Y = linear
    joint = np.column_stack([X, Y])
    pairs = [(np.arange(100), np.arange(100, 200)), (np.arange(100, 200), np.arange(100))]
    search = GaussianMixtureRegressor(1, covariance_types="full")._search(cv=pairs)
    search._given = np.arange(3)
    search.fit(joint)
    expected = []
    for train, test in pairs:
        model = GaussianMixtureRegressor(1, covariance_types="full", criterion="bic")
        expected += model.fit(X[train], Y[train]).log_density(X[test], Y[test]).tolist()
    assert search.best_score_ == pytest.approx(np.mean(expected), rel=1e-5)


def test_the_choice_serves_the_targets_and_not_the_inputs():
    rng = np.random.default_rng(5)
    X = np.concatenate([rng.normal(m, 1.0, (60, 2)) for m in ([0, 0], [9, 0], [0, 9])])
    y = X @ [1.0, -1.0] + rng.normal(0.0, 1.0, len(X))
    choice = {"n_components": range(1, 4), "covariance_types": "full", "random_state": 0}
    by_joint = GaussianMixtureRegressor(**choice, criterion="bic").fit(X, y)
    by_targets = GaussianMixtureRegressor(**choice).fit(X, y)
    assert by_joint.mixture_.n_components == 3
    fresh = np.concatenate([rng.normal(m, 1.0, (500, 2)) for m in ([0, 0], [9, 0], [0, 9])])
    truth = fresh @ [1.0, -1.0] + rng.normal(0.0, 1.0, len(fresh))
    gain = by_targets.log_density(fresh, truth).mean() - by_joint.log_density(fresh, truth).mean()
    assert by_targets.mixture_.n_components == 1
    assert gain > 0.0


def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads():
    X = load_iris().data
    found = [
        GaussianMixtureRegressor(range(1, 4), random_state=7, n_jobs=n)
        .fit(X[:, :3], X[:, 3])
        .predict(X[:, :3])
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(*found)


def test_tables_that_least_squares_refuses_do_not_break_it():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 3))
    y = X @ [1.0, 2.0, 3.0] + 0.1 * rng.normal(size=60)
    odd = np.column_stack([X, X[:, 0], np.full(60, 3.0)])
    model = GaussianMixtureRegressor(range(1, 4), random_state=0).fit(odd, y)
    assert model.score(odd, y) > 0.98
    wide = rng.normal(size=(20, 40))
    model = GaussianMixtureRegressor(range(1, 3), random_state=0).fit(wide, wide[:, 0])
    found = model.predict(rng.normal(size=(50, 40)))
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 10.0
    few = GaussianMixtureRegressor(random_state=0).fit([[0.0], [1.0]], [1.0, 3.0])
    assert 1.0 <= few.predict([[0.5]])[0] <= 3.0
