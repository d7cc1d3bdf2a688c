"""A small world for the sharing contract: every text in it holds a word of its own, and says who may read that word.

The world is made through the same actions as the real one. `World.canaries` maps each word to what it is and to the
marks that must all let a viewer in; `ERASED` words may be read by nobody. Examples of every parameter that an address
may take stand in `World.examples`: a new parameter needs a line there, so that the contract grows with every route.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from django.utils import timezone
from PIL import Image
from tests import factories as make

from plumbline.apps.accounts.actions import invite, put_person
from plumbline.apps.accounts.models import Person
from plumbline.apps.accounts.queries import SYSTEM, viewer_for
from plumbline.apps.library.actions import (
    NewClaim,
    add_claims,
    correct_passage,
    create_record,
    decide_medium,
    describe_work,
    erase_claim,
    mark_claim,
    merge_records,
    save_search,
    store_page,
    withdraw_work,
)
from plumbline.apps.library.comparing import compare_all
from plumbline.apps.library.intake import take_in, take_medium
from plumbline.apps.library.models import Claim, Entry, Passage, Tie, Version
from plumbline.apps.library.saved import feed_secret
from plumbline.apps.library.searching import Asked
from plumbline.apps.library.stores import file_store
from plumbline.apps.library.ties import ties
from plumbline.apps.programme.queries import activities
from plumbline.apps.records.actions import ask_import, change_many, decide_tie, decline_record, enter_record
from plumbline.apps.records.models import Candidate
from plumbline.apps.spine.models import AuditEntry
from plumbline.apps.spine.queries import get_workspace, mark_of_class
from plumbline.apps.teamwork.actions import set_task, write_comment
from plumbline.domain.access import PUBLIC, Mark, Viewer, decide

BLUEPRINT = """\
blueprint: {slug}
version: 1
title: {{en: "{title}"}}
summary: {{en: "{summary}"}}
content_languages: [en, fr, ar]
sharing:
  workspace: {workspace}
  works: {{level: AMBER}}
  records: {{level: AMBER}}
types:
  incident:
    title: {{en: Incident}}
    plural: {{en: Incidents}}
    traits: {{event: {{when: date, where: place}}, route: {{origin: country, destination: country}}}}
    title_from: [name]
    sort: [date, title]
    fields:
      date: {{type: date, label: {{en: Date}}, facet: true}}
      place: {{type: place, label: {{en: Place}}}}
      country: {{type: country, label: {{en: Country}}, facet: true}}
      waste: {{type: term, vocabulary: waste, label: {{en: Waste}}, many: true, facet: true}}
      name: {{type: text, label: {{en: Name}}, many: true}}
      note: {{type: text, label: {{en: Note}}, facet: true, many: true}}
      actors: {{type: text, label: {{en: Actors}}, many: true}}
      story: {{type: localised, label: {{en: Story}}}}
      related: {{type: relation, target: incident, label: {{en: Related}}, many: true}}
      involved: {{type: relation, target: actor, label: {{en: Involved}}, many: true}}
    extraction:
      cues: {{en: [seized]}}
      fields: {{actors: {{from: organisations}}, date: {{from: dates}}, involved: {{from: organisations}}}}
      link: {{same: 0.85, similar: 0.3}}
  actor:
    title: {{en: Actor}}
    plural: {{en: Actors}}
    traits: {{actor: {{name: name}}}}
    title_from: [name]
    sort: [title]
    fields:
      name: {{type: text, label: {{en: Name}}}}
vocabularies:
  waste:
    title: {{en: Waste}}
    terms:
      - {{id: Y29, label: {{en: Mercury}}}}
      - {{id: Y31, label: {{en: Lead}}}}
