import numpy as np
import pytest

from gaussmix.data import ArraySource, Details, survey
from gaussmix.execution import Team
from gaussmix.initialization import Sketch, draw_sketch


def _sketch(X, weight=None, seed=0, **options):
    source = ArraySource(X, Details(weight))
    look = survey(source, Team())
    return draw_sketch(source, look, np.random.default_rng(seed), **options), look


def _grid_rows(n_rows=80, seed=0):
    """Rows of few distinct values, symmetric about zero, so that their sums are exact."""
    half = np.random.default_rng(seed).integers(-3, 4, size=(n_rows // 2, 2)).astype(float)
    return np.concatenate([half, -half])


def test_equal_rows_are_merged_with_their_weights():
    X = np.array([[1.0, 5.0], [0.0, 7.0], [1.0, 5.0], [1.0, 4.0]])
    found, look = _sketch(X, np.array([1.0, 2.0, 3.0, 4.0]))
    expected = np.array([[0.0, 7.0], [1.0, 4.0], [1.0, 5.0]])
    np.testing.assert_allclose(found.rows * look.scale + look.centre, expected, atol=1e-14)
    np.testing.assert_array_equal(found.weight, [2.0, 4.0, 4.0])
    assert found.n_rows == 3


def test_weight_two_and_a_repeated_row_give_the_same_bits():
    X = _grid_rows()
    half = np.random.default_rng(1).integers(0, 4, 40)
    weight = np.concatenate([half, half])
    weighted, _ = _sketch(X, weight.astype(float))
    repeated, _ = _sketch(np.repeat(X, weight, axis=0))
    np.testing.assert_array_equal(weighted.rows, repeated.rows)
    np.testing.assert_array_equal(weighted.weight, repeated.weight)
    assert weighted.n_rows < len(X)


def test_weight_two_and_a_repeated_row_give_the_same_sketch_of_any_data():
    X = np.random.default_rng(2).normal(size=(60, 3)) + 5.0
    weight = np.random.default_rng(3).integers(0, 4, 60)
    weighted, _ = _sketch(X, weight.astype(float))
    repeated, _ = _sketch(np.repeat(X, weight, axis=0))
    np.testing.assert_allclose(weighted.rows, repeated.rows, atol=1e-12)
    np.testing.assert_array_equal(weighted.weight, repeated.weight)


def test_the_order_of_rows_does_not_matter():
    X = _grid_rows()
    shuffled = X[np.random.default_rng(4).permutation(len(X))]
    np.testing.assert_array_equal(_sketch(X)[0].rows, _sketch(shuffled)[0].rows)
    np.testing.assert_array_equal(_sketch(X)[0].weight, _sketch(shuffled)[0].weight)


def test_columns_are_centred_and_in_units_of_their_spread():
    X = np.random.default_rng(5).normal(size=(500, 3)) * [1e-6, 1.0, 1e6] + [1.0, -5.0, 1e8]
    found, _ = _sketch(X)
    np.testing.assert_allclose(found.weight @ found.rows / 500.0, 0.0, atol=1e-6)
    np.testing.assert_allclose(found.weight @ found.rows**2 / 500.0, 1.0, rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_large_source_is_sampled_in_proportion_to_weight(weighted):
    rng = np.random.default_rng(6)
    X = rng.normal(size=(5_000, 1))
    weight = np.where(X[:, 0] > 0.0, 3.0, 1.0) if weighted else None
    if weighted:
        weight[:100] = 0.0
    found, look = _sketch(X, weight, limit=400)
    assert found.n_rows <= 400
    assert found.weight.sum() == pytest.approx(look.weight)
    positive = found.weight[found.rows[:, 0] > -look.centre[0] / look.scale[0]].sum()
    total = (X[:, 0] > 0.0).sum() if weight is None else weight[X[:, 0] > 0.0].sum()
    assert positive == pytest.approx(total, rel=0.1)
    if weighted:
        gone = (X[:100, 0] - look.centre[0]) / look.scale[0]
        assert not np.isin(gone, found.rows[:, 0]).any()
    again, _ = _sketch(X, weight, limit=400)
    np.testing.assert_array_equal(again.rows, found.rows)
    other, _ = _sketch(X, weight, seed=1, limit=400)
    assert not np.array_equal(other.rows, found.rows)


def test_sphered_rows_have_the_identity_as_their_covariance():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3))
    found, _ = _sketch(X, rng.uniform(0.1, 2.0, 300))
    z, share = found.sphered, found.weight / found.weight.sum()
    np.testing.assert_allclose(share @ z, 0.0, atol=1e-12)
    np.testing.assert_allclose((z.T * share) @ z, np.eye(3), atol=1e-10)


def test_gaps_are_filled_with_the_columns_means_or_as_asked():
    X = np.random.default_rng(9).normal(size=(200, 2)) + 5.0
    X[::4, 1] = np.nan
    plain, look = _sketch(X)
    assert np.isfinite(plain.rows).all()
    assert np.count_nonzero(plain.rows[:, 1] == 0.0) == 50
    assert look.n_gappy == 50

    def fill(rows):
        np.testing.assert_array_equal(rows, X)
        return np.where(np.isnan(rows), 7.0, rows)

    filled, _ = _sketch(X, fill=fill)
    sevens = (7.0 - look.centre[1]) / look.scale[1]
    assert np.count_nonzero(filled.rows[:, 1] == sevens) == 50


def test_a_table_without_gaps_is_not_filled():
    def fill(rows):
        raise AssertionError

    _sketch(np.random.default_rng(9).normal(size=(20, 2)), fill=fill)


def test_rows_of_singular_covariance_stay_as_they_are():
    found = Sketch(np.zeros((3, 2)), np.ones(3))
    np.testing.assert_array_equal(found.sphered, found.rows)


def test_draw_gives_distinct_rows_in_proportion_to_weight():
    sketch = Sketch(np.arange(6.0)[:, None], np.array([1.0, 1.0, 1.0, 1.0, 1.0, 15.0]))
    rng = np.random.default_rng(8)
    draws = [sketch.draw(2, rng) for _ in range(2_000)]
    assert all(len(set(d.tolist())) == 2 for d in draws)
    first = np.mean([d[0] == 5 for d in draws])
    assert first == pytest.approx(0.75, abs=0.04)
    assert sorted(sketch.draw(10, rng).tolist()) == [0, 1, 2, 3, 4, 5]
