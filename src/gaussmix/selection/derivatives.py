"""First and second derivatives of a mixture's log-likelihood, for unrestricted covariances.

With P the inverse of S_k, u = P (x - mu_k) and E any symmetric matrix, the score of a row that is
known to come from component k is v_k = (1, u, (u'Eu - tr PE) / 2), for (log w_k, mu_k, S_k) and
S_k moving along E. Of a row whose component is hidden it is the mean over the posterior r_k
(Fisher's identity), and the curvature of the log-likelihood is (Louis 1982, J. R. Stat. Soc. B 44,
226-233)

    H = sum_n w_n [ sum_k r_k (dv_k + v_k v_k') - (sum_k r_k v_k)(sum_k r_k v_k)' ].

For a row with gaps P is the inverse of the observed part of S_k, zero elsewhere, and nothing else
changes.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.data import Block, block_size
from gaussmix.density import Components, RowWise, rows_at_once
from gaussmix.em import Problem
from gaussmix.execution import Team
from gaussmix.linalg import packed_size, triangle, unpack


@dataclass(frozen=True, slots=True)
class Derivatives:
    """First and second derivatives; they add.

    By log w_k, mu_k and the packed S_k of each component in turn, and last by log w of the noise.

    Attributes
    ----------
    gradient : (F,) array
    hessian : (F, F) array
    """

    gradient: FloatArray
    hessian: FloatArray

    def __add__(self, other: "Derivatives") -> "Derivatives":
        return Derivatives(self.gradient + other.gradient, self.hessian + other.hessian)


def log_likelihood_derivatives(problem: Problem, components: Components, team: Team) -> Derivatives:
    """Derivatives of what a fit maximises, the penalised log-likelihood of all rows."""
    of_rows = _OfRows(components, RowWise.of(components, problem.source))
    size = min(block_size(2 * of_rows.n_derivatives), rows_at_once(components))
    centre, _ = components.centre_and_scale
    found = problem.source.cut(size, centre, keep=False, rare=True).sum(of_rows, team)
    return found + of_rows.of_penalty(problem)


@dataclass(frozen=True)
class _OfRows:
    """The derivatives of the rows of a block: call it with one."""

    components: Components
    row_wise: RowWise

    @cached_property
    def size(self) -> int:
        """Derivatives by the parameters of one component."""
        n_features = self.components.n_features
        return 1 + n_features + packed_size(n_features)

    @cached_property
    def n_derivatives(self) -> int:
        """Number F of derivatives."""
        return self.components.n_components * self.size + (self.components.noise is not None)

    def __call__(self, block: Block) -> Derivatives:
        resp = self.row_wise.posterior(block).T
        if block.lacking is None:
            return self._of_pattern(block, resp)
        parts = [self._of_pattern(part, resp[:, own]) for own, part in block.by_pattern]
        return sum(parts[1:], start=parts[0])

    def _of_pattern(self, block: Block, resp: FloatArray) -> Derivatives:
        """The derivatives of rows in which the same columns are observed."""
        weight = np.ones(block.n_rows) if block.weight is None else block.weight
        counts = weight > 0.0
        weight, resp = weight[counts], resp[:, counts]
        x = np.asarray(block.columns[:, counts], dtype=np.float64)
        components, size = self.components, self.size
        observed = np.arange(components.n_features) if block.observed is None else block.observed
        marginal = components.marginal(observed)
        scores = np.zeros((self.n_derivatives, len(weight)))
        hessian = np.zeros((self.n_derivatives, self.n_derivatives))
        for k in range(components.n_components):
            own, at = weight * resp[k], slice(k * size, (k + 1) * size)
            u = np.zeros((components.n_features, len(weight)))
            precision = self._padded(marginal.covariances.precision(k), observed)
            u[observed] = precision[np.ix_(observed, observed)] @ (x - marginal.means[k][:, None])
            v = _score(u, precision)
            hessian[at, at] = (v * own) @ v.T
            hessian[at, at] += _known_curvature(
                precision, float(own.sum()), u @ own, (u * own) @ u.T
            )
            np.multiply(v, resp[k], out=scores[at])
        if components.noise is not None:
            scores[-1], hessian[-1, -1] = resp[-1], resp[-1] @ weight
        weighted = scores * weight
        return Derivatives(weighted.sum(axis=1), hessian - weighted @ scores.T)

    def _padded(self, matrix: FloatArray, observed: IntArray) -> FloatArray:
        """A matrix of the observed columns (Do, Do) among zeros (D, D)."""
        whole = np.zeros((self.components.n_features, self.components.n_features))
        whole[np.ix_(observed, observed)] = matrix
        return whole

    def of_penalty(self, problem: Problem) -> Derivatives:
        """Derivatives of the penalty and of the log prior, which are as of rows that are known.

        The penalty's count in no mean, and the prior's as many in the means as it shrinks by.
        """
        components, rows = self.components, problem.pseudo_rows
        gradient = np.zeros(self.n_derivatives)
        hessian = np.zeros((self.n_derivatives, self.n_derivatives))
        nu = np.broadcast_to(problem.penalty.strength, components.n_components)
        n_features = components.n_features
        means, squares = slice(1, 1 + n_features), slice(1 + n_features, self.size)
        for k in range(components.n_components):
            precision = components.covariances.precision(k)
            scatter = nu[k] * np.diag(problem.penalty.variance)
            mass, shrinkage, away = 0.0, 0.0, np.zeros(n_features)
            if rows is not None:
                scatter = scatter + _dense(problem, rows.scatter[k])
                mass, shrinkage = float(rows.mass[k]), rows.shrinkage
                away = rows.mean - components.means[k]
            u = precision @ away
            squared = precision @ scatter @ precision + shrinkage * np.outer(u, u)
            own = _known_curvature(precision, mass, shrinkage * u, squared)
            own[means, means] = -shrinkage * precision
            at = k * self.size
            hessian[at : at + self.size, at : at + self.size] = own
            gradient[at:][means] = shrinkage * u
            gradient[at:][squares] = _halved(squared - mass * precision)
        return Derivatives(gradient, hessian)


def _dense(problem: Problem, scatter: FloatArray) -> FloatArray:
    """The matrix (D, D) of least size with these sums of features (Q,)."""
    n_features, quadratic = problem.n_features, problem.family.scatter.quadratic
    units = unpack(np.eye(packed_size(n_features)), n_features)
    weights = quadratic.of_matrices(units) / quadratic.of_matrices(np.eye(n_features)[None]).clip(1)
    return np.asarray(np.tensordot(weights @ scatter, units, axes=1))


def _halved(matrices: FloatArray) -> FloatArray:
    """tr(A E) / 2 of symmetric matrices A (D, D, ...) for each packed entry's E, (Q, ...)."""
    rows, columns = triangle(len(matrices))
    factor = np.where(rows == columns, 0.5, 1.0)
    return np.asarray((matrices[rows, columns].T * factor).T)


