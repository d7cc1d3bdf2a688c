"""`ftm edges` and `ftm entities` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plumbline.cli.main import main

ENTITIES = [
    {"id": "p1", "schema": "Person", "properties": {"name": ["Ann, the Elder"], "nationality": ["it"]}},
    {"id": "c1", "schema": "Company", "properties": {"name": ["Eco Ltd"]}},
    {"id": "o1", "schema": "Ownership", "properties": {"owner": ["p1"], "asset": ["c1"], "percentage": ["50"]}},
    {"id": "d1", "schema": "Directorship", "properties": {"director": ["p1", {"id": "p2"}], "organization": ["c1"]}},
    {"id": "f1", "schema": "Family", "properties": {"person": ["p1"], "relative": ["p1"]}},
]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_relations_become_edges_between_parties(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text("\n".join(map(json.dumps, ENTITIES)) + "\n\n")
    found = [json.loads(line) for line in run("ftm", "edges", str(path), "--json").stdout.splitlines()]
    assert found == [
        {"source": "p1", "target": "c1", "weight": 2.0, "source_name": "Ann, the Elder", "target_name": "Eco Ltd"},
        {"source": "c1", "target": "p2", "weight": 1.0, "source_name": "Eco Ltd", "target_name": "p2"},
    ]
    assert run("ftm", "edges", str(path)).stdout == "source,target,weight\np1,c1,2\nc1,p2,1\n"


def test_edges_become_entities_and_edges_again(tmp_path: Path) -> None:
    (tmp_path / "edges.csv").write_text('source,target\n"Ann, the Elder",Eco Ltd\nEco Ltd,Бета\n', encoding="utf-8")
    written = run("ftm", "entities", str(tmp_path / "edges.csv"), "--json").stdout
    assert [json.loads(line)["schema"] for line in written.splitlines()] == ["LegalEntity"] * 3 + ["UnknownLink"] * 2
    (tmp_path / "e.jsonl").write_text(written, encoding="utf-8")
    again = [json.loads(line) for line in run("ftm", "edges", str(tmp_path / "e.jsonl"), "--json").stdout.splitlines()]
    assert {(row["source_name"], row["target_name"]) for row in again} == {("Ann, the Elder", "Eco Ltd"), ("Eco Ltd", "Бета")}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "line 1: it is not JSON"),
        (b"\xff", "line 1: it is not UTF-8 text"),
        (b"[]", "line 1: it is not a JSON object"),
        (b'{"schema": "Person"}', "line 1: it has no id"),
        (b'{"id": "a"}', "line 1: it has no schema"),
        (b'{"id": "a", "schema": "Person", "properties": [1]}', "line 1: its properties"),
    ],
)
def test_entities_that_cannot_be_read_are_refused(tmp_path: Path, line: bytes, problem: str) -> None:
    (tmp_path / "e.jsonl").write_bytes(line + b"\n")
    result = run("ftm", "edges", str(tmp_path / "e.jsonl"), "--json")
    assert (result.exit_code, problem in result.stderr) == (2, True)
