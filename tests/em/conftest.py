"""Mixtures side by side, and what one of them alone comes to: what tests of stacks share."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gaussmix.covariance import FAMILIES, side_by_side
from gaussmix.data import ArraySource, Details, survey
from gaussmix.density import Components
from gaussmix.em import Fit, Problem, Stack
from gaussmix.em.ground import Ground
from gaussmix.execution import Team

Array = np.ndarray[Any, np.dtype[Any]]


class Stacks:
    """Problems, mixtures side by side, and stacks of them."""

    #: Numbers of components: several mixtures of one size, and several sizes.
    sizes = (1, 2, 2, 3, 5)

    @staticmethod
    def problem(
        X: Array,
        code: str,
        n_components: int = 1,
        *,
        weight: Array | None = None,
        reg_covar: float = 1e-6,
        **more: Any,
    ) -> Problem:
        """The problem of fitting rows."""
        source = ArraySource(X, Details(weight))
        facts = survey(source, Team())
        return Problem(source, facts, FAMILIES[code], n_components, reg_covar, **more)

    @staticmethod
    def own(problem: Problem, mixture: Components) -> Problem:
        """The problem of one of the mixtures."""
        return replace(problem, n_components=mixture.n_components)

    @staticmethod
    def joined(mixtures: list[Components]) -> Components:
        """The components of mixtures of rising sizes, one after the other."""
        return Components(
            np.concatenate([mixture.weights for mixture in mixtures]),
            np.concatenate([mixture.means for mixture in mixtures]),
            side_by_side([mixture.covariances for mixture in mixtures]),
        )

    @staticmethod
    def ground(problem: Problem) -> Ground:
        """The rows of a problem, ready for its family."""
        return Ground(problem, problem.family.scatter.quadratic)

    @staticmethod
    def at(problem: Problem, mixtures: list[Components]) -> Stack:
        """The stack that begins at mixtures of rising sizes."""
        return Stack.at(problem, Stacks.ground(problem), mixtures)

    @staticmethod
    def from_labels(problem: Problem, labels: list[Array]) -> Stack:
        """The stack that begins at partitions (N,) of the rows, of rising numbers of parts."""
        ground = Stacks.ground(problem)
        parts = [(own == np.arange(own.max() + 1)[:, None]) * ground.weight for own in labels]
        sizes = np.array([len(part) for part in parts])
        return Stack.begin(problem, ground, sizes, ground.summed(np.concatenate(parts)))

    @staticmethod
    def partitions(n_rows: int, sizes: tuple[int, ...], seed: int) -> list[Array]:
        """Random partitions in which every part has a row."""
        rng = np.random.default_rng([seed, n_rows])
        return [rng.permutation(np.arange(n_rows) % size) for size in sizes]

    @staticmethod
    def assert_same_end(one: Fit, other: Fit, tolerance: float) -> None:
        """Two fits have the same parameters, in units of their own spread."""
        unit = np.sqrt(other.components.covariances.variances)
        np.testing.assert_allclose(
            one.components.weights, other.components.weights, rtol=0.0, atol=tolerance
        )
        away = (one.components.means - other.components.means) / unit
        np.testing.assert_allclose(away, 0.0, atol=tolerance)
        change = one.components.covariances.dense() - other.components.covariances.dense()
        change /= unit[:, :, None] * unit[:, None, :]
        np.testing.assert_allclose(change, 0.0, atol=tolerance)


@pytest.fixture(scope="session")
def stacks() -> Stacks:
    return Stacks()
