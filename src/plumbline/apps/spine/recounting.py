"""What is kept of the records of a type, and must follow its blueprint: apps above say how it is worked out anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

    Recount = Callable[[Workspace, Sequence[str]], int]
_recounts: list[Recount] = []


def recounts(function: Recount) -> Recount:
    """Register a part of `apply_blueprint`: it works out anew what is kept of the records of some types; gives how many these are."""
    _recounts.append(function)
    return function


def recount_records(workspace: Workspace, types: Sequence[str]) -> int:
    """Work out anew what is kept of the records of some types; gives how many these are."""
    return sum(recount(workspace, types) for recount in _recounts) if types else 0
