"""Laws that hold for whole fits: weights, order of rows, units, nested models, same bits."""

import numpy as np
import pytest

from gaussmix import GaussianMixture, GaussianMixtureSearch

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
NAMED = ("kmeans", "k-means++", "random", "random_from_data", "auto")
TIGHT = {"tol": 1e-9, "max_iter": 5000}


def clusters(n_rows=120, seed=0):
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [4.0, 1.0], [1.0, 5.0]])
    return centres[rng.integers(3, size=n_rows)] + rng.normal(size=(n_rows, 2)) * [1.0, 0.7]


X = clusters()
COUNTS = np.random.default_rng(1).integers(0, 4, size=len(X))
REPEATED = np.repeat(X, COUNTS, axis=0)
MEANS = np.array([[0.0, 0.5], [4.0, 0.0], [1.0, 4.0]])
PRECISIONS = {
    "full": np.stack([np.eye(2)] * 3),
    "tied": np.eye(2),
    "diag": np.ones((3, 2)),
    "spherical": np.ones(3),
    "tied_diag": np.stack([np.eye(2)] * 3),
    "tied_spherical": np.stack([np.eye(2)] * 3),
}
GIVEN = {
    "means_init": lambda name: {"means_init": MEANS},
    "weights_init": lambda name: {"weights_init": [0.2, 0.3, 0.5]},
    "precisions_init": lambda name: {"precisions_init": PRECISIONS[name]},
    "everything": lambda name: {
        "means_init": MEANS,
        "weights_init": [0.2, 0.3, 0.5],
        "precisions_init": PRECISIONS[name],
    },
}


def settings_of(start, name):
    given = GIVEN[start](name) if start in GIVEN else {"init_params": start}
    fixed = {"n_components": 3, "covariance_type": name, "max_iter": 2000, "random_state": 3}
    return fixed | given


def assert_same_fit(one, other, tolerance):
    np.testing.assert_allclose(one.weights_, other.weights_, atol=tolerance.trajectory)
    np.testing.assert_allclose(one.means_, other.means_, atol=tolerance.trajectory)
    np.testing.assert_allclose(one.covariances_, other.covariances_, atol=tolerance.trajectory)
    assert one.lower_bound_ == pytest.approx(other.lower_bound_, abs=tolerance.certified)
    assert one.n_iter_ == other.n_iter_
    np.testing.assert_allclose(one.lower_bounds_, other.lower_bounds_, atol=tolerance.fall)


# A soft random start may lead to an end that is rightly called degenerate: the law holds there too.
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning")
@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("start", [*NAMED, *GIVEN])
def test_weight_two_is_the_row_twice_and_weight_zero_the_row_gone(tolerance, name, start):
    settings = settings_of(start, name)
    weighted = GaussianMixture(**settings).fit(X, sample_weight=COUNTS)
    repeated = GaussianMixture(**settings).fit(REPEATED)
    assert_same_fit(weighted, repeated, tolerance)
    assert weighted.log_likelihood_ == pytest.approx(repeated.log_likelihood_, rel=1e-9)
    for criterion in ("bic", "aic", "aicc", "icl", "score"):
        found = getattr(weighted, criterion)(X, sample_weight=COUNTS)
        assert found == pytest.approx(getattr(repeated, criterion)(REPEATED), rel=1e-7), criterion


@pytest.mark.parametrize("as_labels", [True, False])
def test_weights_and_starts_by_row(tolerance, as_labels):
    labels = np.arange(len(X)) % 3
    rows = np.repeat(np.arange(len(X)), COUNTS)
    start = labels if as_labels else np.eye(3)[labels] * 0.4 + 0.2
    weighted = GaussianMixture(3, init_params=start).fit(X, sample_weight=COUNTS)
    repeated = GaussianMixture(3, init_params=start[rows]).fit(REPEATED)
    assert_same_fit(weighted, repeated, tolerance)


