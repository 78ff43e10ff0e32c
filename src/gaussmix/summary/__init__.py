"""Fits as tables and sentences."""

from gaussmix.summary.mixture import MixtureSummary, summarize
from gaussmix.summary.search import SearchSummary, summarize_search
from gaussmix.summary.text import number, table

__all__ = [
    "MixtureSummary",
    "SearchSummary",
    "number",
    "summarize",
    "summarize_search",
    "table",
]
