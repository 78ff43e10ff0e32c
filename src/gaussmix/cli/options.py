"""Options that verbs share, and the words they take."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

#: Pictures that can be written.
PICTURES = (".png", ".svg", ".pdf")


class Numbers(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """Numbers of components: 3, 1:9 or 1,2,5."""

    name = "K"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        """The numbers, rising."""
        if isinstance(value, tuple):
            return value
        numbers: set[int] = set()
        for part in str(value).split(","):
            match = re.fullmatch(r"\s*(\d{1,6})\s*(?::\s*(\d{1,6})\s*)?", part)
            low, high = (0, 0) if match is None else (int(match[1]), int(match[2] or match[1]))
            if 1 <= high < low:
                self.fail(_messages().reversed_range(high, low), param, ctx)
            if low < 1:
                self.fail(_messages().bad_numbers(str(value)), param, ctx)
            numbers.update(range(low, high + 1))
        return tuple(sorted(numbers))


class Shapes(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """Covariance shapes: full,tied or all."""

    name = "SHAPES"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...] | str:
        """The shapes by their everyday names, each once, or "all"."""
        if isinstance(value, tuple):
            return value
        from gaussmix.covariance import everyday_names  # noqa: PLC0415  loads numpy

        asked = [part.strip() for part in str(value).split(",") if part.strip()]
        if not asked:
            self.fail(_messages().no_shapes(), param, ctx)
        if asked == ["all"]:
            return "all"
        try:
            return tuple(everyday_names(asked))
        except ValueError as unknown:
            self.fail(str(unknown), param, ctx)


class Bins(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """Columns of the ends of intervals: lower,upper."""

    name = "LOWER,UPPER"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        """The two names."""
        if isinstance(value, tuple):
            return value
        lower, _, upper = (part.strip() for part in str(value).partition(","))
        if not lower or not upper or "," in upper:
            self.fail(_messages().bad_bins(str(value)), param, ctx)
        return lower, upper


class Bytes(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """A size of memory: 500MB, 2GB or 1.5GiB."""

    name = "SIZE"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The number of bytes."""
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*([KMGT]?)(I?)B?\s*", str(value).upper())
        n_bytes = 0.0
        if match is not None and (match[2] or not match[3]):
            n_bytes = float(match[1]) * (1024 if match[3] else 1000) ** " KMGT".index(
                match[2] or " "
            )
        if not 1.0 <= n_bytes < 1e18:
            self.fail(_messages().bad_memory(str(value)), param, ctx)
        return int(n_bytes)


