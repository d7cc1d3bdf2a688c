"""Loads the demonstration: a fictional institute, its people, reports in many languages, and marks set by hand."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from typing import Any

import yaml

from plumbline.apps.accounts.actions import put_group, put_organisation, put_person
from plumbline.apps.accounts.queries import SYSTEM, find_viewer_by_email
from plumbline.apps.library.actions import (
    NewClaim,
    add_claims,
    create_record,
    mark_entry,
    merge_records,
    set_status,
)
from plumbline.apps.library.comparing import compare_all
from plumbline.apps.library.indexing import drain_index
from plumbline.apps.library.intake import take_in
from plumbline.apps.library.queries import claims_of, entries_with, find_passage_with, get_entry, resting_on, works
from plumbline.apps.library.ties import ties
from plumbline.apps.records.actions import decide_tie, enter_record
from plumbline.apps.spine.actions import apply_blueprint, name_installation
from plumbline.apps.spine.jobs import Runner
from plumbline.apps.spine.queries import blueprint_of, get_workspace, installation
from plumbline.domain.access import Mark, Viewer, mark_from_json
from plumbline.domain.blueprints import load_shipped, parse_form_value
from plumbline.domain.errors import InvalidInput
from plumbline.domain.linking.actors import same_name

Say = Callable[[str], None]
ANALYST = "analyst@example.org"
FOLDER = "plumbline.demonstration"
INCIDENT = "incident"
PUBLISHED = 4
"""So many incidents of the waste workspace are reviewed and public; the rest waits, as in real life."""


def load(*, password: str | None, progress: Say) -> Iterator[str]:
    """Load the demonstration once; yields the lines to print: accounts and their passwords.

    Run again, it makes new passwords and leaves the evidence as it stands.
    """
    plan = yaml.safe_load((resources.files(FOLDER) / "demo.yaml").read_text(encoding="utf-8"))
    first = installation() is None
    _organise(plan)
    passwords = _people(plan, password)
    if first or not works(_analyst()).exists():
        progress("Reading the reports of the demonstration …")
        _deposit(plan)
        _work()
        progress("Setting marks, accepting and merging what belongs together …")
        _settle(plan)
        progress("Entering actors, and deciding which two workspaces share …")
        _enter_actors(plan)
        _work()
        _decide_ties(plan)
    drain_index()
    yield "Accounts of the demonstration (all of it is fictional):"
    for person in plan["people"]:
        yield f"  {person['email']:28} {passwords[person['email']]:14} {person['name']}, {person['organisation']}"


def _analyst() -> Viewer:
    return find_viewer_by_email(ANALYST) or SYSTEM


def _organise(plan: Mapping[str, Any]) -> None:
    names = plan["installation"]["name"]
    name_installation(names["en"], plan["installation"].get("owner", names["en"]), {"name": names}, by=SYSTEM)
    for slug in dict.fromkeys(report["workspace"] for report in plan["reports"]):
        apply_blueprint(load_shipped(slug).text, name=slug, by=SYSTEM)
    for one in plan["organisations"]:
        put_organisation(one["slug"], one["name"]["en"], by=SYSTEM)
    for one in plan["groups"]:
        put_group(one["slug"], one["name"]["en"], one["members"], by=SYSTEM)


def _people(plan: Mapping[str, Any], password: str | None) -> dict[str, str]:
    passwords = {}
    for one in plan["people"]:
        passwords[one["email"]] = password or secrets.token_urlsafe(8)
        put_person(
            one["email"], name=one["name"], organisation=one["organisation"], roles=one["roles"],
            language=one["language"], administrator=one.get("administrator", False),
            password=passwords[one["email"]], by=SYSTEM,
        )  # fmt: skip
    return passwords


def _owner_of(plan: Mapping[str, Any], report: Mapping[str, Any]) -> Viewer:
    """Find who deposits a report: a contributor of the organisation that owns it, else the analyst."""
    owner = report["mark"].get("owner", "")
    for one in plan["people"]:
        role = one["roles"].get(report["workspace"], "reader")
        if owner == f"org:{one['organisation']}" and role != "reader":
            return find_viewer_by_email(one["email"]) or _analyst()
    return _analyst()


def _deposit(plan: Mapping[str, Any]) -> None:
    for report in plan["reports"]:
        by = _owner_of(plan, report)
        workspace = get_workspace(report["workspace"], by)
        about = {
            "title": report["title"], "publisher": report["publisher"], "language": report["language"],
            "date": report["published"], "type": report["kind"], "reliability": report.get("reliability", ""),
            "credibility": str(report.get("credibility", "")),
        }  # fmt: skip
        mark = Mark(report["mark"]["level"], by.organisation, frozenset(report["mark"].get("audience", ())))
        with resources.as_file(resources.files(FOLDER) / "reports" / report["file"]) as path:
            take_in(path, report["file"], workspace, by=by, mark=mark, about=about)


def _work() -> None:
    with Runner() as runner:
        while runner.run_one():
            pass
    compare_all(SYSTEM)


def _settle(plan: Mapping[str, Any]) -> None:
    reports = {report["file"]: report for report in plan["reports"]}
    for one in plan["marks"]:
        _restrict(plan, reports[one["report"]], one)
    for event in dict.fromkeys(one["event"] for one in plan["marks"]):
        _join({one["report"] for one in plan["marks"] if one["event"] == event}, reports)
    for files in _to_publish(plan):
        record = _join(files, reports)
        if record is not None:
            mark_entry(record, Mark("CLEAR", _analyst().organisation), by=_analyst())


def _to_publish(plan: Mapping[str, Any]) -> list[set[str]]:
    """Give the open reports, by event, of what is made public: events told by several, and those that the plan names."""
    told = _told_in_public(plan)
    several = sorted(told, key=lambda event: -len(told[event]))[:PUBLISHED]
    return [told[event] for event in dict.fromkeys([*several, *plan["published"]])]


def _told_in_public(plan: Mapping[str, Any]) -> dict[str, set[str]]:
    """Give the open reports of the waste workspace by event."""
    key = yaml.safe_load((resources.files(FOLDER) / "expected.yaml").read_text(encoding="utf-8"))
    public = {
        one["file"] for one in plan["reports"]
        if one["workspace"] == "hazardous-waste" and one["mark"]["level"] == "CLEAR" and not one["file"].endswith(".csv")
    }  # fmt: skip
    events: dict[str, set[str]] = {}
    for report in key["reports"]:
        if report["file"] in public and report["incidents"]:
            events.setdefault(report["incidents"][0]["event"], set()).add(report["file"])
    return events


def _records_of(report: Mapping[str, Any], viewer: Viewer) -> list[Any]:
    work = works(viewer).filter(work__name=report["file"]).first()
    told = resting_on(work, viewer) if work else []
    return [one for one in told if one.type == INCIDENT and one.status in ("proposed", "accepted")]


def _restrict(plan: Mapping[str, Any], report: Mapping[str, Any], one: Mapping[str, Any]) -> None:
    """Set a value by hand with a stricter mark, resting on the stretch of the report that the plan names."""
    by = _owner_of(plan, report)
    records = _records_of(report, by)
    work = works(by).filter(work__name=report["file"]).first()
    found = find_passage_with(work, one["snippet"], by) if work else None
    if work is None or found is None:
        raise InvalidInput("demo.mark", "The demonstration names {text}, which was not read.", text=one["text"])
    key, start = found
    blueprint = blueprint_of(work.workspace)
    field = blueprint.types[INCIDENT].fields[one["field"]]
    value = one.get("value") or parse_form_value(field, {"value": one["text"]}, blueprint=blueprint)
    mark = mark_from_json(one["mark"])
    claim = NewClaim(field.id, value, key, start, start + len(one["snippet"]), mark=mark)
    if records:
        add_claims(max(records, key=lambda record: len(claims_of(record, by))), [claim], by=by)
    else:
        create_record(work.workspace, INCIDENT, [claim], by=by)


def _join(files: set[str], reports: Mapping[str, Mapping[str, Any]]) -> Any:
    """Merge the reports' records of one event and accept what they say, as the analyst would; None where none is."""
    by = _analyst()
    told = [record for file in sorted(files) for record in _main_records(_records_of(reports[file], by), by)]
    keys = list(dict.fromkeys(record.public_id for record in told))
    if not keys:
        return None
    if len(keys) > 1:
        merge_records(get_entry(keys[0], by), [get_entry(key, by) for key in keys[1:]], by=by)
    set_status(get_entry(keys[0], by), "accepted", by=by)
    return get_entry(keys[0], by)


