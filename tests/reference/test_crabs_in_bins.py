"""Weldon's crabs as Pearson had them: counts in bins, fitted as bins.

The optimum was found by EM for grouped data (McLachlan & Jones 1988, Biometrics 44, 571-578)
written in mpmath with 40 digits; `tests/oracle/interval_em.py` has the same formulas in float64.
"""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from gaussmix import GaussianMixture
from gaussmix.data.intervals import IntervalData
from gaussmix.datasets import load_naples_crabs

OPTIMUM = {
    "weights": [0.432737604403, 0.567262395597],
    "means": [0.631740539729, 0.654579100581],
    "std": [0.0182747061788, 0.0125659622058],
}
LOG_LIKELIHOOD = -2953.881842034513
START = {
    "weights_init": [0.5, 0.5],
    "means_init": [[0.63], [0.66]],
    "precisions_init": [[[0.02**-2]], [[0.01**-2]]],
}
TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")

# Runs of a fixed number of iterations are not to converge.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def crabs():
    table = load_naples_crabs()
    return IntervalData(table["lower"], table["upper"], table["count"])


def _precisions(name, variance):
    """The start's precisions in a family's layout."""
    shapes = {"tied": (1, 1), "diag": (2, 1), "spherical": (2,)}
    return np.full(shapes.get(name, (2, 1, 1)), 1.0 / variance)


def _tails(data, at):
    """The mixture's probability of each interval, written plainly."""
    weights, means, std = (np.array(values) for values in at)
    upper = norm.cdf(data.upper[:, None], means, std)
    return (upper - norm.cdf(data.lower[:, None], means, std)) @ weights


def _parameters(gm):
    variances = gm.mixture_.components.covariances.variances
    return gm.weights_, gm.means_[:, 0], np.sqrt(variances[:, 0])


def test_the_binned_optimum_is_reached(crabs):
    gm = GaussianMixture(2, reg_covar=0.0, tol=1e-13, max_iter=20_000, **START).fit(crabs)
    weights, means, std = _parameters(gm)
    assert gm.log_likelihood_ == pytest.approx(LOG_LIKELIHOOD, abs=1e-8)
    np.testing.assert_allclose(weights, OPTIMUM["weights"], atol=2e-5)
    np.testing.assert_allclose(means, OPTIMUM["means"], atol=1e-6)
    np.testing.assert_allclose(std, OPTIMUM["std"], atol=1e-6)
    assert np.diff(gm.lower_bounds_).min() >= -1e-13
    assert gm.score(crabs) == pytest.approx(gm.lower_bound_, rel=1e-13)
    assert gm.score(crabs) == pytest.approx(LOG_LIKELIHOOD / 1000.0, abs=1e-11)
    assert gm.bic(crabs) == pytest.approx(-2 * LOG_LIKELIHOOD + 5 * np.log(1000), abs=1e-6)


@pytest.mark.parametrize("start", ["kmeans", "auto"])
def test_other_starts_end_at_the_same_optimum(crabs, start):
    settings = {"reg_covar": 0.0, "tol": 1e-9, "max_iter": 20_000, "random_state": 0}
    gm = GaussianMixture(2, init_params=start, **settings).fit(crabs)
    assert gm.log_likelihood_ == pytest.approx(LOG_LIKELIHOOD, abs=1e-5)


