"""`extract` and `train` on files, without an installation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.chatting import Service, serving
from tests.unit.domain.extraction_making import BLUEPRINT, report

from plumbline.cli.main import main

WASTE = {
    "id": 7,
    "text": "On 5 March 2011 customs seized 12 tonnes of lead batteries in Lagos. The waste came from Genoa.",
    "published": "2011-03-08",
}


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def lines(path: Path, rows: list[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_extract_by_a_shipped_blueprint_gives_values_with_their_place(tmp_path: Path) -> None:
    reports = lines(tmp_path / "in.jsonl", [WASTE, {"id": "none", "text": ""}])
    result = run("extract", reports, "--blueprint", "hazardous-waste", "--json")
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["id"], second) == (7, {"id": "none", "incidents": []})
    told = first["incidents"][0]["fields"]
    assert any(one["value"]["start"] == "2011-03-05" for one in told["date"])
    for fillers in told.values():
        assert all(WASTE["text"][one["start"] : one["end"]] == one["text"] for one in fillers)
    assert "5 March 2011" in run("extract", reports, "--blueprint", "hazardous-waste").stdout


def test_train_then_extract_by_the_model_with_rules_for_what_it_never_saw(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(BLUEPRINT)
    examples = lines(tmp_path / "ex.jsonl", [report(n) for n in range(120)])
    made = run("train", "--blueprint", tmp_path / "b.yaml", "--examples", examples, "--out", tmp_path / "m", "--json")
    found = json.loads(made.stdout)
    assert (found["examples"], found["telling"]) == (120, 80)
    text = "On 5 March 2011 members of Red Dawn attacked a bridge with rifles. Police said that Judge Rios was wounded."
    reports = lines(tmp_path / "in.jsonl", [{"id": "a", "text": text}])
    result = run("extract", reports, "--blueprint", tmp_path / "b.yaml", "--model", tmp_path / "m", "--json")
    incident = json.loads(result.stdout)["incidents"][0]
    assert incident["type"] == "attack"
    said = {name: [one["text"] for one in fillers] for name, fillers in incident["fields"].items()}
    assert (said["organisation"], said["weapon"], said["date"]) == (["Red Dawn"], ["rifles"], ["5 March 2011"])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"id": "a", "text": "x", "incidents": [{"type": "riot"}]}', "in.jsonl, line 1: type is one of attack, kidnapping"),
        ('{"id": "a", "text": "x", "incidents": [{"type": "attack", "fields": {"mood": []}}]}', "fields of attack are"),
        ('{"id": "a", "text": "x", "incidents": "none"}', "incidents are a list"),
        ('{"id": "a", "text": "x", "incidents": []}', "Review 20 more"),
        ("{", "it is not JSON"),
    ],
)  # fmt: skip
def test_examples_that_cannot_be_learned_from_end_in_one_sentence(tmp_path: Path, row: str, said: str) -> None:
    (tmp_path / "b.yaml").write_text(BLUEPRINT)
    (tmp_path / "in.jsonl").write_text(row + "\n")
    result = run(
        "train", "--blueprint", tmp_path / "b.yaml", "--examples", tmp_path / "in.jsonl", "--out", tmp_path / "m"
    )
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert said in result.stderr


@pytest.mark.parametrize(
    ("row", "blueprint", "model", "code", "said"),
    [
        ('{"id": "a"}', "hazardous-waste", None, 2, "it has no text"),
        ('{"id": "a", "text": "x", "published": "soon"}', "hazardous-waste", None, 2, "published is a date"),
        ('{"id": "a", "text": "x"}', "nothing-such", None, 2, "nothing-such"),
        ('{"id": "a", "text": "x"}', "none.yaml", None, 2, "There is no file"),
        ('{"id": "a", "text": "x"}', "latin.yaml", None, 2, "is no text in UTF-8"),
        ('{"id": "a", "text": "x"}', "hazardous-waste", "nowhere", 2, "holds no model"),
    ],
)  # fmt: skip
def test_reports_that_cannot_be_read_end_in_one_sentence(
    tmp_path: Path, row: str, blueprint: str, model: str | None, code: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text(row + "\n")
    (tmp_path / "latin.yaml").write_bytes("blueprint: forêt".encode("latin-1"))
    result = run(
        "extract", tmp_path / "in.jsonl", "--blueprint", blueprint, *(["--model", tmp_path / model] if model else [])
    )
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with serving() as found:
        for name, value in {"URL": found.url, "MODEL": "tiny", "KEY": "sk-never-shown", "SECONDS": "5"}.items():
            monkeypatch.setenv(f"PLUMBLINE_LLM_{name}", value)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield found


def test_extract_with_a_language_model_fills_what_the_hints_leave_empty(tmp_path: Path, service: Service) -> None:
    (tmp_path / "b.yaml").write_text(BLUEPRINT)
    text = "On 5 March 2011 members of Red Dawn attacked a bridge with rifles. Police said that Judge Rios was wounded."
    reports = lines(tmp_path / "in.jsonl", [{"id": "a", "text": text}, {"id": "none", "text": " "}])
    words = ("extract", reports, "--blueprint", tmp_path / "b.yaml", "--llm", "--json")
    first, second = (json.loads(line) for line in run(*words).stdout.splitlines())
    told = first["incidents"][0]["fields"]
    assert {one["extractor"] for one in told["victim"]} == {"llm/tiny"} and second["incidents"] == []
    assert all(text[one["start"] : one["end"]] == one["text"] for found in told.values() for one in found)
    service.reply = "refused"
    result = run(*words)
    assert (
        "a: 9 parts of the language model's reply were refused: they are not in the text, or name no field of"
        in result.stderr
    )
    assert "mortar" not in result.stdout and "sk-never-shown" not in result.output


def test_a_language_model_that_fails_is_asked_once_and_the_hints_stand(tmp_path: Path, service: Service) -> None:
    reports = lines(tmp_path / "in.jsonl", [WASTE, {**WASTE, "id": 8}])
    service.reply = "401"
    result = run("extract", reports, "--blueprint", "hazardous-waste", "--llm", "--json")
    assert result.exit_code == 0 and len(service.asked) == 1
    assert "status 401" in result.stderr and "read without it" in result.stderr
    plain = run("extract", reports, "--blueprint", "hazardous-waste", "--json")
    assert result.stdout == plain.stdout


def test_a_language_model_that_is_not_set_up_or_not_alone_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports = lines(tmp_path / "in.jsonl", [WASTE])
    for url in ("", "ftp://x"):
        monkeypatch.setenv("PLUMBLINE_LLM_URL", url)
        result = run("extract", reports, "--blueprint", "hazardous-waste", "--llm")
        assert result.exit_code == 2 and "PLUMBLINE_LLM_MODEL" in result.stderr and len(result.stderr.splitlines()) == 1
    assert run("extract", reports, "--blueprint", "hazardous-waste", "--llm", "--model", tmp_path).exit_code == 2
    for name, value in {"URL": "http://127.0.0.1:1/v1", "MODEL": "tiny", "SECONDS": "soon"}.items():
        monkeypatch.setenv(f"PLUMBLINE_LLM_{name}", value)
    assert "PLUMBLINE_LLM_SECONDS" in run("extract", reports, "--blueprint", "hazardous-waste", "--llm").stderr
