"""Whose claims and which mark a merged record has, and gets back when a member is taken out. Part of the actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.spine.acts import read_anew
from plumbline.apps.spine.queries import history_of, mark_of_class
from plumbline.domain.access import Mark, mark_from_json


def read_state_anew(entries: Iterable[Entry]) -> None:
    """Read anew what acts check of entries at hand: status, mark, and what they were merged into."""
    read_anew(entries, "status", "mark_class_id", "merged_into_id")


def read_claims_anew(claims: Sequence[Claim]) -> None:
    """Read anew what acts check of claims at hand, and of the records that they are on now."""
    read_anew(claims, "entry_id", "status", "mark_class_id", "target_id", "value")
    read_state_anew(claim.entry for claim in claims)


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
    found, level = list[Entry](), [entry]
    while level := list(Entry.objects.filter(merged_into__in=level).exclude(pk__in=[one.pk for one in found])):
        found += level
    return found


def move_claims(source: Entry, target: Entry) -> None:
    """Move a record's claims to another; each remembers the record that it was made on."""
    Claim.objects.filter(entry=source, came_from="").update(came_from=source.public_id)
    Claim.objects.filter(entry=source).update(entry=target)


def take_out_claims(source: Entry, member: Entry) -> None:
    """Give a member the claims back that it brought: its own, and those of records merged into it before."""
    own = Claim.objects.filter(entry=source, came_from=member.public_id)
    own.update(entry=member, came_from="")
    below = [one.public_id for one in members_below(member)]
    Claim.objects.filter(entry=source, came_from__in=below).update(entry=member)


def state_of(entry: Entry) -> dict[str, Any]:
    """Give what merging changes of a record, for the log."""
    return {"status": entry.status, "mark": mark_of_class(entry.mark_class_id).as_json()}


def status_before_merge(member: Entry, into: Entry) -> str:
    """Find in the log which status a record had when it was merged; proposed where the log does not say."""
    for act in history_of(f"record:{member.public_id}").filter(verb="record.merge"):
        if act.detail.get("into") == into.public_id and member.public_id in act.detail.get("merged", ()):
            return str(act.detail.get("before", {}).get(member.public_id, {}).get("status", Entry.PROPOSED))
    return Entry.PROPOSED


def before_members(into: Entry) -> tuple[Mark | None, str | None]:
    """Find in the log which mark and status a record had before its first standing member came.

    None where somebody has set it since: what a person decided stays.
    """
    mark: Mark | None = None
    status: str | None = None
    inside: set[str] = set()
    acts = history_of(f"record:{into.public_id}").filter(
        verb__in=("record.merge", "record.split", "entry.mark", "record.status")
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
        elif act.verb == "record.status":
            status = None
    return mark, status


def mark_with(own: Mark, members: Iterable[Entry]) -> Mark:
    """Give the mark of a record with these members: as visible as the least strict."""
    for member in members:
        own = widest(own, mark_of_class(member.mark_class_id))
    return own


def status_with(own: str, statuses: Sequence[str]) -> str:
    """Give the status of a record with members of these statuses: accepted where one is."""
    return Entry.ACCEPTED if Entry.ACCEPTED in statuses else own
