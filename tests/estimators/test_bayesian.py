"""`BayesianGaussianMixture`: its bound, its streams and its files."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from gaussmix import BayesianGaussianMixture, GaussianMixture, load, save
from gaussmix.errors import Status

TYPES = ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"]
CODES = ["VVV", "EEE", "VVI", "VII", "EEI", "EII"]
KINDS = ["dirichlet_process", "dirichlet_distribution"]
CENTRES = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 7.0]])
ARRAYS = (
    "weights_",
    "means_",
    "covariances_",
    "precisions_",
    "precisions_cholesky_",
    "weight_concentration_",
    "weight_concentration_prior_",
    "mean_precision_",
    "mean_precision_prior_",
    "mean_prior_",
    "degrees_of_freedom_",
    "degrees_of_freedom_prior_",
    "covariance_prior_",
    "n_active_",
    "n_iter_",
    "converged_",
    "lower_bound_",
    "lower_bounds_",
    "total_weight_",
)


def rows(n, seed=0, centres=CENTRES):
    rng = np.random.default_rng(seed)
    return centres[rng.integers(len(centres), size=n)] + rng.normal(size=(n, centres.shape[1]))


@pytest.fixture(name="X", scope="module")
def rows_of_three_clusters():
    return rows(300)


def assert_same_bits(model, other, X):
    for name in ARRAYS:
        mine, theirs = getattr(model, name), getattr(other, name)
        assert type(mine) is type(theirs), name
        assert pickle.dumps(mine) == pickle.dumps(theirs) or np.array_equal(mine, theirs), name
    for ask in ("predict", "predict_proba", "score_samples"):
        assert_array_equal(getattr(model, ask)(X), getattr(other, ask)(X))


@pytest.mark.parametrize(
    ("name", "kind", "moves"),
    [*((name, kind, False) for name in TYPES for kind in KINDS), ("full", KINDS[0], True)],
)
def test_the_bound_never_falls_and_is_the_last_of_the_list(X, name, kind, moves):
    model = BayesianGaussianMixture(
        8,
        covariance_type=name,
        weight_concentration_prior_type=kind,
        init_params="random",
        random_state=0,
        tol=1e-5,
        max_iter=1000,
        moves=moves,
    ).fit(X)
    assert len(model.lower_bounds_) > 2
    assert np.diff(model.lower_bounds_).min() >= -1e-9
    assert model.lower_bound_ == model.lower_bounds_[-1]
    assert model.converged_


@pytest.mark.parametrize("name", ["VEV", "EVV", "VVE", "EEV", "VEI", "EVI", "factor", "factor_UCU"])
def test_families_without_a_posterior_are_refused_with_those_that_work(X, name):
    with pytest.raises(ValueError, match="not available in BayesianGaussianMixture") as caught:
        BayesianGaussianMixture(2, covariance_type=name).fit(X)
    for known in (*TYPES, *CODES):
        assert repr(known) in str(caught.value)


@pytest.mark.parametrize(("name", "code"), list(zip(TYPES, CODES, strict=True)))
def test_a_code_is_the_same_fit_as_the_name(X, name, code):
    named, coded = (
        BayesianGaussianMixture(4, covariance_type=own, random_state=0, moves=False).fit(X)
        for own in (name, code)
    )
    assert named.lower_bound_ == coded.lower_bound_
    assert coded.covariances_.shape == (4, 2, 2)
    assert_array_equal(named.predict_proba(X), coded.predict_proba(X))


@pytest.mark.parametrize("kind", KINDS)
def test_slots_without_rows_hold_the_prior(X, kind):
    model = BayesianGaussianMixture(
        10, weight_concentration_prior_type=kind, random_state=0, max_iter=500
    ).fit(X)
    assert model.n_active_ == 3
    assert model.weights_.sum() == pytest.approx(1.0, abs=1e-12)
    # What is left there of a row is some millionths.
    assert_allclose(model.mean_precision_[3:], model.mean_precision_prior_, rtol=1e-4)
    assert_allclose(model.means_[3:], np.tile(model.mean_prior_, (7, 1)), rtol=1e-4)
    prior = model.covariance_prior_ / model.degrees_of_freedom_prior_
    assert_allclose(model.covariances_[3:], np.tile(prior, (7, 1, 1)), rtol=1e-4)
    probability = model.predict_proba(X)
    assert probability.shape == (300, 10)
    assert probability[:, 3:].sum() < 1e-4
    assert not probability[:, len(model.posterior_.mass) :].any()
    assert_allclose(probability.sum(axis=1), 1.0)


def test_the_predicted_probabilities_are_those_that_the_statistics_were_made_with(X):
    model = BayesianGaussianMixture(5, random_state=0, moves=False).fit(X)
    assert_allclose(model.statistics_.mass, model.predict_proba(X).sum(axis=0), rtol=1e-9)


def test_there_are_no_criteria_of_largest_likelihood():
    for name in ("bic", "aic", "aicc", "icl", "n_parameters_", "n_fixed_"):
        assert not hasattr(BayesianGaussianMixture, name)
        assert hasattr(GaussianMixture, name)


@pytest.mark.parametrize("name", ["full", "diag"])
@pytest.mark.parametrize("prior", [None, "scaled"])
def test_the_units_of_the_columns_change_nothing_else(X, name, prior):
    unit = np.array([1e-3, 250.0])
    plain, scaled = (
        BayesianGaussianMixture(
            6, covariance_type=name, prior=prior, random_state=0, moves=False
        ).fit(values)
        for values in (X, X * unit)
    )
    assert plain.n_iter_ == scaled.n_iter_
    assert_allclose(scaled.means_, plain.means_ * unit, rtol=1e-6, atol=1e-6 * unit.max())
    assert_allclose(scaled.weights_, plain.weights_, rtol=1e-6)
    assert scaled.lower_bound_ == pytest.approx(plain.lower_bound_ - np.log(unit).sum(), abs=1e-8)


def test_parts_of_a_prior_that_are_given_take_the_place_of_its_own(X):
    model = BayesianGaussianMixture(
        3,
        prior="scaled",
        mean_precision_prior=2.0,
        mean_prior=[1.0, 2.0],
        random_state=0,
        moves=False,
    ).fit(X)
    assert model.mean_precision_prior_ == 2.0
    assert_array_equal(model.mean_prior_, [1.0, 2.0])
    assert model.degrees_of_freedom_prior_ == 2.0
    assert_allclose(model.covariance_prior_, 0.1 * np.cov(X.T), rtol=1e-5)
    assert model.weight_concentration_prior_ == 1.0 / 3.0
    spread = BayesianGaussianMixture(
        4, prior="scaled", weight_concentration_prior_type="dirichlet_distribution", random_state=0
    )
    assert spread.fit(X).weight_concentration_prior_ == 0.25


def test_the_ridge_is_a_share_of_the_columns_variances_in_the_default_prior(X):
    model = BayesianGaussianMixture(2, reg_covar=0.5, random_state=0, moves=False).fit(X)
    expected = np.cov(X.T) + 0.5 * np.diag(np.var(X, axis=0, ddof=1))
    assert_allclose(model.covariance_prior_, expected, rtol=1e-10)
    given = BayesianGaussianMixture(
        2, reg_covar=0.5, covariance_prior=np.eye(2), random_state=0
    ).fit(X)
    assert_allclose(given.covariance_prior_, np.eye(2), rtol=1e-12)


# Streams.


def streamed(model, X, size):
    for start in range(0, len(X), size):
        model.partial_fit(X[start : start + size])
    return model


@pytest.mark.parametrize(
    ("name", "kind"), [("full", KINDS[0]), ("tied_diag", KINDS[1]), ("spherical", KINDS[0])]
)
def test_two_hundred_batches_come_near_the_batch_fit(name, kind):
    X = rows(20_000)
    model = BayesianGaussianMixture(
        8, covariance_type=name, weight_concentration_prior_type=kind, random_state=0
    )
    nearest = np.square(X[:, None] - CENTRES).sum(axis=2).argmin(axis=1)
    batch = copy.deepcopy(model).set_params(init_params=nearest, moves=False).fit(X)
    stream = streamed(model, X, 100)
    assert stream.n_active_ == 3
    assert stream.score(X) > batch.score(X) - 0.01
    assert_allclose(np.sort(stream.weights_)[-3:], 1.0 / 3.0, atol=0.03)
    assert stream.fit_report_.status is Status.STREAMING
    assert not stream.converged_
    assert stream.n_iter_ == 199
    assert stream.total_weight_ == 20_000.0


@pytest.mark.parametrize(
    ("name", "prior"), [("full", None), ("tied", "scaled"), ("diag", "scaled"), ("EII", None)]
)
def test_a_cluster_that_shows_up_late_gets_a_component_of_its_own(name, prior):
    far = np.array([60.0, -40.0])
    model = BayesianGaussianMixture(8, covariance_type=name, prior=prior, random_state=0)
    streamed(model, rows(3000), 200)
    assert model.n_active_ == 3
    streamed(model, rows(3000, seed=1, centres=np.concatenate([CENTRES, [far]])), 200)
    assert model.n_active_ == 4
    assert np.abs(model.means_ - far).max(axis=1).min() < 0.5
    assert model.statistics_.mass.shape == (8,)


def test_what_is_remembered_counts_as_so_many_rows():
    model = streamed(BayesianGaussianMixture(4, random_state=0, stream_decay=1.0), rows(3000), 300)
    assert model.statistics_.weight == pytest.approx(3000.0)
    assert (model.mean_precision_ - model.mean_precision_prior_).sum() == pytest.approx(3000.0)
    forgetful = BayesianGaussianMixture(4, random_state=0, stream_memory=600.0)
    assert 500.0 < streamed(forgetful, rows(6000), 300).statistics_.weight < 1000.0


def test_a_stream_goes_on_after_a_fit(X):
    model = BayesianGaussianMixture(5, random_state=0, moves=False).fit(X)
    before = model.lower_bound_
    model.partial_fit(rows(200, seed=5))
    assert model.total_weight_ == 500.0
    assert model.fit_report_.status is Status.STREAMING
    assert model.lower_bound_ != before
    assert not hasattr(model, "progress_")
    again = BayesianGaussianMixture(5, random_state=0, moves=False).fit(X)
    assert model.fit(X).means_.tobytes() == again.means_.tobytes()


def test_labels_and_gaps_in_a_stream():
    model = BayesianGaussianMixture(6, random_state=0)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        label = rng.integers(3, size=100)
        X = CENTRES[label] + rng.normal(size=(100, 2))
        X[rng.random(X.shape) < 0.1] = np.nan
        model.partial_fit(X, labels=np.where(rng.random(100) < 0.4, label, -1))
    assert_allclose(model.means_[:3], CENTRES, atol=0.4)
    new = np.random.default_rng(9).normal([30.0, 30.0], size=(50, 2))
    model.partial_fit(new, labels=np.full(50, 5))
    assert model.n_active_ == 4
    assert_array_equal(model.predict(new), np.full(50, 5))


@pytest.mark.parametrize("name", TYPES)
def test_two_halves_of_one_pass_make_one_pass_over_all(X, name):
    model = BayesianGaussianMixture(
        6, covariance_type=name, random_state=0, warm_start=True, moves=False
    ).fit(X)
    halves = [copy.deepcopy(model).set_params(max_iter=0).fit(part) for part in (X[:120], X[120:])]
    merged = halves[0].merge(halves[1])
    model.set_params(max_iter=1, tol=0.0)
    with pytest.warns(ConvergenceWarning):
        model.fit(X)
    for attribute in ("weights_", "means_", "covariances_", "covariance_prior_", "mean_prior_"):
        assert_allclose(getattr(merged, attribute), getattr(model, attribute), rtol=1e-9, atol=1e-9)
    assert merged.total_weight_ == 300.0
    assert merged.n_active_ == model.n_active_


def test_streams_take_no_rules_that_are_none(X):
    model = BayesianGaussianMixture(2, random_state=0, moves=False).fit(X)
    with pytest.raises(ValueError, match="partial_fit goes on from the fit before"):
        model.set_params(n_components=3).partial_fit(X)
    model.set_params(n_components=2, mean_precision_prior=-1.0)
    with pytest.raises(ValueError, match="mean_precision_prior"):
        model.partial_fit(X)


# Files.


@pytest.mark.parametrize(
    ("name", "kind"), list(zip([*TYPES, *CODES], KINDS * 3 + KINDS[::-1] * 3, strict=True))
)
def test_a_fit_comes_back_bit_for_bit_and_goes_on(X, tmp_path, name, kind):
    model = BayesianGaussianMixture(
        6,
        covariance_type=name,
        weight_concentration_prior_type=kind,
        random_state=0,
        moves=False,
    ).fit(X)
    save(model, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert type(loaded) is BayesianGaussianMixture
    assert_same_bits(loaded, model, X)
    assert loaded.mixture_ == model.mixture_
    assert loaded.fit_report_ == model.fit_report_
    assert loaded.posterior_.mass.tobytes() == model.posterior_.mass.tobytes()
    assert loaded.posterior_.divergence == model.posterior_.divergence
    more = rows(100, seed=2)
    assert_same_bits(loaded.partial_fit(more), model.partial_fit(more), X)


def test_the_parameters_come_back(X, tmp_path):
    model = BayesianGaussianMixture(
        3,
        prior="scaled",
        mean_prior=[1.0, 2.0],
        covariance_prior=np.eye(2),
        degrees_of_freedom_prior=3.5,
        random_state=0,
        moves=False,
    ).fit(X.astype(np.float32))
    save(model, tmp_path / "model")
    loaded = load(tmp_path / "model")
    assert loaded.means_.dtype == np.float32
    assert_same_bits(loaded, model, X.astype(np.float32))
    for name, value in model.get_params().items():
        if name != "random_state":
            assert np.array_equal(loaded.get_params()[name], value), name
    loaded.set_params(warm_start=True, random_state=0)
    model.set_params(warm_start=True)
    assert_same_bits(loaded.fit(X), model.fit(X), X)


def test_a_fit_can_be_pickled(X):
    model = BayesianGaussianMixture(4, random_state=0, moves=False).fit(X)
    assert_same_bits(pickle.loads(pickle.dumps(model)), model, X)
