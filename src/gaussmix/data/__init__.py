"""Rows and the sources they come from."""

from gaussmix.data.block import Block, block_size
from gaussmix.data.source import ArraySource, Centred, Source
from gaussmix.data.survey import Survey, largest_distance, survey

__all__ = [
    "ArraySource",
    "Block",
    "Centred",
    "Source",
    "Survey",
    "block_size",
    "largest_distance",
    "survey",
]
