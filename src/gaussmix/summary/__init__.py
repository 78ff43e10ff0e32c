"""Fits as tables and sentences."""

from gaussmix.summary.classes import ClassSummary
from gaussmix.summary.mixture import MixtureSummary, summarize
from gaussmix.summary.posterior import (
    CredibleIntervals,
    PosteriorSummary,
    WeightsAndMeans,
    summarize_posterior,
)
from gaussmix.summary.search import SearchSummary, summarize_search
from gaussmix.summary.text import number, table
from gaussmix.summary.uncertainty import BootstrapTest, Interval, StandardErrors

__all__ = [
    "BootstrapTest",
    "ClassSummary",
    "CredibleIntervals",
    "Interval",
    "MixtureSummary",
    "PosteriorSummary",
    "SearchSummary",
    "StandardErrors",
    "WeightsAndMeans",
    "number",
    "summarize",
    "summarize_posterior",
    "summarize_search",
    "table",
]
