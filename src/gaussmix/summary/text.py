"""Plain-text tables, and shapes in words."""

from gaussmix.covariance import family_named
from gaussmix.errors.tables import number, table

__all__ = ["number", "shape_in_words", "table"]


def shape_in_words(covariance_type: str, n_components: int, n_features: int) -> str:
    """The name of a shape, and in brackets what the components share where that says more."""
    words = family_named(covariance_type).words_for(n_components, n_features)
    return covariance_type if words == covariance_type else f"{covariance_type} ({words})"
