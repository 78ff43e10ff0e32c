"""Time per iteration of every rival, from one start, with results compared."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

import numpy as np
from measure import Runs, Task, interleaved, product_rate
from memory import Case, peak_megabytes, saved
from rivals import ONEDAL, OURS, SKLEARN, THREADS, Fitted, Rival
from tables import Cell, ratio, text_table
from workloads import Array, Start, Workload, rows_of, start_of


@dataclass(frozen=True)
class Settings:
    """How to measure: rounds, iterations of the long fit, a tenth of the rows or all."""

    repeat: int
    n_iter: int
    quick: bool


@dataclass
class Line:
    """What one workload gave.

    Attributes
    ----------
    workload : Workload
    n_rows : int
        Rows measured, fewer than the workload's for a quick look.
    n_iter : int
        Iterations m of the long fit.
    seconds : dict
        Time per iteration by rival.
    whole : dict
        Time of the fit with m iterations by rival.
    apart : dict
        Largest difference of a mean from ours by rival.
    score_apart : float or None
        Difference of scikit-learn's mean log density of a row from ours.
    memory : dict
        Peak MB beyond the data by rival.
    rate, machine_rate : float
        GFLOP/s that our two products reach, and that a large product reached just before.
    kernel : str or None
        Ours at the end: "fast", "exact", or which components took the exact one.
    notes : list of str
    """

    workload: Workload
    n_rows: int
    n_iter: int
    seconds: dict[str, float] = field(default_factory=dict)
    whole: dict[str, float] = field(default_factory=dict)
    apart: dict[str, float] = field(default_factory=dict)
    score_apart: float | None = None
    memory: dict[str, float] = field(default_factory=dict)
    rate: float | None = None
    machine_rate: float | None = None
    kernel: str | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str | None:
        """scikit-learn at its better number of threads."""
        names = [name for name in self.seconds if name.startswith(SKLEARN)]
        return min(names, key=self.seconds.__getitem__, default=None)

    def ratio_of(self, rival: str) -> float | None:
        """How many times faster than scikit-learn at its better number of threads."""
        reference = self.seconds[self.reference] if self.reference else None
        return ratio(reference, self.seconds.get(rival))

    def as_dict(self) -> dict[str, Any]:
        """All of it, for a file."""
        ratios = {name: self.ratio_of(name) for name in self.seconds}
        return {**asdict(self), "reference": self.reference, "ratio": ratios}


def measure_workload(workload: Workload, rivals: Sequence[Rival], settings: Settings) -> Line:
    """One workload, all rivals side by side."""
    rows = rows_of(workload, quick=settings.quick)
    start = start_of(rows, workload.n_components, workload.shape)
    line = Line(workload, len(rows), settings.n_iter)
    able = [rival for rival in rivals if rival.can_fit(workload.shape)]
    line.machine_rate = product_rate(THREADS)
    fits = _first_fits(able, rows, start, line)
    _compare(fits, rows, line)
    _time([rival for rival in able if rival.name in fits], rows, start, settings, line)
    _weigh(fits, rows, start, line)
    if OURS in line.seconds:
        flops = 4.0 * len(rows) * workload.n_components * workload.n_products
        line.rate = 1e-9 * flops / line.seconds[OURS]
    return line


def _first_fits(
    rivals: Sequence[Rival], rows: Array, start: Start, line: Line
) -> dict[str, Fitted]:
    """Untimed fits, which warm up and are compared; a rival that fails is noted and left out."""
    fits = {}
    for rival in rivals:
        try:
            fits[rival.name] = rival.fit(rows, start, line.n_iter)
        except (ValueError, RuntimeError) as error:
            line.notes.append(f"{rival.name} failed: {str(error).splitlines()[0]}")
            continue
        if fits[rival.name].n_iter != line.n_iter:
            line.notes.append(f"{rival.name} made {fits[rival.name].n_iter} iterations")
    return fits


def _compare(fits: dict[str, Fitted], rows: Array, line: Line) -> None:
    if OURS not in fits:
        return
    mine = fits[OURS]
    line.kernel = mine.model.fit_report_.kernel
    for name, fitted in fits.items():
        if name != OURS:
            line.apart[name] = float(np.abs(fitted.means - mine.means).max())
    theirs = fits.get(f"{SKLEARN} 1t")
    if theirs is not None:
        line.score_apart = abs(float(theirs.model.score(rows)) - mine.model.score(rows))


def _time(
    rivals: Sequence[Rival], rows: Array, start: Start, settings: Settings, line: Line
) -> None:
    """Long fits and fits of one iteration: their difference is free of fixed costs."""
    tasks = {}
    for rival in rivals:
        for n_iter in (1, settings.n_iter):
            tasks[f"{rival.name}:{n_iter}"] = _fit_task(rival, rows, start, n_iter)
    runs = interleaved(tasks, settings.repeat)
    for rival in rivals:
        short, long = runs[f"{rival.name}:1"], runs[f"{rival.name}:{settings.n_iter}"]
        line.whole[rival.name] = long.median
        line.seconds[rival.name] = _per_iteration(short, long, settings.n_iter)


def _fit_task(rival: Rival, rows: Array, start: Start, n_iter: int) -> Task:
    def run(_: int) -> None:
        rival.fit(rows, start, n_iter)

    return Task(run, rival.blas_threads)


def _per_iteration(short: Runs, long: Runs, n_iter: int) -> float:
    pairs = zip(long.seconds, short.seconds, strict=True)
    # Where noise outweighs the work, a tiny positive time keeps the table whole.
    return max(1e-9, median(many - one for many, one in pairs) / (n_iter - 1))


def _weigh(fits: dict[str, Fitted], rows: Array, start: Start, line: Line) -> None:
    """Peak memory; scikit-learn's does not depend on its threads and is taken once."""
    with saved(rows, start) as folder:
        for name in sorted({SKLEARN if SKLEARN in name else name for name in fits}):
            case = Case(name, "fit", folder, len(start.weights), start.shape)
            line.memory[name] = peak_megabytes(case)


