"""Outlier detection: time beside scikit-learn's mixture, and ROC-AUC on labelled tables.

`python benchmarks/compare.py --only outliers` times tables of the size of `shuttle`. With a folder
of ADBench's tables (npz files of X and y: Han et al. 2022, *ADBench*, NeurIPS),
`python benchmarks/outliers.py FOLDER` prints the ROC-AUC of each, and times those of more than
40,000 rows.
"""

import argparse
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measure import Task, interleaved
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture as SklearnMixture
from tables import Cell, text_table
from workloads import SEED, Array

from gaussmix import GaussianMixtureOutlierDetector

_N_ROWS, _N_FEATURES, _SHARE = 49_097, 9, 0.07
_NUMBERS = (1, 2, 5, 10)
_TOL, _MAX_ITER = 1e-6, 2000
#: Rows from which on a table of the folder is timed too.
_LONG = 40_000
#: What the tables of the folder are tried with.
_SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "student_t": {"component": "student_t"},
    "noise": {"noise_component": True},
    "one Gaussian": {"n_components": 1, "covariance_types": "full"},
    "one Student t": {"n_components": 1, "covariance_types": "full", "component": "student_t"},
    "1 to 9": {"n_components": range(1, 10)},
}


def outliers(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Seconds to fit and to flag a tenth of the rows, by numbers of components."""
    return timed(_clusters(_N_ROWS // 10 if quick else _N_ROWS), repeat)


def timed(rows: Array, repeat: int) -> tuple[str, dict[str, Any]]:
    """The same of given rows."""
    table: list[list[Cell]] = []
    figures: dict[str, Any] = {}
    for number in _NUMBERS:
        tasks = {
            "gaussmix": Task(partial(_ours, rows, number)),
            "scikit-learn": Task(partial(_theirs, rows, number)),
        }
        runs = interleaved(tasks, repeat)
        own, other = runs["gaussmix"].median, runs["scikit-learn"].median
        density = [float(runs[name].answers[-1]) for name in tasks]
        table.append([number, own, other, other / own, *density])
        figures[str(number)] = {"gaussmix": own, "scikit-learn": other, "log_density": density}
    header = [
        f"{len(rows):,} x {rows.shape[1]}, K",
        "gaussmix, s",
        "scikit-learn, s",
        "times gaussmix",
        "mean log density of what stays",
        "scikit-learn",
    ]
    note = (
        f"Full covariances, one start by k-means, tol={_TOL:g}: fit, score and flag all rows. "
        "PyOD's GMM is scikit-learn's."
    )
    return f"{text_table(header, table)}\n\n{note}", figures


def _ours(rows: Array, number: int, _round: int) -> float:
    detector = GaussianMixtureOutlierDetector(
        number,
        covariance_types="full",
        contamination=0.1,
        init_params="kmeans",
        tol=_TOL,
        max_iter=_MAX_ITER,
        random_state=SEED,
    ).fit(rows)
    scores = detector.score_samples(rows)
    return float(scores[scores >= detector.offset_].mean())


def _theirs(rows: Array, number: int, _round: int) -> float:
    model = SklearnMixture(number, tol=_TOL, max_iter=_MAX_ITER, random_state=SEED).fit(rows)
    threshold = np.percentile(model.score_samples(rows), 10.0)
    scores = model.score_samples(rows)
    return float(scores[scores >= threshold].mean())


def _clusters(n_rows: int) -> Array:
    """Rows of overlapping clusters, and a few from all over the place."""
    rng = np.random.default_rng(SEED)
    n_clusters = 6
    label = rng.integers(n_clusters, size=n_rows)
    centres = 2.0 * rng.normal(size=(n_clusters, _N_FEATURES))
    mixing = rng.normal(size=(n_clusters, _N_FEATURES, _N_FEATURES))
    rows = centres[label] + np.einsum("nij,nj->ni", mixing[label], rng.normal(size=(n_rows, 9)))
    strange = rng.random(n_rows) < _SHARE
    rows[strange] = rng.uniform(-12.0, 12.0, size=(np.count_nonzero(strange), _N_FEATURES))
    return rows


def areas(folder: Path, halves: int) -> str:
    """ROC-AUC of each table of a folder, fitted to all rows and to half of the ordinary ones."""
    header = ["table", "forest", *(f"{name}: all" for name in _SETTINGS), *_SETTINGS]
    lines: list[list[Cell]] = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as data:
            X, y = data["X"].astype(float), data["y"].astype(int)
        spread = X.std(axis=0)
        X = (X - X.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
        forest = np.mean(
            [
                roc_auc_score(y, -IsolationForest(random_state=s).fit(X).score_samples(X))
                for s in range(5)
            ]
        )
        own = [_area(settings, X, X, y) for settings in _SETTINGS.values()]
        new = [_area_of_halves(settings, X, y, halves) for settings in _SETTINGS.values()]
        lines.append([path.stem, float(forest), *own, *new])
        print(lines[-1], flush=True)
    mean: list[Cell] = list(np.mean([line[1:] for line in lines], axis=0).tolist())
    return text_table(header, [*lines, ["mean", *mean]])


def _area(settings: dict[str, Any], train: Array, test: Array, y: Array) -> float:
    detector = GaussianMixtureOutlierDetector(random_state=0, **settings).fit(train)
    return float(roc_auc_score(y, -detector.score_samples(test)))


def _area_of_halves(settings: dict[str, Any], X: Array, y: Array, halves: int) -> float:
    """Mean over fits to half of the ordinary rows, judged by the other half and the outliers."""
    found = []
    for seed in range(1, halves + 1):
        ordinary = np.random.default_rng(seed).permutation(np.flatnonzero(y == 0))
        half = len(ordinary) // 2
        rest = np.concatenate([ordinary[half:], np.flatnonzero(y == 1)])
        found.append(_area(settings, X[ordinary[:half]], X[rest], y[rest]))
    return float(np.mean(found))


def main() -> None:
    """Print the areas, and the times of long tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--halves", type=int, default=3, help="splits of the ordinary rows")
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    begin = time.perf_counter()
    print(areas(options.folder, options.halves))
    print(f"{time.perf_counter() - begin:.0f} s")
    for path in sorted(options.folder.glob("*.npz")):
        with np.load(path) as data:
            X = data["X"].astype(float)
        if len(X) > _LONG:
            print(f"\n{path.stem}\n{timed(X, options.repeat)[0]}")


if __name__ == "__main__":
    main()
