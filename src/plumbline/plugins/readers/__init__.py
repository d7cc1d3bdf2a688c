"""Readers: a file of any common format becomes blocks of text that can be cited, or is refused in one sentence.

`read_file` is the front door. New formats come as plugins (`plumbline.plugins.hooks`).
"""

from plumbline.plugins.readers.front import format_titles, read_file, readers
from plumbline.plugins.readers.model import (
    Block,
    Document,
    FileRefused,
    Limits,
    Part,
    Reading,
    ReadWarning,
    safe_name,
)
from plumbline.plugins.readers.reader import Candidate, Reader

__all__ = [
    "Block",
    "Candidate",
    "Document",
    "FileRefused",
    "Limits",
    "Part",
    "ReadWarning",
    "Reader",
    "Reading",
    "format_titles",
    "read_file",
    "readers",
    "safe_name",
]
