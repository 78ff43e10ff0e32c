"""What a Dask cluster costs: seconds per iteration here and on a LocalCluster.

    python benchmarks/dask_fit.py [--rows 2000000] [--features 8] [--components 16] [--parts 16]

The cluster's workers are processes of this machine, one thread each, as many as threads are used
here. The last lines are passes over next to no rows: what an iteration costs beside arithmetic.
"""

import argparse
import time
import warnings
from itertools import pairwise
from statistics import median
from typing import Any

import dask
import dask.array as da
import numpy as np
from dask.distributed import Client, LocalCluster
from sklearn.exceptions import ConvergenceWarning

from gaussmix import GaussianMixture

ITERATIONS = 12


def make_part(number: int, n_rows: int, n_features: int, n_components: int) -> np.ndarray:
    """Rows (n, D) of clusters that overlap, others for each number."""
    centres = 3.0 * np.random.default_rng(0).normal(size=(n_components, n_features))
    rng = np.random.default_rng([1, number])
    which = rng.integers(0, n_components, size=n_rows)
    return centres[which] + rng.normal(size=(n_rows, n_features))


def on_workers(n_parts: int, shape: tuple[int, int, int]) -> Any:
    """The rows as a Dask array, made where they will lie."""
    parts = [dask.delayed(make_part)(number, *shape) for number in range(n_parts)]
    return da.concatenate([da.from_delayed(part, shape[:2], dtype=float) for part in parts])


def seconds_per_iteration(X: Any, start: np.ndarray, n_jobs: int) -> tuple[float, float, float]:
    """Median and smallest time between two iterations, and the whole fit's."""
    told: list[float] = []
    model = GaussianMixture(
        len(start),
        means_init=start,
        max_iter=ITERATIONS,
        tol=0,
        n_jobs=n_jobs,
        callback=lambda _: told.append(time.perf_counter()),
    )
    began = time.perf_counter()
    model.fit(X)
    steps = [after - before for before, after in pairwise(told)]
    return median(steps), min(steps), time.perf_counter() - began


def report(name: str, times: tuple[float, float, float]) -> None:
    """One line of the table."""
    middle, least, whole = times
    print(f"{name:<38}{1e3 * middle:>12.1f}{1e3 * least:>12.1f}{whole:>12.2f}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    shape = (asked.rows // asked.parts, asked.features, asked.components)
    small = (1000, asked.features, asked.components)
    X = np.concatenate([make_part(number, *shape) for number in range(asked.parts)])
    few = np.concatenate([make_part(number, *small) for number in range(asked.parts)])
    start = X[: asked.components]
    print(f"{asked.rows} x {asked.features}, K = {asked.components}, {asked.parts} partitions")
    print(f"{'':<38}{'median ms':>12}{'least ms':>12}{'fit s':>12}")
    for threads in sorted({1, asked.workers}):
        report(f"this process, {threads} thread(s)", seconds_per_iteration(X, start, threads))
    with (
        LocalCluster(
            n_workers=asked.workers, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster),
    ):
        for name, of in (("", shape), (", 1,000 rows a partition", small)):
            blocks = on_workers(asked.parts, of).persist()
            report(f"{asked.workers} workers{name}", seconds_per_iteration(blocks, start, 1))
    report("this process, the same few rows", seconds_per_iteration(few, start, 1))


if __name__ == "__main__":
    main()
