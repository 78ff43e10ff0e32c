"""Rows whose component is known: steps against dense formulas, and what must follow of fits."""

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.em import run
from gaussmix.execution import Team

SIX = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
CODES = dict(
    zip(TYPES, ("VVV", "EEE", "VVI", "VII", "EEI", "EII"), strict=True),
)

# Runs of a few iterations are not to converge.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SIDES = np.array([9.0, 12.0, 7.0])


def _overlapping(seed=0, sizes=(40, 80, 20)):
    """Rows (N, 2) of three classes, the largest in the middle, and their classes."""
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(3), sizes)
    centres = np.array([[0.0, 0.0], [2.0, 1.0], [4.0, -1.0]])
    return centres[y] + rng.normal(size=(len(y), 2)) * [1.0, 0.6], y


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("has_noise", [False, True])
def test_a_step_is_the_plain_one(hidden, draw, ask, *, code, exact, gaps, has_noise):
    theta = draw.theta(hidden, code, 3, 3, seed=1, sides=SIDES if has_noise else None)
    rows = draw.rows(hidden, theta, 30, seed=2, gaps=gaps, weights=True, labels=True)
    assert 0 < np.count_nonzero(rows.label >= 0) < 30
    found, statistics = ask.step(code, rows, theta, exact=exact, reg_covar=1e-3)
    ask.assert_same(found, hidden.step(code, rows, theta, reg_covar=1e-3))
    expected = hidden.log_likelihood(rows, theta)
    np.testing.assert_allclose(statistics.log_likelihood, expected, rtol=1e-10)
    plain = hidden.Rows(rows.X, rows.weight)
    assert abs(hidden.log_likelihood(plain, theta) - expected) > 0.1


@pytest.mark.parametrize("code", SIX)
def test_the_objective_never_falls(hidden, draw, ask, code):
    theta = draw.theta(hidden, code, 3, 3, seed=3)
    rows = draw.rows(hidden, theta, 40, seed=4, gaps=True, weights=True, labels=True)
    problem = ask.problem(code, rows, theta, reg_covar=1e-3)
    fit = run(problem, ask.components(code, theta), Team(), tol=0.0, max_iter=40)
    assert np.diff(fit.objectives).min() >= -1e-12
    assert fit.objectives[-1] > fit.objectives[0] + 1e-3


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
@pytest.mark.parametrize("start", ["kmeans", "random", "auto"])
def test_all_rows_labelled_give_the_fit_by_class_whatever_the_start(hidden, name, order, start):
    X, y = _overlapping()
    label = np.array(order)[y]
    settings = {"covariance_type": name, "reg_covar": 0.0, "random_state": 0}
    gm = GaussianMixture(3, init_params=start, max_iter=3, tol=0.0, **settings)
    gm.fit(X, labels=label)
    means = np.array([X[label == k].mean(axis=0) for k in range(3)])
    counts = np.bincount(label).astype(float)
    scatter = np.array(
        [(X[label == k] - means[k]).T @ (X[label == k] - means[k]) for k in range(3)]
    )
    np.testing.assert_allclose(gm.weights_, counts / len(X), rtol=1e-12)
    np.testing.assert_allclose(gm.means_, means, rtol=1e-10, atol=1e-12)
    expected = hidden.by_family(CODES[name], scatter, counts)
    found = gm.mixture_.components.covariances.dense()
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(gm.lower_bounds_, gm.lower_bounds_[0], rtol=1e-13)


@pytest.mark.parametrize("start", ["kmeans", "k-means++", "random_from_data", "auto"])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 0, 2]])
def test_a_few_labels_number_the_components(start, order):
    """Three labels a class are enough to say which component is which."""
    X, y = _overlapping(seed=1)
    X = X + 2.0 * np.array([[0.0, 0.0], [2.0, 1.0], [4.0, -1.0]])[y]
    truth = np.array(order)[y]
    label = np.full(len(X), -1)
    for k in range(3):
        label[np.flatnonzero(truth == k)[:3]] = k
    gm = GaussianMixture(3, init_params=start, random_state=0, max_iter=500)
    gm.fit(X, labels=label)
    known = label >= 0
    np.testing.assert_array_equal(gm.predict(X)[known], label[known])
    means = np.array([X[truth == k].mean(axis=0) for k in range(3)])
    nearest = np.linalg.norm(gm.means_[:, None] - means, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, [0, 1, 2])


