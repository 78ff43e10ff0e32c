"""Covariances as values: K matrices of one structure, each known by its factor.

A value is a stack. Where every component has the same matrix the stack holds it once
(`is_shared`), and every method still answers for all K components.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Self

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance.quadratic import PACKED, SQUARES, Quadratic
from gaussmix.covariance.split import Split
from gaussmix.linalg import cholesky, eigen, invert_lower, log_det, triangle, turn_to_upper


class Covariances(ABC):
    """K covariance matrices of one structure."""

    n_components: int
    quadratic: Quadratic

    @property
    @abstractmethod
    def n_features(self) -> int:
        """Number D of features."""

    @property
    @abstractmethod
    def is_shared(self) -> bool:
        """Whether one matrix serves every component."""

    def _for_all(self, distinct: FloatArray) -> FloatArray:
        """One entry per component from one per distinct matrix."""
        if len(distinct) == self.n_components:
            return distinct
        return np.broadcast_to(distinct, (self.n_components, *distinct.shape[1:]))

    @property
    @abstractmethod
    def log_det(self) -> FloatArray:
        """Log-determinants, (K,)."""

    @property
    @abstractmethod
    def precision_features(self) -> FloatArray:
        """Coefficients (K, Q) of x' inverse(Sigma_k) x; (1, Q) when shared."""

    @property
    @abstractmethod
    def precision_diagonal(self) -> FloatArray:
        """Diagonals of the precision matrices, (K, D)."""

    @property
    @abstractmethod
    def variances(self) -> FloatArray:
        """Diagonals of the matrices, (K, D)."""

    @property
    @abstractmethod
    def whiteners(self) -> FloatArray:
        """Matrices W with y = W x as `whiten` makes it, (K, D, D) or (1, D, D)."""

    @abstractmethod
    def whiten(self, k: int, x: FloatArray) -> FloatArray:
        """y (D, B) with y'y = x' inverse(Sigma_k) x, for x (D, B)."""

    def square_distance(self, k: int, x: FloatArray) -> FloatArray:
        """x' inverse(Sigma_k) x, (B,), for x (D, B)."""
        y = self.whiten(k, x)
        return np.asarray(np.einsum("db,db->b", y, y))

    def beyond_features(self, x: FloatArray) -> FloatArray | None:
        """What log densities of x (D, B) have beyond `precision_features`, (K, B) or (1, B)."""
        return None

    @abstractmethod
    def whiten_each(self, points: FloatArray) -> FloatArray:
        """Point k whitened by component k, (K, D) -> (K, D)."""

    @abstractmethod
    def unwhiten_each(self, points: FloatArray) -> FloatArray:
        """Transpose of `whiten_each`: factor' y, so that both together apply the precision."""

    @abstractmethod
    def largest_precision(self, scale: FloatArray) -> FloatArray:
        """Upper bounds (K,) of the precisions' largest eigenvalues, columns in units (D,)."""

    def largest_difference(self, j: int, k: int, scale: FloatArray) -> float:
        """Largest entry by which two components' matrices differ, columns in units (D,)."""
        change = self.matrix(j) - self.matrix(k)
        return float(np.abs(change / np.outer(scale, scale)).max(initial=0.0))

    def flattest(self, k: int, scale: FloatArray) -> tuple[float, FloatArray]:
        """Smallest variance of component k along any direction, and that direction (D,).

        Columns in units of the scale (D,).
        """
        values, vectors = eigen(self.matrix(k) / np.outer(scale, scale))
        return float(values[0]), vectors[:, 0]

    @abstractmethod
    def colorize(self, k: int, z: FloatArray) -> FloatArray:
        """x (n, D) with covariance Sigma_k, for independent standard normal z (n, D)."""

    @abstractmethod
    def dense(self) -> FloatArray:
        """The matrices, (K, D, D)."""

    def matrix(self, k: int) -> FloatArray:
        """The matrix of component k, (D, D)."""
        return np.asarray(self.take(np.array([k])).dense()[0])

    def precision(self, k: int) -> FloatArray:
        """Inverse of the matrix of component k, (D, D)."""
        whitener = self.whiteners[0 if self.is_shared else k]
        return np.asarray(whitener.T @ whitener)

    @abstractmethod
    def marginal(self, columns: IntArray) -> "Covariances":
        """Covariances of the chosen columns."""

    @abstractmethod
    def split(self, columns: IntArray) -> Split:
        """The marginal of the chosen columns, and what they leave open of the others."""

    @abstractmethod
    def take(self, order: IntArray) -> Self:
        """The components of the given numbers, in that order."""

    @property
    def _stack_name(self) -> str:
        """What the array is called that holds the stack."""
        return next(iter(fields(self))).name  # type: ignore[arg-type]  # each value is a dataclass

    def as_shared(self) -> Self:
        """The same, held once, of components that all have one matrix."""
        name = self._stack_name
        return replace(self, **{name: getattr(self, name)[:1]})  # type: ignore[type-var]  # as above

    def placed(self, where: IntArray, others: "Covariances") -> "Covariances":
        """The others, with these in the places of the given numbers; none of them shared."""
        assert type(others) is type(self), "covariances of another structure"
        name = self._stack_name
        stack = getattr(others, name).copy()
        stack[where] = getattr(self, name)
        return replace(others, **{name: stack})  # type: ignore[type-var]  # as above