@pytest.mark.parametrize("name", ["full", "diag", "spherical"])
def test_a_hundred_iterations(crabs, name):
    start = START | {"precisions_init": np.array([0.02**-2, 0.01**-2])}
    if name != "spherical":
        shape = (2, 1, 1) if name == "full" else (2, 1)
        start["precisions_init"] = start["precisions_init"].reshape(shape)
    gm = GaussianMixture(
        2, covariance_type=name, reg_covar=0.0, tol=0.0, max_iter=100, **start
    ).fit(crabs)
    np.testing.assert_allclose(gm.weights_, [0.47618552047037, 0.52381447952963], atol=1e-11)
    assert gm.log_likelihood_ == pytest.approx(-2953.9263248597613, abs=1e-9)
    assert gm.n_iter_ == 100


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("width", [2.0**-20, 2.0**-30])
def test_narrow_bins_are_points(name, width):
    rng = np.random.default_rng(0)
    x = np.round(np.r_[rng.normal(size=60), rng.normal(4.0, 0.7, size=40)] * 4096.0) / 4096.0
    count = rng.integers(0, 4, size=100).astype(float)
    narrow = IntervalData(x - width / 2, x + width / 2, count)
    for noise in ({}, {"noise_component": True}, {"noise_component": True, "noise_volume": 3.0}):
        settings = {
            "covariance_type": name,
            "max_iter": 15,
            "tol": 0.0,
            "means_init": [[0.0], [4.0]],
            "weights_init": [0.5, 0.5],
            "precisions_init": _precisions(name, 0.8),
            **noise,
        }
        gm = GaussianMixture(2, **settings).fit(narrow)
        point = GaussianMixture(2, **settings).fit(x[:, None], sample_weight=count)
        off = {"rtol": 1e-5 if noise else 1e-9, "atol": 1e-5 if noise else 1e-9}
        np.testing.assert_allclose(gm.weights_, point.weights_, **off)
        np.testing.assert_allclose(gm.means_, point.means_, **off)
        np.testing.assert_allclose(gm.covariances_, point.covariances_, **off)
        expected = point.log_likelihood_ + count.sum() * np.log(width)
        assert gm.log_likelihood_ == pytest.approx(expected, rel=off["rtol"])


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("has_noise", [False, True])
@pytest.mark.parametrize("has_labels", [False, True])
def test_a_step_is_the_plain_one(crabs, *, name, has_noise, has_labels):
    """Open ends, a bin left out, labels and noise, by differences of the distribution function."""
    lower, upper, count = (np.array(v) for v in (crabs.lower, crabs.upper, crabs.count))
    some = np.r_[0:12, 13:29]
    lower, upper, count = lower[some], upper[some], count[some]
    lower[0], upper[-1] = -np.inf, np.inf
    data = IntervalData(lower, upper, count)
    label = np.full(28, -1)
    if has_labels:
        label[[3, 14, 15, 20]] = 0, 1, 0, 1
    tied = name.startswith("tied")
    weights, means = np.array([0.4, 0.6]), np.array([0.635, 0.652])
    std = np.full(2, 0.016)
    gm = GaussianMixture(
        2,
        covariance_type=name,
        weights_init=weights,
        means_init=means[:, None],
        precisions_init=_precisions(name, 0.016**2),
        reg_covar=0.0,
        noise_component=has_noise,
        tol=0.0,
        max_iter=1,
    )
    gm.fit(data, labels=label if has_labels else None)

    a, b = ((ends[:, None] - means) / std for ends in (lower, upper))
    p = norm.cdf(b) - norm.cdf(a)
    joint = np.log(weights * (0.9 if has_noise else 1.0)) + np.log(p)
    if has_noise:
        ends = np.r_[lower[1:], upper[:-1]]
        inside = np.minimum(upper, ends.max()) - np.maximum(lower, ends.min())
        # The open ends lie outside the box.
        with np.errstate(divide="ignore"):
            uniform = np.log(0.1 * inside / np.ptp(ends))
        joint = np.column_stack([joint, uniform])
    known = (label >= 0)[:, None] & (np.arange(joint.shape[1]) != label[:, None])
    joint[known] = -np.inf
    resp = np.exp(joint - logsumexp(joint, axis=1)[:, None]) * count[:, None]
    mass = resp.sum(axis=0)
    first = std * (norm.pdf(a) - norm.pdf(b)) / p
    at = [np.where(np.isfinite(z), z, 0.0) * norm.pdf(z) for z in (a, b)]
    second = std**2 * (1.0 + (at[0] - at[1]) / p)
    r = resp[:, :2]
    move = (r * first).sum(axis=0) / mass[:2]
    scatter = (r * second).sum(axis=0) - mass[:2] * move**2
    variance = np.full(2, scatter.sum() / mass[:2].sum()) if tied else scatter / mass[:2]
    found = _parameters(gm)
    np.testing.assert_allclose(found[0], mass[:2] / mass.sum(), rtol=1e-11)
    np.testing.assert_allclose(found[1], means + move, rtol=1e-12)
    np.testing.assert_allclose(found[2], np.sqrt(variance), rtol=1e-9)


