"""Plain-text tables."""

from gaussmix.errors.tables import number, table

__all__ = ["number", "table"]
