"""The story of `gaussmix demo`: Pearson's crabs, from the table to the picture."""

import shutil
import textwrap
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from gaussmix import datasets
from gaussmix.cli.fitting import Result, run, write_files
from gaussmix.cli.next_steps import command, steps
from gaussmix.cli.request import Request
from gaussmix.summary.text import number, table

_BEFORE = (
    "W. F. R. Weldon measured the foreheads of 1000 shore crabs from the Bay of Naples, "
    "as shares of their body length, and counted them in 29 bins. The counts lean to one side as "
    "no normal curve does. In 1894 Karl Pearson explained them by two normal curves, from a "
    "polynomial of the ninth degree solved by hand: the first mixture ever fitted."
)


def tell(folder: str) -> str:
    """Fit the crabs, write the files, and say what was found."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    data = place / "naples_crabs.csv"
    shutil.copyfile(datasets.path("naples_crabs"), data)
    request = Request(
        data=(str(data),),
        columns=("upper",),
        weight="count",
        components=(2,),
        covariance=("full",),
        out=str(place / "model.gaussmix"),
        labels=str(place / "labels.csv"),
    )
    if find_spec("matplotlib") is not None:
        request = replace(request, plot=str(place / "crabs.png"))
    result = run(request, quiet=False)
    write_files(request, result, quiet=False)
    parts = [_filled(_BEFORE), _curves(result), _filled(_after(result)), _files(request)]
    return "\n\n".join([*parts, _next(request)])


def _filled(text: str) -> str:
    return textwrap.fill(text, 88)


def _curves(result: Result) -> str:
    mixture = result.estimator.mixture_
    variances = mixture.components.covariances.variances[:, 0]
    columns: dict[str, list[object]] = {
        "component": list(range(mixture.n_components)),
        "weight": [f"{weight:.3f}" for weight in mixture.weights],
        "mean": [f"{mean:.4f}" for mean in mixture.means[:, 0]],
        "std": [f"{variance**0.5:.4f}" for variance in variances],
        "variance": [f"{variance:.3e}" for variance in variances],
    }
    figures = f"log-likelihood {result.estimator.log_likelihood_:.3f}"
    return f"The two curves, found by maximum likelihood:\n\n{table(columns)}\n\n{figures}"


def _after(result: Result) -> str:
    report = result.estimator.fit_report_
    narrow, wide = result.estimator.mixture_.weights
    return (
        f"So about {round(1000 * narrow)} of the crabs follow a narrow curve with broad foreheads "
        f"and {round(1000 * wide)} a wider one with narrower foreheads: two forms of crab in one "
        f"catch, as Weldon had suspected. {str(report.status).capitalize()} after "
        f"{number(report.n_iter)} iterations."
    )


def _files(request: Request) -> str:
    """The files written, and what each holds."""
    held = {
        request.data[0]: "the table: ends of each bin, and crabs in it",
        request.out: "the model",
        request.labels: "the likelier curve for each bin, and its probability",
        request.plot: "the picture",
    }
    width = max(len(path) for path in held if path)
    lines = [f"  {path:<{width}}  {words}" for path, words in held.items() if path]
    if request.plot is None:
        lines.append('  (no picture: it needs matplotlib, pip install "gaussmix[plot]")')
    return "\n".join(["Written:", *lines])


def _next(request: Request) -> str:
    data = request.data[0]
    counts = ("--weight", "count")
    binned = ("--bins", "lower,upper", *counts, "--components", 2, "--covariance", "full")
    return steps(
        [
            (
                "let the data choose the number of curves",
                command("fit", data, "--columns", "upper", *counts),
            ),
            ("the same with bins as bins, not as points", command("fit", data, *binned)),
            ("which curve each bin belongs to", command("predict", request.out, data)),
            ("new crabs from the model", command("sample", request.out, "-n", 10)),
            ("your own table", command("fit", "DATA.csv", "--out", "model.gaussmix")),
        ]
    )
