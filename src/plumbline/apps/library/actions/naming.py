"""What follows for records that relations name when these begin or cease to count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from plumbline.apps.library.models import Entry
from plumbline.apps.library.relations import FOLLOWED, is_named, went_unnamed, with_above
from plumbline.apps.library.resolving import refresh, refresh_naming
from plumbline.apps.spine.acts import Done, action
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.access import Viewer


def follow_naming(
    keys: Iterable[int | None], *, by: Viewer, among: Sequence[str] = (Entry.PROPOSED, Entry.REJECTED)
) -> None:
    """Reject proposed actors (primary keys) that no record names any longer, and put back those that are named again.

    One that was merged counts as the record that it lives on in. An actor that a person has touched stays as it is, and so
    does a record of a type that is proposed by itself.
    """
    wanted = {key for key in keys if key is not None}
    if not wanted:
        return
    rows = Entry.objects.filter(pk__in=with_above(wanted), status__in=among)
    for entry in rows.select_related("workspace").order_by("pk"):
        kind = blueprint_of(entry.workspace).types.get(entry.type)
        if kind is None or "actor" not in kind.traits or kind.extraction is not None:
            continue
        if entry.status == Entry.PROPOSED and _is_only_read(entry) and not is_named(entry):
            _set(entry, Entry.REJECTED, by=by)
        elif entry.status == Entry.REJECTED and went_unnamed(entry) and is_named(entry):
            _set(entry, Entry.PROPOSED, by=by)


@action(FOLLOWED)
def _set(entry: Entry, status: str, *, by: Viewer) -> Done[Entry]:
    before, entry.status = entry.status, status
    refresh([entry])
    refresh_naming([entry], {})
    return Done(entry, [f"record:{entry.public_id}"], {"before": before, "after": status})


def _is_only_read(entry: Entry) -> bool:
    return not entry.claims.exclude(status="proposed", person="").exists()
