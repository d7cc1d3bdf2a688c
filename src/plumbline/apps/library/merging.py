"""Whose claims and which mark a merged record has, and gets back when a member is taken out. Part of the actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.library.relations import FOLLOWED, merged_below
from plumbline.apps.spine.queries import history_of, mark_of_class
from plumbline.domain.access import Mark, mark_from_json

if TYPE_CHECKING:
    from plumbline.apps.spine.models import AuditEntry


def widest(one: Mark, other: Mark) -> Mark:
    """Give a mark that opens to everyone to whom one of two opens; owned by the owner of the first.

    What the members say keeps its own marks, so a merged record tells either side no more than that it is there. A mark
    with dates counts by its owner alone, where the other one is not as wide.
    """
    if one.opens_as_wide_as(other):
        return one
    if other.opens_as_wide_as(one):
        return other
    one, other = (Mark("AMBER", mark.owner) if mark.is_dated else mark for mark in (one, other))
    everyone = one.principals | other.principals
    if one.level == other.level == "RED":
        return Mark("RED", one.owner, everyone)
    strict = "AMBER" not in (one.level, other.level) and not any(name.startswith("group:") for name in everyone)
    owner = one.owner if one.owner in everyone else other.owner if other.owner in everyone else None
    return Mark("AMBER+STRICT" if strict else "AMBER", owner, everyone - {owner or ""})


def members_below(entry: Entry) -> list[Entry]:
    """Find the records merged into one, and those merged into these."""
    return list(Entry.objects.filter(pk__in=merged_below([entry.pk])).order_by("pk"))


def records_above(member: Entry) -> list[Entry]:
    """Read the records that a merged one is inside of: first the one it was merged into, last the one that stands."""
    found: list[Entry] = []
    above, walked = member.merged_into_id, {member.pk}
    while above is not None and above not in walked:
        walked.add(above)
        found.append(Entry.objects.select_related("workspace").get(pk=above))
        above = found[-1].merged_into_id
    return found


def move_claims(source: Entry, target: Entry) -> None:
    """Move a record's claims to another; each remembers the record that it was made on."""
    Claim.objects.filter(entry=source, came_from="").update(came_from=source.public_id)
    Claim.objects.filter(entry=source).update(entry=target)


def take_out_claims(member: Entry, above: Sequence[Entry]) -> None:
    """Give a member its claims back and those of records merged into it, wherever above it they went since."""
    inside = Claim.objects.filter(entry__in=[member, *above])
    inside.filter(came_from=member.public_id).update(entry=member, came_from="")
    inside.filter(came_from__in=[one.public_id for one in members_below(member)]).update(entry=member)


def state_of(entry: Entry) -> dict[str, Any]:
    """Give what merging changes of a record, for the log."""
    return {"status": entry.status, "mark": mark_of_class(entry.mark_class_id).as_json()}


def last_move(member: Entry) -> AuditEntry | None:
    """Find in the log the newest act by which a record was merged into another or taken out again."""
    for act in history_of(f"record:{member.public_id}").filter(verb__in=("record.merge", "record.split")):
        if member.public_id in act.detail.get("merged", (act.refs[0].partition(":")[2],)):
            return act
    return None


def status_apart(member: Entry, *, walked: frozenset[int] = frozenset()) -> str:
    """Give the status that a merged record gets back: the one it was merged with, less what members gave it that have left since.

    Proposed where the log does not say.
    """
    own = before_members(member)[1]
    if own is None:
        act = last_move(member)
        before = act.detail.get("before", {}) if act else {}
        return str(before.get(member.public_id, {}).get("status", Entry.PROPOSED))
    walked |= {member.pk}
    inside = Entry.objects.filter(merged_into=member).exclude(pk__in=walked)
    return status_with(own, [status_apart(one, walked=walked) for one in inside])


def before_members(into: Entry) -> tuple[Mark | None, str | None]:
    """Find in the log which mark and status a record had before its first standing member came.

    None where somebody has set it since: what a person decided stays.
    """
    mark: Mark | None = None
    status: str | None = None
    inside: set[str] = set()
    acts = history_of(f"record:{into.public_id}").filter(
        verb__in=("record.merge", "record.split", "entry.mark", "record.status", FOLLOWED)
    )
    for act in acts.order_by("id"):
        if act.verb == "record.merge" and act.detail.get("into") == into.public_id:
            own = act.detail.get("before", {}).get(into.public_id)
            if not inside and own:
                mark, status = mark_from_json(own["mark"]), own["status"]
            inside |= set(act.detail["merged"])
        elif act.verb == "record.split" and act.detail.get("from") == into.public_id:
            inside.discard(act.refs[0].partition(":")[2])
        elif act.verb == "entry.mark":
            mark = None
        elif act.verb in ("record.status", FOLLOWED):
            status = None
    return mark, status


def marks_without(member: Entry, above: Sequence[Entry]) -> dict[int, Mark]:
    """Give the marks (by key) that the records above a member have without it, as far up as that changes them.

    One whose mark somebody has set since keeps it, and so do those above it. To be asked while the member is inside.
    """
    found: dict[int, Mark] = {}
    inner, with_it, without = member, [mark_of_class(member.mark_class_id)], list[Mark]()
    for one in above:
        own, now = before_members(one)[0], mark_of_class(one.mark_class_id)
        others = Entry.objects.filter(merged_into=one).exclude(pk=inner.pk).order_by("pk")
        rest = [mark_of_class(row.mark_class_id) for row in others]
        if own is None or mark_with(own, [*rest, *with_it]).principals != now.principals:
            break
        found[one.pk] = mark_with(own, [*rest, *without])
        inner, with_it, without = one, [now], [found[one.pk]]
    return found


def mark_with(own: Mark, members: Iterable[Mark]) -> Mark:
    """Give the mark of a record with members of these marks: as visible as the least strict."""
    for mark in members:
        own = widest(own, mark)
    return own


def status_with(own: str, statuses: Sequence[str]) -> str:
    """Give the status of a record with members of these statuses: accepted where one is."""
    return Entry.ACCEPTED if Entry.ACCEPTED in statuses else own
