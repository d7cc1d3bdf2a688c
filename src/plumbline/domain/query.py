"""Read what a person types into a search box into a tree that every search engine answers alike.

The language: words stand side by side and all must be there; `AND`, `OR`, `NOT` in capitals; parentheses; "an
exact phrase" in quotes; "two words"~5 for words near one another; `smugg*` for a beginning; `smugling~` for words that
differ in a letter or two; `field:value` with a word, a quoted value or, for `title:` and
`heading:`, a group in parentheses; `year:2011..2014` with either end left open. NOT binds closest, then AND
(written or not), then OR. Signs without a letter or digit ("&", "-") are skipped.

Nodes are frozen dataclasses that compare by value. Nothing here folds case or finds stems: that is the engine's,
since it depends on the languages of the texts.

>>> parse('batteries OR "car wrecks" NOT title:ship*')
Or(items=(Word(text='batteries'), And(items=(Phrase(text='car wrecks'), Not(item=InField(field='title', item=Prefix(text='ship')))))))
>>> parse('waste:Y31 year:2011..2014', facets=['waste'])
And(items=(FieldIs(field='waste', value='Y31'), YearBetween(low=2011, high=2014)))
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

from plumbline.domain.errors import InvalidInput

TEXT_FIELDS = ("title", "heading")
VALUE_FIELDS = ("lang", "type", "work", "workspace")
MAX_CHARACTERS = 2_000
MAX_TERMS = 100
MAX_DEPTH = 20


class QuerySyntaxError(InvalidInput):
    """Refuse a query that cannot be read: says where (character, counted from 1) and what to do instead."""


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty query: all that the viewer may see."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word in any of its forms (stemmed by the engine)."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins so; `text` is without the star."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """These words side by side, unstemmed, case and accents aside."""

    text: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Words that differ from this one in at most `distance` letters (1 or 2): left out, put in, exchanged, swapped."""

    text: str
    distance: int


@dataclass(frozen=True, slots=True)
class Near:
    """These words, in this order or the reverse, with at most `within` others among them."""

    text: str
    within: int


