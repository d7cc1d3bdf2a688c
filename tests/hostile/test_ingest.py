"""Taking files in goes on after kills, bad rows and many writers: nothing lost, nothing twice."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def environment(data: Path) -> dict[str, str]:
    found = os.environ | {"PLUMBLINE_DATA": str(data), "PLUMBLINE_DATABASE_URL": ""}
    found.pop("DJANGO_SETTINGS_MODULE", None)
    return found


def start(data: Path, *words: str | Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "plumbline.cli", *map(str, words)]
    return subprocess.Popen(
        command, env=environment(data), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def run(data: Path, *words: str | Path) -> Any:
    process = start(data, *words)
    out, _ = process.communicate(timeout=200)
    assert process.returncode == 0, out
    return json.loads(out) if "--json" in words else out


def ask(data: Path, query: str) -> list[Any]:
    """Ask the database beside the processes that write to it."""
    place = data / "plumbline.sqlite3"
    if not place.exists():
        return []
    database = sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=10)
    try:
        return database.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []
    finally:
        database.close()


def count(data: Path, table: str) -> int:
    rows = ask(data, f"SELECT count(*) FROM {table}")
    return rows[0][0] if rows else 0


def everything(data: Path) -> dict[str, list[Any]]:
    """Works, passages, records with claims, pairs, index: what two runs must have in common, without their ids."""
    claims = """
        SELECT w.name, p.ordinal, c.start, c.end, c.field, c.value, c.status, c.confidence, e.title, e.status
        FROM library_claim c JOIN library_passage p ON p.id = c.passage_id JOIN library_work w ON w.entry_id = p.work_id
        JOIN library_entry e ON e.id = c.entry_id"""
    found = run(data, "search", "tonnes", "--workspace", "hazardous-waste", "--limit", "500", "--json")
    return {
        "works": sorted(ask(data, "SELECT name, state, passage_count FROM library_work")),
        "passages": sorted(ask(data, "SELECT w.name, p.ordinal, p.start, p.text FROM library_passage p"
                                     " JOIN library_work w ON w.entry_id = p.work_id")),
        "claims": sorted(ask(data, claims), key=str),
        "records": sorted(ask(data, "SELECT title, status, kind FROM library_entry")),
        "pairs": [count(data, "records_candidate")],
        "jobs": sorted(ask(data, "SELECT kind, state, count(*) FROM spine_job GROUP BY 1, 2")),
        "hits": sorted(hit["text"] for hit in found["hits"]) + [found["total"]],
    }  # fmt: skip


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Reports that tell incidents, and a table of many rows."""
    folder = tmp_path / "reports"
    folder.mkdir()
    places = ("Lagos", "Genoa", "Hamburg", "Rotterdam", "Naples", "Accra")
    for n in range(10):
        told = [
            f"On {1 + m} March {2001 + n % 20}, customs officers seized {m + 3} tonnes of lead batteries in {places[n % 6]}.\n\n"
            f"Nobody had asked what report {n} said of the shipment before it lay at the harbour."
            for m in range(6)
        ]
        (folder / f"{n:02}.txt").write_text("\n\n".join(told))
    rows = "".join(f"{n},2011-03-05,Lagos,seized by officers {n}\n" for n in range(600))
    (folder / "rows.csv").write_text("no,date,place,what\n" + rows)
    return folder


def kill_when(data: Path, process: subprocess.Popen[str], table: str, most: int) -> bool:
    """Kill a process, as the system would, once a table holds so many rows; tells whether it still ran."""
    until = time.monotonic() + 100
    while process.poll() is None and time.monotonic() < until:
        if count(data, table) >= most:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        time.sleep(0.01)
    return False


