"""Lines on standard error."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import click


def error(message: str) -> None:
    """Why the command failed."""
    _say("error", message)


def warning(message: str, *, quiet: bool = False) -> None:
    """What the user should know before trusting the result."""
    if not quiet:
        _say("warning", message)


def note(message: str, *, quiet: bool = False) -> None:
    """What was done without being asked."""
    if not quiet:
        _say("note", message)


def _say(kind: str, message: str) -> None:
    click.echo(f"{kind}: {' '.join(message.split())}", err=True)


@contextmanager
def spoken_warnings(*, quiet: bool) -> Iterator[list[str]]:
    """A list of warnings, told as plain lines at the end.

    To those that the caller adds come those that the library raised inside, each once.
    """
    told: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield told
    raised = [" ".join(str(caution.message).split()) for caution in caught]
    told[:] = dict.fromkeys([*raised, *told])
    for text in told:
        warning(text, quiet=quiet)
