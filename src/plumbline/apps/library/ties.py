"""Ties between entries: which of them a viewer may know of, and where entries meet that may be tied.

A viewer gets a tie as it would be had nobody ever written what they may not see: both entries and both workspaces must be visible,
and of the evidence only what rests on claims that they may see counts. A decision opens no more than the proposal did.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from plumbline.apps.library.models import Claim, Entry, Tie, TieKey
from plumbline.apps.spine.ids import new_public_id
from plumbline.apps.spine.queries import mark_of_class, visible_to, workspaces
from plumbline.domain.access import LEVELS, Viewer
from plumbline.domain.errors import Conflict, InvalidInput, NotFound
from plumbline.domain.linking.ties import Evidence, judge

if TYPE_CHECKING:
    from plumbline.apps.spine.models import Workspace

STANDING = ("proposed", "accepted")
STATES = (Tie.OPEN, Tie.ACCEPTED, Tie.REJECTED)
MOST_AT_KEY = 50
"""Entries of one workspace that meet under a key that more of them share tell nothing by it."""
MOST_READ = 2_000
MOST_LOOKED_AT = 20_000
"""So many of the likeliest open ties are looked at, by their keys, for those that one person is to decide."""


@dataclass(frozen=True)
class SeenEvidence:
    """One piece of evidence as a viewer may see it: its kind, its weight, and the two values."""

    kind: str
    weight: float
    one: Any
    other: Any


@dataclass(frozen=True)
class SeenTie:
    """A tie as a viewer may see it: what the two are to each other, how likely, and why.

    `level` is the strictest of the marks of both entries, of their workspaces, and of the claims that it rests on.
    """

    tie: Tie
    kind: str
    score: float
    evidence: tuple[SeenEvidence, ...]
    level: str

    def beside(self, entry: Entry) -> Entry:
        """Give the entry on the other side."""
        return self.tie.other if self.tie.entry_id == entry.pk else self.tie.entry


def ties(
    viewer: Viewer, *, entry: Entry | None = None, workspace: Workspace | None = None, states: Sequence[str] = (Tie.OPEN,)
) -> list[SeenTie]:  # fmt: skip
    """The ties of a record, or of a workspace's records, that the viewer may know of, the likeliest first."""
    rows = Tie.objects.filter(state__in=states)
    if entry is not None:
        rows = rows.filter(Q(entry=entry) | Q(other=entry))
    found = _seen(rows, viewer, None if workspace is None else {workspace.pk})
    return sorted(found, key=lambda one: (-one.score, one.tie.pk))


def ties_of_all(
    entries: Iterable[int], viewer: Viewer, states: Sequence[str] = (Tie.ACCEPTED,)
) -> dict[int, list[SeenTie]]:
    """The ties of many entries (primary keys) that the viewer may know of, by entry; a constant number of queries."""
    keys = list(entries)
    rows = Tie.objects.filter(Q(entry__among=keys) | Q(other__among=keys), state__in=states)
    found: dict[int, list[SeenTie]] = {}
    wanted = set(keys)
    for one in _seen(rows, viewer, most=None):
        for side in {one.tie.entry_id, one.tie.other_id} & wanted:
            found.setdefault(side, []).append(one)
    return found


def ties_to_decide(viewer: Viewer, most: int) -> list[SeenTie]:
    """The likeliest open ties of the workspaces that the viewer reviews: at most `most` are read, whatever comes of them.

    They are found among the `MOST_LOOKED_AT` likeliest whose records the viewer may see; where these hold none of theirs, among all.
    """
    spaces = {one.pk for one in workspaces(viewer) if viewer.has_role(one.slug, "reviewer")}
    found = _seen(Tie.objects.filter(state=Tie.OPEN), viewer, spaces, most, MOST_LOOKED_AT) if spaces else []
    return sorted(found, key=lambda one: (-one.score, one.tie.pk))


def get_tie(public_id: str, viewer: Viewer) -> SeenTie:
    """Get one tie; NotFound alike for none and for one that the viewer may not know of."""
    found = find_tie(public_id, viewer)
    if found is None:
        raise NotFound("tie.unknown", "There is nothing here under {id}. Check the address.", id=public_id)
    return found


def find_tie(public_id: str, viewer: Viewer) -> SeenTie | None:
    """Find one tie; None alike for none and for one that the viewer may not know of."""
    found = _seen(Tie.objects.filter(public_id=public_id), viewer)
    return found[0] if found else None


