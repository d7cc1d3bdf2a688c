"""Between the texts of an HTML form and the JSON value of a field, both ways, in the language of the page.

`strings` has one entry, `value`; a localised field has one per language instead. What `form_value` writes,
`parse_form_value` reads back to the same value in the same language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import get_decimal_symbol

from plumbline.domain.blueprints.countries import country_names
from plumbline.domain.blueprints.model import Blueprint, Field, Unit
from plumbline.domain.blueprints.structure import did_you_mean
from plumbline.domain.blueprints.values import PLACE_PRECISIONS, check_value, country_codes, last_day, refuse

_PAGE_LANGUAGES: Final = ("en", "ar", "fr", "es", "ru", "zh", "it")
_DAY: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_LOCAL_DAY: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_BETWEEN: Final = re.compile(r"\s*/\s*(?=\d{4}(?:-|\s*$))|\s+–\s+")
_CIRCA: Final = re.compile(r"(?:~|≈|c\.|ca\.|circa\b|about\b|vers\b|hacia\b|около|حوالي|约)\s*", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"(\d[\d\s.,'’]*)(?:\s*(?:-|–|—|\bto\b|…)\s*(\d[\d\s.,'’]*))?\s*(\D.*)?", re.DOTALL)
_COORDINATES: Final = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*[, ]\s*([-+]?\d+(?:\.\d+)?)")
_YES: Final = ("true", "yes", "on", "1", "oui", "sí", "si", "sì", "да", "نعم", "是")
_NO: Final = ("false", "no", "off", "0", "non", "нет", "لا", "否")


def parse_form_value(field: Field, strings: Mapping[str, str], *, blueprint: Blueprint, language: str = "en") -> Any:
    """Read what a person typed into the checked JSON value; None when nothing was typed.

    Raises `InvalidInput` naming the field. `language` decides the decimal sign: '1,200 kg' is 1200 in English pages
    and 1.2 in French ones. Digits of any script are read.
    """
    if field.type == "localised":
        texts = {key: text for key, text in strings.items() if text.strip()}
        return check_value(field, texts, blueprint=blueprint) if texts else None
    text = strings.get("value", "").strip()
    if not text:
        return None
    read = _READERS.get(field.type)
    value = read(field, text, blueprint, language) if read else text
    return check_value(field, value, blueprint=blueprint)


def form_value(field: Field, value: Any, *, blueprint: Blueprint, language: str = "en") -> dict[str, str]:
    """Write a JSON value as the strings that fill its form; {} for None."""
    if value is None:
        return {}
    if field.type == "localised":
        return dict(value)
    write = _WRITERS.get(field.type)
    return {"value": write(value, language) if write else str(value)}


def plain_digits(text: str) -> str:
    """Write digits of any script as 0-9, Arabic separators and full-width signs as Latin ones."""
    shown = (str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return "".join(shown).translate(_SIGNS)


_SIGNS: Final = str.maketrans(
    {"٫": ".", "٬": "'", "،": ",", "；": ";", "؛": ";", "，": ",", "−": "-", "－": "-", "／": "/"}
)


@cache
def decimal_sign(language: str) -> str:
    """Give the decimal sign of a language, '.' where it is unknown."""
    try:
        return "," if get_decimal_symbol(Locale.parse(language, sep="-")) == "," else "."
    except (UnknownLocaleError, ValueError):
        return "."


def read_number(text: str, language: str) -> float | None:
    """Read a number with grouping signs; None when the text is none.

    >>> read_number("1,200.5", "en"), read_number("1.200,5", "es"), read_number("1 200", "fr"), read_number("0,5", "en")
    (1200.5, 1200.5, 1200.0, 0.5)
    """
    bare = re.sub(r"[\s'’]", "", plain_digits(text))
    found = re.fullmatch(r"([-+]?)(\d*(?:[.,]\d+)*)", bare)
    if not found or not re.search(r"\d", bare):
        return None
    signs = [char for char in bare if char in ".,"]
    if signs:
        mark = _decimal_mark(bare, signs, language)
        bare = "".join("." if i == mark else char for i, char in enumerate(bare) if i == mark or char not in ".,")
    return float(bare)


def _decimal_mark(bare: str, signs: list[str], language: str) -> int:
    """Give the index of the decimal sign in a number, -1 when every sign groups thousands."""
    last = max(bare.rfind("."), bare.rfind(","))
    if len(set(signs)) == 2:
        return last
    if len(signs) > 1:
        return -1
    lead = bare[:last].lstrip("+-")
    groups = len(bare) - last - 1 == 3 and 1 <= len(lead) <= 3 and lead.strip("0") != ""
    return -1 if groups and bare[last] != decimal_sign(language) else last


def _write_number(number: float, language: str) -> str:
    text = format(Decimal(repr(number)), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(".", decimal_sign(language))


def _read_plain_number(field: Field, text: str, _: Blueprint, language: str) -> float:
    number = read_number(text, language)
    if number is None:
        raise refuse(field, "'{text}' is no number; write digits such as {example}.", text=text, example="1200.5")
    return number


def _read_date(field: Field, text: str, _: Blueprint, __: str) -> dict[str, str]:
    plain = plain_digits(text)
    bare = _CIRCA.sub("", plain, count=1) if _CIRCA.match(plain) else plain
    parts = [bare] if _LOCAL_DAY.fullmatch(bare) else _BETWEEN.split(bare)
    ends = [_span(field, part.strip(), text) for part in parts]
    if len(ends) > 2:
        raise refuse(field, "'{text}' has more than two ends; write 2011-03/2011-05.", text=text)
    precision = "range" if len(ends) == 2 else ends[0][2]
    precision = "circa" if bare != plain else precision
    return {"start": ends[0][0].isoformat(), "end": ends[-1][1].isoformat(), "precision": precision}


def _span(field: Field, part: str, text: str) -> tuple[date, date, str]:
    """Read one end of a date: its first and last day and its precision."""
    local, iso = _LOCAL_DAY.fullmatch(part), _DAY.fullmatch(part)
    try:
        if local:
            day = date(int(local[3]), int(local[2]), int(local[1]))
            return day, day, "day"
        if iso:
            precision = "day" if iso[3] else "month" if iso[2] else "year"
            day = date(int(iso[1]), int(iso[2] or 1), int(iso[3] or 1))
            return day, last_day(day, precision), precision
    except ValueError:
        raise refuse(field, "'{text}' names a day that no calendar has; correct it.", text=text) from None
    raise refuse(field, "'{text}' is no date; write 2011, 2011-03, 2011-03-05, 5.3.2011 or 2011-03/2011-05.", text=text)


def _write_date(value: Mapping[str, str], _: str) -> str:
    start, end, precision = date.fromisoformat(value["start"]), date.fromisoformat(value["end"]), value["precision"]
    short = {"day": 10, "month": 7, "year": 4}
    if precision in short:
        return start.isoformat()[: short[precision]]
    both = f"{start.isoformat()}/{end.isoformat()}"
    if precision == "range":
        return both
    if (start.month, start.day, end) == (1, 1, last_day(start, "year")):
        return f"c. {start.isoformat()[:4]}"
    return f"c. {start.isoformat()}" if start == end else f"c. {both}"


def _read_quantity(field: Field, text: str, blueprint: Blueprint, language: str) -> dict[str, Any]:
    found = _AMOUNT.fullmatch(plain_digits(text))
    low = read_number(found[1].strip(" .,"), language) if found else None
    high = read_number(found[2].strip(" .,"), language) if found and found[2] else low
    if found is None or low is None or high is None:
        raise refuse(field, "'{text}' is no amount; write 12 {unit} or 12-15 {unit}.", text=text, unit=field.units[0])
    return {"low": low, "high": high, "unit": _read_unit(field, (found[3] or "").strip(), blueprint)}


def _read_unit(field: Field, word: str, blueprint: Blueprint) -> str:
    if not word and len(field.units) == 1:
        return field.units[0]
    if word in field.units:
        return word
    units = [blueprint.units[unit] for unit in field.units]
    for fold in (str, str.casefold):
        for unit in units:
            if fold(word) in {fold(name) for name in _unit_names(unit)}:
                return unit.id
    if not word:
        raise refuse(field, "the unit is missing; add one of {units}.", units=", ".join(field.units))
    raise refuse(field, "'{word}' is no unit of this field. {hint}", word=word, hint=did_you_mean(word, field.units))


def _unit_names(unit: Unit) -> set[str]:
    return {unit.id, *unit.symbol.values(), *(name for names in unit.names.values() for name in names)}


def _write_quantity(value: Mapping[str, Any], language: str) -> str:
    low, high = _write_number(value["low"], language), _write_number(value["high"], language)
    return f"{low} {value['unit']}" if value["low"] == value["high"] else f"{low}-{high} {value['unit']}"


@cache
def _countries_by_name() -> Mapping[str, str]:
    names = {
        name.casefold(): code
        for language in reversed(_PAGE_LANGUAGES)
        for code in country_codes()
        for name in country_names(code, language)
    }
    return names | {code.casefold(): code for code in country_codes()}


def find_country(text: str) -> str | None:
    """Give the code of a country named in one of seven languages or by its code.

    >>> find_country("Allemagne"), find_country("الأردن"), find_country("ng"), find_country("Atlantis")
    ('DE', 'JO', 'NG', None)
    """
    return _countries_by_name().get(text.strip().casefold())


def _read_country(field: Field, text: str, _: Blueprint, __: str) -> str:
    code = find_country(text)
    if code is None:
        raise refuse(field, "'{text}' is no country that we know; write its name or its code such as NG.", text=text)
    return code


def _read_place(field: Field, text: str, _: Blueprint, __: str) -> dict[str, Any]:
    name, *parts = (part.strip() for part in text.replace("；", ";").replace("؛", ";").split(";"))
    value: dict[str, Any] = {"name": name, "lat": None, "lon": None, "country": None}
    for part in filter(None, parts):
        plain = plain_digits(part)
        coordinates = _COORDINATES.fullmatch(plain)
        if coordinates:
            value |= {"lat": float(coordinates[1]), "lon": float(coordinates[2])}
        elif plain in PLACE_PRECISIONS:
            value["precision"] = plain
        elif re.fullmatch(r"#\d+", plain):
            value["geonameid"] = int(plain[1:])
        elif code := find_country(part):
            value["country"] = code
        else:
            raise refuse(
                field, "'{part}' is not understood; write: name; latitude, longitude; country code.", part=part
            )
    return value


def _write_place(value: Mapping[str, Any], _: str) -> str:
    parts = [value["name"]]
    if value.get("lat") is not None:
        parts.append(f"{_write_number(value['lat'], 'en')}, {_write_number(value['lon'], 'en')}")
    if value.get("country"):
        parts.append(value["country"])
    parts.append(value["precision"])
    if value.get("geonameid"):
        parts.append(f"#{value['geonameid']}")
    return "; ".join(parts)


def _read_term(field: Field, text: str, blueprint: Blueprint, _: str) -> str:
    terms = blueprint.terms_of(field)
    if any(term.id == text for term in terms):
        return text
    wanted = text.casefold()
    for term in terms:
        words = [term.id, *term.label.values(), *(word for words in term.synonyms.values() for word in words)]
        if wanted in (word.casefold() for word in words):
            return term.id
    return text


def _read_flag(field: Field, text: str, _: Blueprint, __: str) -> bool:
    word = text.casefold()
    if word not in _YES + _NO:
        raise refuse(field, "'{text}' is neither yes nor no.", text=text)
    return word in _YES


_READERS: Final[Mapping[str, Callable[[Field, str, Blueprint, str], Any]]] = {
    "date": _read_date,
    "place": _read_place,
    "country": _read_country,
    "quantity": _read_quantity,
    "term": _read_term,
    "number": _read_plain_number,
    "flag": _read_flag,
}
_WRITERS: Final[Mapping[str, Callable[[Any, str], str]]] = {
    "date": _write_date,
    "place": _write_place,
    "quantity": _write_quantity,
    "number": _write_number,
    "flag": lambda value, _: "true" if value else "false",
}
