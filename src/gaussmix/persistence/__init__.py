"""Plain values in one file: arrays as safetensors, everything else as JSON. Never pickle."""

from gaussmix.persistence.document import Document, load_document, remove_document, save_document
from gaussmix.persistence.values import below, pack, unpack

__all__ = [
    "Document",
    "below",
    "load_document",
    "pack",
    "remove_document",
    "save_document",
    "unpack",
]
