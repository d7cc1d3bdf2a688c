"""What a blueprint says, as frozen dataclasses: the shapes every floor above reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from plumbline.domain.errors import InvalidInput

Text = Mapping[str, str]
"""A text by language code (BCP 47): `{"en": "Date", "ar": "التاريخ"}`."""

FIELD_TYPES: Final = (
    "text", "localised", "date", "place", "country", "quantity",
    "term", "relation", "passage", "file", "number", "flag",
)  # fmt: skip
FACET_TYPES: Final = ("term", "country", "date", "flag", "text")
TLP_LEVELS: Final = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""Traffic Light Protocol 2.0 (FIRST, 2022), loosest first."""

GAP: Final = "…"
"""Stands in a synonym for a few other words of the same clause: 'placed … under seal'."""
EITHER: Final = "|"
"""Parts, in a synonym with a gap, words that may stand there one for the other: 'put|placed … under seal'."""
HINT_SOURCES: Final = (
    "dates", "earlier", "later", "places", "elsewhere", "countries", "quantities", "terms", "organisations", "persons",
    "numbers", "sentence",
)  # fmt: skip
"""What extraction can find in a text and a field can be filled from."""


@dataclass(frozen=True, slots=True)
class Sharing:
    """Say who may see by default: a TLP 2.0 level and the principals of the audience (`group:...`, `org:...`)."""

    level: str
    audience: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """Name a unit of quantities: `symbol` by language for pages, `names` by language as texts and people write it."""

    id: str
    symbol: Text
    names: Mapping[str, tuple[str, ...]]
    counted: Mapping[str, Text] = field(default_factory=dict)

    def shown(self, language: str, plural: str = "other") -> str:
        """Write the unit after a number; `counted` holds forms by language and CLDR plural category."""
        forms = self.counted.get(language.split("-")[0], {})
        return forms.get(plural) or forms.get("other") or localised(self.symbol, language)


@dataclass(frozen=True, slots=True)
class Field:
    """Declare one field of a type. `type` is one of `FIELD_TYPES`; a `many` field has one claim per value."""

    id: str
    type: str
    label: Text
    help: Text = field(default_factory=dict)
    many: bool = False
    facet: bool = False
    required: bool = False
    vocabulary: str | None = None
    target: str | None = None
    units: tuple[str, ...] = ()
    sharing: Sharing | None = None


@dataclass(frozen=True, slots=True)
class FieldHint:
    """Say what fills a field in extraction: `source` (of `HINT_SOURCES`) and words by language that stand near it.

    A country after 'bound for' is a destination: `FieldHint("countries", near={"en": ("bound for",)})`. Sources `earlier`
    and `later` give the dates of a report before and after the one that its `dates` field holds, `elsewhere` its places
    that no other field holds.
    """

    source: str
    near: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extraction:
    """Hold the hints of a type: cue words by language, sources by field id, two thresholds (0-1) of likely duplicates."""

    cues: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, FieldHint]
    same: float = 0.85
    similar: float = 0.55


@dataclass(frozen=True, slots=True)
class RecordType:
    """Declare a type of record: its fields by id in the order of the form, and traits as trait -> role -> field id."""

    id: str
    title: Text
    plural: Text
    traits: Mapping[str, Mapping[str, str]]
    title_from: tuple[str, ...]
    fields: Mapping[str, Field]
    sort: tuple[str, ...]
    extraction: Extraction | None = None

    def find_field(self, trait: str, role: str) -> Field | None:
        """Give the field that plays `role` in `trait`, or None where the type says none."""
        return self.fields.get(self.traits.get(trait, {}).get(role, ""))


@dataclass(frozen=True, slots=True)
class Term:
    """Hold one term of a vocabulary; `broader` is the id of the term above it, `synonyms` are words of texts by language."""

    id: str
    label: Text
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    broader: str | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Hold terms in the order they are shown, and the `source` they are taken from."""

    id: str
    title: Text
    source: str
    terms: tuple[Term, ...]

    def find_term(self, term_id: str) -> Term | None:
        """Give the term with this id, or None."""
        return next((term for term in self.terms if term.id == term_id), None)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Declare a workspace: types and vocabularies by id, units by id, default sharing of the `workspace` itself, its `works` and `records`.

    `text` is the YAML it was read from, kept so that an applied version can be shown and compared. `llm_up_to` is the
    strictest level of what may be sent to a language model; "": nothing.
    """

    id: str
    version: int
    title: Text
    summary: Text
    content_languages: tuple[str, ...]
    types: Mapping[str, RecordType]
    vocabularies: Mapping[str, Vocabulary]
    sharing: Mapping[str, Sharing]
    text: str
    units: Mapping[str, Unit] = field(default_factory=dict)
    llm_up_to: str = ""

    def terms_of(self, field: Field) -> tuple[Term, ...]:
        """Give the terms a field may hold: those of its vocabulary, () for a field that is not a term."""
        vocabulary = self.vocabularies.get(field.vocabulary or "")
        return vocabulary.terms if vocabulary else ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Point at one mistake of a file: 1-based `line`, dotted `path`, and a sentence that says what to do."""

    line: int
    path: str
    message: str

    def __str__(self) -> str:
        """Print as `line 12, types.incident.fields.date: ...`."""
        return f"line {self.line}, {self.path}: {self.message}" if self.path else f"line {self.line}: {self.message}"


class BlueprintInvalid(InvalidInput):
    """Refuse a blueprint file; `problems` holds every mistake, in the order of the file."""

    def __init__(self, name: str, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(
            "blueprint.invalid",
            "{name} was refused with {count} problem(s) and nothing was changed. Correct and check it again:\n{details}",
            name=name,
            count=len(problems),
            details="\n".join(str(problem) for problem in problems),
        )

    def __reduce__(self) -> tuple[type, tuple[str, tuple[Problem, ...]]]:
        """Let the refusal cross process borders with its problems."""
        return type(self), (self.params["name"], self.problems)


def localised(texts: Text, language: str) -> str:
    """Pick the text in `language` (`pt-BR` falls back to `pt`), else English, else any; "" when there is none.

    >>> localised({"en": "Lead", "fr": "Plomb"}, "fr"), localised({"en": "Lead"}, "ru")
    ('Plomb', 'Lead')
    """
    for wanted in (language, language.split("-")[0], "en"):
        if texts.get(wanted):
            return texts[wanted]
    return next((text for text in texts.values() if text), "")


def parts_of(phrase: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List the words that may open a phrase and those that may close it behind its gap, if it has one.

    >>> parts_of('put|placed … under seal'), parts_of('and|or')
    ((('put', 'placed'), ('under seal',)), (('and|or',), ()))
    """
    head, gap, tail = phrase.partition(GAP)
    if not gap:
        return (phrase.strip(),), ()
    opening, closing = (tuple(one.strip() for one in part.split(EITHER)) for part in (head, tail))
    return opening, closing
