"""Acts on versions and languages of works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils import timezone

from plumbline.apps.library.models import Entry, Version
from plumbline.apps.library.versions import SeenVersion, compare_work, find_version, get_version
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.ids import new_public_id
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput
from plumbline.domain.linking.sketches import KINDS

if TYPE_CHECKING:
    from plumbline.domain.access import Viewer
    from plumbline.domain.linking.sketches import Sketch


def may_decide_version(viewer: Viewer, *works: Entry) -> bool:
    """Tell whether the viewer reviews the workspace of one of the works."""
    return any(viewer.has_role(one.workspace.slug, "reviewer") for one in works)


def _needs_reviewer(viewer: Viewer, *works: Entry) -> None:
    if not may_decide_version(viewer, *works):
        raise Forbidden("tie.forbidden", "Only reviewers of one of the two workspaces decide this.")


@action("work.compare")
def compare_works(waiting: Mapping[int, tuple[int, Sketch]], *, by: Viewer) -> Done[int]:
    """Compare works (key -> last change, sketch) with those of the library, and note what may be their versions and translations.

    The act names no work: a history of one must not tell of another.
    """
    new = sum(compare_work(key, event, own) for key, (event, own) in waiting.items())
    return Done(new, [], {"works": len(waiting), "proposed": new})


@action("version.decide")
def decide_version(public_id: str, state: str, *, by: Viewer) -> Done[Version | None]:
    """Confirm or reject what two works are to each other, or take that back; what was linked by hand is then gone.

    The act names the pair alone: a history of one work must not tell of the other.
    """
    seen = get_version(public_id, by)
    version = seen.version
    _needs_reviewer(by, version.entry, version.other)
    if state not in (Version.OPEN, Version.CONFIRMED, Version.REJECTED):
        raise InvalidInput("version.state", "A version is open, confirmed or rejected, not {status}.", status=state)
    if Version.OPEN not in (version.state, state):
        raise Conflict("pair.settled", "This pair has been decided already. Open it again to see how.")
    refs, told = [f"version:{public_id}"], {"before": version.state, "after": state}
    if version.by_hand and state == Version.OPEN and version.score is None:
        version.delete()
        return Done(None, refs, told)
    version.state = state
    version.decided_by, version.decided_at = ("", None) if state == Version.OPEN else (by.person or "", timezone.now())
    version.save(update_fields=["state", "decided_by", "decided_at"])
    return Done(version, refs, told)


@action("version.link")
def link_works(one: Entry, other: Entry, kind: str, *, by: Viewer) -> Done[Version]:
    """Say by hand that two works (at hand, hence seen) are versions of one text, or one text in two languages."""
    _needs_reviewer(by, one, other)
    if one.pk == other.pk:
        raise InvalidInput("version.same", "A work is no version of itself. Name another work.")
    if kind not in KINDS:
        raise InvalidInput("version.kind", "Two works are {kinds}, not {kind}.", kinds=", ".join(KINDS), kind=kind)
    version = find_version(one, other)
    if version is None:
        first, second = sorted((one, other), key=lambda each: each.pk)
        version = Version(public_id=new_public_id(), entry=first, other=second, by_hand=True)
    before = version.state if version.pk else None
    version.kind, version.state = kind, Version.CONFIRMED
    version.decided_by, version.decided_at = by.person or "", timezone.now()
    version.save()
    return Done(version, [f"version:{version.public_id}"], {"before": before, "after": version.state, "kind": kind})


@action("version.order")
def order_version(public_id: str, newer: str, *, by: Viewer) -> Done[Version]:
    """Say by its permanent id which of two works is the newer one; "" says nothing any more."""
    seen: SeenVersion = get_version(public_id, by)
    version = seen.version
    _needs_reviewer(by, version.entry, version.other)
    sides = {one.public_id: one for one in (version.entry, version.other)}
    if newer and newer not in sides:
        raise InvalidInput("version.newer", "The newer one is one of the two works, not {id}.", id=newer)
    before, version.newer = version.newer.public_id if version.newer else "", sides.get(newer)
    version.save(update_fields=["newer"])
    return Done(version, [f"version:{public_id}"], {"before": bool(before), "after": bool(newer)})
