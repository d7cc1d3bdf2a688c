"""Tables that change records: round trips, keys, and whole imports taken back while others went on."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from tests import factories as make
from tests.apps.records.test_importing import browser, imported, many_records, records, table, told

from plumbline.apps.library.actions import add_claims, decide_claims, mark_entry, merge_records
from plumbline.apps.library.models import Claim
from plumbline.apps.library.queries import values_for
from plumbline.apps.records import tasks
from plumbline.apps.records.actions import ask_undo_import
from plumbline.apps.records.exporting import export_records
from plumbline.apps.records.imports import refused_rows, undoing
from plumbline.apps.records.queries import Filter
from plumbline.apps.records.updating import look_ahead
from plumbline.apps.spine.models import Job
from plumbline.apps.spine.queries import blueprint_of
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput

pytestmark = pytest.mark.django_db


def exported(house: make.House, path: Path, form: str = "csv", who: str = "ann") -> Path:
    by = house.person(who)
    place = path / f"out.{form}"
    place.write_bytes(b"".join(export_records(by, house.workspace, "incident", Filter(), form, language="en")))
    return place


def edited(path: Path, change: Any) -> Path:
    """Rewrite the rows of an export below its first line and its heads."""
    lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    first = [line for line in lines if line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("".join(lines[len(first) :]))))
    after = change(rows) or rows
    out = io.StringIO()
    writer = csv.DictWriter(out, list(after[0]))
    writer.writeheader()
    writer.writerows(after)
    path.write_text("".join(first) + out.getvalue())
    return path


def said(house: make.House, entry: Any, field: str) -> list[Any]:
    return [one.value for one in values_for([make.fresh(entry)], house.ann)[entry.pk].get(field, ())]


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_export_imported_as_it_is_changes_nothing(house: make.House, tmp_path: Path, form: str) -> None:
    many_records(house, 20)
    place = {**make.VALUES["place"], "geonameid": 2332459}  # as the gazetteer gives it; tables have no column of it
    make.a_record(house, make.claim("place", place), make.claim("note", "plain 20"))
    claims = Claim.objects.count()
    job = imported(house, exported(house, tmp_path, form))
    known = job.payload
    assert (known["created"], known["changed"], known["same"], known["refused"]) == (0, 0, 21, 0)
    assert Claim.objects.count() == claims


def test_edited_cells_become_claims_of_who_imports_and_emptied_ones_take_values_out(
    house: make.House, tmp_path: Path
) -> None:
    many_records(house, 3)
    first, second, third = records()

    def change(rows: list[dict[str, str]]) -> None:
        for row in rows:
            if row["id"] == first.public_id:
                row["note"] = "Another note"
            if row["id"] == second.public_id:
                row["note"] = ""

    path = edited(exported(house, tmp_path), change)
    ahead = look_ahead(path, path.name, blueprint_of(house.workspace).types["incident"], house.workspace, (), language="en",
                       viewer=house.ann)  # fmt: skip
    assert (ahead.key, ahead.new, ahead.changed, ahead.same) == (("id",), 0, 2, 1)
    job = imported(house, path, key=("id",))
    assert (job.payload["changed"], job.payload["same"]) == (2, 1)
    assert said(house, first, "note") == ["Another note"]
    assert said(house, second, "note") == []
    assert said(house, third, "note") != []
    assert Claim.objects.get(value="Another note").person == house.ann.person
    assert imported(house, path, key=("id",)).payload["same"] == 3


@pytest.mark.parametrize(("before", "after", "start"), [("11 March 2011", "12 March 2011", "2011-03-12")])
def test_words_that_were_changed_count_where_their_parts_were_left(
    house: make.House, tmp_path: Path, before: str, after: str, start: str
) -> None:
    day = {"start": "2011-03-11", "end": "2011-03-11", "precision": "day"}
    entry = make.a_record(house, make.claim("date", day), make.claim("country", "NG"), make.claim("note"))

    def change(rows: list[dict[str, str]]) -> None:
        assert (rows[0]["date"], rows[0]["country_id"]) == (before, "NG")
        rows[0] |= {"date": after, "country": ""}

    path = edited(exported(house, tmp_path), change)
    ahead = look_ahead(path, path.name, blueprint_of(house.workspace).types["incident"], house.workspace, (), language="en",
                       viewer=house.ann)  # fmt: skip
    assert [one["start"] for row in ahead.checked.first for one in row.values["date"]] == [start]
    assert imported(house, path).payload["changed"] == 1
    assert [one["start"] for one in said(house, entry, "date")] == [start]
    assert said(house, entry, "country") == []
    path = edited(exported(house, tmp_path), lambda rows: rows[0].update(date="some day"))
    job = imported(house, path)
    assert (job.payload["changed"], job.payload["refused"]) == (0, 1)
    path = edited(
        exported(house, tmp_path), lambda rows: rows[0].update(date_start="2011-03-13", date_end="2011-03-13")
    )
    assert imported(house, path).payload["changed"] == 1  # the parts were changed, and the words beside them left
    assert [one["start"] for one in said(house, entry, "date")] == ["2011-03-13"]


def test_export_with_columns_deleted_and_moved_is_about_its_records(house: make.House, tmp_path: Path) -> None:
    day = {"start": "2011-03-11", "end": "2011-03-11", "precision": "day"}
    entry = make.a_record(house, make.claim("date", day), make.claim("country", "NG"), make.claim("note", "before"))
    lines = exported(house, tmp_path).read_text(encoding="utf-8-sig").splitlines(keepends=True)
    (row,) = csv.DictReader(io.StringIO("".join(lines[1:])))
    heads = ["note", "date", "id", "country"]
    left = table(tmp_path, heads, ["after", row["date"], row["id"], ""], name="left.csv")
    known = imported(house, left).payload
    assert (known["created"], known["changed"], known["refused"]) == (0, 1, 0)
    assert said(house, entry, "note") == ["after"]
    assert said(house, entry, "date") == [day]
    assert said(house, entry, "country") == ["NG"]  # without its marks, an empty cell says nothing
    foreign = table(tmp_path, ["id", "note"], ["17", "theirs"], ["17", "theirs too"], name="foreign.csv")
    assert imported(house, foreign).payload["created"] == 2


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_languages_that_the_export_has_no_column_of_stay(house: make.House, tmp_path: Path, form: str) -> None:
    entry = make.a_record(house, make.claim("story"), make.claim("note"))
    job = imported(house, exported(house, tmp_path, form))
    assert (job.payload["changed"], said(house, entry, "story")) == (0, [make.VALUES["story"]])


def test_value_that_who_exported_did_not_see_is_not_taken_out_by_who_imports(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("note"), make.claim("victim"))
    path = exported(house, tmp_path, who="cy")
    assert "Jane Roe" not in path.read_text()
    assert imported(house, path).payload["changed"] == 0
    assert said(house, entry, "victim") == ["Jane Roe"]


def test_key_of_fields_changes_the_record_that_has_these_values_and_makes_the_others(
    house: make.House, tmp_path: Path
) -> None:
    one = make.a_record(house, make.claim("name", "Ann Lee"), make.claim("country"), make.claim("note", "before"))
    path = table(
        tmp_path,
        ["name", "country", "note"],
        ["Ann Lee", "NG", "after"],
        ["Bo Li", "IT", "new"],
        ["Ann Lee", "NG", "twice"],
    )
    job = imported(house, path, key=("name", "country"))
    known = job.payload
    assert (known["created"], known["changed"], known["refused"]) == (1, 1, 1)
    assert said(house, one, "note") == ["after"]
    again = table(tmp_path, ["name", "country", "note"], ["Ann Lee", "NG", ""], name="again.csv")
    assert imported(house, again, key=("name", "country")).payload["same"] == 1


def test_key_that_two_records_share_or_that_has_no_column_is_refused(house: make.House, tmp_path: Path) -> None:
    for _ in range(2):
        make.a_record(house, make.claim("name", "Ann Lee"), make.claim("country"))
    path = table(tmp_path, ["name", "note"], ["Ann Lee", "after"])
    record_type = blueprint_of(house.workspace).types["incident"]
    ahead = look_ahead(path, path.name, record_type, house.workspace, ("name",), language="en", viewer=house.ann)
    (row,) = ahead.refused
    assert told(row) == ["2 records have this key, so that it names none. Add a column to the key."]
    with pytest.raises(InvalidInput, match="no column 'country'"):
        look_ahead(path, path.name, record_type, house.workspace, ("country",), language="en", viewer=house.ann)


def test_record_that_the_importer_does_not_see_is_not_found_by_its_key(house: make.House, tmp_path: Path) -> None:
    make.a_record(house, make.claim("name", "Ann Lee"), make.claim("country"), mark=Mark("AMBER", "org:police"))
    path = table(tmp_path, ["name", "note"], ["Ann Lee", "after"])
    assert imported(house, path, "di", key=("name",)).payload["created"] == 1


def undone(house: make.House, job: Any, who: str = "ann") -> dict[str, Any]:
    ask_undo_import(job, house.workspace, by=house.person(who))
    make.run_jobs()
    found = undoing(job.batch)
    assert found is not None and found.state == "done"
    return found.payload


def test_whole_import_is_taken_back_but_what_others_said_since_stays(house: make.House, tmp_path: Path) -> None:
    one = make.a_record(house, make.claim("name", "Ann Lee"), make.claim("note", "before"))
    two = make.a_record(house, make.claim("name", "Bo Li"), make.claim("note", "before"))
    rows = [["Ann Lee", "after"], ["Bo Li", "after"], ["New One", "made"], ["New Two", "made"]]
    job = imported(house, table(tmp_path, ["name", "note"], *rows), key=("name",))
    made = records()[2:]
    root = house.root
    for entry in (two, made[1]):
        (claim,) = add_claims(make.fresh(entry), [make.claim("note", "somebody else")], by=root)
        decide_claims([claim], "accepted", by=root)
    known = undone(house, job)
    assert known["undone"] == 2
    assert set(known["kept"]) == {two.public_id, made[1].public_id}
    assert said(house, one, "note") == ["before"]
    assert said(house, two, "note") == ["somebody else"]
    assert [make.fresh(entry).status for entry in made] == ["rejected", "accepted"]


def test_imported_records_that_were_merged_since_stay_and_are_told(house: make.House, tmp_path: Path) -> None:
    old, other = make.a_record(house, make.claim("note", "older")), make.a_record(house, make.claim("note", "another"))
    rows = [[word] for word in ("with an older one", "in another", "alone")]
    job = imported(house, table(tmp_path, ["note"], *rows))
    into, inside, alone = records()[2:]
    merge_records(make.fresh(into), [make.fresh(old)], by=house.root)
    merge_records(make.fresh(other), [make.fresh(inside)], by=house.root)
    known = undone(house, job)
    assert known["undone"] == 1
    assert set(known["kept"]) == {into.public_id, inside.public_id}
    assert [make.fresh(one).status for one in (into, inside, alone)] == ["accepted", "merged", "rejected"]


def test_import_is_taken_back_once_it_is_through_and_by_a_reviewer(house: make.House, tmp_path: Path) -> None:
    job = imported(house, table(tmp_path, ["name"], ["Ann Lee"]), "di")
    with pytest.raises(Forbidden):
        ask_undo_import(job, house.workspace, by=house.di)
    Job.objects.filter(pk=job.pk).update(state="running")  # as it is now, whatever the page at hand says
    with pytest.raises(Conflict, match="still goes on"):
        ask_undo_import(job, house.workspace, by=house.ann)


def test_page_shows_what_would_change_and_takes_an_import_back(house: make.House, tmp_path: Path) -> None:
    make.a_record(house, make.claim("name", "Ann Lee"), make.claim("note", "before"))
    client = browser(house, "ann")
    file = io.BytesIO(b"name,note\nAnn Lee,after\nBo Li,new\n")
    file.name = "t.csv"
    check = client.post("/w/trial/incident/import/", {"file": file})
    page = client.get(f"{check.url}&key=name").content.decode()
    for words in ("records to change", "before", "after", 'name="key" value="name"'):
        assert words in page, words
    token = check.url.partition("table=")[2]
    started = client.post("/w/trial/incident/import/", {"table": token, "key": ["name"]})
    make.run_jobs()
    assert "Take the whole import back" in client.get(started.url).content.decode()
    assert client.post(f"{started.url}undo/").status_code == 302
    make.run_jobs()
    assert "The import was taken back" in client.get(started.url).content.decode()


# -- An export that is older than what it would overwrite -------------------------------------------------------------


def ahead_of(house: make.House, path: Path, who: str = "ann", **options: Any) -> Any:
    record_type = blueprint_of(house.workspace).types["incident"]
    by = house.person(who)
    return look_ahead(path, path.name, record_type, house.workspace, (), language="en", viewer=by, **options)


def changed_since(house: make.House, entry: Any, field: str, value: Any, who: str = "cy") -> None:
    """Let a colleague put a value in the place of what a field says."""
    by = house.person(who)
    standing = [one for one in Claim.objects.filter(entry=entry, field=field) if one.status == "accepted"]
    add_claims(make.fresh(entry), [make.claim(field, value)], by=by)
    if standing:
        decide_claims(standing, "rejected", by=by)


DAY = {"start": "2011-03-11", "end": "2011-03-11", "precision": "day"}
NEXT = {"start": "2011-04-01", "end": "2011-04-01", "precision": "day"}


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_old_export_that_nobody_edited_puts_nothing_back(house: make.House, tmp_path: Path, form: str) -> None:
    every = [make.claim(name) for name in make.VALUES if name not in ("related", "quoted", "picture")]
    entry = make.a_record(house, *every)
    path = exported(house, tmp_path, form)
    for field, value in {
        "date": NEXT, "note": "theirs", "place": {"name": "Tema"}, "waste": "Y29", "killed": 7, "solved": False,
        "amount": {"low": 3.0, "high": 3.0, "unit": "kg"}, "country": "GH", "story": {"en": "Other.", "fr": "Autre."},
    }.items():  # fmt: skip
        changed_since(house, entry, field, value)
    ahead = ahead_of(house, path)
    assert (ahead.changed, ahead.same, [(one.field.id, one.ours, one.theirs) for one in ahead.clashes]) == (0, 1, [])
    assert ahead.checked.first[0].values["note"] == ("theirs",)
    before = Claim.objects.count()
    known = imported(house, path, key=("id",)).payload
    assert (known["changed"], known["same"], known["clashes"], known["refused"]) == (0, 1, 0, 0)
    assert Claim.objects.count() == before


def test_cells_edited_in_an_old_export_count_and_what_colleagues_changed_beside_them_stays(
    house: make.House, tmp_path: Path
) -> None:
    entry = make.a_record(house, make.claim("date", DAY), make.claim("note", "before"), make.claim("name", "Ann Lee"))
    path = exported(house, tmp_path)
    changed_since(house, entry, "note", "theirs")
    path = edited(path, lambda rows: rows[0].update(name="Bob Ray", date="12 March 2011"))
    known = imported(house, path).payload
    assert (known["changed"], known["clashes"]) == (1, 0)
    assert said(house, entry, "note") == ["theirs"]
    assert said(house, entry, "name") == ["Bob Ray"]
    assert [one["start"] for one in said(house, entry, "date")] == ["2011-03-12"]
    assert imported(house, path).payload["same"] == 1  # once more: all is as it says


def test_cell_that_both_changed_is_left_and_told_unless_it_is_to_be_overwritten(
    house: make.House, tmp_path: Path
) -> None:
    entry = make.a_record(house, make.claim("note", "before"), make.claim("name", "Ann Lee"))
    other = make.a_record(house, make.claim("note", "calm"))
    path = exported(house, tmp_path)
    changed_since(house, entry, "note", "theirs")

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["note"] = "mine" if row["id"] == entry.public_id else "my calm"
            row["name"] = "Bob Ray" if row["id"] == entry.public_id else ""

    path = edited(path, edit)
    ahead = ahead_of(house, path)
    assert (ahead.changed, ahead.clashing) == (2, 1)
    (clash,) = ahead.clashes
    assert (clash.entry.pk, clash.field.id, clash.ours, clash.theirs) == (entry.pk, "note", ("mine",), ("theirs",))
    assert clash.person == "Cy" and clash.at is not None
    assert ahead_of(house, path, overwrite=True).clashing == 0
    job = imported(house, path)
    assert (job.payload["changed"], job.payload["clashes"], job.payload["refused"]) == (2, 1, 0)
    assert said(house, entry, "note") == ["theirs"]
    assert said(house, entry, "name") == ["Bob Ray"]
    assert said(house, other, "note") == ["my calm"]
    ((_row, column, what),) = refused_rows(job)
    assert column == "Note"
    assert "'mine'" in what and "'theirs'" in what and "Cy" in what
    job = imported(house, path, overwrite=True)
    assert (job.payload["changed"], job.payload["clashes"]) == (1, 0)
    assert said(house, entry, "note") == ["mine"]


def test_cell_emptied_where_a_colleague_wrote_meanwhile_is_a_clash(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("note", "before"), make.claim("name", "Ann Lee"))
    path = exported(house, tmp_path)
    changed_since(house, entry, "note", "theirs")
    path = edited(path, lambda rows: rows[0].update(note="", name=""))
    known = imported(house, path).payload
    assert (known["changed"], known["clashes"]) == (1, 1)
    assert (said(house, entry, "note"), said(house, entry, "name")) == (["theirs"], [])


def test_value_that_the_exporter_did_not_see_makes_no_clash_and_its_stamp_tells_of_none(
    house: make.House, tmp_path: Path
) -> None:
    hidden = Mark("AMBER+STRICT", "org:police")
    entry = make.a_record(house, make.claim("note", "open"), make.claim("name", "Ann Lee"), mark=Mark("GREEN"))
    plain = exported(house, tmp_path, who="cy").read_text(encoding="utf-8-sig").splitlines()[-1]
    add_claims(
        entry, [make.claim("note", "secret", mark=hidden), make.claim("victim", "Jane Roe", mark=hidden)], by=house.ann
    )
    path = exported(house, tmp_path, who="cy")
    assert path.read_text(encoding="utf-8-sig").splitlines()[-1] == plain
    path = edited(path, lambda rows: rows[0].update(note="corrected"))
    assert ahead_of(house, path, "ann").clashing == 0  # though ann sees the secret as what the note says
    assert "victim" not in plain.split(",")[1]


def test_stamp_counts_here_and_for_its_record_alone(house: make.House, tmp_path: Path) -> None:
    one, other = (make.a_record(house, make.claim("note", note)) for note in ("same", "same"))
    path = exported(house, tmp_path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()[1:]))
    assert rows[0]["seen"].split("=")[0] == rows[1]["seen"].split("=")[0] != ""
    assert rows[0]["seen"] != rows[1]["seen"]
    changed_since(house, one, "note", "theirs")
    swapped = edited(path, lambda rows: rows[0].update(seen="v1-elsewhere note=aaaaaaaa") or rows[1].update(seen=""))
    known = imported(house, swapped).payload  # no stamps of ours: read as exports were before there were any
    assert (known["changed"], known["clashes"]) == (1, 0)
    assert said(house, one, "note") == said(house, other, "note") == ["same"]


def test_page_names_what_both_changed_and_overwrites_it_where_that_is_said(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("note", "before"))
    path = exported(house, tmp_path)
    changed_since(house, entry, "note", "theirs")
    path = edited(path, lambda rows: rows[0].update(note="mine"))
    client = browser(house, "ann")
    with path.open("rb") as file:
        url = client.post("/w/trial/incident/import/", {"file": file})["Location"]
    page = client.get(url).content.decode()
    for words in ("Edited here, and changed by others since the export", "mine", "theirs", "Cy", 'name="overwrite"'):
        assert words in page
    token = url.partition("table=")[2]
    for sent, expected in (({}, ["theirs"]), ({"overwrite": "1"}, ["mine"])):
        started = client.post("/w/trial/incident/import/", {"table": token, "key": "id", **sent})
        make.run_jobs()
        page = client.get(started.url).content.decode()
        assert ("Cells that were left as they are" in page) is (expected == ["theirs"])
        assert said(house, entry, "note") == expected


# -- Places that were given another name ------------------------------------------------------------------------------


LAGOS = {"name": "Lagos", "lat": 6.45407, "lon": 3.39467, "country": "NG", "precision": "locality"}


@pytest.mark.parametrize("stamped", [True, False])
def test_place_that_was_renamed_lies_where_its_new_name_is(house: make.House, tmp_path: Path, stamped: bool) -> None:
    entry = make.a_record(house, make.claim("place", LAGOS), make.claim("note", "before"))

    def rename(name: str, **more: str) -> Any:
        def change(rows: list[dict[str, str]]) -> None:
            rows[0] |= {"place": name, **more} | ({} if stamped else {"seen": ""})

        return change

    path = edited(exported(house, tmp_path), rename("Genoa, Italy"))
    ahead = ahead_of(house, path)
    assert [one["country"] for row in ahead.checked.first for one in row.values["place"]] == ["IT"]
    assert imported(house, path).payload["changed"] == 1
    (place,) = said(house, entry, "place")
    assert (place["name"], place["country"], round(place["lat"]), round(place["lon"])) == ("Genoa", "IT", 44, 9)
    path = edited(exported(house, tmp_path), rename("Nowhere Quay"))
    assert imported(house, path).payload["changed"] == 1
    (place,) = said(house, entry, "place")
    assert (place["name"], place["lat"], place["lon"]) == ("Nowhere Quay", None, None)  # rather than Genoa's


def test_place_whose_coordinates_were_edited_with_its_name_lies_where_these_say(
    house: make.House, tmp_path: Path
) -> None:
    entry = make.a_record(house, make.claim("place", LAGOS))
    path = edited(
        exported(house, tmp_path),
        lambda rows: rows[0].update(place="Yard 7", place_lat="6.5", place_lon="3.5", place_country="NG"),
    )
    assert imported(house, path).payload["changed"] == 1
    (place,) = said(house, entry, "place")
    assert (place["name"], place["lat"], place["lon"]) == ("Yard 7", 6.5, 3.5)


def test_place_renamed_in_an_old_export_clashes_with_a_colleagues_place(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("place", LAGOS))
    path = exported(house, tmp_path)
    changed_since(house, entry, "place", {"name": "Tema", "lat": 5.67, "lon": 0.0, "country": "GH"})
    path = edited(path, lambda rows: rows[0].update(place="Genoa, Italy"))
    known = imported(house, path).payload
    assert (known["changed"], known["clashes"]) == (0, 1)
    assert [one["name"] for one in said(house, entry, "place")] == ["Tema"]
    assert imported(house, path, overwrite=True).payload["changed"] == 1
    assert [(one["name"], one["country"]) for one in said(house, entry, "place")] == [("Genoa", "IT")]


def test_cell_filled_where_a_colleague_filled_it_too_is_a_clash(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("name", "Ann Lee"))
    path = exported(house, tmp_path)
    changed_since(house, entry, "note", "theirs")
    path = edited(path, lambda rows: rows[0].update(note="mine"))
    known = imported(house, path).payload
    assert (known["changed"], known["clashes"]) == (0, 1)
    assert said(house, entry, "note") == ["theirs"]
    assert imported(house, path, overwrite=True).payload["changed"] == 1
    assert said(house, entry, "note") == ["mine"]
    assert Claim.objects.get(entry=entry, value="theirs").status == "rejected"


# -- What became of records, texts and cells since the export ---------------------------------------------------------


def counted(job: Any) -> tuple[int, ...]:
    return tuple(job.payload[name] for name in ("created", "changed", "same", "refused", "clashes"))


def test_exported_row_of_a_record_that_is_closed_by_now_is_refused_and_makes_none(
    house: make.House, tmp_path: Path
) -> None:
    entry = make.a_record(house, make.claim("note", "one"), mark=Mark("CLEAR"))
    path = exported(house, tmp_path, who="eve")
    mark_entry(make.fresh(entry), Mark("AMBER", "org:police"), by=house.ann)
    job = imported(house, path, "eve")
    assert counted(job) == (0, 0, 0, 1, 0)
    ((_row, column, what),) = refused_rows(job)
    assert (column, "is open to you here" in what) == ("id", True)
    assert [one.pk for one in records()] == [entry.pk]


def test_exported_row_of_a_merged_record_is_about_the_one_in_which_it_lives_on(
    house: make.House, tmp_path: Path
) -> None:
    kept = make.a_record(house, make.claim("note", "one"))
    gone = make.a_record(house, make.claim("note", "one"))
    path = exported(house, tmp_path)
    merge_records(make.fresh(kept), [make.fresh(gone)], by=house.ann)
    assert counted(imported(house, path)) == (0, 0, 2, 0, 0)

    def edit(rows: list[dict[str, str]]) -> None:
        for row in rows:
            row["note"] = "two" if row["id"] == gone.public_id else row["note"]

    assert counted(imported(house, edited(path, edit))) == (0, 1, 1, 0, 0)
    assert said(house, kept, "note") == ["two"]


def test_text_corrected_to_what_another_language_says_is_an_edit(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("story", {"en": "Norkap", "fr": "Nordkap"}), make.claim("note", "x"))
    path = edited(exported(house, tmp_path), lambda rows: rows[0].update(story="Nordkap"))
    assert counted(imported(house, path)) == (0, 1, 0, 0, 0)
    assert said(house, entry, "story") == [{"en": "Nordkap", "fr": "Nordkap"}]


def test_column_of_another_language_with_the_same_text_is_an_edit(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("story", {"en": "Norkap"}), make.claim("note", "x"))
    path = edited(exported(house, tmp_path), lambda rows: [row | {"story_fr": row["story"]} for row in rows])
    assert counted(imported(house, path)) == (0, 1, 0, 0, 0)
    assert said(house, entry, "story") == [{"en": "Norkap", "fr": "Norkap"}]


def test_page_says_where_the_column_seen_is_missing(house: make.House, tmp_path: Path) -> None:
    make.a_record(house, make.claim("note", "before"))
    for form in ("csv", "jsonl"):
        path = exported(house, tmp_path, form)
        for cut in (False, True):
            if cut:
                path.write_text(path.read_text(encoding="utf-8-sig").replace("seen", "unseen"))
            with path.open("rb") as file:
                url = browser(house, "ann").post("/w/trial/incident/import/", {"file": file})["Location"]
            assert ("The column `seen` is missing" in browser(house, "ann").get(url).content.decode()) is cut, form


def test_place_whose_name_ends_with_its_country_stays_where_it_is(house: make.House, tmp_path: Path) -> None:
    place = {"name": "Lagos, Nigeria", "country": "NG", "lat": 6.45, "lon": 3.39, "precision": "locality"}
    entry = make.a_record(house, make.claim("place", place))
    assert counted(imported(house, exported(house, tmp_path))) == (0, 0, 1, 0, 0)
    assert said(house, entry, "place") == [place]


def test_text_longer_than_a_cell_stays_whole(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("note", "x" * 33_000))
    assert counted(imported(house, exported(house, tmp_path, "xlsx"))) == (0, 0, 1, 0, 0)
    assert said(house, entry, "note") == ["x" * 33_000]


def test_what_a_colleague_changes_while_the_import_waits_for_its_turn_is_a_clash(
    house: make.House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = make.a_record(house, make.claim("note", "before"))
    path = edited(exported(house, tmp_path), lambda rows: rows[0].update(note="mine"))
    monkeypatch.setattr(tasks, "take_turn", lambda: changed_since(house, entry, "note", "theirs"))
    assert counted(imported(house, path)) == (0, 0, 1, 0, 1)
    assert said(house, entry, "note") == ["theirs"]


def test_working_file_imported_again_and_again_clashes_with_others_alone(house: make.House, tmp_path: Path) -> None:
    entry = make.a_record(house, make.claim("note", "one"))
    path = exported(house, tmp_path)
    for note in ("two", "three"):
        edited(path, lambda rows, note=note: rows[0].update(note=note))  # type: ignore[misc]
        assert counted(imported(house, path)) == (0, 1, 0, 0, 0)
    changed_since(house, entry, "note", "theirs")
    edited(path, lambda rows: rows[0].update(note="four"))
    assert counted(imported(house, path)) == (0, 0, 1, 0, 1)
    assert said(house, entry, "note") == ["theirs"]
