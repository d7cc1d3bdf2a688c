"""`ftm edges` and `ftm entities` on files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plumbline.cli.main import main
from plumbline.domain.network import read_network
from plumbline.domain.network.ftm import ENDS
from plumbline.engines.tables import read_columns

ENTITIES = [
    {"id": "p1", "schema": "Person", "properties": {"name": ["Ann, the Elder"], "nationality": ["it"]}},
    {"id": "c1", "schema": "Company", "properties": {"name": ["Eco Ltd"]}},
    {"id": "o1", "schema": "Ownership", "properties": {"owner": ["p1"], "asset": ["c1"], "percentage": ["50"]}},
    {"id": "d1", "schema": "Directorship", "properties": {"director": ["p1", {"id": "p2"}], "organization": ["c1"]}},
    {"id": "f1", "schema": "Family", "properties": {"person": ["p1"], "relative": ["p1"]}},
]


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def written(path: Path, entities: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(json.dumps(one) for one in entities) + "\n\n", encoding="utf-8")
    return str(path)


def test_relations_become_edges_that_a_network_is_read_from(tmp_path: Path) -> None:
    path = written(tmp_path / "e.jsonl", ENTITIES)
    found = [json.loads(line) for line in run("ftm", "edges", path, "--json").stdout.splitlines()]
    assert [(row["source"], row["target"], row["id"], row["schema"]) for row in found] == [
        ("p1", "c1", "o1", "Ownership"), ("p1", "c1", "d1", "Directorship"), ("p2", "c1", "d1", "Directorship"),
        ("p1", "p1", "f1", "Family"),
    ]  # fmt: skip
    assert (found[2]["source_schema"], found[2]["source_name"]) == ("", "p2")
    table = run("ftm", "edges", path).stdout
    assert table.splitlines()[1] == 'p1,c1,1,o1,Ownership,Person,Company,"Ann, the Elder",Eco Ltd'
    (tmp_path / "edges.csv").write_text(table, encoding="utf-8")
    network = read_network(read_columns(tmp_path / "edges.csv"))
    assert dict(zip([tuple(network.names[n] for n in edge) for edge in network.edges], network.weights, strict=True)) == {
        ("p1", "c1"): 2.0, ("c1", "p2"): 1.0,
    }  # fmt: skip


def test_table_keeps_ids_schemas_names_and_weights_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    entities = [
        *ENTITIES,
        {"id": "u1", "schema": "UnknownLink", "weight": 2.5, "properties": {"subject": ["c1"], "object": ["p1"]}},
    ]
    table = run("ftm", "edges", written(tmp_path / "e.jsonl", [*entities, {"id": "x", "schema": "Vessel"}]))
    assert table.stderr == "Left out, being in no relation: 1 of 7 entities. --whole keeps them.\n"
    (tmp_path / "edges.csv").write_text(table.stdout, encoding="utf-8")
    back = {
        one["id"]: one
        for one in map(json.loads, run("ftm", "entities", str(tmp_path / "edges.csv")).stdout.splitlines())
    }
    assert {id: one["schema"] for id, one in back.items()} == {one["id"]: one["schema"] for one in entities}
    assert (back["p1"]["properties"], back["u1"]["weight"]) == ({"name": ["Ann, the Elder"]}, 2.5)
    assert back["d1"]["properties"] == {"director": ["p1", "p2"], "organization": ["c1"]}


def test_edges_become_entities_and_edges_again(tmp_path: Path) -> None:
    rows = (
        'source,target,weight\n"Ann, the Elder",Eco Ltd,2\nEco Ltd,Бета,0.1\nEco Ltd,"Ann, the Elder",1\n007,1.10,1\n'
    )
    (tmp_path / "edges.csv").write_text(rows, encoding="utf-8")
    out = run("ftm", "entities", str(tmp_path / "edges.csv"), "--json").stdout
    assert [json.loads(line)["schema"] for line in out.splitlines()] == ["LegalEntity"] * 5 + ["UnknownLink"] * 3
    (tmp_path / "e.jsonl").write_text(out, encoding="utf-8")
    again = [json.loads(line) for line in run("ftm", "edges", str(tmp_path / "e.jsonl"), "--json").stdout.splitlines()]
    assert {(row["source_name"], row["target_name"], row["weight"]) for row in again} == {
        ("Ann, the Elder", "Eco Ltd", 3.0), ("Eco Ltd", "Бета", 0.1), ("007", "1.10", 1.0),
    }  # fmt: skip
    assert again[2]["source"] == "007"


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
IDS = st.lists(
    st.from_regex(r"[0-9A-Za-zé=\"',;][0-9A-Za-z.,;|\t '-]{0,8}", fullmatch=True).filter(lambda x: x == x.strip() and x.isprintable()),
    min_size=2, max_size=6, unique=True,
)  # fmt: skip


@st.composite
def entity_files(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw entities of which some are relations, with ends that are absent, several, or described nowhere."""
    ids = draw(IDS)
    values = st.lists(WORDS, max_size=3, unique=True)
    known = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    found = []
    for id in known:
        schema = draw(st.sampled_from(["Person", "Company", "Vessel", "Ownership", "UnknownLink"]))
        properties = draw(st.dictionaries(st.sampled_from(["name", "alias", "role"]), values))
        beside: dict[str, Any] = draw(st.dictionaries(st.sampled_from(["datasets", "caption"]), values))
        if schema in ENDS:
            ends = st.lists(st.sampled_from(ids), max_size=3, unique=True)
            properties |= {end: draw(ends) for end in ENDS[schema]}
            if draw(st.booleans()):
                beside["weight"] = draw(st.one_of(st.integers(1, 9), st.floats(1e-6, 1e6)))
        found.append({"id": id, "schema": schema, "properties": properties, **beside})
    return found


