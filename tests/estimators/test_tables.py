"""Data frames in, names kept; columns that hold no numbers."""

import datetime as dt
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from gaussmix import GaussianMixture, GaussianMixtureSearch

TABLES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}
ROWS = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([[0.0], [5.0]], 30, axis=0)
BAD = [1.0] * 57


@pytest.fixture(params=TABLES)
def table(request):
    return TABLES[request.param]


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        GaussianMixture(2, random_state=0),
        GaussianMixtureSearch([1, 2], covariance_types=["full", "diag"], random_state=0),
    ],
)
def test_names_are_kept_and_the_numbers_are_those_of_the_array(table, estimator):
    frame = table({"a": ROWS[:, 0], "b": ROWS[:, 1]})
    plain = estimator.fit(ROWS).score_samples(ROWS)
    estimator.fit(frame)
    assert list(estimator.feature_names_in_) == ["a", "b"]
    assert estimator.feature_names_in_.dtype == object
    np.testing.assert_array_equal(estimator.score_samples(frame), plain)
    assert estimator.predict(frame).shape == (60,)
    assert estimator.score(frame) == pytest.approx(plain.mean(), abs=1e-12)


def test_the_fit_knows_the_names(table):
    gm = GaussianMixture(2, random_state=0).fit(table({"a": ROWS[:, 0], "b": ROWS[:, 1]}))
    assert gm.mixture_.feature_names == ("a", "b")
    assert gm.n_features_in_ == 2


COLUMNS_OF = {"a": ROWS[:, 0], "b": ROWS[:, 1], "c": ROWS[:, 1]}
OTHER_NAMES = [
    (["b", "a"], "must be in the same order", "Try X[['a', 'b']]"),
    (["a", "c"], "unseen at fit time:\n- c", "yet now missing:\n- b"),
    (["a", "b", "c"], "unseen at fit time:\n- c", "Try X[['a', 'b']]"),
    (["a"], "yet now missing:\n- b", "Expected 'a', 'b'"),
]


@pytest.mark.parametrize(("names", "words", "_advice"), OTHER_NAMES)
def test_other_names_or_another_order_are_refused(table, names, words, _advice):
    gm = GaussianMixture(2, random_state=0).fit(table({n: COLUMNS_OF[n] for n in ("a", "b")}))
    other = table({name: COLUMNS_OF[name] for name in names})
    for ask in (gm.predict, gm.predict_proba, gm.score_samples, gm.score, gm.icl):
        with pytest.raises(ValueError, match="feature names should match") as caught:
            ask(other)
        assert words in str(caught.value)


@pytest.mark.parametrize(("names", "_words", "advice"), OTHER_NAMES)
def test_other_names_come_with_the_expected_ones_and_with_advice(names, _words, advice):
    gm = GaussianMixture(2, random_state=0)
    gm.fit(pd.DataFrame({n: COLUMNS_OF[n] for n in ("a", "b")}))
    with pytest.raises(ValueError, match="Expected 'a', 'b', got") as caught:
        gm.predict(pd.DataFrame({name: COLUMNS_OF[name] for name in names}))
    assert advice in str(caught.value)


def test_a_refit_learns_new_names(table):
    gm = GaussianMixture(2, random_state=0).fit(table({"a": ROWS[:, 0], "b": ROWS[:, 1]}))
    gm.fit(table({"y": ROWS[:, 0], "x": ROWS[:, 1]}))
    assert list(gm.feature_names_in_) == ["y", "x"]
    assert gm.mixture_.feature_names == ("y", "x")
    gm.fit(ROWS)
    assert not hasattr(gm, "feature_names_in_")
    assert gm.mixture_.feature_names is None


def test_names_against_none_warn_as_in_scikit_learn(table):
    frame = table({"a": ROWS[:, 0], "b": ROWS[:, 1]})
    gm = GaussianMixture(2, random_state=0).fit(frame)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        labels = gm.predict(ROWS)
    np.testing.assert_array_equal(labels, gm.predict(frame))
    with pytest.warns(UserWarning, match="X has feature names, but GaussianMixture was fitted wi"):
        GaussianMixture(2, random_state=0).fit(ROWS).predict(frame)


@pytest.mark.parametrize(("kind", "made"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)])
def test_set_output(table, kind, made):
    frame = table({"a": ROWS[:, 0], "b": ROWS[:, 1]})
    gm = GaussianMixture(2, random_state=0).fit(frame)
    plain = gm.transform(frame)
    names = ["gaussianmixture0", "gaussianmixture1"]
    assert list(gm.get_feature_names_out()) == names
    out = gm.set_output(transform=kind).transform(frame)
    assert isinstance(out, made)
    assert list(out.columns) == names
    np.testing.assert_array_equal(out.to_numpy(), plain)
    assert isinstance(gm.fit_transform(frame), made)
    assert isinstance(gm.predict_proba(frame), np.ndarray)


def test_the_index_of_a_pandas_frame_is_kept():
    frame = pd.DataFrame(ROWS, columns=["a", "b"], index=[f"row {i}" for i in range(60)])
    out = GaussianMixture(2, random_state=0).set_output(transform="pandas").fit_transform(frame)
    assert list(out.index) == list(frame.index)


def test_integers_and_single_precision(table):
    whole = np.round(ROWS * 10).astype(np.int32)
    frame = table({"a": whole[:, 0], "b": ROWS[:, 1].astype(np.float32)})
    gm = GaussianMixture(2, random_state=0).fit(frame)
    expected = np.column_stack([whole[:, 0], ROWS[:, 1].astype(np.float32)]).astype(np.float64)
    np.testing.assert_array_equal(
        gm.means_, GaussianMixture(2, random_state=0).fit(expected).means_
    )
    single = table({"a": ROWS[:, 0].astype(np.float32), "b": ROWS[:, 1].astype(np.float32)})
    assert GaussianMixture(2, random_state=0).fit(single).means_.dtype == np.float32


