"""Name countries by the usage of the United Nations, where it differs from CLDR, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml
from babel import Locale
from babel.core import UnknownLocaleError


def country_name(code: str, language: str) -> str:
    """Give the name of a country (ISO 3166-1 alpha-2) by the usage of the United Nations, its code where there is no name.

    Names are those of CLDR, but for those that `vocabulary/countries.yaml` gives by the standard M49.

    >>> country_name("NG", "fr"), country_name("CN", "ar"), country_name("VN", "en")
    ('Nigeria', 'الصين', 'Viet Nam')
    """
    return country_names(code, language)[0]


def country_names(code: str, language: str) -> tuple[str, ...]:
    """Give the names by which people may look for a country in a language, the one to show first.

    >>> country_names("RU", "en"), country_names("NG", "en")
    (('Russian Federation', 'Russia'), ('Nigeria',))
    """
    common = str(locale_of(language).territories.get(code, code))
    shown = _usage().get(code, {}).get(language.replace("_", "-").split("-")[0], common)
    return (shown,) if shown == common else (shown, common)


@cache
def _usage() -> Mapping[str, Mapping[str, str]]:
    """Names by code and language where the United Nations and CLDR differ."""
    source = resources.files("plumbline.domain.vocabulary").joinpath("countries.yaml").read_text(encoding="utf-8")
    return {code: one["names"] for code, one in yaml.safe_load(source).items()}


@cache
def locale_of(language: str) -> Locale:
    """Give the CLDR locale of a language of the page, English where there is none."""
    if language == "en":
        return Locale("en", "001")  # day before month, as in United Nations documents
    for code in (language, language.split("-")[0]):
        try:
            return Locale.parse(code, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")