"""

CLASSES = ("clear", "green", "owner", "circle", "strict", "named")
ERASED = Mark("RED", None, frozenset({"person:nobody"}))
UNKNOWN = "zzzzzzzzzzzz"
BATCH = "batchofworld"


@dataclass(frozen=True)
class Canary:
    """A word that stands in one text; `marks` must all let a viewer in; `shown` says that some page shows it."""

    word: str
    kind: str
    marks: tuple[Mark, ...]
    shown: bool = True

    def allowed(self, viewer: Viewer) -> bool:
        """Tell whether the viewer may read the word, by the rule itself."""
        return all(decide(viewer, "read", mark).allowed for mark in self.marks)


@dataclass
class World:
    """The house, its people as viewers, the words, and an example of everything that an address may name."""

    house: make.House
    marks: dict[str, Mark] = field(default_factory=dict)
    people: dict[str, Person | None] = field(default_factory=dict)
    canaries: dict[str, Canary] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    own: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """By viewer, examples of parameters that are secrets of their own: nobody is to meet another's."""
    entries: dict[str, list[Entry]] = field(default_factory=lambda: {"record": [], "work": []})
    acts: list[int] = field(default_factory=list)
    walks: dict[str, Any] = field(default_factory=dict)
    optional: frozenset[str] = frozenset({"uidb36", "key", "fallback"})
    """Parameters of addresses that show nothing of ours."""

    def viewer(self, name: str) -> Viewer:
        """Give a viewer as they stand now; "public" is nobody."""
        person = self.people[name]
        return viewer_for(Person.objects.select_related("organisation").get(pk=person.pk)) if person else PUBLIC

    def word(
        self, kind: str, class_name: str, *more: Mark, shown: bool = True, marks: Sequence[Mark] | None = None
    ) -> str:
        """Make a new word of a kind that the marks of a class (and more marks) keep."""
        text = f"qx{kind}{class_name}zj"
        kept = tuple(marks) if marks is not None else (self.marks[class_name], *more)
        self.canaries[text] = Canary(text, kind, kept, shown)
        return text

    def by(self, class_name: str) -> Viewer:
        """Give who writes what a class keeps: Ann of the owner, or Eve, whom RED names."""
        return self.viewer("named" if class_name == "named" else "owner")

    def hidden_passages(self, viewer: Viewer) -> list[str]:
        """Ids of passages that the viewer may not see."""
        rows = Passage.objects.select_related("mark_class").order_by("pk")
        return [one.public_id for one in rows if not decide(viewer, "read", one.mark_class.mark).allowed]

    def hidden_pairs(self, viewer: Viewer) -> list[str]:
        """Keys of pairs of which the viewer may not see a side."""
        pairs = Candidate.objects.select_related("entry__mark_class", "other__mark_class").order_by("pk")
        return [
            str(one.pk)
            for one in pairs
            if not all(decide(viewer, "read", e.mark_class.mark).allowed for e in (one.entry, one.other))
        ]

    def hidden_ties(self, viewer: Viewer) -> list[str]:
        """Ids of ties of which the viewer may not see a side, or not the workspace that it is in."""
        found = Tie.objects.select_related("entry__mark_class", "other__mark_class", "entry__workspace__mark_class",
                                           "other__workspace__mark_class").order_by("pk")  # fmt: skip
        marks = {
            tie.public_id: [row.mark_class.mark for e in (tie.entry, tie.other) for row in (e, e.workspace)]
            for tie in found
        }
        return [key for key, kept in marks.items() if not all(decide(viewer, "read", mark).allowed for mark in kept)]

    def hidden_versions(self, viewer: Viewer) -> list[str]:
        """Ids of pairs of works of which the viewer may not see a side."""
        found = Version.objects.select_related("entry__mark_class", "other__mark_class").order_by("pk")
        sides = {one.public_id: (one.entry.mark_class.mark, one.other.mark_class.mark) for one in found}
        return [key for key, kept in sides.items() if not all(decide(viewer, "read", mark).allowed for mark in kept)]

    def own_pages(self, viewer: Viewer) -> list[str]:
        """Addresses of the entries that the viewer may see."""
        records, works = (of_marks(self.examples[kind], viewer, True) for kind in ("record", "work"))
        pages = [f"/r/{one}/{page}" for one in records for page in ("", "history/", "who/", "edit/")]
        return pages + [f"/work/{one}/" for one in works]

    def add_hidden(self) -> None:
        """Add to everything what only the person named on RED may see."""
        by, mark = self.viewer("named"), self.marks["named"]
        text = "The report says more: seized at the quay, driver plainly seen."
        work = make.a_work(self.house, text, by=by, mark=mark, name="more.txt", about=_about("More"))
        for _ in range(2):
            claims = [
                NewClaim("name", "More"),
                NewClaim("country", "IT"),
                make.said("note", "seized", work),
                *_shared("More"),
            ]
            enter_record(self.house.workspace, "incident", claims, mark=mark, by=by)
        for record in Entry.objects.filter(
            type="incident", status__in=("accepted", "proposed"), workspace=self.house.workspace
        ):
            if decide(by, "read", mark_of_class(record.mark_class_id)).allowed:
                add_claims(
                    record, [NewClaim("note", "overlaid", mark=mark), NewClaim("name", "Overlaid", mark=mark)], by=by
                )
        actor = enter_record(self.house.workspace, "actor", [NewClaim("name", "Unseen")], mark=mark, by=by)
        for record in Entry.objects.filter(type="incident", status="accepted", workspace=self.house.workspace):
            if decide(by, "read", mark_of_class(record.mark_class_id)).allowed:
                add_claims(record, [NewClaim("involved", actor.public_id)], by=by)
        withdraw_work(make.fresh(work), "because", by=by)
        make.run_jobs()
        make.follow()