def test_labels_of_one_class_number_that_component():
    X, y = _overlapping(seed=6)
    X = X + 2.0 * np.array([[0.0, 0.0], [2.0, 1.0], [4.0, -1.0]])[y]
    for k in range(3):
        label = np.full(len(X), -1)
        label[np.flatnonzero(y == 1)[:4]] = k
        gm = GaussianMixture(3, random_state=0).fit(X, labels=label)
        assert np.abs(gm.means_[k] - X[y == 1].mean(axis=0)).max() < 0.3


@pytest.mark.parametrize("name", TYPES)
def test_no_known_label_is_no_labels(name):
    X, _ = _overlapping(seed=2)
    X[::9, 0] = np.nan
    one = GaussianMixture(3, covariance_type=name, random_state=0).fit(X)
    other = GaussianMixture(3, covariance_type=name, random_state=0)
    other.fit(X, labels=np.full(len(X), -1))
    np.testing.assert_array_equal(one.weights_, other.weights_)
    np.testing.assert_array_equal(one.means_, other.means_)
    np.testing.assert_array_equal(one.covariances_, other.covariances_)
    assert one.lower_bounds_ == other.lower_bounds_


def test_the_order_may_still_be_asked_for():
    X, y = _overlapping(seed=3)
    gm = GaussianMixture(3, component_order="weight", random_state=0).fit(X, labels=y)
    assert (np.diff(gm.weights_) <= 0.0).all()


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("away", [1e3, 1e5])
def test_a_labelled_row_may_lie_far_from_its_component(hidden, draw, ask, *, code, exact, away):
    theta = draw.theta(hidden, code, 2, 3, seed=5)
    rows = draw.rows(hidden, theta, 20, seed=6)
    rows.X[4] = theta.means[1] + away * np.sqrt(np.diagonal(theta.matrices[1]))
    rows.label[4], rows.label[5] = 0, 1
    found, statistics = ask.step(code, rows, theta, exact=exact)
    expected = hidden.log_likelihood(rows, theta)
    assert expected < -0.1 * away**2
    np.testing.assert_allclose(statistics.log_likelihood, expected, rtol=1e-9)
    ask.assert_same(found, hidden.step(code, rows, theta), rtol=1e-8)


@pytest.mark.parametrize("name", TYPES)
def test_labelled_rows_of_a_component_whose_mean_lies_far_away(name):
    X, y = _overlapping(seed=4)
    label = np.where(np.arange(len(X)) % 2 == 0, y, -1)
    gm = GaussianMixture(
        3,
        covariance_type=name,
        means_init=[[1e4, 0.0], [2.0, 1.0], [4.0, -1.0]],
        weights_init=[1e-9, 0.5, 0.5 - 1e-9],
        max_iter=200,
    )
    gm.fit(X, labels=label)
    assert np.isfinite(gm.lower_bounds_).all()
    assert np.abs(gm.means_[0] - X[y == 0].mean(axis=0)).max() < 0.8


def test_labels_move_the_fit_and_its_likelihood_is_that_of_the_labelled_rows():
    X, y = _overlapping(seed=5)
    label = np.where(np.arange(len(X)) % 3 == 0, y, -1)
    settings = {"means_init": [[0.0, 0.0], [2.0, 1.0], [4.0, -1.0]], "tol": 1e-9, "max_iter": 2000}
    gm = GaussianMixture(3, **settings).fit(X, labels=label)
    joint = gm.score_samples(X)[:, None] + np.log(gm.predict_proba(X))
    known = label >= 0
    total = joint[known, label[known]].sum() + gm.score_samples(X[~known]).sum()
    assert gm.log_likelihood_ == pytest.approx(total, rel=1e-11)
    assert gm.lower_bound_ == pytest.approx(total / len(X), rel=1e-11)
    plain = GaussianMixture(3, **settings).fit(X)
    assert np.abs(plain.means_ - gm.means_).max() > 1e-3
