"""How far a fit is: a bar at a terminal, else lines in the log."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gaussmix.em import Callback, Iteration
from gaussmix.estimators.counting import terminal_bar
from gaussmix.selection import Candidate

#: Lines go to the log no more often than this many seconds.
_SECONDS = 10.0

_LOG = logging.getLogger("gaussmix")


@contextmanager
def shown_progress(
    n_starts: int,
    max_iter: int,
    *,
    show: bool = True,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Callback | None]:
    """A callback that shows how far a fit is, while the fit runs; None where not asked to.

    Where standard error is a terminal and rich is installed it draws a bar there, which goes
    when the fit ends; else it writes a line to the log "gaussmix", at level INFO, every ten
    seconds.

    Parameters
    ----------
    n_starts, max_iter : int
        Of the fit.
    show : bool
    clock : callable
        Seconds since some moment.
    """
    if not show:
        yield None
        return
    with _bar(n_starts, max_iter) as draw:
        yield draw or _logger(n_starts, clock)


@contextmanager
def shown_candidates(
    n_candidates: int, *, show: bool = True, clock: Callable[[], float] = time.monotonic
) -> Iterator[Callable[[Candidate], None] | None]:
    """A function to tell of each candidate that is done, while a search runs.

    It draws a bar or writes lines to the log, as `shown_progress` does; None where not asked to.

    Parameters
    ----------
    n_candidates : int
        Of which there will be so many at most.
    show : bool
    clock : callable
        Seconds since some moment.
    """
    if not show:
        yield None
        return
    with _candidate_bar(n_candidates) as draw:
        yield draw or _candidate_logger(n_candidates, clock)


def sentence(iteration: Iteration, n_starts: int) -> str:
    """Where a fit is, in words."""
    start = f"start {iteration.start + 1} of {n_starts}, " if n_starts > 1 else ""
    left = "unknown" if iteration.remaining == float("inf") else f"about {iteration.remaining:.1e}"
    return (
        f"{start}iteration {iteration.number}: objective {iteration.objective:.6f}, "
        f"still to gain {left}"
    )


def _logger(n_starts: int, clock: Callable[[], float]) -> Callback:
    last = clock()

    def write(iteration: Iteration) -> None:
        nonlocal last
        if clock() - last >= _SECONDS:
            last = clock()
            _LOG.info("%s", sentence(iteration, n_starts))

    return write


@contextmanager
def _bar(n_starts: int, max_iter: int) -> Iterator[Callback | None]:
    """A callback that draws on standard error; None where nobody would see it."""
    with terminal_bar("BarColumn", "TimeElapsedColumn", "{task.description}") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("starting", total=max_iter)

        def draw(iteration: Iteration) -> None:
            bar.update(task, completed=iteration.number, description=sentence(iteration, n_starts))

        yield draw


def _candidate_logger(n_candidates: int, clock: Callable[[], float]) -> Callable[[Candidate], None]:
    last, done = clock(), 0

    def write(candidate: Candidate) -> None:
        nonlocal last, done
        done += 1
        if clock() - last >= _SECONDS:
            last = clock()
            _LOG.info("fitted %d of %d candidates, last %s", done, n_candidates, candidate.title)

    return write


@contextmanager
def _candidate_bar(n_candidates: int) -> Iterator[Callable[[Candidate], None] | None]:
    """A function that draws on standard error; None where nobody would see it."""
    with terminal_bar("{task.description:<40}", "BarColumn", "MofNCompleteColumn") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("fitting", total=n_candidates)

        def draw(candidate: Candidate) -> None:
            bar.update(task, advance=1, description=f"fitted {candidate.title}")

        yield draw
