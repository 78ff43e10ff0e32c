"""Files, streams of blocks, and what is told of them."""

from gaussmix.data.storage.block_stream import BlockStream
from gaussmix.data.storage.file_stream import FileStream
from gaussmix.data.storage.files import FileTable, read_table
from gaussmix.data.storage.open_stream import open_stream
from gaussmix.data.storage.streams import Stream

__all__ = ["BlockStream", "FileStream", "FileTable", "Stream", "open_stream", "read_table"]
