"""Components merged into clusters: sums against brute force, where merging stops, what it gives."""

import itertools
import tracemalloc

import numpy as np
import pytest
from scipy.special import entr

from gaussmix import GaussianMixture
from gaussmix.data import ArraySource, Details
from gaussmix.density import Components, Noise
from gaussmix.execution import team
from gaussmix.mixture import Mixture
from gaussmix.selection import MergeTree, merge_tree
from gaussmix.selection.elbow import elbow

#: Two L-shaped clusters of two components each, and a round one.
MEANS = [[0.0, 2.5], [2.5, 0.0], [20.0, 2.5], [22.5, 0.0], [10.0, -15.0]]
UPRIGHT, FLAT = [[0.3, 0.0], [0.0, 4.0]], [[4.0, 0.0], [0.0, 0.3]]
CORNERS = GaussianMixture.from_parameters(
    [0.2] * 5, MEANS, [UPRIGHT, FLAT, UPRIGHT, FLAT, [[1.0, 0.0], [0.0, 1.0]]]
)
X = CORNERS.sample(600, random_state=0)[0]


def entropy(posterior, weight):
    return float(entr(posterior).sum(axis=1) @ weight)


def with_noise(share=0.1):
    part = CORNERS.mixture_.components
    noise = Noise(share, np.array([-10.0, -25.0]), np.array([35.0, 12.0]))
    return Mixture.from_components(
        Components((1.0 - share) * part.weights, part.means, part.covariances, noise), "full"
    )


def by_brute_force(posterior, n_components, weight):
    """(clusters, gain, overlap) of each merge from the posteriors (N, K[+1]) themselves."""
    groups = [[k] for k in range(n_components)]
    noise = posterior[:, n_components:]
    found = []
    while len(groups) > 1:
        parts = np.column_stack([posterior[:, group].sum(axis=1) for group in groups])
        owner = np.column_stack([parts, noise]).argmax(axis=1)
        gains, overlaps = {}, {}
        for i, j in itertools.combinations(range(len(groups)), 2):
            both = parts[:, i] + parts[:, j]
            gains[i, j] = float((entr(parts[:, [i, j]]).sum(axis=1) - entr(both)) @ weight)
            overlaps[i, j] = max(
                float(parts[owner == a, b] @ weight[owner == a] / (parts[:, b] @ weight))
                for a, b in ((i, j), (j, i))
            )
        i, j = max(gains, key=gains.__getitem__)
        found.append((tuple(groups[i]), tuple(groups[j]), gains[i, j], overlaps[i, j]))
        groups[i] = sorted(groups[i] + groups[j])
        del groups[j]
    return found


def tree_of(mixture, rows, weight=None, method="entropy", n_clusters=None):
    with team(1) as threads:
        source = ArraySource(rows, Details(weight=weight))
        return merge_tree(mixture, source, threads, method, n_clusters)


@pytest.mark.parametrize("mixture", [CORNERS.mixture_, with_noise()], ids=["plain", "noise"])
@pytest.mark.parametrize("gaps", [False, True], ids=["complete", "gaps"])
def test_each_merge_is_that_of_brute_force(mixture, gaps):
    rng = np.random.default_rng(1)
    rows = X.copy()
    if gaps:
        rows[rng.random(rows.shape) < 0.2] = np.nan
    weight = rng.integers(0, 4, len(rows)).astype(float)
    tree = tree_of(mixture, rows, weight)
    expected = by_brute_force(mixture.posterior(rows), 5, weight)
    assert [(m.first, m.second) for m in tree.merges] == [(a, b) for a, b, _, _ in expected]
    np.testing.assert_allclose(
        [[m.gain, m.overlap] for m in tree.merges],
        [[gain, overlap] for _, _, gain, overlap in expected],
        rtol=1e-9,
        atol=1e-12,
    )


@pytest.mark.parametrize("mixture", [CORNERS.mixture_, with_noise()], ids=["plain", "noise"])
def test_entropies_are_those_of_the_merged_posteriors(mixture):
    weight = np.random.default_rng(2).random(len(X))
    for method in ("entropy", "overlap"):
        tree = tree_of(mixture, X, weight, method)
        for n, value in enumerate(tree.entropies, start=1):
            assert value == pytest.approx(entropy(tree.posterior(X, n), weight), abs=1e-9)


def test_both_methods_find_the_clusters_that_are_no_ellipsoids():
    for method in ("entropy", "overlap"):
        tree = CORNERS.merge_components(X, method=method)
        assert tree.clusters() == ((0, 1), (2, 3), (4,))
        assert tree.n_clusters == 3
        assert tree.clusters(5) == ((0,), (1,), (2,), (3,), (4,))
        np.testing.assert_array_equal(tree.labels(), [0, 0, 1, 1, 2])


def test_components_far_apart_are_never_merged_by_the_elbow():
    apart = GaussianMixture.from_parameters(
        [0.25] * 4, [[0.0], [20.0], [40.0], [60.0]], [1.0] * 4, covariance_type="spherical"
    )
    tree = apart.merge_components(apart.sample(400, random_state=0)[0])
    assert tree.n_clusters == 4


@pytest.mark.parametrize("means", [[[0.0]], [[0.0], [0.5]]])
def test_of_one_or_two_components_no_elbow_is_seen(means):
    k = len(means)
    few = GaussianMixture.from_parameters(
        [1 / k] * k, means, [1.0] * k, covariance_type="spherical"
    )
    tree = few.merge_components(few.sample(50, random_state=0)[0])
    assert tree.n_clusters == k
    assert len(tree.merges) == k - 1
    assert str(k) in str(tree)


