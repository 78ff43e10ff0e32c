import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score

from gaussmix.datasets import load_old_faithful
from gaussmix.initialization.clusters import Clusters, Ellipsoids, Penalised, Spheres
from gaussmix.initialization.hierarchy import (
    Hierarchy,
    agglomerate_ellipsoids,
    agglomerate_penalised,
    agglomerate_spheres,
    svd_scores,
)
from gaussmix.initialization.sketch import Sketch

REFERENCE = json.loads(Path(__file__).with_name("hierarchy.json").read_text())
TABLES = {"faithful": load_old_faithful().to_numpy(), "iris": load_iris().data}
ALL = (agglomerate_spheres, agglomerate_ellipsoids, agglomerate_penalised)
STRENGTH = 0.3
MAKERS = (Spheres, Ellipsoids, lambda rows, weight: Penalised(rows, weight, STRENGTH))


def _random_rows(n_rows, n_features, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, n_features)) + 3.0 * rng.integers(0, 3, (n_rows, 1))
    return rows, rng.integers(1, 4, n_rows).astype(np.float64)


def _cigars(aspect, seed, n_rows=100):
    """Three parallel ones, six short standard deviations apart and turned by half a radian."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate(
        [rng.normal(size=(n_rows, 2)) * [aspect, 1.0] + [0.0, 6.0 * k] for k in range(3)]
    )
    cos, sin = np.cos(0.5), np.sin(0.5)
    return rows @ np.array([[cos, sin], [-sin, cos]]), np.repeat(range(3), n_rows)


def _scatter(rows, weight):
    away = rows - np.average(rows, axis=0, weights=weight)
    return (away * weight[:, None]).T @ away


def _mean_variance(rows, weight):
    return np.trace(_scatter(rows, weight)) / weight.sum() / rows.shape[1]


def _term(agglomerate, scatter, n, mean_variance):
    """What one cluster adds to the criterion, as the docstrings state it."""
    if agglomerate is agglomerate_spheres:
        return np.trace(scatter)
    if agglomerate is agglomerate_ellipsoids:
        volume = np.linalg.det(scatter / n)
        return n * np.log(volume + (np.trace(scatter) + mean_variance) / n)
    pseudo = STRENGTH * mean_variance * np.eye(len(scatter))
    return n * np.linalg.slogdet((scatter + pseudo) / n)[1]


def _merged(make, rows, weight, pairs):
    clusters: Clusters = make(rows, weight)
    for kept, gone in pairs:
        clusters.merge(kept, gone, float(clusters.costs(kept, len(rows))[gone]))
    return clusters


@pytest.mark.parametrize("n_features", [1, 2, 3, 6])
@pytest.mark.parametrize(("make", "agglomerate"), list(zip(MAKERS, ALL, strict=True)))
def test_costs_are_what_a_merger_adds_to_the_criterion(make, agglomerate, n_features):
    rows, weight = _random_rows(9, n_features)
    level = _mean_variance(rows, weight)

    def cost(one, other):
        scatters = [_scatter(rows[m], weight[m]) for m in (one + other, one, other)]
        masses = [weight[m].sum() for m in (one + other, one, other)]
        terms = [_term(agglomerate, w, n, level) for w, n in zip(scatters, masses, strict=True)]
        return terms[0] - terms[1] - terms[2]

    table = make(rows, weight).first_costs()
    for one, other in itertools.permutations(range(9), 2):
        assert table[one, other] == pytest.approx(cost([one], [other]), rel=1e-9)
    clusters = _merged(make, rows, weight, [(0, 5), (0, 6), (0, 7), (1, 8), (0, 1)])
    found = clusters.costs(0, 5)
    for other in (2, 3, 4):
        assert found[other] == pytest.approx(cost([0, 5, 6, 7, 1, 8], [other]), rel=1e-9)


@pytest.mark.parametrize("n_features", [1, 2, 3, 6])
@pytest.mark.parametrize("agglomerate", ALL)
def test_each_merger_is_the_one_that_costs_the_least(agglomerate, n_features):
    rows, weight = _random_rows(14, n_features)
    level = _mean_variance(rows, weight)

    def term(members):
        scatter = _scatter(rows[members], weight[members])
        return _term(agglomerate, scatter, weight[members].sum(), level)

    clusters = {first: [first] for first in range(len(rows))}
    for kept, gone in agglomerate(rows, weight).merges.tolist():
        costs = {
            pair: term(clusters[pair[0]] + clusters[pair[1]])
            - term(clusters[pair[0]])
            - term(clusters[pair[1]])
            for pair in itertools.combinations(sorted(clusters), 2)
        }
        assert costs[kept, gone] <= min(costs.values()) + 1e-9
        clusters[kept] += clusters.pop(gone)
    assert list(clusters) == [0]


# mclust takes the last of equal costs and this library the first, and repeated rows make some
# equal: hence the rows in reverse.
@pytest.mark.parametrize("name", ["faithful", "iris"])
@pytest.mark.parametrize(
    ("run", "agglomerate", "transform"),
    [
        ("EII_SVD", agglomerate_spheres, svd_scores),
        ("VVV_SVD", agglomerate_ellipsoids, svd_scores),
        ("EII_VARS", agglomerate_spheres, lambda rows, weight: rows),
    ],
)
def test_partitions_are_those_of_mclust(name, run, agglomerate, transform):
    rows = TABLES[name]
    weight = np.ones(len(rows))
    hierarchy = agglomerate(transform(rows, weight)[::-1], weight)
    for k, digits in REFERENCE[name][run].items():
        assert adjusted_rand_score(hierarchy.labels(int(k))[::-1], list(digits)) == 1.0


@pytest.mark.parametrize("agglomerate", ALL)
def test_labels_are_nested_and_numbered_by_first_rows(agglomerate):
    rows, weight = _random_rows(40, 3)
    hierarchy = agglomerate(rows, weight)
    finer = hierarchy.labels(40)
    assert finer.tolist() == list(range(40))
    for k in range(39, 0, -1):
        labels = hierarchy.labels(k)
        numbers, first = np.unique(labels, return_index=True)
        assert numbers.tolist() == list(range(k))
        assert (np.diff(first) > 0).all()
        assert len(set(zip(finer.tolist(), labels.tolist(), strict=True))) == k + 1
        finer = labels


@pytest.mark.parametrize("make", MAKERS)
def test_a_row_of_weight_two_costs_what_a_repeated_row_costs(make):
    rows, _ = _random_rows(8, 2)
    weighted = make(rows, np.array([2.0] + [1.0] * 7))
    repeated = _merged(make, np.vstack([rows, rows[:1]]), np.ones(9), [(0, 8)])
    np.testing.assert_allclose(weighted.costs(0, 8)[1:], repeated.costs(0, 8)[1:], rtol=1e-10)
    np.testing.assert_allclose(weighted.costs(3, 8)[:3], repeated.costs(3, 8)[:3], rtol=1e-10)


def test_spheres_of_rows_with_weights_are_those_of_repeated_rows():
    rows, weight = _random_rows(60, 2)
    times = weight.astype(int)
    merged = agglomerate_spheres(rows, weight)
    repeated = agglomerate_spheres(np.repeat(rows, times, axis=0), np.ones(times.sum()))
    for k in (2, 5, 20, 60):
        assert adjusted_rand_score(np.repeat(merged.labels(k), times), repeated.labels(k)) == 1.0


@pytest.mark.parametrize("agglomerate", ALL)
def test_a_hierarchy_has_the_same_bits_each_time(agglomerate):
    rows, weight = _random_rows(120, 4)
    rows[:, 3] = np.round(rows[:, 3])
    first = agglomerate(rows, weight).merges
    assert (agglomerate(rows.copy(), weight.copy()).merges == first).all()


@pytest.mark.parametrize("agglomerate", ALL)
@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (5, 12), (30, 1), (60, 30)])
def test_few_rows_and_many_columns_give_a_whole_hierarchy(agglomerate, shape):
    rows, weight = _random_rows(*shape)
    hierarchy = agglomerate(rows, weight)
    assert hierarchy.n_rows == shape[0]
    for k in {1, shape[0]}:
        assert len(np.unique(hierarchy.labels(k))) == k


@pytest.mark.parametrize("agglomerate", ALL)
def test_a_constant_column_changes_nothing_but_units(agglomerate):
    rows, weight = _random_rows(50, 2)
    rows[25:] += 40.0
    flat = agglomerate(np.column_stack([rows, np.full(50, 7.0)]), weight)
    assert adjusted_rand_score(flat.labels(2), agglomerate(rows, weight).labels(2)) == 1.0


@pytest.mark.parametrize("agglomerate", ALL)
def test_equal_rows_merge_without_a_warning(agglomerate):
    assert agglomerate(np.ones((9, 3)), np.ones(9)).labels(4).max() == 3


@pytest.mark.parametrize("seed", range(5))
def test_penalised_ellipsoids_find_cigars_however_long_they_are(seed):
    found = []
    for aspect in (1.0, 10.0, 100.0):
        rows, truth = _cigars(aspect, seed)
        weight = np.ones(len(rows))
        sketch = Sketch(rows / rows.std(axis=0), weight)
        labels = agglomerate_penalised(sketch.sphered, weight).labels(3)
        found.append(adjusted_rand_score(labels, truth))
    np.testing.assert_allclose(found, found[0], atol=1e-12)
    assert found[0] > 0.6


def test_svd_scores_lie_halfway_between_principal_and_sphered_ones():
    rows, weight = _random_rows(50, 3)
    rows = rows * [1.0, 100.0, 1e-3] + 7.0
    scores = svd_scores(rows, weight)
    repeated = np.repeat(rows, weight.astype(int), axis=0)
    standard = (repeated - repeated.mean(axis=0)) / repeated.std(axis=0)
    singular = np.linalg.svd(standard, compute_uv=False)[::-1]
    np.testing.assert_allclose(
        (scores * weight[:, None]).T @ scores, np.diag(singular), atol=1e-9 * singular[-1]
    )


def test_svd_scores_leave_out_what_does_not_vary():
    rows, weight = _random_rows(20, 3)
    rows = np.column_stack([rows, np.full(20, 3.3), rows[:, 0] - rows[:, 1]])
    assert svd_scores(rows, weight).shape == (20, 3)
    flat = svd_scores(np.full((4, 2), 3.3), np.array([1.0, 2.0, 3.0, 5.0]))
    assert flat.tolist() == [[0.0]] * 4


def test_one_row_is_one_cluster():
    hierarchy = Hierarchy(np.empty((0, 2), dtype=np.intp))
    assert hierarchy.labels(1).tolist() == [0]
