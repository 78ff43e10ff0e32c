"""Bayesian mixtures beside scikit-learn's: time per iteration, and whole fits with their bounds."""

from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from measure import Runs, Task, interleaved
from rivals import OURS, SKLEARN, THREADS, unfinished
from sklearn.mixture import BayesianGaussianMixture as SklearnBayesian
from tables import text_table
from workloads import SEED, Array, Workload, overlapping_clusters, rows_of, start_of

from gaussmix import BayesianGaussianMixture
from gaussmix.covariance import FullCovariances
from gaussmix.data import ArraySource
from gaussmix.density import log_density
from gaussmix.execution import team
from gaussmix.maximization import Posterior

#: Rows, columns, components, shape, and the ratio to scikit-learn's time that is to be reached.
ITERATIONS = (Workload(200_000, 8, 20, "full", 12.0), Workload(100_000, 16, 30, "diag", 8.0))
_WHOLE = (50_000, 8, 5)
_CAP, _WHOLE_AT_LEAST = 30, 10.0


class _FromLabels(SklearnBayesian):  # type: ignore[misc]  # scikit-learn has no types
    """scikit-learn's estimator, begun from labels, which its parameters cannot say."""

    start: Array

    def _initialize_parameters(self, X: Array, *_args: Any, **_options: Any) -> None:
        responsibilities = np.zeros((len(X), self.n_components))
        responsibilities[np.arange(len(X)), self.start.astype(int)] = 1.0
        self._initialize(X, responsibilities)


def bayesian(repeat: int, n_iter: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Time per iteration from one start, and of whole fits with default parameters."""
    lines, figures = [], {}
    for workload in ITERATIONS:
        line, figures[workload.name] = _per_iteration(workload, repeat, n_iter, quick=quick)
        lines.append(line)
    header = ["per iteration", "ours ms", "theirs ms", "ratio", "at least", "means apart"]
    whole, figures["whole"] = _whole_fits(repeat, quick=quick)
    return f"{text_table(header, lines)}\n\n{whole}", figures


def _per_iteration(
    workload: Workload, repeat: int, n_iter: int, *, quick: bool
) -> tuple[list[Any], dict[str, Any]]:
    """Time of one iteration: the difference of a long fit and a short one."""
    rows = rows_of(workload, quick=quick)
    labels = _nearest(rows, start_of(rows, workload.n_components, workload.shape).means)
    shared: dict[str, Any] = {
        "n_components": workload.n_components,
        "covariance_type": workload.shape,
        "tol": 0.0,
        "weight_concentration_prior_type": "dirichlet_distribution",
    }

    def ours(m: int) -> Callable[[int], Any]:
        def run(_round: int) -> Any:
            model = BayesianGaussianMixture(
                **shared, max_iter=m, init_params=labels, moves=False, n_jobs=THREADS
            )
            with unfinished():
                return model.fit(rows)

        return run

    def theirs(m: int) -> Callable[[int], Any]:
        def run(_round: int) -> Any:
            model = _FromLabels(**shared, max_iter=m, reg_covar=0.0)
            model.start = labels
            with unfinished():
                return model.fit(rows)

        return run

    tasks = {}
    for m in (1, n_iter):
        tasks[f"{OURS} {m}"] = Task(ours(m))
        for threads in (1, THREADS):
            tasks[f"{SKLEARN} {threads}t {m}"] = Task(theirs(m), threads)
    runs = interleaved(tasks, repeat)

    def seconds(name: str) -> float:
        long, short = runs[f"{name} {n_iter}"].median, runs[f"{name} 1"].median
        return (long - short) / (n_iter - 1)

    mine = seconds(OURS)
    their = min(seconds(f"{SKLEARN} {threads}t") for threads in (1, THREADS))
    ends = [runs[f"{name} {n_iter}"].answers[-1] for name in (OURS, f"{SKLEARN} 1t")]
    apart = _means_apart(*(end.means_ for end in ends))
    line = [workload.name, 1e3 * mine, 1e3 * their, their / mine, workload.at_least, f"{apart:.1e}"]
    return line, {"ours": mine, "theirs": their, "apart": apart}


def _nearest(rows: Array, means: Array) -> Array:
    distance = [np.square(rows - mean).sum(axis=1) for mean in means]
    return np.asarray(np.argmin(distance, axis=0))


def _means_apart(ours: Array, theirs: Array) -> float:
    """Largest distance of one of their means from the nearest of ours."""
    return float(np.abs(theirs[:, None] - ours[None]).max(axis=2).min(axis=1).max())


def _whole_fits(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Fits with default parameters of more components than there are clusters."""
    n_rows, n_features, n_clusters = _WHOLE
    rows = overlapping_clusters(n_features, n_clusters).draw(n_rows // (10 if quick else 1), SEED)

    def fit(make: Callable[..., Any]) -> Callable[[int], Any]:
        def run(seed: int) -> Any:
            with unfinished():
                return make(n_components=_CAP, random_state=seed).fit(rows)

        return run

    tasks = {OURS: Task(fit(BayesianGaussianMixture))}
    for threads in (1, THREADS):
        tasks[f"{SKLEARN} {threads}t"] = Task(fit(SklearnBayesian), threads)
    runs = interleaved(tasks, repeat)
    best = min(run.median for name, run in runs.items() if name != OURS)
    bounds = {name: _bounds(name, run, rows, runs[OURS]) for name, run in runs.items()}
    table = [
        [
            name,
            run.median,
            median(model.n_iter_ for model in run.answers),
            median(int((model.weights_ > 0.01).sum()) for model in run.answers),
            f"{median(bounds[name]):.5f}",
            f"{min(bounds[name]):.5f}",
            best / run.median,
            _WHOLE_AT_LEAST if name == OURS else None,
        ]
        for name, run in runs.items()
    ]
    header = [
        f"{len(rows):,} x {n_features}, cap {_CAP}, {n_clusters} clusters",
        "median s",
        "iterations",
        "over 1 %",
        "bound per row",
        "worst",
        "ratio",
        "at least",
    ]
    seconds = {name: run.seconds for name, run in runs.items()}
    return text_table(header, table), {"bounds": bounds, "seconds": seconds}


def _bounds(name: str, run: Runs, rows: Array, ours: Runs) -> list[float]:
    """The complete bound per row of every posterior that was found."""
    if name == OURS:
        return [model.lower_bound_ for model in run.answers]
    prior = ours.answers[0].posterior_.prior
    bounds = []
    for model in run.answers:
        mass = model.mean_precision_ - prior.mean_precision
        covariances = FullCovariances.from_dense(model.covariances_, len(mass))
        posterior = Posterior.of(prior, mass, model.means_, covariances)
        with team() as threads:
            total = float(log_density(posterior, ArraySource(rows), threads).sum())
        bounds.append(posterior.bound(total) / len(rows))
    return bounds
