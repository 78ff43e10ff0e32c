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
    """A list that fills with the library's warnings, each told once, as soon as it is raised."""
    told: list[str] = []

    def tell(message: Warning | str, *_place: object, **_options: object) -> None:
        text = " ".join(str(message).split())
        if text not in told:
            told.append(text)
            warning(text, quiet=quiet)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = tell
        yield told
