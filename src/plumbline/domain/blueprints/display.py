"""Show values to people, in the language of the page (names and patterns from CLDR through Babel)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import format_decimal

from plumbline.domain.blueprints.countries import country_name, country_names, locale_of
from plumbline.domain.blueprints.model import Blueprint, Field, localised
from plumbline.domain.blueprints.values import first_day, last_day

_CIRCA: Final = {
    "en": "about {}",
    "fr": "vers {}",
    "es": "hacia {}",
    "it": "circa {}",
    "ru": "около {}",
    "ar": "حوالي {}",
    "zh": "约{}",
}
_YES_NO: Final = {
    "en": ("yes", "no"), "fr": ("oui", "non"), "es": ("sí", "no"), "it": ("sì", "no"),
    "ru": ("да", "нет"), "ar": ("نعم", "لا"), "zh": ("是", "否"),
}  # fmt: skip
_COMMA: Final = {"ar": "، ", "zh": "，"}


def display_value(field: Field, value: Any, *, blueprint: Blueprint, language: str) -> str:
    """Write a checked value as words; "" for None. A term that the blueprint no longer has shows its id.

    Dates keep their precision ('March 2011', 'about 2011'), quantities their range and unit ('12–15 t').
    """
    if value is None:
        return ""
    show = _SHOWN.get(field.type)
    return show(field, value, blueprint, language) if show else str(value)


def _date(_: Field, value: Mapping[str, str], __: Blueprint, language: str) -> str:
    start, end, precision = date.fromisoformat(value["start"]), date.fromisoformat(value["end"]), value["precision"]
    text = _span(start, end, locale_of(language))
    return localised(_CIRCA, language).format(text) if precision == "circa" else text


def _span(start: date, end: date, locale: Locale) -> str:
    if start == end:
        return str(format_date(start, "long", locale=locale))
    whole = [unit for unit in ("year", "month") if first_day(start, unit) == start and last_day(end, unit) == end]
    skeleton = {"year": "y", "month": "yMMMM"}[whole[0]] if whole else "yMMMd"
    if whole and last_day(start, whole[0]) == end:
        return str(format_skeleton(skeleton, start, locale=locale))
    return str(format_interval(start, end, "yMMM" if skeleton == "yMMMM" else skeleton, locale=locale))


def _number_text(number: float, language: str) -> str:
    return str(format_decimal(number, format="#,##0.######", locale=locale_of(language)))


def _number(_: Field, value: float, __: Blueprint, language: str) -> str:
    return _number_text(value, language)


def _quantity(_: Field, value: Mapping[str, Any], blueprint: Blueprint, language: str) -> str:
    low, high = _number_text(value["low"], language), _number_text(value["high"], language)
    unit = blueprint.units.get(value["unit"])
    symbol = unit.shown(language, locale_of(language).plural_form(value["high"])) if unit else value["unit"]
    return f"{low} {symbol}" if low == high else f"{low}–{high} {symbol}"


def _country(_: Field, value: str, __: Blueprint, language: str) -> str:
    return country_name(value, language)


def _place(_: Field, value: Mapping[str, Any], __: Blueprint, language: str) -> str:
    name, code = value["name"], value.get("country")
    if not code:
        return str(name)
    country = country_name(code, language)
    if value.get("precision") == "country" or name in country_names(code, language):
        return country
    return f"{name}{_COMMA.get(language.split('-')[0], ', ')}{country}"


def _term(field: Field, value: str, blueprint: Blueprint, language: str) -> str:
    term = next((term for term in blueprint.terms_of(field) if term.id == value), None)
    return localised(term.label, language) if term else value


def _flag(_: Field, value: bool, __: Blueprint, language: str) -> str:
    return _YES_NO.get(language.split("-")[0], _YES_NO["en"])[0 if value else 1]


_SHOWN: Final[Mapping[str, Callable[[Field, Any, Blueprint, str], str]]] = {
    "localised": lambda _, value, __, language: localised(value, language),
    "date": _date,
    "place": _place,
    "country": _country,
    "quantity": _quantity,
    "term": _term,
    "number": _number,
    "flag": _flag,
}
