"""`save` and `load`: every bit comes back, and nothing else is taken for a model."""

import os
import pickle
import re

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save as save_tensors
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from gaussmix import GaussianMixture, GaussianMixtureSearch, Mixture, load, save
from gaussmix.persistence import load_document, save_document

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
CODES = ("VVV", "EEE", "VVI", "VII", "EEI", "EII")
ARRAYS = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.gaussmix"


def round_trip(model, path):
    save(model, path)
    return load(path)


def assert_same_bits(loaded, model, X):
    for name in ARRAYS:
        ours, theirs = getattr(loaded, name), getattr(model, name)
        assert ours.dtype == theirs.dtype, name
        assert ours.tobytes() == theirs.tobytes(), name
    for ask in ("score_samples", "predict_proba", "predict"):
        assert getattr(loaded, ask)(X).tobytes() == getattr(model, ask)(X).tobytes(), ask
    assert loaded.mixture_ == model.mixture_
    assert loaded.score(X) == model.score(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", TYPES + CODES)
def test_a_fit_comes_back_bit_for_bit(X, path, name, dtype):
    rows = X.astype(dtype)
    model = GaussianMixture(3, covariance_type=name, random_state=0).fit(rows)
    loaded = round_trip(model, path)
    assert type(loaded) is GaussianMixture
    assert_same_bits(loaded, model, rows)
    assert loaded.n_features_in_ == 2
    assert not hasattr(loaded, "feature_names_in_")


@pytest.mark.parametrize("weighted", [False, True])
def test_the_story_of_the_fit_comes_back(X, path, weighted):
    weight = np.arange(90) / 7.0 if weighted else None
    model = GaussianMixture(3, n_init=3, random_state=0).fit(X, sample_weight=weight)
    loaded = round_trip(model, path)
    assert loaded.fit_report_ == model.fit_report_
    assert str(loaded.fit_report_) == str(model.fit_report_)
    for name in (
        "lower_bounds_",
        "lower_bound_",
        "log_likelihood_",
        "converged_",
        "n_iter_",
        "n_parameters_",
    ):
        assert getattr(loaded, name) == getattr(model, name), name
        assert type(getattr(loaded, name)) is type(getattr(model, name)), name
    assert str(loaded.summary()) == str(model.summary())


def test_every_fitted_attribute_comes_back(X, path):
    model = GaussianMixture(3, random_state=0).fit(pd.DataFrame(X, columns=["a", "b"]))
    loaded = round_trip(model, path)
    fitted = {key for key in vars(model) if key.endswith("_")}
    assert fitted <= set(vars(loaded))


def test_failures_and_findings_come_back(path):
    rows = np.random.default_rng(1).normal(size=(30, 4))
    gm = GaussianMixture(5, n_init=20, reg_covar=0, max_iter=500, random_state=0).fit(rows)
    assert gm.fit_report_.failures
    assert round_trip(gm, path).fit_report_ == gm.fit_report_
    with pytest.warns(UserWarning, match="Column 1 is constant"):
        gm = GaussianMixture(1).fit(np.column_stack([rows[:, 0], np.ones(30)]))
    assert round_trip(gm, path).fit_report_ == gm.fit_report_


def test_names_come_back(X, path):
    frame = pd.DataFrame(X, columns=["Länge", 'the "b"'])
    model = GaussianMixture(3, random_state=0).fit(frame)
    loaded = round_trip(model, path)
    assert list(loaded.feature_names_in_) == list(frame.columns)
    assert loaded.feature_names_in_.dtype == object
    assert_same_bits(loaded, model, frame)
    with pytest.raises(ValueError, match="feature names should match"):
        loaded.predict(frame[frame.columns[::-1]])


def test_parameters_come_back(X, path):
    model = GaussianMixture(
        np.int64(3),
        covariance_type="tied_diag",
        tol=np.float32(0.5),
        reg_covar=1e-4,
        max_iter=77,
        n_init=2,
        init_params=np.arange(90) % 3,
        weights_init=[0.2, 0.3, 0.5],
        means_init=X[:3],
        warm_start=True,
        verbose=0,
        verbose_interval=3,
        component_order="start",
        n_jobs=1,
        random_state=5,
    ).fit(X)
    loaded = round_trip(model, path)
    before, after = model.get_params(), loaded.get_params()
    assert after.keys() == before.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)
    assert_same_bits(loaded, model, X)


def test_code_is_left_out(X, path):
    model = GaussianMixture(
        3,
        init_params=lambda rows, k, rng: np.arange(len(rows)) % k,
        callback=lambda iteration: None,
        random_state=np.random.RandomState(0),
    ).fit(X)
    loaded = round_trip(model, path)
    assert_same_bits(loaded, model, X)
    assert loaded.callback is None
    assert loaded.init_params == "kmeans"
    assert loaded.random_state is None


def test_a_loaded_model_fits_again_and_warm(X, path):
    model = GaussianMixture(3, warm_start=True, max_iter=5, tol=0.0, random_state=0)
    with pytest.warns(ConvergenceWarning):
        model.fit(X)
    loaded = round_trip(model, path)
    with pytest.warns(ConvergenceWarning):
        model.fit(X)
    with pytest.warns(ConvergenceWarning):
        loaded.fit(X)
    assert loaded.lower_bounds_ == model.lower_bounds_
    assert_same_bits(loaded, model, X)


def test_samples_of_a_loaded_model(X, path):
    model = GaussianMixture(3, random_state=0).fit(X)
    loaded = round_trip(model, path)
    np.testing.assert_array_equal(loaded.sample(9, random_state=1)[0], model.sample(9, 1)[0])
    np.testing.assert_array_equal(loaded.sample(9)[0], model.sample(9)[0])


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
def test_the_best_of_a_search_is_saved(X, path):
    search = GaussianMixtureSearch([2, 3], covariance_types=["diag", "tied"], random_state=0).fit(X)
    loaded = round_trip(search, path)
    assert type(loaded) is GaussianMixture
    assert_same_bits(loaded, search.best_estimator_, X)
    assert loaded.fit_report_ == search.best_estimator_.fit_report_


