"""Where the bytes of files are kept."""

from __future__ import annotations

from django.conf import settings

from plumbline.engines.files import FileStore


def file_store() -> FileStore:
    """Open the store of file contents in the data folder."""
    return FileStore(settings.DATA / "files")
