"""A Dask collection gives what the same rows in memory give."""

import pickle

import numpy as np
import pytest

da = pytest.importorskip("dask.array")
pytest.importorskip("distributed")
import cloudpickle  # noqa: E402  not there without the extra
import dask  # noqa: E402  not there without the extra
import dask.dataframe as dd  # noqa: E402
import pandas as pd  # noqa: E402
from distributed import KilledWorker  # noqa: E402
from distributed.client import FutureCancelledError  # noqa: E402

from gaussmix import __version__, errors  # noqa: E402
from gaussmix.covariance import FAMILIES  # noqa: E402
from gaussmix.data import ArraySource, Details, is_dask, survey  # noqa: E402
from gaussmix.data.dask.cluster import _check_packages, _lost, sealed, task, tree  # noqa: E402
from gaussmix.data.dask.source import DaskSource  # noqa: E402
from gaussmix.em import Problem  # noqa: E402
from gaussmix.execution import Team  # noqa: E402
from gaussmix.initialization import draw_rows  # noqa: E402

#: Sums of thousands of terms in another order, relative to the sum of their absolute values.
SAME = 1e-12
SPLITS = (430, 0, 1, 869, 700)
N = sum(SPLITS)


@pytest.fixture(autouse=True)
def _in_this_process():
    with dask.config.set(scheduler="threads", num_workers=2):
        yield