@pytest.mark.parametrize("start", ["kmeans", "auto", "random"])
def test_rows_of_weight_zero_may_hold_anything_finite(tolerance, start):
    settings = settings_of(start, "full")
    weight = np.concatenate([np.ones(len(X)), np.zeros(3)])
    wild = np.concatenate([X, [[1e12, 0.0], [-1e100, 1e100], [0.0, 0.0]]])
    found = GaussianMixture(**settings).fit(wild, sample_weight=weight)
    assert_same_fit(found, GaussianMixture(**settings).fit(X), tolerance)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("start", ["kmeans", "auto"])
@pytest.mark.parametrize("factor", [1e-6, 0.37, 1e6])
def test_scaling_all_weights_changes_the_likelihood_alone(tolerance, name, start, factor):
    settings = settings_of(start, name)
    one = GaussianMixture(**settings).fit(X, sample_weight=COUNTS)
    other = GaussianMixture(**settings).fit(X, sample_weight=factor * COUNTS)
    assert_same_fit(one, other, tolerance)
    assert other.log_likelihood_ == pytest.approx(factor * one.log_likelihood_, rel=1e-9)


def test_weights_of_one_are_no_weights():
    one = GaussianMixture(3, random_state=0).fit(X)
    for weight in (np.ones(len(X)), 1.0, np.ones(len(X), dtype=int), [1] * len(X)):
        other = GaussianMixture(3, random_state=0).fit(X, sample_weight=weight)
        np.testing.assert_allclose(one.means_, other.means_, rtol=1e-12)
        assert other.log_likelihood_ == pytest.approx(one.log_likelihood_, rel=1e-13)


def test_n_of_the_criteria_is_the_sum_of_weights():
    gm = GaussianMixture(3, random_state=0).fit(X, sample_weight=COUNTS)
    n, p, total = COUNTS.sum(), 17, gm.log_likelihood_
    assert n != len(X)
    assert gm.bic(X, sample_weight=COUNTS) == pytest.approx(-2 * total + p * np.log(n))
    expected = -2 * total + 2 * p + 2 * p * (p + 1) / (n - p - 1)
    assert gm.aicc(X, sample_weight=COUNTS) == pytest.approx(expected)
    assert gm.score(X, sample_weight=COUNTS) == pytest.approx(total / n)
    assert gm.score(X, sample_weight=COUNTS) != pytest.approx(gm.score(X), abs=1e-6)


def test_a_search_takes_weights_as_repetitions():
    settings = {"covariance_types": ["full", "tied", "spherical"], "random_state": 0}
    one = GaussianMixtureSearch(range(1, 5), **settings).fit(X, sample_weight=COUNTS)
    other = GaussianMixtureSearch(range(1, 5), **settings).fit(REPEATED)
    assert one.best_params_ == other.best_params_
    for criterion in ("log_likelihood", "bic", "aic", "aicc", "icl"):
        np.testing.assert_allclose(
            one.results_[criterion], other.results_[criterion], rtol=1e-6, err_msg=criterion
        )


@pytest.mark.parametrize("start", ["kmeans", "k-means++", "random", "random_from_data", "auto"])
def test_the_order_of_rows_does_not_matter(tolerance, start):
    order = np.random.default_rng(5).permutation(len(X))
    settings = settings_of(start, "full")
    one = GaussianMixture(**settings).fit(X)
    other = GaussianMixture(**settings).fit(X[order])
    assert_same_fit(one, other, tolerance)


@pytest.mark.parametrize("name", ["full", "tied", "diag", "tied_diag"])
@pytest.mark.parametrize("start", ["kmeans", "auto"])
def test_units_of_columns_do_not_matter(tolerance, name, start):
    settings = {**settings_of(start, name), "reg_covar": 1e-3}
    scale = np.array([1e-6, 1e5])
    one = GaussianMixture(**settings).fit(X)
    other = GaussianMixture(**settings).fit(X * scale)
    np.testing.assert_allclose(other.means_ / scale, one.means_, atol=tolerance.trajectory)
    np.testing.assert_allclose(other.weights_, one.weights_, atol=tolerance.trajectory)
    assert other.score(X * scale) + np.log(scale).sum() == pytest.approx(one.score(X), abs=1e-7)


