"""Makes what tests need through the same actions that pages call: organisations, people, workspaces, works, records.

house = a_house()                      # organisations, a sharing group, people with roles, one workspace
work = a_work(house, "First paragraph.", "Ann Lee was seen in Lagos.")
record = a_record(house, claim("note", "seen"), said("name", "Ann Lee", work))
house.ann, house.cy                    # viewers; `house.person("ann")` gives them as they stand now
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from plumbline.apps.accounts.actions import put_group, put_organisation, put_person
from plumbline.apps.accounts.models import Person
from plumbline.apps.accounts.queries import viewer_for
from plumbline.apps.library.actions import NewClaim, create_record
from plumbline.apps.library.indexing import drain_index
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.models import Entry, Passage
from plumbline.apps.spine.actions import apply_blueprint
from plumbline.apps.spine.jobs import Runner
from plumbline.apps.spine.models import Workspace
from plumbline.domain.access import Mark, Viewer

BLUEPRINT = """\
blueprint: trial
version: 1
title: {en: Trial}
summary: {en: One type with a field of every kind.}
content_languages: [en, fr, ar]
sharing:
  works: {level: CLEAR}
  records: {level: GREEN}
types:
  incident:
    title: {en: Incident}
    plural: {en: Incidents}
    traits:
      event: {when: date, where: place}
      quantity: {field: amount}
    title_from: [waste, place]
    sort: [date, title]
    fields:
      date: {type: date, label: {en: Date}, facet: true}
      place: {type: place, label: {en: Place}}
      country: {type: country, label: {en: Country}, facet: true}
      amount: {type: quantity, units: [t, kg], label: {en: Amount}, many: true}
      waste: {type: term, vocabulary: waste, label: {en: Waste}, many: true, facet: true}
      name: {type: text, label: {en: Name}}
      note: {type: text, label: {en: Note}, facet: true}
      victim: {type: text, label: {en: Victim}, sharing: {level: AMBER+STRICT}}
      story: {type: localised, label: {en: Story}}
      killed: {type: number, label: {en: Killed}}
      solved: {type: flag, label: {en: Solved}, facet: true}
      related: {type: relation, target: incident, label: {en: Related}, many: true}
      quoted: {type: passage, label: {en: Quoted}}
      picture: {type: file, label: {en: Picture}}
vocabularies:
  waste:
    title: {en: Waste}
    terms:
      - {id: Y29, label: {en: Mercury}}
      - {id: Y31, label: {en: Lead}}
