"""Acts on pictures, sound and video that are attached to works and records."""

from __future__ import annotations

from django.utils import timezone

from plumbline.apps.library.actions.roles import may_change_mark, needs_role, refuse_merged
from plumbline.apps.library.models import Entry, Medium
from plumbline.apps.spine.actions import mark_class_for
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import mark_of_class, visible_to
from plumbline.domain.access import Mark, Viewer
from plumbline.domain.errors import Conflict, InvalidInput


@action("medium.attach")
def attach_medium(
    entry: Entry,
    caption: str,
    *,
    sha256: str,
    size: int,
    name: str,
    media_type: str,
    by: Viewer,
    mark: Mark | None = None,
) -> Done[Medium]:
    """Attach a stored file to a work or record, with the entry's mark unless another is given; it waits for review.

    A file that is attached already is refused where the viewer may see it there: otherwise the refusal would tell of it.
    """
    needs_role(by, entry.workspace, "contributor")
    caption = _checked(caption)
    refuse_merged(entry)
    if visible_to(Medium.objects.filter(entry=entry, sha256=sha256), by).exists():
        raise Conflict("medium.again", "{name} is attached here already. Nothing was changed.", name=name)
    row = Medium.objects.create(
        public_id=new_public_id(), entry=entry, mark_class=mark_class_for(mark or mark_of_class(entry.mark_class_id)),
        sha256=sha256, size=size, name=name[:255], media_type=media_type, caption=caption, added_by=by.person or "",
    )  # fmt: skip
    return Done(row, _refs(row), {"medium": row.public_id, "sha256": sha256, "type": media_type})


@action("medium.decide")
def decide_medium(medium: Medium, state: str, *, by: Viewer) -> Done[Medium]:
    """Accept or reject a medium, or let it wait again; before it is accepted only contributors see it."""
    needs_role(by, medium.entry.workspace, "reviewer")
    if state not in (Medium.WAITING, Medium.ACCEPTED, Medium.REJECTED):
        raise InvalidInput("medium.state", "A medium is waiting, accepted or rejected, not {status}.", status=state)
    before = medium.state
    medium.state, medium.decided_by, medium.decided_at = state, by.person or "", timezone.now()
    medium.save(update_fields=["state", "decided_by", "decided_at"])
    return Done(medium, _refs(medium), {"medium": medium.public_id, "before": before, "after": state})


@action("medium.caption")
def caption_medium(medium: Medium, caption: str, *, by: Viewer) -> Done[Medium]:
    """Write another caption; what was accepted under the one before waits for review again, unless a reviewer writes."""
    needs_role(by, medium.entry.workspace, "contributor")
    before, medium.caption = medium.caption, _checked(caption)
    if not by.has_role(medium.entry.workspace.slug, "reviewer"):
        medium.state = Medium.WAITING
    medium.save(update_fields=["caption", "state"])
    return Done(medium, _refs(medium), {"medium": medium.public_id}, {"before": before, "after": medium.caption})


@action("medium.mark")
def mark_medium(medium: Medium, mark: Mark, *, by: Viewer) -> Done[Medium]:
    """Set who may see a medium, among those who may see its entry; loosening is for the owner organisation alone."""
    needs_role(by, medium.entry.workspace, "contributor")
    before = mark_of_class(medium.mark_class_id)
    may_change_mark(by, before, mark)
    medium.mark_class = mark_class_for(mark)
    medium.save(update_fields=["mark_class"])
    return Done(
        medium, _refs(medium), {"medium": medium.public_id, "before": before.as_json(), "after": mark.as_json()}
    )


def _checked(caption: str) -> str:
    text = " ".join(caption.replace("\x00", "").split())
    if not 0 < len(text) <= 500:
        raise InvalidInput(
            "medium.caption", "Write a caption of 1 to {limit} letters: what is to be seen or heard.", limit=500
        )
    return text


def _refs(medium: Medium) -> list[str]:
    return [f"{medium.entry.kind}:{medium.entry.public_id}", f"medium:{medium.public_id}"]
