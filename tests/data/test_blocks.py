"""Blocks, sources and the survey."""

import importlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from gaussmix.data import ArraySource, Block, Centred, Survey, block_size, largest_distance, survey
from gaussmix.execution import Team


def rows(n_rows: int = 200, n_features: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_rows, n_features)) * [1.0, 1e-3, 50.0]


def look(X: np.ndarray, weight: np.ndarray | None = None) -> Survey:
    return survey(ArraySource(X, weight), Team())


@pytest.mark.parametrize("held", [1, 7, 150, 5_000, 10**7])
def test_block_sizes_fall_and_are_odd_multiples_of_8(held: int) -> None:
    size = block_size(held)
    assert size % 16 == 8
    assert 520 <= size <= 66_680
    assert size <= block_size(max(1, held // 2))


def test_a_block_centres_its_rows() -> None:
    X, centre = rows(), np.array([1.0, 2.0, 3.0])
    block = Block(X.T, centre, None, 40)
    np.testing.assert_array_equal(block.centred(), (X - centre).T)
    out = np.empty((3, 200))
    assert block.centred(out) is out
    np.testing.assert_array_equal(out, (X - centre).T)
    assert (block.n_rows, block.stop, block.total_weight) == (200, 240, 200.0)


def test_a_centred_block_is_copied_as_it_is() -> None:
    X = rows()
    np.testing.assert_array_equal(Block(X.T, np.ones(3), None, 0, ready=X.T).centred(), X.T)


def test_a_block_of_single_precision_is_centred_in_double() -> None:
    X = rows().astype(np.float32)
    found = Block(X.T, np.full(3, 1e-9), None, 0).centred()
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, (X.astype(np.float64) - 1e-9).T)


@pytest.mark.parametrize("size", [1, 7, 199, 200, 1_000])
def test_blocks_cover_the_rows_once_and_in_order(size: int) -> None:
    X, weight = rows(), np.arange(200.0)
    blocks = ArraySource(X, weight).blocks(size, np.zeros(3))
    np.testing.assert_array_equal(np.hstack([b.columns for b in blocks]), X.T)
    np.testing.assert_array_equal(
        np.hstack([b.weight for b in blocks if b.weight is not None]), weight
    )
    assert [b.start for b in blocks] == list(range(0, 200, size))
    assert sum(b.total_weight for b in blocks) == weight.sum()


def test_blocks_are_views() -> None:
    X = rows()
    assert np.shares_memory(ArraySource(X).blocks(64, np.zeros(3))[1].columns, X)


def test_rows_by_number() -> None:
    X = rows().astype(np.float32)
    found = ArraySource(X).rows(np.array([5, 0, 5]))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, X[[5, 0, 5]])


@pytest.mark.parametrize("order", ["C", "F"])
def test_kept_and_unkept_blocks_have_the_same_bits(
    order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, centre = ArraySource(np.asarray(rows(), order=order)), np.array([0.1, 1e5, -3.0])  # type: ignore[call-overload]
    kept = Centred(source, centre, 64)
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    unkept = Centred(source, centre, 64)
    assert all(block.ready is not None for block in kept.blocks)
    assert all(block.ready is None for block in unkept.blocks)
    for a, b in zip(kept.blocks, unkept.blocks, strict=True):
        np.testing.assert_array_equal(a.centred(), b.centred())
        assert a.start == b.start


def test_blocks_are_no_larger_than_the_source() -> None:
    centred = Centred(ArraySource(rows()), np.zeros(3), 10_000)
    assert centred.size == 200
    assert centred.n_features == 3


def test_survey_of_plain_rows() -> None:
    X = rows()
    found = look(X)
    away = X - X.mean(axis=0)
    assert found.weight == 200.0
    np.testing.assert_allclose(found.centre, X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.variance, X.var(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.reach, np.abs(away).max(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.scale, X.std(axis=0), rtol=1e-12)
    radius = np.sqrt(((away / X.std(axis=0)) ** 2).sum(axis=1).max())
    assert found.radius == pytest.approx(radius, rel=1e-12)
    assert not found.is_constant.any()


def test_weight_2_is_the_row_twice_and_weight_0_is_the_row_gone() -> None:
    X = rows()
    weight = np.random.default_rng(1).integers(0, 3, size=200).astype(float)
    X[weight == 0.0] = 1e9
    weighted, repeated = look(X, weight), look(np.repeat(X, weight.astype(int), axis=0))
    assert weighted.weight == repeated.weight
    for name in ("centre", "variance", "reach", "radius", "scale"):
        np.testing.assert_allclose(
            getattr(weighted, name), getattr(repeated, name), rtol=1e-12, atol=1e-14
        )


def test_survey_does_not_depend_on_the_order_in_memory() -> None:
    X = rows(5_000)
    a, b = look(X), look(np.asfortranarray(X))
    np.testing.assert_array_equal(a.centre, b.centre)
    np.testing.assert_allclose(a.variance, b.variance, rtol=1e-13)


def test_threads_do_not_change_the_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    # The room exports a function of the module's name, which hides it from a dotted path.
    module = importlib.import_module("gaussmix.data.survey")
    monkeypatch.setattr(module, "block_size", lambda _: 24)
    source = ArraySource(rows(5_000), np.random.default_rng(2).random(5_000))
    a = survey(source, Team())
    with ThreadPoolExecutor(2) as pool:
        b = survey(source, Team(2, pool))
    for name in ("weight", "centre", "variance", "reach", "radius"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_a_large_offset_costs_no_digits_of_the_spread() -> None:
    # Whole numbers: the shifted rows are exact, so the spread must be that of the plain ones.
    X = np.random.default_rng(3).integers(-50, 50, size=(1_000, 2)).astype(float)
    near, far = look(X), look(X + 1e8)
    np.testing.assert_allclose(far.variance, near.variance, rtol=1e-12)
    np.testing.assert_allclose(far.centre - 1e8, near.centre, atol=3e-8)
    assert not far.is_constant.any()


@pytest.mark.parametrize("value", [0.0, 0.1, -1e8 / 3.0, 1e-300])
def test_a_constant_column_is_seen_and_has_unit_scale(value: float) -> None:
    X = rows(1_000)
    X[:, 1] = value
    found = look(X)
    assert found.is_constant.tolist() == [False, True, False]
    assert found.scale[1] == 1.0
    assert np.isfinite(found.radius)


def test_a_small_spread_about_a_large_value_is_not_constant() -> None:
    X = 1e8 + np.random.default_rng(4).integers(0, 2, size=(1_000, 1)) * 1e-3
    assert not look(X).is_constant.any()


def test_one_row_is_constant() -> None:
    found = look(np.array([[3.0, -1.0, 2.0]]))
    assert found.is_constant.all()
    assert found.radius == 0.0


def test_squares_that_overflow_name_the_column() -> None:
    X = rows()
    X[7, 1] = 1e200
    with pytest.raises(ValueError, match=r"values in column 1 overflow float64.*Divide"):
        look(X)


def test_largest_distance() -> None:
    x = np.array([[3.0, 0.0], [4.0, 2.0]])
    assert largest_distance(x, np.ones(2)) == 5.0
    assert largest_distance(x, np.array([3.0, 4.0])) == pytest.approx(np.sqrt(2.0))
    assert largest_distance(np.empty((2, 0)), np.ones(2)) == 0.0
