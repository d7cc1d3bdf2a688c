"""Shipped blueprints, comparison and the JSON Schema of types."""

from __future__ import annotations

import pickle

import pytest

from plumbline.domain.blueprints import (
    Blueprint,
    Loss,
    compare,
    json_schema,
    load_shipped,
    localised,
    parse,
    shipped_ids,
)  # fmt: skip
from plumbline.domain.errors import NotFound

LANGUAGES = {"en", "fr", "es", "ar", "ru", "zh", "it"}


@pytest.fixture(params=shipped_ids())
def shipped(request: pytest.FixtureRequest) -> Blueprint:
    return load_shipped(request.param)


def test_shipped_ids_name_both_houses() -> None:
    assert {"cbrn-incidents", "hazardous-waste"} <= set(shipped_ids())


def test_load_shipped_unknown_id_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="Did you mean 'hazardous-waste'"):
        load_shipped("hazardus-waste")


def test_shipped_every_label_has_seven_languages(shipped: Blueprint) -> None:
    labels = {"title": shipped.title, "summary": shipped.summary}
    for kind in shipped.types.values():
        labels |= {kind.id: kind.title, f"{kind.id}.plural": kind.plural}
        labels |= {f"{kind.id}.{field.id}": field.label for field in kind.fields.values()}
    for vocabulary in shipped.vocabularies.values():
        labels |= {vocabulary.id: vocabulary.title}
        labels |= {f"{vocabulary.id}.{term.id}": term.label for term in vocabulary.terms}
    assert {path for path, label in labels.items() if set(label) != LANGUAGES} == set()


def test_shipped_no_word_means_two_terms(shipped: Blueprint) -> None:
    for vocabulary in shipped.vocabularies.values():
        owners: dict[tuple[str, str], set[str]] = {}
        for term in vocabulary.terms:
            for language in LANGUAGES:
                for word in (term.label[language], *term.synonyms.get(language, ())):
                    owners.setdefault((language, word.casefold()), set()).add(term.id)
        assert {word: ids for word, ids in owners.items() if len(ids) > 1} == {}


def test_shipped_cues_and_sources_are_given_in_every_language(shipped: Blueprint) -> None:
    incident = shipped.types["incident"]
    assert incident.extraction is not None
    assert set(incident.extraction.cues) == LANGUAGES
    assert all(vocabulary.source for vocabulary in shipped.vocabularies.values())


def test_shipped_personal_data_is_stricter_than_the_record(shipped: Blueprint) -> None:
    incident = shipped.types["incident"]
    for field_id in incident.traits["person-data"].values():
        sharing = incident.fields[field_id].sharing
        assert sharing is not None
        assert sharing.level == "AMBER+STRICT"


def test_hazardous_waste_holds_the_basel_codes() -> None:
    ids = {term.id for term in load_shipped("hazardous-waste").vocabularies["waste"].terms}
    assert {f"Y{number}" for number in range(1, 50)} | {"A1181", "B1110", "B3011", "A3210"} <= ids


def test_blueprint_crosses_process_borders(shipped: Blueprint) -> None:
    assert pickle.loads(pickle.dumps(shipped)) == shipped


def test_compare_same_text_finds_nothing(shipped: Blueprint) -> None:
    assert not compare(shipped, parse(shipped.text, name="again"))


def test_compare_names_what_would_be_lost_and_what_is_new() -> None:
    old = load_shipped("hazardous-waste")
    text = old.text.replace("      port:\n", "      harbour:\n")
    text = text.replace("units: [t, kg, m3,", "units: [t, kg,").replace("- id: B3020", "- id: B3021")
    changes = compare(old, parse(text, name="new"))
    assert changes.lost == (
        Loss("types.incident.fields.amount.units.m3", "unit"),
        Loss("types.incident.fields.port", "field"),
        Loss("vocabularies.waste.terms.B3020", "term"),
    )
    assert set(changes.added) == {"types.incident.fields.harbour", "vocabularies.waste.terms.B3021"}


def test_compare_changed_type_of_a_field_is_a_loss() -> None:
    old = load_shipped("cbrn-incidents")
    start = old.text.index("      recovered:")
    text = old.text[:start] + old.text[start:].replace("type: flag", "type: text", 1)
    assert compare(old, parse(text, name="new")).lost == (Loss("types.incident.fields.recovered", "field-type"),)


def test_json_schema_describes_every_field(shipped: Blueprint) -> None:
    incident = shipped.types["incident"]
    schema = json_schema(incident, shipped)
    assert set(schema["properties"]) == set(incident.fields)
    assert schema["properties"]["amount"]["type"] == "array"
    assert "t" in schema["properties"]["amount"]["items"]["properties"]["unit"]["enum"]


def test_localised_falls_back_to_base_language_then_english_then_any() -> None:
    texts = {"en": "Lead", "pt": "Chumbo"}
    assert [localised(texts, language) for language in ("pt-BR", "ru")] == ["Chumbo", "Lead"]
    assert (localised({"ar": "رصاص"}, "fr"), localised({}, "fr")) == ("رصاص", "")