"""

VALUES: Mapping[str, Any] = {
    "date": {"start": "2011-03-05", "end": "2011-03-05", "precision": "day"},
    "place": {"name": "Lagos", "lat": 6.45, "lon": 3.39, "country": "NG", "precision": "locality"},
    "country": "NG",
    "amount": {"low": 12.0, "high": 12.0, "unit": "t"},
    "waste": "Y31",
    "name": "Ann Lee",
    "note": "seen at the port",
    "victim": "Jane Roe",
    "story": {"en": "It was found.", "fr": "On l'a trouvé."},
    "killed": 3,
    "solved": True,
    "related": "abcdef123456",
    "quoted": "abcdef654321",
    "picture": "0" * 64,
}
"""A value of every field of `BLUEPRINT`."""

SYSTEM = Viewer("system", frozenset({"public", "community"}), administrator=True, name="Plumbline")
PEOPLE = {
    "root": ("police", {"trial": "editor"}, True),
    "ann": ("police", {"trial": "editor"}, False),
    "bo": ("police", {"trial": "reader"}, False),
    "cy": ("customs", {"trial": "editor"}, False),
    "di": ("health", {"trial": "contributor"}, False),
    "eve": (None, {"trial": "reviewer"}, False),
}
"""Person -> organisation, roles, administrator. Police and customs are in the group `basel`."""


@dataclass
class House:
    """An installation with one workspace and people of several organisations."""

    workspace: Workspace
    people: dict[str, str] = field(default_factory=dict)

    def person(self, name: str) -> Viewer:
        """Give a person as they stand now."""
        return viewer_for(Person.objects.select_related("organisation").get(public_id=self.people[name]))

    def __getattr__(self, name: str) -> Viewer:
        if name.startswith("_") or name not in PEOPLE:
            raise AttributeError(name)
        return self.person(name)


def an_organisation(slug: str, *, by: Viewer = SYSTEM) -> Any:
    """Make an organisation; "org:slug" is its principal."""
    return put_organisation(slug, slug.title(), by=by)


def a_person(
    name: str,
    organisation: str | None = None,
    roles: Mapping[str, str] | None = None,
    *,
    administrator: bool = False,
    password: str = "a long pass phrase",
) -> Person:
    """Make a person with the address name@example.org who can sign in."""
    return put_person(
        f"{name}@example.org", name=name.title(), organisation=organisation, roles=dict(roles or {}),
        administrator=administrator, password=password, by=SYSTEM,
    )  # fmt: skip


def signed_in(house: House, name: str, **options: Any) -> Client:
    """A browser in which a person of the house is signed in."""
    client = Client(**options)
    client.force_login(
        Person.objects.get(public_id=house.people[name]), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def a_workspace(text: str = BLUEPRINT, **options: Any) -> Workspace:
    """Apply a blueprint."""
    return apply_blueprint(text, name="trial.yaml", by=SYSTEM, **options)


def a_house(text: str = BLUEPRINT) -> House:
    """Make the organisations, the group, the workspace and the people of `PEOPLE`."""
    for slug in ("police", "customs", "health"):
        an_organisation(slug)
    put_group("basel", "Basel circle", ["police", "customs"], by=SYSTEM)
    house = House(a_workspace(text))
    for name, (organisation, roles, administrator) in PEOPLE.items():
        person = a_person(name, organisation, roles, administrator=administrator)
        house.people[name] = person.public_id
    return house


def run_jobs() -> int:
    """Do every job that waits, in this process; gives how many."""
    runner, done = Runner(), 0
    while runner.run_one():
        done += 1
    return done


def a_work(
    house: House,
    *paragraphs: str,
    by: Viewer | None = None,
    mark: Mark | None = None,
    name: str = "report.txt",
    about: Mapping[str, Any] | None = None,
    read: bool = True,
) -> Entry:
    """Take a text file in and read it; each paragraph becomes a passage."""
    file = io.BytesIO("\n\n".join(paragraphs).encode())
    work = take_in(file, name, house.workspace, by=by or house.ann, mark=mark, about=about).work
    if read:
        run_jobs()
    return Entry.objects.select_related("work", "workspace").get(pk=work.pk)


def passages_of(work: Entry) -> list[Passage]:
    """Give a work's passages in order, unmasked."""
    return list(Passage.objects.filter(work_id=work.pk).order_by("ordinal"))


def claim(name: str, value: Any = None, **options: Any) -> NewClaim:
    """Give a claim by hand, of the value of `VALUES` where none is given."""
    return NewClaim(name, VALUES[name] if value is None else value, **options)


def said(name: str, words: str, work: Entry, *, value: Any = None, nth: int = 0, **options: Any) -> NewClaim:
    """Give a claim that rests on words in a work, where they stand for the nth time."""
    found = [(one, one.text.index(words)) for one in passages_of(work) if words in one.text]
    passage, start = found[nth]
    return NewClaim(name, words if value is None else value, passage.pk, start, start + len(words), **options)


def a_record(house: House, *claims: NewClaim, by: Viewer | None = None, **options: Any) -> Entry:
    """Make a record of these claims, by default an accepted one of Ann's."""
    return create_record(house.workspace, "incident", list(claims), by=by or house.ann, **options)


def fresh(entry: Entry) -> Entry:
    """Read an entry anew."""
    return Entry.objects.select_related("workspace", "work").get(pk=entry.pk)


def follow() -> None:
    """Bring the search index up to what was written."""
    assert drain_index()