@dataclass(frozen=True, slots=True)
class InField:
    """A word, prefix, phrase or group looked for in `title` or `heading` instead of in the text."""

    field: str
    item: Node


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A field or facet that has this value, whole, case and accents aside."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class YearBetween:
    """A date in these years, both included; None leaves an end open."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class And:
    """All of the items."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of the items."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What the item does not match; always beside something positive."""

    item: Node


Node: TypeAlias = Everything | Word | Prefix | Phrase | Fuzzy | Near | InField | FieldIs | YearBetween | And | Or | Not


def parse(text: str, *, facets: Collection[str] = ()) -> Node:
    """Read `text`; `facets` are the facet names that may be used as fields besides the built-in ones.

    Returns `Everything()` for blank text. Raises `QuerySyntaxError` for an unclosed quote or parenthesis, an
    operator without its words, an unknown field, a leading wildcard, a query that only says what is not wanted,
    and for more than 2,000 characters, 100 terms or 20 levels.
    """
    if len(text) > MAX_CHARACTERS:
        raise _error(
            "too_long",
            "The query has {length} characters; at most {limit} can be searched. Shorten it.",
            MAX_CHARACTERS,
            length=len(text),
            limit=MAX_CHARACTERS,
        )
    pieces = _pieces(text)
    if not pieces:
        if text.strip():
            raise _error("no_words", "There is no word to search for. Type at least one letter or digit.", 0)
        return Everything()
    reader = _Reader(pieces, frozenset(facets), len(text))
    node = reader.whole()
    if not _positive(node):
        raise _error(
            "only_negative",
            "At character {position}: the query only says what is not wanted. Add a word that is wanted before NOT.",
            pieces[0].start,
        )
    return node


def words_of(node: Node) -> tuple[str, ...]:
    """Collect the texts of the positive words, prefixes and phrases, in reading order.

    >>> words_of(parse('waste "lead battery" NOT ship'))
    ('waste', 'lead battery')
    """
    match node:
        case Word(text) | Prefix(text) | Phrase(text) | Fuzzy(text, _) | Near(text, _):
            return (text,)
        case And(items) | Or(items):
            return tuple(text for item in items for text in words_of(item))
        case InField(_, item):
            return words_of(item)
        case _:
            return ()


def known_fields(facets: Collection[str] = ()) -> tuple[str, ...]:
    """List the names that may stand before a colon: built-in ones, then facets by name."""
    built_in = (*TEXT_FIELDS, *VALUE_FIELDS, "year")
    return (*built_in, *sorted(set(facets) - set(built_in)))


# ── pieces ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str  # '(' ')' 'phrase' 'word' 'field' 'AND' 'OR' 'NOT'
    text: str
    start: int
    near: int = 0


_NEAR = re.compile(r"~(\d*)")
_FUZZY = re.compile(r"(.+)~(\d*)")
MOST_BETWEEN = 50
_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "「": "」", "『": "』"}
_BREAK = re.compile(r"[\s()" + "".join(_QUOTES) + r"]")
_FIELD = re.compile(r"([^\W\d_][\w-]*):(?=[^\s)])")


def _pieces(text: str) -> list[_Piece]:
    """Cut the text into signs, phrases, field names and words; signs without letter or digit are left out."""
    pieces: list[_Piece] = []
    at = 0
    while at < len(text):
        sign = text[at]
        if sign.isspace():
            at += 1
        elif sign in "()":
            pieces.append(_Piece(sign, sign, at))
            at += 1
        elif sign in _QUOTES:
            at = _phrase(text, at, pieces)
        elif found := _FIELD.match(text, at):
            pieces.append(_Piece("field", found[1], at))
            at = found.end()
        else:
            at = _word(text, at, pieces)
    return pieces


def _phrase(text: str, at: int, pieces: list[_Piece]) -> int:
    end = text.find(_QUOTES[text[at]], at + 1)
    if end < 0 and text[at] != '"':
        end = text.find('"', at + 1)
    if end < 0:
        raise _error(
            "unclosed_quote",
            "The quote at character {position} is never closed. Close it, or take it out to search the words singly.",
            at,
        )
    near = _NEAR.match(text, end + 1)
    if near and not 1 <= int(near[1] or 0) <= MOST_BETWEEN:
        raise _error(
            "bad_near",
            "'{value}' at character {position}: write how many words may stand between, from 1 to {most}, "
            'as in "lead battery"~5.',
            end + 1,
            value=near[0],
            most=MOST_BETWEEN,
        )
    if _has_word(text[at + 1 : end]):
        pieces.append(_Piece("phrase", text[at + 1 : end].strip(), at, int(near[1]) if near else 0))
    elif pieces and pieces[-1].kind == "field":
        raise _no_value(pieces[-1])
    return near.end() if near else end + 1


def _word(text: str, at: int, pieces: list[_Piece]) -> int:
    broken = _BREAK.search(text, at + 1)
    end = broken.start() if broken else len(text)
    word = text[at:end]
    if word in ("AND", "OR", "NOT") and not (pieces and pieces[-1].kind == "field"):
        pieces.append(_Piece(word, word, at))
    elif _has_word(word):
        pieces.append(_Piece("word", word, at))
    elif word.strip("*") != word:
        raise _leading_wildcard(at)
    elif pieces and pieces[-1].kind == "field":
        raise _no_value(pieces[-1])
    return end


def _has_word(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


# ── the tree ──────────────────────────────────────────────────────────────────────────────────────────────────


class _Reader:
    """Recursive descent over the pieces; every method leaves `at` behind what it read."""

    def __init__(self, pieces: list[_Piece], facets: frozenset[str], length: int) -> None:
        self.pieces = pieces
        self.facets = facets
        self.length = length
        self.at = 0
        self.terms = 0
        self.field: str | None = None

    def peek(self) -> str:
        return self.pieces[self.at].kind if self.at < len(self.pieces) else "end"

    def whole(self) -> Node:
        node = self.either(0)
        if self.peek() == ")":
            raise _error(
                "unopened_parenthesis",
                "The closing parenthesis at character {position} has no opening one. "
                "Take it out, or open one before it.",
                self.pieces[self.at].start,
            )
        return node

    def either(self, depth: int) -> Node:
        items = [self.all_of(depth)]
        while self.peek() == "OR":
            self.at += 1
            items.append(self.all_of(depth))
        return items[0] if len(items) == 1 else Or(tuple(items))

    def all_of(self, depth: int) -> Node:
        items = [self.one(depth)]
        while self.peek() not in ("OR", ")", "end"):
            if self.peek() == "AND":
                self.at += 1
            items.append(self.one(depth))
        return items[0] if len(items) == 1 else And(tuple(items))

    def one(self, depth: int) -> Node:
        piece = self.operand(depth)
        if piece.kind == "NOT":
            item = self.one(depth + 1)
            return item.item if isinstance(item, Not) else Not(item)
        if piece.kind == "(":
            return self.group(piece, depth)
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise _error(
                "too_many_terms",
                "The query has more than {limit} terms, the first one too many at character "
                "{position}. Search in two steps.",
                piece.start,
                limit=MAX_TERMS,
            )
        return self.fielded(piece, depth) if piece.kind == "field" else self.plain(piece)

    def operand(self, depth: int) -> _Piece:
        """Take the next piece, which must begin a term: refuses the end, an operator and a closing parenthesis."""
        before = self.pieces[self.at - 1] if self.at else None
        if self.peek() in ("end", ")", "AND", "OR"):
            here = self.pieces[self.at] if self.peek() in ("AND", "OR") else before or self.pieces[0]
            if here.kind == "(":
                raise _error(
                    "empty_group",
                    "The parentheses at character {position} are empty. Put words between them, or take them out.",
                    here.start,
                )
            if here.kind == ")":
                raise _error(
                    "unopened_parenthesis",
                    "The closing parenthesis at character {position} has no opening "
                    "one. Take it out, or open one before it.",
                    here.start,
                )
            raise _error(
                "lone_operator",
                "{operator} at character {position} needs a word on each side that it joins. "
                'Add the word, or write "{operator}" in quotes to search for it.',
                here.start,
                operator=here.kind,
            )
        if depth > MAX_DEPTH:
            raise _error(
                "too_deep",
                "More than {limit} levels of parentheses at character {position}. Simplify the query.",
                self.pieces[self.at].start,
                limit=MAX_DEPTH,
            )
        self.at += 1
        return self.pieces[self.at - 1]

    def group(self, opening: _Piece, depth: int) -> Node:
        node = self.either(depth + 1)
        if self.peek() != ")":
            raise _error(
                "unclosed_parenthesis",
                "The parenthesis at character {position} is never closed. Close it, or take it out.",
                opening.start,
            )
        self.at += 1
        return node

    def plain(self, piece: _Piece) -> Node:
        if piece.kind == "phrase":
            return Near(piece.text, piece.near) if piece.near else Phrase(piece.text)
        if piece.text.startswith(("*", "?")):
            raise _leading_wildcard(piece.start)
        if piece.text.endswith(":") and piece.text[:-1].lower() in known_fields(self.facets):
            raise _no_value(_Piece("field", piece.text[:-1], piece.start))
        if found := _FUZZY.fullmatch(piece.text):
            return _fuzzy(piece, found[1], found[2])
        return Prefix(piece.text.rstrip("*")) if piece.text.endswith("*") else Word(piece.text)

    def fielded(self, piece: _Piece, depth: int) -> Node:
        name = piece.text if piece.text in self.facets else piece.text.lower()
        if name not in known_fields(self.facets):
            raise _error(
                "unknown_field",
                "There is no field '{field}' (character {position}). Known fields: {known}. "
                "To search for the words themselves, put them in quotes.",
                piece.start,
                field=piece.text,
                known=", ".join(known_fields(self.facets)),
            )
        if self.peek() == "(" and name in TEXT_FIELDS and self.field is None:
            return self.grouped(name, depth)
        if self.peek() not in ("word", "phrase"):
            raise _no_value(piece)
        self.at += 1
        value = self.pieces[self.at - 1]
        if name in TEXT_FIELDS:
            return InField(name, self.plain(value))
        if value.text.startswith("*"):
            raise _leading_wildcard(value.start)
        return _years(value) if name == "year" else FieldIs(name, value.text)

    def grouped(self, name: str, depth: int) -> Node:
        self.field = name
        opening = self.operand(depth)
        item = self.group(opening, depth)
        self.field = None
        if not _positive(item):
            raise _error(
                "only_negative",
                "At character {position}: the group only says what is not wanted. "
                "Add a word that is wanted before NOT.",
                opening.start,
            )
        return InField(name, item)


def _fuzzy(piece: _Piece, word: str, distance: str) -> Fuzzy:
    if len(word) < 3 or distance not in ("", "1", "2"):
        raise _error(
            "bad_fuzzy",
            "'{value}' at character {position}: after a word of three letters or more write ~, ~1 or ~2, "
            "for the letters that may differ.",
            piece.start,
            value=piece.text,
        )
    return Fuzzy(word, int(distance or (1 if len(word) < 6 else 2)))


_YEARS = re.compile(r"(\d{4})?(\.\.)?(\d{4})?")


def _years(piece: _Piece) -> YearBetween:
    found = _YEARS.fullmatch(piece.text)
    if not found or not (found[1] or found[3]) or (found[1] and found[3] and not found[2]):
        raise _error(
            "bad_year",
            "'{value}' at character {position} is not a year or a span of years. "
            "Write year:2011, year:2011..2014, year:2011.. or year:..2014.",
            piece.start,
            value=piece.text,
        )
    low = int(found[1]) if found[1] else None
    high = int(found[3]) if found[3] else (None if found[2] else low)
    if low is not None and high is not None and low > high:
        raise _error(
            "bad_year",
            "The span of years '{value}' at character {position} ends before it begins. Write the earlier year first.",
            piece.start,
            value=piece.text,
        )
    return YearBetween(low, high)


def _positive(node: Node) -> bool:
    """Tell whether a node says what is wanted: an AND in one item at least, an OR in each."""
    match node:
        case Not():
            return False
        case And(items):
            return any(_positive(item) for item in items)
        case Or(items):
            return all(_positive(item) for item in items)
        case _:
            return True


def _no_value(piece: _Piece) -> QuerySyntaxError:
    return _error(
        "field_without_value",
        "'{field}:' at character {position} has no value. "
        'Write the value right after the colon, in quotes when it has spaces: {field}:"two words".',
        piece.start,
        field=piece.text,
    )


def _leading_wildcard(start: int) -> QuerySyntaxError:
    return _error(
        "leading_wildcard",
        "The star at character {position} has no letters before it. Put the beginning of the word first, as in smugg*.",
        start,
    )


def _error(code: str, template: str, start: int, **params: Any) -> QuerySyntaxError:
    """Build the error; `position` counts characters from 1."""
    return QuerySyntaxError(f"query.{code}", template, position=start + 1, **params)
