"""The progress bar of a search, on standard error at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gaussmix.selection import Candidate


def _in_silence(_candidate: Candidate) -> None:
    """Nothing, for a candidate that nobody watches."""


@contextmanager
def progress(total: int, *, quiet: bool) -> Iterator[Callable[[Candidate], None]]:
    """A function to call for each candidate done; it draws only where someone watches."""
    if quiet or total == 1 or not sys.stderr.isatty():
        yield _in_silence
        return
    try:
        from rich.console import Console  # noqa: PLC0415  only at a terminal
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415
    except ModuleNotFoundError:
        yield _in_silence
        return
    columns = (TextColumn("{task.description:<32}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("fitting", total=total)

        def advance(candidate: Candidate) -> None:
            done = f"{candidate.covariance_type}, {candidate.n_components}"
            bar.update(task, advance=1, description=f"fitted {done}")

        yield advance
