"""What came in last, as a viewer may see it: found by key, so that little is read however much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.apps.library.models import Entry
from plumbline.apps.library.queries import entries, works
from plumbline.apps.spine.queries import visible_to

if TYPE_CHECKING:
    from collections.abc import Collection

    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Viewer


def newest_works(viewer: Viewer, workspace: Workspace | None = None, count: int = 6) -> list[Entry]:
    """The newest works that the viewer may see, withdrawn ones left out: keys first, so that only these are read whole."""
    keys = list(works(viewer, workspace).exclude(status=Entry.WITHDRAWN).values_list("pk", flat=True)[:count])
    return list(works(viewer, workspace).filter(pk__in=keys))


def newest_keys(
    viewer: Viewer, workspace: Workspace, count: int, *, statuses: Collection[str], types: Collection[str]
) -> list[int]:
    """The keys of the records that came in last, newest first: looked for among 300, then among all that the viewer may see.

    The 300 are asked for by key alone: with anything more, SQLite walks an index that holds all records.
    """
    last = list(Entry.objects.filter(workspace=workspace).order_by("-pk").values_list("pk", flat=True)[:300])
    rows = visible_to(Entry.objects.filter(pk__in=last), viewer).order_by("-created_at", "-pk")
    found = [
        pk for pk, *kept in rows.values_list("pk", "kind", "status", "type")
        if kept[0] == Entry.RECORD and kept[1] in statuses and kept[2] in types
    ][:count]  # fmt: skip
    if len(found) == count or len(last) < 300:
        return found
    everything = entries(viewer, workspace).filter(status__in=statuses, type__in=types)
    return list(everything.order_by("-created_at", "-pk").values_list("pk", flat=True)[:count])
