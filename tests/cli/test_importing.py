"""`plumbline import`: dry run, refused rows with exit code 7, the same file once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
TO = ("--workspace", "hazardous-waste", "--type", "incident", "--json")


@pytest.mark.slow
def test_import_takes_good_rows_names_bad_ones_and_takes_a_file_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "incidents.csv"
    path.write_text("date,place,colour\n2011,Lagos,red\n31.31.2011,Genoa,red\n2012,Tema,red\n")
    assert run("init").code == 0
    dry = run("import", path, *TO, "--dry-run")
    assert dry.code == 7, dry.told
    assert (dry.json["good"], dry.json["refused"], dry.json["created"]) == (2, 1, 0)
    assert dry.json["columns"] == {"date": "date", "place": "place"} and dry.json["unmatched"] == ["colour"]
    done = run("import", path, *TO)
    assert (done.code, done.json["created"], done.json["refused"]) == (7, 2, 1), done.told
    assert [(one["row"], one["column"]) for one in done.json["problems"]] == [(3, "date")]
    assert "31.31.2011" in done.json["problems"][0]["problem"]
    again = run("import", path, *TO)
    assert again.code == 5 and "--again" in again.told
    assert len(run("export", "incident", "--workspace", "hazardous-waste").out.splitlines()) == 3
    path.write_text("date,place\n2013,Lagos\n")
    assert run("import", path, *TO).code == 0
    path.write_text("colour\nred\n")
    refused = run("import", path, *TO)
    assert refused.code == 2 and "date, place" in refused.told
    assert run("import", tmp_path / "absent.csv", *TO).code == 3


@pytest.mark.slow
def test_old_export_overwrites_what_others_changed_only_where_that_is_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "made.csv"
    path.write_text("date,place,port\n2011,Lagos,before\n")
    assert run("init").code == 0
    assert run("import", path, *TO).code == 0
    told = run("export", "incident", "--workspace", "hazardous-waste", "--format", "csv").out
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(told.replace(",before,", ",mine,"))
    new.write_text(told.replace(",before,", ",theirs,"))
    assert old.read_text() != told
    assert run("import", new, *TO).json["changed"] == 1
    dry = run("import", old, *TO, "--dry-run")
    assert (dry.code, dry.json["to_change"], dry.json["clashes"]) == (7, 0, 1), dry.told
    assert "mine" in dry.json["problems"][0]["problem"] and "theirs" in dry.json["problems"][0]["problem"]
    done = run("import", old, *TO)
    assert (done.code, done.json["changed"], done.json["clashes"]) == (7, 0, 1), done.told
    done = run("import", old, *TO, "--overwrite", "--again")
    assert (done.code, done.json["changed"], done.json["clashes"]) == (0, 1, 0), done.told


@pytest.mark.slow
def test_columns_are_mapped_by_options_and_the_mapping_is_kept(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wann.csv"
    path.write_text("wann,wo\n2011,Lagos\n")
    assert run("init").code == 0
    assert run("import", path, *TO).code == 2
    done = run("import", path, *TO, "--map", "wann=date", "--map", "wo=place", "--save-mapping", "yearly")
    assert (done.code, done.json["created"]) == (0, 1), done.told
    path.write_text("wo,wann\nGenoa,2012\n")
    dry = run("import", path, *TO, "--mapping", "yearly", "--dry-run")
    assert dry.json["columns"] == {"wo": "place", "wann": "date"}, dry.told
    assert run("import", path, *TO, "--mapping", "absent").code == 3
    assert run("import", path, *TO, "--map", "wann").code == 2
    wrong = run("import", path, *TO, "--map", "wann=colour")
    assert wrong.code == 2 and "colour" in wrong.told and "wann" in wrong.told
