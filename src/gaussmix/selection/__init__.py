"""Choosing the number and the shape of components."""

from gaussmix.selection.criteria import CRITERIA, Criteria
from gaussmix.selection.search import Candidate, Grid, Search, best_of

__all__ = ["CRITERIA", "Candidate", "Criteria", "Grid", "Search", "best_of"]
