"""The command `gaussmix`: one file per verb, each of which parses, calls and prints.

Modules here import click and nothing heavier; numpy and the rest load inside the callbacks, so
that `gaussmix --help` answers at once.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command with the process's arguments, and exit."""
    try:
        from gaussmix.cli.app import app  # noqa: PLC0415  click may be missing
    except ModuleNotFoundError as missing:
        if missing.name != "click":
            raise
        from gaussmix.errors import click_missing  # noqa: PLC0415  loads numpy

        sys.stderr.write(f"error: {click_missing()}\n")
        sys.exit(1)
    app(prog_name="gaussmix")
