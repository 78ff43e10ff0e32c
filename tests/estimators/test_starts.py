"""Starts by labels, responsibilities, callables and parameters; the order of components."""

import itertools

import numpy as np
import pytest

from gaussmix import GaussianMixture

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
START = {"max_iter": 0}
MEANS = np.array([[0.0, 100.0], [3.0, 120.0], [0.6, 160.0]])
PRECISIONS = {
    "full": np.stack([np.diag([1.0, 0.01])] * 3),
    "tied": np.diag([1.0, 0.01]),
    "diag": np.array([[1.0, 0.01]] * 3),
    "spherical": np.full(3, 0.05),
    "tied_diag": np.stack([np.diag([1.0, 0.01])] * 3),
    "tied_spherical": np.stack([0.05 * np.eye(2)] * 3),
}
CODES = ("VVV", "EEE", "VVI", "VII", "EEI", "EII")
SPHERES = np.stack([0.05 * np.eye(2)] * 3)
PRECISIONS |= {code: SPHERES if code[1:] == "II" else PRECISIONS["full"] for code in CODES}


def test_labels_are_the_first_partition(X):
    labels = np.arange(90) % 3
    gm = GaussianMixture(3, init_params=labels, reg_covar=0, **START).fit(X)
    for k in range(3):
        mine = X[labels == k]
        np.testing.assert_allclose(gm.means_[k], mine.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(gm.covariances_[k], np.cov(mine.T, bias=True), rtol=1e-9)
    np.testing.assert_allclose(gm.weights_, 1 / 3)


def test_responsibilities_are_the_first_partition(X):
    resp = np.random.default_rng(0).dirichlet(np.ones(3), size=90)
    gm = GaussianMixture(3, init_params=resp, covariance_type="diag", reg_covar=0, **START).fit(X)
    mass = resp.sum(axis=0)
    np.testing.assert_allclose(gm.weights_, mass / 90, rtol=1e-12)
    means = resp.T @ X / mass[:, None]
    np.testing.assert_allclose(gm.means_, means, rtol=1e-12)
    variances = [r @ (X - m) ** 2 / s for r, m, s in zip(resp.T, means, mass, strict=True)]
    np.testing.assert_allclose(gm.covariances_, variances, rtol=1e-10)


@pytest.mark.parametrize("as_type", [int, np.float64, np.uint8, list])
def test_labels_of_any_kind_are_the_same_start(X, as_type):
    labels = np.arange(90) % 3
    other = labels.tolist() if as_type is list else labels.astype(as_type)
    expected = GaussianMixture(3, init_params=labels).fit(X)
    found = GaussianMixture(3, init_params=other).fit(X)
    np.testing.assert_array_equal(found.means_, expected.means_)


def test_hard_responsibilities_are_labels(X):
    labels = np.arange(90) % 3
    one = GaussianMixture(3, init_params=labels).fit(X)
    other = GaussianMixture(3, init_params=np.eye(3)[labels]).fit(X)
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-12)


def test_a_callable_gets_rows_number_and_generator(X):
    seen = []

    def choose(rows, n_components, rng):
        seen.append((rows.shape, n_components, rng.random()))
        return np.arange(len(rows)) % n_components

    gm = GaussianMixture(3, init_params=choose, n_init=2, n_jobs=1, random_state=0).fit(X)
    assert [s[:2] for s in seen] == [((90, 2), 3)] * 2
    assert seen[0][2] != seen[1][2]
    again = GaussianMixture(3, init_params=np.arange(90) % 3).fit(X)
    np.testing.assert_array_equal(gm.means_, again.means_)
    before = [s[2] for s in seen]
    seen.clear()
    gm.fit(X)
    assert [s[2] for s in seen] == before


def test_a_callable_may_return_responsibilities(X):
    resp = np.random.default_rng(0).dirichlet(np.ones(3), size=90)
    one = GaussianMixture(3, init_params=lambda X, k, rng: resp).fit(X)
    other = GaussianMixture(3, init_params=resp).fit(X)
    np.testing.assert_array_equal(one.means_, other.means_)


def test_errors_of_a_callable_are_its_own(X):
    def fail(rows, n_components, rng):
        raise RuntimeError("no start today")

    with pytest.raises(RuntimeError, match="no start today"):
        GaussianMixture(2, init_params=fail).fit(X)


def test_a_component_without_rows_is_named(X):
    with pytest.warns(UserWarning, match="Component 1 is empty: no row belongs to it"):
        gm = GaussianMixture(2, init_params=np.zeros(90, dtype=int)).fit(X)
    assert np.isfinite(gm.means_).all()
    assert gm.weights_[1] < 1e-6


