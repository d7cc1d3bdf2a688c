"""Read the word lists of `domain/vocabulary` once and turn them into regular expressions by language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

import yaml

_Tree = dict[str, Any]
"""Signs, each with the signs that may follow it; the empty sign is the end of a phrase."""

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
    """Write an alternation, longest phrase first; spaces match any run of space, alif any hamza form.

    What phrases begin with alike is written once, so that a long list costs no more at a place than a short one.

    >>> any_of(['ton', 'tons', 'kilo'])
    '(?:kilo|ton(?:s)?)'
    """
    tree: _Tree = {}
    for phrase in sorted({phrase for phrase in phrases if phrase}):
        node = tree
        for sign in _signs(phrase):
            node = node.setdefault(sign, {})
        node[""] = {}
    return _written(tree) if tree else "(?!)"


def _signs(phrase: str) -> list[str]:
    """Write each sign of a phrase as a pattern of its own, a space as any run of space."""
    return [_SIGNS.get(sign) or re.escape(sign) for sign in phrase]


_SIGNS = {" ": r"\s+", "'": "['’]", "ё": "[её]"} | dict.fromkeys("اأإآ", "[اأإآ]")


def _written(tree: _Tree) -> str:
    """Write a tree of signs as a pattern that tries the longest way first."""
    ends = "" in tree
    ways = [sign + _followed(below) for sign, below in tree.items() if sign]
    return "(?:" + "|".join(ways) + ")" + ("?" if ends and ways else "")


def _followed(tree: _Tree) -> str:
    """Write what follows a sign: nothing, one way, or a choice."""
    parts = ""
    while len(tree) == 1 and "" not in tree:
        [(sign, tree)] = tree.items()
        parts += sign
    return parts if tree.keys() == {""} else parts + _written(tree)
