"""The extension points of Plumbline, as pluggy hook specifications.

A package adds to Plumbline by naming a module under the entry point group `plumbline` and implementing a hook::

    # pyproject.toml of the other package
    [project.entry-points.plumbline]
    minutes = "minutes_reader"

    # minutes_reader.py
    from plumbline.plugins import hookimpl
    from plumbline.plugins.readers import Reader

    @hookimpl
    def plumbline_readers():
        return [Reader(id="minutes", ...)]

Extension points today: readers of file formats. Each is a function here; its docstring is the contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from plumbline.plugins.readers.reader import Reader

PROJECT = "plumbline"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """Every hook that a plugin may implement."""

    @hookspec
    def plumbline_readers(self) -> Sequence[Reader]:  # type: ignore[empty-body]
        """Give readers of file formats, each a `plumbline.plugins.readers.Reader`.

        A reader recognises its format by content (the first bytes, and the file where they do not suffice), reads a path
        into a `Document`, refuses with `FileRefused`, keeps to `Reading.limits` and calls `Reading.check_time` as it goes.
        Readers of plugins are asked before those that ship, so a plugin may replace one.
        """
