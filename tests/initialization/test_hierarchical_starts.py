import numpy as np
import pytest

from gaussmix.initialization import PROPOSALS, Sketch
from gaussmix.initialization.sketch import HIERARCHY_ROWS

NAMES = (
    "hierarchical",
    "hierarchical_sphered",
    "hierarchical_flat",
    "hierarchical_round",
)


def _sketch(n_rows, n_features=2, seed=0):
    rng = np.random.default_rng(seed)
    centres = 8.0 * rng.normal(size=(3, n_features))
    rows = centres[rng.integers(0, 3, n_rows)] + rng.normal(size=(n_rows, n_features))
    return Sketch(rows[np.lexsort(rows.T[::-1])], np.ones(n_rows))


def _cigars(aspect, seed, n_rows=100):
    """Three parallel long clusters, side by side along the short axis."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(3 * n_rows, 2)) * np.array([aspect, 1.0])
    labels = np.repeat([0, 1, 2], n_rows)
    rows[:, 1] += 6.0 * labels
    rows = rows / rows.std(axis=0)
    order = np.lexsort(rows.T[::-1])
    return Sketch(rows[order], np.ones(len(rows))), labels[order]


def _share_alike(found, labels):
    """Share of the rows whose cluster agrees with the label most of that cluster has."""
    counts = [np.bincount(labels[found == k]).max() for k in np.unique(found[found >= 0])]
    return sum(counts) / (found >= 0).sum()


@pytest.mark.parametrize("n_rows", [60, HIERARCHY_ROWS])
@pytest.mark.parametrize("name", NAMES)
def test_all_rows_of_a_small_sketch_have_a_label(name, n_rows):
    labels = PROPOSALS[name](_sketch(n_rows), 4, np.random.default_rng(0))
    assert np.unique(labels).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("n_rows", [HIERARCHY_ROWS + 1, 1_300])
@pytest.mark.parametrize("name", NAMES)
def test_rows_outside_the_sample_have_none(name, n_rows):
    sketch = _sketch(n_rows)
    labels = PROPOSALS[name](sketch, 5, np.random.default_rng(0))
    assert (labels == -1).sum() == n_rows - HIERARCHY_ROWS
    assert (labels[sketch.sample] >= 0).all()
    assert np.unique(labels[labels >= 0]).tolist() == [0, 1, 2, 3, 4]


def test_the_sample_is_spread_evenly_over_the_sorted_rows():
    sample = _sketch(1_700).sample
    assert len(sample) == len(set(sample.tolist())) == HIERARCHY_ROWS
    assert set(np.diff(sample).tolist()) == {3, 4}
    assert sample[0] <= 2
    assert sample[-1] >= 1_697


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_so_every_generator_gives_the_same(name):
    found = [PROPOSALS[name](_sketch(700), 3, np.random.default_rng(seed)) for seed in (0, 0, 9)]
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize("name", NAMES)
def test_one_hierarchy_serves_every_number_of_clusters(name):
    sketch = _sketch(200)
    coarse, fine = (PROPOSALS[name](sketch, k, np.random.default_rng(0)) for k in (3, 7))
    parents = {(f, c) for f, c in zip(fine.tolist(), coarse.tolist(), strict=True)}
    assert len(parents) == 7


@pytest.mark.parametrize("name", NAMES)
def test_weight_is_felt(name):
    sketch = _sketch(150, seed=3)
    plain = PROPOSALS[name](sketch, 3, np.random.default_rng(0))
    # Next to no weight on one of three clusters: two are told apart by the others.
    lopsided = np.where(plain == 0, 1e-9, 1.0)
    found = PROPOSALS[name](Sketch(sketch.rows, lopsided), 2, np.random.default_rng(0))
    rest = plain > 0
    assert _share_alike(found[rest], plain[rest]) > 0.95


@pytest.mark.parametrize("name", NAMES)
def test_more_clusters_than_rows_make_every_row_its_own(name):
    sketch = _sketch(6)
    labels = PROPOSALS[name](sketch, 9, np.random.default_rng(0))
    assert sorted(labels.tolist()) == list(range(6))


@pytest.mark.parametrize("seed", range(3))
def test_some_hierarchy_finds_long_parallel_clusters(seed):
    sketch, labels = _cigars(50.0, seed)
    shares = [
        _share_alike(PROPOSALS[name](sketch, 3, np.random.default_rng(0)), labels) for name in NAMES
    ]
    assert max(shares) > 0.9


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["constant column", "collinear", "one column", "many columns"])
def test_flat_tables_are_partitioned_all_the_same(name, kind):
    rng = np.random.default_rng(1)
    x = np.sort(rng.normal(size=(40, 1)), axis=0)
    rows = {
        "constant column": np.column_stack([x, np.zeros(40)]),
        "collinear": np.column_stack([x, 2.0 * x]),
        "one column": x,
        "many columns": np.column_stack([x, rng.normal(size=(40, 60))]),
    }[kind]
    labels = PROPOSALS[name](Sketch(rows, np.ones(40)), 4, np.random.default_rng(0))
    assert np.unique(labels).tolist() == [0, 1, 2, 3]
