"""What to do next, as commands to copy."""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from gaussmix.cli.fitting import Result
from gaussmix.cli.request import Request

#: More files than this are not listed.
_MOST_FILES = 3


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
    data = _data(request)
    if result.interrupted and request.checkpoint is not None:
        kept = (*_fit_words(request, result, data), "--checkpoint", request.checkpoint)
        return steps([("go on from where it stopped", command(*kept))])
    if request.out is None:
        again = (*_fit_words(request, result, data), "--out", "model.gaussmix")
        return steps([("save this model", command(*again))])
    bins = () if request.bins is None else ("--bins", ",".join(request.bins))
    return steps(
        [
            ("label rows", command("predict", request.out, *data, *bins)),
            ("draw new rows", command("sample", request.out, "-n", 1000)),
        ]
    )


def _data(request: Request) -> list[str]:
    """The data as they were named; a word for them where they cannot be named again."""
    is_long = len(request.data) > _MOST_FILES
    return ["DATA"] if is_long or request.data == ("-",) else list(request.data)


def _fit_words(request: Request, result: Result, data: Sequence[str]) -> list[str]:
    """The fit of the winner alone."""
    words = ["fit", *data]
    for column in request.columns:
        words += ["--columns", column]
    if request.bins is not None:
        words += ["--bins", ",".join(request.bins)]
    words += _changed(request, ("weight", "known_labels"))
    words += ["--components", str(result.winner.n_components)]
    words += ["--covariance", result.winner.covariance_type]
    if request.noise and request.noise_volume is None:
        words += ["--noise"]
    if request.equal_proportions:
        words += ["--equal-proportions"]
    return words + _changed(request, ("noise_volume", "prior", "seed", "tol", "max_iter", "memory"))


def _changed(request: Request, names: Sequence[str]) -> list[str]:
    """Those of the options that are not as usual."""
    usual, words = Request(data=()), []
    for name in names:
        if getattr(request, name) != getattr(usual, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(request, name))]
    return words
