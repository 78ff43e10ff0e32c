"""Weight 2 is the row twice, weight 0 the row gone, whatever else is known of the rows."""

import numpy as np
import pytest

from gaussmix import GaussianMixture

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
#: Families closed under rescaling each column by its own factor.
BY_COLUMN = ("full", "tied", "diag", "tied_diag")
NAMED = ("kmeans", "k-means++", "random", "random_from_data", "auto")
KINDS = ("plain", "labels", "noise", "X_covariance", "labels and noise")

# Runs of a few iterations are not to converge, and a start is no fit.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning"),
]

N_ROWS, MEANS = 70, np.array([[0.0, 0.0, 0.0], [5.0, 2.0, -1.0]])
PRECISIONS = {
    "full": [np.eye(3), np.diag([0.5, 1.0, 2.0])],
    "tied": np.eye(3),
    "diag": [[1.0, 1.0, 1.0], [0.5, 1.0, 2.0]],
    "spherical": [1.0, 0.5],
    "tied_diag": [np.eye(3)] * 2,
    "tied_spherical": [np.eye(3)] * 2,
}


def _rows(*, gaps, seed=0, n_rows=N_ROWS, n_features=3):
    rng = np.random.default_rng(seed)
    z = rng.integers(2, size=n_rows)
    mixing = rng.normal(size=(2, n_features, n_features)) + 1.5 * np.eye(n_features)
    means = np.zeros((2, n_features))
    means[1, :3] = MEANS[1, :n_features]
    X = means[z] + np.einsum("nij,nj->ni", mixing[z], rng.normal(size=(n_rows, n_features)))
    if gaps:
        X[rng.random(X.shape) < 0.25] = np.nan
        X[5] = np.nan
    return X, z


X_PLAIN, CLASSES = _rows(gaps=False)
COUNTS = np.random.default_rng(1).integers(0, 4, size=N_ROWS)
COUNTS[5] = 2
INDEX = np.repeat(np.arange(N_ROWS), COUNTS)
LABELS = np.where(np.arange(N_ROWS) % 3 == 0, CLASSES, -1)
ERRORS = np.random.default_rng(2).uniform(0.0, 1.0, size=(N_ROWS, 3))


@pytest.fixture(autouse=True, params=[1, 10**9])
def _ways(request, monkeypatch):
    """Both ways with gaps: a kernel for each pattern, and rows of rare patterns together."""
    monkeypatch.setattr("gaussmix.data.batch._COMMON", request.param)


def _start(name):
    return {
        "weights_init": [0.4, 0.6],
        "means_init": MEANS,
        "precisions_init": PRECISIONS[name],
        "reg_covar": 1e-3,
    }


def _beside(kind):
    beside = {"labels": LABELS} if "labels" in kind else {}
    return beside | ({"X_covariance": ERRORS} if kind == "X_covariance" else {})


