"""Dask collections in the place of arrays: the same fits, and answers that are lazy."""

import numpy as np
import pytest

da = pytest.importorskip("dask.array")
distributed = pytest.importorskip("distributed")
import dask  # noqa: E402  not there without the extra
import dask.dataframe as dd  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.base import clone  # noqa: E402

from gaussmix import GaussianMixture, GaussianMixtureSearch, errors  # noqa: E402

pytestmark = [
    # Fits of a few iterations are compared, not finished.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

N = 6_000
#: Parameters after a fit, relative to the columns' spread of about one.
FINAL = 1e-8
#: One iteration, likewise.
ONE = 1e-12


@pytest.fixture(autouse=True)
def _in_this_process():
    """Threads here in the place of a cluster, which tests/estimators/test_dask_cluster.py has."""
    with dask.config.set(scheduler="threads", num_workers=2):
        yield


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(11)
    which = rng.integers(0, 3, size=N)
    centres = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 1.0], [0.0, 5.0, -1.0]])
    X = centres[which] + rng.normal(size=(N, 3)) * (1.0 + 0.3 * which[:, None])
    weight = rng.integers(0, 4, size=N).astype(float)
    label = np.where(rng.random(N) < 0.05, which, -1)
    return X, weight, label


def gappy(X):
    return np.where(np.random.default_rng(5).random(X.shape) < 0.1, np.nan, X)


def array(values, rows=1_100):
    return da.from_array(values, chunks=(rows, *np.shape(values)[1:]))


def assert_same(there, here, tolerance):
    for name in ("weights_", "means_", "covariances_"):
        np.testing.assert_allclose(
            getattr(there, name), getattr(here, name), rtol=tolerance, atol=tolerance
        )
    assert there.lower_bound_ == pytest.approx(here.lower_bound_, rel=tolerance)


