"""Works out anew what is kept of records whose blueprint changed: some in the act itself, the rest by a job, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from plumbline.apps.library.resolving import OPEN, count_of_types, recount_next
from plumbline.apps.library.ties import forget_ties
from plumbline.apps.records.actions import look_for_ties
from plumbline.apps.records.ties import may_be_tied
from plumbline.apps.spine.actions import enqueue
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import blueprint_of, jobs
from plumbline.apps.spine.recounting import recounts

if TYPE_CHECKING:
    from plumbline.apps.library.models import Entry
    from plumbline.apps.spine.models import Workspace
    from plumbline.domain.access import Viewer

AT_ONCE = 500
"""So many records are worked out anew in one transaction, about half a second of CPU time; those of small workspaces in the act itself."""


@recounts
def recount(workspace: Workspace, types: Sequence[str], *, by: Viewer) -> int:
    """Work out anew the first records of types whose blueprint changed, and ask for a job for those behind; gives how many there are.

    The job keeps the `last` key that it is through with.
    """
    total = count_of_types(workspace, types)
    found = _recount(workspace, types, 0, by)
    if len(found) < total:
        payload = {"workspace": workspace.pk, "types": list(types), "last": found[-1].pk}
        enqueue("recount", f"recount:{new_public_id()}", payload, by=by)
    return total


@action("record.recount")
def recount_more(workspace: Workspace, types: Sequence[str], after: int, *, by: Viewer) -> Done[list[Entry]]:
    """Work out anew the next records of some types, by key after one; gives them, none where all are through."""
    found = _recount(workspace, types, after, by)
    return Done(found, [f"workspace:{workspace.slug}"], {"records": len(found)})


def _recount(workspace: Workspace, types: Sequence[str], after: int, by: Viewer) -> list[Entry]:
    """Work out columns, facets and points anew, and have actors and cases compared with other workspaces.

    Those that are neither any longer lose what was proposed of them; decisions stay.
    """
    found = recount_next(workspace, types, after=after, most=AT_ONCE)
    known = blueprint_of(workspace).types
    forget_ties([one.pk for one in found if not may_be_tied(known.get(one.type))])
    look_for_ties([one for one in found if one.status in OPEN], by=by)
    return found


def is_recounted(workspace: Workspace) -> bool:
    """Tell whether the records of a workspace are being counted anew. How far would tell how many hidden records there are."""
    rows = [job.payload for job in jobs().filter(kind="recount", state__in=("waiting", "running"))]
    return any(one["workspace"] == workspace.pk for one in rows)