def test_answers_are_probabilities_of_intervals(crabs):
    gm = GaussianMixture(2, reg_covar=0.0, tol=1e-8, max_iter=5000, **START).fit(crabs)
    asked = IntervalData([-np.inf, 0.6, 0.64, -np.inf], [0.6, 0.64, np.inf, np.inf])
    expected = _tails(asked, _parameters(gm))
    np.testing.assert_allclose(np.exp(gm.score_samples(asked)), expected, rtol=1e-11)
    np.testing.assert_allclose(gm.predict_proba(asked)[3], gm.weights_, rtol=1e-12)
    assert gm.score_samples(asked)[3] == pytest.approx(0.0, abs=1e-13)
    assert gm.predict(IntervalData([0.5, 0.66], [0.58, 0.67])).tolist() == [0, 1]


def test_noise_has_the_probability_of_what_an_interval_covers(crabs):
    gm = GaussianMixture(2, noise_component=True, tol=1e-6, max_iter=2000, **START).fit(crabs)
    low, high = crabs.lower.min(), crabs.upper.max()
    asked = IntervalData(
        [low - 1.0, -np.inf, low, 0.64, 0.69, high], [low, np.inf, high, 0.65, 5.0, high + 1.0]
    )
    covered = np.minimum(asked.upper, high) - np.maximum(asked.lower, low)
    expected = _tails(asked, _parameters(gm)) + gm.noise_weight_ * covered / (high - low)
    assert gm.noise_weight_ > 1e-6
    np.testing.assert_allclose(np.exp(gm.score_samples(asked)), expected, rtol=1e-9, atol=1e-300)
    assert gm.score(crabs) == pytest.approx(gm.lower_bound_, abs=1e-12)


def test_counts_are_weights(crabs):
    settings = {"reg_covar": 0.0, "tol": 0.0, "max_iter": 10, **START}
    one = GaussianMixture(2, **settings).fit(crabs)
    each = IntervalData(crabs.lower, crabs.upper)
    other = GaussianMixture(2, **settings).fit(each, sample_weight=crabs.count)
    index = np.repeat(np.arange(29), crabs.count.astype(int))
    repeated = IntervalData(crabs.lower[index], crabs.upper[index])
    third = GaussianMixture(2, **settings).fit(repeated)
    for gm in (other, third):
        np.testing.assert_allclose(gm.means_, one.means_, rtol=1e-12)
        np.testing.assert_allclose(gm.lower_bounds_, one.lower_bounds_, rtol=1e-12)


def test_every_interval_may_be_open_on_both_sides_but_tells_nothing():
    data = IntervalData([-np.inf, 0.0, -np.inf], [np.inf, 1.0, 0.5], [5.0, 3.0, 2.0])
    settings = {"max_iter": 5, "tol": 0.0, "means_init": [[0.2], [0.8]], "reg_covar": 1e-2}
    settings |= {"weights_init": [0.5, 0.5], "precisions_init": [[[9.0]], [[9.0]]]}
    gm = GaussianMixture(2, **settings).fit(data)
    assert np.isfinite(gm.lower_bounds_).all()
    assert gm.score_samples(data)[0] == pytest.approx(0.0, abs=1e-13)
