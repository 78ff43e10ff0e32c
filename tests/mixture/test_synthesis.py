"""Rows like those of a table: their marks, their distribution, and none of the table's own."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, truncnorm
from sklearn.datasets import load_iris

from gaussmix import GaussianMixture, Mixture, errors
from gaussmix.data import copies


@pytest.fixture(scope="module")
def iris():
    frame = load_iris(as_frame=True).frame.drop(columns="target")
    return frame, GaussianMixture(3, random_state=0).fit(frame)


def test_rows_have_names_types_ranges_and_roundings_and_none_is_a_copy(iris):
    frame, model = iris
    rows = model.mixture_.sample_like(frame, 2000, random_state=0)
    assert list(rows.columns) == list(frame.columns)
    assert (rows.dtypes == frame.dtypes).all()
    assert (rows.min() >= frame.min()).all()
    assert (rows.max() <= frame.max()).all()
    for name in frame.columns:
        assert set(rows[name]) <= set((np.arange(0, 100) / 10).tolist())
    assert copies(frame, rows) == 0
    assert (
        copies(frame, model.mixture_.sample_like(frame, 2000, copies="allow", random_state=0)) > 0
    )


def test_without_a_number_there_are_as_many_rows_as_in_the_table(iris):
    frame, model = iris
    assert model.sample_like(frame, random_state=1).shape == frame.shape
    pd.testing.assert_frame_equal(
        model.sample_like(frame, 20, random_state=1),
        model.mixture_.sample_like(frame, 20, random_state=1),
    )


def test_draws_are_those_of_the_mixture_within_the_ranges():
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.6], [0.6, 1.0]]])
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.uniform(0.5, 3.0, 50), rng.uniform(-9.0, 9.0, 50)])
    table[:2, 0] = 0.5, 3.0
    rows = mixture.sample_like(table, 20_000, random_state=2)
    assert kstest(rows[:, 0], truncnorm(0.5, 3.0).cdf).pvalue > 1e-3
    inside = mixture.sample(20_000, 3, lower=[0.5, -9.0], upper=[3.0, 9.0])[0]
    np.testing.assert_allclose(rows.mean(axis=0), inside.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(np.cov(rows.T), np.cov(inside.T), atol=0.04)


def test_values_at_the_ends_of_a_range_are_as_likely_as_the_mixture_says():
    mixture = Mixture([1.0], [[2.0]], [[[1.0]]])
    rows = mixture.sample_like(
        np.array([[1.0], [2.0], [3.0]]), 30_000, copies="allow", random_state=0
    )
    shares = np.unique(rows, return_counts=True)[1] / len(rows)
    middle = mixture.interval_probability([1.5], [2.5])
    whole = mixture.interval_probability([0.5], [3.5])
    np.testing.assert_allclose(shares[1], middle / whole, atol=0.01)
    np.testing.assert_allclose(shares[0], shares[2], atol=0.01)


def test_what_is_known_is_kept_and_the_rest_follows_it(iris):
    frame, model = iris
    rows = model.sample_like(frame, 3000, known={"petal length (cm)": 1.4}, random_state=0)
    assert (rows["petal length (cm)"] == 1.4).all()
    expected = model.mixture_.condition({"petal length (cm)": 1.4}).mean()
    found = rows.drop(columns="petal length (cm)").mean()
    np.testing.assert_allclose(found, expected, atol=0.05)


def test_a_row_is_made_for_each_row_that_is_known_in_part(iris):
    frame, model = iris
    known = frame[["petal width (cm)", "sepal width (cm)"]].iloc[::10]
    rows = model.sample_like(frame, known=known, random_state=0)
    np.testing.assert_array_equal(rows[known.columns], known)
    lengths = frame["petal length (cm)"].iloc[::10].to_numpy()
    assert np.corrcoef(rows["petal length (cm)"], lengths)[0, 1] > 0.9
    same = model.sample_like(
        frame, known={name: known[name].to_numpy() for name in known}, random_state=0
    )
    pd.testing.assert_frame_equal(rows, same)


def test_known_values_far_from_all_rows_still_give_rows_within_the_ranges(iris):
    frame, model = iris
    known = {"petal length (cm)": np.array([0.2, 1.4, 11.0])}
    rows = model.sample_like(frame, known=known, random_state=0)
    others = rows.drop(columns="petal length (cm)")
    assert (others >= frame[others.columns].min()).all(axis=None)
    assert (others <= frame[others.columns].max()).all(axis=None)


def test_an_unlikely_corner_of_the_mixture_is_still_drawn_from():
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
    table = np.array([[6.0, -6.0], [6.5, -6.1], [7.0, -6.4]])
    rows = mixture.sample_like(table, 200, random_state=0)
    assert (rows >= table.min(axis=0)).all()
    assert (rows <= table.max(axis=0)).all()


def test_gaps_come_as_they_stand_together_in_the_table():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(400, 3)), columns=list("abc"))
    table.loc[:99, ["a", "b"]] = np.nan
    model = GaussianMixture(1).fit(table)
    rows = model.sample_like(table, 4000, gaps=True, random_state=0)
    assert rows["a"].isna().mean() == pytest.approx(0.25, abs=0.03)
    assert (rows["a"].isna() == rows["b"].isna()).all()
    assert not rows["c"].isna().any()
    given = model.sample_like(table, 50, gaps=True, known={"a": 0.1}, random_state=0)
    assert (given["a"] == 0.1).all()
    assert not model.sample_like(table, 50, random_state=0).isna().any(axis=None)


def test_a_constant_column_stays_so():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=60), "b": 3})
    mixture = Mixture([1.0], [[0.0, 3.0]], [np.diag([1.0, 1e-9])], feature_names=["a", "b"])
    rows = mixture.sample_like(table, 20, random_state=0)
    assert (rows["b"] == 3).all()
    assert rows["b"].dtype == table["b"].dtype


def test_columns_the_mixture_does_not_have_are_left_out_and_told_of(iris):
    frame, model = iris
    table = frame.assign(name="x", second=1.0)
    with pytest.warns(errors.DataWarning, match=r"does not have 'name', 'second'.*Fit it"):
        rows = model.sample_like(table, 5, random_state=0)
    assert list(rows.columns) == list(frame.columns)


def test_a_table_that_holds_all_there_is_leaves_only_copies():
    table = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    mixture = Mixture([1.0], [[0.5, 0.5]], [np.eye(2)])
    with pytest.raises(ValueError, match=r"7 rows of 7 could not.*there are 4 different.*copies="):
        mixture.sample_like(table, 7, random_state=0)
    assert mixture.sample_like(table, 7, copies="allow", random_state=0).shape == (7, 2)
    known = {0: [0.0, 0.5]}
    floats = table.astype(np.float64)
    with pytest.raises(ValueError, match=r"1 row of 2 could not.*there are 2 different"):
        mixture.sample_like(floats, known=known, random_state=0)


def test_ranges_out_of_reach_are_said_to_be():
    mixture = Mixture([1.0], [[0.0]], [[[1.0]]])
    with pytest.raises(ValueError, match="box"):
        mixture.sample_like(np.array([[1e3], [2e3]]), 2, random_state=0)
    text = str(errors.unlikely_ranges(3, 10))
    assert "3 rows of 10" in text
    assert "Check that the mixture was fitted to this table" in text


def test_bad_arguments_are_named(iris):
    frame, model = iris
    mixture = model.mixture_
    with pytest.raises(ValueError, match=r"Unknown copies 'keep'.*redraw"):
        mixture.sample_like(frame, copies="keep")
    with pytest.raises(ValueError, match=r"2 rows of known values came, but n=3.*Leave n out"):
        mixture.sample_like(frame, 3, known={0: [1.0, 2.0]})
    with pytest.raises(TypeError, match=r"mapping of columns.*got list.*Try"):
        mixture.sample_like(frame, known=[1.0])
    with pytest.raises(ValueError, match="'length'"):
        mixture.sample_like(frame, known={"length": 1.0})
    with pytest.raises(ValueError, match="none is left"):
        mixture.sample_like(frame, known=dict.fromkeys(frame.columns, 1.0))
    with pytest.raises(ValueError, match="finite numbers"):
        mixture.sample_like(frame, known=pd.DataFrame({frame.columns[0]: [1.0, np.nan]}))
    with pytest.raises(ValueError, match="0"):
        mixture.sample_like(frame, 0)


def test_student_components_are_drawn_again_until_they_lie_within():
    rng = np.random.default_rng(0)
    table = rng.standard_t(3.0, size=(300, 2)).round(2)
    model = GaussianMixture(1, component="student_t").fit(table)
    rows = model.sample_like(table, 500, random_state=0)
    assert (rows >= table.min(axis=0)).all()
    assert (rows <= table.max(axis=0)).all()
    assert copies(table, rows) == 0
