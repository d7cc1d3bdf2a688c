"""Check what a blueprint means: names that must exist, types that must fit, texts that must be there.

Every rule reads the raw tree and tolerates broken shapes, so that one check reports all mistakes at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any, Final

from babel import Locale

from plumbline.domain.blueprints.model import EITHER, FACET_TYPES, FIELD_TYPES, GAP, HINT_SOURCES, TLP_LEVELS, parts_of
from plumbline.domain.blueprints.reading import Path, Tree
from plumbline.domain.blueprints.structure import did_you_mean
from plumbline.domain.blueprints.traits import TRAITS, Role
from plumbline.domain.blueprints.units import UNITS

_SLUG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TERM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TAG: Final = re.compile(r"([a-z]{2,3})(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_PRINCIPAL: Final = re.compile(r"public|community|(org|group|person):[A-Za-z0-9._:-]+")
_SOURCE_FITS: Final = {
    "dates": ("date",),
    "earlier": ("date",),
    "later": ("date",),
    "places": ("place", "text"),
    "elsewhere": ("place",),
    "countries": ("country",),
    "quantities": ("quantity",),
    "terms": ("term",),
    "organisations": ("text", "localised", "relation"),
    "persons": ("text", "localised", "relation"),
    "numbers": ("number",),
    "sentence": ("text", "localised"),
}
_RESERVED: Final = ("title", "id", "type", "mark", "created", "updated")
_Found = Iterator[tuple[Path, str]]


@cache
def known_languages() -> frozenset[str]:
    """Give the language codes that have a name in CLDR."""
    return frozenset(Locale("en").languages)


def is_language(code: str) -> bool:
    """Tell whether a BCP 47 tag (language, script, region) names a known language: `zh`, `zh-Hant`, `pt-BR`."""
    match = _TAG.fullmatch(code)
    return bool(match) and match is not None and match[1] in known_languages()


def check_rules(tree: Tree) -> None:
    """Run every rule over the tree and note what it finds."""
    for rule in _RULES:
        for path, message in rule(tree):
            tree.report(path, message)


def _fields(tree: Tree) -> Iterator[tuple[Path, dict[str, Any]]]:
    for type_id in tree.mapping("types"):
        for field_id, spec in tree.mapping("types", type_id, "fields").items():
            if isinstance(spec, dict):
                yield ("types", type_id, "fields", field_id), spec


def _terms(tree: Tree, vocabulary: str) -> list[tuple[Path, dict[str, Any]]]:
    terms = tree.at("vocabularies", vocabulary, "terms")
    base: Path = ("vocabularies", vocabulary, "terms")
    listed = enumerate(terms) if isinstance(terms, list) else ()
    return [((*base, index), term) for index, term in listed if isinstance(term, dict)]


def _names(tree: Tree) -> _Found:
    slug = tree.at("blueprint")
    if isinstance(slug, str) and not _SLUG.fullmatch(slug):
        yield ("blueprint",), f"'{slug}' is no slug; use small letters, digits and single hyphens: hazardous-waste."
    for kind in ("types", "vocabularies"):
        for name in tree.mapping(kind):
            if not (_NAME.fullmatch(name) or _SLUG.fullmatch(name)):
                yield (kind, name), f"'{name}' is no name; use small letters, digits and underscores."
    for path, _ in _fields(tree):
        name = str(path[-1])
        if name in _RESERVED:
            yield path, f"'{name}' is kept for the platform; call the field something else."
        elif not _NAME.fullmatch(name):
            yield path, f"'{name}' is no field name; use small letters, digits and underscores."


def _texts(tree: Tree) -> _Found:
    """Texts by language: English there, codes known, no empty text."""
    places: list[Path] = [("title",)]
    for type_id in tree.mapping("types"):
        places += [("types", type_id, "title"), ("types", type_id, "plural")]
    places += [(*path, "label") for path, _ in _fields(tree)]
    for name in tree.mapping("vocabularies"):
        places.append(("vocabularies", name, "title"))
        places += [(*path, "label") for path, _ in _terms(tree, name)]
    places += [("units", unit, "symbol") for unit in tree.mapping("units")]
    for path in places:
        yield from _texts_at(tree, path, needs_english=True)
    for path in [("summary",), *((*path, "help") for path, _ in _fields(tree))]:
        yield from _texts_at(tree, path, needs_english=False)


def _texts_at(tree: Tree, path: Path, *, needs_english: bool) -> _Found:
    texts = tree.at(*path)
    if not isinstance(texts, dict):
        return
    if needs_english and not texts.get("en"):
        yield path, "The English text is missing; add en: ... (other languages fall back to it)."
    for language, text in texts.items():
        yield from _language(path, language)
        if isinstance(text, str) and not text.strip() and language != "en":
            yield (*path, language), "The text is empty; write it or take the language out."


def _language(path: Path, language: str) -> _Found:
    if not is_language(language):
        message = "is no language code; write BCP 47 such as en, ar, zh, pt-BR."
        yield (*path, language), f"'{language}' {message}"


def _languages(tree: Tree) -> _Found:
    listed = tree.strings("content_languages")
    for index, language in enumerate(listed):
        yield from ((("content_languages", index), message) for _, message in _language((), language))
        if language in listed[:index]:
            yield ("content_languages", index), f"'{language}' is listed twice; keep one."
    words: list[Path] = [(*path, "synonyms") for name in tree.mapping("vocabularies") for path, _ in _terms(tree, name)]
    for type_id in tree.mapping("types"):
        words.append(("types", type_id, "extraction", "cues"))
        hints = ("types", type_id, "extraction", "fields")
        words += [(*hints, name, "near") for name in tree.mapping(*hints)]
    for path in words:
        for language in tree.mapping(*path):
            yield from _language(path, language)


def _field_types(tree: Tree) -> _Found:
    for path, spec in _fields(tree):
        kind = spec.get("type")
        if not isinstance(kind, str):
            continue
        if kind not in FIELD_TYPES:
            yield (*path, "type"), f"'{kind}' is no field type. {did_you_mean(kind, FIELD_TYPES)}"
            continue
        if spec.get("facet") is True and kind not in FACET_TYPES:
            yield (*path, "facet"), f"A {kind} field cannot be a facet; take facet out or use {', '.join(FACET_TYPES)}."
        yield from _companions(path, spec, kind)


def _companions(path: Path, spec: dict[str, Any], kind: str) -> _Found:
    """Keys that one field type needs and the others must not have."""
    for key, owner in (("vocabulary", "term"), ("target", "relation"), ("units", "quantity")):
        if kind == owner and not spec.get(key):
            yield path, f"A {owner} field needs '{key}'; add it."
        elif kind != owner and spec.get(key):
            yield (
                (*path, key),
                f"'{key}' belongs to a {owner} field, this one is {kind}; take it out or change the type.",
            )


def _references(tree: Tree) -> _Found:
    vocabularies, types = list(tree.mapping("vocabularies")), list(tree.mapping("types"))
    units = [*UNITS, *tree.mapping("units")]
    for path, spec in _fields(tree):
        for key, known in (("vocabulary", vocabularies), ("target", types)):
            name = spec.get(key)
            if isinstance(name, str) and name not in known:
                yield (*path, key), f"'{name}' does not exist. {did_you_mean(name, known)}"
        for index, unit in enumerate(tree.strings(*path, "units")):
            if unit not in units:
                yield (
                    (*path, "units", index),
                    f"'{unit}' is no unit; declare it under 'units'. {did_you_mean(unit, units)}",
                )


def _field_lists(tree: Tree) -> _Found:
    for type_id in tree.mapping("types"):
        fields = list(tree.mapping("types", type_id, "fields"))
        for key, extra in (("title_from", []), ("sort", ["title"])):
            for index, name in enumerate(tree.strings("types", type_id, key)):
                if name not in fields + extra:
                    yield ("types", type_id, key, index), f"'{name}' is no field. {did_you_mean(name, fields + extra)}"


def _traits(tree: Tree) -> _Found:
    for type_id in tree.mapping("types"):
        base: Path = ("types", type_id, "traits")
        for trait in tree.mapping(*base):
            roles = tree.mapping(*base, trait)
            if trait not in TRAITS:
                yield (*base, trait), f"'{trait}' is no trait. {did_you_mean(trait, list(TRAITS))}"
                continue
            for role, known in TRAITS[trait].items():
                if known.required and role not in roles:
                    yield (*base, trait), f"The trait {trait} needs '{role}: FIELD', a field of type {_either(known)}."
            if not roles and not any(role.required for role in TRAITS[trait].values()):
                yield (
                    (*base, trait),
                    f"The trait {trait} names no field; give at least one of {', '.join(TRAITS[trait])}.",
                )
            for role, name in roles.items():
                yield from _role(tree, (*base, trait, role), TRAITS[trait], name)


def _role(tree: Tree, path: Path, roles: Any, name: Any) -> _Found:
    role = roles.get(path[-1])
    fields = tree.mapping("types", path[1], "fields")
    if role is None:
        yield path, f"'{path[-1]}' is no role of {path[-2]}. {did_you_mean(str(path[-1]), list(roles))}"
    elif not isinstance(name, str):
        return
    elif role.options:
        if name not in role.options:
            yield path, f"'{name}' is not known. {did_you_mean(name, role.options)}"
    elif name not in fields:
        yield path, f"'{name}' is no field. {did_you_mean(name, list(fields))}"
    elif isinstance(fields[name], dict):
        yield from _role_field(path, role, name, fields[name])


def _role_field(path: Path, role: Role, name: str, spec: dict[str, Any]) -> _Found:
    kind = spec.get("type")
    if kind in FIELD_TYPES and kind not in role.types:
        yield path, f"'{name}' is a {kind} field; this role needs {_either(role)}."
    if path[-2] == "person-data" and not spec.get("sharing"):
        yield (
            ("types", path[1], "fields", name),
            (
                f"'{name}' holds personal data and says no sharing; add sharing: {{level: AMBER+STRICT}} or another level."
            ),
        )


def _either(role: Role) -> str:
    return " or ".join(role.types)


def _sharing(tree: Tree) -> _Found:
    places: list[Path] = [("sharing", "workspace"), ("sharing", "works"), ("sharing", "records")]
    places += [(*path, "sharing") for path, _ in _fields(tree)]
    for path in places:
        level = tree.at(*path, "level")
        if isinstance(level, str) and level not in TLP_LEVELS:
            yield (*path, "level"), f"'{level}' is no TLP 2.0 level. {did_you_mean(level, TLP_LEVELS)}"
        for index, principal in enumerate(tree.strings(*path, "audience")):
            if not _PRINCIPAL.fullmatch(principal):
                yield (
                    (*path, "audience", index),
                    (f"'{principal}' is no principal; write public, community, org:ID, group:ID or person:ID."),
                )


def _reading(tree: Tree) -> _Found:
    level, known = tree.at("reading", "llm", "up_to"), TLP_LEVELS[:-1]
    if isinstance(level, str) and level not in known:
        yield (
            ("reading", "llm", "up_to"),
            f"'{level}' is no level that may be sent to a language model. {did_you_mean(level, known)}",
        )


def _term_ids(tree: Tree) -> _Found:
    for name in tree.mapping("vocabularies"):
        terms = _terms(tree, name)
        ids = [str(term.get("id")) for _, term in terms]
        first: dict[str, Path] = {}
        for path, term in terms:
            term_id = term.get("id")
            if not isinstance(term_id, str):
                continue
            if not _TERM.fullmatch(term_id):
                yield (*path, "id"), f"'{term_id}' is no term id; use letters, digits, dots, hyphens, at most 64."
            if term_id in first:
                yield (
                    (*path, "id"),
                    f"The term '{term_id}' is already on line {tree.line_of(first[term_id])}; keep one.",
                )
            first.setdefault(term_id, path)
            broader = term.get("broader")
            if isinstance(broader, str) and broader not in ids:
                yield (*path, "broader"), f"The term '{broader}' does not exist here. {did_you_mean(broader, ids)}"
        yield from _cycles(terms)


def _cycles(terms: list[tuple[Path, dict[str, Any]]]) -> _Found:
    above = {str(term.get("id")): str(term.get("broader") or "") for _, term in terms}
    for path, term in terms:
        seen = [str(term.get("id"))]
        while above.get(seen[-1]) and above[seen[-1]] not in seen:
            seen.append(above[seen[-1]])
        if above.get(seen[-1]) == seen[0]:
            yield (
                (*path, "broader"),
                f"The term is broader than itself ({' > '.join([*seen, seen[0]])}); break the circle.",
            )


def _synonyms(tree: Tree) -> _Found:
    """A word must point at one term of a vocabulary, or a text could not be read."""
    for name in tree.mapping("vocabularies"):
        owner: dict[tuple[str, str, str], tuple[str, Path]] = {}
        for path, term in _terms(tree, name):
            for language, word, where in _words(tree, path):
                if where[-2] == language and ("..." in word or word.count(GAP) > 1 or word.strip(GAP + " ") != word):
                    yield (
                        where,
                        f"'{word}' ({language}): one {GAP} may stand between two words, for others between them.",
                    )
                heads, tails = parts_of(word.casefold())
                if not all((*heads, *tails)):
                    yield (
                        where,
                        f"'{word}' ({language}): nothing stands on one side of {EITHER}; write a word or take it out.",
                    )
                for key in product((language,), heads, tails or [""]):
                    other, at = owner.setdefault(key, (str(term.get("id")), where))
                    if other != str(term.get("id")):
                        said = GAP.join(filter(None, key[1:]))
                        yield (
                            where,
                            f"'{said}' ({language}) already means '{other}' on line {tree.line_of(at)}; keep one.",
                        )
                        break


def _words(tree: Tree, path: Path) -> Iterator[tuple[str, str, Path]]:
    for language, label in tree.mapping(*path, "label").items():
        if isinstance(label, str):
            yield language, label.strip(), (*path, "label", language)
    for language in tree.mapping(*path, "synonyms"):
        for index, word in enumerate(tree.strings(*path, "synonyms", language)):
            if word.strip():
                yield language, word.strip(), (*path, "synonyms", language, index)


def _extraction(tree: Tree) -> _Found:
    for type_id in tree.mapping("types"):
        base: Path = ("types", type_id, "extraction")
        fields = tree.mapping("types", type_id, "fields")
        for name, hint in tree.mapping(*base, "fields").items():
            if name not in fields:
                yield (*base, "fields", name), f"'{name}' is no field. {did_you_mean(name, list(fields))}"
            elif isinstance(hint, dict) and isinstance(hint.get("from"), str):
                yield from _hint((*base, "fields", name, "from"), hint["from"], fields[name], tree)
                if hint["from"] in ("earlier", "later") and not _has_a_date(tree.mapping(*base, "fields")):
                    yield (
                        (*base, "fields", name, "from"),
                        (
                            f"Dates are '{hint['from']}' than the one of another field: fill one from dates, without near."
                        ),
                    )
        same, similar = tree.at(*base, "link", "same"), tree.at(*base, "link", "similar")
        if isinstance(same, int | float) and isinstance(similar, int | float) and similar > same:
            yield (*base, "link"), f"'similar' ({similar}) is above 'same' ({same}); make it lower."


def _has_a_date(hints: Mapping[str, Any]) -> bool:
    return any(isinstance(one, dict) and one.get("from") == "dates" and not one.get("near") for one in hints.values())


def _hint(path: Path, source: str, spec: Any, tree: Tree) -> _Found:
    kind = spec.get("type") if isinstance(spec, dict) else None
    if source not in HINT_SOURCES:
        yield path, f"'{source}' is nothing that extraction finds. {did_you_mean(source, HINT_SOURCES)}"
    elif kind in FIELD_TYPES and kind not in _SOURCE_FITS[source]:
        yield (
            path,
            f"A {kind} field cannot be filled from {source}, which fill {' or '.join(_SOURCE_FITS[source])} fields.",
        )
    elif kind == "relation" and "actor" not in tree.mapping("types", str(spec.get("target")), "traits"):
        yield (
            path,
            f"Names become records of actors. Give the type '{spec.get('target')}' the trait 'actor', or fill a text field.",
        )


_RULES: Final[tuple[Callable[[Tree], _Found], ...]] = (
    _names, _texts, _languages, _field_types, _references, _field_lists,
    _traits, _sharing, _reading, _term_ids, _synonyms, _extraction,
)  # fmt: skip
