"""Data frames as rows of a mixture."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gaussmix import Mixture

X = np.random.default_rng(0).normal(size=(30, 2))
TABLES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}


@pytest.fixture
def mixture():
    covariances = [[[1.0, 0.3], [0.3, 2.0]], [[0.5, 0.0], [0.0, 3.0]]]
    return Mixture([0.3, 0.7], [[0.0, 1.0], [2.0, -1.0]], covariances, feature_names=["a", "b"])


@pytest.mark.parametrize("kind", TABLES)
def test_columns_are_found_by_name(mixture, kind):
    table = TABLES[kind]({"b": X[:, 1], "other": X[:, 0] * 9, "a": X[:, 0]})
    np.testing.assert_array_equal(mixture.log_pdf(table), mixture.log_pdf(X))
    np.testing.assert_array_equal(mixture.posterior(table), mixture.posterior(X))


@pytest.mark.parametrize("kind", TABLES)
def test_text_in_a_column_that_is_not_asked_for_does_no_harm(mixture, kind):
    table = TABLES[kind]({"name": ["x"] * 30, "a": X[:, 0], "b": X[:, 1]})
    np.testing.assert_array_equal(mixture.log_pdf(table), mixture.log_pdf(X))


@pytest.mark.parametrize("kind", TABLES)
def test_without_names_columns_are_taken_in_their_order(mixture, kind):
    nameless = Mixture(mixture.weights, mixture.means, mixture.covariances)
    table = TABLES[kind]({"x": X[:, 0], "y": X[:, 1]})
    np.testing.assert_array_equal(nameless.log_pdf(table), mixture.log_pdf(X))


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("names", [["x", "y"], ["a", "y"], ["A", "B"]])
def test_columns_of_other_names_are_refused(mixture, kind, names):
    table = TABLES[kind](dict(zip(names, X.T, strict=True)))
    with pytest.raises(ValueError, match=r"\bb\b") as caught:
        mixture.log_pdf(table)
    assert names[1] in str(caught.value)


def test_a_gap_is_named_by_row_and_column(mixture):
    with pytest.raises(ValueError, match="column 'b' in row 4 is missing"):
        mixture.log_pdf(pd.DataFrame({"b": np.where(np.arange(30) == 4, np.nan, 1.0), "a": 1.0}))