def build() -> World:
    """Make the world."""
    world = World(make.a_house(_blueprint("trial", "Trial", "Trial", "{level: CLEAR}")))
    _people(world)
    _marks(world)
    base = _base(world)
    for name in CLASSES:
        _class(world, name, *base)
        _scan(world, name)
        _media(world, base[1], name)
        _named(world, base[1], name)
        _team(world, base[1], name)
    _erased(world, base[1])
    _hidden_workspace(world)
    for name in CLASSES:
        _tied(world, name)
    _versions(world)
    _import(world)
    _examples(world)
    make.follow()
    _saved(world)
    return world


def _blueprint(slug: str, title: str, summary: str, workspace: str) -> str:
    return BLUEPRINT.format(slug=slug, title=title, summary=summary, workspace=workspace)


def _people(world: World) -> None:
    by_id = {name: Person.objects.get(public_id=key) for name, key in world.house.people.items()}
    world.people = {
        "public": None, "outsider": make.a_person("olga"), "owner": by_id["ann"], "colleague": by_id["bo"],
        "circle": by_id["cy"], "audience": by_id["di"], "named": by_id["eve"],
        "administrator": make.a_person("zed", administrator=True),
    }  # fmt: skip


def _marks(world: World) -> None:
    eve = world.viewer("named").person or ""
    world.marks = {
        "clear": Mark("CLEAR", "org:police"), "green": Mark("GREEN", "org:police"), "owner": Mark("AMBER", "org:police"),
        "circle": Mark("AMBER", "org:police", frozenset({"group:basel"})),
        "strict": Mark("AMBER+STRICT", "org:police", frozenset({"org:health"})),
        "named": Mark("RED", "org:police", frozenset({eve})),
    }  # fmt: skip


def _base(world: World) -> tuple[Entry, Entry]:
    """An open report that names a word of every class in text and heading, and an open record."""
    paragraphs = ["<h1>Report of the port</h1>"]
    for name in CLASSES:
        quote = world.word("span", name)
        paragraphs += [f"<h2>About {quote} again</h2>", f"<p>The driver {quote} was seen at the gate.</p>"]
    paragraphs.append("<p>A harmless sentence about weather.</p>")
    told = " ".join(f"qxspan{name}zj" for name in CLASSES)
    work = make.a_work(
        world.house, *paragraphs, name=f"base-{told.replace(' ', '_')}.html", mark=world.marks["clear"],
        about=_about(f"Base report {told}", publisher=f"Port of {told}", author=told, licence=f"Ask {told}"),
    )  # fmt: skip
    record = _record(world, "clear", NewClaim("name", "Base record"), NewClaim("country", "NG"))
    return work, record


def _about(title: str, **more: str) -> dict[str, str]:
    return {"title": title, "language": "en", "date": "2011-03-05", **more}


def _record(
    world: World, class_name: str, *claims: NewClaim, status: str = "accepted", by: Viewer | None = None
) -> Entry:
    by = by or world.by(class_name)
    entry = make.a_record(world.house, *claims, by=by, mark=world.marks[class_name], status=status)
    world.entries["record"].append(entry)
    return entry


def _class(world: World, name: str, base_work: Entry, base_record: Entry) -> None:
    """Everything that one mark class may keep."""
    by, mark = world.by(name), world.marks[name]
    _works(world, name, by)
    _values(world, name, by)
    _alike(world, name, by)
    quote = f"qxspan{name}zj"
    claims = [
        make.said("actors", quote, base_work, nth=1, mark=mark),
        NewClaim("note", world.word("overlay", name), mark=mark),
    ]
    added = add_claims(base_record, claims, by=by)
    if name != "named":
        mark_claim(added[1], Mark("AMBER", "org:police"), by=by)
        mark_claim(added[1], mark, by=by)


