"""Entries that are missing otherwise than as NaN: masked ones, None, pandas' NA."""

import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture, GaussianMixtureSearch
from gaussmix.data import IntervalData, as_floats, as_rows, check_weight, is_missing, unmasked

RNG = np.random.default_rng(0)
ROWS = np.concatenate([RNG.normal(size=(40, 2)), RNG.normal(6.0, 1.0, size=(40, 2))])
GAPS = RNG.random(ROWS.shape) < 0.1
HOLED = np.where(GAPS, np.nan, ROWS)
ESTIMATORS = [
    GaussianMixture(2, random_state=0),
    GaussianMixtureSearch([1, 2], covariance_types=["diag"], random_state=0),
]


def objects(missing):
    """The rows as Python objects with something missing in the gaps."""
    cells = ROWS.astype(object)
    cells[GAPS] = missing
    return cells


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    "rows",
    [
        np.ma.array(np.where(GAPS, 1e6, ROWS), mask=GAPS),
        np.ma.array(objects("-"), mask=GAPS),
        objects(pd.NA),
        objects(None),
        objects(pd.NA).tolist(),
        [tuple(row) for row in objects(pd.NA)],
    ],
    ids=["mask", "mask of objects", "NA", "None", "lists", "tuples"],
)
def test_what_is_missing_is_a_gap(estimator, rows):
    expected = estimator.fit(HOLED).score_samples(HOLED)
    np.testing.assert_array_equal(estimator.fit(rows).score_samples(rows), expected)
    mixture = GaussianMixture(2, random_state=0).fit(HOLED).mixture_
    np.testing.assert_array_equal(mixture.log_pdf(rows), mixture.log_pdf(HOLED))


@pytest.mark.parametrize(
    ("dtype", "kept"), [("f4", "f4"), ("f8", "f8"), ("i4", "f8"), ("u1", "f8")]
)
def test_masks_keep_floats_and_widen_integers(dtype, kept):
    given = np.arange(160).reshape(80, 2).astype(dtype)
    plain = unmasked(np.ma.array(given, mask=GAPS))
    assert type(plain) is np.ndarray
    assert plain.dtype == kept
    np.testing.assert_array_equal(plain, np.where(GAPS, np.nan, given.astype(kept)))
    assert as_rows(np.ma.array(given, mask=GAPS), 2).dtype == kept
    assert not np.isnan(given.astype(kept)).any()


def test_single_precision_stays_single_through_a_fit():
    gm = GaussianMixture(2, random_state=0).fit(np.ma.array(ROWS.astype("f4"), mask=GAPS))
    assert gm.means_.dtype == np.float32


def test_a_mask_of_nothing_leaves_the_values_as_they_are():
    given = np.arange(4)
    assert unmasked(np.ma.array(given)).dtype == given.dtype
    assert unmasked(given) is given


@pytest.mark.parametrize("entry", [None, np.nan, np.float32("nan"), pd.NA, np.ma.masked])
def test_missing(entry):
    assert is_missing(entry)


@pytest.mark.parametrize("entry", [0, 0.0, "", "nan", [], np.inf, False])
def test_not_missing(entry):
    assert not is_missing(entry)


def test_numbers_of_every_kind_are_floats():
    cells = np.array([[1, Decimal("2.5"), pd.NA], [Fraction(1, 4), np.int8(3), None]], dtype=object)
    np.testing.assert_array_equal(as_floats(cells), [[1.0, 2.5, np.nan], [0.25, 3.0, np.nan]])


def test_what_is_no_number_is_named_rather_than_the_gap():
    rows = objects(pd.NA)
    rows[7, 1] = "tall"
    with pytest.raises(ValueError, match="column 1 holds text, for instance 'tall' in row 7"):
        GaussianMixture(2).fit(rows)
    rows[7, 1] = {"a": 1}
    with pytest.raises(TypeError, match="'dict'"):
        GaussianMixture(2).fit(rows)


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (np.ma.array(np.ones(80), mask=np.arange(80) == 7), "Row 7 has weight nan"),
        (np.ma.array(np.ones(80, int), mask=np.arange(80) == 7), "Row 7 has weight nan"),
        ([1.0] * 7 + [pd.NA] + [1.0] * 72, "row 7 has <NA> (a NAType)"),
    ],
)
def test_a_missing_weight_is_refused_by_its_row(weight, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        check_weight(weight, 80)
    with pytest.raises(ValueError, match=re.escape(words)):
        GaussianMixture(2).fit(ROWS, sample_weight=weight)


def test_a_masked_end_of_an_interval_is_refused_by_its_row():
    lower = np.ma.array([0.0, 1.0, 2.0], mask=[False, True, False])
    with pytest.raises(ValueError, match="row 1 is from nan to 3"):
        IntervalData(lower, [1.0, 3.0, 4.0])


def test_measurement_errors_may_be_masked_where_the_value_is_missing():
    known = np.full(ROWS.shape, 0.1)
    expected = GaussianMixture(2, random_state=0).fit(HOLED, X_covariance=known)
    masked = np.ma.array(np.where(GAPS, -1.0, known), mask=GAPS)
    gm = GaussianMixture(2, random_state=0).fit(HOLED, X_covariance=masked)
    np.testing.assert_array_equal(gm.means_, expected.means_)
