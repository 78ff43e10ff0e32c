"""Fits as tables and sentences."""

from gaussmix.summary.mixture import MixtureSummary, summarize
from gaussmix.summary.search import SearchSummary, summarize_search

__all__ = ["MixtureSummary", "SearchSummary", "summarize", "summarize_search"]
