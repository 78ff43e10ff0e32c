"""Fixtures that many tests share: the table of tolerances, random mixtures, brute force."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import Components
from gaussmix.em import Problem
from gaussmix.execution import Team
from gaussmix.expectation import SufficientStatistics

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Tolerances:
    """The one table of tolerances.

    Attributes
    ----------
    ulps : relative; a handful of operations, 100 ulps.
    rounding : relative; sums of some thousand products in another order, or solves with
        condition numbers up to 1e4.
    certified : absolute, log density of a row; what the certificate promises.
    statistics : relative to a sum's total of absolute terms; responsibilities of the fast
        kernel are off by as much as the certificate lets log densities be.
    trajectory : relative; parameters after dozens of iterations from equal starts, each of
        which may differ by `certified` and be amplified by slow convergence.
    fall : per row; how far an objective may fall because each of the two passes compared may
        be off by `certified`.
    """

    ulps: float = 2.5e-14
    rounding: float = 1e-11
    certified: float = 1e-8
    statistics: float = 1e-8
    trajectory: float = 1e-6
    fall: float = 2e-8


@pytest.fixture(scope="session")
def tolerance() -> Tolerances:
    return Tolerances()


class Make:
    """Random matrices, mixtures and rows."""

    @staticmethod
    def spd(rng: np.random.Generator, n: int, n_features: int, condition: float = 30.0) -> Array:
        """Matrices (n, D, D) with eigenvalues between 1 and 1 / condition."""
        basis = np.linalg.qr(rng.normal(size=(n, n_features, n_features)))[0]
        values = condition ** -rng.random((n, n_features))
        values[:, 0] = 1.0
        values[:, -1] = 1.0 / condition if n_features > 1 else 1.0
        dense = (basis * values[:, None]) @ basis.swapaxes(1, 2)
        return 0.5 * (dense + dense.swapaxes(1, 2))

    @staticmethod
    def components(
        code: str,
        n_components: int,
        n_features: int,
        seed: int = 0,
        *,
        condition: float = 30.0,
        spread: float = 2.0,
    ) -> Components:
        """A random mixture of the family."""
        rng = np.random.default_rng([seed, n_components, n_features])
        matrices = Make.spd(rng, n_components, n_features, condition)
        matrices *= rng.uniform(0.5, 2.0, size=(n_components, 1, 1))
        return Components(
            rng.dirichlet(np.full(n_components, 5.0)),
            spread * rng.normal(size=(n_components, n_features)),
            FAMILIES[code].nearest(matrices),
        )

    @staticmethod
    def rows(components: Components, n_rows: int, seed: int = 0) -> Array:
        """Rows (N, D) drawn from a mixture."""
        rng = np.random.default_rng([seed, n_rows])
        labels = rng.choice(components.n_components, size=n_rows, p=components.weights)
        noise = rng.normal(size=(n_rows, components.n_features))
        colored = [
            components.covariances.colorize(k, noise) for k in range(len(components.weights))
        ]
        return components.means[labels] + np.stack(colored)[labels, np.arange(n_rows)]

    @staticmethod
    def start(code: str, X: Array, n_components: int, seed: int = 0) -> Components:
        """Parameters to start from: means at rows, covariances of the order of the rows' own."""
        rng = np.random.default_rng([seed, n_components])
        spread = np.atleast_2d(np.cov(X.T))
        std = np.sqrt(np.diagonal(spread))
        shapes = Make.spd(rng, n_components, X.shape[1], 4.0)
        return Components(
            rng.dirichlet(np.full(n_components, 20.0)),
            X[rng.choice(len(X), n_components, replace=False)],
            FAMILIES[code].nearest(0.5 * shapes * np.outer(std, std)),
        )

    @staticmethod
    def problem(
        X: Array,
        code: str,
        n_components: int,
        *,
        weight: Array | None = None,
        reg_covar: float = 1e-6,
    ) -> Problem:
        """The problem of fitting rows, surveyed in one thread."""
        source = ArraySource(X, Details(weight))
        return Problem(source, survey(source, Team()), FAMILIES[code], n_components, reg_covar)

    @staticmethod
    def expect(
        problem: Problem,
        components: Components,
        team: Team | None = None,
        *,
        exact: Array | None = None,
        level: float = 0.0,
        wide: set[int] | None = None,
    ) -> tuple[SufficientStatistics, Array]:
        """One E-step, and which components were exact: those asked for and those that must."""
        kernel = problem.kernel(components, level)
        needed = problem.needs_exact(kernel)
        if exact is not None:
            needed = needed | exact
        learnt = set() if wide is None else wide
        return problem.expect(kernel, needed, learnt, team or Team()), needed


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


class Brute:
    """The formulas with whole arrays and dense matrices, sharing no code with the library."""

    @staticmethod
    def log_joint(weights: Array, means: Array, matrices: Array, X: Array) -> Array:
        """log w_k N(x_n | mu_k, Sigma_k), (N, K)."""
        columns = [
            np.log(w) + np.atleast_1d(multivariate_normal(m, S).logpdf(X))
            for w, m, S in zip(weights, means, matrices, strict=True)
        ]
        return np.stack(columns, axis=1)

    @staticmethod
    def m_step(code: str, X: Array, mass_of: Array, pseudo: Array) -> tuple[Array, Array, Array]:
        """Weights, means, matrices for weighted responsibilities (N, K) and pseudo-scatter."""
        n_components, n_features = mass_of.shape[1], X.shape[1]
        mass = mass_of.sum(axis=0)
        means = (mass_of.T @ X) / mass[:, None]
        away = X[:, None] - means
        S = np.einsum("nk,nki,nkj->kij", mass_of, away, away) + pseudo
        if code[0] == "E":
            S, divisor = np.broadcast_to(S.sum(axis=0), S.shape), np.full(n_components, mass.sum())
        else:
            divisor = mass
        S = S / divisor[:, None, None]
        eye = np.eye(n_features)
        if code[2] == "I":
            S = S * eye
        if code[1] == "I":
            S = np.trace(S, axis1=1, axis2=2)[:, None, None] / n_features * eye
        return mass / mass.sum(), means, S

    @staticmethod
    def em(
        code: str, X: Array, start: Components, n_iter: int, *, weight: Array, reg_covar: float
    ) -> tuple[Array, Array, Array, Array]:
        """Plain penalised EM: weights, means, matrices and the objective after each step."""
        theta = (start.weights, start.means, start.covariances.dense())
        variance = weight @ (X - weight @ X / weight.sum()) ** 2 / weight.sum()
        nu = reg_covar * weight.sum() / len(start.weights)
        objectives = []
        for _ in range(n_iter):
            joint = Brute.log_joint(*theta, X)
            resp = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
            theta = Brute.m_step(code, X, weight[:, None] * resp, nu * np.diag(variance))
            log_density = logsumexp(Brute.log_joint(*theta, X), axis=1)
            traces = np.trace(np.linalg.inv(theta[2]) @ np.diag(variance), axis1=1, axis2=2)
            total = weight @ log_density - 0.5 * nu * traces.sum()
            objectives.append(total / weight.sum())
        return (*theta, np.array(objectives))


@pytest.fixture(scope="session")
def brute() -> Brute:
    return Brute()
