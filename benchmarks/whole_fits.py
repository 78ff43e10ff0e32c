"""Whole fits with default parameters, own start and own stop included."""

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import numpy as np
from measure import Runs, Task, interleaved
from rivals import OURS, SKLEARN, THREADS, ours, unfinished
from sklearn.mixture import GaussianMixture as SklearnMixture
from tables import Cell, text_table
from workloads import SEED, Array, Clusters, overlapping_clusters

from gaussmix.datasets import load_old_faithful

#: Ratio to scikit-learn's time that each is to reach.
_WHOLE_FIT_AT_LEAST, _OLD_FAITHFUL_AT_LEAST = 10.0, 2.0
#: Stop rule of the fits that look for the optimum.
_THOROUGH = {"tol": 1e-7, "max_iter": 3000}
_HEADER = [
    "median ms",
    "iterations",
    "score per row",
    "below optimum",
    "worst below",
    "ratio",
    "at least",
]


def whole_fit(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Default fits of overlapping clusters, and how far below the optimum they end.

    Round r takes `random_state=r` for everyone.
    """
    clusters = overlapping_clusters(8, 10)
    rows = clusters.draw(10_000 if quick else 100_000, SEED)
    runs = interleaved(_default_fits(rows, 10), repeat)
    scores = {name: [model.score(rows) for model in run.answers] for name, run in runs.items()}
    optimum = max(_thorough_score(rows, clusters, restarts=2 if quick else 10), *_flat(scores))
    table = [
        [
            name,
            1e3 * run.median,
            median(model.n_iter_ for model in run.answers),
            f"{median(scores[name]):.5f}",
            f"{optimum - median(scores[name]):.5f}",
            f"{optimum - min(scores[name]):.5f}",
            *_ratio_cells(name, runs, _WHOLE_FIT_AT_LEAST),
        ]
        for name, run in runs.items()
    ]
    header = [f"{len(rows):,} x 8, K=10", *_HEADER]
    text = f"{text_table(header, table)}\n\nBest score per row of any fit: {optimum:.5f}"
    return text, {"optimum": optimum, "scores": scores, "seconds": _seconds(runs)}


def old_faithful(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Default fits of two components to Old Faithful's 272 rows."""
    rows = load_old_faithful().to_numpy()
    tasks = _default_fits(rows, 2)
    interleaved(tasks, 3)
    runs = interleaved(tasks, 20 if quick else max(repeat, 200))
    table = [
        [
            name,
            1e3 * run.median,
            f"{median(model.score(rows) for model in run.answers):.5f}",
            *_ratio_cells(name, runs, _OLD_FAITHFUL_AT_LEAST),
        ]
        for name, run in runs.items()
    ]
    header = ["Old Faithful, K=2", "median ms", "score per row", "ratio", "at least"]
    return text_table(header, table), {"seconds": _seconds(runs)}


def _default_fits(rows: Array, n_components: int) -> dict[str, Task]:
    sklearn = _default_fit(SklearnMixture, rows, n_components)
    tasks = {OURS: Task(_default_fit(ours, rows, n_components))}
    return tasks | {f"{SKLEARN} {n}t": Task(sklearn, n) for n in (1, THREADS)}


def _default_fit(make: Callable[..., Any], rows: Array, n_components: int) -> Callable[[int], Any]:
    def run(seed: int) -> Any:
        with unfinished():
            return make(n_components=n_components, random_state=seed).fit(rows)

    return run


def _thorough_score(rows: Array, clusters: Clusters, restarts: int) -> float:
    """Best score of long fits: a race, restarts, and one from the mixture that made the rows."""
    true = {
        "weights_init": clusters.weights,
        "means_init": clusters.means,
        "precisions_init": np.linalg.inv(clusters.covariances),
    }
    attempts: list[dict[str, Any]] = [
        {"init_params": "auto"},
        {"init_params": "kmeans", "n_init": restarts},
        true,
    ]
    k = len(clusters.weights)
    with unfinished():
        fits = [
            ours(n_components=k, random_state=0, **_THOROUGH, **one).fit(rows) for one in attempts
        ]
    return max(fit.score(rows) for fit in fits)


def _ratio_cells(name: str, runs: Mapping[str, Runs], at_least: float) -> list[Cell]:
    """Ratio of scikit-learn's better time to this one, and what ours is to reach."""
    better = min(run.median for other, run in runs.items() if other.startswith(SKLEARN))
    return [better / runs[name].median, at_least if name == OURS else None]


def _flat(scores: Mapping[str, list[float]]) -> list[float]:
    return [score for some in scores.values() for score in some]


def _seconds(runs: Mapping[str, Runs]) -> dict[str, list[float]]:
    return {name: run.seconds for name, run in runs.items()}
