"""What a fitted mixture is asked for: time of score_samples, predict, predict_proba."""

from collections.abc import Callable
from typing import Any

import numpy as np
from measure import Task, interleaved
from rivals import OURS, SKLEARN, THREADS, with_parameters
from tables import text_table
from workloads import SEED, overlapping_clusters

#: Ratio to scikit-learn's time that each is to reach; no figure was set for predict_proba.
_AT_LEAST = {"score_samples": 5.0, "predict": 5.0, "predict_proba": None}
_HEADER = [
    f"{OURS} ms",
    f"{SKLEARN} 1t ms",
    f"{SKLEARN} {THREADS}t ms",
    "ratio",
    "at least",
    "largest difference",
]


def predict(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Both libraries' answers from the same parameters."""
    clusters = overlapping_clusters(8, 10)
    rows = clusters.draw(20_000 if quick else 200_000, SEED)
    mine, theirs = with_parameters(clusters)
    table, data = [], {}
    for method, at_least in _AT_LEAST.items():
        one, other = getattr(mine, method), getattr(theirs, method)
        apart = float(np.abs(one(rows) - other(rows)).max())
        tasks = {
            OURS: _task(one, rows, None),
            "1t": _task(other, rows, 1),
            f"{THREADS}t": _task(other, rows, THREADS),
        }
        runs = interleaved(tasks, max(5, repeat))
        seconds = [runs[name].median for name in tasks]
        milliseconds = [1e3 * value for value in seconds]
        ratio = min(seconds[1:]) / seconds[0]
        table.append([method, *milliseconds, ratio, at_least, apart])
        data[method] = {name: run.seconds for name, run in runs.items()}
    return text_table([f"{len(rows):,} x 8, K=10, full", *_HEADER], table), data


def _task(method: Callable[..., Any], rows: Any, blas_threads: int | None) -> Task:
    def run(_: int) -> None:
        method(rows)

    return Task(run, blas_threads)
