"""One family of errors: a stable code, parameters as data, a sentence that says what to do.

Every refusal that a person may read is a `PlumblineError`. The message is a format string in English, the
source language; `params` fill it, and the edge (page, API, command line) translates the format string and maps
`code` to an HTTP status or an exit code. Doctest:

>>> error = PlumblineError("file.empty", "{name} is empty. Nothing was stored; add the file again once it has text.", name="a.txt")
>>> error.code, str(error)
('file.empty', 'a.txt is empty. Nothing was stored; add the file again once it has text.')
"""

from __future__ import annotations

from typing import Any


class PlumblineError(Exception):
    """Say what happened, what was kept and what to do next.

    `code` is `noun.what` and never changes; `template` is the English format string (a message id for
    translation); `params` are plain data, or an error whose sentence ends this one. Subclasses only group codes for `except`.
    """

    def __init__(self, code: str, template: str, **params: Any) -> None:
        self.code = code
        self.template = template
        self.params = params
        super().__init__(template.format(**params))


class InvalidInput(PlumblineError):
    """Refuse input that cannot be used: the message names the file, line, row or field."""


def unfit(name: str, key: str, need: str, value: Any) -> InvalidInput:
    """Give the refusal of a setting: by file or command, key, and what is needed there."""
    return InvalidInput(
        "setting.unfit", "{name}: {key}: {need}, not {value}.", name=name, key=key, need=need, value=value
    )


class NotFound(PlumblineError):
    """Answer alike for what does not exist and for what the viewer may not see."""


class Forbidden(PlumblineError):
    """Refuse an act on something that the viewer may see."""


class Conflict(PlumblineError):
    """Refuse a write that would lose what somebody else wrote meanwhile."""


class Unavailable(PlumblineError):
    """Name the optional part that is missing and the command that adds it."""
