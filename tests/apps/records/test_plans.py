"""Lists and counts read the index that was made for them, and say the same as counting by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from bench._scale import TYPE, WORKSPACE, Size, fill, viewers
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from plumbline.apps.library import board as boards
from plumbline.apps.library import queries as library
from plumbline.apps.library.actions import NewClaim, add_claims, create_record, set_status
from plumbline.apps.library.indexing import indexed_passages
from plumbline.apps.library.models import Change, Claim, Entry, FacetValue, Point
from plumbline.apps.library.newest import newest_keys
from plumbline.apps.library.resolving import refresh
from plumbline.apps.library.ties import ties
from plumbline.apps.records import presenting, queries
from plumbline.apps.records.queries import OPEN, STATUSES, Filter
from plumbline.apps.spine.models import MarkClass, Workspace
from plumbline.domain.access import Viewer, decide

pytestmark = pytest.mark.django_db
WIDE = Filter()
DAY = {"start": "2030-05-01", "end": "2030-05-01", "precision": "day"}
PLACE = {"name": "Lusaka", "lat": -15.4, "lon": 28.3, "country": "ZM", "precision": "locality"}
SOME = Filter(facets={"country": ("CN", "IN", "NG", "US"), "waste": ("annex-i", "e-waste", "annex-ii")})
FILTERS = {
    "nothing": WIDE,
    "one facet": Filter(facets={"waste": ("annex-i", "e-waste")}),
    "two facets": SOME,
    "text": Filter(text="aste"),
    "dates": Filter(date_from=date(2012, 3, 1), date_to=date(2019, 6, 30)),
    "years": Filter(years=(2015, 2019)),
    "box": Filter(box=(60.0, 0.0, 140.0, 50.0)),
    "box across the date line": Filter(box=(100.0, -60.0, -60.0, 60.0)),
    "accepted": Filter(statuses=("accepted",), facets={"waste": ("annex-i",)}),
    "every status": Filter(statuses=STATUSES),
}


@pytest.fixture
def filled(db: None) -> Workspace:
    """A house of 400 incidents under 60 mark classes."""
    fill(Size(entries=400, classes=60))
    return Workspace.objects.get(slug=WORKSPACE)


@pytest.fixture
def many(filled: Workspace) -> Viewer:
    """Who sees many of the classes, not all."""
    return viewers()["many"]


def shape(entry: Entry) -> list[Any]:
    """What `refresh` works out of an entry, but for the time at which it did."""
    facets = sorted(FacetValue.objects.filter(entry=entry).values_list("field", "value", "status", "mark_class_id"))
    points = list(Point.objects.filter(entry=entry).values_list("lat", "lon", "status", "mark_class_id"))
    return [entry.title, entry.date, entry.date_end, entry.values, entry.has_overlay, entry.status, facets, points]


def test_scale_rows_refreshed_do_not_change(filled: Workspace) -> None:
    keys = list(Entry.objects.filter(kind="record").order_by("pk").values_list("pk", flat=True)[::9])
    before = [shape(one) for one in Entry.objects.filter(pk__in=keys).order_by("pk")]
    assert any(one[4] for one in before)  # some have an overlay
    refresh(Entry.objects.filter(pk__in=keys).select_related("workspace"))
    assert [shape(one) for one in Entry.objects.filter(pk__in=keys).order_by("pk")] == before


def test_scale_same_seed_gives_same_rows(filled: Workspace) -> None:
    first = Entry.objects.filter(kind="record").order_by("pk").first()
    assert first is not None
    assert (Entry.objects.count(), first.public_id) == (408, first.public_id.lower())
    assert len({len(viewer.principals) for viewer in viewers().values()}) == 4


def by_hand(viewer: Viewer, chosen: Filter) -> list[Entry]:
    """The incidents within a filter, found without any query that narrows."""
    found = []
    facets: dict[int, set[tuple[str, str]]] = {}
    for key, name, value in FacetValue.objects.values_list("entry_id", "field", "value"):
        facets.setdefault(key, set()).add((name, value))
    points = {key: (lat, lon) for key, lat, lon in Point.objects.values_list("pk", "lat", "lon")}
    for one in Entry.objects.filter(kind="record").select_related("mark_class"):
        said = facets.get(one.pk, set())
        right = decide(viewer, "read", one.mark_class.mark).allowed and one.status in chosen.statuses
        right = right and all(any((name, v) in said for v in values) for name, values in chosen.facets.items())
        right = right and (not chosen.text or chosen.text in one.title.lower() or bool(named(chosen.text) & said))
        right = right and (not chosen.date_from or bool(one.date_end and one.date_end >= chosen.date_from))
        right = right and (not chosen.date_to or bool(one.date and one.date <= chosen.date_to))
        right = right and (not chosen.years or bool(one.date and one.date.year in chosen.years))
        right = right and (not chosen.box or one.pk in points and inside(points[one.pk], chosen.box))
        if right:
            found.append(one)
    return found


def named(text: str) -> set[tuple[str, str]]:
    """The facet values whose name holds a text."""
    workspace = Workspace.objects.get(slug=WORKSPACE)
    named = queries._named(queries.blueprint_of(workspace), queries.type_of(workspace, TYPE), text)
    return {(name, value) for name, values in named.items() for value in values}


def inside(point: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    """Tell whether a point is in a box that may cross the date line."""
    west, south, east, north = box
    across = point[1] >= west or point[1] <= east if west > east else west <= point[1] <= east
    return south <= point[0] <= north and across


@pytest.mark.parametrize("name", FILTERS)
def test_counts_of_any_filter_equal_counting_by_hand(filled: Workspace, many: Viewer, name: str) -> None:
    chosen, at = FILTERS[name], (many, filled, TYPE)
    right = by_hand(many, chosen)
    keys = {one.pk for one in right}
    assert keys, "the filter finds something"
    assert queries.count_of(*at, chosen) == len(right)
    assert set(queries.keys_of(*at, chosen)) == keys
    assert dict(queries.counts_by_year(*at, chosen)) == Counter(one.date.year for one in right if one.date)
    facets = list(FacetValue.objects.filter(entry__in=keys).values_list("entry_id", "field", "value"))
    free = Counter(value for _key, field, value in facets if field == "activity")
    assert dict(queries.facet_counts(*at, chosen)["activity"]) == free
    assert queries.placed(*at, chosen) == Point.objects.filter(pk__in=keys).count()
    clusters = queries.clusters(*at, chosen, 3)
    assert sum(one.count for one in clusters) == Point.objects.filter(pk__in=keys).count()
    pairs = Counter(
        (a, b) for one, x, a in facets for other, y, b in facets if one == other and (x, y) == ("activity", "waste")
    )
    assert queries.cross_counts(*at, chosen, "activity", "waste") == pairs
    years = {one.pk: str(one.date.year) for one in right if one.date}
    by_year = Counter((value, years[key]) for key, field, value in facets if field == "waste" and key in years)
    assert queries.cross_counts(*at, chosen, "waste", "year") == by_year


def test_clusters_cells_hold_their_points(filled: Workspace, many: Viewer) -> None:
    for one in queries.clusters(many, filled, TYPE, WIDE, 6):
        west, south, east, north = one.box
        assert west <= one.lon + 1e-9 and one.lon <= east + 1e-9  # a mean is rounded
        assert south <= one.lat + 1e-9 and one.lat <= north + 1e-9
        assert max(east - west, north - south) <= 90 / 2**6


def test_pages_follow_one_another_without_gap(filled: Workspace, many: Viewer) -> None:
    for sort in ("-date", "title", "-updated_at"):
        pages = [queries.page_of(many, filled, TYPE, SOME, sort=sort, number=n, size=7) for n in range(1, 40)]
        listed = [one.pk for page in pages for one in page.entries]
        assert sorted(listed) == sorted(one.pk for one in by_hand(many, SOME))
        assert listed == queries.keys_of(many, filled, TYPE, SOME, sort=sort)


def test_open_pairs_are_those_of_which_both_are_seen(filled: Workspace, many: Viewer) -> None:
    seen = {one.pk for one in by_hand(many, WIDE)}
    both = {pair.pk for pair in queries.Candidate.objects.all() if {pair.entry_id, pair.other_id} <= seen}
    assert {pair.pk for pair in queries.open_candidates(viewers()["all"], filled)} >= both
    assert {pair.pk for pair in queries.open_candidates(many, filled)} == both


@pytest.mark.parametrize("who", ["public", "few", "many", "all"])
def test_newest_are_those_that_came_in_last_of_what_one_sees(filled: Workspace, who: str) -> None:
    viewer = viewers()[who]
    for rejected in (0, 40, 350):  # with the last, more than are looked at first are left out
        last = list(Entry.objects.order_by("-pk").values_list("pk", flat=True)[:rejected])
        Entry.objects.filter(pk__in=last).update(status="rejected")
        seen = sorted(by_hand(viewer, WIDE), key=lambda one: (one.created_at, one.pk), reverse=True)
        assert [one.pk for one in queries.newest(viewer, filled, 6)] == [one.pk for one in seen[:6]]


READS: dict[str, tuple[str, Callable[[Viewer, Workspace], Any]]] = {
    "works": ("entry_by_arrival", lambda v, w: library.works(v, w).count()),
}
BOARD: dict[str, Callable[[Viewer, Workspace], Any]] = {
    "list": lambda v, w: queries.page_of(v, w, TYPE, WIDE),
    "statuses": lambda v, w: queries.counts_by_status(v, w, TYPE, WIDE),
    "facets": lambda v, w: queries.facet_counts(v, w, TYPE, WIDE),
    "crossed": lambda v, w: queries.cross_counts(v, w, TYPE, WIDE, "waste", "year"),
    "clusters": lambda v, w: queries.clusters(v, w, TYPE, WIDE, 2),
    "in a line": lambda v, w: presenting.brief(queries.page_of(v, w, TYPE, WIDE).entries, v),
    "fields of a page": lambda v, w: presenting.present_fields(
        queries.page_of(v, w, TYPE, WIDE).entries, v, ("date", "place")
    ),
    "to review": lambda v, w: queries.to_review(v, w),
    "claims of a page": lambda v, w: library.claims_for(queries.page_of(v, w, TYPE, WIDE).entries, v),
    "values of a page": lambda v, w: library.values_for(queries.page_of(v, w, TYPE, WIDE).entries, v),
}
KEYED: dict[str, Callable[[Viewer, Workspace, list[Entry], Entry], Any]] = {
    "ties": lambda v, w, _rows, _work: ties(v, workspace=w),
    "resting on": lambda v, _w, _rows, work: library.resting_on(work, v),
    "titles of works": lambda v, _w, _rows, work: library.titles_of_works([work.pk, 2, 3], v),
    "resting places": lambda v, _w, rows, _work: library.resting_places(rows, v),
    "texts of passages": lambda v, _w, _rows, _work: library.texts_of_passages([1, 2, 3], v),
}
LARGE = ("library_entry", "library_facetvalue", "library_point", "library_claim", "library_passage")


def plans(read: Callable[[], Any]) -> Iterator[str]:
    """How SQLite goes about the queries of a read, without statistics, as installations have none."""
    with CaptureQueriesContext(connection) as asked:
        read()
    for query in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"].replace("%", "%%"))
            yield " / ".join(row[3] for row in cursor.fetchall())


@pytest.mark.parametrize("name", READS)
def test_plan_of_each_read_takes_its_index(filled: Workspace, many: Viewer, name: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("EXPLAIN QUERY PLAN is SQLite's")
    index, read = READS[name]
    told = list(plans(lambda: read(many, filled)))
    assert not [plan for plan in told if any(f"SCAN {table}" in plan for table in LARGE)]
    assert not [
        plan for plan in told if "INDEX library_" in plan and "mark_class" in plan.split("INDEX library_")[1][:40]
    ]
    assert any(f"USING COVERING INDEX {index}" in plan for plan in told), told


OF_ONE_WORK: dict[str, Callable[[Viewer, Entry], Any]] = {
    "its passages": lambda v, e: library.passages(e, v),
    "by printed number": lambda v, e: library.find_labelled_many(e, ["1", "2"], v),
    "texts": lambda v, e: library.texts_of(e),
    "records that rest on it": lambda v, e: library.resting_on(e, v),
    "the index": lambda v, e: list(indexed_passages([e.pk])),
}


@pytest.mark.parametrize("name", OF_ONE_WORK)
def test_plan_of_passages_of_one_work_takes_the_index_of_their_order(
    filled: Workspace, many: Viewer, name: str
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("EXPLAIN QUERY PLAN is SQLite's")
    work = library.works(many, filled)[0]
    told = [plan for plan in plans(lambda: OF_ONE_WORK[name](many, work)) if "library_passage" in plan]
    assert any("INDEX sqlite_autoindex_library_passage_2 (work_id=?" in plan for plan in told), told
    assert not [plan for plan in told if "SCAN library_passage" in plan]


@pytest.mark.parametrize("name", KEYED)
def test_entries_and_passages_that_keys_name_are_reached_by_their_keys(
    filled: Workspace, many: Viewer, name: str
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("EXPLAIN QUERY PLAN is SQLite's")
    rows, work = queries.page_of(many, filled, TYPE, WIDE).entries, library.works(many, filled)[0]
    told = [step for plan in plans(lambda: KEYED[name](many, filled, rows, work)) for step in plan.split(" / ")]
    assert not [step for step in told if "library_entry" in step and "PRIMARY KEY" not in step]
    assert not [step for step in told if any(f"SCAN {table}" in step for table in LARGE)]


def test_what_changed_and_what_came_last_is_reached_without_the_index_of_all_records(
    filled: Workspace, many: Viewer
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("EXPLAIN QUERY PLAN is SQLite's")
    entry = queries.page_of(many, filled, TYPE, WIDE).entries[0]
    before = boards._read(filled.pk, TYPE)
    set_status(entry, "rejected" if entry.status != "rejected" else "accepted", by=viewers()["all"])
    news = boards._news(before)
    assert news
    told = list(plans(lambda: boards._changed(before, news, filled.pk, TYPE)))
    told += plans(lambda: newest_keys(many, filled, 8, statuses=OPEN, types=[TYPE]))
    assert [plan for plan in told if "library_entry" in plan]
    assert not [plan for plan in told if "entry_by_arrival" in plan], told


def test_records_in_a_line_say_what_whole_ones_say(filled: Workspace) -> None:
    for viewer in viewers().values():
        rows = queries.listed(viewer, filled, queries.keys_of(viewer, filled, TYPE, FILTERS["every status"])[:80])
        told = presenting.brief(rows, viewer)
        for one, whole in zip(told, presenting.present(rows, viewer), strict=True):
            when, where = whole.said("event", "when"), whole.said("event", "where")
            assert when and where
            assert (one.title, one.url, one.mark) == (whole.title, whole.url, whole.mark)
            assert (one.when, one.where) == (when.text, where.text)
            assert one.said == sum(bool(field.values) for field in whole.fields.values())
        names = ("date", "place", "amount")
        for one, whole in zip(
            presenting.present_fields(rows, viewer, names), presenting.present(rows, viewer), strict=True
        ):
            assert one == replace(whole, fields={name: whole.fields[name] for name in whole.fields if name in names})
        claims, found = library.claims_for(rows, viewer), library.resting_places(rows, viewer)
        for one in rows:
            said = [claim.passage for claim in claims[one.pk] if claim.status != "rejected"]
            assert found[one.pk] == {(passage.pk, passage.work_id) for passage in said if passage}
    assert any(one.has_overlay for one in rows)


def test_number_of_queries_does_not_grow_with_what_is_found(filled: Workspace) -> None:
    found = viewers()
    for read in [*BOARD.values(), *(read for _index, read in READS.values())]:
        asked = []
        for viewer in (found["few"], found["all"]):
            library.entries(viewer).count()
            with CaptureQueriesContext(connection) as taken:
                read(viewer, filled)
            asked.append(len(taken))
        assert len(set(asked)) == 1


@pytest.mark.django_db(transaction=True)
def test_board_after_any_write_says_what_counting_by_hand_says() -> None:
    chance = random.Random(11)
    fill(Size(entries=60, classes=8, seed=chance.randrange(99)))
    workspace, people = Workspace.objects.get(slug=WORKSPACE), viewers()
    editor = people["all"]
    for turn in range(25):
        record = chance.choice(list(library.entries(editor, workspace).select_related("workspace")))
        if turn % 5 == 4:
            create_record(workspace, TYPE, [NewClaim("country", "IT")], by=editor)
        elif turn % 5 == 3:
            record.mark_class_id = chance.choice(list(MarkClass.objects.values_list("pk", flat=True)))
            record.save()
            with transaction.atomic():
                refresh([record])
        else:
            set_status(record, chance.choice(STATUSES), by=editor)
        for viewer in people.values():
            for chosen in (WIDE, FILTERS["every status"], FILTERS["one facet"], FILTERS["box"]):
                right = by_hand(viewer, chosen)
                assert set(queries.keys_of(viewer, workspace, TYPE, chosen)) == {one.pk for one in right}
                assert queries.counts_by_status(viewer, workspace, TYPE, FILTERS["every status"]) == Counter(
                    one.status for one in by_hand(viewer, FILTERS["every status"])
                )


@pytest.mark.django_db(transaction=True)
def test_board_that_follows_writes_is_the_board_read_anew() -> None:
    chance = random.Random(3)
    fill(Size(entries=60, classes=8))
    workspace, editor = Workspace.objects.get(slug=WORKSPACE), viewers()["all"]
    at, texts = (editor, workspace, TYPE), ("aste", "italy", "nothing says this")
    sorts = ("date", "-date", "title", "-title", "updated_at", "-updated_at")
    renewed = 0
    for turn in range(24):
        record = chance.choice(list(library.entries(editor, workspace).select_related("workspace")))
        match turn % 6:
            case 0:
                create_record(workspace, TYPE, [NewClaim("country", "IT"), NewClaim("date", DAY)], by=editor)
            case 1:
                add_claims(
                    record, [NewClaim("country", "ZM"), NewClaim("date", DAY), NewClaim("place", PLACE)], by=editor
                )
            case 2:
                with transaction.atomic():
                    Change.objects.create(entry_key=record.pk)
                    for rows in (FacetValue, Claim):
                        rows.objects.filter(entry=record.pk).delete()
                    queries.Candidate.objects.all().delete()
                    Entry.objects.filter(pk=record.pk).delete()
            case _:
                set_status(record, chance.choice(STATUSES), by=editor)
        before = boards.seen_by(*at).board
        renewed += bool(before.before)
        if turn % 4 != 3:  # what is not asked for between two changes is carried on all the same
            told = {sort: before.order(sort).tolist() for sort in sorts}
            said = {text: queries._saying(before, text).tolist() for text in texts}
            assert told == {sort: before._order(sort).tolist() for sort in sorts}
            assert said == {text: [text in title for title in before.folded] for text in texts}
        anew = boards._read(workspace.pk, TYPE)
        there = np.flatnonzero(before.statuses != boards.GONE)
        assert before.keys[there].tolist() == anew.keys.tolist()
        for name in ("classes", "statuses", "dates", "ends", "updated", "titles", "folded", "lat", "lon"):
            assert repr(getattr(before, name)[there].tolist()) == repr(getattr(anew, name).tolist()), name
        assert pairs_of(before) == pairs_of(anew)
    assert renewed > 10


def pairs_of(board: boards.Board) -> dict[str, list[tuple[int, str]]]:
    """The facets of a board as key and value, those with any."""
    found = {
        name: sorted((int(board.keys[row]), one.values[code]) for row, code in zip(one.rows, one.codes, strict=True))
        for name, one in board.facets.items()
    }
    return {name: pairs for name, pairs in found.items() if pairs}


@pytest.mark.django_db(transaction=True)
def test_board_where_nothing_was_written_asks_two_small_questions() -> None:
    fill(Size(entries=60, classes=8))
    workspace, editor = Workspace.objects.get(slug=WORKSPACE), viewers()["all"]
    before = queries.counts_by_status(editor, workspace, TYPE, WIDE)
    with CaptureQueriesContext(connection) as again:
        assert queries.counts_by_status(editor, workspace, TYPE, WIDE) == before
    assert len(again) == 2  # the changes since, and the newest mark class
    assert queries.counts_by_status(viewers()["public"], workspace, TYPE, WIDE) != before


@pytest.mark.django_db(transaction=True)
def test_board_forgets_an_entry_that_is_gone_and_is_read_anew_when_too_far_behind() -> None:
    fill(Size(entries=60, classes=8))
    workspace, editor = Workspace.objects.get(slug=WORKSPACE), viewers()["all"]
    keys = queries.keys_of(editor, workspace, TYPE, FILTERS["every status"])
    with transaction.atomic():
        first = Change.objects.create(entry_key=keys[0])
        FacetValue.objects.filter(entry=keys[0]).delete()
        Claim.objects.filter(entry=keys[0]).delete()
        Entry.objects.filter(pk=keys[0]).delete()
    assert sorted(queries.keys_of(editor, workspace, TYPE, FILTERS["every status"])) == sorted(keys[1:])
    first.delete()  # as pruned
    Entry.objects.filter(pk=keys[1]).update(status="rejected")
    Change.objects.create(entry_key=keys[2])
    rejected = queries.keys_of(editor, workspace, TYPE, Filter(statuses=("rejected",)))
    assert keys[1] in rejected


@pytest.mark.django_db(transaction=True)
def test_board_inside_a_transaction_is_not_kept() -> None:
    fill(Size(entries=60, classes=8))
    workspace, editor = Workspace.objects.get(slug=WORKSPACE), viewers()["all"]
    before = queries.counts_by_status(editor, workspace, TYPE, WIDE)
    record = library.entries(editor, workspace).filter(status=OPEN[1]).select_related("workspace").first()
    assert record is not None
    with transaction.atomic():
        set_status(record, "rejected", by=editor)
        assert queries.counts_by_status(editor, workspace, TYPE, WIDE) != before
        transaction.set_rollback(True)
    assert queries.counts_by_status(editor, workspace, TYPE, WIDE) == before