def _media(world: World, entry: Entry, name: str) -> None:
    """A picture on what everybody sees, accepted, and one that waits, which only contributors of its readers know of."""
    by = world.by(name)
    for state in ("accepted", "waiting"):
        picture = io.BytesIO()
        Image.new("RGB", (4 + len(world.canaries) % 900, 3), "navy").save(picture, "PNG")
        picture.seek(0)
        word = world.word("caption" if state == "accepted" else "unreviewed", name, shown=state == "accepted")
        row = take_medium(picture, f"{word}.png", entry, f"Here is {word}.", by=by, mark=world.marks[name])
        if state == "accepted":
            decide_medium(row, state, by=by)
        world.examples.setdefault("medium", []).append(row.public_id)


def _team(world: World, base: Entry, name: str) -> None:
    """A task, a comment on what one class alone sees, and one for all whose words are withheld from the others."""
    by = world.by(name)
    record = _record(world, name, NewClaim("name", f"Task of {name}"))
    set_task(record, {"assignee": by.person or "", "due": "2026-03-05"}, by=by)
    said = write_comment(record, f"Here is {world.word('said', name, shown=False)}.", tell=[by.person or ""], by=by)
    write_comment(base, f"Was qxspan{name}zj there, or qxoverlay{name}zj?", by=by)
    change_many([record], task={"state": "review"}, by=by)
    world.examples.setdefault("act", []).append(str(AuditEntry.objects.latest("pk").pk))
    world.examples.setdefault("comment", []).append(said.public_id)


def _named(world: World, base: Entry, name: str) -> None:
    """An actor of a class that the open record names, in a relation which is itself for all."""
    by = world.by(name)
    claims = [NewClaim("name", world.word("actor", name))]
    actor = create_record(world.house.workspace, "actor", claims, mark=world.marks[name], by=by)
    world.entries["record"].append(actor)
    add_claims(base, [NewClaim("involved", actor.public_id)], by=by)


def _works(world: World, name: str, by: Viewer) -> None:
    mark = world.marks[name]
    word = lambda kind, **more: world.word(kind, name, **more)  # noqa: E731
    about = _about(word("worktitle"), publisher=word("publisher"), author=word("author"), licence=word("licence"))
    text = [f"The report says {word('passage')} plainly.", "It was seized on the quay."]
    work = take_in(io.BytesIO("\n\n".join(text).encode()), f"{word('filename')}.txt", world.house.workspace, by=by,
                   mark=mark, about=about, batch=BATCH).work  # fmt: skip
    take_in(io.BytesIO(b"%PDF-1.4 broken " + name.encode()), f"{word('broken')}.pdf", world.house.workspace, by=by,
            mark=mark, about=_about(word("brokentitle")), batch=BATCH)  # fmt: skip
    gone = make.a_work(world.house, f"Withdrawn {word('gone')} text.", by=by, mark=mark, name=f"gone-{name}.txt",
                       about=_about(word("oldtitle", shown=False)))  # fmt: skip
    describe_work(gone, {"title": word("newtitle")}, by=by)
    world.entries["work"] += [make.fresh(work), make.fresh(gone)]
    _record(world, name, make.said("name", f"qxgone{name}zj", gone))
    withdraw_work(make.fresh(gone), word("reason"), by=by)
    if name != "clear":
        _record(
            world,
            "clear",
            NewClaim("name", f"Told of {name}"),
            make.said("note", f"qxpassage{name}zj", make.fresh(work)),
            by=by,
        )


def _scan(world: World, name: str) -> None:
    """A picture whose text was recognised, and once corrected."""
    by, out = world.by(name), io.BytesIO()
    Image.new("L", (40, 40), 255).save(out, "PNG")
    with patch("plumbline.engines.ocr.program", return_value=None):
        taken = take_in(io.BytesIO(out.getvalue() + name.encode()), f"scan-{name}.png", world.house.workspace, by=by,
                        mark=world.marks[name], about=_about(f"Scan {name}"))  # fmt: skip
        make.run_jobs()
    work = make.fresh(taken.work)
    before = world.word("misread", name, shown=False)
    store_page(work.work, 1, [f"Recognised {before} there."], 0.9, by=by)
    passage = Passage.objects.get(work_id=work.pk, page=1)
    correct_passage(passage, f"Recognised {world.word('scanned', name)} there.", by=by)
    world.entries["work"].append(make.fresh(work))