def test_overlapping_pairs_of_two_components_are_merged_by_overlap():
    near = GaussianMixture.from_parameters(
        [0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0], covariance_type="spherical"
    )
    tree = near.merge_components(near.sample(200, random_state=0)[0], method="overlap")
    assert tree.n_clusters == 1
    # A normal of variance one beyond half the distance.
    assert tree.merges[0].overlap == pytest.approx(0.3085, abs=0.05)


def test_a_weight_of_two_is_the_row_twice_and_zero_no_row():
    weight = np.tile([0.0, 1.0, 2.0], 200)
    weighted = CORNERS.merge_components(X, sample_weight=weight)
    repeated = CORNERS.merge_components(np.repeat(X, weight.astype(int), axis=0))
    assert weighted.n_clusters == repeated.n_clusters
    np.testing.assert_allclose(weighted.entropies, repeated.entropies, rtol=1e-10, atol=1e-12)


def test_noise_stays_its_own():
    mixture = with_noise()
    tree = tree_of(mixture, X)
    far = np.array([[0.0, 10.0], [0.0, 2.0]])
    assert tree.posterior(far, 1).shape == (2, 2)
    np.testing.assert_array_equal(tree.predict(far, 1), [-1, 0])
    np.testing.assert_array_equal(tree.posterior(far)[:, -1], mixture.posterior(far)[:, -1])
    assert all(k < 5 for cluster in tree.clusters(1) for k in cluster)


def test_soft_assignments_of_other_rows_follow_from_the_components():
    tree = CORNERS.merge_components(X, 2)
    new = CORNERS.sample(30, random_state=3)[0]
    soft = tree.combine(CORNERS.predict_proba(new))
    np.testing.assert_allclose(soft.sum(axis=1), 1.0)
    np.testing.assert_array_equal(soft, tree.posterior(new))
    np.testing.assert_array_equal(soft.argmax(axis=1), tree.predict(new))


def test_the_likeliest_cluster_need_not_hold_the_likeliest_component():
    gm = GaussianMixture.from_parameters(
        [0.3, 0.3, 0.4], [[0.0], [0.0], [2.0]], [1.0, 1.0, 1.0], covariance_type="spherical"
    )
    tree = gm.merge_components([[0.0], [0.1], [2.0]], 2)
    assert tree.clusters() == ((0, 1), (2,))
    assert gm.predict([[1.1]]) == [2]
    assert tree.predict([[1.1]]) == [0]


def test_the_same_bits_for_any_number_of_threads():
    rows = CORNERS.sample(20_000, random_state=4)[0]
    trees = []
    for n_jobs in (1, 3):
        gm = GaussianMixture.from_parameters([0.2] * 5, MEANS, CORNERS.covariances_)
        trees.append(gm.set_params(n_jobs=n_jobs).merge_components(rows))
    assert trees[0].merges == trees[1].merges
    assert trees[0].entropies == trees[1].entropies


def test_no_array_of_rows_times_components_is_made():
    mixture = Mixture([0.5, 0.5], [[0.0], [2.0]], [1.0, 1.0], covariance_type="spherical")
    rows = np.linspace(-3.0, 5.0, 3_000_000)[:, None]
    tracemalloc.start()
    tree_of(mixture, rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.8 * len(rows) * 2 * 8


def test_a_file_gives_what_its_rows_give(tmp_path):
    path = tmp_path / "rows.csv"
    np.savetxt(path, X, delimiter=",", header="a,b", comments="", fmt="%.17g")
    gm = GaussianMixture.from_parameters(
        [0.2] * 5, MEANS, CORNERS.covariances_, feature_names=["a", "b"]
    )
    assert gm.merge_components(path).merges == CORNERS.merge_components(X).merges


def test_a_tree_prints_as_a_table_of_its_merges():
    text = str(CORNERS.merge_components(X))
    assert text.startswith("5 components in 3 clusters, merged by entropy: {0 1}, {2 3}, {4}")
    assert "gain per row" in text
    assert "{0 1}" in text.splitlines()[-1] or "{0 1 2 3}" in text.splitlines()[-1]
    assert len(CORNERS.merge_components(X).table()["merged"]) == 4


@pytest.mark.parametrize("n_clusters", [0, 6, 2.0, True, "two"])
def test_an_impossible_number_of_clusters_is_refused(n_clusters):
    with pytest.raises(ValueError, match=r"from 1 to the number of components, 5, but is"):
        CORNERS.merge_components(X, n_clusters)
    with pytest.raises(ValueError, match="Leave it out to have it chosen"):
        CORNERS.merge_components(X).clusters(n_clusters)


def test_an_unknown_method_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'entropy'"):
        CORNERS.merge_components(X, method="entropie")


def test_posteriors_of_another_mixture_are_refused():
    tree: MergeTree = CORNERS.merge_components(X)
    with pytest.raises(ValueError, match=r"shape \(N, 5\), but got shape \(3, 4\)"):
        tree.combine(np.full((3, 4), 0.25))


def test_the_elbow_is_where_two_lines_meet():
    x = np.array([0.0, 1.0, 2.0, 5.0, 6.0, 7.0])
    assert elbow(x, np.maximum(0.0, x - 5.0)) == 3
    assert elbow(np.zeros(4), np.arange(4.0)) in (1, 2)