KINDS = {
    "plain": lambda X, w, y: (X, {}),
    "weights": lambda X, w, y: (X, {"sample_weight": w}),
    "gaps": lambda X, w, y: (gappy(X), {}),
    "all": lambda X, w, y: (gappy(X), {"sample_weight": w, "labels": y}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_fits_are_the_same(rows, kind, covariance_type):
    X, beside = KINDS[kind](*rows)
    there = {name: array(of, 900) for name, of in beside.items()}
    model = GaussianMixture(3, covariance_type=covariance_type, tol=1e-7, random_state=0)
    once = clone(model).set_params(max_iter=1, tol=0)
    assert_same(clone(once).fit(array(X), **there), once.fit(X, **beside), ONE)
    far, near = clone(model).fit(array(X), **there), model.fit(X, **beside)
    assert_same(far, near, FINAL)
    assert far.n_iter_ == near.n_iter_
    assert far.converged_


@pytest.mark.parametrize(
    "init_params", ["kmeans", "k-means++", "random", "random_from_data", "auto"]
)
def test_named_starts_are_the_same(init_params):
    # More rows than a sketch looks at.
    rng = np.random.default_rng(2)
    X = rng.normal(size=(30_000, 2)) + 4.0 * rng.integers(0, 3, size=(30_000, 1))
    weight = rng.integers(0, 3, size=30_000).astype(float)
    model = GaussianMixture(3, init_params=init_params, max_iter=3, tol=0, random_state=1)
    there = clone(model).fit(array(X, 7_000), sample_weight=array(weight, 7_000))
    assert_same(there, model.fit(X, sample_weight=weight), ONE * 1e2)


@pytest.mark.parametrize("kind", ["means", "labels", "noise", "fixed"])
def test_given_starts_and_noise(rows, kind):
    X, _, _ = rows
    X = gappy(X)
    means = [[0.0, 0, 0], [4, 0, 0], [0, 4, 0]]
    extra = {
        "means": {"means_init": means},
        "labels": {"init_params": np.arange(N) % 3},
        "noise": {"noise_component": True},
        "fixed": {"means_init": means, "fixed": "means"},
    }[kind]
    model = GaussianMixture(3, max_iter=5, tol=0, random_state=0, **extra)
    assert_same(clone(model).fit(array(X)), model.fit(X), FINAL)


def test_a_callable_start_needs_rows_in_memory(rows):
    model = GaussianMixture(3, init_params=lambda X, k, rng: np.arange(len(X)) % k)
    with pytest.raises(ValueError, match="lie on a cluster"):
        model.fit(array(rows[0]))


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
def test_a_search_gives_the_same_winner(rows):
    X, weight, _ = rows
    search = GaussianMixtureSearch(range(2, 4), covariance_types=["full", "diag"], random_state=0)
    there = clone(search).fit(array(X), sample_weight=array(weight))
    search.fit(X, sample_weight=weight)
    assert there.best_params_ == search.best_params_
    assert there.best_score_ == pytest.approx(search.best_score_, rel=FINAL)
    assert there.predict(array(X)).compute().shape == (N,)


def test_copies_are_found_on_the_cluster(rows):
    X = rows[0].copy()
    X[1_500:1_530] = X[0]
    start = {
        "means_init": [[0.0, 0, 0], X[0]],
        "precisions_init": np.stack([np.eye(3), np.eye(3) * 1e8]),
    }
    said = []
    for of in (array(X), X):
        with pytest.warns(errors.DegenerateFitWarning) as caught:
            GaussianMixture(2, max_iter=5, tol=0, **start).fit(of)
        said.append([str(w.message) for w in caught])
    assert said[0] == said[1]
    assert "rows 0, 1500, 1501" in said[0][0]


def test_each_iteration_is_told(rows):
    seen = []
    GaussianMixture(
        3,
        max_iter=4,
        tol=0,
        random_state=0,
        callback=lambda iteration: seen.append(iteration.number),
    ).fit(array(rows[0]))
    assert seen == [1, 2, 3, 4]


def test_dataframes_keep_their_names(rows):
    X, weight, _ = rows
    frame = pd.DataFrame(gappy(X), columns=["a", "b", "c"])
    frame["w"] = weight
    parts = dd.from_pandas(frame, npartitions=4)
    parts, frame = parts[parts["w"] > 0], frame[frame["w"] > 0]
    model = GaussianMixture(3, tol=1e-6, random_state=0)
    columns = ["a", "b", "c"]
    there = clone(model).fit(parts[columns], sample_weight=parts["w"])
    assert_same(there, model.fit(frame[columns], sample_weight=frame["w"]), FINAL)
    assert there.feature_names_in_.tolist() == columns
    with pytest.raises(ValueError, match="same order"):
        there.predict(parts[["b", "a", "c"]])
    with pytest.raises(ValueError, match="expecting 3 features"):
        there.predict(array(X[:, :2]))
    with pytest.raises(TypeError, match="X_covariance cannot be given"):
        there.predict(parts[columns], X_covariance=X)


@pytest.fixture(scope="module")
def fitted(rows):
    frame = pd.DataFrame(rows[0], columns=["a", "b", "c"])
    return GaussianMixture(3, random_state=0, noise_component=True).fit(frame)


QUESTIONS = ["predict", "score_samples", "predict_proba", "transform"]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_lazy_answers_for_arrays(rows, fitted, question, dtype):
    X = gappy(rows[0]).astype(dtype)
    ask = getattr(fitted, question)
    lazy = ask(da.from_array(X, chunks=(1_100, 2)))
    assert isinstance(lazy, da.Array)
    parts = [ask(X[start : start + 1_100]) for start in range(0, N, 1_100)]
    computed = lazy.compute()
    # To the bit what the rows of a partition give here.
    np.testing.assert_array_equal(computed, np.concatenate(parts))
    np.testing.assert_allclose(computed, ask(X), rtol=0, atol=1e-8)
    assert lazy.shape == computed.shape
    assert lazy.dtype == computed.dtype == parts[0].dtype


@pytest.mark.parametrize("question", QUESTIONS)
def test_lazy_answers_for_dataframes(rows, fitted, question):
    frame = pd.DataFrame(gappy(rows[0]), columns=["a", "b", "c"], index=np.arange(N) + 7)
    parts = dd.from_pandas(frame, npartitions=3)
    ask = getattr(fitted, question)
    lazy = ask(parts)
    assert lazy.divisions == parts.divisions
    computed = lazy.compute()
    pd.testing.assert_index_equal(computed.index, frame.index)
    local = np.concatenate([ask(parts.get_partition(p).compute()) for p in range(3)])
    np.testing.assert_array_equal(computed.to_numpy(), local)
    if question == "predict":
        assert computed.name == "component"
        assert set(parts.assign(cluster=lazy).compute()["cluster"]) <= {-1, 0, 1, 2}
    elif question == "score_samples":
        assert computed.name == "log_density"
    else:
        assert list(computed.columns) == list(fitted.get_feature_names_out())
        assert (lazy.dtypes == computed.dtypes).all()


def test_infinite_values_are_refused_when_answers_are_computed(rows, fitted):
    X = rows[0].copy()
    X[1_103, 2] = np.inf
    lazy = fitted.predict(dd.from_pandas(pd.DataFrame(X, columns=["a", "b", "c"]), npartitions=1))
    with pytest.raises(ValueError, match="column 'c' in row 1103 of its partition is inf"):
        lazy.compute()


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize("score", ["score", "bic", "aic", "aicc", "icl"])
def test_scores_are_computed(rows, fitted, score):
    X, weight, _ = rows
    X = gappy(X)
    there = getattr(fitted, score)(array(X), sample_weight=array(weight))
    assert isinstance(there, float)
    assert there == pytest.approx(getattr(fitted, score)(X, sample_weight=weight), rel=ONE)


def test_too_few_rows():
    with pytest.raises(ValueError, match=r"1 sample\(s\).*minimum of 2"):
        GaussianMixture().fit(da.ones((1, 3)))
    with pytest.raises(ValueError, match="n_components"):
        GaussianMixture(4).fit(da.ones((3, 3)))


def test_labels_beyond_the_components(rows):
    X, _, label = rows
    with pytest.raises(ValueError, match=r"largest label, in labels or .* is 2;"):
        GaussianMixture(2).fit(array(X), labels=array(label))


def test_dask_collections_are_never_pulled_in_by_stealth():
    """Beside rows in memory, and where a value of ours wants an array."""
    rows = np.random.default_rng(0).normal(size=(40, 1))
    lazy = da.from_array(np.ones(40), chunks=10)
    with pytest.raises(TypeError, match="sample_weight is a Dask collection, which would have to"):
        GaussianMixture(2).fit(rows, sample_weight=lazy)
    gm = GaussianMixture(2, random_state=0).fit(rows)
    with pytest.raises(TypeError, match="X is a Dask collection, which would have to be brought"):
        gm.mixture_.log_pdf(da.from_array(rows, chunks=10))
