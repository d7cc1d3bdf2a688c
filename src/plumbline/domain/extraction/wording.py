"""Read words that somebody pointed at as the value of a field."""

from __future__ import annotations

from datetime import date
from typing import Any

from plumbline.domain.blueprints import Blueprint, Field, parse_form_value
from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.dates import find_dates
from plumbline.domain.extraction.model import Gazetteer
from plumbline.domain.extraction.places import find_places
from plumbline.domain.extraction.quantities import find_people, find_quantities, unit_names
from plumbline.domain.extraction.terms import PhraseMatcher
from plumbline.domain.extraction.text import words_of


def value_of_words(
    field: Field, words: str, blueprint: Blueprint, *, language: str, published: date | None, gazetteer: Gazetteer
) -> Any:
    """Read words as a field's value: first as a form would, then as in running text; None where they hold none.

    'on 14 March' is a date of the year that `published` tells; 'the port of Naples' is the place with its coordinates.
    """
    text = " ".join(words.split())
    strings = {language.split("-")[0]: text} if field.type == "localised" else {"value": text}
    try:
        value = parse_form_value(field, strings, blueprint=blueprint, language=language)
    except InvalidInput:
        value = None
    if value is not None and not (field.type == "place" and value.get("lat") is None):
        return value
    found = _found(field, text, blueprint, language, published, gazetteer)
    return found if found is not None else value


def _found(
    field: Field, text: str, blueprint: Blueprint, language: str, published: date | None, gazetteer: Gazetteer
) -> Any:
    """The first value of a field's type that running text holds; None where it holds none."""
    match field.type:
        case "date":
            spans = find_dates(text, language=language, published=published)
        case "place" | "country":
            spans = find_places(text, language=language, gazetteer=gazetteer)
            values = [span.value.value() for span in spans]
            return next(iter(values if field.type == "place" else [one["country"] for one in values]), None)
        case "quantity":
            spans = find_quantities(text, language=language, units=unit_names(field.units, blueprint.units))
        case "term":
            spans = PhraseMatcher(_phrases(field, blueprint, language), language).find(words_of(text))
        case "number":
            spans = find_people(text, language=language)
        case _:
            spans = ()
    return spans[0].value if spans else None


def _phrases(field: Field, blueprint: Blueprint, language: str) -> list[tuple[str, str]]:
    """The names and synonyms of a field's terms in a language and in English, each with the term's id."""
    return [
        (name, term.id)
        for term in blueprint.terms_of(field)
        for code in dict.fromkeys((language.split("-")[0], "en"))
        for name in (term.label.get(code, ""), *term.synonyms.get(code, ()))
        if name
    ]
