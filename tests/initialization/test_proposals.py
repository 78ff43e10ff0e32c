import numpy as np
import pytest

from gaussmix.initialization import PROPOSALS, Sketch, lloyd, nearest_centre, plus_plus

NAMES = tuple(PROPOSALS)
CENTRES = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0], [20.0, 20.0], [10.0, 40.0]])


def _blobs(n_rows=250, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, len(CENTRES), n_rows)
    return CENTRES[labels] + rng.normal(size=(n_rows, 2)), labels


def _same_partition(a, b):
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    return len(pairs) == len(set(a.tolist())) == len(set(b.tolist()))


@pytest.mark.parametrize("seed", range(20))
def test_plus_plus_draws_one_point_of_each_separated_blob(seed):
    X, labels = _blobs()
    chosen = plus_plus(X, np.ones(len(X)), 5, np.random.default_rng(seed))
    assert sorted(labels[chosen].tolist()) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("seed", range(20))
def test_lloyd_recovers_separated_blobs(seed):
    X, labels = _blobs()
    found = nearest_centre(X, lloyd(X, np.ones(len(X)), 5, np.random.default_rng(seed)))
    assert _same_partition(found, labels)


def test_lloyd_ends_at_a_local_optimum_of_weighted_k_means():
    rng = np.random.default_rng(1)
    X, weight = rng.normal(size=(300, 3)), rng.uniform(0.1, 3.0, 300)
    labels = nearest_centre(X, lloyd(X, weight, 4, rng))
    means = np.array(
        [np.average(X[labels == k], axis=0, weights=weight[labels == k]) for k in range(4)]
    )
    distances = ((X[:, None] - means) ** 2).sum(axis=2)
    np.testing.assert_array_equal(distances.argmin(axis=1), labels)


def test_lloyd_takes_weight_two_for_a_repeated_point():
    X = np.sort(np.random.default_rng(2).normal(size=(50, 1)), axis=0)
    weight = np.random.default_rng(3).integers(1, 4, 50)
    found = lloyd(X, weight.astype(float), 3, np.random.default_rng(0))
    repeated = lloyd(
        np.repeat(X, weight, axis=0), np.ones(weight.sum()), 3, np.random.default_rng(0)
    )
    np.testing.assert_allclose(found, repeated, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_gives_the_same_bits(name):
    X, _ = _blobs()
    sketch = Sketch(X, np.ones(len(X)))
    first, again, other = (PROPOSALS[name](sketch, 7, np.random.default_rng(s)) for s in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    is_drawn = not name.startswith("hierarchical")
    assert np.array_equal(first, other) != is_drawn


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_has_one_row_per_row_of_the_sketch(name):
    X, _ = _blobs()
    sketch = Sketch(X, np.ones(len(X)))
    answer = PROPOSALS[name](sketch, 4, np.random.default_rng(0))
    if answer.ndim == 1:
        assert answer.shape == (len(X),)
        assert set(answer.tolist()) == {0, 1, 2, 3}
    else:
        assert answer.shape == (len(X), 4)
        np.testing.assert_allclose(answer.sum(axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("name", sorted({*NAMES} - {"random"}))
@pytest.mark.parametrize("n_rows", [1, 3])
def test_fewer_distinct_rows_than_clusters_get_one_label_each(name, n_rows):
    sketch = Sketch(np.arange(2.0 * n_rows).reshape(n_rows, 2) ** 2, np.full(n_rows, 10.0))
    answer = PROPOSALS[name](sketch, 5, np.random.default_rng(0))
    assert len(set(answer.tolist())) == n_rows
    assert answer.max() < 5
    assert answer.min() >= 0


def test_plus_plus_stops_where_no_more_points_are_distinct():
    X = np.repeat([[0.0, 1.0], [3.0, 4.0]], 10, axis=0)
    chosen = plus_plus(X, np.ones(20), 4, np.random.default_rng(0))
    assert len(chosen) == 2
    assert (chosen < 10).sum() == 1


def test_points_of_no_weight_are_not_chosen():
    X, labels = _blobs()
    weight = np.where(labels == 3, 0.0, 1.0)
    for seed in range(10):
        chosen = plus_plus(X, weight, 4, np.random.default_rng(seed))
        assert sorted(labels[chosen].tolist()) == [0, 1, 2, 4]


def test_nearest_is_the_nearest_mean():
    X, _ = _blobs()
    expected = ((X[:, None] - CENTRES) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest_centre(X, CENTRES), expected)
