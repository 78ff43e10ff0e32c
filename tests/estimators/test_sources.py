"""Rows that are read from storage: the same bits as from memory, and in no more memory."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sklearn
from numpy.testing import assert_array_equal
from pyarrow import parquet

from gaussmix import GaussianMixture, GaussianMixtureSearch, open_stream
from gaussmix.data import source

N_ROWS, NAMES = 40_000, ("a", "b", "c")
CENTRES = np.array([[0.0, 0.0, 0.0], [4.0, 0.0, 1.0], [0.0, 5.0, -1.0]])


def _rows(*, gaps, dtype):
    rng = np.random.default_rng(0)
    X = CENTRES[rng.integers(3, size=N_ROWS)] + rng.normal(size=(N_ROWS, 3))
    if gaps:
        X[rng.random(X.shape) < 0.1] = np.nan
    return X.astype(dtype)


def _weight():
    return np.random.default_rng(1).integers(0, 4, size=N_ROWS).astype(float)


def _labels():
    return np.where(np.random.default_rng(2).random(N_ROWS) < 0.01, 1, -1)


def _write(folder, X, weight=None, label=None, n_files=3):
    for number, part in enumerate(np.array_split(np.arange(len(X)), n_files)):
        columns = {name: pa.array(X[part, j], from_pandas=True) for j, name in enumerate(NAMES)}
        if weight is not None:
            columns["weight"] = weight[part]
        if label is not None:
            columns["label"] = label[part]
        parquet.write_table(pa.table(columns), folder / f"part-{number}.parquet")
    return folder


def _assert_same(one, other):
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_"):
        assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.lower_bounds_ == other.lower_bounds_
    assert one.log_likelihood_ == other.log_likelihood_


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("name", ["full", "tied", "diag", "tied_spherical"])
def test_files_give_the_bits_of_memory(tmp_path, monkeypatch, *, name, gaps, dtype, kept):
    if not kept:
        monkeypatch.setattr(source, "_KEEP_BYTES", 0)
    X = _rows(gaps=gaps, dtype=dtype)
    settings = {"covariance_type": name, "random_state": 0, "tol": 1e-4}
    plain = GaussianMixture(3, **settings).fit(X)
    stored = GaussianMixture(3, **settings).fit(_write(tmp_path, X))
    _assert_same(plain, stored)
    assert stored.feature_names_in_.tolist() == list(NAMES)
    assert stored.means_.dtype == dtype
    assert str(plain.fit_report_) == str(stored.fit_report_)


@pytest.mark.parametrize("init", ["k-means++", "random", "random_from_data", "auto"])
def test_every_start_is_the_same(tmp_path, init):
    X, weight = _rows(gaps=True, dtype=np.float64), _weight()
    settings = {"init_params": init, "random_state": 0, "tol": 1e-3, "max_iter": 1000}
    plain = GaussianMixture(3, **settings).fit(X, sample_weight=weight)
    stream = open_stream(_write(tmp_path, X, weight), weight="weight")
    _assert_same(plain, GaussianMixture(3, **settings).fit(stream))


def test_weights_and_labels_are_columns(tmp_path):
    X, weight, label = _rows(gaps=True, dtype=np.float64), _weight(), _labels()
    settings = {"random_state": 0, "noise_component": True, "max_iter": 1000}
    plain = GaussianMixture(3, **settings).fit(X, sample_weight=weight, labels=label)
    path = _write(tmp_path, X, weight, label)
    stream = open_stream(path, weight="weight", label="label")
    stored = GaussianMixture(3, **settings).fit(stream)
    _assert_same(plain, stored)
    assert stored.noise_weight_ == plain.noise_weight_
    assert stored.bic(stream) == pytest.approx(plain.bic(X, sample_weight=weight), rel=1e-13)


def test_blocks_of_any_size_give_the_same_bits():
    X = _rows(gaps=True, dtype=np.float64)
    plain = GaussianMixture(3, random_state=0).fit(X)
    for size in (997, 12_345, N_ROWS):
        stream = open_stream(lambda size=size: (X[i : i + size] for i in range(0, N_ROWS, size)))
        _assert_same(plain, GaussianMixture(3, random_state=0).fit(stream))
    assert_array_equal(plain.predict(X), plain.predict(stream))


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_a_memory_map_is_an_array(tmp_path, n_jobs):
    X = _rows(gaps=False, dtype=np.float32)
    mapped = np.memmap(tmp_path / "rows.bin", dtype=np.float32, mode="w+", shape=X.shape)
    mapped[:] = X
    plain = GaussianMixture(3, random_state=0).fit(X)
    _assert_same(plain, GaussianMixture(3, random_state=0, n_jobs=n_jobs).fit(mapped))


def test_answers_by_the_models_columns(tmp_path):
    X = _rows(gaps=True, dtype=np.float64)
    path = _write(tmp_path, X)
    gm = GaussianMixture(3, random_state=0).fit(open_stream(path, columns=["c", "a"]))
    own = pd.DataFrame(X[:, [2, 0]], columns=["c", "a"])
    assert_array_equal(gm.predict(path), gm.predict(own))
    assert_array_equal(gm.score_samples(str(path)), gm.score_samples(own))
    assert gm.score(path) == pytest.approx(gm.score(own), rel=1e-14)
    other = tmp_path / "other"
    other.mkdir()
    parquet.write_table(pa.table({"a": [1.0], "d": [2.0]}), other / "x.parquet")
    with pytest.raises(ValueError, match="no column 'c'"):
        gm.predict(other)


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
def test_a_search_over_a_file(tmp_path):
    X = _rows(gaps=True, dtype=np.float64)[:4000]
    settings = {"covariance_types": ["spherical", "tied"], "random_state": 0, "tol": 1e-4}
    plain = GaussianMixtureSearch([2, 3], **settings).fit(X)
    stored = GaussianMixtureSearch([2, 3], **settings).fit(_write(tmp_path, X))
    assert stored.results_.equals(plain.results_)
    assert stored.best_params_["n_components"] == 3


def test_a_file_that_changes_between_passes_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "_KEEP_BYTES", 0)  # as if it were too large to be kept
    path = _write(tmp_path, _rows(gaps=False, dtype=np.float64))

    def meddle(iteration):
        if iteration.number == 2:
            _write(tmp_path, _rows(gaps=False, dtype=np.float64)[:3000])

    gm = GaussianMixture(3, tol=0.0, max_iter=5, random_state=0, callback=meddle)
    with pytest.raises(ValueError, match=r"part-\d\.parquet"):
        gm.fit(path)


def test_arguments_beside_a_stream_are_refused(tmp_path):
    path = _write(tmp_path, _rows(gaps=False, dtype=np.float64)[:100])
    with pytest.raises(ValueError, match=r"sample_weight cannot be given beside rows that are re"):
        GaussianMixture(2).fit(path, sample_weight=np.ones(100))
    with pytest.raises(ValueError, match="A callable init_params is given the rows as an array"):
        GaussianMixture(2, init_params=lambda X, k, rng: rng.integers(k, size=len(X))).fit(path)
    label = np.r_[2, np.full(99, -1)]
    labelled = _write(tmp_path, _rows(gaps=False, dtype=np.float64)[:100], label=label)
    with pytest.raises(ValueError, match="label column of a stream, is 2; with n_components = 2"):
        GaussianMixture(2).fit(open_stream(labelled, label="label"))


def test_metadata_routing():
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415  routing is set before it is built
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415  as above

    X, weight = _rows(gaps=False, dtype=np.float64)[:500], _weight()[:500]
    with sklearn.config_context(enable_metadata_routing=True):
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        gm = GaussianMixture(3, random_state=0).set_fit_request(sample_weight=True)
        model = make_pipeline(scaler, gm).fit(X, sample_weight=weight)
    scaled = StandardScaler().fit(X, sample_weight=weight).transform(X)
    plain = GaussianMixture(3, random_state=0).fit(scaled, sample_weight=weight)
    assert_array_equal(model[-1].means_, plain.means_)
