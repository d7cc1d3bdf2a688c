"""Check the JSON value of a field, type by type, and refuse it with a sentence that names the field."""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, Final

from babel import Locale

from plumbline.domain.blueprints.model import Blueprint, Field, localised
from plumbline.domain.blueprints.rules import is_language
from plumbline.domain.blueprints.structure import did_you_mean
from plumbline.domain.errors import InvalidInput

DATE_PRECISIONS: Final = ("day", "month", "year", "range", "circa")
PLACE_PRECISIONS: Final = ("exact", "locality", "admin1", "country")
MAX_TEXT: Final = 100_000
_PUBLIC_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NOT_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"})


@cache
def country_codes() -> frozenset[str]:
    """Give ISO 3166-1 alpha-2 codes (and XK, which CLDR and GeoNames use for Kosovo)."""
    territories = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in territories if len(code) == 2 and code.isalpha()) - _NOT_COUNTRIES


def refuse(field: Field, template: str, **params: Any) -> InvalidInput:
    """Build the refusal of a value: `template` is a format string that says what is wrong and what to write."""
    return InvalidInput(
        f"value.{field.type}", "{field}: " + template, field=localised(field.label, "en") or field.id, **params
    )


def check_value(field: Field, value: Any, *, blueprint: Blueprint) -> Any:
    """Give the value in its normal form, or raise `InvalidInput` naming the field and what to write instead.

    Formats by type (one value; a `many` field has one claim per value): text str; localised {language: str};
    date {start, end, precision}; place {name, lat, lon, country, precision, geonameid?}; country 'NG';
    quantity {low, high, unit}; term id; relation and passage public id; file SHA-256 hex; number; flag.
    """
    return _CHECKS[field.type](field, value, blueprint)


def _text(field: Field, value: Any, _: Blueprint | None = None) -> str:
    if not isinstance(value, str):
        raise refuse(field, "text is expected, not {found}.", found=type(value).__name__)
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise refuse(field, "the text is empty; write it or leave the value out.")
    if len(text) > MAX_TEXT:
        raise refuse(field, "the text has {length} characters; at most {most} fit.", length=len(text), most=MAX_TEXT)
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        raise refuse(field, "the text holds control characters; take them out.")
    return text


def _localised(field: Field, value: Any, _: Blueprint) -> dict[str, str]:
    if not isinstance(value, Mapping) or not value:
        raise refuse(field, "texts by language are expected, such as {example}.", example='{"en": "..."}')
    for language in value:
        if not isinstance(language, str) or not is_language(language):
            raise refuse(field, "'{language}' is no language code; write en, ar, zh, pt-BR.", language=language)
    return {language: _text(field, value[language]) for language in sorted(value)}


