"""Plain values in one file: arrays as safetensors, everything else as JSON. Never pickle."""

from gaussmix.persistence.document import Document, load_document, save_document

__all__ = ["Document", "load_document", "save_document"]