def _score(u: FloatArray, precision: FloatArray) -> FloatArray:
    """v (1 + D + Q, B) of rows u (D, B) known to come from one component."""
    rows, columns = triangle(len(u))
    factor = np.where(rows == columns, 0.5, 1.0)[:, None]
    squares = factor * (u[rows] * u[columns] - precision[rows, columns][:, None])
    return np.concatenate([np.ones((1, u.shape[1])), u, squares])


def _known_curvature(
    precision: FloatArray, mass: float, total: FloatArray, scatter: FloatArray
) -> FloatArray:
    """Sum of dv over rows known to come from one component, (1 + D + Q, 1 + D + Q).

    Parameters
    ----------
    precision : (D, D) array
    mass : float
        Sum of the rows' weights.
    total, scatter : (D,) and (D, D) arrays
        Sums of u and of u u'.
    """
    n_features = len(precision)
    moves = unpack(np.eye(packed_size(n_features)), n_features)
    means, squares = slice(1, 1 + n_features), slice(1 + n_features, None)
    size = 1 + n_features + len(moves)
    curvature = np.zeros((size, size))
    curvature[means, means] = -mass * precision
    curvature[means, squares] = -precision @ (moves @ total).T
    curvature[squares, means] = curvature[means, squares].T
    # tr(E P F S) and tr(E P F P) for every pair of E and F.
    left = (moves @ precision).reshape(len(moves), -1)
    right = (moves @ (0.5 * mass * precision - scatter)).swapaxes(-1, -2).reshape(len(moves), -1)
    both = left @ right.T
    curvature[squares, squares] = 0.5 * (both + both.T)
    return curvature