@pytest.mark.parametrize("name", TYPES + CODES)
@pytest.mark.parametrize("names", [None, ["a", "b"]])
def test_a_mixture_comes_back_bit_for_bit(X, path, name, names):
    gm = GaussianMixture(3, covariance_type=name, random_state=0).fit(X)
    mixture = Mixture(
        gm.weights_, gm.means_, gm.covariances_, covariance_type=name, feature_names=names
    )
    loaded = round_trip(mixture, path)
    assert loaded == mixture
    assert loaded.log_pdf(X).tobytes() == mixture.log_pdf(X).tobytes()


def test_known_parameters_and_values_set_by_hand_are_saved(X, path):
    made = GaussianMixture.from_parameters([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2)] * 2)
    loaded = round_trip(made, path)
    assert_same_bits(loaded, made, X)
    assert not hasattr(loaded, "fit_report_")
    fitted = GaussianMixture(3, random_state=0).fit(X)
    fitted.means_[0] += 5.0
    loaded = round_trip(fitted, path)
    np.testing.assert_allclose(loaded.score_samples(X), fitted.score_samples(X), atol=1e-10)


def test_a_file_is_replaced(X, path):
    save(GaussianMixture(2, random_state=0).fit(X), path)
    second = GaussianMixture(3, random_state=0).fit(X)
    save(second, str(path))
    assert_same_bits(load(str(path)), second, X)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("model", [GaussianMixture(2), GaussianMixtureSearch()])
def test_what_is_not_fitted_is_not_saved(path, model):
    with pytest.raises(NotFittedError):
        save(model, path)
    assert not path.exists()


class Bomb:
    """A pickle that would run code when loaded."""

    def __reduce__(self):
        return os.mkdir, (os.environ["BOMB"],)


def test_a_pickle_is_refused_and_not_executed(path, monkeypatch):
    crater = path.with_name("crater")
    monkeypatch.setenv("BOMB", str(crater))
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="Expected a model file written by gaussmix"):
        load(path)
    assert not crater.exists()
    pickle.loads(path.read_bytes())
    assert crater.exists()


def truncated(path):
    content = path.read_bytes()
    for size in (1, 7, 9, len(content) // 2, len(content) - 1):
        yield content[:size]


def test_a_truncated_file_is_refused(X, path):
    save(GaussianMixture(2, random_state=0).fit(X), path)
    for content in truncated(path):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"model.gaussmix.* (truncated|is not one)"):
            load(path)


FOREIGN = {
    "nothing": (b"", "truncated or damaged"),
    "text": (b"a,b\n1,2\n", "is not one: it starts with the bytes b'a,b"),
    "numpy": (b"\x93NUMPY\x01\x00v\x00{'descr'", "is not one"),
    "zeros": (b"\0" * 100, "model.gaussmix"),
    "tensors of others": (save_tensors({"x": np.ones(3)}), "safetensors file of another program"),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_foreign_file_is_refused(path, case):
    content, words = FOREIGN[case]
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(words)):
        load(path)


def test_a_missing_file_and_a_folder(X, path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load(path)
    with pytest.raises(IsADirectoryError, match="is a folder"):
        load(path.parent)
    with pytest.raises(IsADirectoryError, match="is a folder"):
        save(GaussianMixture(1).fit(X), path.parent)
    with pytest.raises(FileNotFoundError, match="Create it first"):
        save(GaussianMixture(1).fit(X), path / "in" / "no folder")


def test_a_file_of_a_later_version(X, path):
    save(GaussianMixture(1).fit(X), path)
    content = path.read_bytes()
    assert content.count(rb"\"version\": 1") == 1
    path.write_bytes(content.replace(rb"\"version\": 1", rb"\"version\": 9"))
    with pytest.raises(ValueError, match=r"format version 9.*reads versions up to 1.*Update"):
        load(path)


def without_key(key):
    return lambda metadata: metadata.pop(key)


def changed(key, value):
    return lambda metadata: metadata.update({key: value})


@pytest.mark.parametrize(
    "damage",
    [
        without_key("class"),
        without_key("covariances"),
        without_key("parameters"),
        without_key("feature_names"),
        changed("covariances", {"class": "subprocess.Popen"}),
        changed("covariance_type", "cubic"),
        changed("parameters", {"n_components": 3, "no_such_parameter": 1}),
        changed("dtype", "object of desire"),
        changed("class", "SomethingElse"),
    ],
)
def test_a_document_that_is_no_model_is_refused(X, path, damage):
    save(GaussianMixture(3, random_state=0).fit(X), path)
    document = load_document(path)
    damage(document.metadata)
    save_document(path, document.arrays, document.metadata)
    with pytest.raises(ValueError, match="model file"):
        load(path)


def test_a_document_without_its_arrays_is_refused(X, path):
    save(GaussianMixture(3, random_state=0).fit(X), path)
    document = load_document(path)
    for name in document.arrays:
        others = {key: array for key, array in document.arrays.items() if key != name}
        save_document(path, others, document.metadata)
        with pytest.raises(ValueError, match="model file"):
            load(path)


def test_the_file_says_what_wrote_it(X, path):
    save(GaussianMixture(3, random_state=0).fit(X), path)
    versions = load_document(path).metadata["versions"]
    assert set(versions) == {"python", "gaussmix", "numpy", "scipy", "scikit-learn"}
    assert versions["numpy"] == np.__version__
