"""Choosing the number and the shape of components."""

from gaussmix.selection.criteria import CRITERIA, Criteria
from gaussmix.selection.search import Candidate, Grid, best_of, search

__all__ = ["CRITERIA", "Candidate", "Criteria", "Grid", "best_of", "search"]
