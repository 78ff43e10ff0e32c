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


@pytest.mark.parametrize("kind", TABLES)
def test_a_gap_leaves_the_distribution_of_the_other_columns(mixture, kind):
    gap = [None if row == 4 else 1.0 for row in range(30)]
    table = TABLES[kind]({"b": gap, "a": X[:, 0]})
    whole = TABLES[kind]({"b": np.ones(30), "a": X[:, 0]})
    others = np.arange(30) != 4
    for ask in (mixture.log_pdf, mixture.posterior, mixture.pdf):
        np.testing.assert_array_equal(ask(table)[others], ask(whole)[others])
    of_a = mixture.marginal("a")
    np.testing.assert_allclose(mixture.log_pdf(table)[4], of_a.log_pdf(X[4:5, :1])[0], rtol=1e-13)
    np.testing.assert_allclose(
        mixture.posterior(table)[4], of_a.posterior(X[4:5, :1])[0], rtol=1e-13
    )


@pytest.mark.parametrize("kind", TABLES)
def test_a_row_without_a_value_has_the_weights_as_its_posterior(mixture, kind):
    table = TABLES[kind]({"b": [None, 1.0], "a": [None, 2.0]})
    assert mixture.log_pdf(table)[0] == pytest.approx(0.0, abs=1e-15)
    assert mixture.pdf(table)[0] == pytest.approx(1.0, abs=1e-15)
    np.testing.assert_allclose(mixture.posterior(table)[0], [0.3, 0.7], rtol=1e-15)


@pytest.mark.parametrize("kind", TABLES)
def test_infinity_is_named_by_row_and_column(mixture, kind):
    values = np.where(np.arange(30) == 4, -np.inf, 1.0)
    with pytest.raises(ValueError, match="column 'b' in row 4 is -inf"):
        mixture.log_pdf(TABLES[kind]({"b": values, "a": np.full(30, np.nan)}))
