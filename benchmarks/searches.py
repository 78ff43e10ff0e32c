"""Whole searches: every shape with 1 to 9 components, beside scikit-learn's four shapes.

mclust's times are quoted, not measured here: R 4.2.2, mclust 6.0.0, one thread of a two-core
server, its own hierarchical starts included. Its table of 10,000 rows is another one of the
same kind.
"""

from collections.abc import Callable
from typing import Any

from measure import Task, interleaved
from rivals import SKLEARN, THREADS, unfinished
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture as SklearnMixture
from tables import Cell, text_table
from workloads import SEED, Array, overlapping_clusters

from gaussmix import GaussianMixtureSearch
from gaussmix.datasets import load_old_faithful

_OURS, _GRID, _MCLUST = "gaussmix search", f"{SKLEARN} grid", "mclust (quoted)"
_NUMBERS = range(1, 10)
_SHAPES = ("full", "tied", "diag", "spherical")
#: mclust's seconds, and how many times faster ours is to be.
_QUOTED = {
    "Old Faithful": (0.465, 1.0),
    "iris": (0.42, 1.0),
    "10,000 x 5": (11.6, 5.0),
}


def search(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Seconds and lowest BIC of searches on two small real tables and a simulated one."""
    clusters = overlapping_clusters(5, 6)
    tables = {
        "Old Faithful": load_old_faithful().to_numpy(),
        "iris": load_iris().data,
        "10,000 x 5": clusters.draw(1_000 if quick else 10_000, SEED),
    }
    parts, figures = [], {}
    for name, rows in tables.items():
        text, figures[name] = _one(name, rows, repeat)
        parts.append(text)
    return "\n\n".join(parts), figures


def _one(name: str, rows: Array, repeat: int) -> tuple[str, dict[str, Any]]:
    tasks = {
        f"{_OURS} {THREADS}t": Task(_search(rows, None)),
        f"{_OURS} 1t": Task(_search(rows, 1)),
        f"{_GRID} {THREADS}t": Task(_grid(rows), THREADS),
    }
    runs = interleaved(tasks, repeat)
    quoted, at_least = _QUOTED[name]
    table: list[list[Cell]] = [
        [
            task,
            14 * len(_NUMBERS) if task.startswith(_OURS) else len(_SHAPES) * len(_NUMBERS),
            run.median,
            f"{min(answer[0] for answer in run.answers):.2f}",
            run.answers[0][1],
            quoted / run.median,
            at_least if task.startswith(_OURS) else None,
        ]
        for task, run in runs.items()
    ]
    table.append([_MCLUST, 14 * len(_NUMBERS), quoted, "", "", 1.0, None])
    header = [name, "cells", "median s", "lowest BIC", "of", "ratio to mclust", "at least"]
    return text_table(header, table), {task: run.seconds for task, run in runs.items()}


def _search(rows: Array, n_jobs: int | None) -> Callable[[int], Any]:
    def run(seed: int) -> Any:
        with unfinished():
            found = GaussianMixtureSearch(_NUMBERS, n_jobs=n_jobs, random_state=seed).fit(rows)
        best = found.best_params_
        return found.best_score_, f"{best['covariance_type']} {best['n_components']}"

    return run


def _grid(rows: Array) -> Callable[[int], Any]:
    def run(seed: int) -> Any:
        cells = []
        for shape in _SHAPES:
            for k in _NUMBERS:
                with unfinished():
                    fit = SklearnMixture(k, covariance_type=shape, random_state=seed).fit(rows)
                cells.append((float(fit.bic(rows)), f"{shape} {k}"))
        return min(cells)

    return run