def _main_records(records: list[Any], by: Viewer) -> list[Any]:
    """Choose what a report mainly tells: records of which a value was set by hand, else the one with most claims."""
    claims = {record.pk: claims_of(record, by) for record in records}
    by_hand = [record for record in records if any(claim.person for claim in claims[record.pk])]
    return by_hand or sorted(records, key=lambda record: len(claims[record.pk]))[-1:]


def _enter_actors(plan: Mapping[str, Any]) -> None:
    """Accept the actors of the plan that reading proposed, and enter the others by hand; each value rests on its words."""
    by = _analyst()
    reports = {report["file"]: report for report in plan["reports"]}
    for one in plan["actors"]:
        work = works(by).get(work__name=one["report"])
        claims = [_claim_on(work, value, by) for value in one["values"]]
        records = _main_records(_records_of(reports[one["report"]], by), by)
        actor = _proposed_actor(records, claims[0].value, by)
        if actor is not None:
            add_claims(actor, claims[actor.title == claims[0].value :], by=by)
            set_status(actor, "accepted", by=by)
            continue
        actor = enter_record(work.workspace, one["type"], claims, by=by)
        for record in records:
            name = claims[0]
            named = NewClaim("involved", actor.public_id, name.passage, name.start, name.end)
            add_claims(record, [named], by=by)


def _proposed_actor(records: list[Any], name: str, by: Viewer) -> Any:
    """Find the actor of a name, in any script, that is proposed as involved in one of these records."""
    ids = {str(claim.value) for record in records for claim in claims_of(record, by) if claim.field == "involved"}
    found = entries_with(ids, by).values()
    return next((one for one in found if same_name(one.title, name) and one.status == "proposed"), None)


def _claim_on(work: Any, said: Mapping[str, Any], by: Viewer) -> NewClaim:
    """Make the claim of a value that rests on a stretch of a report."""
    found = find_passage_with(work, said["snippet"], by)
    if found is None:
        raise InvalidInput("demo.mark", "The demonstration names {text}, which was not read.", text=said["snippet"])
    key, start = found
    return NewClaim(said["field"], said["value"], key, start, start + len(said["snippet"]))


def _decide_ties(plan: Mapping[str, Any]) -> None:
    """Accept and reject by hand, as the plan says, the ties that rest on two names; the others wait."""
    by = _analyst()
    decided = {frozenset(one["between"]): one["decided"] for one in plan["ties"]}
    for seen in ties(by):
        names = {frozenset((one.one, one.other)) for one in seen.evidence if one.kind == "name"}
        for each in names & decided.keys():
            decide_tie(seen.tie.public_id, decided[each], by=by)
