import pickle
from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from gaussmix import datasets
from gaussmix.datasets import Table, load_cyclists, load_naples_crabs, load_penguins, path

Loader = Callable[[], Table]
LOADERS = [getattr(datasets, name) for name in datasets.__all__ if name.startswith("load_")]
MEASUREMENTS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]


@pytest.mark.parametrize(
    ("name", "n_rows", "columns"),
    [
        ("naples_crabs", 29, ("lower", "upper", "count")),
        ("old_faithful", 272, ("eruptions", "waiting")),
        ("penguins", 344, ("species", "island", *MEASUREMENTS, "sex", "year")),
        ("cyclists", 6, ("speed_kmh", "count")),
    ],
)
def test_shape_and_names(name: str, n_rows: int, columns: tuple[str, ...]) -> None:
    table = getattr(datasets, f"load_{name}")()
    assert table.name == name
    assert table.n_rows == n_rows
    assert table.column_names == columns
    assert all(values.shape == (n_rows,) for values in table.columns.values())


@pytest.mark.parametrize("load", LOADERS)
def test_table_agrees_with_its_file_as_pandas_reads_it(load: Loader) -> None:
    table = load()
    expected = pd.read_csv(path(table.name))
    for column in table.numeric_columns:
        np.testing.assert_array_equal(table[column], expected[column].to_numpy(dtype=float))


@pytest.mark.parametrize("load", LOADERS)
def test_callers_do_not_share_arrays(load: Loader) -> None:
    first = load()
    column = first.numeric_columns[0]
    before = first[column][0]
    first[column][0] = -1.0
    assert load()[column][0] == before


@pytest.mark.parametrize("load", LOADERS)
def test_pickle_keeps_the_table(load: Loader) -> None:
    table = load()
    copy = pickle.loads(pickle.dumps(table))
    np.testing.assert_array_equal(copy.to_numpy(), table.to_numpy())
    assert copy.source == table.source


def test_naples_crabs_bins_adjoin_and_hold_a_thousand() -> None:
    table = load_naples_crabs()
    np.testing.assert_array_equal(table["upper"][:-1], table["lower"][1:])
    assert table["count"].sum() == 1000


def test_naples_crabs_give_the_known_two_components() -> None:
    table = load_naples_crabs()
    weights, variances, log_likelihood = _fit_two_normals(table["upper"], table["count"])
    # The known values are given to this many digits.
    np.testing.assert_allclose(weights, [0.433, 0.567], atol=5e-4)
    np.testing.assert_allclose(variances, [3.353e-4, 1.592e-4], atol=5e-8)
    assert log_likelihood == pytest.approx(2567.579, abs=5e-4)


def _fit_two_normals(x: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Textbook EM with counts: weights (2,), variances (2,), log-likelihood."""
    weights, means, variances = np.full(2, 0.5), np.array([0.63, 0.66]), np.full(2, 2e-4)
    for _ in range(5000):
        log_joint = np.log(weights) + norm.logpdf(x[:, None], means, np.sqrt(variances))
        log_density = logsumexp(log_joint, axis=1)
        share = count[:, None] * np.exp(log_joint - log_density[:, None])
        mass = share.sum(axis=0)
        weights, means = mass / count.sum(), x @ share / mass
        variances = (share * (x[:, None] - means) ** 2).sum(axis=0) / mass
    return weights, variances, float(count @ log_density)


def test_penguins_have_their_known_gaps() -> None:
    table = load_penguins()
    gaps = np.isnan(table.to_numpy(MEASUREMENTS))
    assert gaps.all(axis=1).sum() == gaps.any(axis=1).sum() == 2
    assert not np.isnan(table["year"]).any()
    assert sum(sex is None for sex in table["sex"]) == 11
    assert set(table["species"]) == {"Adelie", "Chinstrap", "Gentoo"}


def test_cyclists_are_thirty_one() -> None:
    assert load_cyclists()["count"].sum() == 31


def test_to_numpy_leaves_words_out_and_keeps_the_order_asked_for() -> None:
    table = load_penguins()
    assert table.to_numpy().shape == (344, 5)
    assert table.to_numpy().dtype == np.float64
    reversed_ = table.to_numpy(["body_mass_g", "bill_length_mm"])
    np.testing.assert_array_equal(reversed_[0], [3750.0, 39.1])


@pytest.mark.parametrize("column", ["species", "wing"])
def test_to_numpy_names_the_column_it_cannot_give(column: str) -> None:
    with pytest.raises(ValueError, match=f"no numeric column '{column}'; choose among bill_"):
        load_penguins().to_numpy([column])


def test_unknown_table_is_named_with_the_known_ones() -> None:
    expected = "'iris'; choose among cyclists, naples_crabs, old_faithful, penguins"
    with pytest.raises(ValueError, match=expected):
        path("iris")


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_take_the_columns(frame: type) -> None:
    table = load_penguins()
    made = frame(table.columns)
    assert made.shape == (344, 8)
    assert list(made.columns) == list(table.column_names)
