"""Fits as tables and sentences."""

from gaussmix.summary.mixture import MixtureSummary, summarize
from gaussmix.summary.search import SearchSummary, summarize_search
from gaussmix.summary.text import number, table
from gaussmix.summary.uncertainty import BootstrapTest, Interval, StandardErrors

__all__ = [
    "BootstrapTest",
    "Interval",
    "MixtureSummary",
    "SearchSummary",
    "StandardErrors",
    "number",
    "summarize",
    "summarize_search",
    "table",
]