@given(entity_files())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whole_table_gives_every_entity_back(tmp_path: Path, entities: list[dict[str, Any]]) -> None:
    out = run("ftm", "edges", "--whole", written(tmp_path / "e.jsonl", entities))
    assert out.exit_code == 0, out.stderr
    (tmp_path / "edges.csv").write_text(out.stdout, encoding="utf-8", newline="")
    back = run("ftm", "entities", str(tmp_path / "edges.csv"))
    assert back.exit_code == 0, back.stderr
    lines = back.stdout.removesuffix("\n").split("\n")  # values hold other ends of lines
    by_id = {one["id"]: one for one in map(json.loads, lines)}
    assert len(by_id) == len(lines)
    assert by_id == {one["id"]: one for one in entities}


def test_parts_of_an_entity_are_one_and_nested_ones_are_taken_out(tmp_path: Path) -> None:
    nested = {"id": "p", "schema": "Person", "properties": {"name": ["Ann"]}}
    path = written(tmp_path / "e.jsonl", [
        {"id": "p", "schema": "LegalEntity", "properties": {"name": ["A."], "country": ["it"]}},
        {"id": "o", "schema": "Ownership", "properties": {"owner": [nested], "asset": [{"id": "c"}]}},
    ])  # fmt: skip
    (tmp_path / "edges.csv").write_text(run("ftm", "edges", "--whole", path).stdout, encoding="utf-8")
    back = {
        one["id"]: one
        for one in map(json.loads, run("ftm", "entities", str(tmp_path / "edges.csv")).stdout.splitlines())
    }
    assert back["p"] == {"id": "p", "schema": "Person", "properties": {"name": ["A.", "Ann"], "country": ["it"]}}
    assert back["o"]["properties"] == {"owner": ["p"], "asset": ["c"]}
    assert set(back) == {"p", "o"}


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (
            "a,b,1,r,Ownership\nc,b,2,r,Ownership",
            "row 3, column 'weight': the weight that the relation has in row 2, 1,",
        ),
        (
            "a,b,1,r,Ownership\nc,b,1,r,Debt",
            "row 3, column 'schema': the schema that the relation has in row 2, Ownership,",
        ),
        ("a,b,1,r,Friendship", "row 2, column 'schema': a relation (Associate, "),
        ("a,,1,r,Debt", "row 2, column 'target': the name of a node"),
        ("a,b,0,r,Debt", "row 2, column 'weight': a number above zero"),
    ],
)
def test_edges_that_are_no_relations_are_refused_by_row(tmp_path: Path, rows: str, problem: str) -> None:
    (tmp_path / "edges.csv").write_text(f"source,target,weight,id,schema\n{rows}\n", encoding="utf-8")
    result = run("ftm", "entities", str(tmp_path / "edges.csv"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


@pytest.mark.parametrize("said", ["[1]", "{", '{"properties": {"name": "Ann"}}'])
def test_column_that_should_hold_an_entity_is_refused_by_row(tmp_path: Path, said: str) -> None:
    with (tmp_path / "edges.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["source", "target", "id", "entity"], ["a", "b", "r", said]])
    result = run("ftm", "entities", str(tmp_path / "edges.csv"))
    assert (result.exit_code, "row 2, column 'entity': a JSON object" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", "holds no entity"), ("\n\n", "holds no entity"), ('{"id": "a", "schema": "Person"}', "holds no relation")],
)
def test_file_without_entities_or_relations_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "e.jsonl").write_text(text)
    result = run("ftm", "edges", str(tmp_path / "e.jsonl"))
    assert (result.exit_code, result.stdout, problem in result.stderr) == (2, "", True)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "line 1: it is not JSON"),
        (b"\xff", "line 1: it is not UTF-8 text"),
        (b"[]", "line 1: it is not a JSON object"),
        (b'{"schema": "Person"}', "line 1: it has no id"),
        (b'{"id": "a"}', "line 1: it has no schema"),
        (b'{"id": "a", "schema": "Person", "properties": [1]}', "line 1: its properties"),
        (b'\n{"id": 1, "schema": "Person"}', "line 2: its id is 1, not a string; write it in quotes"),
        (b'{"id": "a ", "schema": "Person"}', 'line 1: its id "a " has blanks around it'),
        (b'{"id": "a", "schema": ["Person"]}', 'line 1: its schema is ["Person"], not a string'),
        (
            b'{"id": "a", "schema": "Person", "properties": {"name": "Ann"}}',
            'line 1: its property name is "Ann", not a list',
        ),
        (
            b'{"id": "a", "schema": "Person", "properties": {"name": [7]}}',
            "line 1: its property name holds 7, not a string",
        ),
        (b'{"id": "a", "schema": "Person", "properties": {"name": [null]}}', "line 1: its property name holds null"),
        (b'{"id": "a", "schema": "Debt", "properties": {"debtor": [{"name": "x"}]}}', "line 1: it has no debtor's id"),
        (b'\n{"id": "a", "schema": "Person", "properties": {"name": ["A\\ud800"]}}', "line 2: it holds \\ud800 alone"),
        (b'{"id": "a", "schema": "Person", "caption": {"en": ["\\udfff"]}}', "line 1: it holds \\udfff alone"),
        (b'{"id": "a", "schema": "Person", "properties": {"\\ud800": []}}', "line 1: it holds \\ud800 alone"),
        (b'{"id": "a\\ud800", "schema": "Person"}', "line 1: it holds \\ud800 alone"),
        (b'{"id": "a", "schema": "Debt", "weight": 0}', "line 1: its weight is 0, not a number above zero"),
        (
            b'{"id": "a", "schema": "Person"}\n{"id": "a", "schema": "Vessel"}',
            "line 2: 'a' is a Vessel here and a Person before",
        ),
    ],
)
def test_entities_that_cannot_be_read_are_refused(tmp_path: Path, line: bytes, problem: str) -> None:
    (tmp_path / "e.jsonl").write_bytes(line + b"\n")
    result = run("ftm", "edges", str(tmp_path / "e.jsonl"), "--json")
    assert (result.exit_code, problem in result.stderr) == (2, True)
