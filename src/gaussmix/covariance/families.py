"""The table of covariance families: the one place that knows their names.

A family is a row: what scatter it asks for, the rule that turns scatter into the covariances
of largest likelihood, how many free parameters those have, and how its arrays are laid out.
The rules are the closed forms of Celeux & Govaert (1995), "Gaussian parsimonious clustering
models", Pattern Recognition 28, 781-793. A new family is a new row.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance.layout import AXES, DENSE, ONE, RADII, Layout
from gaussmix.covariance.quadratic import PACKED, RADIAL, SQUARES
from gaussmix.covariance.scatter import ScatterKind, Within
from gaussmix.covariance.spherical import SphericalCovariances
from gaussmix.covariance.values import (
    Covariances,
    DiagonalCovariances,
    FullCovariances,
)
from gaussmix.linalg import NotPositiveDefinite, packed_size, unpack

#: scatter within components -> the covariances of largest likelihood
Rule = Callable[[Within], Covariances]


@dataclass(frozen=True, slots=True)
class Family:
    """One family of covariances.

    Attributes
    ----------
    code : str
        mclust's three letters: volume, shape, orientation; E equal, V varying, I identity.
    words : str
        The same in words.
    scatter : ScatterKind
        The second moments it needs.
    rule : callable
        (scatter within components) -> the covariances of largest likelihood.
    n_parameters : callable
        (K, D) -> number of free parameters of the covariances.
    """

    code: str
    words: str
    scatter: ScatterKind
    rule: Rule
    n_parameters: Callable[[int, int], int]

    def __reduce__(self) -> tuple[Callable[[object], "Family"], tuple[str]]:
        return family_named, (self.code,)

    def n_free(self, n_components: int, n_features: int) -> int:
        """Free parameters of a mixture: proportions, means and covariances."""
        covariances = self.n_parameters(n_components, n_features)
        return n_components - 1 + n_components * n_features + covariances

    def rows_needed(self, n_components: int, n_features: int) -> int:
        """Rows that must be exceeded for every covariance to have full rank without a penalty."""
        if self.scatter.quadratic is not PACKED:
            return 0
        return n_features + n_components - 1 if self.scatter.pooled else n_components * n_features

    def nearest(self, matrices: FloatArray) -> Covariances:
        """The family's covariances for scatter matrices (K, D, D) of mass one each."""
        scatter = self.scatter.quadratic.of_matrices(matrices)
        if self.scatter.pooled:
            scatter = scatter.sum(axis=0)
        return self.rule(Within(scatter, np.ones(len(matrices)), matrices.shape[-1]))


def _ellipsoids(matrices: FloatArray, n_components: int) -> Covariances:
    """Full covariances, refusing those whose rank is only rounding.

    The square of a factor's diagonal entry is a column's variance given the columns before
    it; where that is a rounding error of the column's own variance, it carries no meaning.
    """
    value = FullCovariances.from_dense(matrices, n_components)
    conditional = np.diagonal(value.chol, axis1=-2, axis2=-1) ** 2
    own = np.diagonal(matrices, axis1=-2, axis2=-1)
    smallest = 10.0 * matrices.shape[-1] * np.finfo(np.float64).eps
    singular = (conditional <= smallest * own).any(axis=-1)
    if singular.any():
        raise NotPositiveDefinite(int(np.argmax(singular)))
    return value


def _positive(variance: FloatArray) -> FloatArray:
    """The variances (K, ...) themselves, refusing those that are not positive."""
    singular = ~(variance > 0.0).reshape(len(variance), -1).all(axis=1)
    if singular.any():
        raise NotPositiveDefinite(int(np.argmax(singular)))
    return variance


def _full(within: Within) -> Covariances:
    matrices = unpack(within.scatter / within.mass[:, None], within.n_features)
    return _ellipsoids(matrices, within.n_components)


def _tied(within: Within) -> Covariances:
    matrix = unpack(within.pooled / within.total_mass[:, None], within.n_features)
    return _ellipsoids(within.shared(matrix), within.n_components)


def _diag(within: Within) -> Covariances:
    variance = _positive(within.scatter / within.mass[:, None])
    return DiagonalCovariances(variance, within.n_components)