def _values(world: World, name: str, by: Viewer) -> None:
    word = lambda kind, **more: world.word(kind, name, **more)  # noqa: E731
    place = {"name": word("place"), "lat": 6.45, "lon": 3.39, "country": "NG", "precision": "locality"}
    day = {"start": "2011-03-05", "end": "2011-03-05", "precision": "day"}
    first = _record(
        world, name, NewClaim("name", word("title")), NewClaim("note", word("value")), NewClaim("story", {"en": word("story")}),
        NewClaim("place", place), NewClaim("date", day), NewClaim("country", "NG"), NewClaim("waste", "Y31"),
    )  # fmt: skip
    _record(world, "clear", NewClaim("name", f"Points to {name}"), NewClaim("related", first.public_id))
    part = _record(world, name, NewClaim("name", word("merged")), NewClaim("country", "NG"))
    merge_records(make.fresh(first), [make.fresh(part)], by=by)
    waiting = _record(world, name, NewClaim("name", word("waiting")), status="proposed")
    declined = _record(world, name, NewClaim("name", word("declined")), status="proposed")
    decline_record(make.fresh(declined), word("comment", shown=False), by=by)
    world.acts += [one.pk for one in AuditEntry.objects.order_by("-id")[:3]]
    world.examples.setdefault("claim", []).append(Claim.objects.filter(entry=waiting).first().public_id)


def _alike(world: World, name: str, by: Viewer) -> None:
    """Two records that look like one event, for reasons that hold a word."""
    shared = _shared(world.word("actor", name))
    for which in ("one", "two"):
        enter_record(
            world.house.workspace, "incident", [NewClaim("name", world.word(f"alike{which}", name)), *shared],
            mark=world.marks[name], by=by,
        )  # fmt: skip


def _shared(actor: str) -> list[NewClaim]:
    day = {"start": "2012-07-09", "end": "2012-07-09", "precision": "day"}
    place = {"name": "Genoa", "lat": 44.4, "lon": 8.9, "country": "IT", "precision": "locality"}
    return [NewClaim("actors", actor), NewClaim("date", day), NewClaim("place", place)]


def _erased(world: World, record: Entry) -> None:
    word = world.word("erased", "", marks=[ERASED], shown=False)
    by = world.viewer("owner")
    claim = add_claims(record, [NewClaim("note", word)], by=by)[0]
    erase_claim(claim, by=by)


def _import(world: World) -> None:
    """A table with a row that is refused: its page tells what the file holds, to who brought it alone."""
    by = world.viewer("owner")
    alone = [Mark("RED", None, frozenset({by.person or ""}))]
    name, cell, row = (
        world.word("table", "", marks=alone),
        world.word("refused", "", marks=alone),
        world.word("imported", "owner"),
    )
    stored = file_store().put(io.BytesIO(f"Name,Country\n{row},NG\nOther,{cell}\n".encode()))
    job = ask_import(world.house.workspace, "incident", stored.sha256, name=f"{name}.csv", language="en", rows=2, by=by)
    world.examples["imported"] = [job.batch]


def _hidden_workspace(world: World) -> None:
    """A workspace that only the police may know of, with a work and a record."""
    known = [Mark("AMBER", None, frozenset({"org:police"}))]
    title, summary = (world.word(kind, "", marks=known) for kind in ("spacetitle", "spacesummary"))
    space = make.a_workspace(_blueprint("cellar", title, summary, '{level: AMBER, audience: ["org:police"]}'))
    for person in ("ann", "cy"):
        organisation, roles, _ = make.PEOPLE[person]
        put_person(f"{person}@example.org", name=person.title(), organisation=organisation, roles={**roles, "cellar": "editor"},
                   by=world.house.root)  # fmt: skip
    by = world.viewer("owner")
    words = [world.word(kind, "", marks=known) for kind in ("spacework", "spacetext", "spacerecord")]
    text = io.BytesIO(f"Here {words[1]} stands.".encode())
    work = take_in(text, "inside.txt", space, by=by, about=_about(words[0])).work
    make.run_jobs()
    record = create_record(space, "incident", [NewClaim("name", words[2])], by=by)
    world.entries["work"].append(make.fresh(work))
    world.entries["record"].append(record)
    open_to_all = take_in(io.BytesIO(b"The driver of the cellar plainly stands here."), "open.txt", space, by=by,
                          mark=world.marks["clear"], about=_about("Open in the cellar")).work  # fmt: skip
    make.run_jobs()
    place = {"name": "Accra", "lat": 5.6, "lon": -0.2, "country": "GH", "precision": "locality"}
    wider = [NewClaim("name", "Open record in the cellar"), NewClaim("place", place)]
    world.entries["work"].append(make.fresh(open_to_all))
    world.entries["record"].append(create_record(space, "incident", wider, mark=world.marks["clear"], by=by))


