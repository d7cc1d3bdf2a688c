"""Files by content: each distinct content is stored once, under its SHA-256, and never changes."""

from plumbline.engines.files.store import FileStore, Stored

__all__ = ["FileStore", "Stored"]
