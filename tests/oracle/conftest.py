"""The plain formulas, and the library asked for the same."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import Components, Noise
from gaussmix.em import Problem
from gaussmix.execution import Team
from gaussmix.maximization import NOTHING_FIXED, Fixed


@pytest.fixture(scope="session")
def hidden():
    """The module of plain formulas."""
    path = Path(__file__).with_name("hidden_em.py")
    spec = importlib.util.spec_from_file_location("hidden_em", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Ask:
    """The library, asked in the words of the plain formulas."""

    @staticmethod
    def details(rows, *, axes=False):
        """What is known of the rows beside X; `axes` for errors as variances."""
        error = rows.error if rows.error.any() else None
        if error is not None and axes:
            error = np.diagonal(error, axis1=1, axis2=2).copy()
        label = rows.label if (rows.label >= 0).any() else None
        return Details(rows.weight, label, error)

    @staticmethod
    def components(code, theta):
        """The components; theta's matrices must be of the family."""
        covariances = FAMILIES[code].nearest(theta.matrices)
        noise = None
        if theta.sides is not None:
            noise = Noise(theta.noise, np.zeros(len(theta.sides)), theta.sides)
        return Components(theta.weights, theta.means, covariances, noise)

    @staticmethod
    def fixed(code, theta, masks):
        """Which of theta's values are not estimated."""
        if not masks:
            return NOTHING_FIXED
        weights = means = covariances = has = None
        if "weights" in masks:
            weights = np.where(masks["weights"], theta.weights, np.nan)
        if "means" in masks:
            means = np.where(masks["means"][:, None], theta.means, np.nan)
        if "covariances" in masks:
            covariances, has = FAMILIES[code].nearest(theta.matrices), masks["covariances"]
        return Fixed(weights, means, covariances, has)

    @staticmethod
    def problem(code, rows, theta, *, reg_covar=0.0, fixed=None, axes=False, dtype=np.float64):
        """The problem of fitting the rows from theta."""
        source = ArraySource(rows.X.astype(dtype), Ask.details(rows, axes=axes))
        facts = survey(source, Team())
        components = Ask.components(code, theta)
        noise = None if components.noise is None else replace(components.noise, weight=0.0)
        return Problem(
            source,
            facts,
            FAMILIES[code],
            len(theta.weights),
            reg_covar,
            noise,
            Ask.fixed(code, theta, fixed),
        )

    @staticmethod
    def step(code, rows, theta, *, exact=False, **options):
        """Parameters after one step, and the statistics they come from."""
        problem = Ask.problem(code, rows, theta, **options)
        kernel = problem.kernel(Ask.components(code, theta))
        which = problem.needs_exact(kernel) | exact
        statistics = problem.expect(kernel, which, set(), Team())
        return problem.maximize(statistics), statistics

    @staticmethod
    def assert_same(found, expected, rtol=1e-9):
        """That the components are theta, in units of theta's own spread."""
        unit = np.sqrt(np.einsum("kii->ki", expected.matrices).max(axis=0))
        np.testing.assert_allclose(found.weights, expected.weights, atol=rtol)
        np.testing.assert_allclose(found.means / unit, expected.means / unit, atol=rtol, rtol=rtol)
        units = np.outer(unit, unit)
        difference = found.covariances.dense() - expected.matrices
        np.testing.assert_allclose(difference / units, 0.0, atol=rtol)
        if expected.sides is not None:
            np.testing.assert_allclose(found.noise.weight, expected.noise, atol=rtol)


@pytest.fixture(scope="session")
def ask():
    return Ask()


class Draw:
    """Random rows and parameters."""

    @staticmethod
    def theta(hidden, code, n_components, n_features, seed, *, sides=None):
        """Random parameters of a family."""
        rng = np.random.default_rng([seed, n_components, n_features])
        factor = rng.normal(size=(n_components, n_features, 2 * n_features))
        matrices = factor @ factor.swapaxes(1, 2) / (2 * n_features)
        matrices = matrices * rng.uniform(0.5, 2.0, size=(n_components, 1, 1))
        matrices = np.array(hidden.by_family(code, matrices, np.ones(n_components)))
        means = 1.5 * rng.normal(size=(n_components, n_features))
        shares = rng.dirichlet(np.full(n_components + 1, 8.0))
        if sides is None:
            return hidden.Theta(shares[:-1] / shares[:-1].sum(), means, matrices)
        return hidden.Theta(shares[:-1], means, matrices, shares[-1], sides)

    @staticmethod
    def rows(hidden, theta, n_rows, seed, **options):
        """Random rows: "gaps", "weights", "labels", "error" ("axes" or "full") say of what kind."""
        rng = np.random.default_rng([seed, n_rows])
        n_components, n_features = theta.means.shape
        z = rng.integers(n_components, size=n_rows)
        factors = np.linalg.cholesky(theta.matrices)[z]
        X = theta.means[z] + (factors @ rng.normal(size=(n_rows, n_features, 1)))[..., 0]
        weight = label = error = None
        if options.get("gaps"):
            X[rng.random(X.shape) < 0.35] = np.nan
            # One row of each kind that matters most: nothing, everything observed.
            X[0], X[1] = np.nan, theta.means[0] + 0.5
        if options.get("weights"):
            weight = rng.choice([0.0, 0.5, 1.0, 2.7], size=n_rows)
            weight[0], weight[1] = 1.3, 2.0
        if options.get("labels"):
            label = np.where(rng.random(n_rows) < 0.3, z, -1)
            label[1] = 0
        if options.get("error") == "axes":
            error = rng.uniform(0.0, 1.5, size=(n_rows, n_features))
        elif options.get("error") == "full":
            noise = rng.normal(size=(n_rows, n_features, n_features))
            error = 0.3 * noise @ noise.swapaxes(1, 2)
        return hidden.Rows(X, weight, label, error)


@pytest.fixture(scope="session")
def draw():
    return Draw()