def _seen(
    rows: QuerySet[Tie], viewer: Viewer, spaces: Container[int] | None = None, most: int | None = MOST_READ,
    looked_at: int | None = None,
) -> list[SeenTie]:  # fmt: skip
    """Give ties as the viewer may see them, the likeliest `most`; with workspaces (keys), those with a side in one of them.

    Workspaces are compared here, by keys alone and of `looked_at` ties at most: asked for them, SQLite would walk
    through all their records to find a few ties. What is written is read of the chosen ones only.
    """
    for side in ("entry", "other"):
        rows = visible_to(rows, viewer, f"{side}__mark_class_id").filter(
            **{f"{side}__status__in": (Entry.PROPOSED, Entry.ACCEPTED)}
        )
    known = {one.pk: one for one in workspaces(viewer)}

    sides = rows.order_by("-score", "pk").values_list("pk", "entry__workspace_id", "other__workspace_id")[:looked_at]
    chosen = (
        key for key, one, other in sides.iterator(chunk_size=MOST_READ)
        if {one, other} <= known.keys() and (spaces is None or one in spaces or other in spaces)
    )  # fmt: skip
    read = list(islice(chosen, most))
    if not read and looked_at is not None and spaces is not None and sides.count() == looked_at:
        theirs = [key for key in known if key in spaces]
        near = rows.filter(Q(entry__workspace_id__in=theirs) | Q(other__workspace_id__in=theirs))
        return _seen(near, viewer, spaces, most)
    if not read:
        return []
    found = list(Tie.objects.filter(pk__among=read).select_related("entry", "other").order_by("-score", "pk"))
    for tie in found:
        tie.entry.workspace, tie.other.workspace = known[tie.entry.workspace_id], known[tie.other.workspace_id]
    keys = {key for tie in found for piece in tie.evidence for key in (*piece["one"], *piece["other"])}
    claims = {one.pk: one for one in visible_to(Claim.objects.filter(pk__among=list(keys)), viewer)}
    seen = [_seen_tie(tie, claims) for tie in found]
    return [one for one in seen if one.kind]


def _seen_tie(tie: Tie, claims: Mapping[int, Claim]) -> SeenTie:
    """Judge a tie by what of its evidence is in `claims`; one that was decided stays what it was or is not seen at all."""
    shown, counted, classes = [], [], _classes_of(tie)
    for piece in tie.evidence:
        one, other = (_stated(piece[side], claims, tie) for side in ("one", "other"))
        if one is not None and other is not None:
            counted.append(Evidence(piece["kind"], piece["weight"], (one.pk,), (other.pk,)))
            classes |= {one.mark_class_id, other.mark_class_id}
            if one.status != "erased" and other.status != "erased":
                shown.append(SeenEvidence(piece["kind"], piece["weight"], one.value, other.value))
    kind, score = judge(tie.kind, counted)
    if tie.state != Tie.OPEN and kind != tie.kind:
        kind = ""
    best = {one.kind: one for one in sorted(shown, key=lambda each: each.weight)}
    level = max((mark_of_class(one).level for one in classes), key=LEVELS.index)
    return SeenTie(tie, kind, score, tuple(sorted(best.values(), key=lambda each: -each.weight)), level)


def _classes_of(tie: Tie) -> set[int]:
    return {row.mark_class_id for side in (tie.entry, tie.other) for row in (side, side.workspace)}


def _stated(keys: Iterable[int], claims: Mapping[int, Claim], tie: Tie) -> Claim | None:
    """Find a claim of those that state a value; of an open tie it must still stand where it stood."""
    sides = (tie.entry_id, tie.other_id)
    for key in keys:
        claim = claims.get(key)
        if claim and (tie.state != Tie.OPEN or (claim.status in STANDING and claim.entry_id in sides)):
            return claim
    return None


# -- a part of the actions: where entries meet, whoever may see them; nothing of it is shown ---------------------------


def standing_claims(entries: Sequence[Entry]) -> dict[int, list[Claim]]:
    """The claims on entries that stand, of all marks, by entry."""
    found: dict[int, list[Claim]] = {one.pk: [] for one in entries}
    for claim in Claim.objects.filter(entry__in=list(found), status__in=STANDING).order_by("id"):
        found[claim.entry_id].append(claim)
    return found


def open_records(workspace: Workspace, types: Iterable[str], *, after: int = 0, most: int = 50) -> list[Entry]:
    """Records of a workspace that stand, of some types, by key after one."""
    rows = Entry.objects.filter(workspace=workspace, kind=Entry.RECORD, type__in=list(types), pk__gt=after)
    rows = rows.filter(status__in=(Entry.PROPOSED, Entry.ACCEPTED)).select_related("workspace")
    return list(rows.order_by("pk")[:most])


def records_to_tie(ids: Iterable[str]) -> list[Entry]:
    """Records that stand, by permanent id."""
    rows = Entry.objects.filter(public_id__in=list(ids), kind=Entry.RECORD, status__in=(Entry.PROPOSED, Entry.ACCEPTED))
    return list(rows.select_related("workspace").order_by("pk"))


def put_keys(keys: Mapping[int, Iterable[int]]) -> None:
    """Set the keys of entries (by primary key)."""
    TieKey.objects.filter(entry__in=list(keys)).delete()
    TieKey.objects.bulk_create(
        (TieKey(entry_id=pk, key=key) for pk, found in keys.items() for key in found), batch_size=1_000
    )


def meeting(entry: Entry, keys: Sequence[int]) -> list[Entry]:
    """The entries of other workspaces that share a key with one, but for keys that too many share."""
    rows = TieKey.objects.filter(key__among=list(keys)).exclude(entry__workspace=entry.workspace_id)
    crowded = rows.values("key", "entry__workspace").annotate(n=Count("pk")).filter(n__gt=MOST_AT_KEY)
    left_out = set(crowded.values_list("key", flat=True))
    found = rows.exclude(key__among=list(left_out)) if left_out else rows
    others = Entry.objects.filter(pk__in=found.values("entry"), status__in=(Entry.PROPOSED, Entry.ACCEPTED))
    return list(others.select_related("workspace"))


