"""What `BayesianGaussianMixture` takes in, and what it refuses."""

import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from gaussmix import BayesianGaussianMixture, IntervalData

TYPES = ["full", "tied", "diag", "spherical", "tied_diag", "tied_spherical"]
CENTRES = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 7.0]])
RNG = np.random.default_rng(0)
LABEL = RNG.integers(3, size=300)
X = CENTRES[LABEL] + RNG.normal(size=(300, 2))


def fitted(values=X, /, **parameters):
    beside = {
        name: parameters.pop(name)
        for name in ("sample_weight", "labels", "X_covariance")
        if name in parameters
    }
    usual = {"n_components": 6, "random_state": 0, "moves": False}
    model = BayesianGaussianMixture(**usual | parameters)
    return model.fit(values, **beside)


@pytest.mark.parametrize("name", TYPES)
def test_weight_two_is_the_row_twice_and_weight_zero_the_row_gone(name):
    weight = np.random.default_rng(1).integers(0, 3, size=300)
    start = {"init_params": LABEL, "moves": False, "covariance_type": name}
    weighted = fitted(sample_weight=weight, **start)
    start["init_params"] = np.repeat(LABEL, weight)
    repeated = fitted(np.repeat(X, weight, axis=0), **start)
    assert_allclose(weighted.lower_bounds_, repeated.lower_bounds_, rtol=1e-10)
    assert_allclose(weighted.means_, repeated.means_, rtol=1e-9, atol=1e-9)
    assert weighted.n_active_ == repeated.n_active_ == 3
    assert weighted.total_weight_ == weight.sum()


@pytest.mark.parametrize("name", TYPES)
def test_gaps_and_measurement_errors_leave_the_clusters_where_they_are(name):
    gappy = X.copy()
    gappy[np.random.default_rng(2).random(X.shape) < 0.15] = np.nan
    gappy[7] = np.nan
    start = {"covariance_type": name, "init_params": LABEL}
    for model in (fitted(gappy, **start), fitted(X_covariance=np.full(X.shape, 0.2), **start)):
        assert model.n_active_ == 3
        assert np.diff(model.lower_bounds_).min() >= -1e-9
        assert np.abs(model.means_[:3, None] - CENTRES).max(axis=2).min(axis=0).max() < 0.4
    assert_allclose(fitted(gappy).predict_proba(gappy).sum(axis=1), 1.0)


@pytest.mark.parametrize("values", [X, np.where(np.arange(600).reshape(300, 2) % 7, X, np.nan)])
def test_known_labels_keep_their_numbers(values):
    known = np.where(np.random.default_rng(3).random(300) < 0.3, LABEL, -1)
    model = fitted(values, labels=known)
    assert_allclose(model.means_[:3], CENTRES, atol=0.5)
    assert (model.predict(X) == LABEL).mean() > 0.98


def test_intervals():
    low = np.floor(X[:, 0])
    model = fitted(IntervalData(low, low + 1.0), n_components=4, max_iter=500)
    assert model.n_active_ == 2
    assert_allclose(np.sort(model.means_[:2, 0]), [0.0, 6.0], atol=0.3)


def test_float32_and_names_of_columns():
    single = fitted(X.astype(np.float32))
    assert single.means_.dtype == single.predict_proba(X.astype(np.float32)).dtype == np.float32
    named = fitted(pd.DataFrame(X, columns=["a", "b"]))
    assert list(named.feature_names_in_) == ["a", "b"]
    other = fitted(pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}))
    assert_array_equal(named.means_, other.means_)
    assert_array_equal(named.means_, fitted(X).means_)
    with pytest.raises(ValueError, match="feature names should match"):
        named.predict(pd.DataFrame(X, columns=["b", "a"]))


def test_a_file_gives_the_bits_of_the_array(tmp_path):
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}).write_parquet(path)
    assert fitted(path).means_.tobytes() == fitted(X).means_.tobytes()


def test_a_dask_array_gives_the_same_fit():
    array = pytest.importorskip("dask.array")
    lazy = fitted(array.from_array(X, chunks=(100, 2)))
    assert_allclose(lazy.means_, fitted(X).means_, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "init", ["random", "k-means++", "random_from_data", "auto", "hierarchical"]
)
def test_named_starts_end_at_the_three_clusters(init):
    model = fitted(init_params=init, max_iter=500)
    assert model.n_active_ == 3
    assert model.converged_


