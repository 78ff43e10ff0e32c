"""The table of covariance families: the one place that knows their names.

A family is a row: its code, what scatter it asks for, and the rule that turns scatter into the
covariances of largest likelihood. The code says what components share: volume, shape and
orientation, each E (equal), V (varying) or I (the identity: none of its own), as in mclust
(Scrucca et al. 2016, R Journal 8, 289-317). Words and parameter counts follow from it. A new
family is a new row.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gaussmix import errors
from gaussmix._typing import FloatArray
from gaussmix.covariance import orientation, rules, volumes
from gaussmix.covariance.factor import FactorCovariances
from gaussmix.covariance.factor_names import FACTOR_NAMES, FactorModel, factor_model
from gaussmix.covariance.layout import AXES, DENSE, ONE, RADII, Layout
from gaussmix.covariance.prior_form import (
    OF_ALL,
    OF_EACH,
    OF_SHAPES,
    OF_TURNS,
    OF_VOLUMES,
    UNCOUNTED,
    PriorForm,
)
from gaussmix.covariance.quadratic import LOW_RANK, PACKED, RADIAL, SQUARES
from gaussmix.covariance.scatter import ScatterKind, Within
from gaussmix.covariance.values import Covariances

#: scatter within components -> the covariances of largest likelihood
Rule = Callable[[Within], Covariances]

#: Rows that tell a variance along each column from a spike.
_ENOUGH = 9

_KINDS = {"II": "spherical", "EI": "diagonal", "VI": "diagonal"}
_SHARING = {"E": "equal", "V": "varying"}


@dataclass(frozen=True, slots=True)
class Family:
    """One family of covariances.

    Attributes
    ----------
    code : str
        mclust's three letters: volume, shape, orientation; E equal, V varying, I identity.
    scatter : ScatterKind
        The second moments it needs.
    rule : callable
        (scatter within components) -> the covariances of largest likelihood.
    """

    code: str
    scatter: ScatterKind
    rule: Rule

    def __reduce__(self) -> tuple[Callable[[object], "Family"], tuple[str]]:
        return family_named, (self.code,)

    @property
    def words(self) -> str:
        """What the components share, in words."""
        sharing: dict[str, list[str]] = {}
        for letter, what in zip(self.code, ("volume", "shape", "orientation"), strict=True):
            if letter != "I":
                sharing.setdefault(_SHARING[letter], []).append(what)
        parts = [f"{how} {_and(what)}" for how, what in sharing.items()]
        return ", ".join([self._kind, *parts])

    @property
    def _kind(self) -> str:
        return _KINDS.get(self.code[1:], "ellipsoidal")

    def words_for(self, n_components: int, n_features: int) -> str:
        """What so many components share in so many columns: of one of either there is less."""
        if n_features > 1:
            return self.words if n_components > 1 else self._kind
        return "one variance" if n_components == 1 else f"{_SHARING[self.code[0]]} variance"

    @property
    def shares(self) -> bool:
        """Whether the components have anything in common that is estimated."""
        return "E" in self.code

    @property
    def turns(self) -> bool:
        """Whether each component has an orientation of its own."""
        return self.code[2] == "V"

    @property
    def is_equal_in_size(self) -> bool:
        """Whether all components have the same variances, along whatever axes.

        Then none can shrink onto copies of a row while the others stay.
        """
        return self.code.startswith(("EE", "EI"))

    @property
    def has_own_sizes(self) -> bool:
        """Whether each component's covariance may grow by itself, all its variances alike."""
        return self.code.startswith("V")

    @property
    def prior(self) -> PriorForm | None:
        """How a conjugate prior enters; None where it cannot."""
        return _PRIORS.get(self.code, OF_EACH)

    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Free parameters of the covariances: of volumes, shapes and orientations."""
        times = {"E": 1, "V": n_components, "I": 0}
        volumes, shapes, orientations = (times[letter] for letter in self.code)
        turns = n_features * (n_features - 1) // 2
        return volumes + shapes * (n_features - 1) + orientations * turns

    def n_free(self, n_components: int, n_features: int) -> int:
        """Free parameters of a mixture: proportions, means and covariances."""
        covariances = self.n_parameters(n_components, n_features)
        return n_components - 1 + n_components * n_features + covariances

    def rows_needed(self, n_components: int, n_features: int) -> int:
        """Rows that must be exceeded for every covariance to have full rank without a penalty.

        A shared shape needs the directions once, shapes of their own in each component.
        """
        if self.scatter.quadratic is not PACKED:
            return 0
        shared_shape = self.code[1] == "E"
        return n_features + n_components - 1 if shared_shape else n_components * n_features

    def rows_of_each(self, n_features: int) -> int:
        """Distinct rows that every component needs for its likelihood to mean anything.

        Of ellipsoids more than there are columns; others see one column at a time, and of many
        columns fewer rows tell enough.
        """
        if self.scatter.quadratic is PACKED:
            return n_features + 1
        return min(n_features, _ENOUGH) + 1

    def nearest(self, matrices: FloatArray, before: Covariances | None = None) -> Covariances:
        """The family's covariances for scatter matrices (K, D, D) of mass one each.

        Rules that iterate go on from the covariances `before`.
        """
        scatter = self.scatter.quadratic.of_matrices(matrices)
        if self.scatter.pooled:
            scatter = scatter.sum(axis=0)
        mass, n_features = np.ones(len(matrices)), matrices.shape[-1]
        return self.rule(Within(scatter, mass, n_features, before=before))


@dataclass(frozen=True, slots=True)
class _FactorFamily(Family):
    """A mixture of factor analysers, at one rank.

    Attributes
    ----------
    model : FactorModel
    """

    model: FactorModel

    @property
    def is_equal_in_size(self) -> bool:
        """Whether all components have the same variances, along whatever axes.

        Then none can shrink onto copies of a row while the others stay.
        """
        return self.code.startswith(("EE", "EI"))

    @property
    def prior(self) -> PriorForm | None:
        """None: loadings and noise have no conjugate prior."""
        return None

    @property
    def words(self) -> str:
        """What the components share, in words."""
        return self.model.words

    def words_for(self, n_components: int, n_features: int) -> str:
        """What so many components share: one has nothing to share."""
        return self.words if n_components > 1 else self.model.words_of_one

    @property
    def shares(self) -> bool:
        """Whether the components have anything in common that is estimated."""
        return self.model.rule.common_loadings or self.model.rule.common_noise

    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Free parameters of the loadings and of the noise."""
        return self.model.rule.n_parameters(n_components, n_features)

    def rows_of_each(self, n_features: int) -> int:
        """Distinct rows that factors cannot pass through; one with noise that others share."""
        rule = self.model.rule
        return 1 if rule.common_noise else min(rule.rank, n_features - 1) + 2


