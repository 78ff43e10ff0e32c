"""Filled gaps: errors, coverage and seconds beside scikit-learn's imputers and one Gaussian.

Values of two of scikit-learn's tables, standardised, are hidden completely at random; errors are
root mean squares over the hidden cells, so that the columns' means have an error of about one.
"""

import time
import warnings
from collections.abc import Callable
from statistics import mean
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  makes the next import work
from sklearn.impute import IterativeImputer, KNNImputer
from tables import Cell, text_table
from workloads import Array

from gaussmix import GaussianMixture, GaussianMixtureImputer
from gaussmix.mixture import Mixture, conditionals

_SHARES = (0.1, 0.3, 0.5)
_LEVEL = 0.9
#: Iterations of one Gaussian, which hardly moves any more by then.
_MOST = 300
_TABLES: dict[str, Callable[..., Any]] = {"wine": load_wine, "breast cancer": load_breast_cancer}


def imputing(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Means over `repeat` draws of what is hidden; with `quick` wine alone."""
    table: list[list[Cell]] = []
    figures: dict[str, Any] = {}
    for name in ("wine",) if quick else _TABLES:
        X = _TABLES[name](return_X_y=True)[0]
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        for share in _SHARES:
            found = [_one(X, share, seed) for seed in range(repeat)]
            own = {key: mean(float(one[key]) for one in found) for key in found[0]}
            figures[f"{name}:{share}"] = own
            table.append([f"{name}, {X.shape[0]} x {X.shape[1]}", share, *own.values()])
    header = ["table", "hidden", *_COLUMNS]
    note = (
        f"Defaults throughout, means over {repeat} draws of the hidden cells. Held: share of the "
        f"hidden values within {_LEVEL:.0%} intervals. One Gaussian: maximum likelihood by EM."
    )
    return f"{text_table(header, table)}\n\n{note}", figures


_COLUMNS = (
    "RMSE",
    "one Gaussian",
    "IterativeImputer",
    "KNNImputer",
    "held",
    "fit, s",
    "fill, s",
    "one Gaussian, s",
    "IterativeImputer, s",
    "KNNImputer, s",
)


def _one(X: Array, share: float, seed: int) -> dict[str, float]:
    """Errors and seconds for one draw of what is hidden, in the order of the columns."""
    gone = np.random.default_rng(seed).random(X.shape) < share
    rows = np.where(gone, np.nan, X)
    imputer = GaussianMixtureImputer(random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, fit = _timed(lambda: imputer.fit(rows))
        filled, fill = _timed(lambda: imputer.transform(rows))
        others = [
            _timed(lambda: _one_gaussian(rows)),
            _timed(lambda: IterativeImputer(random_state=seed).fit_transform(rows)),
            _timed(lambda: KNNImputer().fit_transform(rows)),
        ]
    lower, upper = imputer.intervals(rows, _LEVEL)
    held = float(((lower <= X) & (upper >= X))[gone].mean())
    errors = [
        float(np.sqrt(np.square(one - X)[gone].mean())) for one in (filled, *(x for x, _ in others))
    ]
    values = [*errors, held, fit, fill, *(seconds for _, seconds in others)]
    return dict(zip(_COLUMNS, values, strict=True))


def _one_gaussian(rows: Array) -> Array:
    """Gaps filled with the conditional means of one Gaussian."""
    model = GaussianMixture(1, tol=1e-6, max_iter=_MOST).fit(rows)
    filled = rows.copy()
    parts = conditionals(model.mixture_.components, rows, Mixture.from_components)
    for some, columns, conditional in parts:
        filled[some[:, None], columns] = conditional.mean()
    return filled


def _timed(task: Callable[[], Any]) -> tuple[Any, float]:
    """What a task returns, and its seconds."""
    start = time.perf_counter()
    answer = task()
    return answer, time.perf_counter() - start
