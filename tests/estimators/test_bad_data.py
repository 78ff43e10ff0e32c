"""Arrays that cannot be fitted, and those that can but say nothing: errors and named warnings."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse

from gaussmix import GaussianMixture, GaussianMixtureSearch
from gaussmix.errors import DataWarning, DegenerateFitWarning, Status

TYPES = ("full", "tied", "diag", "spherical", "tied_diag", "tied_spherical")
RNG = np.random.default_rng(0)
ROWS = np.concatenate([RNG.normal(size=(40, 2)), RNG.normal(6.0, 1.0, size=(40, 2))])


def with_value(value):
    rows = ROWS.copy()
    rows[7, 1] = value
    return rows


REFUSED = {
    "no rows": (np.empty((0, 2)), "0 sample"),
    "no columns": (np.empty((5, 0)), "0 feature"),
    "one row": (ROWS[:1], "minimum of 2 is required"),
    "fewer rows than components": (ROWS[:2], "n_components = 3, n_samples = 2"),
    "a vector": (ROWS[:, 0], "Expected 2D array, got 1D array"),
    "a cube": (ROWS[None], "dim 3"),
    "nothing but NaN": (np.full((5, 2), np.nan), "Every value of column 0 is missing (NaN)"),
    "a column of NaN": (ROWS * [1.0, np.nan], "Every value of column 1 is missing (NaN)"),
    "infinity beside NaN": (with_value(np.inf) * [np.nan, 1.0], "column 1 in row 7 is inf"),
    "infinity": (with_value(np.inf), "column 1 in row 7 is inf"),
    "minus infinity": (with_value(-np.inf), "column 1 in row 7 is -inf"),
    "infinity of float32": (with_value(np.inf).astype(np.float32), "column 1 in row 7 is inf"),
    "booleans": (ROWS > 0, "dtype bool"),
    "dates": (np.full((5, 2), np.datetime64("2024-03-01")), "dtype datetime64"),
    "durations": (np.full((5, 2), np.timedelta64(3, "D")), "dtype timedelta64"),
    "complex numbers": (ROWS * 1j, "Complex data not supported"),
    "text": ([*ROWS[:5].tolist(), ["1.5", "b"]], "'b'"),
    "text beside pandas' NA": ([[1.0, pd.NA], [2.0, "b"], [3.0, 1.0]], "column 1 holds text"),
    "text beside a mask": (np.ma.array([["1", "b"], ["c", "2"]], mask=[[0, 1], [0, 0]]), "'c'"),
    "booleans beside a mask": (np.ma.array(ROWS > 0, mask=ROWS > 1), "dtype bool"),
    "infinity beside a mask": (np.ma.array(with_value(np.inf), mask=ROWS > 6), "column 1 in row 7"),
    "an empty list": ([], "Found array with 0 sample(s) (shape=(0,)) while a minimum of 1"),
    "a list of one array": ([ROWS], "got a list of 1 table. Open a list of blocks with gaussmix.o"),
    "a list of arrays": (
        [ROWS, ROWS[:7]],
        "list of 2 tables. Open a list of blocks with gaussmix.",
    ),
    "a tuple of arrays": ((ROWS, ROWS), "gaussmix.open_stream([...])"),
    "a list of frames": (
        [pd.DataFrame(ROWS), pa.table({"a": [1.0]})],
        "gaussmix.open_stream([...])",
    ),
    "rows of different lengths": ([[1.0, 2.0], [3.0]], "inhomogeneous"),
    "squares overflow": (with_value(1e200), "The squares of the values in column 1 overflow"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize(
    "estimator",
    [GaussianMixture(3), GaussianMixtureSearch(3, covariance_types="diag")],
    ids=["fit", "search"],
)
def test_refused(estimator, case):
    rows, words = REFUSED[case]
    with pytest.raises(ValueError, match=r".") as caught:
        estimator.fit(rows)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_gap_is_no_error(name, dtype):
    rows = with_value(np.nan).astype(dtype)
    gm = GaussianMixture(2, covariance_type=name, random_state=0).fit(rows)
    whole = GaussianMixture(2, covariance_type=name, random_state=0).fit(ROWS.astype(dtype))
    np.testing.assert_array_equal(gm.predict(rows), whole.predict(ROWS.astype(dtype)))
    assert gm.means_.dtype == dtype
    assert (gm.fit_report_.n_gappy, gm.fit_report_.n_empty) == (1, 0)
    assert "1 row had missing values." in str(gm.fit_report_)
    assert gm.lower_bound_ == pytest.approx(gm.score(rows), abs=1e-9)


@pytest.mark.parametrize("name", TYPES)
def test_a_row_without_a_value_changes_nothing_but_the_weight_of_the_rows(name):
    rows = np.append(ROWS, [[np.nan, np.nan]], axis=0)
    settings = {"covariance_type": name, "random_state": 0, "tol": 1e-10, "max_iter": 1000}
    gm, whole = (GaussianMixture(2, **settings).fit(X) for X in (rows, ROWS))
    np.testing.assert_allclose(gm.means_, whole.means_, atol=1e-5)
    np.testing.assert_allclose(gm.predict_proba(rows)[-1], gm.weights_, rtol=1e-12)
    assert gm.score_samples(rows)[-1] == pytest.approx(0.0, abs=1e-15)
    assert gm.log_likelihood_ == pytest.approx(whole.log_likelihood_, abs=1e-5)
    assert gm.fit_report_.n_empty == 1
    assert "1 row had no value at all" in str(gm.fit_report_)


def test_a_sparse_matrix_is_refused():
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        GaussianMixture(2).fit(scipy.sparse.csr_array(ROWS))


@pytest.mark.parametrize("as_type", [np.array, np.ndarray.tolist])
def test_text_in_an_array_is_named_by_row_and_column(as_type):
    rows = ROWS.astype(object)
    rows[7, 1] = "many"
    with pytest.raises(ValueError, match="'many'") as caught:
        GaussianMixture(2).fit(as_type(rows))
    assert "row 7" in str(caught.value)
    assert "column 1" in str(caught.value)


def test_numbers_in_other_types_are_numbers():
    whole = np.round(ROWS * 10.0)
    expected = GaussianMixture(2, random_state=0).fit(whole).means_
    for other in (whole.astype(int), whole.astype(np.int8), whole.astype(object), whole.tolist()):
        found = GaussianMixture(2, random_state=0).fit(other)
        np.testing.assert_array_equal(found.means_, expected)
        assert found.means_.dtype == np.float64


@pytest.mark.parametrize("name", TYPES)
def test_a_constant_column_is_fitted_and_named(name):
    rows = np.column_stack([ROWS, np.full(80, 3.0)])
    words = r"The fit is degenerate. Column 2 is constant \(it is 3 in every row\)"
    with pytest.warns(DegenerateFitWarning, match=words) as caught:
        gm = GaussianMixture(2, covariance_type=name, random_state=0).fit(rows)
    assert caught[0].filename == __file__
    assert gm.fit_report_.status is Status.DEGENERATE
    assert not gm.converged_
    np.testing.assert_allclose(gm.means_[:, 2], 3.0)
    np.testing.assert_array_equal(gm.predict(rows)[:40] == gm.predict(rows)[0], True)
    assert np.isfinite(gm.score(rows))


@pytest.mark.parametrize("name", ["full", "tied"])
@pytest.mark.parametrize("other", [lambda x: x, lambda x: 3.0 * x - 2.0, lambda x: -1e6 * x])
def test_a_repeated_column_is_fitted_and_named(name, other):
    rows = np.column_stack([ROWS, other(ROWS[:, 0])])
    words = "no spread of its own along columns 0, 2"
    with pytest.warns(DegenerateFitWarning, match=words):
        gm = GaussianMixture(2, covariance_type=name, random_state=0).fit(rows)
    assert gm.fit_report_.status is Status.DEGENERATE
    assert len(gm.fit_report_.findings) == 2
    np.testing.assert_array_equal(gm.predict(rows), np.repeat(gm.predict(rows)[[0, 79]], 40))


@pytest.mark.parametrize("name", ["diag", "spherical", "tied_diag", "tied_spherical"])
def test_a_repeated_column_does_no_harm_without_correlations(name):
    rows = np.column_stack([ROWS, ROWS[:, 0]])
    gm = GaussianMixture(2, covariance_type=name, random_state=0).fit(rows)
    assert gm.fit_report_.status is Status.CONVERGED


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_rows_that_are_all_the_same(name, n_components):
    rows = np.tile([[3.0, -5.0]], (20, 1))
    with pytest.warns(DegenerateFitWarning, match="Column 0 is constant .* Column 1 is const"):
        gm = GaussianMixture(n_components, covariance_type=name, random_state=0).fit(rows)
    assert gm.fit_report_.status is Status.DEGENERATE
    np.testing.assert_allclose(gm.mixture_.mean(), [3.0, -5.0])
    assert np.isfinite(gm.score(rows))
    assert np.isfinite(gm.covariances_).all()
    assert gm.predict_proba(rows).sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize("name", TYPES)
def test_without_a_penalty_a_collapse_is_scikit_learns_error(name):
    rows = np.tile([[3.0, -5.0]], (20, 1))
    words = "some components have ill-defined empirical covariance"
    with pytest.raises(ValueError, match=words) as caught:
        GaussianMixture(2, covariance_type=name, reg_covar=0, random_state=0).fit(rows)
    assert "Component " in str(caught.value)
    assert "increase reg_covar" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        (np.column_stack([ROWS, ROWS[:, 0]]), "full"),
        (np.column_stack([ROWS, ROWS[:, 0]]), "tied"),
        (np.column_stack([ROWS, np.full(80, 3.0)]), "full"),
        (np.column_stack([ROWS, np.full(80, 3.0)]), "tied"),
        (np.column_stack([ROWS, np.full(80, 3.0)]), "diag"),
        (np.column_stack([ROWS, np.full(80, 3.0)]), "tied_diag"),
    ],
    ids=["copy-full", "copy-tied", "constant-full", "constant-tied", "constant-diag", "constant-e"],
)
def test_without_a_penalty_flat_columns_are_scikit_learns_error(rows, name):
    with pytest.raises(ValueError, match="ill-defined empirical covariance"):
        GaussianMixture(2, covariance_type=name, reg_covar=0, random_state=0).fit(rows)


@pytest.mark.parametrize("offset", [1.0, 1e6])
@pytest.mark.parametrize("name", ["spherical", "tied_spherical"])
def test_without_a_penalty_a_constant_column_is_no_collapse_of_a_sphere(name, offset):
    rows = np.column_stack([ROWS, np.full(80, offset)])
    with pytest.warns(DegenerateFitWarning, match="Column 2 is constant"):
        gm = GaussianMixture(2, covariance_type=name, reg_covar=0, random_state=0).fit(rows)
    assert np.isfinite(gm.score(rows))


def test_two_rows_are_enough_for_one_component():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gm = GaussianMixture(1).fit([[0.0, 0.0], [1.0, 2.0]])
    said = {w.category: str(w.message) for w in caught}
    assert said.keys() == {DataWarning, DegenerateFitWarning}
    assert "holds only 2 distinct rows" in said[DegenerateFitWarning]
    np.testing.assert_allclose(gm.means_, [[0.5, 1.0]])


def test_as_many_components_as_rows():
    rows = ROWS[[0, 1, 40, 41]]
    with pytest.warns(DegenerateFitWarning, match="holds only 1 distinct row"):
        gm = GaussianMixture(4, covariance_type="diag", random_state=0).fit(rows)
    assert np.isfinite(gm.score(rows))
    assert sorted(gm.predict(rows)) == [0, 1, 2, 3]


def test_more_components_than_clusters_is_no_error():
    rows = np.repeat([[0.0, 0.0], [5.0, 5.0]], 10, axis=0)
    with pytest.warns(UserWarning, match="The fit is degenerate"):
        gm = GaussianMixture(3, random_state=0).fit(rows)
    assert np.isfinite(gm.score(rows))
    np.testing.assert_allclose(gm.weights_.sum(), 1.0)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(
    ("offset", "scale"), [(1e8, 1.0), (-1e8, 1e3), (0.0, 1e-150), (0.0, 1e140)]
)
def test_far_away_or_in_strange_units(name, offset, scale):
    settings = {"covariance_type": name, "random_state": 0}
    plain = GaussianMixture(2, **settings).fit(ROWS)
    rows = (ROWS + offset) * scale
    gm = GaussianMixture(2, **settings).fit(rows)
    np.testing.assert_allclose(gm.means_ / scale - offset, plain.means_, atol=1e-5)
    np.testing.assert_array_equal(gm.predict(rows), plain.predict(ROWS))
    assert gm.score(rows) + 2 * np.log(scale) == pytest.approx(plain.score(ROWS), abs=1e-5)
    assert gm.lower_bound_ == pytest.approx(gm.score(rows), abs=1e-9)
