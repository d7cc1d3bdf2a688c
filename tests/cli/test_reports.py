"""`geocode` and `link` on files of reports, without an installation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plumbline.cli.main import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def written(path: Path, *reports: Any) -> str:
    path.write_text("".join(json.dumps(report, ensure_ascii=False) + "\n" for report in reports), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Build the gazetteers once for this module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("PLUMBLINE_DATA", raising=False)
        yield


def test_geocode_answers_each_span_in_order_and_finds_places_without(tmp_path: Path) -> None:
    text = "Police in Paris, Texas met a man from London, Ont. near Xyzzyville in Lombardy."
    spans = [[text.index(name), text.index(name) + len(name)] for name in ("Xyzzyville", "London", "Paris", "Lombardy")]
    path = written(
        tmp_path / "r.jsonl", {"id": "a", "text": text, "spans": spans}, {"id": 2, "text": text}, {"id": 3, "text": ""}
    )
    result = run("geocode", path, "--json")
    marked, found, empty = (json.loads(line) for line in result.stdout.splitlines())
    assert [place["country"] for place in marked["places"]] == [None, "CA", "US", "IT"]
    assert marked["places"][0] == {"start": spans[0][0], "end": spans[0][1], "name": "Xyzzyville", "lat": None, "lon": None, "country": None, "precision": None, "confidence": 0.0}  # fmt: skip
    assert marked["places"][3]["precision"] == "admin1"
    assert (found["id"], empty) == (2, {"id": 3, "places": []})
    assert ("Paris", "US") in {(place["name"], place["country"]) for place in found["places"]}
    assert "unknown" in run("geocode", path).stdout


def test_geocode_reads_inflected_names_and_names_without_spaces(tmp_path: Path) -> None:
    reports = [{"id": 1, "text": "Полиция Москвы задержала груз."}, {"id": 2, "text": "宁波港查获来自热那亚的集装箱"}]
    result = run("geocode", written(tmp_path / "r.jsonl", *reports), "--json")
    found = [[place["country"] for place in json.loads(line)["places"]] for line in result.stdout.splitlines()]
    assert found == [["RU"], ["CN", "IT"]]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "line 2: it is not JSON"),
        (b"[1]", "line 2: it is not a JSON object"),
        (b'{"text": "x"}', "line 2: it has no id"),
        (b'{"id": "b"}', "line 2: it has no text"),
        (b'{"id": "b", "text": "\xff"}', "line 2: it is not UTF-8"),
        (b'{"id": "b", "text": "x", "spans": [[0, 5]]}', "line 2: spans are pairs"),
        (b'{"id": "b", "text": "x", "spans": [0]}', "line 2: spans are pairs"),
        (b'{"id": "b", "text": "x", "published": 5}', "line 2: its published is not a string"),
        (b"[" * 100_000, "line 2: it is not JSON"),
    ],
)
def test_reports_that_cannot_be_read_are_refused_with_their_line(tmp_path: Path, line: bytes, problem: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b'{"id": "a", "text": ""}\n' + line + b"\n")
    result = run("geocode", str(path), "--json")
    assert result.exit_code == 2
    assert problem in result.stderr


def test_absent_file_is_refused(tmp_path: Path) -> None:
    assert run("geocode", str(tmp_path / "no.jsonl"), "--json").exit_code == 2


MAPLE = "Maria Walker, 34, was shot dead on Monday outside a bar on Maple Avenue in Toledo, Ohio, police said."
OAK = "Daniel Ortiz, 61, was shot dead on Thursday outside a bar on Oak Street in Toledo, Ohio, police said."


def linked(path: str, *more: str) -> list[dict[str, Any]]:
    result = run("link", path, "--json", *more)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_link_groups_reports_and_keeps_what_was_linked(tmp_path: Path) -> None:
    reports = [
        {"id": 1, "text": MAPLE, "published": "2016-05-10"},
        {"id": 2, "text": OAK, "published": "2016-05-13"},
        {"id": 3, "text": "The woman killed in Toledo, Ohio is Maria Walker, 34. She died on Monday.", "published": "2016-05-11"},
        {"id": 4, "text": "", "title": " "},
        {"id": 5, "text": ""},
    ]  # fmt: skip
    found = linked(written(tmp_path / "r.jsonl", *reports))
    assert found == [{"id": i, "incident": incident} for i, incident in ((1, 1), (2, 2), (3, 1), (4, 4), (5, 5))]
    old = [report | {"incident": f"case {each['incident']}"} for report, each in zip(reports, found, strict=True)]
    again = linked(written(tmp_path / "s.jsonl", *old, {"id": 6, "text": MAPLE + " A vigil is planned.", "published": "2016-05-12"}), "--reasons")  # fmt: skip
    assert [each["incident"] for each in again] == ["case 1", "case 2", "case 1", "case 4", "case 5", "case 1"]
    (names,) = (reason for reason in again[5]["reasons"] if reason["kind"] == "names")
    assert "maria walker" in names["detail"]
    assert names["weight"] > 0
    assert "maria walker (+" in run("link", str(tmp_path / "s.jsonl"), "--reasons").stdout


def test_link_reads_thousands_of_identical_reports_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from plumbline.domain import linking

    read = []
    reader = linking.read_report
    monkeypatch.setattr(linking, "read_report", lambda *a, **k: read.append(1) or reader(*a, **k))
    path = written(tmp_path / "r.jsonl", *({"id": i, "text": MAPLE, "published": "2016-05-10"} for i in range(5000)))
    assert {each["incident"] for each in linked(path)} == {0}
    assert len(read) == 1


def test_link_refuses_an_incident_of_another_kind(tmp_path: Path) -> None:
    result = run("link", written(tmp_path / "r.jsonl", {"id": 1, "text": "x", "incident": [1]}), "--json")
    assert (result.exit_code, "line 1: its incident is neither" in result.stderr) == (2, True)