@pytest.fixture(scope="module")
def table():
    """Rows of two clusters, weights with zeros, labels of which most are unknown."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(N, 3)) + 3.0 * rng.integers(0, 2, size=(N, 1))
    weight = rng.integers(0, 4, size=N).astype(float)
    label = np.where(rng.random(N) < 0.1, (X[:, 0] > 1.5).astype(np.intp), -1)
    return X, weight, label


def gappy(X):
    return np.where(np.random.default_rng(1).random(X.shape) < 0.2, np.nan, X)


def array(values, rows=SPLITS):
    values = np.asarray(values)
    return da.from_array(values, chunks=(rows, *values.shape[1:]))


def pair(X, weight=None, label=None):
    """The same rows on Dask and in memory."""
    beside = [None if of is None else array(of, N // 3) for of in (weight, label)]
    return DaskSource(array(X), *beside), ArraySource(X, Details(weight=weight, label=label))


@pytest.mark.parametrize("code", sorted(FAMILIES))
@pytest.mark.parametrize("kind", ["plain", "weights", "gaps", "all"])
def test_one_pass_gives_the_same_statistics(make, table, code, kind):
    X, weight, label = table
    start = make.start(code, X, 2)
    X = gappy(X) if kind in ("gaps", "all") else X
    beside = {
        "plain": (),
        "weights": (weight,),
        "gaps": (),
        "all": (weight, label),
    }[kind]
    there, here = pair(X, *beside)
    facts = survey(here, Team())
    found = []
    for source in (there, here):
        problem = Problem(source, facts, FAMILIES[code], 2, 1e-6)
        kernel = problem.kernel(start)
        exact = problem.needs_exact(kernel)
        found.append(problem.expect(kernel, exact, set(), Team()))
    far, near = found
    size = facts.weight * max(1.0, float(facts.reach.max()) ** 2)
    for name in ("mass", "shift", "scatter", "noise_mass", "weight"):
        np.testing.assert_allclose(
            getattr(far, name), getattr(near, name), rtol=0, atol=SAME * size
        )
    assert far.log_likelihood == pytest.approx(near.log_likelihood, rel=SAME)
    assert far.kind == near.kind


@pytest.mark.parametrize("weighted", [False, True])
def test_the_survey_is_the_same(table, weighted):
    X, weight, _ = table
    there, here = pair(gappy(X), weight if weighted else None)
    far, near = survey(there, Team()), survey(here, Team())
    assert (far.n_rows, far.n_gappy, far.n_empty) == (near.n_rows, near.n_gappy, near.n_empty)
    assert far.weight == near.weight
    for name in ("centre", "variance", "low", "high", "radius"):
        np.testing.assert_allclose(getattr(far, name), getattr(near, name), rtol=SAME)


@pytest.mark.parametrize("weighted", [False, True])
def test_samples_are_the_same_rows(table, weighted):
    X, weight, _ = table
    there, here = pair(gappy(X), weight if weighted else None)
    facts = survey(here, Team())
    for limit in (50, N):
        far, near = (
            draw_rows(source, facts, limit, np.random.default_rng(3)) for source in (there, here)
        )
        np.testing.assert_array_equal(far[0], near[0])
        np.testing.assert_array_equal(far[1], near[1])
        np.testing.assert_array_equal(there.rows(far[0]), here.rows(far[0]))
        np.testing.assert_array_equal(there.weights_of(far[0]), here.weights_of(far[0]))


def test_origin_is_the_first_value_that_counts(table):
    X, weight, _ = table
    X = gappy(X)
    X[:431, 1] = np.nan
    there, here = pair(X, weight)
    np.testing.assert_array_equal(there.origin(), here.origin())
    assert there.origin()[1] == X[:, 1][~np.isnan(X[:, 1]) & (weight > 0)][0]


def test_blocks_have_numbers_of_their_own(table):
    X, _, _ = table
    there, _ = pair(gappy(X))
    cut = there.cut(100, np.zeros(3))
    seen = cut.sum(lambda block: [(block.number, tuple(block.numbers.tolist()))], Team())
    numbers = [number for number, _ in seen]
    assert len(set(numbers)) == len(numbers)
    assert sorted(row for _, rows in seen for row in rows) == list(range(N))
    assert cut.n_blocks <= len(seen)
    assert cut.size == 100


def test_a_pass_adds_in_the_same_order_each_time(table):
    X, _, _ = table
    source = DaskSource(array(X, 20))
    cut = source.cut(100, np.zeros(3))
    first = cut.sum(lambda block: float(block.centred().sum()), Team())
    again = [cut.sum(lambda block: float(block.centred().sum()), Team()) for _ in range(5)]
    assert again == [first] * 5


def test_a_tree_keeps_the_order():
    parts = [task(lambda n=n: [n]) for n in range(100)]
    (added,) = dask.compute(tree(lambda lists: [n for part in lists for n in part], parts))
    assert added == list(range(100))


def test_errors_of_the_function_arrive_as_they_are(table):
    X, _, _ = table
    there, _ = pair(X)

    def refuse(block):
        raise errors.CollapsedComponent(1, 2.0)

    with pytest.raises(errors.CollapsedComponent, match="Component 1") as caught:
        there.cut(100, np.zeros(3)).sum(refuse, Team())
    assert caught.value.mass == 2.0


def test_floating_point_errors_are_met_as_in_the_caller(table):
    X, _, _ = table
    there, _ = pair(X)
    cut = there.cut(100, np.zeros(3))
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        cut.sum(lambda block: np.exp(1e3 + block.centred()).sum(), Team())
    with np.errstate(over="ignore"):
        assert cut.sum(lambda block: np.exp(1e3 + block.centred()).sum(), Team()) == np.inf


def test_a_source_does_not_travel(table):
    X, _, _ = table
    there, _ = pair(X)
    with pytest.raises(TypeError, match="stays in the process"):
        pickle.dumps(there)
    with pytest.raises(TypeError, match="must not refer to it"):
        there.cut(100, np.zeros(3)).sum(lambda block: there.n_rows, Team())


def test_columns_cut_apart_are_brought_together(table):
    X, _, _ = table
    source = DaskSource(da.from_array(X, chunks=(500, 1)))
    np.testing.assert_array_equal(source.rows(np.arange(N)), X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_types_of_arrays(table, dtype):
    X = np.round(table[0]).astype(dtype)
    source = DaskSource(array(X))
    assert source.dtype == (np.float32 if dtype is np.float32 else np.float64)
    np.testing.assert_array_equal(source.rows(np.arange(N)), X)
    seen = source.cut(100, np.zeros(3)).sum(lambda block: [str(block.columns.dtype)], Team())
    assert set(seen) == {str(source.dtype)}


def frame(X, weight, npartitions=5):
    """A dataframe with gaps as NaN and as nulls of nullable types, and weights."""
    table = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": np.round(X[:, 2])})
    table["b"] = table["b"].astype("Float32")
    table["c"] = table["c"].astype("Int64")
    table["w"] = weight
    return table, dd.from_pandas(table, npartitions=npartitions)


def test_dataframes_of_nullable_types(table):
    X, weight, _ = table
    whole, parts = frame(gappy(X), weight)
    columns = ["a", "b", "c"]
    source = DaskSource(parts[columns], parts["w"])
    expected = whole[columns].astype("float64").to_numpy(na_value=np.nan)
    np.testing.assert_array_equal(source.rows(np.arange(N)), expected)
    np.testing.assert_array_equal(source.weights_of(np.arange(N)), weight)
    assert np.isnan(expected).any()


def test_dataframes_whose_partitions_have_unknown_lengths(table):
    X, weight, _ = table
    whole, parts = frame(X, weight)
    kept = parts[parts["w"] > 1]
    source = DaskSource(kept[["a", "b"]], kept["w"])
    expected = whole[whole["w"] > 1]
    assert source.n_rows == len(expected)
    np.testing.assert_array_equal(source.weights_of(np.arange(source.n_rows)), expected["w"])


def test_weights_in_other_partitions_are_brought_beside_the_rows(table):
    X, weight, _ = table
    whole, parts = frame(X, weight)
    other = dd.from_pandas(whole["w"], npartitions=3)
    source = DaskSource(parts[["a", "b"]], other)
    np.testing.assert_array_equal(source.weights_of(np.arange(N)), weight)


def test_nullable_weights_and_labels(table):
    X, weight, label = table
    whole = pd.DataFrame({"a": X[:, 0], "w": weight, "y": label})
    whole["y"] = whole["y"].mask(label < 0).astype("Int64")
    whole["w"] = whole["w"].astype("Float64")
    parts = dd.from_pandas(whole, npartitions=4)
    source = DaskSource(parts[["a"]], parts["w"], parts["y"])
    seen = source.cut(100, np.zeros(1)).sum(lambda b: b.details.label.tolist(), Team())
    assert seen == label.tolist()
    assert source.has_labels


def test_one_weight_for_all_rows(table):
    X, _, _ = table
    source = DaskSource(array(X), 2.5)
    assert survey(source, Team()).weight == 2.5 * N


def test_what_is_no_table_is_refused(table):
    X, _, _ = table
    masked = array(X).map_blocks(np.ma.masked_invalid, meta=np.ma.masked_array(np.empty((0, 0))))
    series, delayed = frame(X, X[:, 0])[1]["a"], dask.delayed(X)
    for wrong in (array(X[:, 0]), masked, delayed, series):
        assert is_dask(wrong)
        with pytest.raises(TypeError, match="Dask array of two dimensions"):
            DaskSource(wrong)


def test_columns_of_text_are_refused_before_anything_runs(table):
    X, weight, _ = table
    _, parts = frame(X, weight)

    def never(part):
        raise AssertionError

    parts = parts.map_partitions(never, meta=parts._meta)
    named = parts.assign(kind="x")
    with pytest.raises(ValueError, match="column 'kind' holds text"):
        DaskSource(named)
    with pytest.raises(ValueError, match="bool"):
        DaskSource(array(X > 0))


def test_an_infinite_value_is_named_with_its_partition(table):
    X = table[0].copy()
    X[[1500, 2]] = 0.0
    X[1500, 1] = -np.inf
    with pytest.raises(ValueError, match="column 1 in row 200 of partition 4 is -inf"):
        DaskSource(array(X))
    whole, _ = frame(X, X[:, 0])
    parts = dd.from_pandas(whole[["a", "b"]], npartitions=2)
    with pytest.raises(ValueError, match="column 'b' in row 500 of partition 1 is -inf"):
        DaskSource(parts)


def test_the_first_partition_that_is_wrong_is_named(table):
    X = table[0].copy()
    X[1, 0] = np.inf
    X[1500:] = np.inf
    with pytest.raises(ValueError, match="row 1 of partition 0"):
        DaskSource(array(X))


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_weights_that_are_none_are_named_with_their_partition(table, bad):
    X, weight, _ = table
    weight = weight.copy()
    weight[1400] = bad
    with pytest.raises(ValueError, match="row 100 of partition 4"):
        DaskSource(array(X), array(weight))


def test_labels_that_are_no_whole_numbers_are_named(table):
    X, _, label = table
    wrong = label.astype(float)
    wrong[1400] = 0.5
    with pytest.raises(ValueError, match="row 100 of partition 4"):
        DaskSource(array(X), None, array(wrong))


def test_weights_must_be_dask_vectors_as_long_as_the_rows(table):
    X, weight, label = table
    with pytest.raises(TypeError, match=r"sample_weight should be a Dask array.*numpy.ndarray"):
        DaskSource(array(X), weight)
    with pytest.raises(TypeError, match=r"labels should be a Dask array.*2 dimensions"):
        DaskSource(array(X), None, array(np.stack([label, label], axis=1)))
    with pytest.raises(TypeError, match="Delayed"):
        DaskSource(array(X), dask.delayed(weight))
    with pytest.raises(TypeError, match="values of type"):
        DaskSource(array(X), da.from_array(weight.astype(str), chunks=100))
    with pytest.raises(ValueError, match=rf"\({N - 1},\), expected \({N},\)"):
        DaskSource(array(X), da.from_array(weight[1:], chunks=100))
    with pytest.raises(ValueError, match="overflows"):
        DaskSource(array(X), array(np.full(N, 1e308)))


def test_a_sealed_value_is_in_the_graph_once():
    order = sealed(list(range(1000)))
    total = tree(len, [task(lambda a, n: a, order, n) for n in range(20)])
    sizes = [len(cloudpickle.dumps(of)) for of in dict(total.__dask_graph__()).values()]
    assert sum(size > 1000 for size in sizes) == 1


def test_a_cluster_that_cannot_go_on_says_what_to_check():
    killed = _lost(KilledWorker("some-task", "tcp://10.0.0.1:1", 3))
    assert "4 workers" in str(killed)
    assert "some-task" in str(killed)
    assert "ran out of memory" in str(killed)
    gone = _lost(FutureCancelledError("key", "scheduler-connection-lost"))
    assert "the scheduler runs" in str(gone)
    assert isinstance(gone, errors.ClusterLost)
    assert _lost(ValueError("own")) is None
    assert _lost(FileNotFoundError("own")) is None


def test_packages_must_be_there_and_the_same():
    with pytest.raises(RuntimeError, match=r"tcp://a has 0\.0\.1.*same version"):
        _check_packages({"the scheduler": (True, __version__), "tcp://a": (True, "0.0.1")})
    with pytest.raises(ModuleNotFoundError, match=r"'tcp://b' cannot import it: No module.*pip"):
        _check_packages({"tcp://b": (False, "No module named 'gaussmix'")})