@dataclass(frozen=True)
class FullCovariances(Covariances):
    """Ellipsoids.

    Attributes
    ----------
    chol : (K, D, D) array, or (1, D, D) when shared
        Lower Cholesky factors.
    n_components : int
    """

    chol: FloatArray
    n_components: int
    quadratic = PACKED

    @classmethod
    def from_dense(cls, matrices: FloatArray, n_components: int) -> "FullCovariances":
        """From symmetric positive definite matrices (K, D, D) or (1, D, D)."""
        return cls(cholesky(matrices), n_components)

    @classmethod
    def of_factors(
        cls, chol: FloatArray, chol_inverse: FloatArray, n_components: int
    ) -> "FullCovariances":
        """From lower factors whose inverses are known already."""
        value = cls(chol, n_components)
        value.__dict__["chol_inverse"] = chol_inverse  # where the cached property keeps it
        return value

    @property
    def n_features(self) -> int:
        return int(self.chol.shape[-1])

    @property
    def is_shared(self) -> bool:
        return len(self.chol) < self.n_components

    @cached_property
    def chol_inverse(self) -> FloatArray:
        """Inverses of the lower factors, (K, D, D) or (1, D, D)."""
        return invert_lower(self.chol)

    @property
    def log_det(self) -> FloatArray:
        return self._for_all(log_det(self.chol))

    @property
    def precision_features(self) -> FloatArray:
        rows, columns = triangle(self.n_features)
        inverse = self.chol_inverse
        precision = np.matmul(inverse.swapaxes(-1, -2), inverse)[..., rows, columns]
        return np.asarray(precision * np.where(rows == columns, 1.0, 2.0))

    @property
    def precision_diagonal(self) -> FloatArray:
        diagonal = np.einsum("kij,kij->kj", self.chol_inverse, self.chol_inverse)
        return self._for_all(diagonal)

    @property
    def variances(self) -> FloatArray:
        diagonal = np.einsum("kij,kij->ki", self.chol, self.chol)
        return self._for_all(diagonal)

    @property
    def whiteners(self) -> FloatArray:
        return self.chol_inverse

    def _each(self, matrices: FloatArray, points: FloatArray) -> FloatArray:
        return np.asarray(np.matmul(matrices, points[..., None])[..., 0])

    def whiten(self, k: int, x: FloatArray) -> FloatArray:
        return np.asarray(self.chol_inverse[0 if self.is_shared else k] @ x)

    def whiten_each(self, points: FloatArray) -> FloatArray:
        return self._each(self.chol_inverse, points)

    def unwhiten_each(self, points: FloatArray) -> FloatArray:
        return self._each(self.chol_inverse.swapaxes(-1, -2), points)

    def largest_precision(self, scale: FloatArray) -> FloatArray:
        # The Frobenius norm of A A is at least the square of A's largest eigenvalue and, for
        # D positive ones, at most sqrt(D) times it: within 3 for the root at D = 81.
        whitener = self.chol_inverse * scale
        precision = np.matmul(whitener.swapaxes(-1, -2), whitener)
        largest = np.max(np.abs(precision), axis=(1, 2), initial=0.0)
        square = np.matmul(precision, precision / largest[:, None, None])
        norms = np.sqrt(np.einsum("kij,kij->k", square, square))
        return self._for_all(np.sqrt(norms * largest))

    def colorize(self, k: int, z: FloatArray) -> FloatArray:
        return np.asarray(z @ self.chol[0 if self.is_shared else k].T)

    def dense(self) -> FloatArray:
        matrices = np.matmul(self.chol, self.chol.swapaxes(-1, -2))
        return self._for_all(matrices)

    def marginal(self, columns: IntArray) -> Covariances:
        return self.split(columns).marginal

    def split(self, columns: IntArray) -> Split:
        return self.splits(columns[None])[0]

    def splits(self, choices: IntArray) -> list[Split]:
        """A split for each choice of columns (P, Do); many are cheaper at once."""
        # With A the factor's rows and A_o' = Q [L' 0]': L is the marginal's factor and
        # A_m Q = [G H] with H H' = C. No sum cancels.
        n_observed = choices.shape[1]
        others = np.array([np.delete(np.arange(self.n_features), chosen) for chosen in choices])
        kept, left = (self.chol[:, of].swapaxes(0, 1) for of in (choices, others))
        turn, upper = turn_to_upper(kept.swapaxes(-1, -2))
        upper = upper[..., :n_observed, :]
        signs = np.where(np.diagonal(upper, axis1=-2, axis2=-1) < 0.0, -1.0, 1.0)
        lower = np.ascontiguousarray((upper * signs[..., None]).swapaxes(-1, -2))
        stack = lower.reshape(lower.shape[0] * lower.shape[1], n_observed, n_observed)
        inverse = invert_lower(stack).reshape(lower.shape)
        turned = np.matmul(left, turn)
        loadings, rest = turned[..., :n_observed] * signs[..., None, :], turned[..., n_observed:]
        remainder = np.matmul(rest, rest.swapaxes(-1, -2))
        return [
            Split(
                FullCovariances.of_factors(lower[p], inverse[p], self.n_components),
                loadings[p],
                remainder[p],
            )
            for p in range(len(choices))
        ]

    def take(self, order: IntArray) -> "FullCovariances":
        chol = self.chol if self.is_shared else self.chol[order]
        return replace(self, chol=chol, n_components=len(order))


