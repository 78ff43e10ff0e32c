"""Rows and the sources they come from."""

from gaussmix.data.batch import NO_DETAILS, Batch, Details, Selection
from gaussmix.data.block import Block, block_size
from gaussmix.data.column_likeness import ColumnLikeness
from gaussmix.data.copies import KnownRows, copies
from gaussmix.data.entries import as_floats, is_missing, unmasked
from gaussmix.data.frame_like import frame_like
from gaussmix.data.intervals import IntervalData, interval_points
from gaussmix.data.likeness import Likeness
from gaussmix.data.lots import Lot, bundled
from gaussmix.data.rows import as_rows
from gaussmix.data.source import ArraySource, Cut, LocalCut, LocalSource, Source
from gaussmix.data.storage import (
    BlockStream,
    FileStream,
    FileTable,
    Stream,
    open_stream,
    read_table,
)
from gaussmix.data.survey import Survey, box_radius, largest_distance, survey
from gaussmix.data.table import check_rows, check_weight, is_dask, is_frame, numeric_frame

__all__ = [
    "NO_DETAILS",
    "ArraySource",
    "Batch",
    "Block",
    "BlockStream",
    "ColumnLikeness",
    "Cut",
    "Details",
    "FileStream",
    "FileTable",
    "IntervalData",
    "KnownRows",
    "Likeness",
    "LocalCut",
    "LocalSource",
    "Lot",
    "Selection",
    "Source",
    "Stream",
    "Survey",
    "as_floats",
    "as_rows",
    "block_size",
    "box_radius",
    "bundled",
    "check_rows",
    "check_weight",
    "copies",
    "frame_like",
    "interval_points",
    "is_dask",
    "is_frame",
    "is_missing",
    "largest_distance",
    "numeric_frame",
    "open_stream",
    "read_table",
    "survey",
    "unmasked",
]
