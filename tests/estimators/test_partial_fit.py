"""Streams that are learnt batch by batch, and halves that are merged."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gaussmix import GaussianMixture, Mixture, load, save
from gaussmix.errors import Status

TYPES = ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"]
CENTRES = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 6.0]])


def _rows(n, seed=0, centres=CENTRES):
    rng = np.random.default_rng(seed)
    return centres[rng.integers(len(centres), size=n)] + rng.normal(size=(n, centres.shape[1]))


def _streamed(gm, X, size, weight=None):
    for start in range(0, len(X), size):
        part = slice(start, start + size)
        gm.partial_fit(X[part], sample_weight=None if weight is None else weight[part])
    return gm


def test_one_pass_over_a_million_rows_comes_near_the_batch_fit():
    centres = np.random.default_rng(1).normal(0.0, 2.5, size=(5, 4))
    X = _rows(1_000_000, centres=centres)
    batch = GaussianMixture(5, tol=1e-6, random_state=0).fit(X)
    stream = _streamed(GaussianMixture(5, random_state=0), X, 1000)
    assert stream.score(X) > batch.lower_bound_ - 0.01
    assert stream.total_weight_ == 1e6


@pytest.mark.parametrize("name", TYPES)
def test_every_family_follows(name):
    X = _rows(20_000)
    stream = _streamed(GaussianMixture(3, covariance_type=name, random_state=0), X, 500)
    batch = GaussianMixture(3, covariance_type=name, random_state=0, tol=1e-6).fit(X)
    assert stream.score(X) > batch.lower_bound_ - 0.01
    assert stream.fit_report_.status is Status.STREAMING
    assert not stream.converged_
    assert stream.n_iter_ == 39


def test_a_drift_is_followed():
    rng = np.random.default_rng(0)
    forgetful = GaussianMixture(2, stream_memory=4000, random_state=0, component_order=0)
    lasting = GaussianMixture(2, stream_decay=1.0, random_state=0, component_order=0)
    for t in np.linspace(0.0, 10.0, 200):
        centre = np.where(rng.random(500) < 0.5, t, t + 15.0)
        for gm in (forgetful, lasting):
            gm.partial_fit((centre + rng.normal(size=500))[:, None])
    # The mean moves 0.05 per batch; a memory of 8 batches lags about 0.4 behind.
    assert_allclose(np.sort(forgetful.means_[:, 0]), [10.0, 25.0], atol=0.8)
    assert np.abs(np.sort(lasting.means_[:, 0]) - [10.0, 25.0]).max() > 3.0


def test_gaps_noise_and_weights_in_a_stream():
    rng = np.random.default_rng(0)
    X = np.concatenate([_rows(18_000), rng.uniform(-10.0, 15.0, size=(2000, 2))])
    X = X[rng.permutation(len(X))]
    X[rng.random(X.shape) < 0.1] = np.nan
    weight = rng.integers(0, 3, size=len(X)).astype(float)
    first = X[:4000]
    gm = GaussianMixture(3, noise_component=True, random_state=0)
    gm.partial_fit(first, sample_weight=weight[:4000])
    _streamed(gm, X[4000:], 1000, weight[4000:])
    assert 0.07 < gm.noise_weight_ < 0.13
    assert gm.weights_.sum() + gm.noise_weight_ == pytest.approx(1.0, abs=1e-12)
    near = np.abs(gm.means_[:, None] - CENTRES).max(axis=2).min(axis=0)
    assert near.max() < 0.2
    assert gm.total_weight_ == weight.sum()


def test_weight_two_is_the_row_twice():
    X = _rows(2000)
    one = GaussianMixture(3, random_state=0).fit(X)
    other = pickle.loads(pickle.dumps(one))
    more = _rows(300, seed=1)
    one.partial_fit(more, sample_weight=np.full(300, 2.0))
    other.partial_fit(np.repeat(more, 2, axis=0))
    assert_allclose(one.means_, other.means_, rtol=1e-10)
    assert_allclose(one.covariances_, other.covariances_, rtol=1e-9)


def test_decay_of_one_adds_up():
    """Then the statistics are sums over all rows, each under the parameters it met."""
    X = _rows(3000)
    gm = GaussianMixture(3, random_state=0, stream_decay=1.0, reg_covar=0.0).fit(X[:1000])
    first = gm.statistics_
    at_first = gm.mixture_
    gm.partial_fit(X[1000:])
    assert gm.statistics_.weight == pytest.approx(3000.0)
    posterior = at_first.posterior(X[1000:])
    assert_allclose(gm.statistics_.mass, first.mass + posterior.sum(axis=0), rtol=1e-9)
    assert_allclose(gm.weights_, gm.statistics_.mass / 3000.0, rtol=1e-12)


def test_a_stream_goes_on_after_saving(tmp_path):
    X = _rows(6000)
    gm = _streamed(GaussianMixture(3, random_state=0), X[:3000], 500)
    save(gm, tmp_path / "model")
    loaded = load(tmp_path / "model")
    for model in (gm, loaded):
        _streamed(model, X[3000:], 500)
    assert_array_equal(gm.means_, loaded.means_)
    assert_array_equal(gm.covariances_, loaded.covariances_)


def test_fit_begins_anew():
    X = _rows(1000)
    gm = _streamed(GaussianMixture(3, random_state=0), _rows(1000, seed=4), 200).fit(X)
    assert_array_equal(gm.means_, GaussianMixture(3, random_state=0).fit(X).means_)
    assert gm.total_weight_ == 1000


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("gaps", [False, True])
def test_merged_halves_are_one_exact_iteration(name, gaps):
    X = _rows(4000)
    if gaps:
        X[np.random.default_rng(3).random(X.shape) < 0.2] = np.nan
    start = {"covariance_type": name, "means_init": CENTRES, "weights_init": [0.2, 0.3, 0.5]}
    start |= {"precisions_init": _unit_precisions(name), "tol": 0.0, "reg_covar": 1e-4}
    halves = [GaussianMixture(3, max_iter=0, **start).fit(part) for part in (X[:1500], X[1500:])]
    whole = GaussianMixture(3, max_iter=1, **start)
    with pytest.warns(match="After 1 iteration"):
        whole.fit(X)
    merged = halves[0].merge(halves[1])
    assert_allclose(merged.weights_, whole.weights_, rtol=1e-10)
    assert_allclose(merged.means_, whole.means_, rtol=1e-9, atol=1e-9)
    assert_allclose(merged.covariances_, whole.covariances_, rtol=1e-8, atol=1e-9)
    assert merged.total_weight_ == 4000


def _unit_precisions(name):
    eye = np.eye(2)
    shapes = {"tied": eye, "diag": np.ones((3, 2)), "spherical": np.ones(3)}
    return shapes.get(name, np.tile(eye, (3, 1, 1)))


def test_statistics_are_values_that_add():
    X = _rows(900)
    gm = GaussianMixture(3, random_state=0).fit(X)
    one = gm.statistics_
    two = one + one
    assert two.weight == 1800.0
    assert_allclose(two.means, one.means)
    assert_array_equal(pickle.loads(pickle.dumps(one)).scatter, one.scatter)


def test_what_does_not_fit_together_is_refused():
    X = _rows(300)
    gm = GaussianMixture(3, random_state=0).fit(X)
    with pytest.raises(ValueError, match="merge goes on from the fit before, which had n_comp"):
        gm.merge(GaussianMixture(2, random_state=0).fit(X))
    with pytest.raises(ValueError, match="X has 1 features, but GaussianMixture is expecting 2"):
        gm.merge(GaussianMixture(3, random_state=0).fit(X[:, :1]))
    with pytest.raises(ValueError, match="X has 3 features"):
        gm.partial_fit(np.ones((5, 3)))
    known = GaussianMixture.from_parameters([1.0], [[0.0]], [[[1.0]]])
    with pytest.raises(ValueError, match="has parameters but no statistics of rows"):
        _ = known.statistics_
    gm.set_params(n_components=4)
    with pytest.raises(ValueError, match="partial_fit goes on from the fit before, which had n_c"):
        gm.partial_fit(X)
    with pytest.raises(ValueError, match=r"'stream_decay' parameter of GaussianMixture must be"):
        GaussianMixture(stream_decay=0.5).partial_fit(X)


def test_the_first_batch_needs_rows_enough():
    with pytest.raises(ValueError, match="n_samples >= n_components"):
        GaussianMixture(5).partial_fit(_rows(3))


def test_a_batch_without_a_value_in_a_column_is_no_fault():
    gm = GaussianMixture(3, random_state=0).fit(_rows(600))
    batch = _rows(50, seed=2)
    batch[:, 1] = np.nan
    gm.partial_fit(batch)
    assert np.isfinite(gm.means_).all()


def test_the_mixture_is_a_value_of_the_moment():
    gm = GaussianMixture(3, random_state=0).fit(_rows(600))
    before = gm.mixture_
    gm.partial_fit(_rows(100, seed=1))
    assert isinstance(gm.mixture_, Mixture)
    assert gm.mixture_ != before
    assert "100" not in str(before)
