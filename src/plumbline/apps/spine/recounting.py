"""What is kept of the records of a type, and must follow its blueprint: apps above say how it is worked out anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Viewer

    class Recount(Protocol):
        """Works out anew what is kept of the records of some types; gives how many these are."""

        def __call__(self, workspace: Workspace, types: Sequence[str], *, by: Viewer) -> int: ...


_recounts: list[Recount] = []


def recounts(function: Recount) -> Recount:
    """Register a part of `apply_blueprint`: it works out anew what is kept of the records of some types, or asks for a job that does."""
    _recounts.append(function)
    return function


def recount_records(workspace: Workspace, types: Sequence[str], *, by: Viewer) -> int:
    """Work out anew what is kept of the records of some types; gives how many these are."""
    return sum(recount(workspace, types, by=by) for recount in _recounts) if types else 0
