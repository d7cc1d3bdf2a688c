"""Acts on ties between entries."""

from __future__ import annotations

from django.utils import timezone

from plumbline.apps.library.models import Tie
from plumbline.apps.library.ties import SeenTie, get_tie
from plumbline.apps.spine.acts import Done, action
from plumbline.domain.access import Viewer
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput


def may_decide_tie(seen: SeenTie, viewer: Viewer) -> bool:
    """Tell whether the viewer reviews one of the two workspaces; that they see both sides, `get_tie` has made sure."""
    return any(viewer.has_role(one.workspace.slug, "reviewer") for one in (seen.tie.entry, seen.tie.other))


@action("tie.decide")
def decide_tie(public_id: str, state: str, *, by: Viewer) -> Done[Tie]:
    """Accept or reject a tie, or open it again; both entries stay where they are, under their own marks.

    The act names the tie alone: a history of one entry must not tell of the other.
    """
    seen = get_tie(public_id, by)
    if not may_decide_tie(seen, by):
        raise Forbidden("tie.forbidden", "Only reviewers of one of the two workspaces decide this.")
    if state not in (Tie.OPEN, Tie.ACCEPTED, Tie.REJECTED):
        raise InvalidInput("tie.state", "A tie is open, accepted or rejected, not {status}.", status=state)
    tie = seen.tie
    if Tie.OPEN not in (tie.state, state):
        raise Conflict("pair.settled", "This pair has been decided already. Open it again to see how.")
    before, tie.state, tie.kind = tie.state, state, seen.kind
    tie.decided_by, tie.decided_at = ("", None) if state == Tie.OPEN else (by.person or "", timezone.now())
    tie.save(update_fields=["state", "kind", "decided_by", "decided_at"])
    return Done(tie, [f"tie:{tie.public_id}"], {"before": before, "after": state})
