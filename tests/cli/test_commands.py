"""What scripts may rely on: fixed commands and shapes, exit codes, results and nothing else on stdout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.factories import BLUEPRINT

Run = Callable[..., Any]
WASTE = ("--workspace", "hazardous-waste")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of reports, one of them hidden, one a link to elsewhere."""
    made = tmp_path / "reports"
    (made / "deep").mkdir(parents=True)
    (made / "a.txt").write_text("Officers stopped a lorry near Lagos.\n\nThe lorry held drums of solvent.")
    (made / "deep" / "b.html").write_text("<title>B</title><p>A barge was stopped on the river by guards.</p>")
    (made / ".hidden.txt").write_text("Nobody should find this zebra.")
    (tmp_path / "elsewhere.txt").write_text("Nobody should find this zebra either.")
    (made / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    return made


def test_ingest_and_search_keep_their_fixed_contract(run: Run, folder: Path) -> None:
    taken = run("ingest", folder, *WASTE, "--json")
    assert taken.code == 0, taken.told
    assert (taken.json["read"], taken.json["failed"], taken.json["searchable"]) == (2, 0, True)
    found = run("search", "lorry", *WASTE, "--json")
    assert (found.code, found.told) == (0, "")
    assert found.json.keys() == {"total", "hits"}
    assert found.json["total"] == len(found.json["hits"]) == 2
    for hit in found.json["hits"]:
        assert hit.keys() == {"work", "passage", "text", "rank", "url"}
        assert hit["passage"] in hit["url"] and "lorry" in hit["text"].lower()
    assert sorted(hit["rank"] for hit in found.json["hits"]) == [1, 2]
    assert run("search", "zebra", *WASTE, "--json").json == {"total": 0, "hits": []}
    limited = run("search", "lorry", *WASTE, "--json", "--limit", "1").json
    assert (limited["total"], len(limited["hits"])) == (2, 1)


def test_ingest_again_adds_nothing_and_says_so(run: Run, folder: Path) -> None:
    first = run("ingest", folder, *WASTE, "--json").json["files"]
    again = run("ingest", folder, *WASTE, "--json").json["files"]
    assert [one["again"] for one in first] == [False, False]
    assert [one["again"] for one in again] == [True, True]
    assert {one["work"] for one in first} == {one["work"] for one in again}
    assert run("search", "lorry", *WASTE, "--json").json["total"] == 2


def test_ingest_of_some_bad_files_takes_the_others_and_exits_with_7(run: Run, folder: Path) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 and then nothing of the kind")
    (folder / "empty.txt").write_bytes(b"")
    ran = run("ingest", folder, folder / "absent.txt", *WASTE, "--json")
    assert ran.code == 7
    by_name = {one["file"]: one for one in ran.json["files"]}
    assert by_name["bad.pdf"]["problem"] and by_name["bad.pdf"]["state"] == "failed"
    assert by_name["empty.txt"]["code"] == "file.empty"
    assert by_name["absent.txt"]["code"] == "file.absent"
    assert (ran.json["read"], ran.json["failed"]) == (2, 3)
    assert "Traceback" not in ran.told
    assert run("search", "barge", *WASTE, "--json").json["total"] == 1


def test_exit_codes_and_sentences_of_what_cannot_be(run: Run, folder: Path) -> None:
    nothing = run("search", "lorry", *WASTE, "--json")
    assert (nothing.code, nothing.out) == (6, "")
    assert "plumbline init" in nothing.told and "Traceback" not in nothing.told
    assert run("init").out == ""
    assert run("search", "lorry", "--json").json == {"total": 0, "hits": []}
    for words, code in (
        (("ingest", folder, "--workspace", "nowhere"), 3),
        (("search", "lorry", "--workspace", "nowhere"), 3),
        (("search", "lorry", "--as", "nobody@example.org"), 3),
        (("search", "lorry AND"), 2),
        (("search", "lorry", "--no-such-option"), 2),
        (("access", "explain", "0" * 16, "nobody@example.org"), 3),
    ):
        ran = run(*words)
        assert (ran.code, ran.out) == (code, ""), words
        assert ran.told and "Traceback" not in ran.told


def test_doctor_says_what_is_missing_and_what_adds_it(run: Run) -> None:
    before = run("doctor", "--json")
    assert before.code == 6
    missing = [one for one in before.json if one["needed"] and not one["present"]]
    assert all(one["command"] for one in missing) and missing
    assert run("init").code == 0
    after = {one["name"]: one for one in run("doctor", "--json").json}
    assert after["data folder"]["present"] and after["database"]["present"]
    assert after["data folder"]["command"] == ""


def test_blueprint_check_names_line_and_field(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(BLUEPRINT)
    assert run("blueprint", "check", file, "--json").json["ok"] is True
    file.write_text(BLUEPRINT.replace("killed: {type: number", "killed: {type: numbr"))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "numbr" in text)
    ran = run("blueprint", "check", file, "--json")
    assert ran.code == 2
    (problem,) = ran.json["problems"]
    assert problem["line"] == line and "killed" in problem["path"] and "number" in problem["message"]
    told = run("blueprint", "check", file)
    assert (told.code, told.out) == (2, "")
    assert f"mine.yaml:{line}:" in told.told


def test_blueprint_that_would_lose_a_field_is_refused_until_the_loss_is_accepted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(BLUEPRINT)
    run("init")
    assert run("blueprint", "apply", file, "--json").json == {"workspace": "trial", "version": 1, "recounting": False}
    file.write_text(
        BLUEPRINT.replace("version: 1", "version: 2").replace("      killed: {type: number, label: {en: Killed}}\n", "")
    )
    refused = run("blueprint", "apply", file, "--json")
    assert (refused.code, refused.out) == (5, "")
    assert "killed" in refused.told
    assert run("blueprint", "apply", file, "--accept-loss", "--json").json == {
        "workspace": "trial",
        "version": 2,
        "recounting": False,
    }


def test_audit_verify_exits_with_1_when_a_row_was_changed(run: Run, folder: Path, tmp_path: Path) -> None:
    import sqlite3

    run("ingest", folder, *WASTE)
    whole = run("audit", "verify", "--json")
    assert (whole.code, whole.json["broken"]) == (0, []) and whole.json["acts"] > 5
    with sqlite3.connect(tmp_path / "data" / "plumbline.sqlite3") as database:
        database.execute("UPDATE spine_auditentry SET by = 'person:other' WHERE id = 3")
    database.close()
    broken = run("audit", "verify", "--json")
    assert (broken.code, broken.json["broken"]) == (1, [3])


def add_ann(run: Run) -> None:
    role = ("--role", "hazardous-waste=reader")
    assert run("person", "add", "ann@example.org", "--name", "Ann", *role, "--password", "a pass phrase").code == 0


def test_person_added_searches_as_themselves(run: Run, folder: Path) -> None:
    run("ingest", folder, *WASTE)
    add_ann(run)
    assert run("search", "lorry", *WASTE, "--as", "ann@example.org", "--json").json["total"] == 2
    assert run("ingest", folder, *WASTE, "--as", "ann@example.org").code in (4, 7)
    invited = run("person", "invite", "Ann@example.org", "--at", "https://evidence.example/", "--json")
    assert invited.json["link"].startswith("https://evidence.example/invitation/"), invited.told
    assert run("person", "invite", "nobody@example.org").code == 3


def test_searches_are_kept_listed_looked_at_and_deleted(run: Run, folder: Path) -> None:
    run("ingest", folder, *WASTE)
    add_ann(run)
    ann = ("--as", "ann@example.org")
    kept = run("searches", "save", "lorry", "--name", "Lorries", *WASTE, *ann, "--json")
    assert (kept.code, kept.json["total"], kept.json["new"]) == (0, 2, 0), kept.told
    (folder / "c.txt").write_text("One more lorry was seen.")
    (folder / "d.txt").write_text("A last lorry was seen.")
    run("ingest", folder, *WASTE)
    (row,) = run("searches", "list", *ann, "--json").json
    assert (row["name"], row["new"], row["total"], row["problem"]) == ("Lorries", 2, 4, "")
    assert run("searches", "new", row["id"], "--keep", *ann, "--json").json["total"] == 2
    part = run("searches", "new", row["id"], "--limit", "1", *ann, "--json").json
    assert (part["total"], len(part["hits"])) == (2, 1)
    new = run("searches", "new", row["id"], *ann, "--json").json
    assert {hit["text"] for hit in new["hits"]} == {"One more lorry was seen.", "A last lorry was seen."}
    assert run("searches", "new", row["id"], *ann, "--json").json == {"total": 0, "hits": []}
    assert run("searches", "list").code == 2
    assert run("searches", "save", "lorry AND", *ann).code == 2
    assert run("searches", "save", "lorry", "--show", "nonsense", *ann).code == 2
    table = run("searches", "save", "lorry", "--show", "mark", "--show", "work", *ann, "--json").json
    assert table["show"] == ["work", "mark"]
    assert run("searches", "delete", table["id"], *ann).code == 0
    assert run("searches", "new", "nothing", *ann).code == 3
    assert run("searches", "delete", row["id"], *ann).code == 0
    assert run("searches", "list", *ann, "--json").json == []


def test_index_rebuilt_answers_as_before(run: Run, folder: Path, tmp_path: Path) -> None:
    import shutil

    run("ingest", folder, *WASTE)
    before = run("search", "lorry", *WASTE, "--json").json
    shutil.rmtree(tmp_path / "data" / "index")
    assert run("index", "rebuild").out.strip() == "3 passages."
    assert run("search", "lorry", *WASTE, "--json").json == before
