"""Cluster stability: the indices against others' and by hand, refits seeded and counted."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from gaussmix import GaussianMixture, IntervalData
from gaussmix.selection import agreement, resample, stability_of
from gaussmix.selection.stability import Agreement

THREE = GaussianMixture.from_parameters(
    [0.4, 0.3, 0.3], [[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]], [1.0, 1.0, 1.0],
    covariance_type="spherical",
)  # fmt: skip
X = THREE.sample(300, random_state=0)[0]


def test_the_index_is_scikit_learns_and_weights_repeat_rows():
    rng = np.random.default_rng(0)
    labels, others = rng.integers(-1, 3, 80), rng.integers(-1, 3, 80)
    others[:50] = labels[:50]
    weight = rng.integers(0, 4, 80)
    found = agreement(labels, others, 3, weight.astype(float))
    repeated = adjusted_rand_score(np.repeat(labels, weight), np.repeat(others, weight))
    assert found.adjusted_rand == pytest.approx(repeated, rel=1e-12)


def test_one_cluster_agrees_with_itself():
    same = np.zeros(5, dtype=int)
    assert agreement(same, same, 1, np.ones(5)).adjusted_rand == 1.0


def test_similarity_is_to_the_component_that_is_most_alike():
    labels = np.array([0, 0, 0, 1, 1, -1])
    others = np.array([1, 1, 0, 0, 0, -1])
    found = agreement(labels, others, 3, np.ones(6)).jaccard
    np.testing.assert_allclose(found[:2], [2 / 3, 2 / 3])
    assert np.isnan(found[2])


def test_noise_of_a_refit_is_no_component():
    labels, others = np.array([0, 0, 1, 1]), np.array([-1, -1, 0, 0])
    np.testing.assert_allclose(agreement(labels, others, 2, np.ones(4)).jaccard, [0.0, 1.0])


def test_as_many_rows_are_drawn_as_the_weights_count():
    weight = np.array([0.0, 2.0, 1.0, 4.0])
    drawn = np.array([resample(weight, np.random.default_rng(i)) for i in range(400)])
    assert (drawn.sum(axis=1) == 7.0).all()
    assert (drawn[:, 0] == 0.0).all()
    np.testing.assert_allclose(drawn.mean(axis=0), weight, atol=0.3)


def test_clusters_far_apart_come_back_and_a_split_one_does_not():
    gm = GaussianMixture(3, covariance_type="spherical", random_state=0, n_init=2).fit(X)
    found = gm.cluster_stability(X, n_resamples=10)
    assert found.mean > 0.98
    assert found.component_stability.min() > 0.95
    split = GaussianMixture(4, covariance_type="spherical", random_state=0).fit(X)
    weaker = split.cluster_stability(X, n_resamples=10)
    assert weaker.component_stability.min() < 0.75
    assert weaker.mean < found.mean


def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads():
    gm = GaussianMixture(4, random_state=0).fit(X)
    runs = [
        gm.cluster_stability(X, n_resamples=6, n_jobs=n_jobs, random_state=3) for n_jobs in (1, 3)
    ]
    np.testing.assert_array_equal(runs[0].adjusted_rand, runs[1].adjusted_rand)
    np.testing.assert_array_equal(runs[0].jaccard, runs[1].jaccard)
    other = gm.cluster_stability(X, n_resamples=6, random_state=4)
    assert (other.adjusted_rand != runs[0].adjusted_rand).any()


def test_refits_start_afresh_and_leave_the_fit_alone():
    seen = []

    def start(rows, n_components, rng):
        seen.append(rng.random())
        return rows.sum(axis=1) > 4.5

    gm = GaussianMixture(2, init_params=start, random_state=0).fit(X)
    means = gm.means_.copy()
    gm.cluster_stability(X, n_resamples=4, n_jobs=1)
    assert len(set(seen)) == 5
    np.testing.assert_array_equal(gm.means_, means)


def test_a_row_of_weight_zero_does_not_matter():
    rows = np.vstack([X, [[50.0, 50.0]]])
    weight = np.append(np.ones(len(X)), 0.0)
    gm = GaussianMixture(3, random_state=0).fit(X)
    found = gm.cluster_stability(rows, weight, n_resamples=5, random_state=0)
    assert found.mean > 0.97


def test_failures_are_counted_and_told():
    rng = np.random.default_rng(0)
    rows = np.vstack([rng.normal(size=(40, 2)), 30.0 + rng.normal(size=(3, 2))])
    start = np.repeat([0, 1], [40, 3])
    gm = GaussianMixture(2, reg_covar=0.0, init_params=start).fit(rows)
    found = gm.cluster_stability(rows, n_resamples=40, random_state=0)
    assert 0 < found.n_failed < 40
    assert len(found.adjusted_rand) == 40 - found.n_failed
    assert f"{found.n_failed} refits failed; first: Fitting the mixture model failed" in str(found)


def test_no_refit_at_all_is_an_error():
    with pytest.raises(ValueError, match=r"None of 2 refits .* first failure: why\. Try fewer"):
        stability_of(["why.", "who knows."])


def test_what_is_printed_reads_the_similarities():
    ends = [Agreement(0.5, np.array([0.9, 0.8, 0.7, 0.2, np.nan]))] * 3
    text = str(stability_of([*ends, "It collapsed."]))
    assert "with 3 refits to resampled rows: mean 0.500" in text
    words = ("highly stable", "stable", "a pattern", "not to be trusted", "no row")
    assert all(word in text for word in words)
    assert "1 refit failed; first: It collapsed." in text


@pytest.mark.parametrize("rows", ["rows.csv", IntervalData([0.0], [1.0], [3.0])])
def test_rows_that_are_not_in_memory_are_refused(rows):
    with pytest.raises(TypeError, match="in memory"):
        THREE.cluster_stability(rows)


def test_too_few_resamples_are_refused():
    with pytest.raises(ValueError, match="n_resamples"):
        THREE.cluster_stability(X, n_resamples=0)
