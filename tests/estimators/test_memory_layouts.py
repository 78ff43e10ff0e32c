"""Rows however they lie in memory, in either precision, and never written to."""

import numpy as np
import pytest

from gaussmix import GaussianMixture, GaussianMixtureSearch

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")


@pytest.fixture
def rows(make_clusters):
    return make_clusters(seed=1, n_rows=3000)


def read_only(X, folder):
    X = X.copy()
    X.flags.writeable = False
    return X


def fortran(X, folder):
    return np.asfortranarray(X)


def every_second_row(X, folder):
    wide = np.full((2 * len(X), X.shape[1]), np.nan)
    wide[::2] = X
    return wide[::2]


def every_second_column(X, folder):
    wide = np.full((len(X), 2 * X.shape[1]), np.nan)
    wide[:, ::2] = X
    return wide[:, ::2]


def backwards(X, folder):
    return X[::-1].copy()[::-1]


def memory_map(X, folder):
    path = folder / "rows.npy"
    np.save(path, X)
    return np.load(path, mmap_mode="r")


def other_bytes(X, folder):
    return X.astype(X.dtype.newbyteorder("S"))


def nested_lists(X, folder):
    return X.tolist()


LAYOUTS = [
    read_only,
    fortran,
    every_second_row,
    every_second_column,
    backwards,
    memory_map,
    other_bytes,
    nested_lists,
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("start", ["kmeans", "auto"])
def test_the_layout_in_memory_does_not_change_a_bit(rows, tmp_path, layout, start):
    settings = {"init_params": start, "random_state": 0, "tol": 1e-4, "max_iter": 500}
    plain = GaussianMixture(3, **settings).fit(rows)
    other = layout(rows, tmp_path)
    gm = GaussianMixture(3, **settings).fit(other)
    np.testing.assert_array_equal(gm.means_, plain.means_)
    np.testing.assert_array_equal(gm.covariances_, plain.covariances_)
    np.testing.assert_array_equal(gm.score_samples(other), plain.score_samples(rows))
    np.testing.assert_array_equal(gm.predict_proba(other), plain.predict_proba(rows))
    np.testing.assert_array_equal(gm.mixture_.log_pdf(other), plain.mixture_.log_pdf(rows))


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    "estimator",
    [
        GaussianMixture(3, random_state=0),
        GaussianMixture(3, init_params="auto", random_state=0),
        GaussianMixtureSearch([1, 2], covariance_types=["full", "tied_diag"], random_state=0),
    ],
    ids=["kmeans", "auto", "search"],
)
def test_rows_are_not_written_to(rows, estimator, order, dtype):
    given = np.array(rows[:300], dtype=dtype, order=order)
    before = given.copy()
    estimator.fit(given)
    estimator.score(given)
    estimator.predict_proba(given)
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("name", TYPES)
def test_single_precision_in_single_precision_out(rows, name):
    single = rows.astype(np.float32)
    settings = {"covariance_type": name, "random_state": 0, "tol": 1e-6, "max_iter": 2000}
    gm = GaussianMixture(3, **settings).fit(single)
    for attribute in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        assert getattr(gm, attribute).dtype == np.float32, attribute
    assert gm.predict_proba(single).dtype == np.float32
    assert gm.score_samples(single).dtype == np.float64
    double = GaussianMixture(3, **settings).fit(single.astype(np.float64))
    assert gm.score(single) == pytest.approx(double.score(single.astype(np.float64)), abs=1e-9)
    assert gm.score(rows) == pytest.approx(
        GaussianMixture(3, **settings).fit(rows).score(rows), abs=1e-5
    )
    np.testing.assert_allclose(gm.means_, double.means_, rtol=1e-6)


def test_predictions_of_the_other_precision(rows):
    gm = GaussianMixture(3, random_state=0).fit(rows)
    single = rows.astype(np.float32)
    np.testing.assert_allclose(
        gm.score_samples(single), gm.score_samples(single.astype(np.float64)), atol=1e-8
    )
    assert gm.predict_proba(single).dtype == np.float64


def test_rows_in_blocks_are_rows_in_one(rows):
    gm = GaussianMixture(3, random_state=0).fit(rows)
    parts = np.array_split(rows, [1, 2, 700, 2999])
    whole = gm.score_samples(rows)
    np.testing.assert_allclose(
        np.concatenate([gm.score_samples(part) for part in parts]), whole, atol=1e-8
    )
    np.testing.assert_array_equal(
        np.concatenate([gm.predict(part) for part in parts]), gm.predict(rows)
    )
