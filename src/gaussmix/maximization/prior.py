"""Conjugate priors of means and covariances: what the parameters are pulled towards."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray, IntArray
from gaussmix.covariance import PACKED, RADIAL, Family, ScatterKind, rows_of_prior
from gaussmix.density import Components
from gaussmix.expectation import SufficientStatistics
from gaussmix.linalg import NotPositiveDefinite, cholesky


@dataclass(frozen=True, eq=False)
class ConjugatePrior:
    """A normal inverse-Wishart prior of the components' means and covariances.

    mu_k | Sigma_k ~ N(mean, Sigma_k / shrinkage), Sigma_k ~ inverse Wishart(dof, scale). The
    fit maximises the likelihood times this density, so that no component collapses.

    Parameters
    ----------
    mean : array-like of shape (D,), optional
        What the means are pulled towards, in the columns' units; None is the columns' means.
    shrinkage : float, default=0.01
        Rows of `mean` that each component's mean is averaged with; 0 leaves means alone.
    dof : float, optional
        Degrees of freedom, above D - 1; None is D + 2.
    scale : float or array-like of shape (D, D), optional
        Scatter of the prior, in squared units of the columns; a number stands for it times
        the identity. None is the rows' covariance over K^(2/D): the K-th part of its volume.
        Spherical and diagonal families have the mean of its diagonal in every column then,
        and else the diagonal alone.

    Raises
    ------
    ValueError
        For values that make no prior.

    Notes
    -----
    Fraley & Raftery (2007), "Bayesian regularization for normal mixture estimation and
    model-based clustering", J. Classification 24, 155-181; the defaults are theirs, as in R's
    mclust.

    Examples
    --------
    >>> from gaussmix import ConjugatePrior, GaussianMixture
    >>> X = [[0.0], [0.0], [0.0], [5.0], [6.0]]
    >>> prior = ConjugatePrior(scale=0.1)
    >>> gm = GaussianMixture(2, prior=prior, reg_covar=0.0, random_state=0).fit(X)
    >>> gm.covariances_.round(2).ravel()
    array([0.02, 0.09])
    """

    mean: Any = None
    shrinkage: float = 0.01
    dof: float | None = None
    scale: Any = None

    def __post_init__(self) -> None:
        self._check("shrinkage", _is_number(self.shrinkage) and 0.0 <= self.shrinkage < np.inf)
        self._check("dof", self.dof is None or (_is_number(self.dof) and 0.0 < self.dof < np.inf))
        if self.mean is not None:
            object.__setattr__(self, "mean", self._array("mean", self.mean, 1))
        if self.scale is None:
            return
        if _is_number(self.scale):
            self._check("scale", 0.0 < self.scale < np.inf)
            return
        scale = self._array("scale", self.scale, 2)
        self._check("scale", len(scale) == scale.shape[1] and _is_positive(scale))
        object.__setattr__(self, "scale", scale)

    def _array(self, name: str, value: Any, n_axes: int) -> FloatArray:
        """An own array that cannot be written to."""
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            array = np.empty(0)
        self._check(name, array.size > 0 and array.ndim == n_axes and np.isfinite(array).all())
        array.flags.writeable = False
        return array

    def _check(self, name: str, is_right: object) -> None:
        if not is_right:
            raise errors.out_of_range(type(self).__name__, name, _NEEDED[name], getattr(self, name))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConjugatePrior):
            return NotImplemented
        return all(np.array_equal(own, theirs) for own, theirs in _pairs(self, other))

    def __hash__(self) -> int:
        return hash((self.shrinkage, self.dof))

    def check(self, n_features: int) -> None:
        """Refuse a prior for another number of columns.

        Raises
        ------
        ValueError
        """
        if self.mean is not None and len(self.mean) != n_features:
            raise errors.prior_of_other_columns("mean", (n_features,), self.mean.shape)
        if isinstance(self.scale, np.ndarray) and len(self.scale) != n_features:
            raise errors.prior_of_other_columns("scale", (n_features, n_features), self.scale.shape)
        if self.dof is not None and not self.dof > n_features - 1:
            needed = (
                f"a number above {n_features - 1}, the number of columns less one, or None for "
                f"{n_features + 2}"
            )
            raise errors.out_of_range(type(self).__name__, "dof", needed, self.dof)

    def settled(self, centre: FloatArray, covariance: FloatArray) -> "SettledPrior":
        """The prior with its defaults in place.

        Parameters
        ----------
        centre : (D,) array
            Means of the columns.
        covariance : (D,) or (D, D) array
            Variances of the columns; their covariance for ellipsoidal families.
        """
        n_features = len(centre)
        dof = n_features + 2.0 if self.dof is None else float(self.dof)
        mean = centre if self.mean is None else self.mean
        scale = None if self.scale is None else self.scale * np.eye(n_features)
        if isinstance(self.scale, np.ndarray):
            scale = self.scale
        return SettledPrior(mean, float(self.shrinkage), dof, scale, covariance)


@dataclass(frozen=True, slots=True)
class SettledPrior:
    """A conjugate prior without open ends, for any family and number of components.

    Attributes
    ----------
    mean : (D,) array
    shrinkage : float
    dof : float
    scale : (D, D) array or None
        None where it follows from the covariance of the rows and the number of components.
    covariance : (D,) or (D, D) array
        Of the rows, divided by their number less one; the columns' variances alone where no
        ellipsoidal family is asked for.
    """

    mean: FloatArray
    shrinkage: float
    dof: float
    scale: FloatArray | None
    covariance: FloatArray

    def pseudo_rows(self, family: Family, sizes: IntArray) -> "PseudoRows":
        """What it adds to the components of mixtures side by side, of `sizes` components each."""
        n_features, form = len(self.mean), family.prior
        assert form is not None, "a family without a prior"
        quadratic = family.scatter.quadratic
        size = np.repeat(sizes, sizes).astype(np.float64)
        scatter = quadratic.of_matrices(self._matrix(family))
        if quadratic is RADIAL:
            # The prior of one variance has the mean of the diagonal, not its sum.
            scatter = scatter / n_features
        part = np.ones(len(size))
        if self.scale is None:
            part = part / size ** (2.0 / n_features)
        if form.is_shared:
            part = part / size
        rows = rows_of_prior(quadratic, self.dof, n_features)
        mass = form.mass(rows, float(self.shrinkage > 0.0), size, n_features)
        return PseudoRows(self.mean, self.shrinkage, part[:, None] * scatter, mass + 0.0 * part)

    def _matrix(self, family: Family) -> FloatArray:
        """The scale (D, D) for one component."""
        if self.scale is not None:
            return self.scale
        is_dense = self.covariance.ndim == 2
        if family.scatter.quadratic is PACKED:
            assert is_dense, "an ellipsoidal family needs the covariance of the rows"
            return self.covariance
        variance = np.diagonal(self.covariance) if is_dense else self.covariance
        return np.asarray(variance.mean() * np.eye(len(variance)))


@dataclass(frozen=True, slots=True)
class PseudoRows:
    """A prior as what it adds to each of T components, so that every rule stays as it is.

    Up to a constant its log density is sum_k of

        -(1/2) (mass_k log |Sigma_k| + tr(inverse(Sigma_k) (scatter_k
        + shrinkage (mu_k - mean)(mu_k - mean)'))).

    Attributes
    ----------
    mean : (D,) array
    shrinkage : float
    scatter : (T, Q) array
    mass : (T,) array
    """

    mean: FloatArray
    shrinkage: float
    scatter: FloatArray
    mass: FloatArray

    def pulled(self, statistics: SufficientStatistics) -> FloatArray:
        """The components' means (T, D), pulled towards the prior's."""
        total = statistics.pull + self.shrinkage
        share = np.divide(statistics.pull, total, out=np.ones_like(total), where=total > 0.0)
        return np.asarray(self.mean + share[:, None] * (statistics.means - self.mean))

    def scatter_about(self, means: FloatArray, kind: ScatterKind) -> FloatArray:
        """Scatter (T, Q) of the pseudo-rows about the means (T, D); (Q,) where it is pooled."""
        scatter = self._about(means, kind)
        return np.asarray(scatter.sum(axis=0)) if kind.pooled else scatter

    def _about(self, means: FloatArray, kind: ScatterKind) -> FloatArray:
        return np.asarray(self.scatter + self.shrinkage * kind.quadratic.of(means - self.mean))

    def of_each(self, components: Components) -> FloatArray:
        """Log density of each component's parameters, (T,), up to a constant."""
        log_det = components.covariances.log_det
        return np.asarray(-0.5 * (self.mass * log_det + self.distances(components)))

    def distances(self, components: Components) -> FloatArray:
        """tr(inverse(Sigma_k) S_k) for each component's scatter S_k about its mean, (T,)."""
        covariances = components.covariances
        kind = ScatterKind(covariances.quadratic, pooled=False)
        scatter = self._about(components.means, kind)
        return np.asarray((covariances.precision_features * scatter).sum(axis=1))

    def objective(self, components: Components) -> float:
        """Log density of the components' parameters, up to a constant."""
        return float(self.of_each(components).sum())


_NEEDED = {
    "mean": "one finite number for each column, or None for the columns' means",
    "shrinkage": "a finite number, 0 or more",
    "dof": "a number above the number of columns less one, or None for the columns plus two",
    "scale": (
        "a number above 0, or a symmetric positive definite matrix with a row and a column for "
        "each column of the data, or None"
    ),
}


def _is_number(value: object) -> bool:
    kinds = int | float | np.integer | np.floating
    return isinstance(value, kinds) and not isinstance(value, bool)


def _is_positive(matrix: FloatArray) -> bool:
    """Whether a matrix (D, D) is symmetric and positive definite."""
    if not np.allclose(matrix, matrix.T, rtol=1e-8, atol=0.0):
        return False
    try:
        cholesky(matrix[None])
    except NotPositiveDefinite:
        return False
    return True


def _pairs(one: ConjugatePrior, other: ConjugatePrior) -> list[tuple[Any, Any]]:
    return [(getattr(one, name), getattr(other, name)) for name in _NEEDED]
