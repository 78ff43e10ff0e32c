"""A few rows in memory, and passes over them that evaluate many mixtures at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import PACKED, RADIAL, SQUARES, Lineup, Quadratic
from gaussmix.density import Components, Kernel, quadratic_rows
from gaussmix.em.problem import Problem
from gaussmix.linalg import multiply_long

#: Numbers of joint densities that a pass holds at a time.
_AT_ONCE = 65_536
#: Rows times features of tables that are worked on in stacks.
_LARGEST = 4_000_000
#: A row's sum of exponentials within these bounds has lost nothing to under- or overflow.
_SMALLEST_SUM, _LARGEST_SUM = 1e-200, 1e200
#: Sums over members are a product with a matrix of no more entries than this.
_FEW_MEMBERS = 4_000


@dataclass(frozen=True)
class Ground:
    """A few rows in memory, complete and plain, made ready for stacks.

    Attributes
    ----------
    rows : Problem
        Any one with the rows and all else that is the same for every run.
    quadratic : Quadratic
        Feature space of the families that will run.
    is_distinct : bool
        Whether no two of the rows are equal.
    """

    rows: Problem
    quadratic: Quadratic
    is_distinct: bool = False

    @staticmethod
    def largest(n_features: int, quadratic: Quadratic) -> int:
        """How many rows of so many columns are worked on in stacks."""
        return _LARGEST // max(1, quadratic_rows(quadratic, n_features), n_features)

    @staticmethod
    def carries(problem: Problem) -> bool:
        """Whether the rows of a problem are few and plain enough for its family."""
        source, quadratic = problem.source, problem.family.scatter.quadratic
        if problem.noise is not None or problem.survey.n_gappy or problem.has_labels:
            return False
        if problem.is_student:
            return False
        if not source.is_plain or quadratic not in (PACKED, SQUARES, RADIAL):
            return False
        if not quadratic_rows(quadratic, problem.n_features):
            return False
        return source.n_rows <= Ground.largest(problem.n_features, quadratic)

    @cached_property
    def _rows(self) -> tuple[FloatArray, FloatArray]:
        """Rows about the centre, (D, N), and their weights, (N,)."""
        source = self.rows.source
        index = np.arange(source.n_rows)
        away = (source.rows(index) - self.rows.survey.centre).T
        return np.ascontiguousarray(away), source.weights_of(index)

    @property
    def weight(self) -> FloatArray:
        """Weights of the rows, (N,)."""
        return self._rows[1]

    @cached_property
    def _is_weighted(self) -> bool:
        return bool((self.weight != 1.0).any())

    @cached_property
    def features(self) -> FloatArray:
        """Features of the rows as kernels want them: quadratic, linear, one; (F, N)."""
        x = self._rows[0]
        n_quadratic = self.quadratic.rows(len(x))
        features = np.empty((n_quadratic + len(x) + 1, x.shape[1]))
        self.quadratic.write(x, features[:n_quadratic])
        features[n_quadratic:-1] = x
        features[-1] = 1.0
        return features

    @cached_property
    def units(self) -> FloatArray:
        """What makes statistics comparable, (Q + D + 1,): a mean row has one of each."""
        scale = 1.0 / self.rows.survey.scale
        parts = [self.quadratic.of(scale), scale, np.ones(1)]
        if self.quadratic.size(len(scale)) == 1:
            parts[0] = np.array([np.mean(scale**2)])
        return np.concatenate(parts) / self.rows.survey.weight

    def summed(self, responsibilities: FloatArray) -> FloatArray:
        """Statistics (T, Q + D + 1) for responsibilities (T, N), weights included."""
        sums = responsibilities @ self.features.T
        return self._collected(sums)

    def _collected(self, sums: FloatArray) -> FloatArray:
        n_features = self.rows.n_features
        n_quadratic = sums.shape[1] - n_features - 1
        quadratic = self.quadratic.collect(sums[:, :n_quadratic], n_features)
        if quadratic.shape[1] == n_quadratic:
            return sums
        return np.concatenate([quadratic, sums[:, n_quadratic:]], axis=1)

    def visit(
        self, components: Components, lineup: Lineup, level: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """One pass: log-likelihoods (R,) and statistics (T, Q + D + 1) of a stack.

        Parameters
        ----------
        components : Components
            Of all mixtures; the weights of each sum to one.
        lineup : Lineup
        level : (R,) array
            Mean log densities of the mixtures, about; exponentials are relative to them.
        """
        log_likelihood = np.zeros(lineup.n_runs)
        sums = np.zeros((len(components.weights), len(self.features)))
        for block, weight, resp, log_density in self._blocks(components, lineup, level):
            if weight is None:
                log_likelihood += log_density.sum(axis=1)
            else:
                np.multiply(resp, weight, out=resp)
                log_likelihood += log_density @ weight
            sums += resp @ block.T
        return log_likelihood + self.rows.survey.weight * level, self._collected(sums)

    def labelled(
        self, components: Components, lineup: Lineup, level: FloatArray
    ) -> tuple[FloatArray, IntArray]:
        """How sure hard labels are, and how many rows there are of each.

        Returns
        -------
        doubt : (R,) array
            -sum_n w_n log(posterior of row n's likeliest component) of each mixture.
        counts : (T,) array of int
            Rows whose likeliest component it is.
        """
        doubt = np.zeros(lineup.n_runs)
        counts = np.zeros(len(components.weights), dtype=np.intp)
        for block, weight, resp, _ in self._blocks(components, lineup, level):
            largest = lineup.largest_of_each(resp)
            counts += np.count_nonzero(resp >= lineup.to_each(largest), axis=1)
            doubt -= np.log(largest) @ (np.ones(block.shape[1]) if weight is None else weight)
        return doubt, counts

    def _blocks(
        self, components: Components, lineup: Lineup, level: FloatArray
    ) -> Iterator[tuple[FloatArray, FloatArray | None, FloatArray, FloatArray]]:
        """Some rows at a time: features, weights, responsibilities and log densities."""
        survey = self.rows.survey
        kernel = Kernel(components, survey.centre, survey.scale, 0.0, whole=True)
        coefficients = kernel.coefficients
        coefficients[:, -1] -= lineup.to_each(level)
        features = self.features
        n_rows = features.shape[1]
        size = max(64, _AT_ONCE // len(coefficients))
        joint = np.empty((len(coefficients), min(size, n_rows)))
        for first in range(0, n_rows, size):
            block = features[:, first : first + size]
            resp = joint[:, : block.shape[1]]
            multiply_long(coefficients, block, resp)
            log_density = _normalise(resp, lineup)
            weight = self.weight[first : first + size] if self._is_weighted else None
            yield block, weight, resp, log_density


def _normalise(joint: FloatArray, lineup: Lineup) -> FloatArray:
    """Turn log joint densities (T, B) into responsibilities; return log densities (R, B)."""
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        resp = np.exp(joint)
        total = _totals(resp, lineup)
    # Written so that NaN fails too.
    if total.min() >= _SMALLEST_SUM and total.max() <= _LARGEST_SUM:
        np.multiply(resp, lineup.to_each(1.0 / total), out=joint)
        return np.asarray(np.log(total))
    top = lineup.largest_of_each(joint)
    with np.errstate(under="ignore"):
        np.exp(joint - lineup.to_each(top), out=joint)
    total = _totals(joint, lineup)
    joint *= lineup.to_each(1.0 / total)
    return np.asarray(top + np.log(total))


def _totals(values: FloatArray, lineup: Lineup) -> FloatArray:
    """Sums (R, B) over each mixture's components of values (T, B)."""
    if lineup.n_runs * len(values) <= _FEW_MEMBERS:
        return np.asarray(lineup.members @ values)
    totals = np.empty((lineup.n_runs, values.shape[1]))
    run = 0
    for size, head, count in lineup.spans:
        part = values[head : head + count * size].reshape(count, size, -1)
        np.add.reduce(part, axis=1, out=totals[run : run + count])
        run += count
    return totals
