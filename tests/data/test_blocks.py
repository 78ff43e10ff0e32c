"""Blocks, sources and the survey."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from gaussmix.data import (
    NO_DETAILS,
    ArraySource,
    Batch,
    Block,
    Cut,
    Details,
    LocalCut,
    Survey,
    block_size,
    bundled,
    largest_distance,
    survey,
)
from gaussmix.data.batch import Group
from gaussmix.execution import Team, team


def rows(n_rows: int = 200, n_features: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n_rows, n_features)) * [1.0, 1e-3, 50.0]


def look(X: np.ndarray, weight: np.ndarray | None = None) -> Survey:
    return survey(ArraySource(X, Details(weight)), Team())


def block_of(X: np.ndarray, centre: np.ndarray, start: int = 0) -> Block:
    """All rows of an array without gaps."""
    return Block(X.T, start, slice(0, len(X)), None, centre, 0, NO_DETAILS)


@pytest.mark.parametrize("held", [1, 7, 150, 5_000, 10**7])
def test_block_sizes_fall_and_are_odd_multiples_of_8(held: int) -> None:
    size = block_size(held)
    assert size % 16 == 8
    assert 520 <= size <= 66_680
    assert size <= block_size(max(1, held // 2))


def test_a_block_centres_its_rows() -> None:
    X, centre = rows(), np.array([1.0, 2.0, 3.0])
    block = block_of(X, centre, start=40)
    np.testing.assert_array_equal(block.centred(), (X - centre).T)
    out = np.empty((3, 200))
    assert block.centred(out) is out
    np.testing.assert_array_equal(out, (X - centre).T)
    assert (block.n_rows, block.n_columns, block.total_weight) == (200, 3, 200.0)
    assert block.rows == slice(40, 240)
    np.testing.assert_array_equal(block.numbers, np.arange(40, 240))


def test_a_centred_block_is_copied_as_it_is() -> None:
    X = rows()
    np.testing.assert_array_equal(replace(block_of(X, np.ones(3)), ready=X.T).centred(), X.T)


def test_a_block_of_single_precision_is_centred_in_double() -> None:
    X = rows().astype(np.float32)
    found = block_of(X, np.full(3, 1e-9)).centred()
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, (X.astype(np.float64) - 1e-9).T)


@pytest.mark.parametrize("size", [1, 7, 199, 200, 1_000])
def test_blocks_cover_the_rows_once_and_in_order(size: int) -> None:
    X, weight = rows(), np.arange(200.0)
    blocks = list(ArraySource(X, Details(weight)).blocks(size, np.zeros(3)))
    np.testing.assert_array_equal(np.hstack([b.columns for b in blocks]), X.T)
    np.testing.assert_array_equal(
        np.hstack([b.weight for b in blocks if b.weight is not None]), weight
    )
    starts = range(0, 200, size)
    assert [b.rows for b in blocks] == [slice(s, min(s + size, 200)) for s in starts]
    assert [b.number for b in blocks] == list(range(len(starts)))
    assert sum(b.total_weight for b in blocks) == weight.sum()


def test_blocks_are_views() -> None:
    X = rows()
    first, second, *_ = ArraySource(X).blocks(64, np.zeros(3))
    assert np.shares_memory(first.columns, X)
    assert np.shares_memory(second.columns, X)


def test_rows_by_number() -> None:
    X = rows().astype(np.float32)
    found = ArraySource(X).rows(np.array([5, 0, 5]))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, X[[5, 0, 5]])


def cut_in_64(source: ArraySource, centre: np.ndarray, *, keep: bool = True) -> list[Block]:
    """What a cut goes through at each pass."""
    cut = source.cut(64, centre, keep=keep)
    assert isinstance(cut, LocalCut)
    blocks = list(cut.blocks)
    assert cut.n_blocks == len(blocks)
    return blocks


@pytest.mark.parametrize("order", ["C", "F"])
def test_kept_and_unkept_blocks_have_the_same_bits(
    order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, centre = ArraySource(np.asarray(rows(), order=order)), np.array([0.1, 1e5, -3.0])  # type: ignore[call-overload]
    kept, once = cut_in_64(source, centre), cut_in_64(source, centre, keep=False)
    monkeypatch.setattr("gaussmix.data.source._KEEP_BYTES", 0)
    unkept = cut_in_64(source, centre)
    assert all(block.ready is not None for block in kept)
    for others in (once, unkept):
        assert all(block.ready is None for block in others)
        for a, b in zip(kept, others, strict=True):
            np.testing.assert_array_equal(a.centred(), b.centred())
            assert a.rows == b.rows


def test_blocks_are_no_larger_than_the_source() -> None:
    cut: Cut = ArraySource(rows()).cut(10_000, np.zeros(3))
    assert (cut.size, cut.n_blocks) == (200, 1)
    np.testing.assert_array_equal(cut.centre, np.zeros(3))


def test_a_cut_adds_up_blocks_from_left_to_right_for_any_number_of_threads() -> None:
    source = ArraySource(rows(10_000))
    cut = source.cut(64, np.zeros(3))
    expected = np.zeros(3)
    for block in source.blocks(64, np.zeros(3)):
        expected = expected + block.centred().sum(axis=1)
    for n_threads in (1, 2, 3):
        with team(n_threads) as workers:
            found = cut.sum(lambda block: block.centred().sum(axis=1), workers)
        np.testing.assert_array_equal(found, expected)


def gappy(n_rows: int = 200) -> np.ndarray:
    """Rows of five patterns: complete, three with gaps, and nothing at all."""
    X, rng = rows(n_rows), np.random.default_rng(1)
    hidden = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 1]], dtype=bool)
    X[hidden[rng.integers(0, 5, size=n_rows)]] = np.nan
    return X


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("size", [1, 7, 64, 1_000])
def test_blocks_of_rows_with_gaps_cover_every_observed_value_once(order: str, size: int) -> None:
    X = np.asarray(gappy(), order=order)  # type: ignore[call-overload]
    weight, centre = np.arange(1.0, 201.0), np.array([1.0, 2.0, 3.0])
    found, seen = np.full(X.shape, np.nan), np.zeros(200, dtype=int)
    blocks = list(ArraySource(X, Details(weight)).blocks(size, centre))
    for block in blocks:
        observed = slice(None) if block.observed is None else block.observed
        part = np.full((block.n_rows, 3), np.nan)
        part[:, observed] = block.centred().T
        found[block.rows] = part
        seen[block.numbers] += 1
        assert block.n_rows <= size
        assert block.weight is not None
        np.testing.assert_array_equal(block.weight, weight[block.rows])
        np.testing.assert_array_equal(block.columns, X[block.rows].T[observed])
    assert (seen == 1).all()
    np.testing.assert_array_equal(found, X - centre)
    assert [block.number for block in blocks] == list(range(len(blocks)))


def test_rows_of_one_pattern_stand_together_and_in_order() -> None:
    blocks = list(ArraySource(gappy()).blocks(1_000, np.zeros(3)))
    patterns = [None if b.observed is None else b.observed.tolist() for b in blocks]
    assert patterns[-1] is None
    assert sorted(map(str, patterns[:-1])) == ["[0, 1]", "[0]", "[1, 2]", "[]"]
    assert all((np.diff(block.numbers) > 0).all() for block in blocks)


def test_blocks_do_not_depend_on_what_lies_beyond_their_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gaussmix.data.source._WINDOW_BYTES", 8 * 3 * 64)
    X = gappy()
    found = list(ArraySource(X).blocks(32, np.zeros(3)))
    first = list(ArraySource(X[:64]).blocks(32, np.zeros(3)))
    assert len(found) > len(first)
    for a, b in zip(found, first, strict=False):
        np.testing.assert_array_equal(a.numbers, b.numbers)
        np.testing.assert_array_equal(a.columns, b.columns)


def test_errors_of_missing_values_are_left_out() -> None:
    X = gappy()
    variance = np.random.default_rng(2).uniform(size=(200, 3))
    dense = variance[:, :, None] * variance[:, None, :]
    for error in (variance, dense):
        for block in ArraySource(X, Details(error=error)).blocks(64, np.zeros(3)):
            kept = np.arange(3) if block.observed is None else block.observed
            own = error[block.rows]
            expected = own[:, kept] if error.ndim == 2 else own[:, kept[:, None], kept]
            assert block.details.error is not None
            np.testing.assert_array_equal(block.details.error, expected)


def test_details_are_taken_row_by_row() -> None:
    details = Details(np.arange(4.0), np.arange(4), np.ones((4, 2)), np.ones((4, 2)))
    some = details.take(np.array([1, 3]))
    assert some.weight is not None
    assert some.label is not None
    assert some.error is not None
    assert (some.weight.tolist(), some.label.tolist(), some.error.shape) == ([1, 3], [1, 3], (2, 2))
    assert not details.is_plain
    assert Details(np.ones(4), np.ones(4, dtype=int)).is_plain
    assert NO_DETAILS.take(slice(0, 2)) == NO_DETAILS


def test_a_batch_without_gaps_is_one_group() -> None:
    for rare in (False, True):
        assert list(Batch(rows().T).groups(rare=rare)) == [Group(slice(0, 200))]


def test_rows_of_rare_patterns_stand_together() -> None:
    X = rows(300)
    X[:100, 1] = np.nan  # common
    X[100:110, 0] = X[120, 2] = np.nan  # rare, one value each
    X[130:133] = np.nan  # nothing there
    blocks = list(ArraySource(X).blocks(10_000, np.zeros(3), rare=True))
    assert sum(block.n_rows for block in blocks) == 300
    (lone,) = [block for block in blocks if block.lacking is not None and block.n_rows == 11]
    assert lone.numbers.tolist() == [*range(100, 110), 120]
    assert lone.lacking is not None
    assert lone.lacking.tolist() == [[0]] * 10 + [[2]]
    whole = lone.centred()
    assert (whole[0, :10] == 0.0).all()
    assert whole[2, 10] == 0.0
    np.testing.assert_array_equal(whole[1], X[lone.numbers, 1])
    parts = {tuple(block.observed): (own, block) for own, block in lone.by_pattern}
    assert parts.keys() == {(1, 2), (0, 1)}
    own, part = parts[1, 2]
    assert own.tolist() == list(range(10))
    np.testing.assert_array_equal(part.columns, X[100:110, 1:].T)
    (empty,) = [block for block in blocks if block.lacking is not None and block.n_rows == 3]
    assert empty.lacking.tolist() == [[0, 1, 2]] * 3


def test_errors_and_rare_patterns_do_not_mix() -> None:
    X = rows(30)
    X[3, 1] = np.nan
    source = ArraySource(X, Details(error=np.ones(X.shape)))
    assert all(block.lacking is None for block in source.blocks(100, np.zeros(3), rare=True))


def test_the_origin_is_the_first_value_that_counts_in_each_column() -> None:
    X = np.array([[9.0, np.nan], [np.nan, np.nan], [2.0, np.nan], [3.0, 7.0], [4.0, 8.0]])
    source = ArraySource(X, Details(np.array([0.0, 1.0, 1.0, 0.0, 2.0])))
    np.testing.assert_array_equal(source.origin(), [2.0, 8.0])


def test_the_origin_of_a_column_without_a_value_is_zero() -> None:
    np.testing.assert_array_equal(ArraySource(np.full((3, 2), np.nan)).origin(), [0.0, 0.0])


def test_places_of_the_cumulative_weight_are_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaussmix.data.source._RUN", 7)
    weight = np.random.default_rng(3).integers(0, 4, size=50).astype(float)
    places = np.arange(weight.sum()) + 0.5
    found = ArraySource(rows(50), Details(weight)).locate(places)
    np.testing.assert_array_equal(found, np.repeat(np.arange(50), weight.astype(int)))
    np.testing.assert_array_equal(ArraySource(rows(50)).locate(places[:50]), np.arange(50))


def test_weights_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaussmix.data.source._RUN", 7)
    weight, index = np.arange(50.0), np.array([0, 6, 7, 8, 49])
    np.testing.assert_array_equal(
        ArraySource(rows(50), Details(weight)).weights_of(index), weight[index]
    )
    np.testing.assert_array_equal(ArraySource(rows(50)).weights_of(index), np.ones(5))


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
    source = ArraySource(rows(5_000), Details(np.random.default_rng(2).random(5_000)))
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


def test_survey_of_rows_with_gaps_is_column_by_column_that_of_the_observed_values() -> None:
    X = gappy()
    weight = np.random.default_rng(4).integers(0, 3, size=200).astype(float)
    found = look(X, weight)
    kept = X[weight > 0.0]
    missing = np.isnan(kept)
    assert found.weight == weight.sum()
    assert found.n_rows == len(kept)
    assert found.n_gappy == missing.any(axis=1).sum() > 0
    assert found.n_empty == missing.all(axis=1).sum() > 0
    for j in range(3):
        seen = ~np.isnan(X[:, j])
        x, w = X[seen, j], weight[seen]
        centre = w @ x / w.sum()
        assert found.centre[j] == pytest.approx(centre, rel=1e-12)
        assert found.variance[j] == pytest.approx(w @ (x - centre) ** 2 / w.sum(), rel=1e-12)
        assert (found.low[j], found.high[j]) == (x[w > 0.0].min(), x[w > 0.0].max())
    radius = np.sqrt(np.nansum(((kept - found.centre) / found.scale) ** 2, axis=1).max())
    assert found.radius == pytest.approx(radius, rel=1e-12)


def test_rows_without_gaps_are_counted_as_such() -> None:
    found = look(rows())
    assert (found.n_rows, found.n_gappy, found.n_empty) == (200, 0, 0)
    assert found.largest_label == -1


def test_the_largest_label_is_seen() -> None:
    label = np.full(200, -1)
    label[[3, 150]] = [4, 2]
    found = survey(ArraySource(rows(), Details(label=label)), Team())
    assert found.largest_label == 4


def test_a_column_without_a_value_is_named() -> None:
    X = rows()
    X[:, 1] = np.nan
    with pytest.raises(ValueError, match=r"Every value of column 1 is missing.*Leave the column"):
        look(X)
    with pytest.raises(ValueError, match=r"Every value of column 'b' is missing"):
        survey(ArraySource(X), Team(), ("a", "b", "c"))
    X[7, 1] = 1.0
    weight = np.ones(200)
    weight[7] = 0.0
    with pytest.raises(ValueError, match=r"column 1 is missing \(NaN\) in the rows that count"):
        look(X, weight)


def test_a_part_may_have_a_column_without_a_value() -> None:
    X = rows()
    X[:, 1] = np.nan
    found = survey(ArraySource(X), Team(), partial=True)
    assert (found.centre[1], found.variance[1]) == (0.0, 0.0)
    np.testing.assert_allclose(found.centre[[0, 2]], X[:, [0, 2]].mean(axis=0), rtol=1e-12)


def test_rows_that_all_have_weight_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="Every row has weight 0"):
        look(rows(), np.zeros(200))


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


def test_small_blocks_that_follow_each_other_are_one_piece_of_work() -> None:
    X = rows(2_000)
    X[:90, 0] = X[100:180, 1] = X[200:300, 2] = np.nan
    blocks = list(ArraySource(X).blocks(512, np.zeros(3)))
    pieces = list(bundled(blocks, 512))
    assert [block for piece in pieces for block in piece] == blocks
    assert [len(piece) for piece in pieces] == [3, 1, 1, 1, 1]
    long = list(bundled(blocks[:3] * 20, 512))
    assert sum(map(len, long)) == 60
    assert len(long) == 2  # no piece grows without end
