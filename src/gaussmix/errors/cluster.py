"""Messages about Dask collections and the clusters that they lie on."""

from collections.abc import Mapping, Sequence

from gaussmix.errors.words import counted, listed

_SEE = "See docs/dask.md."


class ClusterLost(RuntimeError):
    """The cluster cannot finish what it was asked for."""


def not_dask_rows(came: str) -> TypeError:
    """For a Dask collection that holds no table of rows."""
    return TypeError(
        "Expected a Dask array of two dimensions with a known number of columns, in blocks of "
        f"numpy arrays, or a Dask dataframe, but got {came}. A Dask array becomes one of numpy "
        "blocks by X.map_blocks(numpy.asarray), a series of numbers a dataframe by to_frame()."
    )


def not_numeric_by_type(column: str, kind: str) -> ValueError:
    """For a column of a Dask dataframe whose type is not one of numbers."""
    return ValueError(
        f"Every column must hold numbers, but {column} holds {kind}. Leave the column out, or "
        "convert it to numbers (X.astype, or dask.dataframe.to_numeric for text)."
    )


def not_dask_vector(name: str, came: str) -> TypeError:
    """For weights or labels beside a Dask collection that are none themselves."""
    return TypeError(
        f"Beside rows on a cluster, {name} should be a Dask array of one dimension or a Dask "
        f"series, of numbers, but got {came}. dask.array.from_array({name}, chunks=...) makes "
        "one of an array."
    )


def beside_dask_length(name: str, n_given: int, n_rows: int) -> ValueError:
    """For more or fewer weights or labels than rows on a cluster."""
    return ValueError(
        f"{name}.shape == ({n_given},), expected ({n_rows},)! There must be one entry for each "
        f"row: {n_given} came for {counted(n_rows, 'row')}. Take {name} from the same collection "
        "as X, and filter both alike."
    )


def weights_overflow_on_cluster(name: str) -> ValueError:
    """For weights on a cluster whose sum leaves float64."""
    return ValueError(f"The sum of {name} overflows float64. Divide all weights by a constant.")


def not_with_dask(name: str) -> TypeError:
    """For an argument beside a Dask collection that has no meaning there yet."""
    return TypeError(
        f"{name} cannot be given with a Dask collection. Leave it out, or compute() a part of the "
        "rows that fits into memory."
    )


def dask_beside_array(what: str) -> TypeError:
    """For a Dask collection where an array is needed."""
    return TypeError(
        f"{what} is a Dask collection, which would have to be brought into this process whole. "
        "Call its compute() first if it is small; a fitted GaussianMixture takes Dask rows as they "
        "are."
    )


def not_on_cluster(missing: Sequence[str], reason: str, version: str) -> ModuleNotFoundError:
    """For workers, or a scheduler, that cannot import the package."""
    return ModuleNotFoundError(
        f"gaussmix {version} is needed in every process of the cluster, but {listed(missing, 5)} "
        f"cannot import it: {reason}. Install it there, on every worker and on the scheduler, in "
        f'the environment that they run in: pip install "gaussmix[dask]=={version}"; then '
        f"restart them. {_SEE}",
        name="gaussmix",
    )


def other_version_on_cluster(found: Mapping[str, str], version: str) -> RuntimeError:
    """For workers, or a scheduler, with another version of the package."""
    where = ", ".join(f"{place} has {other}" for place, other in list(found.items())[:5])
    return RuntimeError(
        f"gaussmix is {version} here, but on the cluster {where}. Parameters and statistics "
        "travel between them, so all need the same version: pip install "
        f'"gaussmix[dask]=={version}" there, then restart the processes. {_SEE}'
    )


def workers_killed(task: str, worker: str, times: int) -> ClusterLost:
    """For a task that several workers died of."""
    return ClusterLost(
        f"{counted(times, 'worker')} of the cluster died during the same piece of work "
        f"(task {task!r}, last on {worker}). Most often a worker ran out of "
        "memory: look into the workers' logs, give them more memory or fewer threads each, or "
        f"make the partitions smaller (rechunk, repartition; 50 to 200 MB each). {_SEE}"
    )


def cluster_gone(reason: str) -> ClusterLost:
    """For a client that lost its scheduler, was closed, or whose data cannot be made again."""
    return ClusterLost(
        f"The cluster is lost, or rows on it that cannot be made again: {reason}. Check that the "
        "scheduler runs and the client is open. Rows that were put there by scatter() are lost "
        f"with their worker; those that Dask reads from storage are read again. {_SEE}"
    )
