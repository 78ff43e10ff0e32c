"""Regression beside scikit-learn's: errors, held-out densities, intervals and seconds."""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm
from sklearn.datasets import load_diabetes
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.linear_model import BayesianRidge
from sklearn.model_selection import KFold
from tables import Cell, text_table
from workloads import SEED, Array

from gaussmix import GaussianMixtureRegressor

_LEVEL = 0.9
_FOLDS = 5
#: Gaussian processes take time with the cube of the rows.
_MOST_FOR_PROCESS = 500
_PREDICTED = 100_000


@dataclass(frozen=True)
class Prediction:
    """Means, ends of intervals and log densities of held-out targets, (N,) each; None for none."""

    mean: Array
    interval: tuple[Array, Array] | None = None
    log_density: Array | None = None


#: (inputs, targets, held-out inputs, held-out targets) -> what is predicted
Method = Callable[[Array, Array, Array, Array], Prediction]


def regressing(*, quick: bool) -> tuple[str, dict[str, Any]]:
    """Five-fold cross-validation of all methods on three tables, and 100,000 predictions."""
    rows: list[list[Cell]] = []
    figures: dict[str, Any] = {}
    for table, (X, y) in _tables(quick=quick).items():
        for name, method in _methods().items():
            if name == "GaussianProcess" and len(X) > _MOST_FOR_PROCESS:
                continue
            found = _judged(method, X, y)
            rows.append([table, name, *found.values()])
            figures[f"{table}: {name}"] = found
    header = ["table", "method", "RMSE", "log density", "in 90 % interval", "width", "seconds"]
    seconds = _prediction_seconds(quick=quick)
    lines = [f"{name}: {value:.2f} s." for name, value in seconds.items()]
    figures["seconds of predictions"] = seconds
    return "\n\n".join([text_table(header, rows), "\n".join(lines)]), figures


def _judged(method: Method, X: Array, y: Array) -> dict[str, Cell]:
    """Means over folds, and seconds of one fold's fit and predictions."""
    square, density, inside, width = [], [], [], []
    begin = time.perf_counter()
    for train, test in KFold(_FOLDS, shuffle=True, random_state=SEED).split(X):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = method(X[train], y[train], X[test], y[test])
        square.append(np.square(found.mean - y[test]).mean())
        if found.log_density is not None:
            density.append(found.log_density.mean())
        if found.interval is not None:
            low, high = found.interval
            inside.append(((low <= y[test]) & (y[test] <= high)).mean())
            width.append((high - low).mean())
    return {
        "rmse": float(np.sqrt(np.mean(square))),
        "log density": _mean(density),
        "inside": _mean(inside),
        "width": _mean(width),
        "seconds": (time.perf_counter() - begin) / _FOLDS,
    }


def _mean(values: list[Any]) -> float | None:
    return float(np.mean(values)) if values else None


def _methods() -> Mapping[str, Method]:
    return {
        "GaussianMixtureRegressor": _mixture("cv"),
        'the same, criterion="bic"': _mixture("bic"),
        "BayesianRidge": _gaussian(BayesianRidge),
        "GaussianProcess": _gaussian(_process),
        "RandomForest": _forest,
        "HistGradientBoosting": _boosting,
    }


def _mixture(criterion: str) -> Method:
    def method(X: Array, y: Array, X_new: Array, y_new: Array) -> Prediction:
        model = GaussianMixtureRegressor(criterion=criterion, random_state=SEED).fit(X, y)
        interval = model.predict_interval(X_new, _LEVEL)
        return Prediction(model.predict(X_new), interval, model.log_density(X_new, y_new))

    return method


def _gaussian(make: Callable[[], Any]) -> Method:
    """A method with a mean and a standard deviation; columns are standardised for it."""

    def method(X: Array, y: Array, X_new: Array, y_new: Array) -> Prediction:
        centre, scale = X.mean(axis=0), X.std(axis=0)
        model = make().fit((X - centre) / scale, y)
        mean, std = model.predict((X_new - centre) / scale, return_std=True)
        normal = norm(mean, std)
        return Prediction(mean, normal.interval(_LEVEL), normal.logpdf(y_new))

    return method


def _process() -> GaussianProcessRegressor:
    kernel = ConstantKernel() * RBF() + WhiteKernel()
    return GaussianProcessRegressor(kernel, normalize_y=True)


def _forest(X: Array, y: Array, X_new: Array, y_new: Array) -> Prediction:  # noqa: ARG001  one signature
    return Prediction(RandomForestRegressor(random_state=SEED).fit(X, y).predict(X_new))


def _boosting(X: Array, y: Array, X_new: Array, y_new: Array) -> Prediction:  # noqa: ARG001  one signature
    def model(**loss: Any) -> Any:
        return HistGradientBoostingRegressor(random_state=SEED, **loss).fit(X, y)

    tail = 0.5 * (1.0 - _LEVEL)
    low, high = (model(loss="quantile", quantile=q).predict(X_new) for q in (tail, 1.0 - tail))
    return Prediction(model().predict(X_new), (low, high))


def _tables(*, quick: bool) -> dict[str, tuple[Array, Array]]:
    rng = np.random.default_rng(SEED)
    inputs, disease = load_diabetes(return_X_y=True)
    n = 200 if quick else 500
    t = rng.uniform(0.0, 1.0, n)
    x = t + 0.3 * np.sin(2.0 * np.pi * t) + rng.normal(0.0, 0.05, n)
    return {
        "diabetes": (inputs, disease.astype(np.float64)),
        "inverse": (x[:, None], t),
        "houses": _houses(400 if quick else 2000, rng),
    }


def _houses(n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Blocks of houses about five towns: prices rise with income and fall with distance."""
    towns = rng.uniform(0.0, 10.0, (5, 2))
    town = rng.integers(len(towns), size=n)
    place = towns[town] + rng.normal(0.0, 0.6, (n, 2))
    income = np.exp(rng.normal(1.2 + 0.15 * town, 0.4))
    rooms = 3.0 + 0.5 * income + rng.normal(0.0, 0.8, n)
    age = rng.uniform(1.0, 52.0, n)
    people = np.exp(rng.normal(7.0, 0.6, n))
    households = people / np.exp(rng.normal(1.1, 0.15, n))
    bedrooms = 0.2 * rooms + rng.normal(0.0, 0.1, n)
    distance = np.sqrt(np.square(place - towns[town]).sum(axis=1))
    price = 0.4 * income * np.exp(-0.5 * distance) + 0.2 * town + 0.005 * age
    price += rng.normal(0.0, 0.1 + 0.05 * income)
    columns = [place, income, rooms, age, people, households, bedrooms]
    return np.column_stack(columns), price


def _prediction_seconds(*, quick: bool) -> dict[str, float]:
    """Seconds of answers for many rows of eight columns, by nine full components."""
    rng = np.random.default_rng(SEED)
    X, y = _houses(3000, rng)
    model = GaussianMixtureRegressor(
        9, covariance_types="full", criterion="bic", random_state=SEED, max_iter=100
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    rows, _ = _houses(_PREDICTED // 10 if quick else _PREDICTED, rng)
    asked = {
        "predict": lambda: model.predict(rows),
        "predict with return_std": lambda: model.predict(rows, return_std=True),
        "predict_interval": lambda: model.predict_interval(rows),
        "conditional": lambda: model.conditional(rows),
    }
    seconds = {}
    for name, ask in asked.items():
        begin = time.perf_counter()
        ask()
        seconds[f"{name}, {len(rows):,} rows"] = time.perf_counter() - begin
    return seconds
