"""Read the word lists of `domain/vocabulary` once and turn them into regular expressions by language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import yaml

LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh", "it")


@cache
def lexicon(name: str) -> dict[str, Any]:
    """Load vocabulary/<name>.yaml; the answer is shared, so leave it as it is."""
    source = resources.files("plumbline.domain.vocabulary").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return loaded


def known_language(language: str) -> str:
    """Give the language whose word lists serve `language`: its own, or English.

    >>> known_language('fr-CA'), known_language('sw')
    ('fr', 'en')
    """
    base = (language or "en").lower().replace("_", "-").split("-")[0]
    return base if base in LANGUAGES else "en"


def any_of(phrases: Iterable[str]) -> str:
    """Write an alternation, longest phrase first; spaces match any run of space, alif any hamza form."""
    ordered = sorted({phrase for phrase in phrases if phrase}, key=len, reverse=True)
    return "(?:" + "|".join(_literal(phrase) for phrase in ordered) + ")" if ordered else "(?!)"


def _literal(phrase: str) -> str:
    escaped = re.escape(phrase).replace(r"\ ", r"\s+")
    escaped = escaped.replace("'", "['’]").replace("ё", "[её]")
    return re.sub("[اأإآ]", "[اأإآ]", escaped)
