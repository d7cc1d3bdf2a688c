"""Reads values as people type them, in forms and in cells of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from plumbline.domain.blueprints import Blueprint, Field, check_value, parse_form_value
from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction.dates import find_dates


def typed_value(one: Field, text: Mapping[str, str], blueprint: Blueprint, written_in: str) -> Any:
    """Read a value as people type it; dates also as pages write them, '16 September 2025'."""
    try:
        return parse_form_value(one, text, blueprint=blueprint, language=written_in)
    except InvalidInput:
        value = _day_in_words(text.get("value", ""), written_in) if one.type == "date" else None
        if value is None:
            raise
        return check_value(one, value, blueprint=blueprint)


def _day_in_words(text: str, written_in: str) -> dict[str, str] | None:
    """Read a date that is written out, in a language or else another; None where the text is not just that."""
    if not any(map(str.isalpha, text)):
        return None
    for code in dict.fromkeys((written_in.split("-")[0], *(code.split("-")[0] for code, _name in settings.LANGUAGES))):
        found = find_dates(text, language=code)
        if len(found) == 1 and not text[: found[0].start].strip() and not text[found[0].end :].strip(" ."):
            return dict(found[0].value)
    return None