def test_ingest_killed_again_and_again_ends_like_one_that_was_not(tmp_path: Path, reports: Path) -> None:
    words = ("ingest", reports, "--workspace", "hazardous-waste", "--json")
    clean, data = tmp_path / "clean", tmp_path / "data"
    run(clean, *words)
    kills = 0
    for table, most in (("library_work", 5), ("library_passage", 60), ("library_passage", 620), ("library_claim", 20)):
        process = start(data, *words)
        kills += kill_when(data, process, table, most)
        if process.stdout:
            process.stdout.close()
    assert kills == 4
    run(data, *words)
    expected = everything(clean)
    assert len(expected["claims"]) > 100 and expected["hits"][-1] == 60
    assert everything(data) == expected
    assert run(data, "audit", "verify", "--json")["broken"] == []


def test_jobs_of_a_killed_worker_are_taken_over_and_two_workers_do_none_twice(tmp_path: Path, reports: Path) -> None:
    data = tmp_path / "data"
    run(data, "init")
    taking = start(data, "ingest", reports, "--workspace", "hazardous-waste", "--json")
    assert kill_when(data, taking, "library_work", 11)
    one = start(data, "work", "jobs", "--until-done")
    assert kill_when(data, one, "library_passage", 40)
    two = [start(data, "work", "jobs", "--until-done") for _ in range(2)]
    for worker in two:
        assert worker.wait(timeout=200) == 0
    for process in (taking, one, *two):
        if process.stdout:
            process.stdout.close()
    assert ask(data, "SELECT DISTINCT state FROM spine_job") == [("done",)]
    assert ask(data, "SELECT count(*) FROM spine_job WHERE attempts > 2") == [(0,)]
    assert count(data, "library_passage") == 10 * 12 + 600
    verbs = dict(ask(data, "SELECT verb, count(*) FROM spine_auditentry GROUP BY 1"))
    assert verbs["work.finish-reading"] == 11
    ran = {name for (name,) in ask(data, "SELECT DISTINCT runner FROM spine_job")}
    assert len(ran) > 1
    assert run(data, "audit", "verify", "--json")["broken"] == []


@pytest.fixture
def house(db: None, tmp_path: Path, settings: Any) -> Iterator[Any]:
    """A workspace in this process, with an index of its own."""
    from tests.factories import a_house

    from plumbline.apps.library.indexing import reading_index
    from plumbline.apps.spine.queries import clear_caches

    settings.DATA = tmp_path
    clear_caches()
    reading_index.cache_clear()
    yield a_house()
    reading_index().close()
    reading_index.cache_clear()
    clear_caches()


def test_table_of_100000_rows_with_500_bad_ones_is_read_to_the_end_in_little_memory(house: Any) -> None:
    import resource

    from tests.factories import follow, run_jobs

    from plumbline.apps.library.intake import take_in
    from plumbline.apps.library.models import Entry, Passage
    from plumbline.apps.library.searching import search_passages

    def rows() -> Iterator[str]:
        yield "no,date,place,what\n"
        for n in range(100_000):
            bad = n % 200 == 7
            yield f"{n},2011-03-05\n" if bad else f"{n},2011-03-05,Lagos,box{n} seized\n"

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work = take_in(io.BytesIO("".join(rows()).encode()), "big.csv", house.workspace, by=house.ann).work
    run_jobs()
    entry = Entry.objects.select_related("work").get(pk=work.pk)
    assert entry.work.state == "read"
    found = Passage.objects.filter(work_id=work.pk)
    assert found.count() == entry.work.passage_count == 99_500
    assert list(found.order_by("ordinal").values_list("ordinal", flat=True)[99_490:]) == list(range(99_490, 99_500))
    assert "500" in str(entry.work.warnings) and len(entry.work.warnings) <= 200
    follow()
    assert search_passages("box99999", house.ann).total == 1
    assert search_passages("seized", house.ann).total == 99_500
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 700, f"{grown:.0f} MB more"


def test_change_is_searchable_within_two_seconds_while_300_files_come_in(root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.freshness", "--files", "320", "--probes", "10"],
        cwd=root, env=environment(tmp_path / "unused"), capture_output=True, text=True, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["while_files_came"] >= 3
    assert result["p95_s"] <= result["target_s"], result