def _assert_same(one, other, off=1e-10):
    np.testing.assert_allclose(one.weights_, other.weights_, rtol=off, atol=off)
    np.testing.assert_allclose(one.means_, other.means_, rtol=off, atol=off)
    np.testing.assert_allclose(one.covariances_, other.covariances_, rtol=off, atol=off)
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, rtol=off, atol=off)
    assert one.lower_bound_ == pytest.approx(other.lower_bound_, rel=off)
    if hasattr(other, "noise_weight_"):
        assert one.noise_weight_ == pytest.approx(other.noise_weight_, rel=off)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repetitions_from_one_start(name, gaps, kind):
    X, _ = _rows(gaps=gaps)
    settings = _start(name) | {"max_iter": 6, "tol": 0.0, "noise_component": "noise" in kind}
    beside = _beside(kind)
    one = GaussianMixture(2, covariance_type=name, **settings)
    one.fit(X, sample_weight=COUNTS, **beside)
    other = GaussianMixture(2, covariance_type=name, **settings)
    other.fit(X[INDEX], **{key: value[INDEX] for key, value in beside.items()})
    _assert_same(one, other)
    assert one.n_iter_ == 6
    assert one.lower_bounds_[-1] > one.lower_bounds_[0] + 1e-4
    for criterion in ("bic", "aic", "aicc", "icl", "score"):
        found = getattr(one, criterion)(X, sample_weight=COUNTS)
        expected = getattr(other, criterion)(X[INDEX])
        assert found == pytest.approx(expected, rel=1e-10), criterion
        assert found != pytest.approx(getattr(one, criterion)(X), rel=1e-6), criterion


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("given", ["means_init", "weights_init", "precisions_init", "labels"])
def test_weights_are_repetitions_from_starts_given_in_part(gaps, given):
    X, _ = _rows(gaps=gaps)
    values = _start("full") | {"labels": CLASSES}
    for max_iter in (0, 6):
        settings = {"max_iter": max_iter, "tol": 0.0, "random_state": 0}
        if given == "labels":
            one = GaussianMixture(2, init_params=CLASSES, **settings)
            other = GaussianMixture(2, init_params=CLASSES[INDEX], **settings)
        else:
            settings |= {given: values[given]}
            one, other = GaussianMixture(2, **settings), GaussianMixture(2, **settings)
        _assert_same(one.fit(X, sample_weight=COUNTS), other.fit(X[INDEX]), 1e-9)


@pytest.mark.parametrize("start", NAMED)
@pytest.mark.parametrize("kind", ["plain", "labels", "noise", "X_covariance"])
@pytest.mark.parametrize("gaps", [False, True])
def test_weights_are_repetitions_where_a_word_starts(start, kind, gaps):
    X, _ = _rows(gaps=gaps)
    beside = _beside(kind)
    settings = {"init_params": start, "max_iter": 0, "random_state": 3, "reg_covar": 1e-3}
    settings |= {"noise_component": kind == "noise"}
    one = GaussianMixture(2, **settings).fit(X, sample_weight=COUNTS, **beside)
    other = GaussianMixture(2, **settings)
    other.fit(X[INDEX], **{key: value[INDEX] for key, value in beside.items()})
    _assert_same(one, other, 1e-8)