def speed_table(lines: Sequence[Line], rivals: Sequence[str], missing: str | None = None) -> str:
    """Milliseconds per iteration, and ratios beside what is to be reached.

    `missing` says why there is no oneDAL, in the column of its ratio.
    """
    why = missing.partition(" (")[0] if missing else None
    header = [
        "N, D, K",
        "shape",
        *(f"{name} ms" for name in rivals),
        "ratio",
        "at least",
        "reached",
        "oneDAL ratio",
        "known",
        "beats it",
    ]
    return text_table(header, [_speed_row(line, rivals, why) for line in lines])


def _speed_row(line: Line, rivals: Sequence[str], missing: str | None) -> list[Cell]:
    ours, theirs = line.ratio_of(OURS), line.ratio_of(ONEDAL)
    milliseconds = [line.seconds.get(name) for name in rivals]
    return [
        *_names(line),
        *(None if one is None else 1e3 * one for one in milliseconds),
        ours,
        float(line.workload.at_least),
        None if ours is None else ours >= line.workload.at_least,
        missing if theirs is None else theirs,
        line.workload.known,
        None if ours is None or theirs is None else ours > theirs,
    ]


def machine_rate(lines: Sequence[Line]) -> float:
    """The best matrix-product rate seen, in GFLOP/s."""
    return max(line.machine_rate or 0.0 for line in lines)


def detail_table(lines: Sequence[Line]) -> str:
    """Whole fits, agreement, rate and memory."""
    peak = machine_rate(lines)
    header = [
        "N, D, K",
        "shape",
        "fit ms",
        "ref. fit ms",
        "ref.",
        "Δ means",
        "Δ log-lik.",
        "oneDAL Δ means",
        "kernel",
        "product rate",
        "MB",
        "scikit-learn MB",
        "oneDAL MB",
    ]
    return text_table(header, [_detail_row(line, peak) for line in lines])


def _detail_row(line: Line, peak: float) -> list[Cell]:
    reference = line.reference or ""
    whole = [line.whole.get(name) for name in (OURS, reference)]
    share = ratio(line.rate, peak)
    return [
        *_names(line),
        *(None if seconds is None else 1e3 * seconds for seconds in whole),
        reference.removeprefix(SKLEARN).strip() or None,
        line.apart.get(f"{SKLEARN} 1t"),
        line.score_apart,
        line.apart.get(ONEDAL),
        line.kernel,
        None if share is None else f"{share:.0%}",
        *(line.memory.get(name) for name in (OURS, SKLEARN, ONEDAL)),
    ]


def _names(line: Line) -> list[Cell]:
    workload = line.workload
    size = f"{line.n_rows / 1000:g}k, {workload.n_features}, {workload.n_components}"
    shape = workload.shape if workload.dtype == "float64" else f"{workload.shape} {workload.dtype}"
    return [size, shape]