def _day(field: Field, value: Any, part: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise refuse(field, "'{value}' is no date for {part}; write 2011-03-05.", value=value, part=part) from None


def _date(field: Field, value: Any, _: Blueprint) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise refuse(field, "a date with start, end and precision is expected.")
    precision = value.get("precision")
    if precision not in DATE_PRECISIONS:
        listed = ", ".join(DATE_PRECISIONS)
        raise refuse(field, "'{precision}' is no precision; use {listed}.", precision=precision, listed=listed)
    start = _day(field, value.get("start"), "start")
    end = _day(field, value.get("end"), "end")
    if end < start:
        raise refuse(field, "the end {end} is before the start {start}; swap them.", start=str(start), end=str(end))
    whole = (start, end) == (first_day(start, precision), last_day(start, precision))
    if precision in ("day", "month", "year") and not whole:
        raise refuse(
            field,
            "{start} to {end} is not one {precision}; use precision range.",
            start=str(start),
            end=str(end),
            precision=precision,
        )
    return {"start": start.isoformat(), "end": end.isoformat(), "precision": precision}


def first_day(day: date, precision: str) -> date:
    """Give the first day of the month or year that holds `day`; `day` itself for other precisions."""
    if precision == "year":
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision == "month" else day


def last_day(day: date, precision: str) -> date:
    """Give the last day of the month or year that holds `day`; `day` itself for other precisions."""
    if precision == "year":
        return day.replace(month=12, day=31)
    if precision == "month":
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def _country(field: Field, value: Any, _: Blueprint | None = None) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if code not in country_codes():
        raise refuse(field, "'{value}' is no country code; write ISO 3166-1 alpha-2 such as NG.", value=value)
    return code


def _number(field: Field, value: Any, _: Blueprint | None = None) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refuse(field, "'{value}' is no number.", value=value)
    return value


def _quantity(field: Field, value: Any, _: Blueprint) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise refuse(field, "a quantity with low, high and unit is expected.")
    low, high = float(_number(field, value.get("low"))), float(_number(field, value.get("high")))
    if low < 0:
        raise refuse(field, "{low} is below zero; an amount is zero or more.", low=low)
    if high < low:
        raise refuse(field, "the upper amount {high} is below the lower {low}; swap them.", low=low, high=high)
    unit = value.get("unit")
    if unit not in field.units:
        hint = did_you_mean(str(unit), field.units)
        raise refuse(field, "'{unit}' is no unit of this field. {hint}", unit=unit, hint=hint)
    return {"low": low, "high": high, "unit": unit}


def _place(field: Field, value: Any, _: Blueprint) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise refuse(field, "a place with a name is expected.")
    name = " ".join(_text(field, value.get("name")).replace(";", ",").split())
    lat, lon = _degrees(field, value, "lat", 90), _degrees(field, value, "lon", 180)
    if (lat is None) != (lon is None):
        raise refuse(field, "latitude and longitude belong together; give both or neither.")
    country = _country(field, value["country"]) if value.get("country") else None
    precision = value.get("precision") or ("locality" if lat is None else "exact")
    if precision not in PLACE_PRECISIONS:
        listed = ", ".join(PLACE_PRECISIONS)
        raise refuse(field, "'{precision}' is no precision; use {listed}.", precision=precision, listed=listed)
    checked = {"name": name, "lat": lat, "lon": lon, "country": country, "precision": precision}
    return checked | _geoname(field, value.get("geonameid"))


def _geoname(field: Field, number: Any) -> dict[str, int]:
    if number is None:
        return {}
    if isinstance(number, bool) or not isinstance(number, int) or number <= 0:
        raise refuse(field, "'{number}' is no GeoNames number; write a whole number above zero.", number=number)
    return {"geonameid": number}


def _degrees(field: Field, value: Mapping[str, Any], part: str, limit: int) -> float | None:
    if value.get(part) is None:
        return None
    degrees = float(_number(field, value[part]))
    if abs(degrees) > limit:
        raise refuse(
            field, "{part} {degrees} is not between -{limit} and {limit}.", part=part, degrees=degrees, limit=limit
        )
    return degrees


def _term(field: Field, value: Any, blueprint: Blueprint) -> str:
    ids = [term.id for term in blueprint.terms_of(field)]
    if value not in ids:
        hint = did_you_mean(str(value), ids)
        raise refuse(field, "'{value}' is no term of this vocabulary. {hint}", value=value, hint=hint)
    return str(value)


def _public_id(field: Field, value: Any, _: Blueprint) -> str:
    if not isinstance(value, str) or not _PUBLIC_ID.fullmatch(value.strip()):
        raise refuse(field, "'{value}' is no id; copy it from the address of the page.", value=value)
    return value.strip()


def _file(field: Field, value: Any, _: Blueprint) -> str:
    digest = value.strip().lower() if isinstance(value, str) else ""
    if not _SHA256.fullmatch(digest):
        raise refuse(field, "'{value}' is no SHA-256 of a file (64 hexadecimal digits).", value=value)
    return digest


def _flag(field: Field, value: Any, _: Blueprint) -> bool:
    if not isinstance(value, bool):
        raise refuse(field, "'{value}' is neither true nor false.", value=value)
    return value


_CHECKS: Final[Mapping[str, Callable[[Field, Any, Blueprint], Any]]] = {
    "text": _text,
    "localised": _localised,
    "date": _date,
    "place": _place,
    "country": _country,
    "quantity": _quantity,
    "term": _term,
    "relation": _public_id,
    "passage": _public_id,
    "file": _file,
    "number": _number,
    "flag": _flag,
}
