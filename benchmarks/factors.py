"""Mixtures of factor analysers on wide rows, beside a textbook one and full covariances."""

from statistics import median
from typing import Any

import numpy as np
from measure import Task, interleaved
from rivals import ours, unfinished
from sklearn.mixture import GaussianMixture as SklearnMixture
from tables import Cell, text_table
from workloads import SEED, Array

_N_ROWS, _N_FEATURES, _N_COMPONENTS, _RANK = 5_000, 784, 10, 5
_LONG = 11
#: scikit-learn's iterations are long enough for two to tell.
_LONG_OF_FULL = 2


def factors(repeat: int, *, quick: bool) -> tuple[str, dict[str, Any]]:
    """Seconds per iteration from one start, and for a whole fit from the rows alone."""
    n_features = 100 if quick else _N_FEATURES
    rows, labels = _clusters(n_features)
    ends = {"gaussmix": _LONG, "textbook": _LONG, "scikit-learn, full": _LONG_OF_FULL}
    makers = {"gaussmix": _ours, "textbook": _textbook, "scikit-learn, full": _full}
    tasks = {
        f"{name}:{n_iter}": Task(makers[name](rows, labels, n_iter))
        for name, end in ends.items()
        for n_iter in (1, end)
    }
    tasks["whole fit"] = Task(_whole(rows))
    runs = interleaved(tasks, repeat)
    seconds = {
        name: median(
            (long - short) / (end - 1)
            for long, short in zip(
                runs[f"{name}:{end}"].seconds, runs[f"{name}:1"].seconds, strict=True
            )
        )
        for name, end in ends.items()
    }
    table: list[list[Cell]] = [
        [name, 1e3 * own, own / seconds["gaussmix"]] for name, own in seconds.items()
    ]
    header = [
        f"{len(rows):,} x {n_features}, K={_N_COMPONENTS}, q={_RANK}",
        "ms per iteration",
        "times gaussmix",
    ]
    whole = runs["whole fit"]
    found = whole.answers[-1]
    note = (
        f"A whole fit of gaussmix (default start and tol) takes {whole.median:.2f} s and "
        f"{found.n_iter_} iterations."
    )
    figures = {"seconds": seconds, "whole_fit": whole.median, "n_iter": found.n_iter_}
    return f"{text_table(header, table)}\n\n{note}", figures


def _clusters(n_features: int) -> tuple[Array, Array]:
    """Rows of clusters with loadings and noise of their own, and labels, three in ten wrong."""
    rng = np.random.default_rng(SEED)
    labels = np.arange(_N_ROWS) % _N_COMPONENTS
    rows = np.empty((_N_ROWS, n_features))
    for k in range(_N_COMPONENTS):
        own = np.flatnonzero(labels == k)
        scores = rng.normal(size=(len(own), _RANK))
        noise = rng.normal(size=(len(own), n_features)) * rng.uniform(0.4, 1.0, n_features)
        centre = 0.5 * rng.normal(size=n_features)
        rows[own] = centre + 0.7 * scores @ rng.normal(size=(_RANK, n_features)) + noise
    wrong = rng.random(_N_ROWS) < 0.3
    labels[wrong] = rng.integers(0, _N_COMPONENTS, np.count_nonzero(wrong))
    return rows, labels


def _ours(rows: Array, labels: Array, n_iter: int) -> Any:
    model = ours(
        n_components=_N_COMPONENTS,
        covariance_type="factor",
        n_factors=_RANK,
        tol=0.0,
        max_iter=n_iter,
        init_params=labels,
    )

    def run(_: int) -> None:
        with unfinished():
            model.fit(rows)

    return run


def _whole(rows: Array) -> Any:
    model = ours(
        n_components=_N_COMPONENTS, covariance_type="factor", n_factors=_RANK, random_state=SEED
    )

    def run(_: int) -> Any:
        with unfinished():
            return model.fit(rows)

    return run


def _full(rows: Array, labels: Array, n_iter: int) -> Any:
    means = np.array([rows[labels == k].mean(axis=0) for k in range(_N_COMPONENTS)])
    model = SklearnMixture(
        _N_COMPONENTS,
        tol=0.0,
        max_iter=n_iter,
        means_init=means,
        weights_init=np.full(_N_COMPONENTS, 1.0 / _N_COMPONENTS),
        precisions_init=np.tile(np.eye(rows.shape[1]), (_N_COMPONENTS, 1, 1)),
    )

    def run(_: int) -> None:
        with unfinished():
            model.fit(rows)

    return run


def _textbook(rows: Array, labels: Array, n_iter: int) -> Any:
    """EM as McLachlan & Peel (2000), chapter 8, write it, component by component in NumPy."""

    def run(_: int) -> None:
        resp = np.eye(_N_COMPONENTS)[labels]
        rng = np.random.default_rng(SEED)
        shape = (_N_COMPONENTS, rows.shape[1], _RANK)
        loadings, noise = 0.1 * rng.normal(size=shape), np.tile(rows.var(axis=0), (shape[0], 1))
        for _number in range(n_iter):
            resp = _textbook_iteration(rows, resp, loadings, noise)

    return run


def _textbook_iteration(rows: Array, resp: Array, loadings: Array, noise: Array) -> Array:
    """Update loadings (K, D, q) and noise (K, D) in place; responsibilities (N, K)."""
    log_joint = np.empty_like(resp)
    for k, mass in enumerate(resp.sum(axis=0)):
        away = rows - resp[:, k] @ rows / mass
        for step in ("update", "evaluate"):
            scaled = loadings[k] / noise[k][:, None]
            inner = np.eye(loadings.shape[2]) + loadings[k].T @ scaled
            slopes = np.linalg.solve(inner, scaled.T)
            if step == "update":
                scores = away @ slopes.T
                weighted = resp[:, k, None] * scores
                cross = away.T @ weighted
                second = mass * np.linalg.inv(inner) + scores.T @ weighted
                loadings[k] = np.linalg.solve(second, cross.T).T
                left = resp[:, k] @ away**2 - np.einsum("dq,dq->d", loadings[k], cross)
                noise[k] = left / mass + 1e-6
        half = away @ scaled
        square = (away**2 / noise[k]).sum(axis=1)
        square -= np.einsum("nq,nq->n", half, np.linalg.solve(inner, half.T).T)
        log_det = np.log(noise[k]).sum() + np.linalg.slogdet(inner)[1]
        log_joint[:, k] = np.log(mass) - 0.5 * (square + log_det)
    log_joint -= log_joint.max(axis=1, keepdims=True)
    joint = np.exp(log_joint)
    return joint / joint.sum(axis=1, keepdims=True)
