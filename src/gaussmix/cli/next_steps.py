"""What to do next, as commands to copy."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from gaussmix.cli.fitting import Result
from gaussmix.cli.request import Request


def program() -> str:
    """How this program is called here."""
    called = sys.argv[0]
    if Path(called).name == "__main__.py":
        return "python -m gaussmix"
    if Path(called).name == "gaussmix" and shutil.which("gaussmix") is None:
        return shlex.quote(called)
    return "gaussmix"


def command(*words: object) -> str:
    """A call of this program, quoted for the shell."""
    return f"{program()} {shlex.join(map(str, words))}"


def steps(lines: Sequence[tuple[str, str]]) -> str:
    """What each command does, and under it the command."""
    return "\n".join(["Next:", *(f"  {words}:\n    {call}" for words, call in lines)])


def after_fit(request: Request, result: Result) -> str:
    """The next commands after a fit."""
    data = "DATA" if request.data == "-" else request.data
    if request.out is None:
        again = (*_fit_words(request, result, data), "--out", "model.gaussmix")
        return steps([("save this model", command(*again))])
    return steps(
        [
            ("label rows", command("predict", request.out, data)),
            ("draw new rows", command("sample", request.out, "-n", 1000)),
        ]
    )


def _fit_words(request: Request, result: Result, data: str) -> list[str]:
    """The fit of the winner alone."""
    words = ["fit", data]
    for column in request.columns:
        words += ["--columns", column]
    if request.weight is not None:
        words += ["--weight", request.weight]
    words += ["--components", str(result.winner.n_components)]
    words += ["--covariance", result.winner.covariance_type]
    usual = Request(data=data)
    for name in ("seed", "tol", "max_iter"):
        if getattr(request, name) != getattr(usual, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(request, name))]
    return words