def meeting_within(entry: Entry, keys: Sequence[int]) -> list[Entry]:
    """The other entries of a type and workspace that share a key with one, but for keys that too many share."""
    rows = TieKey.objects.filter(key__among=list(keys), entry__workspace=entry.workspace_id, entry__type=entry.type)
    shared = rows.values("key").annotate(n=Count("pk")).filter(n__lte=MOST_AT_KEY).values_list("key", flat=True)
    found = rows.filter(key__among=list(shared)).exclude(entry=entry)
    others = Entry.objects.filter(pk__in=found.values("entry"), status__in=(Entry.PROPOSED, Entry.ACCEPTED))
    return list(others.select_related("workspace"))


def sharing_keys(
    workspace: Workspace, type_id: str, keys: Iterable[int], *, rejected: bool = False
) -> dict[int, set[Entry]]:
    """The entries of a type in one workspace that stand (or were rejected) and have one of these keys, by key."""
    wanted = (Entry.PROPOSED, Entry.ACCEPTED, *((Entry.REJECTED,) if rejected else ()))
    rows = TieKey.objects.filter(key__among=list(keys), entry__workspace=workspace, entry__type=type_id)
    found: dict[int, set[Entry]] = {}
    for row in rows.filter(entry__status__in=wanted).select_related("entry"):
        row.entry.workspace = workspace
        found.setdefault(row.key, set()).add(row.entry)
    return found


def note_ties(entry: Entry, found: Mapping[int, tuple[str, float, Sequence[Evidence]]]) -> int:
    """Note what an entry is to others (key -> kind, score, evidence); gives how many ties are new.

    Open ties follow what is found now; one that was decided keeps its evidence, and is not proposed again.
    """
    known = {_far_side(tie, entry): tie for tie in Tie.objects.filter(Q(entry=entry) | Q(other=entry))}
    stale = [tie.pk for key, tie in known.items() if tie.state == Tie.OPEN and not found.get(key, ("",))[0]]
    Tie.objects.filter(pk__in=stale).delete()
    new = []
    for key, (kind, score, evidence) in found.items():
        if not kind:
            continue
        pair = (min(entry.pk, key), max(entry.pk, key))
        rows = [_as_row(one, turned=pair[0] != entry.pk) for one in evidence]
        if key not in known:
            new.append(
                Tie(
                    public_id=new_public_id(), entry_id=pair[0], other_id=pair[1], kind=kind, score=score, evidence=rows
                )
            )
        elif known[key].state == Tie.OPEN:
            Tie.objects.filter(pk=known[key].pk).update(kind=kind, score=score, evidence=rows)
    Tie.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def note_decision(seen: SeenTie, state: str, by: Viewer) -> str:
    """Note what was decided of a tie; gives the state that it was in. One decided otherwise is to be opened first."""
    tie = seen.tie
    if state not in STATES:
        raise InvalidInput("tie.state", "A tie is open, accepted or rejected, not {status}.", status=state)
    if Tie.OPEN not in (tie.state, state):
        raise Conflict("pair.settled", "This pair has been decided already. Open it again to see how.")
    before, tie.state, tie.kind = tie.state, state, seen.kind
    tie.decided_by, tie.decided_at = ("", None) if state == Tie.OPEN else (by.person or "", timezone.now())
    decided = {"state": tie.state, "kind": tie.kind, "decided_by": tie.decided_by, "decided_at": tie.decided_at}
    if not Tie.objects.filter(pk=tie.pk, state=before).update(**decided):
        raise Conflict("pair.settled", "This pair has been decided already. Open it again to see how.")
    return before


def note_anew(tie: Tie, found: tuple[str, float, Sequence[Evidence]] | None) -> None:
    """Let an open tie rest on what is found now (kind, score, evidence from its entry to the other); it goes where nothing is."""
    if found is None or not found[0]:
        tie.delete()
        return
    tie.kind, tie.score, tie.evidence = found[0], found[1], [_as_row(one, turned=False) for one in found[2]]
    tie.save(update_fields=["kind", "score", "evidence"])


def forget_ties(entries: Sequence[int]) -> None:
    """Take away keys and open ties of entries (primary keys) that are neither actors nor cases any longer."""
    Tie.objects.filter(Q(entry__in=entries) | Q(other__in=entries), state=Tie.OPEN).delete()
    TieKey.objects.filter(entry__in=entries).delete()


def _far_side(tie: Tie, entry: Entry) -> int:
    return tie.other_id if tie.entry_id == entry.pk else tie.entry_id


def _as_row(one: Evidence, *, turned: bool) -> dict[str, Any]:
    sides = (one.other, one.one) if turned else (one.one, one.other)
    return {"kind": one.kind, "weight": one.weight, "one": list(sides[0]), "other": list(sides[1])}