def _saved(world: World) -> None:
    """A search that each person keeps under a name of their own, and the address of its feed."""
    world.examples |= {"saved": [], "feed": [UNKNOWN]}
    for name, person in world.people.items():
        if person:
            by = world.viewer(name)
            kept = world.word("saved", name, marks=[Mark("RED", None, frozenset({by.person or ""}))])
            saved = save_search(Asked("plainly OR driver OR text OR Recognised"), kept, world.house.workspace, by=by)
            if name in ("owner", "outsider"):  # others try to change these
                world.examples["saved"].append(saved.public_id)
            world.own[name] = {"feed": [feed_secret(saved.public_id, saved.turn)]}


def _tied(world: World, name: str) -> None:
    """A case of a class in one workspace and one of the owner's in the other, of one actor, day and place."""
    day = f"2014-03-{10 + CLASSES.index(name)}"
    shared = [
        NewClaim("date", {"start": day, "end": day, "precision": "day"}),
        NewClaim("place", {"name": "Bari", "lat": 41.1, "lon": 16.9, "country": "IT", "precision": "locality"}),
    ]
    cellar = get_workspace("cellar", world.viewer("owner"))
    for space, class_name, kind in ((world.house.workspace, name, "nearside"), (cellar, "owner", "farside")):
        word = world.word(f"{kind}{name}", class_name)
        claims = [NewClaim("name", word), NewClaim("actors", f"Actor {word}"), *shared]
        entry = enter_record(space, "incident", claims, mark=world.marks[class_name], by=world.by(class_name))
        world.entries["record"].append(entry)
    make.run_jobs()
    if name in ("clear", "circle"):  # the others wait
        for seen in ties(world.viewer("owner"), entry=entry):
            decide_tie(seen.tie.public_id, "accepted", by=world.viewer("owner"))


def _versions(world: World) -> None:
    """Of each class a work that is another version of an open one, with a word of its own in a passage of its own."""
    body = [
        f"Paragraph {n} of the circular tells of drums of type {n * 37} that were counted at pier {n * 11}."
        for n in range(12)
    ]
    for name in CLASSES:
        told = [*body, f"Only here stands {world.word('revised', name)}."]
        about = _about(f"Circular {world.word('circular', name)}")
        make.a_work(
            world.house, *told, name=f"circular-{name}.txt", mark=world.marks[name], by=world.by(name), about=about
        )
    compare_all(SYSTEM)


def _examples(world: World) -> None:
    """An example of each parameter of an address, by its name in the address."""
    outsider = world.people["outsider"]
    invite(outsider.public_id, "worldsecret", until=timezone.now() + timedelta(days=7), by=SYSTEM)
    make.run_jobs()
    make.follow()
    records = [one.public_id for one in Entry.objects.filter(kind="record").order_by("pk")]
    works = [one.public_id for one in Entry.objects.filter(kind="work").order_by("pk")]
    world.examples |= {
        "workspace": ["trial", "cellar"], "slug": ["trial", "cellar"], "type": ["incident", "actor"], "type_id": ["incident", "actor"], "record": records, "work": works,
        "entry": [*records, *works],
        "passage": list(Passage.objects.order_by("pk").values_list("public_id", flat=True)),
        "other": list(Passage.objects.order_by("pk").values_list("public_id", flat=True))[::40],
        "secret": ["worldsecret"], "pk": ["1"],
        "pair": [str(pk) for pk in Candidate.objects.order_by("pk").values_list("pk", flat=True)], "batch": [BATCH],
        "version": list(Version.objects.order_by("pk").values_list("public_id", flat=True)),
        "tie": list(Tie.objects.order_by("pk").values_list("public_id", flat=True)),
        "person": [world.people["outsider"].public_id], "page": ["1"], "view": ["countries", "flows", "small"], "picture": ["svg"], "format": ["csv", "xlsx", "geojson", "jsonl"],
        "part": ["priority-1", "illicit-capital"], "activity": [activities()[0].id],
    }  # fmt: skip


def of_marks(ids: Iterable[str], viewer: Viewer, visible: bool) -> list[str]:
    """Of the permanent ids of entries, those that the viewer may see, or may not."""
    found = Entry.objects.filter(public_id__in=list(ids)).select_related("mark_class").order_by("pk")
    return [one.public_id for one in found if decide(viewer, "read", one.mark_class.mark).allowed == visible]
