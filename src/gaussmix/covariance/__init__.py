"""Covariance values, scatter and the table of families."""

from gaussmix.covariance.families import (
    FAMILIES,
    Family,
    alias_of,
    everyday_names,
    family_named,
    known_names,
    layout_named,
    structured,
)
from gaussmix.covariance.layout import Layout
from gaussmix.covariance.quadratic import PACKED, RADIAL, SQUARES, Quadratic
from gaussmix.covariance.scatter import ALONE, ScatterKind, Within
from gaussmix.covariance.spherical import SphericalCovariances
from gaussmix.covariance.split import Split
from gaussmix.covariance.values import (
    Covariances,
    DiagonalCovariances,
    FullCovariances,
)

__all__ = [
    "ALONE",
    "FAMILIES",
    "PACKED",
    "RADIAL",
    "SQUARES",
    "Covariances",
    "DiagonalCovariances",
    "Family",
    "FullCovariances",
    "Layout",
    "Quadratic",
    "ScatterKind",
    "SphericalCovariances",
    "Split",
    "Within",
    "alias_of",
    "everyday_names",
    "family_named",
    "known_names",
    "layout_named",
    "structured",
]
