"""Plain values in one file: arrays as safetensors, everything else as JSON. Never pickle."""

from gaussmix.persistence.document import Document, load_document, remove_document, save_document
from gaussmix.persistence.trees import Kind, fold, record, unfold
from gaussmix.persistence.values import below, pack, unpack

__all__ = [
    "Document",
    "Kind",
    "below",
    "fold",
    "load_document",
    "pack",
    "record",
    "remove_document",
    "save_document",
    "unfold",
    "unpack",
]
