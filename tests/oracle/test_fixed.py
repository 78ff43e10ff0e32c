"""Parameters that are fixed: their bits stay, and the rest are the constrained best."""

import numpy as np
import pytest

from gaussmix import GaussianMixture
from gaussmix.covariance import FAMILIES
from gaussmix.em import run
from gaussmix.execution import Team

SIX = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
TYPES = {
    "full": "VVV",
    "tied": "EEE",
    "diag": "VVI",
    "spherical": "VII",
    "tied_diag": "EEI",
    "tied_spherical": "EII",
}
ALL, SOME, ONE_LEFT = np.ones(3, bool), np.array([True, False, False]), np.array([1, 0, 1], bool)
MASKS = {
    "means": {"means": ALL},
    "weights": {"weights": ALL},
    "covariances": {"covariances": ALL},
    "means and weights": {"means": ALL, "weights": ALL},
    "some means": {"means": SOME},
    "some weights": {"weights": SOME},
    "all weights but one": {"weights": ONE_LEFT},
    "some means, all covariances": {"means": SOME, "covariances": ALL},
}
IN_PART = {
    "some covariances": {"covariances": SOME},
    "different ones": {"weights": SOME, "means": ONE_LEFT, "covariances": ~SOME},
}
CASES = [(code, name) for code in SIX for name in MASKS]
CASES += [(code, name) for code in SIX if code[0] == "V" for name in IN_PART]
MASKS = MASKS | IN_PART

# Runs of a few iterations are not to converge.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def _assert_kept(found, start, masks):
    """That what is fixed has the start's bits."""
    for name in ("weights", "means"):
        mask = masks.get(name, ~ALL)
        np.testing.assert_array_equal(getattr(found, name)[mask], getattr(start, name)[mask])
    mask = masks.get("covariances", ~ALL)
    if mask.any():
        kept = found.covariances.dense()[mask]
        np.testing.assert_array_equal(kept, start.covariances.dense()[mask])


@pytest.mark.parametrize(("code", "which"), CASES)
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_a_step_is_the_plain_one(hidden, draw, ask, *, code, which, exact, gaps):
    masks = MASKS[which]
    theta = draw.theta(hidden, code, 3, 3, seed=1)
    rows = draw.rows(hidden, theta, 40, seed=2, gaps=gaps, weights=True)
    start = ask.components(code, theta)
    found, _ = ask.step(code, rows, theta, exact=exact, reg_covar=1e-3, fixed=masks)
    ask.assert_same(found, hidden.step(code, rows, theta, reg_covar=1e-3, fixed=masks))
    _assert_kept(found, start, masks)
    np.testing.assert_allclose(found.weights.sum(), 1.0, rtol=1e-14)


@pytest.mark.parametrize(("code", "which"), CASES)
def test_the_objective_never_falls_and_bits_stay(hidden, draw, ask, code, which):
    masks = MASKS[which]
    theta = draw.theta(hidden, code, 3, 3, seed=3)
    rows = draw.rows(hidden, theta, 60, seed=4, weights=True)
    problem = ask.problem(code, rows, theta, reg_covar=1e-4, fixed=masks)
    start = ask.components(code, theta)
    fit = run(problem, start, Team(), tol=0.0, max_iter=40)
    assert np.diff(fit.objectives).min() >= -1e-12
    assert fit.objectives[-1] > fit.objectives[0]
    _assert_kept(fit.components, start, masks)


@pytest.mark.parametrize("code", SIX)
def test_fixed_means_far_from_the_rows_are_exactly_right(hidden, draw, ask, code):
    """The scatter about a mean 1e3 away is that large; nothing cancels."""
    theta = draw.theta(hidden, code, 3, 3, seed=5)
    rows = draw.rows(hidden, theta, 40, seed=6)
    theta.means[0] += 1e3
    masks = {"means": ALL}
    rows.label[:12] = 0
    found, _ = ask.step(code, rows, theta, fixed=masks)
    ask.assert_same(found, hidden.step(code, rows, theta, fixed=masks))


X = np.random.default_rng(7).normal(size=(90, 2)) * [1.0, 3.0]
X[45:] += [4.0, 2.0]
GIVEN = {"weights_init": [0.2, 0.5, 0.3], "means_init": [[0.1, 0.3], [4.0, 2.0], [2.0, 0.0]]}
PRECISIONS = {
    "full": [[[2.0, 0.3], [0.3, 0.2]], [[1.0, 0.1], [0.1, 0.7]], [[1.0, 0.0], [0.0, 0.3]]],
    "tied": [[1.0, 0.1], [0.1, 0.3]],
    "diag": [[1.0, 0.3], [0.7, 0.2], [1.1, 0.4]],
    "spherical": [1.0, 0.3, 0.7],
    "tied_diag": [[[0.7, 0.0], [0.0, 0.3]]] * 3,
    "tied_spherical": [[[0.7, 0.0], [0.0, 0.7]]] * 3,
}


def _fit(name, fixed, **settings):
    given = {**GIVEN, "precisions_init": PRECISIONS[name], "tol": 0.0, "max_iter": 15}
    return GaussianMixture(3, covariance_type=name, fixed=fixed, **{**given, **settings}).fit(X)


