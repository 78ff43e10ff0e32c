"""Rows that do not all know the same columns, group by group."""

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.mixture import conditionals
from gaussmix.mixture.conditional import _patterns


@pytest.mark.parametrize("n_columns", [3, 70, 90])
def test_rows_are_grouped_by_what_they_know(n_columns):
    rng = np.random.default_rng(0)
    kinds = rng.random((6, n_columns)) < 0.4
    kinds[:, 1] = True
    kinds[0] = False
    of = rng.integers(6, size=200)
    of[:6] = range(6)
    gaps = kinds[of]
    patterns, found = _patterns(gaps)
    np.testing.assert_array_equal(patterns[found], gaps)
    expected = np.unique(gaps, axis=0)
    np.testing.assert_array_equal(patterns, expected)


def test_one_kind_of_row_is_one_group():
    gaps = np.tile([True, False, True], (5, 1))
    patterns, found = _patterns(gaps)
    np.testing.assert_array_equal(patterns, gaps[:1])
    np.testing.assert_array_equal(found, np.zeros(5))


def test_rows_come_in_pieces_or_whole():
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 1.0]], [np.eye(2)] * 2)
    X = np.full((600_000, 2), np.nan)
    X[:, 0] = np.linspace(-1.0, 4.0, len(X))
    pieces = list(conditionals(mixture.components, X, Mixture.from_components))
    whole = list(conditionals(mixture.components, X, Mixture.from_components, whole=True))
    assert len(pieces) > len(whole) == 1
    np.testing.assert_array_equal(np.concatenate([rows for rows, _, _ in pieces]), whole[0][0])
    means = np.concatenate([conditional.mean() for _, _, conditional in pieces])
    np.testing.assert_allclose(means, whole[0][2].mean(), atol=1e-14)
