"""Cases that once went wrong between two parts that were each right."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gaussmix import GaussianMixture, GaussianMixtureSearch

TYPES = ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"]


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("every", [5, 200])
def test_one_column_may_have_gaps(name, every):
    """Rows without a value, in numbers on both sides of what counts as a common pattern."""
    rng = np.random.default_rng(0)
    x = np.r_[rng.normal(0, 1, 300), rng.normal(8, 1, 300), rng.normal(-8, 1, 300)][:, None]
    x[::every] = np.nan
    settings = {"covariance_type": name, "random_state": 0, "tol": 1e-9, "max_iter": 2000}
    gm = GaussianMixture(3, **settings).fit(x)
    assert gm.fit_report_.n_empty == 900 // every + (900 % every > 0)
    there = ~np.isnan(x[:, 0])
    plain = GaussianMixture(3, **settings).fit(x[there])
    assert_allclose(np.sort(gm.means_[:, 0]), np.sort(plain.means_[:, 0]), atol=1e-3)
    assert gm.score(x) == pytest.approx(gm.lower_bound_, rel=1e-12)


def test_noise_is_found_by_default():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        clusters = rng.normal(0.0, 1.0, (200, 2)), rng.normal(6.0, 1.0, (200, 2))
        X = np.concatenate([*clusters, rng.uniform(-30.0, 30.0, (50, 2))])
        gm = GaussianMixture(2, noise_component=True, random_state=seed).fit(X)
        assert_allclose(np.sort(gm.means_, axis=0), [[0.0, 0.0], [6.0, 6.0]], atol=0.4)
        assert gm.noise_weight_ == pytest.approx(50 / 450, abs=0.03)
        lone = GaussianMixture(1, noise_component=True, random_state=seed)
        lone.fit(np.concatenate([clusters[0], X[400:]]))
        assert_allclose(lone.means_, [[0.0, 0.0]], atol=0.4)
        assert lone.noise_weight_ == pytest.approx(0.2, abs=0.05)


def test_fixed_parameters_keep_their_components():
    rng = np.random.default_rng(0)
    Y = np.concatenate([rng.normal(0.0, 1.0, (200, 2)), rng.normal(6.0, 1.0, (200, 2))])
    settings = {"fixed": {"means": [True, False]}, "means_init": [[6.0, 6.0], [0.0, 0.0]]}
    with pytest.raises(ValueError, match="component_order=0 would number them anew"):
        GaussianMixture(2, component_order=0, **settings).fit(Y)
    gm = GaussianMixture(2, warm_start=True, **settings).fit(Y)
    for again in (gm.fit, gm.partial_fit):
        assert_array_equal(again(Y).means_[0], [6.0, 6.0])
        assert np.abs(gm.means_[1]).max() < 0.3


def test_measurement_errors_reach_scores_and_criteria():
    rng = np.random.default_rng(0)
    E = rng.uniform(0.1, 2.0, (300, 2))
    X = 5.0 * rng.integers(0, 2, (300, 1)) + rng.normal(size=(300, 2)) * np.sqrt(1.0 + E)
    gm = GaussianMixture(2, random_state=0).fit(X, X_covariance=E)
    assert gm.score(X, X_covariance=E) == pytest.approx(gm.lower_bound_, rel=1e-12)
    assert gm.score(X) != pytest.approx(gm.lower_bound_, rel=1e-3)
    p, n = gm.n_parameters_, 300
    assert gm.bic(X, X_covariance=E) == pytest.approx(
        -2.0 * gm.log_likelihood_ + p * np.log(n), rel=1e-12
    )
    assert_array_equal(gm.transform(X, X_covariance=E), gm.predict_proba(X, X_covariance=E))
    search = GaussianMixtureSearch(2, covariance_types=["full"], random_state=0)
    search.fit(X, X_covariance=E)
    best = search.best_estimator_
    assert best.bic(X, X_covariance=E) == pytest.approx(search.best_score_, rel=1e-9)


def test_noise_set_by_hand_counts():
    X = np.random.default_rng(0).normal(size=(100, 1))
    gm = GaussianMixture(1, noise_component=True, random_state=0).fit(X)
    gm.noise_weight_, gm.weights_ = 0.9, np.array([0.1])
    volume = np.ptp(X)
    density = 0.1 * _normal(X[:, 0], gm.means_[0, 0], gm.covariances_[0, 0, 0]) + 0.9 / volume
    assert_allclose(np.exp(gm.score_samples(X)), density, rtol=1e-9)


def _normal(x, mean, variance):
    return np.exp(-0.5 * (x - mean) ** 2 / variance) / np.sqrt(2.0 * np.pi * variance)


def test_the_noise_of_a_stream_covers_what_has_come():
    rng = np.random.default_rng(0)
    gm = GaussianMixture(1, noise_component=True, random_state=0)
    gm.fit(np.concatenate([rng.normal(size=(500, 1)), rng.uniform(-9.0, 9.0, (60, 1))]))
    gm.partial_fit(np.concatenate([rng.normal(size=(500, 1)), rng.uniform(20.0, 30.0, (60, 1))]))
    assert gm.mixture_.components.noise.high[0] > 29.0
    assert gm.predict([[25.0]]) == [-1]
    other = GaussianMixture(1, random_state=0).fit(rng.normal(size=(50, 1)))
    with pytest.raises(ValueError, match="merge goes on from the fit before, which had noise_com"):
        gm.merge(other)


def test_warm_start_goes_on_after_a_stream():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2)) + 5.0 * rng.integers(0, 2, (400, 1))
    gm = GaussianMixture(2, warm_start=True, random_state=0).fit(X)
    gm.partial_fit(X[:100])
    means = gm.means_.copy()
    gm.set_params(max_iter=1, tol=0.0)
    with pytest.warns(match="After 1 iteration"):
        gm.fit(X)
    assert_allclose(gm.means_, means, atol=0.1)
    assert gm.fit_report_.n_iter == 1


def test_labels_and_errors_in_a_stream():
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 3000)
    X = 3.0 * z[:, None] + rng.normal(size=(3000, 1)) * np.sqrt(1.5)
    gm = GaussianMixture(2, random_state=0)
    for part in np.array_split(np.arange(3000), 6):
        known = np.where(part % 3 == 0, z[part], -1)
        gm.partial_fit(X[part], labels=known, X_covariance=np.full((len(part), 1), 0.5))
    assert_allclose(gm.means_[:, 0], [0.0, 3.0], atol=0.15)
    assert_allclose(gm.covariances_[:, 0, 0], 1.0, atol=0.25)


def test_many_patterns_are_surveyed_at_once(monkeypatch):
    """Nothing but the fit's own exact components may go pattern by pattern."""
    from gaussmix.density import observer  # noqa: PLC0415  the test is about its insides

    made = []
    monkeypatch.setattr(observer, "View", lambda *args: made.append(args))
    X = np.random.default_rng(0).normal(size=(500, 12))
    X[np.random.default_rng(1).random(X.shape) < 0.3] = np.nan
    gm = GaussianMixture(2, random_state=0, max_iter=2, tol=0.0)
    with pytest.warns(match="After 2 iterations"):
        gm.fit(X)
    assert gm.fit_report_.kernel == "fast"
    assert not made