@dataclass(frozen=True)
class DiagonalCovariances(Covariances):
    """Ellipsoids along the axes.

    Attributes
    ----------
    variance : (K, D) array, or (1, D) when shared
    n_components : int
    """

    variance: FloatArray
    n_components: int
    quadratic = SQUARES

    @property
    def n_features(self) -> int:
        return int(self.variance.shape[-1])

    @property
    def is_shared(self) -> bool:
        return len(self.variance) < self.n_components

    @cached_property
    def std(self) -> FloatArray:
        """Standard deviations, (K, D) or (1, D)."""
        return np.sqrt(self.variance)

    @property
    def log_det(self) -> FloatArray:
        return self._for_all(np.log(self.variance).sum(axis=-1))

    @property
    def precision_features(self) -> FloatArray:
        return 1.0 / self.variance

    @property
    def precision_diagonal(self) -> FloatArray:
        return self._for_all(1.0 / self.variance)

    @property
    def variances(self) -> FloatArray:
        return self._for_all(self.variance)

    @property
    def whiteners(self) -> FloatArray:
        return np.asarray((1.0 / self.std)[..., None] * np.eye(self.n_features))

    def whiten(self, k: int, x: FloatArray) -> FloatArray:
        return np.asarray(x / self.std[0 if self.is_shared else k][:, None])

    def whiten_each(self, points: FloatArray) -> FloatArray:
        return points / self.std

    def unwhiten_each(self, points: FloatArray) -> FloatArray:
        return points / self.std

    def largest_precision(self, scale: FloatArray) -> FloatArray:
        largest = (scale**2 / self.variance).max(axis=-1, initial=0.0)
        return self._for_all(largest)

    def colorize(self, k: int, z: FloatArray) -> FloatArray:
        return np.asarray(z * self.std[0 if self.is_shared else k])

    def dense(self) -> FloatArray:
        return np.asarray(self.variances[..., None] * np.eye(self.n_features))

    def marginal(self, columns: IntArray) -> "DiagonalCovariances":
        return replace(self, variance=self.variance[:, columns])

    def split(self, columns: IntArray) -> Split:
        rest = np.delete(self.variance, columns, axis=1)
        loadings = np.zeros((*rest.shape, len(columns)))
        return Split(self.marginal(columns), loadings, rest[..., None] * np.eye(rest.shape[1]))

    def take(self, order: IntArray) -> "DiagonalCovariances":
        variance = self.variance if self.is_shared else self.variance[order]
        return replace(self, variance=variance, n_components=len(order))


def side_by_side(parts: Sequence[Covariances]) -> Covariances:
    """The covariances of several mixtures of one structure as one stack."""
    name, kind = parts[0]._stack_name, type(parts[0])  # noqa: SLF001  of this file
    assert all(type(part) is kind for part in parts), "covariances of another structure"
    stack = np.concatenate([part._for_all(getattr(part, name)) for part in parts])  # noqa: SLF001  of this file
    n_components = sum(part.n_components for part in parts)
    return replace(parts[0], **{name: stack, "n_components": n_components})  # type: ignore[type-var]  # each value is a dataclass