def test_one_label_for_all_starts_from_one_component():
    zeros = np.zeros(300, dtype=int)
    assert fitted(init_params=zeros).n_active_ == 1
    assert fitted(init_params=zeros, moves=True).n_active_ == 3
    shares = np.eye(3)[LABEL]
    by_shares = fitted(n_components=3, init_params=shares)
    by_call = fitted(n_components=3, init_params=lambda *_: LABEL)
    assert by_shares.lower_bound_ == by_call.lower_bound_


def test_restarts_keep_the_best_bound():
    many = fitted(init_params="random", n_init=4, max_iter=500)
    one = fitted(init_params="random", n_init=1, max_iter=500)
    assert many.fit_report_.n_starts == 4
    assert many.lower_bound_ >= one.lower_bound_


def test_any_number_of_threads_gives_the_same_bits():
    many = np.tile(X, (30, 1))
    bits = {fitted(many, n_jobs=n_jobs, n_init=2).means_.tobytes() for n_jobs in (1, 2, 3)}
    assert len(bits) == 1


def test_warm_starts_go_on_where_the_fit_before_ended():
    model = BayesianGaussianMixture(
        6, random_state=0, warm_start=True, max_iter=3, tol=0.0, moves=False
    )
    with pytest.warns(ConvergenceWarning):
        model.fit(X)
    with pytest.warns(ConvergenceWarning):
        second = model.fit(X).lower_bound_
    with pytest.warns(ConvergenceWarning):
        whole = fitted(max_iter=6, tol=0.0).lower_bound_
    assert second == pytest.approx(whole, abs=1e-9)
    with pytest.raises(ValueError, match=r"warm_start=True goes on .* n_components = 6"):
        model.set_params(n_components=4).fit(X)
    with pytest.raises(ValueError, match=r"warm_start=True goes on .* covariance_type = 'full'"):
        model.set_params(n_components=6, covariance_type="diag").fit(X)


def test_callbacks_see_the_bound_and_can_stop_the_run():
    seen = []
    model = fitted(callback=lambda step: seen.append(step.objective) or len(seen) == 4)
    assert seen == model.lower_bounds_
    assert model.n_iter_ == 4
    assert not model.converged_


def test_verbose_prints_iterations(capsys):
    fitted(verbose=2, verbose_interval=1)
    assert "1" in capsys.readouterr().out


@pytest.mark.parametrize("name", TYPES)
def test_constant_and_repeated_columns(name):
    wide = np.column_stack([X, np.full(300, 5.0), X[:, 0]])
    model = fitted(wide, covariance_type=name, max_iter=500)
    assert np.isfinite(model.lower_bound_)
    assert np.isfinite(model.score_samples(wide)).all()
    if name in ("full", "tied"):
        with pytest.raises(ValueError, match="rows' covariance, which is the default"):
            fitted(wide, covariance_type=name, reg_covar=0.0)
        given = fitted(wide, covariance_type=name, reg_covar=0.0, covariance_prior=np.eye(4))
        assert given.n_active_ >= 1


def test_more_columns_than_rows():
    model = fitted(np.random.default_rng(0).normal(size=(15, 30)), n_components=3)
    assert np.isfinite(model.lower_bounds_).all()


def test_too_few_rows_and_labels_of_no_component():
    with pytest.raises(ValueError, match="Expected n_samples >= n_components"):
        fitted(X[:5])
    with pytest.raises(ValueError, match="labels holds 6 in row 0"):
        fitted(labels=np.full(300, 6))
    with pytest.raises(ValueError, match="infinity"):
        fitted(np.where(X > 7.0, np.inf, X))


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("n_components", 0),
        ("tol", -1.0),
        ("reg_covar", -1.0),
        ("max_iter", -1),
        ("n_init", 0),
        ("moves", "yes"),
        ("progress", None),
        ("n_jobs", 0),
        ("callback", 3),
        ("stream_decay", 0.5),
        ("stream_memory", 0.0),
    ],
)
def test_parameters_out_of_range_are_named_with_their_value(parameter, value):
    expected = re.escape(f"The {parameter!r} parameter of BayesianGaussianMixture must be")
    with pytest.raises(ValueError, match=expected) as caught:
        fitted(**{parameter: value})
    assert repr(value) in str(caught.value)
