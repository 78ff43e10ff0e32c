"""How many of many are done: a bar at a terminal, else lines in the log."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

#: Lines go to the log no more often than this many seconds.
_SECONDS = 10.0

_LOG = logging.getLogger("gaussmix")

Tell = Callable[[int], None]


@contextmanager
def shown_count(
    total: int, what: str, *, show: bool = True, clock: Callable[[], float] = time.monotonic
) -> Iterator[Tell]:
    """A function to tell how many are done; it does nothing where not asked to show.

    Where standard error is a terminal and rich is installed it draws a bar there, which goes at
    the end; else it writes a line to the log "gaussmix", at level INFO, every ten seconds.

    Parameters
    ----------
    total : int
    what : str
        What is counted, in a few words.
    show : bool
    clock : callable
        Seconds since some moment.
    """
    if not show:
        yield lambda _done: None
        return
    with _bar(total, what) as draw:
        yield draw or _logger(total, what, clock)


def _logger(total: int, what: str, clock: Callable[[], float]) -> Tell:
    last = clock()

    def write(done: int) -> None:
        nonlocal last
        if clock() - last >= _SECONDS:
            last = clock()
            _LOG.info("%s: %d of %d", what, done, total)

    return write


@contextmanager
def terminal_bar(*columns: str) -> Iterator[Any]:
    """A bar of rich's on standard error; None where nobody would see it.

    Parameters
    ----------
    columns : sequence of str
        Names of rich's columns, or texts with the task's fields in braces.
    """
    if not sys.stderr.isatty():
        yield None
        return
    try:
        from rich import progress  # noqa: PLC0415  only at a terminal
        from rich.console import Console  # noqa: PLC0415
    except ModuleNotFoundError:
        yield None
        return
    made = [
        progress.TextColumn(name, markup=False) if "{" in name else getattr(progress, name)()
        for name in columns
    ]
    with progress.Progress(*made, console=Console(stderr=True), transient=True) as bar:
        yield bar


@contextmanager
def _bar(total: int, what: str) -> Iterator[Tell | None]:
    """A function that draws on standard error; None where nobody would see it."""
    with terminal_bar("{task.description}", "BarColumn", "MofNCompleteColumn") as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
