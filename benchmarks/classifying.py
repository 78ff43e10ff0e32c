"""Classification: accuracy and time beside scikit-learn's discriminants and mixtures.

Small real tables by five stratified folds; a large simulated one, whose classes have three
clusters each, by training on four fifths.
"""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from measure import Task, interleaved
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.mixture import GaussianMixture as SklearnMixture
from sklearn.model_selection import StratifiedKFold
from tables import Cell, text_table
from workloads import SEED, Array, overlapping_clusters

from gaussmix import GaussianMixtureClassifier

_CLASSES, _CLUSTERS, _COLUMNS, _ROWS = 4, 3, 10, 100_000
_DISCRIMINANT, _MIXTURE = "QDA", "scikit-learn mixtures, K=3"
#: (training rows, their classes, held-out rows, their classes)
_Split = tuple[Array, Array, Array, Array]


class _PerClass(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """scikit-learn's mixture for each class, of one size and shape."""

    def fit(self, X: Array, y: Array) -> "_PerClass":
        self.classes_, counts = np.unique(y, return_counts=True)
        self.log_shares_ = np.log(counts / len(y))
        self.mixtures_ = [
            SklearnMixture(_CLUSTERS, tol=1e-6, max_iter=2000, random_state=SEED).fit(X[y == c])
            for c in self.classes_
        ]
        return self

    def predict(self, X: Array) -> Array:
        joint = np.column_stack([mixture.score_samples(X) for mixture in self.mixtures_])
        return np.asarray(self.classes_[(joint + self.log_shares_).argmax(axis=1)])


_RIVALS: dict[str, Callable[[], Any]] = {
    "gaussmix": lambda: GaussianMixtureClassifier(random_state=SEED),
    "gaussmix edda": lambda: GaussianMixtureClassifier(model="edda"),
    "gaussmix edda full": lambda: GaussianMixtureClassifier(
        model="edda", covariance_types=["full"]
    ),
    "gaussmix mixtures, K=3": lambda: GaussianMixtureClassifier(
        _CLUSTERS, covariance_types=["full"], init_params="kmeans", random_state=SEED
    ),
    # By default it takes columns of small units for constant ones.
    _DISCRIMINANT: lambda: QuadraticDiscriminantAnalysis(tol=1e-15),
    "LDA": LinearDiscriminantAnalysis,
    _MIXTURE: _PerClass,
}


def classifying(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Error and seconds to fit and predict, table by table."""
    tables: dict[str, list[_Split]] = {
        "iris": _folds(*load_iris(return_X_y=True)),
        "wine": _folds(*load_wine(return_X_y=True)),
        "breast cancer": _folds(*load_breast_cancer(return_X_y=True)),
    }
    n_rows = _ROWS // 20 if quick else _ROWS
    tables[f"{n_rows:,} x {_COLUMNS}"] = [_simulated(n_rows)]
    parts, figures = [], {}
    for name, splits in tables.items():
        runs = interleaved(
            {rival: Task(partial(_error, splits, make)) for rival, make in _RIVALS.items()},
            1 if quick else repeat,
        )
        of_discriminant, of_mixtures = runs[_DISCRIMINANT].median, runs[_MIXTURE].median
        rows: list[list[Cell]] = [
            [
                rival,
                run.answers[0],
                run.median,
                run.median / of_discriminant,
                run.median / of_mixtures,
            ]
            for rival, run in runs.items()
        ]
        header = [name, "error", "median s", "times QDA's", "times scikit-learn mixtures'"]
        parts.append(text_table(header, rows))
        figures[name] = {
            rival: {"seconds": run.seconds, "error": run.answers[0]} for rival, run in runs.items()
        }
    return "\n\n".join(parts), figures


def _folds(X: Array, y: Array) -> list[_Split]:
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED).split(X, y)
    return [(X[train], y[train], X[out], y[out]) for train, out in folds]


def _simulated(n_rows: int) -> _Split:
    """Rows of classes that have several clusters each."""
    clusters = [overlapping_clusters(_COLUMNS, _CLUSTERS, SEED + c) for c in range(_CLASSES)]
    rows = np.concatenate([each.draw(n_rows // _CLASSES, SEED) for each in clusters])
    label = np.repeat(np.arange(_CLASSES), n_rows // _CLASSES)
    order, cut = np.random.default_rng(SEED).permutation(len(rows)), 4 * len(rows) // 5
    train, out = order[:cut], order[cut:]
    return rows[train], label[train], rows[out], label[out]


def _error(splits: list[_Split], make: Callable[[], Any], _round: int) -> float:
    wrong = total = 0
    for rows, label, held_out, truth in splits:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = make().fit(rows, label).predict(held_out)
        wrong += int((answer != truth).sum())
        total += len(truth)
    return wrong / total
