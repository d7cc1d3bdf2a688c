"""Check the shape of a blueprint file: which keys stand where, and what kind of value each holds (pydantic)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Key
from rapidfuzz import fuzz, process

from plumbline.domain.blueprints.model import FIELD_TYPES
from plumbline.domain.blueprints.reading import Path, Tree
from plumbline.domain.errors import InvalidInput

Texts = dict[str, str]
Words = dict[str, list[str]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)


class SharingPart(_Part):
    """The `sharing` of a field, or of works and records."""

    level: str
    audience: list[str] = []


class FieldPart(_Part):
    """One field of a type."""

    type: str
    label: Texts
    help: Texts = {}
    many: bool = False
    facet: bool = False
    required: bool = False
    vocabulary: str | None = None
    target: str | None = None
    units: list[str] = []
    sharing: SharingPart | None = None


class HintPart(_Part):
    """What fills one field in extraction."""

    source: str = Key(alias="from")
    near: Words = {}


class LinkPart(_Part):
    """The two thresholds of likely duplicates."""

    same: float = Key(default=0.85, ge=0, le=1)
    similar: float = Key(default=0.55, ge=0, le=1)


class ExtractionPart(_Part):
    """The extraction hints of a type."""

    cues: Words = {}
    fields: dict[str, HintPart] = {}
    link: LinkPart = LinkPart()


class TypePart(_Part):
    """One type of record."""

    title: Texts
    plural: Texts | None = None
    traits: dict[str, dict[str, str]] = {}
    title_from: list[str] = []
    fields: dict[str, FieldPart]
    sort: list[str] = []
    extraction: ExtractionPart | None = None


class TermPart(_Part):
    """One term of a vocabulary."""

    id: str
    label: Texts
    synonyms: Words = {}
    broader: str | None = None


class VocabularyPart(_Part):
    """One vocabulary."""

    title: Texts
    source: str = ""
    terms: list[TermPart]


class UnitPart(_Part):
    """A unit of the blueprint's own."""

    symbol: Texts
    names: Words = {}


class DefaultSharingPart(_Part):
    """Default marks of what is ingested and of what is recorded; `workspace`: who may know that it exists."""

    workspace: SharingPart = SharingPart(level="CLEAR")
    works: SharingPart = SharingPart(level="CLEAR")
    records: SharingPart = SharingPart(level="AMBER")


class LanguageModelPart(_Part):
    """The strictest mark of what may be sent to the installation's language model."""

    up_to: str


class ReadingPart(_Part):
    """Who reads besides the hints."""

    llm: LanguageModelPart | None = None


class FilePart(_Part):
    """The whole file."""

    blueprint: str
    version: int = Key(ge=1)
    title: Texts
    summary: Texts = {}
    content_languages: list[str] = Key(min_length=1)
    types: dict[str, TypePart] = Key(min_length=1)
    vocabularies: dict[str, VocabularyPart] = {}
    units: dict[str, UnitPart] = {}
    sharing: DefaultSharingPart = DefaultSharingPart()
    reading: ReadingPart = ReadingPart()


_PARTS: Final[tuple[tuple[str, type[_Part]], ...]] = (
    (r"", FilePart),
    (r"types/[^/]+", TypePart),
    (r"types/[^/]+/fields/[^/]+", FieldPart),
    (r"(types/[^/]+/fields/[^/]+/sharing)|(sharing/\w+)", SharingPart),
    (r"types/[^/]+/extraction", ExtractionPart),
    (r"types/[^/]+/extraction/fields/[^/]+", HintPart),
    (r"types/[^/]+/extraction/link", LinkPart),
    (r"vocabularies/[^/]+", VocabularyPart),
    (r"vocabularies/[^/]+/terms/\d+", TermPart),
    (r"units/[^/]+", UnitPart),
    (r"sharing", DefaultSharingPart),
    (r"reading", ReadingPart),
    (r"reading/llm", LanguageModelPart),
)

_EXPECTED: Final = {
    "string_type": "Write text here (put quotes around numbers and dates).",
    "int_type": "Write a whole number here.",
    "int_from_float": "Write a whole number here.",
    "float_type": "Write a number here.",
    "bool_type": "Write true or false here.",
    "dict_type": "Write keys and values here, for texts by language: {en: ..., fr: ...}.",
    "model_type": "Write keys and values here.",
    "list_type": "Write a list here: [one, two].",
    "too_short": "Say at least one here.",
    "greater_than_equal": "The number is too small.",
    "less_than_equal": "The number is too large; write at most 1.",
}


def did_you_mean(word: str, known: tuple[str, ...] | list[str]) -> InvalidInput:
    """Write the end of a message on an unknown word: the nearest known one and the list.

    >>> str(did_you_mean("evnt", ("event", "route")))
    "Did you mean 'event'? Known: event, route."
    """
    if not known:
        return InvalidInput("word.none", "None is declared yet.")
    found = process.extractOne(word.lower(), known, scorer=fuzz.ratio, processor=str.lower, score_cutoff=60)
    listed = ", ".join(known[:40]) + (" …" if len(known) > 40 else "")
    if found:
        return InvalidInput("word.near", "Did you mean '{near}'? Known: {known}.", near=found[0], known=listed)
    return InvalidInput("word.unknown", "Known: {known}.", known=listed)


def check_structure(tree: Tree) -> FilePart | None:
    """Validate the values of a file; note every mistake in the tree and give None when there is one."""
    try:
        return FilePart.model_validate(tree.value)
    except ValidationError as invalid:
        for path, message in _explained(invalid):
            tree.report(path, message)
        return None


def _explained(invalid: ValidationError) -> Iterator[tuple[Path, str]]:
    for error in invalid.errors(include_url=False):
        path = tuple(error["loc"])
        yield path, _message(error, path)


def _message(error: Any, path: Path) -> str:
    kind = error["type"]
    if kind == "missing":
        return f"'{path[-1]}' is missing; add it{_example(str(path[-1]))}."
    if kind == "extra_forbidden":
        return f"'{path[-1]}' is not known here. {did_you_mean(str(path[-1]), _known_keys(path[:-1]))}"
    return _EXPECTED.get(kind, f"{error['msg']}.")


def _example(key: str) -> str:
    examples = {"label": ": {en: ...}", "title": ": {en: ...}", "type": f", one of {', '.join(FIELD_TYPES)}"}
    return examples.get(key, "")


def _known_keys(path: Path) -> list[str]:
    joined = "/".join(str(step) for step in path)
    for pattern, part in _PARTS:
        if re.fullmatch(pattern, joined):
            return [info.alias or name for name, info in part.model_fields.items()]
    return []