def test_nested_shapes_and_numbers_nest_in_likelihood():
    settings = {"random_state": 0, "init_params": "auto", "tol": 1e-7, "max_iter": 2000}
    of = {
        name: GaussianMixture(3, covariance_type=name, **settings).fit(X).log_likelihood_
        for name in TYPES
    }
    pairs = [
        ("tied_spherical", "spherical"),
        ("tied_spherical", "tied_diag"),
        ("tied_diag", "diag"),
        ("tied_diag", "tied"),
        ("spherical", "diag"),
        ("tied", "full"),
        ("diag", "full"),
    ]
    for small, large in pairs:
        assert of[small] <= of[large] + 1e-3, (small, large)
    by_number = [GaussianMixture(k, **settings).fit(X).log_likelihood_ for k in range(1, 5)]
    assert min(np.diff(by_number)) > 0.0


@pytest.mark.parametrize("start", ["kmeans", "random", "auto"])
@pytest.mark.parametrize("n_init", [1, 4])
def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(start, n_init):
    rows = clusters(6000, seed=2)

    def fit(n_jobs):
        gm = GaussianMixture(
            3, init_params=start, n_init=n_init, n_jobs=n_jobs, tol=1e-4, random_state=5
        )
        return gm.fit(rows)

    one = fit(1)
    for n_jobs in (1, 2, 3, None):
        other = fit(n_jobs)
        np.testing.assert_array_equal(one.means_, other.means_)
        np.testing.assert_array_equal(one.covariances_, other.covariances_)
        np.testing.assert_array_equal(one.score_samples(rows), other.score_samples(rows))
        np.testing.assert_array_equal(one.predict_proba(rows), other.predict_proba(rows))
        assert one.lower_bounds_ == other.lower_bounds_
        assert one.fit_report_ == other.fit_report_


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
def test_a_search_gives_the_same_bits_for_any_number_of_threads():
    def fit(n_jobs):
        search = GaussianMixtureSearch(
            [1, 2, 3], covariance_types=["full", "diag"], n_jobs=n_jobs, random_state=5
        )
        return search.fit(X)

    one = fit(1)
    for n_jobs in (2, 3):
        other = fit(n_jobs)
        assert one.results_.equals(other.results_)
        np.testing.assert_array_equal(
            one.best_estimator_.score_samples(X), other.best_estimator_.score_samples(X)
        )


@pytest.mark.parametrize("seed", [0, np.int64(3)])
def test_an_integer_seed_repeats_and_none_does_not(seed):
    def start(random_state):
        gm = GaussianMixture(3, init_params="random", max_iter=0, random_state=random_state)
        return gm.fit(X).means_

    np.testing.assert_array_equal(start(seed), start(seed))
    for kind in (np.random.RandomState, np.random.default_rng):
        np.testing.assert_array_equal(start(kind(3)), start(kind(3)))
        stream = kind(3)
        assert not np.array_equal(start(stream), start(stream))
    assert not np.array_equal(start(None), start(None))
    assert not np.array_equal(start(0), start(1))


# A soft random start may lead to an end that is rightly called degenerate: the law holds there too.
@pytest.mark.filterwarnings("ignore::gaussmix.errors.DegenerateFitWarning")
@pytest.mark.parametrize("start", ["kmeans", "random", "k-means++", "random_from_data"])
def test_the_first_of_many_starts_is_the_only_one_of_one(start):
    """More starts can only end higher, and the first is among them."""

    class First:
        """Remembers the objective after the first iteration of every start."""

        def __init__(self):
            self.seen = []

        def __call__(self, iteration):
            if iteration.number == 1:
                self.seen.append(iteration.objective)

    ends = []
    firsts = []
    for n_init in (1, 2, 5):
        first = First()
        gm = GaussianMixture(
            3, init_params=start, n_init=n_init, callback=first, n_jobs=1, random_state=4, **TIGHT
        )
        ends.append(gm.fit(X).lower_bounds_[-1])
        firsts.append(first.seen)
    assert [len(seen) for seen in firsts] == [1, 2, 5]
    assert firsts[2][:2] == firsts[1]
    assert firsts[1][:1] == firsts[0]
    assert ends[0] <= ends[1] <= ends[2]
