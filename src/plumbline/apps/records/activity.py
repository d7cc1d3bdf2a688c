"""What was done in a workspace, newest first, as far as a viewer may know of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from plumbline.apps.library import queries as library
from plumbline.apps.records.reasons import act_words
from plumbline.apps.spine.queries import audit_log, blueprint_of
from plumbline.apps.teamwork.queries import visible_comments
from plumbline.domain.access import Viewer

if TYPE_CHECKING:
    from plumbline.apps.spine.models import AuditEntry, Workspace

WRAPPERS = ("record.enter", "record.edit", "candidate.merge", "claim.choose", "record.many", "record.link")
"""Acts that only hold other acts, which are told themselves."""
SILENT = (
    *WRAPPERS,
    "mention.note",
    "comment.withdraw",
    "work.store-passages",
    "work.store-page",
    "work.recognise",
    "work.note",
)
AT_ONCE, MOST = 300, 3000


@dataclass
class Step:
    """Acts of one person that say the same, one after the other: about which entries, the newest when."""

    key: int
    at: Any
    by: str
    text: str
    entries: dict[str, Any] = field(default_factory=dict)


def steps(
    viewer: Viewer, workspace: Workspace, *, before: int | None = None, count: int = 50
) -> tuple[list[Step], int]:
    """Give at most `count` steps, newest first, and the key of the act to go on before (0 at the end).

    Reads at most `MOST` acts: in a log that is mostly about what the viewer may not see, a page may be short or empty.
    """
    found: list[Step] = []
    read, last = 0, before
    while read < MOST:
        rows = audit_log().exclude(verb__in=SILENT)
        acts = list((rows.filter(pk__lt=last) if last else rows)[:AT_ONCE])
        for act, text, entries in _told(acts, viewer, workspace):
            step = found[-1] if found else None
            if step and (step.by, step.text) == (act.by, text):
                step.entries |= entries
                continue
            if len(found) == count:
                return found, found[-1].key
            found.append(Step(act.pk, act.at, act.by, text, dict(entries)))
        read += len(acts)
        if len(acts) < AT_ONCE:
            return found, 0
        last = acts[-1].pk
    return found, last or 0


def _told(
    acts: Iterable[AuditEntry], viewer: Viewer, workspace: Workspace
) -> Iterable[tuple[AuditEntry, str, Mapping[str, Any]]]:
    """Each act that the viewer may know of, in words, with the entries of the workspace that it was about."""
    acts = list(acts)
    seen = library.entries_with(
        {_id(ref) for act in acts for ref in act.refs if _is_entry(ref)}, viewer, with_work=True
    )
    claims = library.fields_of_claims({one for act in acts for one in claims_touched(act)}, viewer)
    comments = visible_comments({_id(ref) for act in acts for ref in act.refs if ref.startswith("comment:")}, viewer)
    for act in acts:
        about = [_id(ref) for ref in act.refs if _is_entry(ref)]
        entries = {one: seen[one] for one in about if one in seen and seen[one].workspace_id == workspace.pk}
        touched = claims_touched(act)
        if not entries or (touched and not touched & set(claims)):
            continue
        if act.verb.startswith("comment.") and not comments & {_id(ref) for ref in act.refs}:
            continue
        first = next(iter(entries.values()))
        record_type = blueprint_of(workspace).types.get(first.type)
        fields = list(dict.fromkeys(claims[one] for one in sorted(touched) if one in claims))
        text = act_words(act.verb, act.detail, fields, record_type)
        if text != act.verb:
            yield act, text, entries


def claims_touched(act: AuditEntry) -> set[str]:
    """The ids of the claims an act was about: what a viewer may not see of them must not show in a history."""
    about = set(act.detail.get("before", ())) if act.verb == "claim.decide" else set()
    about |= set(act.detail.get("claims", ())) if act.verb == "claim.add" else set()
    return about | {_id(ref) for ref in act.refs if ref.startswith("claim:")}


def _is_entry(ref: str) -> bool:
    return ref.startswith(("record:", "work:"))


def _id(ref: str) -> str:
    return ref.partition(":")[2]


def who_words(by: str, names: Mapping[str, str]) -> str:
    """Say who acted."""
    return _("Plumbline") if by in ("system", "person:system") else names.get(by, by)
