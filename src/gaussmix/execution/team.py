"""A team of threads that maps over items and adds the results in the items' order.

The order of additions depends on the items alone, never on how many threads there are or
which of them is first, so a sum has the same bits for any team.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol, Self, TypeVar

import joblib
from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Result = TypeVar("Result")


class Additive(Protocol):
    """Anything that adds to its own kind."""

    def __add__(self, other: Self, /) -> Self: ...


Sum = TypeVar("Sum", bound=Additive)


class Team:
    """Threads that share one pool; a team of one works in the calling thread.

    Attributes
    ----------
    threads : int
    interrupted : threading.Event
        Set once the user asks to stop: long-running items look at it and come to an end.
    """

    def __init__(
        self,
        threads: int = 1,
        pool: ThreadPoolExecutor | None = None,
        interrupted: threading.Event | None = None,
    ) -> None:
        self.threads = threads
        self.interrupted = interrupted or threading.Event()
        self._pool = pool

    def alone(self) -> "Team":
        """A team of one, for work that is itself an item of this team."""
        return Team(interrupted=self.interrupted)

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Results in the order of the items; a few more than `threads` are in flight."""
        if self._pool is None or (isinstance(items, Sized) and len(items) == 1):
            yield from map(function, items)
            return
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(self._pool.submit(function, item))
                if len(waiting) > 2 * self.threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def sum(self, function: Callable[[Item], Sum], items: Iterable[Item]) -> Sum:
        """Left-to-right sum of the results over at least one item."""
        results = self.map(function, items)
        total = next(results)
        for result in results:
            total = total + result
        return total

    def gather(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Results in the order of the items, or of those begun before the user interrupts.

        The items must watch `interrupted` and return early once it is set.
        """
        if self._pool is None:
            return self._gather_alone(function, items)
        futures = [self._pool.submit(function, item) for item in items]
        while True:
            try:
                return [future.result() for future in futures if not future.cancelled()]
            except KeyboardInterrupt:
                if self.interrupted.is_set():
                    raise
                self.interrupted.set()
                for future in futures:
                    future.cancel()

    def _gather_alone(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> list[Result]:
        results: list[Result] = []
        try:
            for item in items:
                results.append(function(item))
                if self.interrupted.is_set():
                    break
        except KeyboardInterrupt:
            self.interrupted.set()
            if not results:
                raise
        return results


def available_threads(n_jobs: int | None) -> int:
    """Threads to use: `n_jobs`, or every core the process may use when None.

    As in joblib, -1 is every core, -2 leaves one free, and so on. An `OMP_NUM_THREADS` set by
    a caller (joblib does so inside its workers) bounds the default.
    """
    if n_jobs is not None and n_jobs > 0:
        return n_jobs
    cores = _cores()
    if n_jobs is not None:
        return max(1, cores + 1 + n_jobs)
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, int(limit)) if limit.isdecimal() and int(limit) > 0 else cores


@lru_cache(maxsize=1)
def _cores() -> int:
    """Cores that the process may use, by its affinity and its container's limits."""
    return int(joblib.cpu_count())


@lru_cache(maxsize=1)
def _blas_libraries() -> list[Any]:
    """Handles of the loaded BLAS libraries: finding them takes milliseconds, so it is done once."""
    libraries = ThreadpoolController().lib_controllers
    return [library for library in libraries if library.user_api == "blas"]


@contextmanager
def team(n_jobs: int | None = None, *, tasks: int | None = None) -> Iterator[Team]:
    """A team for one public call, with BLAS held to one thread inside it.

    Parameters
    ----------
    n_jobs : int or None
        Threads; see `available_threads`.
    tasks : int or None
        How many items there will be at the most: no more threads than that are started.
    """
    threads = available_threads(n_jobs)
    if tasks is not None:
        threads = max(1, min(threads, tasks))
    with _BLAS_LIMIT:
        if threads == 1:
            yield Team()
            return
        with ThreadPoolExecutor(threads, thread_name_prefix="gaussmix") as pool:
            yield Team(threads, pool)


class _BlasLimit:
    """BLAS held to one thread while any team is at work, in whichever thread of the caller's.

    Of threads that set a limit, recent threadpoolctl obeys the one that came first for as long
    as it lives. So limits are set in threads of no other use, which end at once; and where the
    caller's own thread holds a limit already, in that.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._teams = 0
        self._before: list[int] = []

    def __enter__(self) -> None:
        with self._lock:
            if self._teams == 0:
                self._before = _blas_threads()
                _set_blas_threads([1] * len(self._before))
            self._teams += 1

    def __exit__(self, *_exception: object) -> None:
        with self._lock:
            self._teams -= 1
            if self._teams == 0:
                _set_blas_threads(self._before)


def _blas_threads() -> list[int]:
    """Threads of each loaded BLAS library."""
    return [int(library.num_threads or 1) for library in _blas_libraries()]


def _set_blas_threads(wanted: list[int]) -> None:
    def set_them() -> None:
        for library, n in zip(_blas_libraries(), wanted, strict=True):
            library.set_num_threads(n)

    if _blas_threads() != wanted:
        setter = threading.Thread(target=set_them)
        setter.start()
        setter.join()
    if _blas_threads() != wanted:
        set_them()


_BLAS_LIMIT = _BlasLimit()