@pytest.mark.parametrize("name", tuple(TYPES))
def test_estimators_keep_what_is_fixed(name):
    start = _fit(name, None, max_iter=0)
    free = _fit(name, None)
    published = {"weights": "weights_", "means": "means_", "covariances": "covariances_"}
    for fixed in ("means", "weights", "covariances", "weights, covariances"):
        gm = _fit(name, fixed)
        for parameter, attribute in published.items():
            found, before = getattr(gm, attribute), getattr(start, attribute)
            assert np.array_equal(found, before) == (parameter in fixed), (fixed, attribute)
        assert abs(free.lower_bounds_[-1] - gm.lower_bounds_[-1]) > 1e-6
    gm = _fit(name, "means,weights,covariances")
    for attribute in published.values():
        np.testing.assert_array_equal(getattr(gm, attribute), getattr(start, attribute))
    np.testing.assert_array_equal(gm.means_, GIVEN["means_init"])
    np.testing.assert_array_equal(gm.weights_, GIVEN["weights_init"])
    assert gm.lower_bound_ == pytest.approx(start.lower_bound_, rel=1e-13)


@pytest.mark.parametrize("name", tuple(TYPES))
def test_parameters_are_counted_without_those_that_are_fixed(name):
    n_covariance = FAMILIES[TYPES[name]].n_parameters(3, 2)
    counts = {
        "means": 2 + n_covariance,
        "weights": 6 + n_covariance,
        "covariances": 2 + 6,
        "means,covariances": 2,
        "means,weights,covariances": 0,
    }
    for fixed, expected in counts.items():
        assert _fit(name, fixed).n_parameters_ == expected, fixed
    n_rows, total = len(X), _fit(name, "means").log_likelihood_
    expected = -2.0 * total + (2 + n_covariance) * np.log(n_rows)
    assert _fit(name, "means").bic(X) == pytest.approx(expected, rel=1e-12)
    # Of three proportions, one fixed leaves one free, two fixed leave none.
    assert _fit(name, {"weights": [True, False, False]}).n_parameters_ == 1 + 6 + n_covariance
    assert _fit(name, {"weights": [True, True, False]}).n_parameters_ == 6 + n_covariance
    assert _fit(name, {"means": [True, True, False]}).n_parameters_ == 2 + 2 + n_covariance
    if TYPES[name][0] == "V":
        per_component = n_covariance // 3
        found = _fit(name, {"covariances": [True, False, True]}).n_parameters_
        assert found == 2 + 6 + per_component


@pytest.mark.parametrize("start", ["kmeans", "random", "auto"])
def test_fixed_means_stay_in_their_places_whatever_the_start(start):
    means = [[4.0, 2.0], [0.0, 0.0]]
    gm = GaussianMixture(2, means_init=means, fixed="means", init_params=start, random_state=0)
    np.testing.assert_array_equal(gm.fit(X).means_, means)
    mask = {"means": [False, True]}
    gm = GaussianMixture(2, means_init=means, fixed=mask, init_params=start, random_state=0).fit(X)
    np.testing.assert_array_equal(gm.means_[1], means[1])
    assert np.abs(gm.means_[0] - means[0]).max() > 1e-3


def test_fixed_parameters_with_noise():
    """The noise shares what the fixed proportions leave."""
    settings = {**GIVEN, "precisions_init": PRECISIONS["full"], "noise_component": True}
    settings |= {"tol": 0.0, "max_iter": 20, "weights_init": [0.2, 0.5, 0.3]}
    gm = GaussianMixture(3, fixed={"weights": [True, False, False]}, **settings).fit(X)
    assert gm.weights_[0] == 0.2
    assert gm.weights_.sum() + gm.noise_weight_ == pytest.approx(1.0, rel=1e-13)
    assert gm.noise_weight_ > 0.0
    assert np.diff(gm.lower_bounds_).min() >= -1e-12
    # Two proportions and the volume are free, besides means and covariances.
    assert gm.n_parameters_ == 2 + 1 + 6 + 9 + 0
    means = GaussianMixture(3, fixed="means", **settings).fit(X)
    np.testing.assert_array_equal(means.means_, GIVEN["means_init"])
    assert np.diff(means.lower_bounds_).min() >= -1e-12


def test_a_fixed_weight_beside_noise_is_kept_from_the_start():
    settings = {
        "weights_init": [0.3, 0.7],
        "means_init": [[0.0], [4.0]],
        "precisions_init": np.ones((2, 1, 1)),
        "fixed": {"weights": [True, False]},
        "noise_component": True,
    }
    X = np.random.default_rng(0).normal(2.0, 3.0, size=(50, 1))
    for max_iter in (0, 1, 3):
        gm = GaussianMixture(2, max_iter=max_iter, tol=0.0, **settings).fit(X)
        assert gm.weights_[0] == 0.3
        assert gm.weights_.sum() + gm.noise_weight_ == pytest.approx(1.0, abs=1e-12)


def test_noise_beside_fixed_weights_has_one_parameter():
    X = np.random.default_rng(0).normal(2.0, 3.0, size=(50, 1))
    settings = {"means_init": [[0.0], [4.0]], "noise_component": True, "max_iter": 2, "tol": 0.0}
    free = GaussianMixture(2, **settings).fit(X).n_parameters_
    fixed = GaussianMixture(2, weights_init=[0.3, 0.6], fixed="weights", **settings).fit(X)
    assert fixed.noise_weight_ == pytest.approx(0.1)
    assert fixed.n_parameters_ == free - 2
