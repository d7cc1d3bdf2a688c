"""Small things that tests of record pages stand on, made through the same actions as the real ones.

Nothing here is real: organisations, people and reports are invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.test import Client

from plumbline.apps.accounts.actions import put_group, put_organisation, put_person
from plumbline.apps.accounts.models import Person
from plumbline.apps.accounts.queries import SYSTEM, viewer_for
from plumbline.apps.library.actions import (
    NewClaim,
    add_claims,
    create_record,
    deposit_work,
    finish_reading,
    store_passages,
)
from plumbline.apps.library.models import Entry, Passage
from plumbline.apps.spine.actions import apply_blueprint
from plumbline.apps.spine.models import Workspace
from plumbline.domain.access import Mark, Viewer

SPILLS = """
blueprint: spills
version: 1
title: {en: Spills, ar: انسكابات}
summary: {en: Spills of things that burn or poison., ar: انسكابات مواد سامة أو قابلة للاشتعال.}
content_languages: [en, ar]
sharing:
  works: {level: CLEAR}
  records: {level: GREEN}
types:
  spill:
    title: {en: Spill, ar: انسكاب}
    plural: {en: Spills, ar: انسكابات}
    traits: {event: {when: date, where: place}, quantity: {field: amount}}
    title_from: [matter, place]
    sort: [date, title]
    fields:
      date: {type: date, facet: true, label: {en: Date, ar: التاريخ}}
      place: {type: place, label: {en: Place, ar: المكان}}
      country: {type: country, facet: true, label: {en: Country, ar: البلد}}
      matter: {type: term, vocabulary: matter, many: true, facet: true, label: {en: Matter, ar: المادة}}
      amount: {type: quantity, units: [t, kg], label: {en: Amount, ar: الكمية}}
      victim: {type: text, label: {en: Victim, ar: الضحية}, sharing: {level: AMBER+STRICT}}
      names: {type: text, many: true, label: {en: Names, ar: أسماء}}
      note: {type: localised, label: {en: Note, ar: ملاحظة}}
      related: {type: relation, target: spill, many: true, label: {en: Related, ar: ذات صلة}}
    extraction:
      cues: {en: [spilled]}
      fields: {date: {from: dates}}
      link: {same: 0.85, similar: 0.55}
vocabularies:
  matter:
    title: {en: Matter, ar: مادة}
    source: Invented for tests
    terms:
      - {id: oil, label: {en: Oil, ar: نفط}}
      - {id: acid, label: {en: Acid, ar: حمض}}
      - {id: lead, label: {en: Lead, ar: رصاص}}
"""


def workspace(text: str = SPILLS) -> Workspace:
    """Apply a blueprint."""
    return apply_blueprint(text, name="test.yaml", by=SYSTEM)


def organisation(slug: str, name: str = "") -> str:
    """Make an organisation and give its principal."""
    put_organisation(slug, name or slug.title(), by=SYSTEM)
    return f"org:{slug}"


def group(slug: str, *organisations: str) -> str:
    """Make a sharing group of organisations (slugs) and give its principal."""
    put_group(slug, slug.title(), organisations, by=SYSTEM)
    return f"group:{slug}"


def person(name: str, organisation: str | None = None, **roles: str) -> Person:
    """Make a person of an organisation (slug) with a role by workspace slug (`_` for `-`)."""
    held = {slug.replace("_", "-"): role for slug, role in roles.items()}
    return put_person(
        f"{name}@example.org", name=name.title(), organisation=organisation, roles=held, password="x" * 12, by=SYSTEM
    )


def viewer(who: Person) -> Viewer:
    """The viewer that a person is."""
    return viewer_for(who)


def client(who: Person | None = None, language: str = "en") -> Client:
    """A browser in which a person is signed in, or nobody."""
    made = Client(headers={"accept-language": language})
    if who:
        made.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made


def work(
    space: Workspace, by: Viewer, paragraphs: Sequence[str], *, title: str = "A report", mark: Mark | None = None
) -> Entry:
    """Deposit a text and store its paragraphs as passages, as a reading would."""
    text = "\n\n".join(paragraphs)
    digest = sha256(f"{title}{text}".encode()).hexdigest()
    about = {"title": title, "language": "en"}
    entry, _again = deposit_work(
        space, sha256=digest, size=len(text), name=f"{title}.txt", mark=mark, about=about, by=by
    )
    rows, start = [], 0
    for ordinal, paragraph in enumerate(paragraphs):
        rows.append({"ordinal": ordinal, "kind": "paragraph", "text": paragraph, "start": start, "language": "en"})
        start += len(paragraph) + 2
    store_passages(entry.work, rows, by=by)
    finish_reading(entry.work, {}, by=by)
    return entry


def said(
    entry: Entry, field: str, value: Any, quote: str, *, confidence: float = 0.8, mark: Mark | None = None
) -> NewClaim:
    """A claim read from where a work says `quote`."""
    passage = Passage.objects.filter(work_id=entry.pk, text__contains=quote).order_by("ordinal").first()
    assert passage, f"{quote!r} is not in the work"
    start = passage.text.index(quote)
    return NewClaim(field, value, passage.pk, start, start + len(quote), confidence, "rules/1", mark)


def record(
    space: Workspace, by: Viewer, values: Mapping[str, Any] | None = None, *, claims: Sequence[NewClaim] = (),
    mark: Mark | None = None, status: str = "accepted", type: str = "spill",
) -> Entry:  # fmt: skip
    """Make a record of values set by hand (a list is several values) and of claims as they are."""
    by_hand = [
        NewClaim(field, one)
        for field, value in (values or {}).items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return create_record(space, type, [*by_hand, *claims], mark=mark, status=status, by=by)


def add(entry: Entry, by: Viewer, *claims: NewClaim) -> None:
    """Add claims to a record."""
    add_claims(entry, claims, by=by)


def day(iso: str) -> dict[str, str]:
    """The value of a date of one day."""
    return {"start": iso, "end": iso, "precision": "day"}


def place(name: str, lat: float, lon: float, country: str) -> dict[str, Any]:
    """The value of a place."""
    return {"name": name, "lat": lat, "lon": lon, "country": country, "precision": "locality"}
