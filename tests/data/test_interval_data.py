"""Grouped data as a value: what it holds, what it refuses and in which words."""

import copy
import doctest
import pickle
from dataclasses import FrozenInstanceError
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from gaussmix.data import intervals
from gaussmix.data.intervals import IntervalData, interval_points
from gaussmix.datasets import load_naples_crabs

INF, NAN = np.inf, np.nan


def test_it_holds_what_came():
    data = IntervalData([0, 1.5, -INF], (1, 2, INF), [3, 0, 2.5])
    for name, expected in (
        ("lower", [0, 1.5, -INF]),
        ("upper", [1, 2, INF]),
        ("count", [3, 0, 2.5]),
    ):
        held = getattr(data, name)
        assert held.dtype == np.float64
        np.testing.assert_array_equal(held, expected)
    assert data.n_rows == 3
    assert repr(data) == "IntervalData(3 intervals from -inf to inf, count 5.5)"


def test_without_counts_each_interval_counts_once():
    np.testing.assert_array_equal(IntervalData([0, 1], [1, 3]).count, [1.0, 1.0])


@pytest.mark.parametrize("kind", [np.asarray, list, pd.Series, pl.Series])
@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.float64])
def test_columns_of_any_kind(kind, dtype):
    lower, upper, count = (kind(np.array(v, dtype=dtype)) for v in ([0, 2], [1, 4], [5, 7]))
    data = IntervalData(lower, upper, count)
    np.testing.assert_array_equal([data.lower, data.upper, data.count], [[0, 2], [1, 4], [5, 7]])


def test_python_numbers_of_any_kind():
    data = IntervalData([Decimal("0.5"), 1], [Decimal("1.5"), 2])
    np.testing.assert_array_equal(data.upper, [1.5, 2.0])


def test_it_is_a_frozen_copy():
    lower = np.array([0.0, 1.0])
    data = IntervalData(lower, [1.0, 2.0])
    lower[0] = 0.5
    assert data.lower[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        data.count[0] = 2.0
    with pytest.raises(FrozenInstanceError):
        data.lower = lower


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_copies_hold_the_same(again):
    data = IntervalData([0.0, 1.0], [1.0, 2.0], [3.0, 4.0])
    twin = again(data)
    for name in ("lower", "upper", "count"):
        np.testing.assert_array_equal(getattr(twin, name), getattr(data, name))


def test_points_are_midpoints_or_the_finite_end():
    data = IntervalData([1.0, -INF, 3.0, -INF, 1e308], [2.0, 5.0, INF, INF, 1.5e308])
    np.testing.assert_array_equal(data.points, [1.5, 5.0, 3.0, 0.0, 1.25e308])
    np.testing.assert_array_equal(interval_points(data.lower, data.upper), data.points)


def test_from_histogram_takes_what_numpy_gives():
    x = np.random.default_rng(0).normal(size=500)
    counts, edges = np.histogram(x, bins=20)
    data = IntervalData.from_histogram(*np.histogram(x, bins=20))
    np.testing.assert_array_equal(data.lower, edges[:-1])
    np.testing.assert_array_equal(data.upper, edges[1:])
    np.testing.assert_array_equal(data.count, counts)


def test_from_histogram_with_open_ends():
    data = IntervalData.from_histogram([1, 2, 3], [-INF, 0, 1, INF])
    np.testing.assert_array_equal(data.points, [0.0, 0.5, 1.0])


def test_the_crabs_of_naples_are_intervals():
    crabs = load_naples_crabs()
    data = IntervalData(crabs["lower"], crabs["upper"], crabs["count"])
    assert (data.n_rows, data.count.sum()) == (29, 1000.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[0.0], [1.0]], [1.0, 2.0]), ["Expected lower", "(2, 1)", "np.ravel"]),
        ((0.0, [1.0]), ["Expected lower", "shape ()"]),
        (([0.0], np.ones((1, 2))), ["Expected upper", "(1, 2)"]),
        (([0.0, 1.0], [1.0]), ["got 2 lower and 1 upper"]),
        (([], []), ["0 sample(s)", "no rows"]),
        ((["a", "1"], [1.0, 2.0]), ["numbers in lower", "row 0 has", "'a'"]),
        (([0.0, 1.0], [1.0, None]), ["numbers in upper", "row 1 has None"]),
        (([0.0, 1.0], [True, False]), ["numbers in upper", "row 0 has True"]),
        (([0.0, 1.0], [1.0, NAN]), ["row 1 is from 1.0 to nan"]),
        (([NAN, 1.0], [1.0, 0.0]), ["row 0 is from nan to 1.0"]),
        (([0.0, 3.0], [1.0, 2.0]), ["row 1 is from 3.0 to 2.0", "Exchange"]),
        (([0.0, 2.0], [1.0, 2.0]), ["row 1 is from 2.0 to 2.0", "half a unit"]),
        (([INF], [INF]), ["row 0 is from inf to inf"]),
        (([0.0, 1.0], [1.0, 2.0], [1.0, -2.0]), ["count", "Row 1", "-2"]),
        (([0.0, 1.0], [1.0, 2.0], [NAN, 1.0]), ["count", "Row 0", "nan"]),
        (([0.0, 1.0], [1.0, 2.0], [1.0, INF]), ["count", "Row 1", "inf"]),
        (([0.0, 1.0], [1.0, 2.0], [0.0, 0.0]), ["count", "are 0"]),
        (([0.0, 1.0], [1.0, 2.0], [1.0]), ["count", "(1,)", "(2,)"]),
        (([0.0, 1.0], [1.0, 2.0], ["x", 1.0]), ["count", "row 0", "'x'"]),
    ],
)
def test_what_cannot_be_used_is_named(arguments, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are compared below
        IntervalData(*arguments)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("counts", "edges", "words"),
    [
        ([1, 2], [0, 1], ["shape (2,)", "2 edges", "(counts, edges)"]),
        ([[1, 2]], [0, 1, 2], ["shape (1, 2)", "3 edges"]),
        ([0, 1, 2], [3, 4], ["shape (3,)", "2 edges"]),
        ([], [], ["0 edges"]),
        ([], [1.0], ["0 sample(s)"]),
        ([1, 2], [0, 2, 1], ["row 1 is from 2.0 to 1.0"]),
        ([1, 2], [0, "x", 1], ["numbers in edges", "row 1"]),
    ],
)
def test_histograms_that_cannot_be_used_are_named(counts, edges, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the words are compared below
        IntervalData.from_histogram(counts, edges)
    for word in words:
        assert word in str(caught.value)


def test_examples_run():
    failed, tried = doctest.testmod(intervals)
    assert tried > 0
    assert failed == 0