class Probabilities(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """Probabilities: 0.5 or 0.1,0.5,0.9."""

    name = "P,P"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[float, ...]:
        """The numbers, as they stand."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            numbers = ()
        if not numbers or not all(0.0 < number < 1.0 for number in numbers):
            self.fail(_messages().bad_probabilities(str(value)), param, ctx)
        return numbers


class Priors(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """Probabilities of classes: equal or A=0.2,B=0.8."""

    name = "equal|A=P,B=P"

    def convert(self, value: Any, param: Any, ctx: Any) -> dict[str, float] | str:
        """The word, or the probability of each class."""
        if isinstance(value, dict):
            return value
        if str(value).strip() == "equal":
            return "equal"
        priors: dict[str, float] = {}
        for part in str(value).split(","):
            label, found, number = part.rpartition("=")
            try:
                priors[label.strip()] = float(number)
            except ValueError:
                found = ""
            if not found:
                self.fail(_messages().bad_priors(str(value)), param, ctx)
        return priors


class Given(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """What a column is known to be: NAME=VALUE."""

    name = "COLUMN=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, float]:
        """The name and the number."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).rpartition("=")
        try:
            known = float(number)
        except ValueError:
            known = float("nan")
        if not name.strip() or not abs(known) < float("inf"):
            self.fail(_messages().bad_given(str(value)), param, ctx)
        return name.strip(), known


class OutFile(click.ParamType):  # type: ignore[type-arg]  # generic in recent click only
    """A file to write, whose folder is there, before hours are spent on what goes into it."""

    name = "FILE"

    def __init__(self, suffixes: tuple[str, ...] = (), *, stdout: bool = False) -> None:
        self.suffixes = suffixes
        self.stdout = stdout

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """The path as it was given."""
        path = Path(value)
        if value == "-":
            if not self.stdout:
                self.fail(_messages().not_to_stdout(), param, ctx)
        elif self.suffixes and path.suffix.lower() not in self.suffixes:
            self.fail(_messages().unknown_picture(value, self.suffixes), param, ctx)
        elif path.is_dir():
            self.fail(str(_messages().file_is_folder(path)), param, ctx)
        elif not path.parent.is_dir():
            self.fail(str(_messages().folder_missing(path)), param, ctx)
        return str(value)


def _messages() -> Any:
    """The room of messages, which loads numpy: only once there is something to say."""
    from gaussmix import errors  # noqa: PLC0415  as above

    return errors


def data_argument() -> Decorator:
    """DATA: the files of a table."""
    return click.argument("data", metavar="DATA...", nargs=-1, required=True)


def model_argument() -> Decorator:
    """MODEL: what `fit --out` wrote."""
    return click.argument("model", metavar="MODEL")


def train_option(words: str) -> Decorator:
    """--train FILE, which may stand several times."""
    return click.option("--train", metavar="FILE", multiple=True, help=words)


def use_model_option(words: str) -> Decorator:
    """--model MODEL, in place of a fit."""
    return click.option("--model", metavar="MODEL", help=words)


def save_option() -> Decorator:
    """--save MODEL."""
    return click.option(
        "--save", metavar="MODEL", type=OutFile(), help="Save what was learnt here, for --model."
    )


def components_option(usual: str) -> Decorator:
    """--components K, whose `usual` numbers are those that are tried without it."""
    words = f"How many: 3, 1:9 or 1,2,5.  [default: {usual}]"
    return click.option("--components", type=Numbers(), help=words)


def covariance_option(usual: str) -> Decorator:
    """--covariance SHAPES, whose `usual` ones are those that are tried without it."""
    words = (
        "full, tied, diag, spherical, tied_diag, tied_spherical, mclust codes such as VVV, "
        f"several with commas, or all.  [default: {usual}]"
    )
    return click.option("--covariance", type=Shapes(), help=words)


def level_option(name: str, words: str, usual: float | None = None) -> Decorator:
    """A share between 0 and 1."""
    span = click.FloatRange(0.0, 1.0, min_open=True, max_open=True)
    return click.option(
        name, type=span, metavar="P", default=usual, show_default=usual is not None, help=words
    )


def target_option(words: str) -> Decorator:
    """--target COLUMN."""
    return click.option("--target", metavar="COLUMN", help=words)


def seed_option() -> Decorator:
    """--seed N, 0 where none is given."""
    return click.option(
        "--seed",
        type=click.IntRange(min=0),
        metavar="N",
        default=0,
        show_default=True,
        help="The same seed gives the same result.",
    )


def columns_option(words: str) -> Decorator:
    """--columns A,B, which may stand several times."""
    return click.option("--columns", metavar="A,B", multiple=True, help=words)


def weight_option() -> Decorator:
    """--weight COLUMN."""
    return click.option(
        "--weight",
        metavar="COLUMN",
        help="Column of how often each row counts; 2 is the row twice.",
    )


def bins_option() -> Decorator:
    """--bins LOWER,UPPER."""
    return click.option(
        "--bins",
        type=Bins(),
        help="Rows are intervals: columns of their lower and upper ends; an empty field is an "
        "open end.",
    )


def memory_option() -> Decorator:
    """--memory SIZE."""
    return click.option(
        "--memory",
        type=Bytes(),
        default="2GB",
        show_default=True,
        help="Rows that would take more than this are streamed from the files.",
    )


def quiet_option() -> Decorator:
    """--quiet."""
    return click.option(
        "--quiet", "-q", is_flag=True, help="No notes, warnings or progress on standard error."
    )


def table_out_option() -> Decorator:
    """--out for a table."""
    return click.option(
        "--out",
        type=OutFile(stdout=True),
        default="-",
        help="Where the CSV goes.  [default: stdout]",
    )
