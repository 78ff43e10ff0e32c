"""Covariance values, scatter and the table of families."""

from gaussmix.covariance.factor import FactorCovariances
from gaussmix.covariance.factor_names import FACTOR_NAMES, is_factor_name, with_rank
from gaussmix.covariance.families import (
    FAMILIES,
    Family,
    alias_of,
    check_columns,
    everyday_names,
    family_named,
    known_names,
    layout_named,
    structured,
)
from gaussmix.covariance.layout import Layout
from gaussmix.covariance.lineup import Lineup, alone
from gaussmix.covariance.prior_form import rows_of_prior
from gaussmix.covariance.projected import Projected, first_projections
from gaussmix.covariance.quadratic import LOW_RANK, PACKED, RADIAL, SQUARES, Quadratic
from gaussmix.covariance.scatter import ScatterKind, Within
from gaussmix.covariance.spherical import SphericalCovariances
from gaussmix.covariance.split import Split
from gaussmix.covariance.values import (
    Covariances,
    DiagonalCovariances,
    FullCovariances,
    side_by_side,
)

__all__ = [
    "FACTOR_NAMES",
    "FAMILIES",
    "LOW_RANK",
    "PACKED",
    "RADIAL",
    "SQUARES",
    "Covariances",
    "DiagonalCovariances",
    "FactorCovariances",
    "Family",
    "FullCovariances",
    "Layout",
    "Lineup",
    "Projected",
    "Quadratic",
    "ScatterKind",
    "SphericalCovariances",
    "Split",
    "Within",
    "alias_of",
    "alone",
    "check_columns",
    "everyday_names",
    "family_named",
    "first_projections",
    "is_factor_name",
    "known_names",
    "layout_named",
    "rows_of_prior",
    "side_by_side",
    "structured",
    "with_rank",
]