def _tied_diag(within: Within) -> Covariances:
    variance = _positive(within.pooled / within.total_mass[:, None])
    return DiagonalCovariances(within.shared(variance), within.n_components)


def _spherical(within: Within) -> Covariances:
    variance = _positive(within.scatter[:, 0] / (within.n_features * within.mass))
    return SphericalCovariances(variance, within.n_components, within.n_features)


def _tied_spherical(within: Within) -> Covariances:
    variance = _positive(within.pooled[:, 0] / (within.n_features * within.total_mass))
    return SphericalCovariances(within.shared(variance), within.n_components, within.n_features)


_TABLE = (
    Family(
        "VVV",
        "ellipsoidal, varying volume, shape and orientation",
        ScatterKind(PACKED, pooled=False),
        _full,
        lambda k, d: k * packed_size(d),
    ),
    Family(
        "EEE",
        "ellipsoidal, equal volume, shape and orientation",
        ScatterKind(PACKED, pooled=True),
        _tied,
        lambda k, d: packed_size(d),
    ),
    Family(
        "VVI",
        "diagonal, varying volume and shape",
        ScatterKind(SQUARES, pooled=False),
        _diag,
        lambda k, d: k * d,
    ),
    Family(
        "EEI",
        "diagonal, equal volume and shape",
        ScatterKind(SQUARES, pooled=True),
        _tied_diag,
        lambda k, d: d,
    ),
    Family(
        "VII",
        "spherical, varying volume",
        ScatterKind(RADIAL, pooled=False),
        _spherical,
        lambda k, d: k,
    ),
    Family(
        "EII",
        "spherical, equal volume",
        ScatterKind(RADIAL, pooled=True),
        _tied_spherical,
        lambda k, d: 1,
    ),
)

#: Family by mclust code.
FAMILIES: dict[str, Family] = {family.code: family for family in _TABLE}

#: The names users know, their family and the layout of their arrays.
_ALIASES: dict[str, tuple[str, Layout]] = {
    "full": ("VVV", DENSE),
    "tied": ("EEE", ONE),
    "diag": ("VVI", AXES),
    "spherical": ("VII", RADII),
    "tied_diag": ("EEI", DENSE),
    "tied_spherical": ("EII", DENSE),
}


def known_names() -> tuple[str, ...]:
    """Every accepted name: the six aliases, then the codes."""
    return (*_ALIASES, *FAMILIES)


def alias_of(name: str) -> str:
    """The everyday name of a family, or its code where it has none."""
    names = {code: alias for alias, (code, _) in _ALIASES.items()}
    return names.get(name, name)


def everyday_names(names: Iterable[str] | None = None) -> list[str]:
    """Families by their everyday names, each once; all of them for None."""
    return list(dict.fromkeys(alias_of(family_named(n).code) for n in names or FAMILIES))


def family_named(name: object) -> Family:
    """The family of an alias or a code.

    Raises
    ------
    ValueError
        For an unknown name, suggesting the nearest known one.
    """
    if isinstance(name, str):
        code = _ALIASES[name][0] if name in _ALIASES else name
        if code in FAMILIES:
            return FAMILIES[code]
    raise errors.unknown_covariance_type(name, known_names())


def structured(name: str, value: Covariances) -> Covariances:
    """The same covariances as a value of the named family's structure.

    Raises
    ------
    ValueError
        Where they do not have that structure.
    """
    family = family_named(name)
    shared = family.scatter.pooled and value.n_components > 1
    if value.quadratic is family.scatter.quadratic and value.is_shared == shared:
        return value
    dense = value.dense()
    nearest = family.nearest(dense)
    variance = value.variances
    unit = np.sqrt(variance[:, :, None] * variance[:, None, :])
    if (np.abs(nearest.dense() - dense) > 1e-8 * unit).any():
        raise errors.not_of_family(name, family.words)
    return nearest


def layout_named(name: str) -> Layout:
    """How the arrays of a family are laid out under this name: (K, D, D) for the codes."""
    return _ALIASES[name][1] if name in _ALIASES else DENSE
