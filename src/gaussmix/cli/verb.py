"""What every verb does about trouble: a message on standard error and the right exit status."""

import errno
from typing import Any, NoReturn

import click

from gaussmix.cli.say import error

FAILED = 1
NOT_CONVERGED = 3
INTERRUPTED = 130


class Verb(click.Command):
    """A verb whose failures are messages, not tracebacks."""

    def invoke(self, ctx: click.Context) -> Any:
        """The callback's answer; exits where it fails."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            from gaussmix import errors  # noqa: PLC0415  loads numpy

            _leave(ctx, errors.interrupted(), INTERRUPTED)
        except OSError as trouble:
            if trouble.errno == errno.EPIPE:  # the reader has seen enough; click ends in silence
                raise
            _leave(ctx, _words(trouble), FAILED)
        except (ValueError, ModuleNotFoundError) as trouble:
            _leave(ctx, str(trouble), FAILED)
        except MemoryError as trouble:
            from gaussmix import errors  # noqa: PLC0415  as above

            _leave(ctx, errors.out_of_memory(str(trouble)), FAILED)


def _words(trouble: OSError) -> str:
    """What the system says of a file, without its error number."""
    if trouble.strerror is None:
        return str(trouble)
    return f"{trouble.strerror}: {trouble.filename!r}" if trouble.filename else trouble.strerror


def _leave(ctx: click.Context, message: str, status: int) -> NoReturn:
    error(message)
    ctx.exit(status)
