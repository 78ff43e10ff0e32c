"""Standard errors from the observed information.

The curvature of the penalised log-likelihood is taken in coordinates about the estimate: log
ratios of the weights, means in units of their own covariances, and the directions in which the
family's covariances can move. Where these coordinates bend, the slope of the log-likelihood adds
to its curvature. Standard errors of weights, means and covariances follow by the delta method.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.density import Components
from gaussmix.em import Problem
from gaussmix.execution import Team
from gaussmix.linalg import eigen, pack, packed_size, triangle, unpack
from gaussmix.selection.derivatives import log_likelihood_derivatives
from gaussmix.selection.resampling import ParameterArrays
from gaussmix.selection.tangent import Chart, chart

#: Eigenvalues of the information below this are none, each coordinate in units of its own, which
#: are at least those of one row in a thousand.
_SINGULAR, _FEW = 1e-8, 1e-3
#: A parameter has a part in a direction where its share of the square is this large.
_PART = 0.05
#: Standard errors that an estimate may be away from where its curvature expects the maximum.
_AWAY = 0.1


@dataclass(frozen=True)
class Local:
    """Coordinates about an estimate: of weights, means and covariances in turn.

    Attributes
    ----------
    components : Components
    chart : Chart
    has_weights : bool
        Whether weights are estimated.
    free_means : array of int
        Components whose means are estimated.
    """

    components: Components
    chart: Chart
    has_weights: bool
    free_means: IntArray

    @cached_property
    def weights(self) -> FloatArray:
        """Proportions, (K,), or (K + 1,) with noise."""
        noise = self.components.noise
        own = self.components.weights
        return own if noise is None else np.append(own, noise.weight)

    @property
    def n_weights(self) -> int:
        """Number of coordinates of the weights: a[k] = log w_k - log w_last + const."""
        return len(self.weights) - 1 if self.has_weights else 0

    @cached_property
    def log_weight_moves(self) -> FloatArray:
        """d log w / da, (len(weights), n_weights)."""
        return (np.eye(len(self.weights)) - self.weights)[:, : self.n_weights]

    @cached_property
    def mean_moves(self) -> FloatArray:
        """Means by the coordinates, (K, D, n)."""
        n_components, n_features = self.components.means.shape
        moves = np.zeros((n_components, n_features, len(self.free_means), n_features))
        for at, k in enumerate(self.free_means):
            moves[k, :, at] = self.chart.factors[k]
        return moves.reshape(n_components, n_features, -1)

    @cached_property
    def covariance_moves(self) -> FloatArray:
        """Packed covariances by the coordinates, (K, Q, n)."""
        return np.moveaxis(pack(self.chart.moves), 0, -1)

    @cached_property
    def jacobian(self) -> FloatArray:
        """Log weights, means and packed covariances of each component by all coordinates."""
        n_components, n_features = self.components.means.shape
        widths = (self.n_weights, self.mean_moves.shape[-1], self.covariance_moves.shape[-1])
        first, second, third = np.cumsum(widths)
        size = 1 + n_features + packed_size(n_features)
        whole = np.zeros((n_components, size, third))
        whole[:, 0, :first] = self.log_weight_moves[:n_components]
        whole[:, 1 : 1 + n_features, first:second] = self.mean_moves
        whole[:, 1 + n_features :, second:] = self.covariance_moves
        noise = np.zeros((len(self.weights) - n_components, third))
        noise[:, :first] = self.log_weight_moves[n_components:]
        return np.concatenate([whole.reshape(-1, third), noise])

    def bend(self, gradient: FloatArray) -> FloatArray:
        """What the bend of the coordinates adds to second derivatives, for a gradient (F,)."""
        n_components, n_features = self.components.means.shape
        each = gradient[: len(gradient) - (len(self.weights) - n_components)]
        each = each.reshape(n_components, -1)
        total = each[:, 0].sum() + gradient[each.size :].sum()
        n_weights, n_all = self.n_weights, self.jacobian.shape[1]
        bend = np.zeros((n_all, n_all))
        share = self.weights[:n_weights]
        bend[:n_weights, :n_weights] = -total * (np.diag(share) - np.outer(share, share))
        rows, columns = triangle(n_features)
        slope = each[:, 1 + n_features :] * np.where(rows == columns, 1.0, 0.5)
        n_covariances = self.covariance_moves.shape[-1]
        if n_covariances:
            last = slice(n_all - n_covariances, None)
            bend[last, last] = self.chart.bend(unpack(slope, n_features))
        return bend

    def spread(self, covariance: FloatArray) -> ParameterArrays:
        """Standard errors of the parameters for a covariance of the coordinates."""
        n_components, n_features = self.components.means.shape

        def error(moves: FloatArray, start: int) -> FloatArray:
            part = slice(start, start + moves.shape[-1])
            variance = np.einsum("...a,ab,...b->...", moves, covariance[part, part], moves)
            return np.asarray(np.sqrt(variance))

        weight_moves = self.weights[:, None] * self.log_weight_moves
        after_means = self.n_weights + self.mean_moves.shape[-1]
        return ParameterArrays(
            error(weight_moves[:n_components], 0),
            error(self.mean_moves, self.n_weights),
            unpack(error(self.covariance_moves, after_means), n_features),
        )

    def names_along(self, direction: FloatArray) -> list[str]:
        """The parameters that have a part in a direction of the coordinates, largest first."""
        n_covariances = self.covariance_moves.shape[-1]
        first, second = self.n_weights, len(direction) - n_covariances
        own = np.tensordot(direction[second:], self.chart.directions, axes=1)
        means = np.zeros(self.components.n_components)
        means[self.free_means] = np.square(
            direction[first:second].reshape(len(self.free_means), self.components.n_features)
        ).sum(axis=1)
        shares = {
            "weights_": np.square(self.log_weight_moves @ direction[:first]),
            "means_": means,
            "covariances_": np.square(own).sum(axis=(1, 2)),
        }
        named = [
            (share / sum(map(np.sum, shares.values())), f"{name}[{k}]")
            for name, of_each in shares.items()
            for k, share in enumerate(of_each[: self.components.n_components])
        ]
        return [name for share, name in sorted(named, reverse=True) if share >= _PART]


def local_coordinates(problem: Problem, components: Components) -> Local:
    """The coordinates of what a problem estimates, about components.

    Raises
    ------
    ValueError
        Where weights or covariances are fixed in part, or the family has a corner there.
    """
    fixed = problem.fixed
    if problem.family.scatter.rank is not None:
        raise errors.information_not_for("factor-analytic covariances")
    if fixed.weights is not None and np.isnan(fixed.weights).any():
        raise errors.information_not_for("weights that are fixed in part")
    about = chart(problem.family, components.covariances)
    if fixed.has_covariance is not None:
        if not fixed.has_covariance.all():
            raise errors.information_not_for("covariances that are fixed in part")
        about = about.standing()
    free = np.arange(components.n_components)
    if fixed.means is not None:
        free = np.flatnonzero(np.isnan(fixed.means).all(axis=1))
    has_weights = fixed.weights is None and not fixed.equal_weights
    return Local(components, about, has_weights, free)


def observed_information(
    problem: Problem, local: Local, team: Team
) -> tuple[FloatArray, FloatArray]:
    """Slope (P,) and minus the curvature (P, P) of the penalised log-likelihood."""
    found = log_likelihood_derivatives(problem, local.components, team)
    curvature = local.jacobian.T @ found.hessian @ local.jacobian + local.bend(found.gradient)
    return local.jacobian.T @ found.gradient, -0.5 * (curvature + curvature.T)


def information_errors(problem: Problem, components: Components, team: Team) -> ParameterArrays:
    """Standard errors of the parameters at a maximum.

    Raises
    ------
    ValueError
        Where the components are no maximum, the information is singular, or it cannot be told.
    """
    local = local_coordinates(problem, components)
    slope, information = observed_information(problem, local, team)
    least = _FEW * problem.survey.weight
    scale = np.sqrt(np.maximum(np.diagonal(information), least))
    values, vectors = eigen(information / np.outer(scale, scale))
    if len(values) and not values[0] > _SINGULAR:
        raise errors.singular_information(local.names_along(vectors[:, 0] / scale))
    half = vectors / (np.sqrt(values) * scale[:, None])
    away = float(np.sqrt(np.square(slope @ half).sum()))
    if away > _AWAY:
        raise errors.never_at_maximum(away)
    return local.spread(half @ half.T)
