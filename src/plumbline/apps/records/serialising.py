"""Records as plain data, with their claims, sources and marks: what exports and the API give, equal to the pages.

A record is {id, type, status, title, url, mark, created_at, updated_at, fields, media, ties}, `fields` a list of values by field id,
`media` the accepted pictures, sounds and videos that the viewer may see, each with where its bytes are; a value is
{value, text, status, confidence, contested, mark, claims}; `ties` are those accepted with records of other workspaces, {id, kind, other,
workspace, url}, without the other's title, which its own marks keep; a claim {id, status, confidence, person, extractor, created_at,
mark, source}; a source {work, work_title, passage, citation, url, quote, start, end}, null where a person said so or
where the passage is not the viewer's to read. A mark is {level, owner, audience} in principals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from plumbline.apps.accounts.queries import names_of
from plumbline.apps.library import queries as library
from plumbline.apps.library.presenting import citation, medium_as_data
from plumbline.apps.library.ties import SeenTie, ties_of_all
from plumbline.apps.records.presenting import ShownRecord, ShownValue, passage_url, present
from plumbline.apps.spine.queries import mark_of_class
from plumbline.domain.access import Viewer

if TYPE_CHECKING:
    from plumbline.apps.library.models import Claim, Entry, Medium
    from plumbline.apps.library.queries import ShownPassage


def records_as_data(
    entries: Sequence[Entry], viewer: Viewer, *, base: str = ""
) -> list[tuple[ShownRecord, dict[str, Any]]]:
    """Give records as the page shows them and as plain data; `base` (scheme and host) makes addresses absolute.

    A constant number of queries for any number of records.
    """
    shown = present(entries, viewer)
    claims = [claim for one in shown for claim in claims_in(one)]
    passages = library.passages_by_pk([claim.passage_id for claim in claims if claim.passage_id], viewer)
    works = library.entries_with({one.work for one in passages.values()}, viewer, with_work=True)
    names = names_of({claim.person for claim in claims if claim.person})
    tied = ties_of_all([one.pk for one in entries], viewer)
    writer = _Writer(passages, works, names, library.media_for(entries, viewer), tied, base)
    return [(one, writer.record(one)) for one in shown]


def claims_in(shown: ShownRecord) -> Iterable[Claim]:
    """Walk the claims that state a record's values."""
    for field in shown.fields.values():
        for value in field.values:
            yield from value.claims


class _Writer:
    """Writes what one batch of records shares: passages at hand, works, names of people, the address to begin with."""

    def __init__(
        self, passages: Mapping[int, ShownPassage], works: Mapping[str, Entry], names: Mapping[str, str],
        media: Mapping[int, list[Medium]], tied: Mapping[int, list[SeenTie]], base: str,
    ) -> None:  # fmt: skip
        self.passages, self.works, self.names, self.media, self.base = passages, works, names, media, base
        self.tied = tied

    def record(self, shown: ShownRecord) -> dict[str, Any]:
        entry = shown.entry
        return {
            "id": entry.public_id, "type": entry.type, "status": entry.status, "title": shown.title,
            "url": self.base + shown.url, "mark": shown.mark.as_json(),
            "created_at": entry.created_at.isoformat(), "updated_at": entry.updated_at.isoformat(),
            "fields": {name: [self.value(one) for one in field.values] for name, field in shown.fields.items() if field.values},
            "media": [medium_as_data(one, self.base) for one in self.media.get(entry.pk, ())],
            "ties": [self.tie(one, entry) for one in self.tied.get(entry.pk, ())],
        }  # fmt: skip

    def tie(self, seen: SeenTie, entry: Entry) -> dict[str, Any]:
        other = seen.beside(entry)
        return {
            "id": seen.tie.public_id, "kind": seen.kind, "other": other.public_id, "workspace": other.workspace.slug,
            "url": self.base + reverse("records:tie-show", args=[seen.tie.public_id]),
        }  # fmt: skip

    def value(self, one: ShownValue) -> dict[str, Any]:
        return {
            "value": one.value, "text": one.text, "status": one.status, "confidence": one.confidence,
            "contested": one.contested, "mark": one.mark.as_json(), "claims": [self.claim(each) for each in one.claims],
        }  # fmt: skip

    def claim(self, one: Claim) -> dict[str, Any]:
        return {
            "id": one.public_id, "status": one.status, "confidence": one.confidence,
            "person": self.names.get(one.person, one.person) if one.person else None, "extractor": one.extractor or None,
            "created_at": one.created_at.isoformat(), "mark": mark_of_class(one.mark_class_id).as_json(),
            "source": self.source(one),
        }  # fmt: skip

    def source(self, one: Claim) -> dict[str, Any] | None:
        passage = self.passages.get(one.passage_id) if one.passage_id else None
        if passage is None:
            return None
        work = self.works.get(passage.work)
        published = work.date.isoformat() if work and work.date else ""
        whole = one.start is None or one.end is None
        return {
            "work": passage.work, "work_title": passage.work_title, "passage": passage.id,
            "citation": citation(passage, work.work.publisher if work else "", published),
            "url": self.base + passage_url(one), "quote": passage.text if whole else passage.text[one.start : one.end],
            "start": one.start, "end": one.end,
        }  # fmt: skip


def work_url(public_id: str, base: str = "") -> str:
    """Give the permanent address of a work."""
    return base + reverse("library:work-show", args=[public_id])


def tie_as_data(seen: SeenTie, base: str = "") -> dict[str, Any]:
    """Give a tie as plain data: both records, what they are to each other, how likely, and the values that say so."""
    sides = (seen.tie.entry, seen.tie.other)
    return {
        "id": seen.tie.public_id, "kind": seen.kind, "state": seen.tie.state, "score": seen.score,
        "records": [one.public_id for one in sides], "workspaces": [one.workspace.slug for one in sides],
        "evidence": [
            {"kind": one.kind, "weight": one.weight, "one": one.one, "other": one.other} for one in seen.evidence
        ],
        "decided_at": seen.tie.decided_at, "url": base + reverse("records:tie-show", args=[seen.tie.public_id]),
    }  # fmt: skip