@lru_cache(maxsize=256)
def _of_factors(name: str) -> Family | None:
    """The family of a factor model's name; None for another name."""
    model = factor_model(name)
    if model is None:
        return None
    if model.name != name:
        return _of_factors(model.name)
    return _FactorFamily(name, model.scatter, model.rule, model)


def _and(words: list[str]) -> str:
    """The words as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


_TABLE = (
    Family("VVV", ScatterKind(PACKED, pooled=False), rules.vvv),
    Family("EVV", ScatterKind(PACKED, pooled=False), rules.evv),
    Family("VEV", ScatterKind(PACKED, pooled=False), volumes.vev),
    Family("EEV", ScatterKind(PACKED, pooled=False), rules.eev),
    Family("VVE", ScatterKind(PACKED, pooled=False), orientation.vve),
    Family("EVE", ScatterKind(PACKED, pooled=False), orientation.eve),
    Family("VEE", ScatterKind(PACKED, pooled=False), volumes.vee),
    Family("EEE", ScatterKind(PACKED, pooled=True), rules.eee),
    Family("VVI", ScatterKind(SQUARES, pooled=False), rules.vvi),
    Family("EVI", ScatterKind(SQUARES, pooled=False), rules.evi),
    Family("VEI", ScatterKind(SQUARES, pooled=False), volumes.vei),
    Family("EEI", ScatterKind(SQUARES, pooled=True), rules.eei),
    Family("VII", ScatterKind(RADIAL, pooled=False), rules.vii),
    Family("EII", ScatterKind(RADIAL, pooled=True), rules.eii),
)

#: Family by mclust code.
FAMILIES: dict[str, Family] = {family.code: family for family in _TABLE}

#: How a prior enters families whose components do not each have their own.
_PRIORS = {
    **dict.fromkeys(("EII", "EEI", "EEE"), OF_ALL),
    "VEI": OF_VOLUMES,
    "EVI": OF_SHAPES,
    "EEV": OF_TURNS,
    "VEV": UNCOUNTED,
}

#: The names users know, their family and the layout of their arrays.
_ALIASES: dict[str, tuple[str, Layout]] = {
    "full": ("VVV", DENSE),
    "tied": ("EEE", ONE),
    "diag": ("VVI", AXES),
    "spherical": ("VII", RADII),
    "tied_diag": ("EEI", DENSE),
    "tied_spherical": ("EII", DENSE),
}

#: The codes of one column, which has a volume only.
_OF_ONE_COLUMN = {"E": "EII", "V": "VII"}


def known_names() -> tuple[str, ...]:
    """Every accepted name: the six aliases, the codes, and the codes of one column."""
    return (*_ALIASES, *FAMILIES, *_OF_ONE_COLUMN)


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
        code = _ALIASES[name][0] if name in _ALIASES else _OF_ONE_COLUMN.get(name, name)
        family = FAMILIES.get(code) or _of_factors(code)
        if family is not None:
            return family
    raise errors.unknown_covariance_type(name, (*known_names(), *FACTOR_NAMES))


def check_columns(name: str, n_features: int) -> None:
    """Refuse a code of one column for several, and as many factors as columns.

    Raises
    ------
    ValueError
        Naming the codes that mean the same for more columns, or the most factors.
    """
    rank = family_named(name).scatter.rank
    if rank is not None and rank >= n_features:
        raise errors.too_many_factors(rank, n_features)
    if name in _OF_ONE_COLUMN and n_features > 1:
        same = [code for code in FAMILIES if code[0] == name]
        raise errors.of_one_column(name, n_features, same)


def structured(name: str, value: Covariances) -> Covariances:
    """The same covariances as a value of the named family's structure.

    Raises
    ------
    ValueError
        Where they do not have that structure.
    """
    family = family_named(name)
    if family.scatter.quadratic is LOW_RANK:
        return _with_factors(name, value)
    check_columns(name, value.n_features)
    shared = family.scatter.pooled and value.n_components > 1
    is_kept_so = value.quadratic is family.scatter.quadratic and value.is_shared == shared
    if is_kept_so and (shared or not family.shares):
        return value
    dense = value.dense()
    nearest = family.nearest(dense, value)
    variance = value.variances
    unit = np.sqrt(variance[:, :, None] * variance[:, None, :])
    if (np.abs(nearest.dense() - dense) > 1e-8 * unit).any():
        raise errors.not_of_family(name, family.words)
    return value if is_kept_so else nearest


def _with_factors(name: str, value: Covariances) -> FactorCovariances:
    """The value itself, once it is known to have the factors of the name."""
    rank = family_named(name).scatter.rank
    if not isinstance(value, FactorCovariances) or value.n_factors != rank:
        raise errors.dense_for_factors(name)
    return value


def layout_named(name: str) -> Layout:
    """How the arrays of a family are laid out under this name: (K, D, D) for the codes."""
    return _ALIASES[name][1] if name in _ALIASES else DENSE
