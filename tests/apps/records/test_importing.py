"""Importing tables by blueprint alone: columns found, bad rows named, marks by rule, one record a row and never two."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from tests import factories as make
from tests.apps.records import making

from plumbline.apps.accounts.models import Person
from plumbline.apps.library.models import Claim, Entry
from plumbline.apps.library.stores import file_store
from plumbline.apps.records import actions, linking, tasks
from plumbline.apps.records.actions import ask_import
from plumbline.apps.records.exporting import export_records
from plumbline.apps.records.importing import Row, check_table, read_rows
from plumbline.apps.records.imports import refused_rows
from plumbline.apps.records.models import Candidate
from plumbline.apps.records.presenting import present
from plumbline.apps.records.queries import Filter
from plumbline.apps.spine.edge import sentence
from plumbline.apps.spine.models import Job
from plumbline.apps.spine.queries import blueprint_of, history_of, mark_of_class
from plumbline.domain.access import Mark
from plumbline.domain.errors import Forbidden, InvalidInput

pytestmark = pytest.mark.django_db


def table(path: Path, *rows: Sequence[Any], name: str = "table.csv") -> Path:
    place = path / name
    with place.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return place


def read(house: make.House, path: Path, **options: Any) -> list[Row]:
    blueprint = blueprint_of(house.workspace)
    return list(read_rows(path, path.name, blueprint.types["incident"], blueprint, **options).rows)


def told(row: Row) -> list[str]:
    return [sentence(one.error) for one in row.problems]


def imported(house: make.House, path: Path, who: str = "ann", language: str = "en", **options: Any) -> Job:
    """Import a file as a person and do the work."""
    sha256 = file_store().put(path).sha256
    job = ask_import(house.workspace, "incident", sha256, name=path.name, language=language, rows=0, by=house.person(who),
                     **options)  # fmt: skip
    make.run_jobs()
    job.refresh_from_db()
    return job


def records() -> list[Entry]:
    return list(Entry.objects.filter(kind="record").order_by("pk"))


def browser(house: make.House, name: str) -> Client:
    made = Client()
    person = Person.objects.get(public_id=house.people[name])
    made.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made


# -- columns and cells ------------------------------------------------------------------------------------------------


def test_columns_are_found_by_id_and_by_label_in_any_language_and_case(tmp_path: Path) -> None:
    space = making.workspace()
    path = table(tmp_path, ["DATE", "المكان", "Matter", "colour"], ["2011", "Lagos", "oil; حمض", "red"])
    blueprint = blueprint_of(space)
    found = read_rows(path, "t.csv", blueprint.types["spill"], blueprint)
    assert [(one.head, one.field) for one in found.columns.matched] == [
        ("DATE", "date"), ("المكان", "place"), ("Matter", "matter"),
    ]  # fmt: skip
    assert found.columns.unmatched == ("colour",)
    assert next(found.rows).values["matter"] == ("oil", "acid")


@pytest.mark.parametrize(
    ("head", "cell", "field", "values"),
    [
        ("date", "5.3.2011", "date", (make.VALUES["date"],)),
        ("amount", "12 t; 3 kg", "amount", (make.VALUES["amount"], {"low": 3.0, "high": 3.0, "unit": "kg"})),
        ("Amount (t)", "12", "amount", (make.VALUES["amount"],)),
        ("country", "Nigeria", "country", ("NG",)),
        ("waste", "lead;mercury", "waste", ("Y31", "Y29")),
        ("story", "It was found.", "story", ({"en": "It was found."},)),
        ("Story (fr)", "Trouvé", "story", ({"fr": "Trouvé"},)),
        ("story_ar", "وجد", "story", ({"ar": "وجد"},)),
        ("solved", "yes", "solved", (True,)),
        ("killed", "1,200", "killed", (1200.0,)),
        ("name", "Lee; Ann", "name", ("Lee; Ann",)),
        ("place", "Lagos; 6.45, 3.39; NG; locality", "place", (make.VALUES["place"],)),
    ],
)
def test_cell_of_each_type_becomes_its_value(
    house: make.House, tmp_path: Path, head: str, cell: str, field: str, values: tuple[Any, ...]
) -> None:
    assert read(house, table(tmp_path, [head], [cell]))[0].values == {field: values}


def test_numbers_are_read_in_the_language_of_the_page(house: make.House, tmp_path: Path) -> None:
    path = table(tmp_path, ["killed", "note"], ["1,5", "x"])
    assert read(house, path, language="fr")[0].values["killed"] == (1.5,)
    path = table(tmp_path, ["killed", "note"], ["1,200", "x"])
    assert read(house, path, language="en")[0].values["killed"] == (1200.0,)
    assert read(house, path, language="fr")[0].values["killed"] == (1.2,)


def test_numbers_in_workbooks_mean_the_same_in_every_language(house: make.House, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["killed", "amount", "note"])
    book.active.append([1.234, "1.5 t", "x"])
    book.save(tmp_path / "t.xlsx")
    for language in ("en", "fr"):
        assert read(house, tmp_path / "t.xlsx", language=language)[0].values["killed"] == (1.234,)


def test_bad_row_is_named_by_row_column_and_cure_and_the_others_go_on(house: make.House, tmp_path: Path) -> None:
    path = table(tmp_path, ["date", "Waste"], ["2011", "Lead"], ["31.31.2011", "Gold"], ["2012", "Mercury"])
    good, bad, last = read(house, path)
    assert not good.problems and not last.problems
    assert [(one.row, one.column) for one in bad.problems] == [(3, "date"), (3, "Waste")]
    assert "31.31.2011" in told(bad)[0] and "Gold" in told(bad)[1]


def test_row_that_names_a_record_that_is_not_there_is_refused(house: make.House, tmp_path: Path) -> None:
    seen = make.a_record(house, make.claim("note"))
    hidden = make.a_record(house, make.claim("note"), mark=Mark("AMBER+STRICT", "org:police"))
    path = table(
        tmp_path, ["note", "related"], ["a", seen.public_id], ["b", hidden.public_id], ["c", "abcdefgh12345678"]
    )
    rows = read(house, path, viewer=house.di)
    assert [bool(row.problems) for row in rows] == [False, True, True]
    assert not read(house, path, viewer=house.ann)[1].problems
    assert told(rows[1])[0].replace(hidden.public_id, "X") == told(rows[2])[0].replace("abcdefgh12345678", "X")


def test_json_lines_take_words_and_machine_forms(house: make.House, tmp_path: Path) -> None:
    lines: list[Mapping[str, Any]] = [
        {"Date": "2011", "waste": ["Lead", "Y29"], "amount": make.VALUES["amount"], "solved": False, "killed": 3},
        {"Date": make.VALUES["date"], "note": ["one", "two"]},
        {"later": 1, "name": "Ann"},
    ]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n[1]\n{broken\n")
    rows = read(house, path)
    assert rows[0].values["waste"] == ("Y31", "Y29") and rows[0].values["solved"] == (False,)
    assert rows[0].values["date"][0]["precision"] == "year"
    assert rows[1].problems and rows[1].problems[0].column == "note"
    assert rows[2].values == {"name": ("Ann",)}
    assert [row.problems[0].error.code for row in rows[3:]] == ["table.bad_json", "table.bad_json"]


# -- making records ---------------------------------------------------------------------------------------------------


def test_import_makes_records_with_default_marks_and_stricter_fields_held(house: make.House, tmp_path: Path) -> None:
    job = imported(house, table(tmp_path, ["note", "victim"], ["seen", "Jane Roe"]), "di")
    assert (job.state, job.payload["created"], job.payload["refused"]) == ("done", 1, 0)
    record = records()[0]
    assert mark_of_class(record.mark_class_id).level == "GREEN" and record.created_by == house.di.person
    claim = Claim.objects.get(entry=record, field="victim")
    assert mark_of_class(claim.mark_class_id) == Mark("AMBER+STRICT", "org:health")
    assert claim.person == house.di.person and claim.status == "accepted"
    assert present([record], house.di)[0].fields["victim"].text == "Jane Roe"
    assert present([record], house.ann)[0].fields["victim"].text == ""


def test_import_needs_the_role_of_a_contributor(house: make.House, tmp_path: Path) -> None:
    path = table(tmp_path, ["note"], ["seen"])
    with pytest.raises(Forbidden):
        imported(house, path, "bo")
    assert records() == []
    imported(house, path, "di")
    assert len(records()) == 1


def test_import_cut_off_goes_on_where_it_stopped(
    house: make.House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [[f"note {n}", "x" if n % 10 == 3 else "2011"] for n in range(130)]
    path = table(tmp_path, ["note", "date"], *rows)
    sound, calls = tasks.import_records, []

    def dies(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            sound(*args, **options)  # written, then the process dies before the batch commits
            raise KeyboardInterrupt
        return sound(*args, **options)

    monkeypatch.setattr(tasks, "import_records", dies)
    with pytest.raises(KeyboardInterrupt):
        imported(house, path)
    job = Job.objects.get(kind="import")
    assert (job.payload["next"], job.payload["created"], len(records())) == (50, 45, 45)
    Job.objects.filter(pk=job.pk).update(state=Job.WAITING)
    make.run_jobs()
    job.refresh_from_db()
    assert (job.state, job.payload["created"], job.payload["refused"]) == ("done", 117, 13)
    assert len(records()) == len({one.values["note"][0] for one in records()}) == 117
    assert [int(row[0]) for row in refused_rows(job)] == list(range(5, 132, 10))


def test_import_runs_in_transactions_of_at_most_fifty_records(house: make.House, tmp_path: Path) -> None:
    job = imported(house, table(tmp_path, ["note"], *[[f"n{n}"] for n in range(120)]))
    acts = [act for act in history_of(f"import:{job.batch}") if act.verb == "record.import"]
    assert [act.detail["records"] for act in acts] == [20, 50, 50]
    assert {ref for act in acts for ref in act.refs} == {
        f"import:{job.batch}",
        *(f"record:{one.public_id}" for one in records()),
    }


def test_import_finds_likely_duplicates_afterwards(tmp_path: Path) -> None:
    making.organisation("police")
    space = making.workspace()
    by = making.viewer(making.person("ann", "police", spills="editor"))
    values = {"date": making.day("2011-03-05"), "place": making.place("Lagos", 6.45, 3.39, "NG"), "matter": "oil"}
    before = making.record(space, by, values)
    path = table(tmp_path, ["date", "place", "matter"], ["2011-03-05", "Lagos; 6.45, 3.39; NG", "oil"])
    job = ask_import(space, "spill", file_store().put(path).sha256, name="t.csv", language="en", rows=1, by=by)
    assert not Candidate.objects.exists()
    actions.find_candidates([before], space)
    make.run_jobs()
    job.refresh_from_db()
    assert job.state == "done"
    assert Candidate.objects.get().entry == before


def test_what_a_record_tells_is_read_once_though_it_was_met_as_a_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    making.organisation("police")
    space = making.workspace()
    by = making.viewer(making.person("ann", "police", spills="editor"))
    values = {"date": making.day("2011-03-05"), "place": making.place("Lagos", 6.45, 3.39, "NG"), "matter": "oil"}
    both = [making.record(space, by, values), making.record(space, by, values)]
    actions.find_candidates(both, space)
    read, sound = [], linking.facts_of
    monkeypatch.setattr(linking, "facts_of", lambda *args, **more: read.append(more["id"]) or sound(*args, **more))
    actions.find_candidates(both, space)
    assert sorted(read) == sorted(one.public_id for one in both)
    assert Candidate.objects.count() == 1


# -- there and back ---------------------------------------------------------------------------------------------------


def many_records(house: make.House, count: int) -> None:
    days = [make.VALUES["date"], {"start": "2011-03-01", "end": "2011-03-31", "precision": "month"},
            {"start": "2011-03-01", "end": "2011-05-31", "precision": "range"},
            {"start": "2011-01-01", "end": "2011-12-31", "precision": "circa"}]  # fmt: skip
    texts = ["=1+1", "- dash", "two\nlines", "semi; colon", 'quote "x"', "'s-Hertogenbosch", "plain"]
    for n in range(count):
        claims = [make.claim("date", days[n % 4]), make.claim("note", f"{texts[n % 7]} {n}"), make.claim("country"),
                  make.claim("waste", "Y29"), make.claim("waste"), make.claim("amount"), make.claim("killed", n + 0.5),
                  make.claim("amount", {"low": 1.5, "high": 2.25, "unit": "kg"}), make.claim("solved", n % 2 == 0)]  # fmt: skip
        claims += [make.claim("place"), make.claim("victim")] if n % 3 else [make.claim("story", {"en": "Found."})]
        make.a_record(house, *claims)


def shown(house: make.House, workspace: Any) -> list[dict[str, str]]:
    found = Entry.objects.filter(kind="record", workspace=workspace).select_related("workspace")
    rows = [
        {name: one.text for name, one in each.fields.items()} | {"title": each.title}
        for each in present(found, house.root)
    ]
    return sorted(rows, key=lambda row: int(row["note"].split()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize(("form", "count"), [("csv", 200), ("xlsx", 30), ("jsonl", 30)])
def test_export_imported_into_another_workspace_shows_the_same(
    house: make.House, tmp_path: Path, form: str, count: int
) -> None:
    many_records(house, count)
    path = tmp_path / f"out.{form}"
    path.write_bytes(b"".join(export_records(house.root, house.workspace, "incident", Filter(), form, language="en")))
    first = house.workspace
    second = make.a_workspace(make.BLUEPRINT.replace("blueprint: trial", "blueprint: second"))
    from plumbline.apps.accounts.actions import put_person

    put_person("root@example.org", name="Root", organisation="police", roles={"trial": "editor", "second": "editor"},
               administrator=True, by=make.SYSTEM)  # fmt: skip
    house.workspace = second
    job = imported(house, path, "root")
    assert (job.state, job.payload["created"], job.payload["refused"]) == ("done", count, 0), refused_rows(job)[:3]
    assert shown(house, second) == shown(house, first)


def test_export_columns_of_marks_and_sources_are_left_behind_with_a_word(house: make.House, tmp_path: Path) -> None:
    make.a_record(house, make.claim("note"), make.claim("date"))
    path = tmp_path / "out.csv"
    path.write_bytes(b"".join(export_records(house.ann, house.workspace, "incident", Filter(), "csv", language="en")))
    blueprint = blueprint_of(house.workspace)
    found = check_table(path, "out.csv", blueprint.types["incident"], blueprint, language="en", viewer=house.ann)
    assert {"id", "url", "mark", "note_sources", "note_mark"} <= set(found.columns.ignored)
    assert found.columns.unmatched == () and (found.good, found.refused) == (1, 0)


# -- pages ------------------------------------------------------------------------------------------------------------

ADDRESS = "/w/trial/incident/import/"


def upload(client: Client, text: str, name: str = "t.csv") -> Any:
    file = io.BytesIO(text.encode())
    file.name = name
    return client.post(ADDRESS, {"file": file})


def test_pages_lead_from_the_table_over_the_dry_run_to_the_report(house: make.House) -> None:
    client = browser(house, "di")
    assert "Import a table" in client.get("/w/trial/incident/").content.decode()
    assert 'type="file"' in client.get(ADDRESS).content.decode()
    check = upload(client, "date,Waste,colour\n2011,Lead,red\n1x,Lead,red\n2012,Mercury,red\n")
    assert check.status_code == 302
    page = client.get(check.url).content.decode()
    for words in ("colour", "1x", "Lead", "TLP:GREEN", "AMBER+STRICT", "new records"):
        assert words in page, words
    assert records() == []
    token = check.url.partition("table=")[2]
    started = client.post(ADDRESS, {"table": token})
    assert started.status_code == 302 and records() == []
    assert "import goes on" in client.get(started.url).content.decode()
    make.run_jobs()
    report = client.get(started.url).content.decode()
    assert "1x" in report and len(records()) == 2
    download = b"".join(client.get(f"{started.url}refused.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(download)))
    assert [row[:2] for row in rows] == [["Row", "Column"], ["3", "date"]] and "1x" in rows[1][2]
    assert "You imported this very file before" in client.get(check.url).content.decode()


def test_report_and_dry_run_are_for_who_imports_alone(house: make.House) -> None:
    client, other = browser(house, "di"), browser(house, "ann")
    check = upload(client, "date,note\n2011,a secret\nsecret,x\n")
    token = check.url.partition("table=")[2]
    assert client.get(check.url).status_code == 200
    assert other.get(check.url).status_code == 400 and "a secret" not in other.get(check.url).content.decode()
    other.post(ADDRESS, {"table": token})
    assert not Job.objects.filter(kind="import").exists()
    started = client.post(ADDRESS, {"table": token})
    make.run_jobs()
    unknown = other.get(f"{ADDRESS}zzzzzzzzzzzz/").content.decode()
    assert client.get(started.url).status_code == 200
    for address in (started.url, f"{started.url}refused.csv"):
        answer = other.get(address)
        assert answer.status_code == 404 and "secret" not in answer.content.decode()
    assert "There is nothing here" in unknown


def test_pages_refuse_readers_and_files_that_are_no_table(house: make.House) -> None:
    reader, client = browser(house, "bo"), browser(house, "di")
    assert reader.get(ADDRESS).status_code == 403 and upload(reader, "note\nx\n").status_code == 403
    assert "Import a table" not in reader.get("/w/trial/incident/").content.decode()
    assert upload(client, "").status_code == 400
    refused = client.get(upload(client, "colour,size\nred,3\n").url)
    assert refused.status_code == 400 and "name its columns so: date, place" in refused.content.decode()
    assert client.get(upload(client, "%PDF-1.4", "t.csv").url).status_code == 400


def test_list_of_errors_and_dry_run_make_nothing(house: make.House, tmp_path: Path) -> None:
    path = table(tmp_path, ["note"], *[["x"] for _ in range(5)])
    blueprint = blueprint_of(house.workspace)
    found = check_table(path, "t.csv", blueprint.types["incident"], blueprint, language="en", viewer=house.ann, most=3)
    assert (found.good, found.whole) == (3, False)
    assert records() == [] and not Job.objects.exists()
    with pytest.raises(InvalidInput, match="no row below"):
        check_table(table(tmp_path, ["note"], name="b.csv"), "b.csv", blueprint.types["incident"], blueprint,
                    language="en", viewer=house.ann)  # fmt: skip


# -- what columns fill, said by hand and kept under a name ---------------------------------------------------------------


def test_columns_fill_what_is_said_of_them(house: make.House, tmp_path: Path) -> None:
    path = table(tmp_path, ["when it was", "Note", "Menge"], ["2011-03", "left out", "12"])
    names = {"when it was": "date", "note": "", "menge": "amount (t)"}
    (row,) = read(house, path, names=names, viewer=house.ann)
    assert row.values["date"][0]["precision"] == "month"
    assert (row.values["amount"][0]["low"], row.values["amount"][0]["unit"]) == (12.0, "t")
    assert "note" not in row.values
    lines = tmp_path / "t.jsonl"
    lines.write_text('{"when it was": "2011-03", "Note": "x"}\n')
    (row,) = read(house, lines, names=names, viewer=house.ann)
    assert set(row.values) == {"date"}


@pytest.mark.parametrize(
    ("names", "code"),
    [({"a": "colour"}, "import.mapping"), ({"a": "note", "b": "note"}, "import.doubled"), ({"a": "", "b": ""}, "import.columns")],
)  # fmt: skip
def test_what_columns_cannot_fill_is_refused(
    house: make.House, tmp_path: Path, names: dict[str, str], code: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(house, table(tmp_path, ["a", "b"], ["1", "2"]), names=names)
    assert caught.value.code == code


def test_table_of_unknown_columns_is_read_by_hand_and_the_next_by_itself(house: make.House) -> None:
    client = browser(house, "ann")
    check = upload(client, "wann,was\n2011,Lead\n")
    shown = client.get(check.url)
    assert shown.status_code == 400 and 'name="c0"' in shown.content.decode()
    by_hand = f"{check.url}&c0=date&c1=waste"
    page = client.get(by_hand).content.decode()
    assert "The first rows as they will be" in page
    token = check.url.partition("table=")[2]
    kept = client.post(by_hand, {"table": token, "save_as": " Yearly  list "})
    assert "mapping=Yearly+list" in kept.url
    assert "Yearly list" in client.get(kept.url).content.decode()
    after = upload(client, "Wann,Was\n2012,Mercury\n")
    assert "The first rows as they will be" in client.get(after.url).content.decode()
    done = client.post(after.url, {"table": after.url.partition("table=")[2]}, follow=True)
    make.run_jobs()
    assert "1" in client.get(done.redirect_chain[-1][0]).content.decode()
    (record,) = Entry.objects.filter(kind="record")
    assert record.values["waste"] == ["Y29"] or "Y29" in str(record.values)
    plain = client.get(f"{after.url}&plain=1")
    assert plain.status_code == 400
    assert browser(house, "bo").post("/w/trial/incident/mapping/forget/", {"mapping": "Yearly list"}).status_code == 403
    client.post("/w/trial/incident/mapping/forget/", {"mapping": "Yearly list"})
    assert client.get(after.url).status_code == 400
    assert client.get(f"{after.url}&mapping=Yearly+list").status_code == 400  # said in the page, with the file at hand
