"""A uniform component: steps against dense formulas, and what its answers must satisfy."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gaussmix import GaussianMixture
from gaussmix.em import run
from gaussmix.execution import Team

SIX = ("VVV", "EEE", "VVI", "EEI", "VII", "EII")
TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
SIDES = np.array([9.0, 12.0, 7.0, 10.0])

# Runs of a few iterations are not to converge.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def _noisy(seed=0, offset=0.0):
    """Two clusters and a fifth of uniform rows, (N, 2)."""
    rng = np.random.default_rng(seed)
    clusters = rng.normal(size=(2, 40, 2)) * [0.5, 0.9] + np.array([[[0.0, 0.0]], [[5.0, 4.0]]])
    return np.concatenate([*clusters, rng.uniform([-4.0, -6.0], [9.0, 9.0], (20, 2))]) + offset


def _joint(gm, X):
    """log weight_k N(x | k), (N, K), of complete rows."""
    matrices = gm.mixture_.components.covariances.dense()
    pairs = zip(gm.means_, matrices, strict=True)
    columns = [np.atleast_1d(multivariate_normal(m, S).logpdf(X)) for m, S in pairs]
    return np.stack(columns, axis=1) + np.log(gm.weights_)


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("n_features", [1, 2, 4])
@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_a_step_is_the_plain_one(hidden, draw, ask, *, code, n_features, exact, gaps):
    for n_components in (1, 3):
        theta = draw.theta(hidden, code, n_components, n_features, seed=1, sides=SIDES[:n_features])
        rows = draw.rows(hidden, theta, 30, seed=2, gaps=gaps, weights=True)
        found, statistics = ask.step(code, rows, theta, exact=exact, reg_covar=1e-3)
        ask.assert_same(found, hidden.step(code, rows, theta, reg_covar=1e-3))
        expected = hidden.log_likelihood(rows, theta)
        np.testing.assert_allclose(statistics.log_likelihood, expected, rtol=1e-11)
        total = statistics.mass.sum() + statistics.noise_mass
        np.testing.assert_allclose(total, rows.weight.sum(), rtol=1e-12)
        assert statistics.noise_mass > 0.1


@pytest.mark.parametrize("code", SIX)
@pytest.mark.parametrize("gaps", [False, True])
def test_the_objective_never_falls(hidden, draw, ask, code, gaps):
    theta = draw.theta(hidden, code, 2, 3, seed=3, sides=SIDES[:3])
    rows = draw.rows(hidden, theta, 40, seed=4, gaps=gaps, weights=True)
    problem = ask.problem(code, rows, theta, reg_covar=1e-3)
    fit = run(problem, ask.components(code, theta), Team(), tol=0.0, max_iter=50)
    assert np.diff(fit.objectives).min() >= -1e-12
    assert fit.objectives[-1] > fit.objectives[0] + 1e-3


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("offset", [0.0, 1.1, 1e5 / 3.0])
def test_the_score_of_a_fit_is_its_lower_bound(name, offset):
    """Every row that counts lies in the box, those at its sides too, whatever their bits."""
    for seed in range(5):
        X = _noisy(seed, offset)
        weight = np.r_[np.zeros(3), np.ones(97)]
        gm = GaussianMixture(2, covariance_type=name, noise_component=True, random_state=0)
        gm.fit(X, sample_weight=weight)
        assert gm.score(X, sample_weight=weight) == pytest.approx(gm.lower_bound_, abs=1e-9)
        volume = np.ptp(X[3:], axis=0).prod()
        noise = np.full(97, np.log(gm.noise_weight_ / volume))
        joint = np.column_stack([_joint(gm, X[3:]), noise])
        np.testing.assert_allclose(gm.score_samples(X[3:]), logsumexp(joint, axis=1), atol=1e-7)


def test_float32_rows_lie_in_their_own_box():
    for seed in range(5):
        X = _noisy(seed, offset=1.1).astype(np.float32)
        gm = GaussianMixture(2, noise_component=True, random_state=0).fit(X)
        assert gm.score(X) == pytest.approx(gm.lower_bound_, abs=1e-9)


@pytest.mark.parametrize("name", TYPES)
def test_posteriors_have_one_column_more(name):
    X = _noisy()
    gm = GaussianMixture(2, covariance_type=name, noise_component=True, random_state=0).fit(X)
    assert gm.weights_.sum() + gm.noise_weight_ == pytest.approx(1.0, abs=1e-14)
    assert 0.05 < gm.noise_weight_ < 0.4
    noise = np.full(len(X), np.log(gm.noise_weight_) - np.log(np.ptp(X, axis=0)).sum())
    joint = np.column_stack([_joint(gm, X), noise])
    expected = np.exp(joint - logsumexp(joint, axis=1)[:, None])
    proba = gm.predict_proba(X)
    assert proba.shape == (100, 3)
    np.testing.assert_allclose(proba, expected, atol=1e-9)
    np.testing.assert_allclose(gm.transform(X), proba, atol=1e-12)
    label = np.where(expected.argmax(axis=1) == 2, -1, expected.argmax(axis=1))
    np.testing.assert_array_equal(gm.predict(X), label)
    assert {-1, 0, 1} == set(label)


def test_outside_the_box_the_density_has_no_uniform_part_and_the_posterior_is_noise():
    X = _noisy()
    gm = GaussianMixture(2, noise_component=True, random_state=0).fit(X)
    far = np.array([[60.0, 3.0], [1.0, -40.0], [1e200, 0.0]])
    expected = logsumexp(_joint(gm, far[:2]), axis=1)
    np.testing.assert_allclose(gm.score_samples(far), [*expected, -np.inf], rtol=1e-9)
    np.testing.assert_allclose(gm.predict_proba(far), [[0.0, 0.0, 1.0]] * 3, atol=1e-12)
    np.testing.assert_array_equal(gm.predict(far), [-1, -1, -1])
    # With one column missing the other still is outside, or not.
    half = np.array([[60.0, np.nan], [np.nan, 3.0], [np.nan, np.nan]])
    proba = gm.predict_proba(half)
    assert proba[0, 2] == pytest.approx(1.0, abs=1e-12)
    everything = [*gm.weights_, gm.noise_weight_]
    np.testing.assert_allclose(proba[2], everything, rtol=1e-12)
    assert gm.score_samples(half)[2] == pytest.approx(0.0, abs=1e-12)
    of_second = np.sqrt(gm.covariances_[:, 1, 1])
    terms = gm.weights_ * np.exp(-0.5 * ((3.0 - gm.means_[:, 1]) / of_second) ** 2)
    terms /= of_second * np.sqrt(2.0 * np.pi)
    density = terms.sum() + gm.noise_weight_ / np.ptp(X[:, 1])
    assert gm.score_samples(half)[1] == pytest.approx(np.log(density), abs=1e-9)


@pytest.mark.parametrize("volume", [1e-3, 195.0, 1e9])
def test_the_volume_may_be_given(volume):
    X = _noisy()
    start = {
        "weights_init": [0.4, 0.4],
        "means_init": [[0.0, 0.0], [5.0, 4.0]],
        "precisions_init": [np.eye(2)] * 2,
    }
    start["weights_init"] = [0.5, 0.5]
    gm = GaussianMixture(2, noise_component=True, noise_volume=volume, max_iter=1, tol=0.0, **start)
    gm.fit(X)
    begin = GaussianMixture.from_parameters([0.5, 0.5], start["means_init"], [np.eye(2)] * 2)
    joint = np.column_stack([_joint(begin, X) + np.log(0.9), np.full(100, np.log(0.1 / volume))])
    resp = np.exp(joint - logsumexp(joint, axis=1)[:, None])
    assert gm.noise_weight_ == pytest.approx(resp[:, 2].mean(), rel=1e-9)
    np.testing.assert_allclose(gm.weights_, resp[:, :2].mean(axis=0), rtol=1e-9, atol=1e-12)
    # No row is outside of what is only a volume.
    far = np.array([[1e4, 0.0]])
    found = gm.score_samples(far)[0]
    assert found == pytest.approx(np.log(gm.noise_weight_ / volume), abs=1e-9)
    assert gm.score(X) == pytest.approx(gm.lower_bound_, abs=1e-9)


@pytest.mark.parametrize("name", TYPES)
def test_rows_marked_as_noise_start_there(name):
    X = _noisy()
    start = np.repeat([0, 1, -1], [40, 40, 20])
    settings = {"covariance_type": name, "noise_component": True, "reg_covar": 0.0}
    gm = GaussianMixture(2, init_params=start, max_iter=0, **settings).fit(X)
    assert gm.noise_weight_ == pytest.approx(0.2, rel=1e-13)
    np.testing.assert_allclose(gm.weights_, [0.4, 0.4], rtol=1e-13)
    np.testing.assert_allclose(gm.means_, [X[:40].mean(axis=0), X[40:80].mean(axis=0)], rtol=1e-12)
    soft = np.eye(3)[start]
    other = GaussianMixture(2, init_params=soft, max_iter=0, **settings).fit(X)
    np.testing.assert_allclose(other.covariances_, gm.covariances_, rtol=1e-12)
    assert other.noise_weight_ == pytest.approx(0.2, rel=1e-13)


@pytest.mark.parametrize("given", ["weights_init", "means_init", "precisions_init", "both"])
def test_proportions_sum_to_one_whatever_is_given(given):
    values = {
        "weights_init": [0.3, 0.7],
        "means_init": [[0.0, 0.0], [5.0, 4.0]],
        "precisions_init": [np.eye(2)] * 2,
    }
    chosen = {given: values[given]} if given in values else dict(list(values.items())[:2])
    chosen |= {"tol": 0.0, "random_state": 0}
    for max_iter in (0, 2):
        gm = GaussianMixture(2, noise_component=True, max_iter=max_iter, **chosen)
        gm.fit(_noisy())
        assert gm.weights_.sum() + gm.noise_weight_ == pytest.approx(1.0, abs=1e-13)
        assert gm.noise_weight_ > 0.01


def test_the_model_counts_two_parameters_more():
    X = _noisy()
    plain = GaussianMixture(2, random_state=0).fit(X)
    gm = GaussianMixture(2, noise_component=True, random_state=0).fit(X)
    assert gm.n_parameters_ == plain.n_parameters_ + 2
    assert gm.bic(X) == pytest.approx(-2.0 * gm.log_likelihood_ + 13.0 * np.log(100), abs=1e-6)
    doubt = -np.log(gm.predict_proba(X).max(axis=1)).sum()
    assert gm.icl(X) == pytest.approx(gm.bic(X) + 2.0 * doubt, abs=1e-6)
    assert gm.bic(X) < plain.bic(X)


def test_a_fit_goes_on_from_itself():
    X, settings = _noisy(), {"tol": 0.0, "random_state": 0}
    gm = GaussianMixture(2, noise_component=True, warm_start=True, max_iter=3, **settings)
    first = gm.fit(X).lower_bounds_[-1]
    more = gm.fit(X).lower_bounds_
    whole = GaussianMixture(2, noise_component=True, max_iter=6, **settings).fit(X)
    assert more[0] > first
    np.testing.assert_allclose(more, whole.lower_bounds_[3:], rtol=1e-12)
