"""What of a work may be sent to a service outside the installation: reads, by the sharing rule and the workspace's word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from plumbline.apps.library.queries import texts_within
from plumbline.apps.spine.queries import classes_open_to, mark_of_class
from plumbline.domain.access import LEVELS, Mark, Viewer

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry


def may_send(mark: Mark, up_to: str) -> bool:
    """Tell whether a mark is at most as strict as the workspace lets out; one with an embargo or expiry never is."""
    return up_to in LEVELS and not mark.is_dated and LEVELS.index(mark.level) <= LEVELS.index(up_to)


def text_to_send(
    work: Entry, rows: Sequence[tuple[int, int, str, str]], readers: Iterable[Mark], up_to: str, viewer: Viewer
) -> str | None:
    """Give passages (key, start, text, kind) joined by empty lines, as all may read them who may read any of `readers`.

    A passage that they may not read, or whose mark may not be sent, is blank; a stretch withheld from them is masked; all
    offsets stay. None where nothing may be sent: the work is withdrawn or its mark excluded, or no passage is left.
    """
    open_to = [classes_open_to(one, viewer) for one in readers]
    allowed = {key for key in frozenset.intersection(*open_to) if may_send(mark_of_class(key), up_to)}
    if work.work.withdrawn_at is not None or work.mark_class_id not in allowed:
        return None
    shown = texts_within(work, allowed, viewer)
    parts = [shown.get(key, " " * len(text)) for key, _, text, _ in rows]
    return "\n\n".join(parts) if any(part.strip() for part in parts) else None