@pytest.mark.parametrize("start", NAMED)
def test_the_start_of_one_component_is_the_weighted_mean(start):
    gm = GaussianMixture(1, init_params=start, max_iter=0, reg_covar=0.0, random_state=0)
    gm.fit(X_PLAIN, sample_weight=COUNTS)
    np.testing.assert_allclose(gm.means_[0], X_PLAIN[INDEX].mean(axis=0), rtol=1e-12)
    expected = np.cov(X_PLAIN[INDEX].T, bias=True)
    np.testing.assert_allclose(gm.covariances_[0], expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("n_rows", [12, 16, 22, 30])
@pytest.mark.parametrize("times", [2, 3])
def test_what_fills_gaps_at_the_start_counts_rows_by_weight(n_rows, times):
    """Few rows in many columns: whether gaps are guessed by correlations is the same too."""
    X, _ = _rows(gaps=False, seed=4, n_rows=n_rows, n_features=6)
    X[np.random.default_rng(5).random(X.shape) < 0.2] = np.nan
    settings = {"max_iter": 0, "random_state": 0, "reg_covar": 0.1, "covariance_type": "diag"}
    one = GaussianMixture(2, **settings).fit(X, sample_weight=np.full(n_rows, times))
    other = GaussianMixture(2, **settings).fit(np.repeat(X, times, axis=0))
    _assert_same(one, other, 1e-8)


@pytest.mark.parametrize("start", NAMED)
def test_rows_of_weight_zero_may_have_any_gaps(start):
    """Their patterns, values, labels and errors count for nothing."""
    X, _ = _rows(gaps=True)
    wild = np.array([[1e9, np.nan, 1.0], [np.nan, np.nan, np.nan], [np.nan, -1e200, 0.0]])
    more = np.concatenate([wild, X, wild])
    weight = np.r_[np.zeros(3), np.ones(N_ROWS), np.zeros(3)]
    settings = {"init_params": start, "max_iter": 5, "tol": 0.0, "random_state": 3}
    settings |= {"reg_covar": 1e-3}
    plain = GaussianMixture(2, **settings).fit(X)
    _assert_same(GaussianMixture(2, **settings).fit(more, sample_weight=weight), plain, 1e-8)
    label = np.full(N_ROWS + 6, -1)
    label[-2] = 1
    with_labels = GaussianMixture(2, **settings | {"means_init": MEANS})
    with_labels.fit(more, sample_weight=weight, labels=label)
    expected = GaussianMixture(2, **settings | {"means_init": MEANS}).fit(X)
    _assert_same(with_labels, expected, 1e-8)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_components_may_be_numbered_otherwise(name, kind):
    X, _ = _rows(gaps=True)
    order = np.array([1, 0])
    settings = {"covariance_type": name, "max_iter": 8, "tol": 0.0, "means_init": MEANS}
    settings |= {"noise_component": "noise" in kind, "reg_covar": 1e-3}
    beside = _beside(kind)
    one = GaussianMixture(2, **settings).fit(X, sample_weight=COUNTS, **beside)
    if "labels" in kind:
        beside["labels"] = np.where(LABELS >= 0, 1 - LABELS, -1)
    other = GaussianMixture(2, **settings | {"means_init": MEANS[order]})
    other.fit(X, sample_weight=COUNTS, **beside)
    np.testing.assert_allclose(one.weights_[order], other.weights_, rtol=1e-9)
    np.testing.assert_allclose(one.means_[order], other.means_, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, rtol=1e-10)
    dense = one.mixture_.components.covariances.dense()[order]
    found = other.mixture_.components.covariances.dense()
    np.testing.assert_allclose(found, dense, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", ["full", "tied", "diag"])
@pytest.mark.parametrize("start", NAMED)
def test_the_order_of_rows_with_gaps_does_not_matter(name, start):
    X, _ = _rows(gaps=True)
    order = np.random.default_rng(6).permutation(N_ROWS)
    settings = {"covariance_type": name, "init_params": start, "max_iter": 4, "tol": 0.0}
    settings |= {"random_state": 0, "reg_covar": 1e-2}
    one = GaussianMixture(2, **settings).fit(X, sample_weight=COUNTS)
    other = GaussianMixture(2, **settings).fit(X[order], sample_weight=COUNTS[order])
    _assert_same(one, other, 1e-8)


@pytest.mark.parametrize("name", BY_COLUMN)
@pytest.mark.parametrize("kind", KINDS)
def test_units_of_columns_do_not_matter(name, kind):
    X, _ = _rows(gaps=True)
    scale = np.array([1e-6, 3.0, 1e5])
    settings = {"covariance_type": name, "max_iter": 10, "tol": 0.0, "random_state": 0}
    settings |= {"noise_component": "noise" in kind, "reg_covar": 1e-3}
    beside = _beside(kind)
    one = GaussianMixture(2, **settings).fit(X, **beside)
    if "X_covariance" in beside:
        beside["X_covariance"] = beside["X_covariance"] * scale**2
    other = GaussianMixture(2, **settings).fit(X * scale, **beside)
    off = {"rtol": 1e-7, "atol": 1e-7}
    np.testing.assert_allclose(other.weights_, one.weights_, **off)
    np.testing.assert_allclose(other.means_ / scale, one.means_, **off)
    matrices = other.mixture_.components.covariances.dense() / np.outer(scale, scale)
    np.testing.assert_allclose(matrices, one.mixture_.components.covariances.dense(), **off)
    # Each observed value's density is per unit of its column.
    shift = (~np.isnan(X)) @ np.log(scale)
    if kind != "X_covariance":
        np.testing.assert_allclose(
            other.score_samples(X * scale) + shift, one.score_samples(X), atol=1e-6
        )
    np.testing.assert_allclose(other.lower_bound_ + shift.mean(), one.lower_bound_, atol=1e-7)
