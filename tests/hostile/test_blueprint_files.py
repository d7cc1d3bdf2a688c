"""Blueprint files that are broken or hostile: each is refused by sentences that name line and path."""

from __future__ import annotations

import time

import pytest

from plumbline.domain.blueprints import BlueprintInvalid, Problem, parse

GOOD = """\
blueprint: test-house
version: 1
title: {en: Test}
content_languages: [en, fr]
types:
  incident:
    title: {en: Incident}
    traits:
      event: {when: date}
    title_from: [date]
    fields:
      date: {type: date, label: {en: Date}}
      amount: {type: quantity, units: [t], label: {en: Amount}}
      waste: {type: term, vocabulary: waste, label: {en: Waste}}
      person: {type: text, label: {en: Person}}
    sort: [date]
    extraction:
      cues: {en: [seized]}
      fields:
        date: {from: dates}
      link: {same: 0.85, similar: 0.55}
vocabularies:
  waste:
    title: {en: Waste}
    terms:
      - {id: Y1, label: {en: Clinical}}
      - {id: Y2, label: {en: Pharma}, broader: Y1}
sharing:
  records: {level: AMBER}
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(BlueprintInvalid) as refusal:
        parse(text, name="x.yaml")
    return refusal.value.problems


def test_parse_good_file_is_read() -> None:
    assert parse(GOOD, name="x.yaml").types["incident"].find_field("event", "when").id == "date"


CASES = [
    ("event: {when: date}", "evnt: {when: date}", "types.incident.traits.evnt", "Did you mean 'event'"),
    ("event: {when: date}", "event: {when: amount}", "types.incident.traits.event.when", "needs date"),
    ("event: {when: date}", "event: {when: dat}", "types.incident.traits.event.when", "Did you mean 'date'"),
    ("event: {when: date}", "event: {whn: date}", "types.incident.traits.event.whn", "Did you mean 'when'"),
    ("event: {when: date}", "event: {}", "types.incident.traits.event", "needs 'when"),
    ("title_from: [date]", "title_from: [dte]", "types.incident.title_from[0]", "Did you mean 'date'"),
    ("sort: [date]", "sort: [when]", "types.incident.sort[0]", "Known: date"),
    ("type: date,", "type: dte,", "types.incident.fields.date.type", "Did you mean 'date'"),
    ("type: date,", "type: date, facets: true,", "types.incident.fields.date.facets", "Did you mean 'facet'"),
    ("units: [t],", "units: [t], facet: true,", "types.incident.fields.amount.facet", "cannot be a facet"),
    ("units: [t],", "units: [tn],", "types.incident.fields.amount.units[0]", "is no unit"),
    ("units: [t],", "", "types.incident.fields.amount", "needs 'units'"),
    ("vocabulary: waste", "vocabulary: wast", "types.incident.fields.waste.vocabulary", "Did you mean 'waste'"),
    ("label: {en: Date}", "label: {fr: Date}", "types.incident.fields.date.label", "English text is missing"),
    ("label: {en: Date}", "label: {en: Date, frr1: x}", "types.incident.fields.date.label.frr1", "no language code"),
    ("label: {en: Date}", "label: Date", "types.incident.fields.date.label", "{en: ..., fr: ...}"),
    ("[en, fr]", "[en, qqq]", "content_languages[1]", "no language code"),
    ("level: AMBER", "level: AMBR", "sharing.records.level", "Did you mean 'AMBER'"),
    ("level: AMBER", "level: AMBER, audience: [groop:1]", "sharing.records.audience[0]", "no principal"),
    ("broader: Y1", "broader: Y9", "vocabularies.waste.terms[1].broader", "does not exist"),
    ("broader: Y1", "broader: Y2", "vocabularies.waste.terms[1].broader", "broader than itself"),
    ("id: Y2", "id: Y1", "vocabularies.waste.terms[1].id", "already on line 26"),
    ("{en: Pharma}", "{en: clinical}", "vocabularies.waste.terms[1].label.en", "already means 'Y1'"),
    ("{from: dates}", "{from: placs}", "types.incident.extraction.fields.date.from", "Did you mean 'places'"),
    ("{from: dates}", "{from: places}", "types.incident.extraction.fields.date.from", "cannot be filled"),
    ("{from: dates}", "{from: earlier}", "types.incident.extraction.fields.date.from", "fill one from dates"),
    (
        "{en: Pharma}",
        "{en: Pharma}, synonyms: {en: [… seal]}",
        "vocabularies.waste.terms[1].synonyms.en[0]",
        "between two words",
    ),
    (
        "{en: Pharma}",
        "{en: Pharma}, synonyms: {en: [put ... seal]}",
        "vocabularies.waste.terms[1].synonyms.en[0]",
        "between two words",
    ),
    (
        "{en: Pharma}",
        "{en: Pharma}, synonyms: {en: [put| … under seal]}",
        "vocabularies.waste.terms[1].synonyms.en[0]",
        "nothing stands",
    ),
    ("same: 0.85", "same: 0.3", "types.incident.extraction.link", "is above 'same'"),
    ("same: 0.85", "same: 85", "types.incident.extraction.link.same", "too large"),
    ("version: 1", "version: one", "version", "whole number"),
    ("version: 1", "", "version", "is missing"),
    ("blueprint: test-house", "blueprint: Test House", "blueprint", "is no slug"),
    ("      person: {", "      date: {", "types.incident.fields.date", "already on line 12"),
    ("      person: {", "      title: {", "types.incident.fields.title", "kept for the platform"),
]


@pytest.mark.parametrize(("old", "new", "path", "words"), CASES, ids=[f"{path}-{words}" for _, _, path, words in CASES])
def test_parse_one_mistake_names_line_path_and_remedy(old: str, new: str, path: str, words: str) -> None:
    assert old in GOOD
    broken = GOOD.replace(old, new, 1)
    found = [problem for problem in problems_of(broken) if problem.path == path and words in problem.message]
    assert found, problems_of(broken)
    if new:
        assert found[0].line == 1 + broken[: GOOD.index(old) + len(new) - len(new.lstrip())].count("\n")


def test_parse_personal_data_without_sharing_points_at_the_field() -> None:
    (problem,) = problems_of(GOOD.replace("event: {when: date}", "person-data: {persons: person}"))
    assert (problem.line, problem.path) == (15, "types.incident.fields.person")
    assert "add sharing: {level: AMBER+STRICT}" in problem.message


def test_parse_many_mistakes_reports_all_in_order_of_lines() -> None:
    broken = GOOD.replace("version: 1", "version: x").replace("{from: dates}", "{from: x}").replace("[t]", "[zz]")
    lines = [problem.line for problem in problems_of(broken)]
    assert lines == sorted(lines)
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no keys"),
        ("- a\n- b\n", "holds no keys"),
        ("a: [1, 2\nb: 3\n", "not well-formed"),
        ("a: \x00", "not well-formed"),
        ("blueprint: !!python/object/apply:os.system [id]\n", "Tag"),
        ("a: 1\n---\nb: 2\n", "second document"),
        ("a: " + "[" * 5000 + "]" * 5000, "levels deep"),
        ("? [a, b]\n: 1\n", "A key must be a word"),
    ],
)  # fmt: skip
def test_parse_hostile_text_is_refused_with_a_sentence(text: str, words: str) -> None:
    assert any(words in problem.message for problem in problems_of(text))


def test_parse_alias_bomb_is_refused_at_once() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    started = time.monotonic()
    found = problems_of("\n".join(layers))
    assert time.monotonic() - started < 2
    assert found[0].line == 1
    assert any("Alias *a0" in problem.message for problem in found)


def test_parse_file_above_two_megabytes_is_refused() -> None:
    assert "larger than 2 MB" in problems_of("a: " + "x" * 2_000_001)[0].message
