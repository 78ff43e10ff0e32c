"""What gaps cost: time per iteration with missing values beside that of complete rows."""

from statistics import median
from typing import Any

import numpy as np
from measure import Task, interleaved
from rivals import ours, unfinished
from tables import Cell, text_table
from workloads import SEED, Array, Start, overlapping_clusters, start_of

_N_FEATURES, _N_COMPONENTS, _N_ITER = 8, 10, 11
#: Times the complete iteration that each is to stay within.
_AT_MOST = {"complete": None, "5 % of cells": 6.0, "50 patterns": 2.5}


def gaps(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Iterations from one start on complete rows, on scattered gaps and on few patterns."""
    clusters = overlapping_clusters(_N_FEATURES, _N_COMPONENTS)
    complete = clusters.draw(20_000 if quick else 200_000, SEED)
    start = start_of(complete, _N_COMPONENTS, "full")
    tables = {
        "complete": complete,
        "5 % of cells": _scattered(complete),
        "50 patterns": _few_patterns(complete),
    }
    tasks = {
        f"{name}:{n_iter}": Task(_fit(rows, start, n_iter))
        for name, rows in tables.items()
        for n_iter in (1, _N_ITER)
    }
    runs = interleaved(tasks, repeat)
    seconds = {
        name: median(
            (long - short) / (_N_ITER - 1)
            for long, short in zip(
                runs[f"{name}:{_N_ITER}"].seconds, runs[f"{name}:1"].seconds, strict=True
            )
        )
        for name in tables
    }
    table: list[list[Cell]] = [
        [
            name,
            float(np.isnan(rows).mean()),
            len(np.unique(np.isnan(rows), axis=0)),
            1e3 * seconds[name],
            seconds[name] / seconds["complete"],
            _AT_MOST[name],
        ]
        for name, rows in tables.items()
    ]
    header = [
        f"{len(complete):,} x 8, K=10, full",
        "share missing",
        "patterns",
        "ms per iteration",
        "times complete",
        "at most",
    ]
    return text_table(header, table), {"seconds": seconds}


def _fit(rows: Array, start: Start, n_iter: int) -> Any:
    model = ours(
        n_components=len(start.weights),
        tol=0.0,
        max_iter=n_iter,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=start.precisions,
    )

    def run(_: int) -> None:
        with unfinished():
            model.fit(rows)

    return run


def _scattered(complete: Array) -> Array:
    """The rows with one cell in twenty missing, whichever it is."""
    rows = complete.copy()
    rows[np.random.default_rng(SEED).random(rows.shape) < 0.05] = np.nan
    return rows


def _few_patterns(complete: Array) -> Array:
    """The rows with the gaps of one of fifty patterns, the complete one in two of three rows."""
    rng = np.random.default_rng(SEED)
    patterns = rng.random((49, complete.shape[1])) < 0.3
    missing = patterns[rng.integers(len(patterns), size=len(complete))]
    missing[rng.random(len(complete)) < 2 / 3] = False
    rows = complete.copy()
    rows[missing] = np.nan
    return rows
