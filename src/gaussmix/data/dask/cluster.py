"""Where the tasks of Dask collections run: the active client's cluster, or this process."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any, TypeAlias

import cloudpickle
import dask
from dask.base import get_scheduler

from gaussmix import errors
from gaussmix._version import __version__

#: A result to be, as `dask.delayed` describes it.
Task: TypeAlias = Any

#: Times that a task is tried again where it raised: storage on a network has hiccups.
_RETRIES = 2
#: Errors of a client that is closed; before 2024 it had none of its own.
_GONE = ("ClosedClientError",)
#: Results that are added in one go: the tree over 4,096 partitions has four levels.
_FAN_IN = 8


class Cluster:
    """The place of all tasks of one source: where Dask itself would run them now.

    Raises
    ------
    ModuleNotFoundError
        Where workers or the scheduler cannot import this package.
    RuntimeError
        Where they have another version of it.
    """

    def __init__(self) -> None:
        self._client = _active_client()
        if self._client is not None:
            with _telling():
                found = _versions(self._client)
            _check_packages(found)

    def keep(self, tasks: Sequence[Task]) -> list[Task]:
        """The same tasks, whose results stay where they are made. Does not wait for them."""
        with _telling():
            if self._client is None:
                return list(dask.persist(*tasks, traverse=False))
            return list(self._client.persist(list(tasks), retries=_RETRIES))

    def places(self, kept: Sequence[Task]) -> list[str | None]:
        """Where the results of kept tasks lie that are there; None where nobody says.

        Dask would even out the workers' load by sending partitions around, at every pass anew.
        """
        if self._client is None:
            return [None] * len(kept)
        from distributed import futures_of  # noqa: PLC0415  as in _active_client

        with _telling():
            futures = [futures_of(of)[0] for of in kept]
            found = self._client.who_has(futures)
        return [min(found.get(future.key) or [None]) for future in futures]

    def compute(self, tasks: Sequence[Task]) -> list[Any]:
        """The results, brought here."""
        with _telling():
            if self._client is None:
                return list(dask.compute(*tasks, traverse=False))
            return list(self._client.compute(list(tasks), sync=True, retries=_RETRIES))


def task(function: Callable[..., Any], *arguments: Any, at: str | None = None) -> Task:
    """A call to be made where the arguments lie.

    Parameters
    ----------
    function : callable
    *arguments
        Tasks among them stand for their results.
    at : str or None
        Address of the worker that makes it, as long as it lives; see `Cluster.places`.
    """
    if at is None:
        return dask.delayed(function, pure=False)(*arguments)
    with dask.annotate(workers=[at], allow_other_workers=True):
        return dask.delayed(function, pure=False)(*arguments)


def sealed(value: object, *, pure: bool = False) -> Task:
    """A value as bytes that every task of a graph can take, and the graph holds once.

    As bytes, for the scheduler then need not understand it, and a worker unpacks it once.

    Parameters
    ----------
    value : object
        Closures too.
    pure : bool
        Whether equal values are the same task.
    """
    return dask.delayed(cloudpickle.dumps(value), pure=pure, traverse=False)


def tree(function: Callable[[list[Any]], Any], tasks: Sequence[Task]) -> Task:
    """One task that puts results together, few at a time, always in the same order."""
    level = list(tasks)
    while len(level) > 1:
        groups = [level[i : i + _FAN_IN] for i in range(0, len(level), _FAN_IN)]
        level = [group[0] if len(group) == 1 else task(function, group) for group in groups]
    return level[0]


def _active_client() -> Any:
    """The client that Dask would use now, None where it would use this process."""
    if "distributed" not in sys.modules:
        return None
    from distributed import Client  # noqa: PLC0415  not there without the extra's extra

    owner = getattr(get_scheduler(), "__self__", None)
    if not isinstance(owner, Client):
        return None
    if owner.status != "running":
        raise errors.cluster_gone(f"the client is {owner.status}")
    return owner


def _versions(client: Any) -> dict[str, tuple[bool, str]]:
    """Whether each process of a cluster has this package; its version, or why it has not."""

    # A function inside a function travels by value: by name it would need the package there.
    def version() -> tuple[bool, str]:
        try:
            import gaussmix.data.dask.parts  # noqa: F401, PLC0415  with all that it needs
            from gaussmix._version import __version__ as found  # noqa: PLC0415  asked there
        except ImportError as error:
            return False, str(error)
        return True, found

    # A worker that dies just now, or is to come, is no reason to stop.
    said = {"the scheduler": client.run_on_scheduler(version)}
    said.update(client.run(version, on_error="return"))
    return {place: of for place, of in said.items() if isinstance(of, tuple)}


def _check_packages(found: Mapping[str, tuple[bool, str]]) -> None:
    failed = {place: said for place, (is_there, said) in found.items() if not is_there}
    if failed:
        raise errors.not_on_cluster(list(failed), next(iter(failed.values())), __version__)
    others = {place: said for place, (_, said) in found.items() if said != __version__}
    if others:
        raise errors.other_version_on_cluster(others, __version__)


@contextmanager
def _telling() -> Iterator[None]:
    """What becomes of a cluster's own errors: what happened, and what to check."""
    try:
        yield
    except ModuleNotFoundError as error:
        # A worker that came later.
        if (error.name or "").split(".")[0] != "gaussmix":
            raise
        raise errors.not_on_cluster(["a worker"], str(error), __version__) from error
    except Exception as error:
        told = _lost(error)
        if told is None:
            raise
        try:
            raise told from error
        finally:
            # Else the two would keep each other, and with them the tasks that failed.
            del told


def _lost(error: Any) -> errors.ClusterLost | None:
    """What an error says of the cluster; None where it is none of the cluster's own."""
    module, kind = type(error).__module__, type(error).__name__
    if isinstance(error, CancelledError) or kind in _GONE:
        return errors.cluster_gone(str(error))
    if not module.startswith("distributed."):
        return None
    if kind == "KilledWorker":
        worker = str(getattr(error.last_worker, "address", error.last_worker))
        return errors.workers_killed(str(error.task), worker, error.allowed_failures + 1)
    return errors.cluster_gone(str(error)) if isinstance(error, OSError) else None
