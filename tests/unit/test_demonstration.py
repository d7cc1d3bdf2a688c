"""The demonstration: fictional and labelled so, in seven languages, with marks that point at real words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from functools import cache
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from plumbline.domain.access import ROLES, Mark, Viewer, decide, mark_from_json

FOLDER = Path(__file__).parents[2] / "src/plumbline/demonstration"
REPORTS = sorted(path.name for path in (FOLDER / "reports").iterdir())
LABELS = {
    "en": "Fictional report for demonstration",
    "fr": "Rapport fictif à des fins de démonstration",
    "es": "Informe ficticio con fines de demostración",
    "ru": "Вымышленный отчёт для демонстрации",
    "zh": "虚构报告，仅供演示",
    "ar": "تقرير خيالي لأغراض العرض التوضيحي",
    "it": "Testo immaginario a scopo dimostrativo",
}


@cache
def _yaml(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER / name).read_text(encoding="utf-8")))


class _Words(HTMLParser):
    """Collect the text of a page's body, one line an element."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._inside = self._inside or tag == "body"

    def handle_data(self, data: str) -> None:
        if self._inside and data.strip():
            self.lines.append(data.strip())


@cache
def _text(name: str) -> str:
    raw = (FOLDER / "reports" / name).read_text(encoding="utf-8")
    if not name.endswith(".html"):
        return raw
    words = _Words()
    words.feed(raw)
    return "\n".join(words.lines)


def _viewer(organisation: str) -> Viewer:
    groups = {f"group:{group['slug']}" for group in _yaml("demo.yaml")["groups"] if organisation in group["members"]}
    return Viewer("person:test", frozenset({"public", "community", f"org:{organisation}", *groups}))


def _reports() -> dict[str, dict[str, Any]]:
    return {report["file"]: report for report in _yaml("demo.yaml")["reports"]}


def _expected() -> dict[str, list[dict[str, Any]]]:
    return {report["file"]: report["incidents"] for report in _yaml("expected.yaml")["reports"]}


def test_demonstration_files_are_those_that_are_listed_once() -> None:
    listed = [report["file"] for report in _yaml("demo.yaml")["reports"]]
    assert sorted(listed) == REPORTS
    assert sorted(report["file"] for report in _yaml("expected.yaml")["reports"]) == REPORTS


def test_demonstration_speaks_the_six_languages_and_italian_in_three_workspaces() -> None:
    reports = _reports().values()
    assert {report["language"] for report in reports} == set(LABELS)
    assert set(_yaml("demo.yaml")["installation"]["name"]) == set(LABELS)
    counts = Counter(report["workspace"] for report in reports)
    assert counts == {"hazardous-waste": 24, "cbrn-incidents": 14, "precious-metals": 3}


@pytest.mark.parametrize("name", REPORTS)
def test_report_first_line_says_in_its_language_that_it_is_fictional(name: str) -> None:
    assert LABELS[_reports()[name]["language"]] in _text(name).splitlines()[0]


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_described_with_known_grades_and_a_valid_mark(name: str) -> None:
    report = _reports()[name]
    assert report["reliability"] in "ABCDEF"
    assert report["credibility"] in "123456"
    assert isinstance(report["published"], date)
    assert report["title"]
    assert report["publisher"]
    mark_from_json(report["mark"])


def test_organisations_groups_and_people_fit_together() -> None:
    demo = _yaml("demo.yaml")
    organisations = {organisation["slug"] for organisation in demo["organisations"]}
    workspaces = {report["workspace"] for report in demo["reports"]}
    assert set(chain.from_iterable(group["members"] for group in demo["groups"])) <= organisations
    for person in demo["people"]:
        assert person["organisation"] in organisations
        assert person["email"].endswith("@example.org")
        assert set(person["roles"]) <= workspaces
        assert set(person["roles"].values()) <= set(ROLES)
    assert len({person["email"] for person in demo["people"]}) == len(demo["people"])


def test_marks_name_principals_that_exist() -> None:
    demo = _yaml("demo.yaml")
    known = {f"org:{one['slug']}" for one in demo["organisations"]} | {f"group:{one['slug']}" for one in demo["groups"]}
    for entry in (*demo["reports"], *demo["marks"]):
        mark = mark_from_json(entry["mark"])
        assert mark.audience <= known
        assert mark.owner is None or mark.owner in known


@pytest.mark.parametrize("number", range(5))
def test_stricter_mark_points_at_words_of_its_report_and_narrows_its_mark(number: int) -> None:
    entry = _yaml("demo.yaml")["marks"][number]
    report = _reports()[entry["report"]]
    assert _text(entry["report"]).count(entry["snippet"]) == 1
    assert entry["text"] in entry["snippet"]
    assert entry["event"] in {incident["event"] for incident in _expected()[entry["report"]]}
    strict, own = mark_from_json(entry["mark"]), mark_from_json(report["mark"])
    assert own.opens_as_wide_as(strict)
    assert not strict.opens_as_wide_as(own)


def test_actor_rests_on_words_of_its_report_and_on_fields_and_terms_of_its_blueprint() -> None:
    for actor in _yaml("demo.yaml")["actors"]:
        blueprint = _blueprint(_reports()[actor["report"]]["workspace"])
        fields = blueprint["types"][actor["type"]]["fields"]
        assert actor["event"] in {incident["event"] for incident in _expected()[actor["report"]]}
        for said in actor["values"]:
            field = fields[said["field"]]
            assert said["snippet"] in _text(actor["report"])
            if field["type"] == "text":
                assert said["value"] in said["snippet"]
            if "vocabulary" in field:
                terms = blueprint["vocabularies"][field["vocabulary"]]["terms"]
                assert said["value"] in {term["id"] for term in terms}


