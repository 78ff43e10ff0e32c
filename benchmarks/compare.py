"""Speed and memory beside scikit-learn and oneDAL, in one run.

`python benchmarks/compare.py` prints every table; docs/benchmarks.md says what the columns mean.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from answers import predict
from bayesian import bayesian
from classifying import classifying
from factors import factors
from gaps import gaps
from imputing import imputing
from iterations import Settings, detail_table, machine_rate, measure_workload, speed_table
from large import memory
from measure import load_before, machine
from outliers import outliers
from regressing import regressing
from rivals import ONEDAL, THREADS, assemble
from searches import search
from stored import stored
from whole_fits import old_faithful, whole_fit
from workloads import WORKLOADS

#: What a section gives: its text, and its figures for the file.
Report = tuple[str, dict[str, Any]]
Section = Callable[[argparse.Namespace], Report]


def iterations(options: argparse.Namespace) -> Report:
    """Time per iteration of all rivals, workload by workload."""
    rivals, missing = assemble(daal=not options.no_daal)
    settings = Settings(options.repeat, options.iterations, options.quick)
    chosen = set(options.only or ())
    workloads = [one for one in WORKLOADS if not chosen or chosen & {one.name, "iterations"}]
    lines = []
    for workload in workloads:
        _say(f"  {workload.name}")
        lines.append(measure_workload(workload, rivals, settings))
    names = [rival.name for rival in rivals]
    peak = machine_rate(lines)
    parts = [speed_table(lines, names, missing), detail_table(lines)]
    notes = [f"{THREADS} threads; matrix products reach {peak:.1f} GFLOP/s (float64)."]
    if missing:
        notes.append(f"{ONEDAL}: {missing}.")
    notes += [f"{line.workload.name}: {note}." for line in lines for note in line.notes]
    figures = {"product_gflops": peak, "lines": [line.as_dict() for line in lines]}
    return "\n\n".join([*parts, "\n".join(notes)]), figures


SECTIONS: dict[str, Section] = {
    "iterations": iterations,
    "whole_fit": lambda options: whole_fit(options.repeat, quick=options.quick),
    "old_faithful": lambda options: old_faithful(options.repeat, quick=options.quick),
    "predict": lambda options: predict(options.repeat, quick=options.quick),
    "bayesian": lambda options: bayesian(options.repeat, options.iterations, quick=options.quick),
    "gaps": lambda options: gaps(options.repeat, quick=options.quick),
    "imputing": lambda options: imputing(options.repeat, quick=options.quick),
    "classifying": lambda options: classifying(options.repeat, quick=options.quick),
    "outliers": lambda options: outliers(options.repeat, quick=options.quick),
    "factors": lambda options: factors(options.repeat, quick=options.quick),
    "search": lambda options: search(options.repeat, quick=options.quick),
    "regressing": lambda options: regressing(quick=options.quick),
    "stored": lambda options: stored(quick=options.quick),
    "memory": lambda options: memory(quick=options.quick, sklearn=options.sklearn_memory),
}


def chosen_sections(only: list[str] | None) -> list[str]:
    """Sections to run: all, or those named or holding a named workload."""
    if not only:
        return list(SECTIONS)
    return [
        name
        for name in SECTIONS
        if name in only or (name == "iterations" and any(one.name in only for one in WORKLOADS))
    ]


def parse(arguments: list[str]) -> argparse.Namespace:
    """Options of the command."""
    names = [*SECTIONS, *(workload.name for workload in WORKLOADS)]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a tenth of the rows, to see that everything runs")
    add(
        "--only",
        action="append",
        choices=names,
        metavar="NAME",
        help=f"a section or workload; may be repeated: {', '.join(names)}",
    )
    add("--repeat", type=_at_least(1), default=3, help="rounds; medians are taken over them")
    add("--iterations", type=_at_least(2), default=6, help="iterations m of the long fit")
    add("--json", type=Path, metavar="FILE", help="write all figures there too")
    add("--no-daal", action="store_true", help="without oneDAL")
    add(
        "--sklearn-memory",
        action="store_true",
        help="scikit-learn in the section `memory` too, where it needs 2.5 GB",
    )
    return parser.parse_args(arguments)


def _at_least(minimum: int) -> Callable[[str], int]:
    def integer(text: str) -> int:
        value = int(text)
        if value < minimum:
            raise argparse.ArgumentTypeError(f"expected at least {minimum}, got {value}")
        return value

    return integer


def main(arguments: list[str]) -> None:
    """Run the sections, print their tables, and write the figures."""
    options = parse(arguments)
    about = machine() | {"load before": f"{load_before():.2f}"}
    print("\n".join(f"{key}: {value}" for key, value in about.items()), flush=True)
    if options.quick:
        print(
            "A quick look: fewer rows, so no ratio here may be compared with what is asked.",
            flush=True,
        )
    figures: dict[str, Any] = {"machine": about, "quick": options.quick, "repeat": options.repeat}
    for name in chosen_sections(options.only):
        _say(name)
        text, figures[name] = SECTIONS[name](options)
        print(f"\n## {name}\n\n{text}", flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _say(text: str) -> None:
    """Progress, which is not part of the result."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
