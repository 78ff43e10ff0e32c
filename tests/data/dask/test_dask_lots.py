"""Lots of a Dask collection are partitions that follow each other."""

import numpy as np
import pytest

da = pytest.importorskip("dask.array")
pytest.importorskip("distributed")
import dask  # noqa: E402  not there without the extra

from gaussmix.data.dask.source import DaskSource  # noqa: E402
from gaussmix.execution import Team  # noqa: E402


@pytest.fixture(autouse=True)
def _in_this_process():
    with dask.config.set(scheduler="threads", num_workers=2):
        yield


def total(block):
    return np.append(block.columns.sum(axis=1), block.n_rows)


@pytest.mark.parametrize("n_lots", [1, 2, 3, 9])
def test_lots_are_partitions_that_follow_each_other(n_lots):
    lengths = (30, 0, 1, 69, 50, 50, 100)
    X = np.random.default_rng(0).integers(-9, 9, size=(300, 2)).astype(float)
    cut = DaskSource(da.from_array(X, chunks=(lengths, 2))).cut(16, np.zeros(2))
    assert cut.n_pieces == 6
    parts = np.split(X, np.cumsum(lengths)[:-1])
    expected = {1: [range(7)], 2: [range(5), range(5, 7)], 3: [range(4), range(4, 6), [6]]}
    expected[9] = [range(4), [4], [5], [6]]
    found = [lot.sum(total, Team()) for lot in cut.lots(n_lots)]
    assert len(found) == len(expected[n_lots])
    for own, numbers in zip(found, expected[n_lots], strict=True):
        rows = np.concatenate([parts[p] for p in numbers])
        np.testing.assert_array_equal(own, [*rows.sum(axis=0), len(rows)])