def test_ties_that_are_decided_join_actors_of_two_workspaces() -> None:
    space = {
        actor["values"][0]["value"]: _reports()[actor["report"]]["workspace"] for actor in _yaml("demo.yaml")["actors"]
    }
    for tie in _yaml("demo.yaml")["ties"]:
        assert len({space[name] for name in tie["between"]}) == 2
    assert len(space) > 2 * len(_yaml("demo.yaml")["ties"])  # others are left to be decided


def test_what_is_made_public_is_told_in_public() -> None:
    for event in _yaml("demo.yaml")["published"]:
        files = [name for name, told in _expected().items() if event in {one["event"] for one in told}]
        assert files
        assert all(_reports()[name]["mark"]["level"] == "CLEAR" for name in files)


def test_every_stricter_mark_is_tried() -> None:
    assert len(_yaml("demo.yaml")["marks"]) == 5


def test_two_focal_points_read_both_reports_of_one_incident_but_not_the_same_values() -> None:
    def seen(organisation: str) -> set[tuple[str, str]]:
        viewer, marks = _viewer(organisation), _yaml("demo.yaml")["marks"]
        return {
            (entry["report"][14:20], entry["field"])
            for entry in marks
            if entry["event"] == "caesium-izmir" and decide(viewer, "read", mark_from_json(entry["mark"])).allowed
        }

    both = [_reports()[f"caesium-izmir-{state}.txt"]["mark"] for state in ("nordravia", "sudria")]
    for organisation in ("nordravia", "sudria", "institute"):
        assert all(decide(_viewer(organisation), "read", mark_from_json(mark)).allowed for mark in both)
    assert not any(decide(_viewer("port-lumen"), "read", mark_from_json(mark)).allowed for mark in both)
    assert seen("nordravia") == {("nordra", "victim_names"), ("nordra", "place"), ("nordra", "amount")}
    assert seen("sudria") == {("sudria", "reporter")}
    assert seen("institute") == {("nordra", "place")}


def test_internal_note_opens_to_its_owner_alone() -> None:
    mark = mark_from_json(_reports()["nordravia-registry-gap.txt"]["mark"])
    readers = {
        slug
        for slug in ("institute", "nordravia", "sudria", "port-lumen")
        if decide(_viewer(slug), "read", mark).allowed
    }
    assert readers == {"nordravia"}
    assert mark != Mark()


def test_events_at_least_four_are_told_by_several_reports_in_several_languages() -> None:
    told: defaultdict[str, set[str]] = defaultdict(set)
    languages: defaultdict[str, set[str]] = defaultdict(set)
    for name, incidents in _expected().items():
        for incident in incidents:
            told[incident["event"]].add(name)
            languages[incident["event"]].add(_reports()[name]["language"])
    assert len([event for event in told if len(told[event]) >= 2 and len(languages[event]) >= 2]) >= 4
    assert max(len(names) for names in told.values()) == 4


def test_events_contradict_each_other_and_some_reports_tell_two_or_none() -> None:
    amounts: defaultdict[str, set[float]] = defaultdict(set)
    for incident in chain.from_iterable(_expected().values()):
        if "amount" in incident:
            amounts[incident["event"]].add(incident["amount"]["value"])
    assert len([event for event in amounts if len(amounts[event]) > 1]) >= 4
    counts = Counter(len(incidents) for incidents in _expected().values())
    assert counts[0] == 4
    assert counts[2] >= 3


@pytest.mark.parametrize("name", REPORTS)
def test_expected_words_and_places_stand_in_the_report(name: str) -> None:
    text = _text(name).casefold()
    for incident in _expected()[name]:
        assert incident["place"].casefold() in text, incident
        assert [word for word in incident["words"] if word.casefold() not in text] == []
        assert re.fullmatch(r"[A-Z]{2}", incident["country"])
        assert re.fullmatch(r"20\d\d-\d\d(-\d\d)?", incident["date"])
        assert incident["date"] <= _reports()[name]["published"].isoformat()


@pytest.mark.parametrize("name", REPORTS)
def test_report_length_is_that_of_a_short_report(name: str) -> None:
    words = len(_text(name)) / 2 if _reports()[name]["language"] == "zh" else len(_text(name).split())
    assert 75 <= words <= 450


def _blueprint(slug: str) -> dict[str, Any]:
    return dict(yaml.safe_load((FOLDER.parent / f"blueprints/{slug}.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("slug", ["hazardous-waste", "cbrn-incidents", "precious-metals"])
def test_expected_terms_are_those_of_the_blueprint_and_of_told_events(slug: str) -> None:
    blueprint, terms = _blueprint(slug), _yaml("expected.yaml")["terms"][slug]
    vocabulary = blueprint["types"]["incident"]["fields"][terms["field"]]["vocabulary"]
    known = {term["id"] for term in blueprint["vocabularies"][vocabulary]["terms"]}
    told = {incident["event"] for incident in chain.from_iterable(_expected().values())}
    assert set(chain.from_iterable(terms["events"].values())) <= known
    assert set(terms["events"]) <= told


def test_stricter_marks_are_on_fields_of_their_blueprint() -> None:
    for entry in _yaml("demo.yaml")["marks"]:
        fields = _blueprint(_reports()[entry["report"]]["workspace"])["types"]["incident"]["fields"]
        assert entry["field"] in fields
        assert (fields[entry["field"]]["type"] == "text") == isinstance(entry["value"], str)


def test_expected_amounts_are_in_units_of_their_blueprint() -> None:
    for name, incidents in _expected().items():
        units = _blueprint(_reports()[name]["workspace"])["types"]["incident"]["fields"]["amount"]["units"]
        assert [one["event"] for one in incidents if "amount" in one and one["amount"]["unit"] not in units] == []