COLUMNS = {
    "text": (["x"] * 60, "holds text, for instance 'x' in row 0", "encode it as numbers"),
    "text below": (
        [None, None, "late"] + ["x"] * 57,
        "holds text, for instance 'late' in row 2",
        "encode it as numbers",
    ),
    "booleans": ([True, False] * 30, "holds booleans, for instance True in row 0", "0 and 1"),
    "dates": (
        [dt.datetime(2024, 3, 1)] * 60,  # noqa: DTZ001  a column without a time zone
        "holds dates, for instance ",
        "days since the first date",
    ),
    "days": ([dt.date(2024, 3, 1)] * 60, "2024", "in row 0"),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_a_column_without_numbers_is_named_with_value_and_row(table, case):
    values, words, advice = COLUMNS[case]
    frame = table({"a": ROWS[:, 0], "when or what": values})
    with pytest.raises(ValueError, match="column 'when or what' holds ") as caught:
        GaussianMixture(2).fit(frame)
    assert words in str(caught.value)
    assert advice in str(caught.value)


def test_categories_are_named(table):
    levels = ["low", "high"] * 30
    frame = {
        pd.DataFrame: lambda: pd.DataFrame({"a": ROWS[:, 0], "c": pd.Categorical(levels)}),
        pl.DataFrame: lambda: pl.DataFrame(
            {"a": ROWS[:, 0], "c": pl.Series(levels, dtype=pl.Categorical)}
        ),
        pa.table: lambda: pa.table({"a": ROWS[:, 0], "c": pa.array(levels).dictionary_encode()}),
    }[table]()
    with pytest.raises(
        ValueError, match="column 'c' holds categories, for instance 'low' in row 0"
    ):
        GaussianMixture(2).fit(frame)


@pytest.mark.filterwarnings("ignore::gaussmix.errors.SearchWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        GaussianMixture(2, random_state=0),
        GaussianMixtureSearch([1, 2], covariance_types=["full", "diag"], random_state=0),
    ],
)
def test_gaps_of_a_table_are_those_of_the_array(table, estimator):
    rows = np.round(ROWS * 100.0)
    rows[[2, 40], 1] = np.nan
    rows[5] = np.nan
    plain = estimator.fit(rows).score_samples(rows)
    kinds = (int, float)
    a, b = ([None if np.isnan(x) else kinds[j](x) for x in rows[:, j]] for j in (0, 1))
    frame = table({"a": a, "b": b})
    np.testing.assert_array_equal(estimator.fit(frame).score_samples(frame), plain)
    assert plain[5] == pytest.approx(0.0, abs=1e-15)


def test_a_column_without_a_value_is_named(table):
    with pytest.raises(ValueError, match="Every value of column 'b' is missing") as caught:
        GaussianMixture(2).fit(table({"a": ROWS[:, 0], "b": [None] * 60}))
    assert "Leave the column out" in str(caught.value)
    weight = np.ones(60)
    weight[2] = 0.0
    only = table({"a": ROWS[:, 0], "b": [None, None, 1.0, *[None] * 57]})
    with pytest.raises(ValueError, match=r"column 'b' is missing .* in the rows that count"):
        GaussianMixture(2).fit(only, sample_weight=weight)


def test_infinity_is_named_by_column_and_row(table):
    with pytest.raises(ValueError, match="column 'b' in row 2 is -inf"):
        GaussianMixture(2).fit(table({"a": ROWS[:, 0], "b": [1.0, 2.0, -np.inf, *BAD]}))


def test_predict_takes_gaps_and_names_infinity(table):
    gm = GaussianMixture(2, random_state=0).fit(table({"a": ROWS[:, 0], "b": ROWS[:, 1]}))
    gappy = table({"a": [1.0, None, None], "b": [1.0, 5.0, None]})
    posterior = gm.predict_proba(gappy)
    np.testing.assert_allclose(
        posterior[1], gm.mixture_.marginal("b").posterior([[5.0]])[0], rtol=1e-12
    )
    np.testing.assert_allclose(posterior[2], gm.weights_, rtol=1e-14)
    assert gm.score_samples(gappy)[2] == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_array_equal(gm.predict(gappy), posterior.argmax(axis=1))
    with pytest.raises(ValueError, match="column 'a' in row 1 is inf"):
        gm.predict(table({"a": [None, np.inf], "b": [1.0, None]}))


def test_an_empty_table(table):
    with pytest.raises(ValueError, match="0 sample"):
        GaussianMixture(2).fit(table({"a": np.empty(0), "b": np.empty(0)}))


def test_a_query_is_not_a_table():
    frame = pl.DataFrame({"a": ROWS[:, 0]}).lazy()
    with pytest.raises(TypeError, match="in memory"):
        GaussianMixture(2).fit(frame)


def test_repeated_names():
    frame = pd.DataFrame(ROWS, columns=["a", "a"])
    with pytest.raises(ValueError, match="'a' stands more than once"):
        GaussianMixture(2).fit(frame)


def test_the_order_of_components_by_a_named_column(table):
    frame = table({"length": -ROWS[:, 0], "width": ROWS[:, 1]})
    gm = GaussianMixture(2, component_order="length", random_state=0).fit(frame)
    assert gm.means_[0, 0] < gm.means_[1, 0]
    assert gm.means_[0, 1] > gm.means_[1, 1]
    words = "Unknown component_order 'lenght'. Did you mean 'length'?"
    with pytest.raises(ValueError, match=re.escape(words)):
        GaussianMixture(2, component_order="lenght").fit(frame)