@pytest.mark.parametrize("name", TYPES + CODES)
@pytest.mark.parametrize(
    "given",
    [g for n in (1, 2, 3) for g in itertools.combinations(("weights", "means", "precisions"), n)],
    ids="+".join,
)
def test_given_parameters_are_the_start(X, name, given):
    of = {"weights": [0.2, 0.3, 0.5], "means": MEANS, "precisions": PRECISIONS[name]}
    parameters = {f"{what}_init": of[what] for what in given}
    start = GaussianMixture(3, covariance_type=name, random_state=0, **parameters, **START).fit(X)
    for what in given:
        np.testing.assert_allclose(
            getattr(start, f"{what}_"), of[what], rtol=1e-12, atol=1e-15, err_msg=what
        )
    gm = GaussianMixture(3, covariance_type=name, random_state=0, max_iter=2000, **parameters).fit(
        X
    )
    assert gm.lower_bounds_[-1] > start.lower_bound_
    assert gm.covariances_.shape == start.covariances_.shape
    # It stays in its family: what it ends at is a mixture of that type.
    made = GaussianMixture.from_parameters(
        gm.weights_, gm.means_, gm.covariances_, covariance_type=name
    )
    assert made.score(X) == pytest.approx(gm.lower_bound_, abs=1e-8)


@pytest.mark.parametrize("name", TYPES)
def test_a_fit_goes_on_from_its_own_parameters(X, name):
    far = GaussianMixture(3, covariance_type=name, tol=1e-10, max_iter=5000, random_state=0).fit(X)
    again = GaussianMixture(
        3,
        covariance_type=name,
        weights_init=far.weights_,
        means_init=far.means_,
        precisions_init=far.precisions_,
    ).fit(X)
    np.testing.assert_allclose(again.means_, far.means_, rtol=1e-3)
    assert again.lower_bounds_[0] >= far.lower_bounds_[-1] - 2e-8


def test_given_means_alone_assign_rows_to_the_nearest(X):
    gm = GaussianMixture(3, means_init=MEANS, reg_covar=0, **START).fit(X)
    scale = X.std(axis=0)
    away = ((X[:, None] - MEANS) / scale) ** 2
    labels = away.sum(axis=2).argmin(axis=1)
    np.testing.assert_allclose(gm.weights_, np.bincount(labels) / 90)
    for k in range(3):
        expected = np.cov(X[labels == k].T, bias=True)
        np.testing.assert_allclose(gm.covariances_[k], expected, rtol=1e-9)


def test_lists_and_single_precision_are_starts(X):
    gm = GaussianMixture(3, means_init=MEANS.tolist()).fit(X)
    other = GaussianMixture(3, means_init=MEANS.astype(np.float32)).fit(X)
    np.testing.assert_allclose(gm.means_, other.means_, rtol=1e-6)


def test_components_come_by_falling_weight(X):
    gm = GaussianMixture(3, random_state=1).fit(X)
    assert (np.diff(gm.weights_) < 0.0).all()
    same = GaussianMixture(3, component_order="weight", random_state=1).fit(X)
    np.testing.assert_array_equal(gm.means_, same.means_)


@pytest.mark.parametrize("column", [0, 1, -1, np.int64(1)])
def test_components_come_by_the_rising_mean_of_a_column(X, column):
    gm = GaussianMixture(3, component_order=column, random_state=1).fit(X)
    assert (np.diff(gm.means_[:, column]) > 0.0).all()
    np.testing.assert_array_equal(gm.predict(X), gm.mixture_.posterior(X).argmax(axis=1))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_components_named_by_the_start_keep_their_numbers(X, order):
    gm = GaussianMixture(3, means_init=MEANS[list(order)]).fit(X)
    np.testing.assert_allclose(gm.means_[:, 1], MEANS[list(order), 1], atol=25.0)
    by_weight = GaussianMixture(3, means_init=MEANS[list(order)], component_order="weight").fit(X)
    assert (np.diff(by_weight.weights_) < 0.0).all()


def test_start_order_of_a_named_start_is_that_of_its_parameters(X):
    start = GaussianMixture(3, component_order="start", random_state=1, **START).fit(X)
    gm = GaussianMixture(3, component_order="start", random_state=1).fit(X)
    assert (np.abs(gm.means_ - start.means_)[:, 1] < 25.0).all()


@pytest.mark.parametrize("start", ["kmeans", "k-means++", "random", "random_from_data", "auto"])
def test_one_component_is_the_sample_mean_and_covariance(X, start):
    gm = GaussianMixture(1, init_params=start, n_init=3, reg_covar=0, random_state=0).fit(X)
    np.testing.assert_allclose(gm.means_[0], X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(gm.covariances_[0], np.cov(X.T, bias=True), rtol=1e-10)
    assert gm.weights_ == [1.0]


def test_the_race_ends_at_least_as_high_as_one_start(make_clusters):
    rows = make_clusters(seed=3, n_rows=300, apart=2.0)
    settings = {"tol": 1e-7, "max_iter": 5000, "reg_covar": 1e-4}
    auto = GaussianMixture(3, init_params="auto", random_state=0, **settings).fit(rows)
    one = GaussianMixture(3, random_state=0, **settings).fit(rows)
    assert auto.lower_bounds_[-1] >= one.lower_bounds_[-1] - 1e-4
    assert auto.fit_report_.n_starts >= 2
