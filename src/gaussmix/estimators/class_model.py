"""What a classifier has learnt: a mixture for each class, and how many rows were of each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from gaussmix._typing import AnyArray, FloatArray
from gaussmix.covariance import (
    FAMILIES,
    Covariances,
    DiagonalCovariances,
    FullCovariances,
    SphericalCovariances,
    alias_of,
    side_by_side,
)
from gaussmix.data import ArraySource
from gaussmix.density import Components, log_density, posterior
from gaussmix.execution import Team
from gaussmix.mixture import Mixture
from gaussmix.selection import Criteria


@dataclass(frozen=True)
class ClassModel:
    """Mixtures of C classes.

    Attributes
    ----------
    kind : {"edda", "mclustda"}
        One Gaussian per class with a shape for all classes, or a mixture for each.
    parts : tuple of Components
        The mixture of each class, of weight one.
    covariance_types : tuple of str
        Their shapes.
    shares : (C,) array
        Share of the rows of each class.
    log_likelihood : float
        Of rows and their classes together, a total; of rows without a class, of the row alone.
    n_parameters : int
        Free ones, shares of classes among them.
    n : float
        Weight of the rows.
    borrowed : tuple of bool
        Whether a class has its shape from all classes, as its own rows do not show one.
    n_iter : int
        Most iterations of any fit that is part of it.
    notes : tuple of (category, message)
        What there is to warn of.
    """

    kind: str
    parts: tuple[Components, ...]
    covariance_types: tuple[str, ...]
    shares: FloatArray
    log_likelihood: float
    n_parameters: int
    n: float
    borrowed: tuple[bool, ...]
    n_iter: int
    notes: tuple[tuple[type[Warning], str], ...] = ()

    @property
    def n_classes(self) -> int:
        """Number C of classes."""
        return len(self.parts)

    @property
    def bic(self) -> float:
        """Bayesian information criterion of rows and classes together; lower is better."""
        return Criteria(self.log_likelihood, self.n_parameters, self.n).bic

    def united(self, shares: FloatArray) -> Components:
        """The distribution of rows of all classes, in these shares (C,); class by class."""
        weights = [share * part.weights for share, part in zip(shares, self.parts, strict=True)]
        means = [part.means for part in self.parts]
        covariances = _united([part.covariances for part in self.parts])
        return Components(np.concatenate(weights), np.concatenate(means), covariances)

    def mixture(self, c: int, names: tuple[str, ...] | None) -> Mixture:
        """The distribution of the rows of class c."""
        return Mixture.from_components(self.parts[c], self.covariance_types[c], names)

    def whole(self, names: tuple[str, ...] | None) -> Mixture:
        """The distribution of all rows."""
        components = self.united(self.shares)
        return Mixture.from_components(components, shape_of(components.covariances), names)

    def log_joint(self, X: AnyArray, log_priors: FloatArray, team: Team) -> FloatArray:
        """Log density of each row within each class plus the class's log prior, (N, C)."""
        source = ArraySource(X)
        densities = [log_density(part, source, team) for part in self.parts]
        return np.column_stack(densities) + log_priors

    def log_posterior(
        self, X: AnyArray, priors: FloatArray, team: Team
    ) -> tuple[FloatArray, FloatArray]:
        """Log probabilities (N, C) of the classes, and log densities (N,) of the rows.

        Of rows so far away that every density is zero in float64, the limit along their direction.
        """
        with np.errstate(divide="ignore"):
            joint = self.log_joint(X, np.log(priors), team)
        density = np.asarray(logsumexp(joint, axis=1))
        far = np.isneginf(density)
        joint -= np.where(far, 0.0, density)[:, None]
        if far.any():
            joint[far] = self._far(X[far], priors, team)
        return joint, density

    def _far(self, X: AnyArray, priors: FloatArray, team: Team) -> FloatArray:
        """Log probabilities (N, C) of the classes for rows beyond every density."""
        of_components = posterior(self.united(priors), ArraySource(X), team)
        first = np.cumsum([0, *(part.n_components for part in self.parts[:-1])])
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.add.reduceat(of_components, first, axis=1)))


def of_one(components: Components, c: int) -> Components:
    """Component c as a distribution of its own."""
    return replace(components.take(np.array([c])), weights=np.ones(1))


def shape_of(covariances: Covariances) -> str:
    """The freest shape of covariances of that kind."""
    free = (family for family in FAMILIES.values() if not family.shares)
    return next(alias_of(f.code) for f in free if f.scatter.quadratic is covariances.quadratic)


def _united(parts: Sequence[Covariances]) -> Covariances:
    """The covariances of several mixtures as one stack, of matrices where kinds differ."""
    kinds = {type(part) for part in parts}
    if len(kinds) == 1 and kinds <= {FullCovariances, DiagonalCovariances, SphericalCovariances}:
        return side_by_side(parts)
    matrices = np.concatenate([part.dense() for part in parts])
    return FullCovariances.from_dense(matrices, len(matrices))
