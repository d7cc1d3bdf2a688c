"""The institute's content: complete, linked, in our own words, with figures as printed."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from plumbline.domain.results import (
    Activity,
    ContentInvalid,
    Framework,
    Systems,
    check_links,
    load_activities,
    load_framework,
    load_systems,
)

ROOT = Path(__file__).parents[3]
CONTENT = ROOT / "src/plumbline/apps/programme/content"
FILES = ("framework.yaml", "activities-2012.yaml", "systems.yaml")
SEQUENCE = 8  # words: no passage of a seed as long as this may stand in our text


def _text(name: str) -> str:
    return (CONTENT / name).read_text(encoding="utf-8")


@cache
def _framework() -> Framework:
    return load_framework(_text("framework.yaml"))


@cache
def _activities() -> tuple[Activity, ...]:
    return load_activities(_text("activities-2012.yaml"))


@cache
def _systems() -> Systems:
    return load_systems(_text("systems.yaml"))


def _seeds() -> Path:
    folder = os.environ.get("PLUMBLINE_SEEDS")
    if not folder:
        pytest.skip("PLUMBLINE_SEEDS is unset: it names the folder with the two founding documents")
    return Path(folder)


def _paragraphs() -> dict[int, str]:
    text = (_seeds() / "board-report-2012.txt").read_text(encoding="utf-8")
    parts = re.split(r"^ ?(\d{1,2})\. ", text, flags=re.MULTILINE)
    found: dict[int, str] = {}
    for number, body in zip(parts[1::2], parts[2::2], strict=True):
        found[int(number)] = found.get(int(number), "") + " " + " ".join(body.split())
    return found


def _sequences(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", text.casefold())
    return {tuple(words[start : start + SEQUENCE]) for start in range(len(words) - SEQUENCE + 1)}


def _strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in _strings(part)]
    return [value] if isinstance(value, str) else []


def test_framework_shipped_counts_are_those_of_the_document() -> None:
    framework = _framework()
    assert (len(framework.threats), len(framework.priorities), len(framework.outcomes)) == (7, 6, 17)
    assert [len(priority.outcomes) for priority in framework.priorities] == [3, 3, 3, 2, 3, 3]
    assert [function.id for function in framework.functions] == list("abcdefgh")
    assert [goal.number for goal in framework.goals] == [16, 2, 3, 4, 5, 6, 8, 9, 11, 14, 15]
    assert [goal.number for goal in framework.goals if goal.lead] == [16]
    assert len(framework.tools) == 7
    assert len(framework.themes) == 34


def test_framework_shipped_training_has_four_routes() -> None:
    assert [len(tool.routes) for tool in _framework().tools if tool.id == "training"] == [4]


def test_framework_shipped_every_threat_and_goal_is_answered_by_a_priority() -> None:
    framework = _framework()
    assert {id for priority in framework.priorities for id in priority.threats} == {
        threat.id for threat in framework.threats
    }
    assert {id for priority in framework.priorities for id in priority.goals} == {goal.id for goal in framework.goals}


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_framework_shipped_is_told_in_the_language(language: str) -> None:
    framework = _framework()
    parts = (
        *framework.threats,
        *framework.priorities,
        *framework.outcomes,
        *framework.themes,
        *framework.goals,
        *framework.tools,
    )
    assert [part.id for part in parts if not part.title.get(language)] == []


def test_links_between_the_files_all_lead_somewhere() -> None:
    assert check_links(_framework(), _activities(), _systems()) == ()


def test_links_with_an_unknown_system_are_named() -> None:
    systems = Systems(_systems().groups, tuple(row for row in _systems().rows if row.id != "C1"))
    broken = check_links(_framework(), (), systems)
    assert [(link.source, link.target) for link in broken] == [("theme environmental-crime", "system C1")]


def test_activities_shipped_cover_every_paragraph_that_tells_one() -> None:
    assert {activity.paragraph for activity in _activities()} == set(range(4, 50)) - {23}
    assert all(activity.id.startswith(f"br-{activity.paragraph}") for activity in _activities())
    assert all(activity.title.get("ar") and activity.summary.get("ar") for activity in _activities())
    assert _activities()[0].reference == "board report 2012, paragraph 4"


def test_activities_figures_stand_in_their_paragraph_as_printed() -> None:
    paragraphs = _paragraphs()
    missing = [
        (activity.id, figure.value)
        for activity in _activities()
        for figure in activity.figures
        if figure.value not in paragraphs[activity.paragraph]
    ]
    assert missing == []


def test_activities_years_stand_in_their_paragraph_or_between_printed_ones() -> None:
    paragraphs = _paragraphs()
    for activity in _activities():
        printed = [int(year) for year in re.findall(r"\b(?:19|20)\d\d\b", paragraphs[activity.paragraph])]
        assert all(min(printed) <= year <= max(printed) for year in activity.years), activity.id


@pytest.mark.parametrize("name", FILES)
def test_content_shipped_holds_no_sentence_of_the_documents(name: str) -> None:
    seeds = set().union(*(_sequences(path.read_text(encoding="utf-8")) for path in _seeds().glob("*.txt")))
    taken = [text for text in _strings(yaml.safe_load(_text(name))) if _sequences(text) & seeds]
    assert taken == []


def test_systems_shipped_rows_are_grouped_and_in_part_rows_show_a_test_or_page() -> None:
    systems = _systems()
    assert len(systems.rows) == 56
    assert {row.group for row in systems.rows} == {group.id for group in systems.groups}
    for shown in (shown for row in systems.rows for shown in row.shown_by):
        assert shown.startswith("/") or (ROOT / shown).exists(), shown


def test_systems_theme_without_a_system_says_so() -> None:
    silent = [theme for theme in _framework().themes if not theme.systems]
    assert [theme.id for theme in silent] == ["legal-psychology", "community-policing"]
    assert all(theme.note and theme.note["en"] for theme in silent)


_ROW = "groups: [{id: g, title: {en: G}}]\nsystems:\n  - {id: X1, group: g, title: {en: T}, described: d, works_when: w, reference: r, state: STATE}"


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (_ROW.replace("STATE", "done"), 3, "'done' is unknown"),
        (_ROW.replace("STATE", "works"), 3, "names the page or test"),
        (_ROW.replace("group: g", "group: h").replace("STATE", "not yet"), 3, "'h' is unknown"),
        (_ROW.replace("{en: T}", "{fr: T}").replace("STATE", "not yet"), 3, "no English"),
        (_ROW.replace("described", "descriped").replace("STATE", "not yet"), 3, "is not a key here"),
        ("groups: [", 1, "is not YAML"),
        ("- a", 1, "must hold keys"),
    ],
)
def test_load_systems_broken_text_is_refused_with_line_and_reason(text: str, line: int, problem: str) -> None:
    with pytest.raises(ContentInvalid, match=problem) as caught:
        load_systems(text)
    assert caught.value.params["line"] == line


def test_load_framework_unknown_threat_is_refused_at_its_key() -> None:
    text = _text("framework.yaml").replace("threats: [threat-1, threat-2]", "threats: [threat-1, threat-9]")
    with pytest.raises(ContentInvalid) as caught:
        load_framework(text)
    assert caught.value.params["key"] == "priorities[0].threats"
    assert "threat-9" in str(caught.value)


def test_load_framework_theme_without_system_and_note_is_refused() -> None:
    text = _text("framework.yaml").replace("systems: [C6]}", "systems: []}", 1)
    with pytest.raises(ContentInvalid, match="says so"):
        load_framework(text)


def test_load_activities_same_id_twice_is_refused() -> None:
    with pytest.raises(ContentInvalid, match="used twice"):
        load_activities(_text("activities-2012.yaml").replace("id: br-5-2", "id: br-5-1"))
